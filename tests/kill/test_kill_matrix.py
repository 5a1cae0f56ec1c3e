"""A sample of the kill matrix; `make kill-matrix` runs all of it."""

from pathlib import Path

from kill.matrix import Sample, matrix

SOME = frozenset({"create", "cancel", "instance update", "replace"})


def test_a_sync_that_dies_or_hangs_anywhere_is_made_good_by_the_next(tmp_path: Path) -> None:
    rows = matrix(tmp_path, Sample(SOME, killed=3, hung=frozenset({"cancel"}), seed=4))
    assert [failure for row in rows for failure in row.failures] == []
    assert all(row.points > 20 and row.killed == 3 for row in rows)
    assert sum(row.continued + row.replaced for row in rows) == 4

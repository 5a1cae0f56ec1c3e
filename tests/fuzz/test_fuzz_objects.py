"""Damaged calendar objects end no meeting, break no code, touch no foreign byte, and keep nobody waiting."""

import os

from fuzz import runs
from fuzz.bombs import bombs
from fuzz.tally import Tally

COUNT = int(os.environ.get("CALBRIDGE_FUZZ", "400"))


def check(tally: Tally) -> None:
    print(*tally.table("calendar objects"), sep="\n")  # noqa: T201  shown where it fails, and by pytest -s
    assert tally.mistakes == []


def test_a_mutated_object_is_followed_refused_or_left_alone_and_never_a_cancel_by_mistake() -> None:
    tally = runs.over_objects(COUNT)
    check(tally)
    assert tally.outcomes["reading: unreadable, event.syntax"] > COUNT / 10
    assert tally.outcomes["write-back: done in one"] > COUNT / 4


def test_every_small_bomb_is_read_or_refused_in_time() -> None:
    small = [(name, body) for name, body in bombs() if len(body) < 100_000]
    tally = runs.over_bombs(small)
    check(tally)
    assert len(small) > 15

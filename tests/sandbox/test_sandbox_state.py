from datetime import UTC, datetime
from pathlib import Path

import pytest

from calbridge.errors import ConfigError
from calbridge.sandbox import later
from calbridge.sandbox.resources import SCHEMA, open_state
from calbridge.sandbox.state import State

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_file_with_other_tables_is_named_as_another_versions(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    State(path, SCHEMA + "CREATE TABLE added (id);").close()

    with pytest.raises(ConfigError) as raised:
        open_state(path)

    assert raised.value.problem.rule == "sandbox.data"
    assert "another version" in raised.value.problem.reason


def test_uploaded_files_lie_beside_the_database(tmp_path: Path) -> None:
    state = open_state(tmp_path / "sandbox.db")

    assert state.folder == tmp_path / "sandbox.db.files"
    assert state.folder.stat().st_mode & 0o777 == 0o700


def test_without_a_database_uploaded_files_go_with_the_state() -> None:
    state = open_state(None)
    (state.folder / "uploaded").write_bytes(b"content")
    folder = state.folder

    state.close()

    assert not folder.exists()


def test_postponed_work_is_done_once_in_order_and_when_due() -> None:
    state, done = open_state(None), list[tuple[str, int]]()
    works = {
        "first": lambda _, target, __: done.append(("first", target)),
        "second": lambda _, target, __: done.append(("second", target)),
    }
    for work, target in (("second", 7), ("first", 8)):
        later.postpone(state, work, target, AT)
    then = datetime.fromtimestamp(AT.timestamp() + later.DELAY, UTC)

    for moment in (AT, then, then):
        later.catch_up(state, works, moment)
        done.append(("looked", 0))

    assert done == [("looked", 0), ("second", 7), ("first", 8), ("looked", 0), ("looked", 0)]


def test_work_that_fails_is_kept() -> None:
    state = open_state(None)

    def fail(*_: object) -> None:
        raise RuntimeError

    later.postpone(state, "work", 7, AT)
    then = datetime.fromtimestamp(AT.timestamp() + later.DELAY, UTC)
    with pytest.raises(RuntimeError):
        later.catch_up(state, {"work": fail}, then)

    assert len(state.rows("SELECT * FROM postponed")) == 1

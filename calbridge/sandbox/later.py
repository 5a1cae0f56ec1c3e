"""What the platform accepts with 202 and does a moment later.

An endpoint postpones a piece of work that its resource names in `WORKS`; it is done, by the sandbox's clock, before
the first request that comes when it is due. A clock that stands still so keeps it waiting.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE postponed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    due INTEGER NOT NULL,
    work TEXT NOT NULL,
    target INTEGER NOT NULL  -- the id of what it is done to
);
"""

DELAY: Final = 1
"""Seconds until it is done."""

Work: TypeAlias = Callable[[State, int, datetime], None]
"""Does something to the object with this id, at this time; it may be gone by now."""


def postpone(state: State, work: str, target: int, now: datetime) -> None:
    """Have it done a moment later."""
    due = int(now.timestamp()) + DELAY
    state.write("INSERT INTO postponed (due, work, target) VALUES (?, ?, ?)", due, work, target)


def catch_up(state: State, works: Mapping[str, Work], now: datetime) -> None:
    """Do what is due, in the order in which it was asked for."""
    for row in state.rows("SELECT * FROM postponed WHERE due <= ? ORDER BY id", now.timestamp()):
        with state.transaction():
            state.write("DELETE FROM postponed WHERE id = ?", row["id"])
            works[row["work"]](state, row["target"], now)

"""How one sandbox behaves where the platform's document leaves a choice, and where it keeps its state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """One reading of the document (design, section 8), and this sandbox's surroundings.

    `data` is the SQLite file, None keeps the state in memory; `seed` fills a new state, None takes the built-in one.
    `clock` gives the current time, aware. `base_url` is what room URLs begin with; None takes the address by which
    the request came. `upload_limit`: the largest file that is taken, in bytes.

    `refused_status`: of an answer that refuses a field. `listing`: pages of ten as an object with `conferences` and
    `next_page`, or all at once as a bare array, which has no place for a cursor. `first_instance_child`: a series'
    first instance is a child of its own, else the master stands for it. `master_stays_listed`: also once its first
    date has passed, as long as the series goes on. `reset_children_on_update`: every update of a master brings
    changed and cancelled children back. `refuse_past_start`: a conference can't be created in, or moved into, the
    past.
    """

    data: Path | None = None
    seed: Path | None = None
    clock: Callable[[], datetime] = _system_clock
    base_url: str | None = None
    upload_limit: int = 256 * 1024 * 1024
    refused_status: Literal[400, 422, 500] = 400
    listing: Literal["object", "array"] = "object"
    first_instance_child: bool = False
    master_stays_listed: bool = True
    reset_children_on_update: bool = False
    refuse_past_start: bool = False

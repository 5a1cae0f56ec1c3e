"""The kill matrix is worth something only if it notices a `calbridge sync` that can't take being killed.

Run by `make kill-matrix`.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from support.people import newcomers

from calbridge.apply import Outcome, Pass, conferences
from calbridge.core.actions import Update
from calbridge.core.look import Look
from kill.lane import lane
from kill.operations import OPERATIONS
from kill.trial import Trial

_BROKEN = {"create": "socket.recv in apply.conferences.create", "update": "socket.send in apply.conferences.update"}
"""Where the first kill of an operation is one too many, once `_break_sync` was called."""

_update = conferences.update


async def _note_before_it_is_sent(action: Update, on: Pass) -> Outcome:
    terms = action.terms
    on.save(terms.renewed(on.mapping(terms.uid, terms.part, terms.gen)))
    return await _update(action, on)


def _break_sync() -> None:
    """Let it repeat a create of unknown outcome, and note an update that was not sent yet."""
    Look.marked = lambda *_: ()  # type: ignore[method-assign]  # it no longer finds conferences by their marker
    conferences.update = _note_before_it_is_sent


def _failures(folder: Path) -> dict[str, list[str]]:
    """What the matrix says of a broken sync, by operation; to be called in a process of its own."""
    _break_sync()
    found: dict[str, list[str]] = {}
    collections = folder / "radicale" / "collections" / "collection-root"
    with newcomers(folder / "radicale") as new, lane(folder / "lane", collections) as here:
        for operation in (operation for operation in OPERATIONS if operation.name in _BROKEN):
            here.begin(new())
            trial = Trial(here, operation)
            after = _BROKEN[operation.name]
            trial.kill(next(number for number, point in enumerate(trial.points) if point.endswith(after)))
            found[operation.name] = trial.row.failures
    return found


@pytest.mark.long
@pytest.mark.skipif("CALBRIDGE_LONG" not in os.environ, reason="takes 15 seconds: set CALBRIDGE_LONG=1")
def test_a_sync_that_repeats_creates_or_notes_updates_too_early_is_found_out(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(_failures, tmp_path).result()

    assert ["rooms {" in failure for failure in found["create"]] == [True]
    assert ["instead of World(" in failure for failure in found["update"]] == [True]

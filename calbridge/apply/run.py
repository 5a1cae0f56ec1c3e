"""Carry out a plan: conferences, then the events that show them, then instances, and last what goes.

A meeting's later actions wait for its earlier ones: nothing is cancelled before the event links to what replaces it.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import assert_never

import structlog

from calbridge.apply import conferences, events, instances
from calbridge.apply.host_pass import Pass
from calbridge.apply.notes import remember
from calbridge.apply.outcome import Done, Failed, Held, Outcome
from calbridge.core.actions import (
    Action,
    Adopt,
    Cancel,
    CancelInstance,
    CancelStray,
    Create,
    Forget,
    Plan,
    Update,
    UpdateInstance,
    WriteBack,
)
from calbridge.core.look import Look
from calbridge.core.problem import Problem
from calbridge.core.remembered import Intent
from calbridge.errors import CalbridgeError, NotSent, PlatformError, StoreError, Throttled, Unauthorized

_log = structlog.get_logger()

BATCH = 16
"""Meetings whose intents are committed together. Two batches of them are worked on at once: a server that waits for
the last answers to one has the next one's requests to do meanwhile."""

_WAITS = "an earlier action of this meeting is not done yet"


async def apply(plan: Plan, on: Pass, progress: Callable[[Outcome], None]) -> tuple[Outcome, ...]:
    """Do everything that is planned, and say what became of it, in the plan's order."""
    remember(plan.notes, on)
    doing = _Doing(plan, on, progress)
    meetings = list(doing.by_meeting.values())
    await _in_batches(meetings, doing, on)
    await doing.instances()
    for indexes in meetings:
        await doing.endings(indexes)
    return tuple(doing.outcomes[i] for i in range(len(plan.actions)))


async def _in_batches(meetings: Sequence[list[int]], doing: "_Doing", on: Pass) -> None:
    """Every meeting's conferences and events. What fails here ends the pass once those under way are done."""
    room = asyncio.Semaphore(2 * BATCH)

    async def one(indexes: list[int]) -> None:
        try:
            await doing.meeting(indexes)
        finally:
            room.release()

    failure: StoreError | None = None
    async with asyncio.TaskGroup() as group:
        for batch in _batches(meetings, BATCH):
            for _ in batch:
                await room.acquire()
            try:
                on.begin(tuple(_intents(batch, doing, on)))
            except StoreError as error:
                failure = error
                break
            for indexes in batch:
                group.create_task(one(indexes))
    if failure is not None:
        raise failure


class _Doing:
    """A plan on its way: which action came out how."""

    def __init__(self, plan: Plan, on: Pass, progress: Callable[[Outcome], None]) -> None:
        self.actions = plan.actions
        self.outcomes: dict[int, Outcome] = {}
        self.by_meeting: dict[str, list[int]] = {}
        for index, action in enumerate(plan.actions):
            self.by_meeting.setdefault(action.about.uid, []).append(index)
        self._on = on
        self._progress = progress

    async def meeting(self, indexes: Sequence[int]) -> None:
        """One meeting's conferences, then its event."""
        for index in indexes:
            if isinstance(self.actions[index], Adopt | Create | Update):
                await self._do(index)
        for index in indexes:
            if isinstance(self.actions[index], WriteBack):
                await self._do(index, after=[i for i in indexes if isinstance(self.actions[i], Adopt | Create)])

    async def instances(self) -> None:
        """The instances of all meetings, after one look at the children that the new conferences have."""
        look: Look | None = None
        failed = False
        for indexes in self.by_meeting.values():
            before = [i for i in indexes if isinstance(self.actions[i], Adopt | Create | Update)]
            for index in indexes:
                action = self.actions[index]
                if not isinstance(action, UpdateInstance | CancelInstance):
                    continue
                if self._ready(index, before) and action.conference_id is None and look is None and not failed:
                    look = await self._look(index)
                    failed = look is None
                await self._do(index, after=before, look=look)

    async def endings(self, indexes: Sequence[int]) -> None:
        """What goes, once the event no longer shows it."""
        before = [i for i in indexes if isinstance(self.actions[i], Adopt | Create | WriteBack)]
        for index in indexes:
            if isinstance(self.actions[index], Cancel | CancelStray | Forget):
                await self._do(index, after=before)

    def _ready(self, index: int, after: Sequence[int]) -> bool:
        return index not in self.outcomes and all(isinstance(self.outcomes[i], Done) for i in after)

    async def _look(self, index: int) -> Look | None:
        try:
            return await instances.look(self._on)
        except PlatformError as error:
            self._finish(index, Failed(self.actions[index], error.problem))
            return None

    async def _do(self, index: int, *, after: Sequence[int] = (), look: Look | None = None) -> None:
        if index in self.outcomes:
            return
        action = self.actions[index]
        if not self._ready(index, after):
            self._finish(index, Held(action, _WAITS))
            return
        try:
            outcome = await self._outcome(action, look)
        except (NotSent, Throttled, Unauthorized, StoreError) as error:
            first = self._on.stopped is None
            self._on.stopped = error.problem
            outcome = Failed(action, error.problem) if first else Held(action, error.problem.reason)
        except PlatformError as error:
            outcome = Failed(action, _of_meeting(action, error.problem))
        except CalbridgeError as error:
            outcome = Failed(action, error.problem)
        except Exception as error:  # noqa: BLE001  the boundary of an action: a meeting that breaks our code stops no other
            _log.exception("action failed", host=self._on.host, uid=action.about.uid)
            outcome = Failed(action, _internal(action, error))
        self._finish(index, outcome)

    async def _outcome(self, action: Action, look: Look | None) -> Outcome:
        stopped = self._on.stopped
        if stopped is None:
            return await _effect(action, self._on, look)
        if isinstance(action, Create):
            self._on.store.meetings.delete_intent(action.marker)  # it was never sent
        return Held(action, stopped.reason)

    def _finish(self, index: int, outcome: Outcome) -> None:
        self.outcomes[index] = outcome
        self._progress(outcome)


def _of_meeting(action: Action, problem: Problem) -> Problem:
    """What the platform did to one meeting's request, said of that meeting."""
    return replace(problem, where=conferences.where(action), reason=f"{problem.where}: {problem.reason}")


def _internal(action: Action, error: Exception) -> Problem:
    return Problem(
        conferences.where(action),
        "internal.error",
        f"calbridge itself failed on this meeting ({type(error).__name__})",
        "report it with the log's traceback; the other meetings go on",
    )


async def _effect(action: Action, on: Pass, look: Look | None) -> Outcome:
    match action:
        case Adopt():
            return await conferences.adopt(action, on)
        case Create():
            return await conferences.create(action, on)
        case Update():
            return await conferences.update(action, on)
        case UpdateInstance():
            return await instances.update(action, on, look)
        case CancelInstance():
            return await instances.cancel(action, on, look)
        case WriteBack():
            return await events.write_back(action, on)
        case Cancel():
            return await conferences.cancel(action, on)
        case CancelStray():
            return await conferences.cancel_stray(action, on)
        case Forget():
            return conferences.forget(action, on)
        case _:
            assert_never(action)


def _intents(batch: Sequence[Sequence[int]], doing: _Doing, on: Pass) -> Iterator[Intent]:
    if on.stopped is not None or on.no_creates is not None:
        return
    posted = on.clock()
    for indexes in batch:
        for index in indexes:
            action = doing.actions[index]
            if isinstance(action, Create):
                terms = action.terms
                place = (terms.calendar, terms.href)
                yield Intent(action.marker, terms.host_id, terms.uid, terms.part, terms.gen, posted, 0, *place)


def _batches(items: Sequence[list[int]], size: int) -> Iterator[list[list[int]]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

"""A pass on fakes: events are read, planned and acted upon, with a store in memory and a clock that tests move."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from calbridge.apply import Done, Failed, Held, Outcome, Pass, apply
from calbridge.core.actions import NAMES, Cancel, Plan
from calbridge.core.breakers import Allowed
from calbridge.core.case import Context
from calbridge.core.event import read_object
from calbridge.core.look import Look, fold
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading
from calbridge.core.observation import Found, Observation
from calbridge.core.plan import plan_host
from calbridge.core.policy import Policy
from calbridge.core.remembered import Mapping, Memory
from calbridge.errors import PlatformError
from calbridge.ports import SyncState
from calbridge.store import Seen, Store
from support.fakes import FakeCalendars, FakePlatform
from support.planning import HOME, NOW, POLICY, SELECTED, WORK, event


class Stage:
    """One host with her events, her platform and what is remembered of both."""

    def __init__(self, store: Store, *meetings: Meeting, policy: Policy = POLICY) -> None:
        self.store = store
        self.policy = policy
        self.now = NOW
        self.calendars = FakeCalendars()
        self.platform = FakePlatform(self.clock)
        self.done: list[Outcome] = []
        for calendar in (WORK, HOME):
            store.calendars.claim(calendar, 9)
        for meeting in meetings:
            self.calendars.store(event(meeting))

    def clock(self) -> datetime:
        """The time of the test."""
        return self.now

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def replace_event(self, meeting: Meeting) -> None:
        """Its owner writes an event anew, without anything of ours."""
        self.calendars.store(event(meeting))

    def plan(self, *, full: bool = False, cancels: int | None = None) -> Plan:
        """What this pass would do, after the looks that it asks for."""
        context = Context(self.policy, SELECTED, self.now, None, looked_before=True, full=full)
        seen = self._observation()
        plan = plan_host(seen, context, Allowed(cancels=cancels))
        if plan.looks:
            plan = plan_host(seen, replace(context, look=asyncio.run(self._look())), Allowed(cancels=cancels))
        return plan

    def run(self, plan: Plan, *, cancels: int | None = None) -> tuple[Outcome, ...]:
        """Carry out a plan."""
        on = Pass(
            host="alice",
            policy=self.policy,
            platform=self.platform,
            accounts={WORK: self.calendars, HOME: self.calendars},
            store=self.store,
            clock=self.clock,
            random=Random(1),
            allowed=Allowed(cancels=cancels),
        )
        on.learn(self.store.meetings.memories(9))
        return asyncio.run(apply(plan, on, self.done.append))

    def sync(self, *, full: bool = False, cancels: int | None = None) -> list[str]:
        """A whole pass; what became of each action, in the report's order, then the rules of the plan's problems."""
        plan = self.plan(full=full, cancels=cancels)
        return [said(o) for o in self.run(plan, cancels=cancels)] + [p.rule for p in plan.problems]

    def memory(self, uid: str = "a") -> Memory:
        """What the store remembers."""
        return self.store.meetings.memories(9).get(uid, Memory())

    @property
    def mapping(self) -> Mapping:
        """The one live mapping of the meeting `a`."""
        [live] = [m for m in self.memory().mappings if m.state == "live"]
        return live

    def text(self, uid: str = "a") -> str:
        """The event as it is."""
        return self.calendars.objects[f"{WORK}{uid}.ics"].body.decode()

    def _observation(self) -> Observation:
        both = frozenset((WORK, HOME))
        for calendar in both:
            self._poll(calendar)
        stored = [o for calendar in both for o in self.store.calendars.asking(calendar)]
        found = [Found(o.object, self._read(o.object), o.existing) for o in stored]
        states = [s for calendar in both for s in self.store.calendars.write_states(calendar)]
        return Observation(
            found=tuple(found),
            calendars=both,
            healthy=both,
            writable=both,
            memories=self.store.meetings.memories(9),
            write_states={(s.calendar, s.href): s for s in states},
        )

    def _poll(self, calendar: str) -> None:
        memory = self.store.calendars
        poll = asyncio.run(self.calendars.poll(calendar, SyncState(), memory.known(calendar), full=True))
        seen = [Seen(source, self._read(source).uid, asks=True) for source in poll.changed]
        memory.save_poll(poll, seen, selected=SELECTED, at=self.now)

    def _read(self, source: CalendarObject) -> Reading:
        events = read_object(source, zone="Europe/Paris")
        assert isinstance(events, EventSet)
        return read_meeting(events, self.policy)

    async def _look(self) -> Look:
        try:
            return fold(await self.platform.listing(9), (), (), complete=True)
        except PlatformError:
            return Look(self.now, complete=False)


def said(outcome: Outcome) -> str:
    """An outcome in a few words: `create`, `create failed: RULE`, `create waits`."""
    action = outcome.action
    name = f"cancel {action.why}" if isinstance(action, Cancel) else NAMES[type(action)]
    match outcome:
        case Done():
            return name
        case Failed(problem=problem):
            return f"{name} failed: {problem.rule}"
        case Held():
            return f"{name} waits"

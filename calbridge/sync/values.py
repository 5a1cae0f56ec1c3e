"""What a pass is given and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from calbridge.apply import Outcome
from calbridge.config import Config, HostConfig
from calbridge.core.actions import Plan
from calbridge.core.breakers import Allowed
from calbridge.core.case import Context
from calbridge.core.model import HostProfile
from calbridge.core.observation import Observation
from calbridge.core.plan import plan_host
from calbridge.core.problem import Problem
from calbridge.core.roomless import Roomless
from calbridge.ports import Calendar, Calendars, Platform
from calbridge.store import Store


@dataclass(frozen=True, slots=True)
class Seat:
    """One host as found by this process: who she is on the platform, and which calendars of hers are to be polled.

    `calendars` are those that no other host has claimed, each with its account; `unseen` are calendars of hers that
    could not be seen this time, so that nothing may be concluded from their absence. `tended` says whether a host, by
    her id, is configured and still has a calendar, as far as anybody can tell.
    """

    name: str
    config: HostConfig
    profile: HostProfile
    addresses: frozenset[str]
    calendars: tuple[tuple[Calendar, Calendars], ...]
    unseen: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    tended: Callable[[int, str], bool] = field(default=lambda _host_id, _calendar: False, compare=False)


@dataclass(slots=True)
class Run:
    """What all passes of one process share. `clock` gives aware UTC times; `looked` are hosts listed before.

    With each go the TAGs of conferences that it showed and nothing claimed: their events may come into view later.
    `sessions` counts those that were begun with the platform.
    """

    config: Config
    platform: Platform
    store: Store
    clock: Callable[[], datetime]
    random: Random
    looked: dict[int, frozenset[str]] = field(default_factory=dict)
    sessions: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `dry` makes a plan only; `full` trusts no sync-token and repeats what was refused.

    `planner` decides what is done with what is seen.
    """

    dry: bool = False
    full: bool = False
    allowed: Allowed = field(default_factory=Allowed)
    progress: Callable[[Outcome], None] = lambda _outcome: None
    planner: Callable[[Observation, Context, Allowed], Plan] = plan_host


@dataclass(frozen=True, slots=True)
class HostReport:
    """What a pass planned, what became of it (nothing where it was only a plan), and every problem found.

    `good`: nothing kept it from a calendar or from the platform; an event that was skipped or refused doesn't count.
    `meetings` is how many have a room after it, None where it never came to look; `waiting` are those that may have one
    and have none, the next first.
    """

    host: str
    plan: Plan
    outcomes: tuple[Outcome, ...]
    problems: tuple[Problem, ...]
    good: bool = False
    meetings: int | None = None
    waiting: tuple[Roomless, ...] = ()

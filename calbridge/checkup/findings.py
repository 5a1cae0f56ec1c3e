"""What a check-up finds, as values."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from calbridge.calendars import Abilities
from calbridge.core.problem import Problem


class Area(StrEnum):
    """What was looked at, in the order of the report."""

    CONFIGURATION = "configuration"
    SECRETS = "secrets"
    SERVERS = "servers"
    DATABASE = "database"
    PLATFORM = "platform"
    CALENDARS = "calendars"
    HOSTS = "hosts"
    PROBE = "probe"


class Level(StrEnum):
    """`warning`: it works, and somebody should look. `problem`: something does not work."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `rule` is its stable dotted id.

    `hint` is the way out, and empty only where all is well. No field ever holds a secret, a room URL or an
    attendee's address.
    """

    area: Area
    where: str
    level: Level
    rule: str
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CalendarSeen:
    """One calendar and what its server can do for it.

    `asking` objects of it ask for a room; `dropped` are the properties of ours that its server does not keep, and
    `refused` is why it did not take what we wrote, for each object that it refused last.
    """

    host: str
    url: str
    writable: bool
    abilities: Abilities
    asking: int
    dropped: frozenset[str]
    refused: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Checkup:
    """Everything that was found, in order."""

    findings: tuple[Finding, ...]
    calendars: tuple[CalendarSeen, ...] = ()

    @property
    def level(self) -> Level:
        """The worst of all."""
        levels = {finding.level for finding in self.findings}
        return next((level for level in (Level.PROBLEM, Level.WARNING) if level in levels), Level.OK)


def fine(area: Area, where: str, rule: str, what: str) -> Finding:
    """Something that is as it should be."""
    return Finding(area, where, Level.OK, rule, what)


def warned(area: Area, problem: Problem) -> Finding:
    """Something that works, and that somebody should look at."""
    return Finding(area, problem.where, Level.WARNING, problem.rule, problem.reason, problem.hint)


def failed(area: Area, problem: Problem) -> Finding:
    """Something that does not work."""
    return Finding(area, problem.where, Level.PROBLEM, problem.rule, problem.reason, problem.hint)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By area, then by place; each once."""
    areas = list(Area)
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (areas.index(each.area), each.where, each.rule)))

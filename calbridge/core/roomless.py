"""Who asks for a room and has none, as the status shows it: events that can't have one, and meetings that wait."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from calbridge.core.actions import About
from calbridge.core.model import Skipped
from calbridge.core.problem import Misfit, Problem

_ON_ITS_WAY = Misfit("meeting.waiting", "its room is not made yet", "nothing to do: the next pass goes on")


@dataclass(frozen=True, slots=True)
class Roomless:
    """An event that asks for a room and has none. `start` is None where it can't be read, a date where it has no time.

    `recurrence_id` as in the file, None for the whole event; of a series `start` is its next one, or, where it was
    skipped, its first.
    """

    calendar: str
    uid: str
    recurrence_id: str | None
    subject: str
    start: datetime | date | None
    rule: str
    reason: str
    hint: str


def of_skipped(skipped: Skipped) -> Roomless:
    """An event that can't have a room."""
    why = skipped.problem
    return Roomless(
        skipped.calendar,
        skipped.uid,
        skipped.recurrence_id,
        skipped.subject,
        skipped.start,
        why.rule,
        why.reason,
        why.hint,
    )


def waiting(
    asked: Iterable[About],
    held: Collection[tuple[str, str]],
    problems: Iterable[Problem],
    *,
    otherwise: Problem | None,
) -> tuple[Roomless, ...]:
    """The meetings that may have a room and have none, the next one first.

    `held` are the conferences that there are, by UID and part. Why each waits is said by the first of the `problems`
    that is its own, else by `otherwise`, which holds for all.
    """
    by_place: dict[str, Problem] = {}
    for problem in problems:
        _, _, place = problem.where.partition(" ")  # its calendar, its UID, and which instance
        by_place.setdefault(place, problem)
        by_place.setdefault(place.rpartition(" ")[0], problem)
    lacking = [about for about in asked if (about.uid, about.part) not in held]
    lacking.sort(key=lambda about: (about.start.timestamp(), about.uid, about.part))
    return tuple(_waiting(about, by_place.get(about.uid) or otherwise) for about in lacking)


def _waiting(about: About, problem: Problem | None) -> Roomless:
    why = problem or _ON_ITS_WAY
    return Roomless(
        about.calendar, about.uid, about.recurrence_id, about.subject, about.start, why.rule, why.reason, why.hint
    )

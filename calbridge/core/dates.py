"""An event's recurrence -> the single dates of its near future (tier 5 of design section 6).

For what no few schedules say: each instance is a conference of its own, and every pass adds those that come into view.
"""

from collections.abc import Iterator, Set
from collections.abc import Mapping as Map
from datetime import datetime
from itertools import islice

from calbridge.core.clock import instant_of
from calbridge.core.days import DAY
from calbridge.core.instances import Instances, gather
from calbridge.core.model import Recurrence, Several
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import Moved

MAX_CONFERENCES = 60
_MAX_TIMES = 24  # a day: more than one an hour is a rule below the day, in other words

_TIMES = Misfit(
    "rrule.times",
    "Schedule FREQ must be DAILY, WEEKLY or MONTHLY, and the rule repeats more often than once an hour",
    "make one event for each time of the day, as in FREQ=DAILY",
)


def list_dates(
    recurrence: Recurrence,
    *,
    changed: Map[datetime, datetime],
    cancelled: Set[datetime],
    since: datetime,
    now: datetime,
    until: datetime,
) -> Several | Misfit:
    """The instances from `since` to `until`, at most 60; the next one after `now` even if it is later than that.

    An instance that began after `since` may still be running.
    `changed` are the RECURRENCE-IDs of changed instances, with the starts that they have now, by which they count.
    """
    event = gather(recurrence, cancelled, since)
    if isinstance(event, Misfit):
        return event
    if any(len(rule.times(event.start % DAY)) > _MAX_TIMES for rule in event.rules):
        return _TIMES
    low, high = instant_of(since), instant_of(until)
    moved = Moved.of(event, changed.keys(), since)
    unchanged = ((at, event.zone.at(wall)) for at, wall in islice(_unchanged(event, moved, low), MAX_CONFERENCES))
    as_changed = ((instant_of(start), each) for each, start in changed.items() if each not in cancelled)
    found = sorted((*unchanged, *((at, each) for at, each in as_changed if at >= low)))[:MAX_CONFERENCES]
    coming = next((at for at, _ in found if at >= instant_of(now)), high)
    near = [each for at, each in found if at <= max(high, coming)]
    return Several(
        5, {}, tuple(each for each in near if each not in changed), tuple(each for each in near if each in changed)
    )


def _unchanged(event: Instances, moved: Moved, low: int) -> Iterator[tuple[int, int]]:
    """Instants and walls of what the event itself says; two walls that a clock change makes one moment are one."""
    first, previous = event.earliest(low), low - 1
    for wall in event.members(first, event.latest(first)):
        at = event.zone.instant(wall)
        if at > previous and not event.removed(wall) and wall not in moved.by_wall:
            previous = at
            yield at, wall

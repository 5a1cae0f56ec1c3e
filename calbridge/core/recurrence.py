"""An event's recurrence -> a series in the platform's terms, proven to say the same before it is sent.

Said here are tiers 1 to 3: one schedule, word for word or rewritten, perhaps with a few instances cancelled. What needs
several conferences (tiers 4 and 5) or can't be said at all is a misfit that names the nearest rule that would work.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

from calbridge.core import schedule as schedules
from calbridge.core.candidates import as_it_is, by_pattern, by_words, nearest
from calbridge.core.clock import instant_of
from calbridge.core.days import DAY, LAST_DAY
from calbridge.core.instances import Instances, gather
from calbridge.core.model import Recurrence, Series
from calbridge.core.problem import Misfit
from calbridge.core.rrule import Rule
from calbridge.core.schedule import Schedule

YEAR = 366 * DAY
_OLDEST_ANCHOR = 50 * YEAR
MAX_GONE = 100  # instances still to come that are cancelled one by one
_TELLING = {
    "schedule.monthly-both",
    "schedule.monthly-byday-one",
    "schedule.monthly-byday-number",
    "schedule.monthly-bymonthday-one",
}
_MIN_PROOF = 3  # days of an endless series that a proof must at least compare


@dataclass(frozen=True, slots=True)
class Wanted:
    """The days of an event from a series' first on: all of them up to `last`, those in `removed` being out.

    `last` is the end of the calendar where `days` is all there is.
    """

    days: tuple[int, ...]
    removed: frozenset[int]
    last: int


def proves(schedule: Schedule, wanted: Wanted) -> bool:
    """Whether the schedule, counted from the first day wanted, says exactly these days.

    It must say every day that is not removed and may say a removed one, which is then cancelled. Days suffice for the
    instants: both sides keep one local time of one zone.
    """
    said = tuple(schedules.days(schedule, wanted.days[0], wanted.days[0], wanted.last))
    if said == wanted.days:
        return True
    return bool(wanted.removed) and set(wanted.days) - wanted.removed <= set(said) <= set(wanted.days)


def translate(
    recurrence: Recurrence,
    *,
    changed: Set[datetime],
    cancelled: Set[datetime],
    now: datetime,
    anchor: datetime | None,
) -> Series | Misfit:
    """Say an event's recurrence as one schedule.

    `changed` and `cancelled` are the RECURRENCE-IDs of overrides. The series starts at `anchor`, as sent earlier, as
    long as that is an instance of the event, and past or unchanged; else at the next unchanged instance from `now` on.
    Where none is to come, `start` is None. `start` has the local time that the rule says: on a day on which the zone
    skips it, it is moved on like the instances by `schedule.expand`. `gone` and `end` are in the zone of DTSTART.
    An instance at `start` itself is never in `gone` or `changed`: a series is not cancelled to reach its first.
    """
    if anchor is not None and instant_of(now) - instant_of(anchor) < _OLDEST_ANCHOR:
        series = _from_anchor(recurrence, changed, cancelled, now, anchor)
        if series is not None:
            return series
    event = gather(recurrence, cancelled, now)
    if isinstance(event, Misfit):
        return event
    moved = Moved.of(event, changed, now)
    first = _next_unchanged(event, moved, instant_of(now))
    if first is None:
        return Series(1, None, None, apart=tuple(sorted(changed - cancelled, key=instant_of)))
    return _series(event, moved, first, instant_of(now))


@dataclass(frozen=True, slots=True)
class Moved:
    """The changed RECURRENCE-IDs: those that stand for a wall of the event's clock, and the rest."""

    by_wall: dict[int, datetime]
    rest: tuple[datetime, ...]

    @classmethod
    def of(cls, event: Instances, changed: Set[datetime], floor: datetime) -> "Moved":
        """Sort them; none that matters is before `floor`."""
        by_wall: dict[int, datetime] = {}
        rest: list[datetime] = []
        for each in changed:
            near = floor.toordinal() - 2 <= each.toordinal() < LAST_DAY
            wall = event.zone.wall_meant(each, event.times) if near else None
            if wall is None:
                rest.append(each)
            else:
                by_wall[wall] = each
        return cls(by_wall, tuple(rest))


def _from_anchor(
    recurrence: Recurrence, changed: Set[datetime], cancelled: Set[datetime], now: datetime, anchor: datetime
) -> Series | None:
    """The series from where it was sent, None where that no longer holds."""
    floor = min(now, anchor, key=instant_of)
    event = gather(recurrence, cancelled, floor)
    if isinstance(event, Misfit):
        return None
    wall = event.zone.wall_meant(anchor, event.times)
    if wall is None or wall not in event.members(wall, wall):
        return None
    moved = Moved.of(event, changed, floor)
    if instant_of(anchor) >= instant_of(now) and _next_unchanged(event, moved, instant_of(now)) != wall:
        return None  # its instance is out by now, or one before it is back
    series = _series(event, moved, wall, instant_of(now))
    return series if isinstance(series, Series) else None


def _next_unchanged(event: Instances, moved: Moved, now: int) -> int | None:
    low = event.earliest(now)
    for wall in event.members(low, event.latest(low)):
        if event.zone.instant(wall) >= now and not event.removed(wall) and wall not in moved.by_wall:
            return wall
    return None


def _series(event: Instances, moved: Moved, first: int, now: int) -> Series | Misfit:
    wanted = _wanted(event, first, now)
    if isinstance(wanted, Misfit):
        return wanted
    schedule = next((each for each in _candidates(event, wanted) if proves(each, wanted)), None)
    if schedule is None or (wanted.last < LAST_DAY and len(wanted.days) < _MIN_PROOF):
        return _unsaid(event, first)
    last = _last_day(schedule, wanted, event)
    gone, on_schedule = exceptions(event, moved, schedule, first, last)
    if sum(event.zone.instant(wall) >= now for wall in gone) > MAX_GONE:
        reason = f"more than {MAX_GONE} instances of the series are taken out"
        return Misfit(
            "rrule.limit", reason, f"end the series, and start a new one that fits better, as in {_near(event)}"
        )
    apart = (*moved.rest, *(each for wall, each in moved.by_wall.items() if wall not in on_schedule))
    return Series(
        _tier(event, schedule, gone),
        event.zone.as_written(first),
        schedules.text(schedule),
        tuple(map(event.zone.at, gone)),
        tuple(sorted(on_schedule.values(), key=instant_of)),
        tuple(sorted(apart, key=instant_of)),
        None if last is None else event.zone.at(last * DAY + first % DAY),
    )


def _wanted(event: Instances, first: int, now: int) -> Wanted | Misfit:
    """All days from the first on, for as long as the proof has to look."""
    end = event.end()
    horizon = proof_end(event, max(first, now))
    walls, second = event.members(first, horizon if end is None else min(horizon, end)), first % DAY
    if {second}.issuperset(event.times) and all(wall % DAY == second for wall in event.extra):
        days = [wall // DAY for wall in walls]
    else:
        days = []
        for wall in walls:
            if wall % DAY != second:
                return _unsaid(event, first)
            days.append(wall // DAY)
    complete = end is not None and end <= horizon
    removed = frozenset(wall // DAY for wall in event.removed_at(second)).intersection(days)
    if event.unending and not complete:  # nobody cancels instances for ever: a schedule must not say them
        days, removed = [day for day in days if day not in removed], frozenset()
    return Wanted(tuple(days), removed, LAST_DAY if complete else horizon // DAY)


def proof_end(event: Instances, first: int) -> int:
    """The last second that a proof from `first` on looks at, or later than all instances."""
    span = _years(event.rules) * YEAR
    counted = (source[-1] for source in event.sources if isinstance(source, tuple) and source)
    horizon = max(first + span, *counted, first)
    ends = [event.end_of(source) for source in event.sources]
    if None in ends:  # what one rule says after another has ended tells an endless schedule from one that ends with it
        horizon = max(horizon, *(end + span // 3 for end in ends if end is not None and end <= first + 2 * span), first)
    return horizon + DAY - 1 - horizon % DAY  # the end of that day: days are compared, and whole ones only


def exceptions(
    event: Instances, moved: Moved, schedule: Schedule, first: int, last: int | None
) -> tuple[list[int], dict[int, datetime]]:
    """The instances of a schedule, from the one after its first to the day `last`, that are out or changed."""
    start = first // DAY
    cancelled = {wall for wall in _removed_walls(event, first, last) if _says(schedule, start, last, wall // DAY)}
    changed = {
        wall: each
        for wall, each in moved.by_wall.items()
        if wall > first and wall % DAY == first % DAY and _says(schedule, start, last, wall // DAY)
    }
    return sorted(cancelled - changed.keys()), changed


def _years(rules: Sequence[Rule]) -> int:
    """How long a proof looks: 28 years is the cycle of weekdays and leap years; long steps need several of them.

    The days of a rule follow that cycle where it counts months, or names months or their days: the fifth Monday of
    February comes once in it, in whatever words.
    """
    cyclic = any(rule.freq in {"MONTHLY", "YEARLY"} or rule.bymonth or rule.bymonthday for rule in rules)
    steps = [
        rule.interval if rule.freq == "YEARLY" else rule.interval // 12 if rule.freq == "MONTHLY" else 0
        for rule in rules
    ]
    return max([28 if cyclic else 10, *(5 * step for step in steps)])


def _candidates(event: Instances, wanted: Wanted) -> Iterator[Schedule]:
    end = event.end()
    words = (each for rule in event.rules for each in by_words(rule, event.start // DAY))
    for each in chain(words, by_pattern(wanted.days)):
        if end is None:
            yield each
        elif any(not isinstance(source, tuple) for source in event.sources):
            yield replace(each, until=date.fromordinal(end // DAY))
        elif wanted.last == LAST_DAY:
            yield replace(each, count=len(wanted.days))


def _last_day(schedule: Schedule, wanted: Wanted, event: Instances) -> int | None:
    end = event.end()
    if end is None:
        return None
    if wanted.last < LAST_DAY:
        return end // DAY
    return list(schedules.days(schedule, wanted.days[0], wanted.days[0], LAST_DAY))[-1]


def _removed_walls(event: Instances, first: int, last: int | None) -> Iterator[int]:
    """What is taken out after the first instance, at the series' time of day."""
    second, bound = first % DAY, LAST_DAY * DAY if last is None else last * DAY + DAY
    return (wall for wall in event.removed_at(second) if first < wall < bound)


def _says(schedule: Schedule, start: int, last: int | None, day: int) -> bool:
    if last is not None and day > last:
        return False
    return any(True for _ in schedules.days(replace(schedule, count=None), start, day, day))


def _tier(event: Instances, schedule: Schedule, gone: Sequence[int]) -> int:
    if gone:
        return 3
    plain = as_it_is(event.rules[0]) if len(event.rules) == 1 else None
    return 1 if plain == replace(schedule, count=None, until=None) else 2


def _unsaid(event: Instances, first: int) -> Misfit:
    """Why one schedule can't say it, the most telling reason first."""
    if event.unending and event.end() is None:
        hint = f"end the series, as in {_near(event)};COUNT=50, or take out single days instead"
        return Misfit("exrule.unsupported", "an EXRULE takes instances out for ever", hint)
    if len(event.extra) > 1 and event.extra[-1] >= first:
        hint = f"{_near(event)} would work, and an event of its own for each date that is added to it (RDATE)"
        return Misfit("rdate.unsupported", "the series has further dates beside its rule", hint)
    if len(event.rules) != 1:
        reason = f"the event has {len(event.rules)} rules that one schedule can't say together"
        return Misfit("rrule.several", reason, f"make an event of its own for each rule, as in {_near(event)}")
    if event.start >= first and not event.on_rule(event.start):
        reason = "the event's first day is not one that its rule says"
        return Misfit("rrule.dtstart", reason, f"start the series on a day of its rule, as {_near(event)} would")
    return _unsaid_rule(event.rules[0], event.start)


def _unsaid_rule(rule: Rule, start: int) -> Misfit:
    near = schedules.text(nearest(rule, start // DAY))
    if len(rule.times(start % DAY)) > 1:
        reason = "the rule names several times of a day"
        return Misfit("rrule.times", reason, f"make an event for each time, as in {near}")
    refused = schedules.parse(_monthly_words(rule)) if rule.freq == "MONTHLY" else None
    if isinstance(refused, Misfit) and refused.rule in _TELLING and not (rule.bysetpos or rule.bymonth):
        return replace(refused, hint=f"{near} would work, and an event of its own for what it lacks")
    reason = "no schedule of the platform says the same dates as the rule"
    return Misfit("rrule.unsupported", reason, f"{near} would work")


def _near(event: Instances) -> str:
    """The schedule nearest to the event's rule, weekly where it has none."""
    return schedules.text(nearest(next(iter(event.rules), Rule("WEEKLY")), event.start // DAY))


def _monthly_words(rule: Rule) -> str:
    """The rule as the platform would get it, were it sent as it is: what it says against it is the reason."""
    byday = "BYDAY=" + ",".join(map(str, rule.byday)) if rule.byday else ""
    bymonthday = "BYMONTHDAY=" + ",".join(map(str, rule.bymonthday)) if rule.bymonthday else ""
    return f"FREQ=MONTHLY;{byday};{bymonthday}"

"""An event's recurrence -> several series that together say it, with a few single dates (tier 4 of design section 6).

The rules' instances are covered by schedules, per time of day (`core/cover.py`); dates that no rule says (an RDATE, a
DTSTART that is off the rule) are conferences of their own. The whole is proven before it is used: what all schedules
say together, none of it twice, are exactly the instances of the event that are still to come.
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice, pairwise

from calbridge.core import schedule as schedules
from calbridge.core.clock import Zone, instant_of
from calbridge.core.cover import Run, Target, cover, steps_of
from calbridge.core.days import DAY, LAST_DAY
from calbridge.core.instances import Instances, gather
from calbridge.core.model import Recurrence, Series, Several
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import MAX_GONE, Moved, exceptions, proof_end
from calbridge.core.schedule import Schedule

MAX_SERIES = 7
MAX_DATES = 60
_MAX_WALLS = 26_000  # instances of all rules within the proof: seven a day for ten years
_WORK = 50_000  # what the search may touch: tens of milliseconds
_CLOSE = 3 * 3600  # times of day further apart than any clock change never become the same instant

_NONE = Misfit(
    "rrule.irregular",
    f"no {MAX_SERIES} schedules of the platform say the same dates as the event",
    "its dates get single conferences, as far ahead as conference.horizon says",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One schedule of a union, and the wall of its first instance. UNTIL is in it where it ends."""

    first: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Open:
    """What schedules are to say: instances from the moment `now` to the wall `horizon`.

    Those in `free` may be said or not: they are out, or changed. `dates` are instances that stay single.
    """

    zone: Zone
    now: int
    horizon: int
    walls: frozenset[int]
    free: frozenset[int]
    dates: tuple[int, ...]

    def holds(self, wall: int) -> bool:
        """Whether it is not before now; a wall and its instant are less than two days apart."""
        return wall > self.now + 2 * DAY or self.zone.instant(wall) >= self.now

    def without(self, walls: Set[int]) -> "Open":
        """The same with some instances that stay single."""
        return replace(self, walls=self.walls - walls, dates=tuple(sorted({*self.dates, *walls})))


def unite(
    recurrence: Recurrence,
    *,
    changed: Set[datetime],
    cancelled: Set[datetime],
    now: datetime,
    since: datetime,
    kept: Map[str, tuple[datetime, str]],
) -> Several | Misfit:
    """Say an event's recurrence as at most seven series, the fewest that are found, and at most 60 dates.

    `kept` are start and schedule of the series as sent earlier, by part: they stay as they are while they still say the
    same. `since` is the earliest start of an instance that may still be running. The rest is as for
    `recurrence.translate`.
    """
    floor = min(now, since, *(anchor for anchor, _ in kept.values()), key=instant_of)
    event = gather(recurrence, cancelled, floor)
    if isinstance(event, Misfit):
        return event
    moved = Moved.of(event, changed, floor)
    wanted = _open(event, moved, instant_of(now), instant_of(since))
    if wanted is None:
        return _NONE
    united = _kept(event, wanted, kept) or _found(event, wanted)
    return _NONE if united is None else _several(event, moved, *united)


def proves(pieces: Iterable[Piece], wanted: Open) -> bool:
    """Whether the schedules together say what is wanted, nothing else, and nothing twice."""
    said = _said(pieces, wanted)
    whole = frozenset(said)
    return len(said) == len(whole) and wanted.walls - wanted.free <= whole <= wanted.walls


def _said(pieces: Iterable[Piece], wanted: Open) -> list[int]:
    low, last = wanted.now // DAY - 2, wanted.horizon // DAY
    return [
        wall
        for piece in pieces
        for day in schedules.days(piece.schedule, piece.first // DAY, low, last)
        if wanted.holds(wall := day * DAY + piece.first % DAY)
    ]


def _open(event: Instances, moved: Moved, now: int, since: int) -> Open | None:
    """None where there is more than a proof may look at, or where two instances are one and the same moment."""
    low, horizon = max(event.start, now - 2 * DAY), proof_end(event, max(event.start, now))
    streams = (islice(event.by_rule(source, low, horizon), _MAX_WALLS + 1) for source in event.sources)
    said = frozenset(wall for stream in streams for wall in stream)
    if len(said) > _MAX_WALLS or _coincide(event, said):
        return None
    out = frozenset(wall for wall in said if event.removed(wall))
    known = said | out | moved.by_wall.keys()
    late = (wall for wall in event.extra if wall not in known and event.zone.instant(wall) >= since)
    dates = tuple(islice((wall for wall in late if not (event.removed(wall) or event.on_rule(wall))), MAX_DATES + 1))
    if len(dates) > MAX_DATES:
        return None
    wanted = Open(event.zone, now, horizon, frozenset(), frozenset(), dates)
    walls = frozenset(filter(wanted.holds, said - out if event.unending else said))
    return replace(wanted, walls=walls, free=walls & (out | moved.by_wall.keys()))


def _coincide(event: Instances, walls: Set[int]) -> bool:
    """Whether a clock change makes two instances one: 02:30 and 03:30 on the day on which 02:30 does not exist."""
    seconds = sorted({wall % DAY for wall in walls})
    if all(after - before > _CLOSE for before, after in pairwise((*seconds, *(DAY + each for each in seconds[:1])))):
        return False
    days = {wall // DAY for wall in walls}
    around_days = {near for day in days for near in (day - 1, day + 2)}
    offsets = {day: event.zone.instant(day * DAY) - day * DAY for day in around_days}
    changing = {day for day in days if offsets[day - 1] != offsets[day + 2]}
    near = [wall for wall in walls if wall // DAY in changing]
    return len(set(map(event.zone.instant, near))) < len(near)


def _kept(event: Instances, wanted: Open, kept: Map[str, tuple[datetime, str]]) -> tuple[Open, dict[str, Piece]] | None:
    """The series as they were sent, None where they are not it any more."""
    pieces: dict[str, Piece] = {}
    for part, (anchor, text) in kept.items():
        schedule, wall = schedules.parse(text), event.zone.wall_meant(anchor, event.times)
        if isinstance(schedule, Misfit) or wall is None:
            return None
        if wanted.holds(wall) and wall not in wanted.walls - wanted.free:
            return None  # its first instance is out by now
        pieces[part] = Piece(wall, schedule)
    single = wanted.walls - wanted.free - frozenset(_said(pieces.values(), wanted))
    ends = [end for end in map(event.end_of, event.sources) if end is not None]
    if len(single) > MAX_SERIES or any(wall > max(ends, default=0) for wall in single):
        return None  # single ones are what a rule that ends has left over; those of one without an end go on
    wanted = wanted.without(single)
    return (wanted, pieces) if pieces and proves(pieces.values(), wanted) else None


def _found(event: Instances, wanted: Open) -> tuple[Open, dict[str, Piece]] | None:
    """The fewest series, numbered by their first instances."""
    days, free = _by_second(wanted.walls), _by_second(wanted.free)
    pieces: list[Piece] = []
    single: set[int] = set()
    for second in sorted(days) if len(days) <= MAX_SERIES else ():
        target = _target(event, wanted.horizon // DAY, second, days[second], free[second])
        runs = None if target is None else cover(target, MAX_SERIES - len(pieces), _WORK // len(days))
        if runs is None:
            return None
        single.update(run.first * DAY + second for run in runs if len(run.days) == 1)
        pieces += [_piece(run, second) for run in runs if len(run.days) > 1]
    wanted = wanted.without(single)
    if not pieces or not proves(pieces, wanted):
        return None
    pieces.sort(key=lambda piece: (piece.first, schedules.text(piece.schedule)))
    return wanted, {str(number): piece for number, piece in enumerate(pieces, 1)}


def _by_second(walls: Set[int]) -> defaultdict[int, set[int]]:
    """The days by time of day."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for wall in walls:
        found[wall % DAY].add(wall // DAY)
    return found


def _target(event: Instances, horizon: int, second: int, days: Set[int], free: Set[int]) -> Target | None:
    """What to cover at one time of day; None where ends that lie beyond the proof can't be told apart."""
    ends = (event.end_of(source) for source in event.sources)
    closes = sorted({LAST_DAY if end is None else (end - second) // DAY for end in ends}, reverse=True)
    if sum(close > horizon for close in closes) > 1:
        return None
    return Target(frozenset(days), frozenset(free), tuple(closes), horizon, steps_of(event.rules))


def _piece(run: Run, second: int) -> Piece:
    until = None if run.last == LAST_DAY else date.fromordinal(run.last)
    return Piece(run.first * DAY + second, replace(run.schedule, until=until))


def _several(event: Instances, moved: Moved, wanted: Open, pieces: dict[str, Piece]) -> Several | Misfit:
    series = {part: _series(event, moved, wanted, piece) for part, piece in pieces.items()}
    if sum(instant_of(gone) >= wanted.now for each in series.values() for gone in each.gone) > MAX_GONE:
        return _NONE
    on_series = {changed for each in series.values() for changed in each.changed}
    apart = {*moved.rest, *moved.by_wall.values()} - on_series
    return Several(4, series, tuple(map(event.zone.at, wanted.dates)), tuple(sorted(apart, key=instant_of)))


def _series(event: Instances, moved: Moved, wanted: Open, piece: Piece) -> Series:
    until = piece.schedule.until
    last = None if until is None else until.toordinal()
    looked = wanted.horizon // DAY if event.unending and last is None else last
    gone, changed = exceptions(event, moved, piece.schedule, piece.first, looked)
    return Series(
        4,
        event.zone.as_written(piece.first),
        schedules.text(piece.schedule),
        tuple(map(event.zone.at, gone)),
        tuple(sorted(changed.values(), key=instant_of)),
        (),
        None if last is None else event.zone.at(last * DAY + piece.first % DAY),
    )

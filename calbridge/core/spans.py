"""A series that this-and-future overrides change (RFC 5545, sections 3.2.13 and 3.8.4.4), cut into spans.

From the instance that such an override names on, all are moved by as much as that one, on the clock of the series'
zone, and say what it says, up to the next such override. Everything else in the event goes on naming original starts.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from calbridge.core.clock import instant_of
from calbridge.core.days import DAY, LAST_DAY
from calbridge.core.instances import Instances, cut, gather
from calbridge.core.model import Meeting, Occasion, Override, Recurrence, Span, Window
from calbridge.core.problem import Misfit

MAX_CHANGES: Final = 30
"""This-and-future overrides in one event; each costs as much as a series."""

_FURTHEST = 366 * DAY  # that an override may move what follows
_MAX_DOUBLES = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One this-and-future override: `since` is the instance that it names, in the zone of the series.

    `start` is where that instance is now; `occasion` None: from there on nothing has a room.
    """

    since: datetime
    recurrence_text: str
    start: datetime
    occasion: Occasion | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """The instances from the wall `first` to before `end`, both as the rules say them, moved by `shift` seconds."""

    first: int | None
    end: int | None
    change: Change | None  # None: as the master says
    shift: int


def unfollowed(reason: str) -> Misfit:
    """A this-and-future override that can't be followed."""
    return Misfit(
        "override.this-and-future",
        f"an instance was changed together with all that follow it, {reason}",
        "end the series before that instance and begin a new one with it",
    )


def split(meeting: Meeting, changes: Sequence[Change]) -> Meeting | Misfit:
    """Cut a series that happens as its master says into what the changes make of it.

    What is left without a room, by a change that asks for none, belongs to no span; where that is all of it, the
    meeting has no master any more.
    """
    if not changes:
        return meeting
    recurrence, master = meeting.recurrence, meeting.master
    assert recurrence is not None
    assert master is not None
    if len(changes) > MAX_CHANGES:
        return unfollowed(f"more than {MAX_CHANGES} times")
    event = gather(recurrence, frozenset(), recurrence.start)
    if isinstance(event, Misfit):
        return event
    pieces = tuple(_pieces(event, changes))
    if any(abs(piece.shift) > _FURTHEST for piece in pieces):
        return unfollowed("by more than a year")
    by_piece = _shared_out(event, pieces, meeting.overrides)
    spans: list[Span] = []
    apart: list[Override] = []
    for piece, overrides in zip(pieces, by_piece, strict=True):
        occasion = master if piece.change is None else piece.change.occasion
        if occasion is not None:
            spans.append(_span(event, piece, occasion, recurrence, overrides))
        elif piece.change is not None:
            out = Override(piece.change.since, piece.change.recurrence_text, None)
            apart += {each.recurrence_id: each for each in (out, *overrides)}.values()
    if not spans:
        return replace(meeting, master=None, recurrence=None, overrides=_sorted(apart))
    told = _told_apart(event, spans)
    if isinstance(told, Misfit):
        return told
    first, *later = told
    return replace(
        meeting,
        master=first.occasion,
        recurrence=first.recurrence,
        overrides=_sorted((*first.overrides, *apart)),
        later=tuple(later),
        since_text=first.recurrence_text,
    )


def _pieces(event: Instances, changes: Iterable[Change]) -> Iterator[_Piece]:
    """The parts of the event's own time, in order. A change from the first instance on leaves the master nothing."""
    by_wall = {event.wall_of(each.since): each for each in changes}
    walls = sorted(by_wall)
    opening = bisect_right(walls, event.extra[0])
    if opening == 0:
        yield _Piece(None, walls[0], None, 0)
    first = max(opening - 1, 0)
    for wall, end in zip(walls[first:], (*walls[first + 1 :], None), strict=True):
        change = by_wall[wall]
        yield _Piece(wall, end, change, 0 if change.occasion is None else _wall_now(event, change) - wall)


def _wall_now(event: Instances, change: Change) -> int:
    """Where the clock is put to; a time in UTC may mean one that the zone skips, as the rule's own."""
    if change.start.tzinfo is event.zone.tz:
        return event.zone.wall(change.start)
    return event.wall_of(change.start)


def _shared_out(event: Instances, pieces: Sequence[_Piece], overrides: Iterable[Override]) -> list[list[Override]]:
    """Single instances by piece, where it would have them."""
    borders = [piece.first for piece in pieces[1:] if piece.first is not None]
    found: list[list[Override]] = [[] for _ in pieces]
    for each in overrides:
        wall = event.wall_of(each.recurrence_id)
        index = bisect_right(borders, wall)
        piece = pieces[index]
        moved = replace(each, recurrence_id=event.zone.at(wall + piece.shift)) if piece.shift else each
        if not each.period or piece.change is None:
            found[index].append(moved)
        elif piece.change.occasion is not None and wall != piece.first:
            found[index].append(_longer(moved, piece.change.occasion))
    return found


def _longer(period: Override, occasion: Occasion) -> Override:
    """An RDATE with a length of its own: it is moved and says what the others do, for as long as it did."""
    assert period.occasion is not None
    said = replace(occasion, start=period.recurrence_id, minutes=period.occasion.minutes)
    return replace(period, occasion=said)


def _span(
    event: Instances, piece: _Piece, occasion: Occasion, recurrence: Recurrence, overrides: list[Override]
) -> Span:
    zone, change = event.zone, piece.change
    window = Window(
        None if change is None else change.since,
        None if piece.end is None else zone.as_written(piece.end),
        timedelta(seconds=piece.shift),
    )
    recurrence = replace(recurrence, window=window)
    if change is None or piece.first is None:
        return Span(None, occasion, recurrence, tuple(overrides))
    start = zone.at(piece.first + piece.shift)
    if instant_of(start) != instant_of(change.start) and all(start != each.recurrence_id for each in overrides):
        # that clock time comes twice on this day, and this once the second is meant
        overrides = [Override(start, change.recurrence_text, occasion), *overrides]
    return Span(change.recurrence_text, replace(occasion, start=start), recurrence, tuple(overrides))


def _told_apart(event: Instances, spans: Sequence[Span]) -> list[Span] | Misfit:
    """Where instances were moved back onto ones before them, both are one meeting, which says what the later says."""
    read = [_Held.of(event, span) for span in spans]
    told: list[Span] = []
    for index, (span, ours) in enumerate(zip(spans, read, strict=True)):
        doubles: set[datetime] = set()
        for later, theirs in zip(spans[index + 1 :], read[index + 1 :], strict=True):
            found = _doubles(ours, theirs) if _shift(later) < _shift(span) else set()
            if isinstance(found, Misfit):
                return found
            doubles |= found
        exdates = (*span.recurrence.exdates, *sorted(doubles, key=instant_of))
        told.append(replace(span, recurrence=replace(span.recurrence, exdates=exdates)) if doubles else span)
    return told


@dataclass(frozen=True, slots=True)
class _Held:
    """A span's instances, and which of them overrides change or take out."""

    event: Instances
    changed: frozenset[int]
    out: frozenset[int]

    @classmethod
    def of(cls, event: Instances, span: Span) -> "_Held":
        assert span.recurrence.window is not None
        moved = cut(event, span.recurrence.window)
        walls = [(moved.wall_of(each.recurrence_id), each.occasion is None) for each in span.overrides]
        changed, out = (frozenset(wall for wall, is_out in walls if is_out is wanted) for wanted in (False, True))
        return cls(moved, changed, out)

    def holds(self, wall: int) -> bool:
        """Whether something takes place under that name, if perhaps elsewhere."""
        return wall in self.event.members(wall, wall) and not self.event.removed(wall) and wall not in self.out


def _doubles(ours: _Held, theirs: _Held) -> set[datetime] | Misfit:
    """The original starts of a span's instances at which a later one has some too."""
    event = ours.event
    walls = list(islice(event.members(theirs.event.start, LAST_DAY * DAY), _MAX_DOUBLES + 1))
    if len(walls) > _MAX_DOUBLES:
        return unfollowed(f"back over more than {_MAX_DOUBLES} instances")
    both = [wall for wall in walls if ours.holds(wall) and theirs.holds(wall)]
    if any(wall in ours.changed or wall in theirs.changed for wall in both):
        return unfollowed("back onto an instance that was changed by itself")
    return {event.zone.as_written(wall - event.shift) for wall in both}


def _shift(span: Span) -> timedelta:
    window = span.recurrence.window
    assert window is not None
    return window.shift


def _sorted(overrides: Iterable[Override]) -> tuple[Override, ...]:
    return tuple(sorted(overrides, key=lambda each: each.recurrence_id))

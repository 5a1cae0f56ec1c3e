"""Events + policy -> what the calendar wants: a meeting, or why there is none (design, sections 4 to 7).

    hidden, not-organizer, cancelled, stop-word, no-trigger     Unasked: nothing to tell anybody
    event.other-instance .transparent .other-link .private      Skipped: it asks, and the policy says no
    event.no-start .all-day .time .negative, zone.unknown,      Skipped: it asks, and can't have a room
    override.this-and-future

Whether an event is over is the planner's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypeAlias

from calbridge.core import marker
from calbridge.core.event import place
from calbridge.core.model import Event, EventSet, Meeting, Occasion, Override, Reading, Skipped, Unasked
from calbridge.core.occasion import is_private, occasion_of, others, subject_of
from calbridge.core.otherlinks import has_other_link
from calbridge.core.policy import Policy
from calbridge.core.problem import Misfit, Problem
from calbridge.core.spans import Change, split, unfollowed
from calbridge.core.trigger import Request, is_hidden, request, room_of, stops

Silence: TypeAlias = Literal["no-trigger", "stop-word", "cancelled", "hidden", "not-organizer"]
"""Why nothing is asked, as in `Unasked`."""


_NO_START = Misfit("event.no-start", "the event has no start", "give it a start time")
_ALL_DAY = Misfit(
    "event.all-day", "an all-day event has no time at which a conference could begin", "give it a start time"
)
_RANGE_ALONE = unfollowed("in a series that is not here or asks for no room itself")
_RANGE_UNREAD = unfollowed("and when it then is can't be read")
_RANGE_ZONE = unfollowed("and moved to another time zone, which leaves open whose clock they follow")
_PRIVATE_SKIPPED = Misfit(
    "event.private",
    "the event is private, and private events get no room here",
    "make it public, or set select.private",
)
_FREE = Misfit(
    "event.transparent",
    "the event is shown as free, and such events get no room here",
    "show it as busy, or set select.transparent",
)
_OTHER_LINK = Misfit(
    "event.other-link",
    "the event already links to a meeting of another product, and such events get no room here",
    "take the other link out, or set select.other_links",
)


def read_meeting(events: EventSet, policy: Policy) -> Reading:
    """Decide what one calendar object's events want."""
    return _Reader(events, policy).read()


@dataclass(frozen=True, slots=True)
class _Reader:
    """One calendar object under one policy."""

    events: EventSet
    policy: Policy

    def read(self) -> Reading:
        if (silence := self._silence()) is not None:
            return self._unasked(silence)
        if self.events.master is None:
            return self._instances(None)
        decided = self._decide(self.events.master)
        match decided:
            case None:
                return self._whole(self.events.master)
            case Misfit():
                return self._skipped(decided)
            case "no-trigger":
                return self._instances(self.events.master)
            case _:
                return self._unasked(decided)

    def _silence(self) -> Silence | None:
        """Say why there is nothing to read at all."""
        events = self._all()
        if not events:
            return "no-trigger"
        if is_hidden(events[0]):
            return "hidden"
        return None if self._is_organized_by_owner() else "not-organizer"

    def _decide(self, event: Event) -> Silence | Misfit | None:
        """Say why one event gets no room; None where it gets one, whatever its times."""
        if event.status == "CANCELLED":
            return "cancelled"
        if stops(event, self.policy.select):
            return "stop-word"
        asks = request(event, self.policy)
        return (self._other_instance() or self._refused(event, asks)) if asks.any else "no-trigger"

    def _refused(self, event: Event, asks: Request) -> Misfit | Literal["no-trigger"] | None:
        """Apply the policy's limits to an event that asks."""
        select = self.policy.select
        if is_private(event) and select.private == "skip":
            return _PRIVATE_SKIPPED
        limits = (
            (select.transparent, event.transparency == "TRANSPARENT", _FREE),
            (select.other_links, has_other_link(event, own_hosts=self.policy.room_hosts), _OTHER_LINK),
        )
        for rule, applies, misfit in limits:
            if not applies or rule == "include":
                continue
            if not (asks.explicit or asks.kept):
                return "no-trigger"  # nobody asked for this one
            if rule == "skip":
                return misfit
        return None

    def _whole(self, master: Event) -> Reading:
        """Read an event with its overrides."""
        if (problem := _misfit(master)) is not None:
            return self._skipped(problem)
        ranged, single = _by_range(self.events.overrides, master)
        overrides, skipped = self._overrides(master, single)
        if master.recurrence is None:
            # Some clients keep a changed single event as its own override: then that is what the event says.
            own = next((e for e in self.events.overrides if _instance(e, master) == master.start), None)
            refusal = None if own is None else self._refusal(own)
            if refusal is not None:
                return refusal
            occasion = occasion_of(own or master, self.policy)
            overrides = tuple(each for each in overrides if each.recurrence_id != master.start)
        else:
            occasion = occasion_of(master, self.policy)
        meeting = self._meeting(master, occasion, overrides, skipped)
        return self._in_spans(meeting, master, ranged) if ranged else meeting

    def _in_spans(self, meeting: Meeting, master: Event, ranged: Iterable[Event]) -> Reading:
        """Follow the overrides that change all later instances too."""
        changes: list[Change] = []
        skipped: list[Skipped] = []
        for event in ranged:
            since, decided = _instance(event, master), self._decide(event)
            misfit = decided if isinstance(decided, Misfit) else None
            if decided is None and isinstance(event.start, date) and not isinstance(event.start, datetime):
                misfit = _ALL_DAY
            if misfit is not None:
                skipped.append(self._skipped(misfit, event.recurrence_text))
            out = decided is not None or misfit is not None
            if since is None or not (out or isinstance(event.start, datetime)):
                return self._skipped(_RANGE_UNREAD)
            if not out and not _keeps_zone(event, master):
                return self._skipped(_RANGE_ZONE)
            start = event.start if isinstance(event.start, datetime) else since
            occasion = None if out else occasion_of(event, self.policy)
            changes.append(Change(since, event.recurrence_text or "", start, occasion))
        found = split(replace(meeting, skipped=(*meeting.skipped, *skipped)), changes)
        if isinstance(found, Misfit):
            return self._skipped(found)
        if found.master is None and all(each.occasion is None for each in found.overrides):
            return found.skipped[0] if found.skipped else self._unasked("no-trigger")
        return found

    def _refusal(self, event: Event) -> Skipped | Unasked | None:
        """Why this VEVENT, taken by itself, has no room; None where it may have one."""
        match self._decide(event):
            case Misfit() as misfit:
                return self._skipped(misfit)
            case None:
                misfit_of_time = _misfit(event)
                return None if misfit_of_time is None else self._skipped(misfit_of_time)
            case silence:
                return self._unasked(silence)

    def _overrides(self, master: Event, single: Iterable[Event]) -> tuple[tuple[Override, ...], tuple[Skipped, ...]]:
        """Read the instances that differ. What can't be read stays in the series as it was, and is said."""
        found: dict[datetime, Override] = {}
        skipped: list[Skipped] = []
        for event in single:
            instance = _instance(event, master)
            decided = self._decide(event)
            misfit = _misfit(event) if decided is None else None
            if isinstance(decided, Misfit):
                misfit, decided = decided, "no-trigger"
            if misfit is not None:
                skipped.append(self._skipped(misfit, event.recurrence_text))
            if instance is None or (misfit is not None and event.start is None):
                continue
            out = decided is not None or misfit is not None
            occasion = None if out else occasion_of(event, self.policy)
            found[instance] = Override(instance, event.recurrence_text or "", occasion, event.period)
        return tuple(found.values()), tuple(skipped)

    def _instances(self, master: Event | None) -> Reading:
        """Read single instances that ask for a room of their own: without a master, or with one that doesn't ask."""
        found: dict[datetime, Override] = {}
        skipped: list[Skipped] = []
        silences: list[Silence] = []
        for event in self.events.overrides:
            decided = self._decide(event)
            if master is not None and not request(event, self.policy).explicit:
                continue  # what is left of our block in it asks for nothing that the series doesn't
            instance = _instance(event, master or event)
            misfit = _RANGE_ALONE if event.this_and_future else _misfit(event)
            match decided:
                case Misfit():
                    skipped.append(self._skipped(decided, event.recurrence_text))
                case None if misfit is not None:
                    skipped.append(self._skipped(misfit, event.recurrence_text))
                case None if instance is not None:
                    found[instance] = Override(instance, event.recurrence_text or "", occasion_of(event, self.policy))
                case None:
                    silences.append("no-trigger")
                case _:
                    silences.append(decided)
        if found:
            first = next(each for each in self.events.overrides if each.recurrence_text is not None)
            return self._meeting(first, None, tuple(found.values()), tuple(skipped))
        if skipped:
            return skipped[0]
        return self._unasked(silences[0] if silences and master is None else "no-trigger")

    def _meeting(
        self, lead: Event, master: Occasion | None, overrides: tuple[Override, ...], skipped: tuple[Skipped, ...]
    ) -> Meeting:
        events = self._all()
        return Meeting(
            calendar=self.events.source.calendar,
            href=self.events.source.href,
            uid=self.events.uid,
            master=master,
            recurrence=lead.recurrence if master is not None else None,
            overrides=tuple(sorted(overrides, key=lambda each: each.recurrence_id)),
            room=room_of(lead, self.policy.select.keyword),
            references=frozenset(event.reference for event in events if event.reference is not None),
            attendees=len({each for event in events for each in others(event, self.policy.owner)}),
            skipped=skipped,
            rooms=frozenset(event.room_url for event in events if event.room_url is not None),
        )

    def _is_organized_by_owner(self) -> bool:
        """Whether this is the organizer's own copy; without ORGANIZER an event is the calendar owner's."""
        organizer = next((event.organizer for event in self._all() if event.organizer is not None), None)
        hers = {*self.policy.owner.addresses, *(each.casefold() for each in self.policy.select.organizers)}
        return organizer is None or organizer in hers

    def _other_instance(self) -> Misfit | None:
        """Find the reference of another installation."""
        for event in self._all():
            found = marker.parse(event.reference) if event.reference is not None else None
            if found is not None and found.instance != self.policy.instance:
                reason = (
                    f"the installation {found.instance!r} keeps this event's room; this is {self.policy.instance!r}"
                )
                hint = "let one installation alone watch this calendar, and run `calbridge uninstall` in the other"
                return Misfit("event.other-instance", reason, hint)
        return None

    def _all(self) -> tuple[Event, ...]:
        master = () if self.events.master is None else (self.events.master,)
        return (*master, *self.events.overrides)

    def _skipped(self, why: Misfit | Problem, recurrence_text: str | None = None) -> Skipped:
        source, uid = self.events.source, self.events.uid
        problem = why.at(place(source, uid, recurrence_text)) if isinstance(why, Misfit) else why
        found = (each for each in self._all() if recurrence_text is None or each.recurrence_text == recurrence_text)
        event = next(found, None)
        shown = ("", None) if event is None else (subject_of(event, self.policy), event.start)
        return Skipped(source.calendar, source.href, uid, recurrence_text, problem, *shown)

    def _unasked(self, why: Silence) -> Unasked:
        return Unasked(self.events.source.calendar, self.events.source.href, self.events.uid, why)


def _by_range(overrides: Iterable[Event], master: Event) -> tuple[list[Event], list[Event]]:
    """Overrides that change all later instances too, and those of one alone, as all are of what happens once."""
    ranged = [each for each in overrides if each.this_and_future and master.recurrence is not None]
    return ranged, [each for each in overrides if each not in ranged]


def _keeps_zone(event: Event, master: Event) -> bool:
    """Whether an override is in the master's zone, or in UTC, as some clients write any time."""
    assert isinstance(event.start, datetime)
    assert isinstance(master.start, datetime)
    return str(event.start.tzinfo) in {"UTC", str(master.start.tzinfo)}


def _misfit(event: Event) -> Misfit | Problem | None:
    """Say what of its times keeps an event from being a meeting."""
    if event.misfit is not None:
        return event.misfit
    if event.start is None:
        return _NO_START
    return None if isinstance(event.start, datetime) else _ALL_DAY


def _instance(event: Event, master: Event) -> datetime | None:
    """Say which instance an override replaces, in the master's zone; a DATE means that day's (seen of old clients)."""
    if not isinstance(master.start, datetime) or event.recurrence_id is None:
        return None
    if isinstance(event.recurrence_id, datetime):
        return event.recurrence_id.astimezone(master.start.tzinfo)
    return datetime.combine(event.recurrence_id, master.start.timetz())

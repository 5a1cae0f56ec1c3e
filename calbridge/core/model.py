"""The values that everything else passes on. Datetimes are aware, in a `ZoneInfo`; dates stay dates.

CalendarObject -> EventSet(Event ...) -> Meeting | Skipped | Unasked        what the calendar wants
Conference, Listing                                                         what the platform reports
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias

from calbridge.core.policy import RoomKind
from calbridge.core.problem import Problem

# --- the calendar ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarObject:
    """One CalDAV resource (RFC 4791, section 4.1), byte for byte as the server returned it.

    `calendar` and `href` are normalised absolute URLs; `etag` is the strong, quoted ETag, None where the server gave
    none or a weak one (which can't guard a PUT).
    """

    calendar: str
    href: str
    etag: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """Those instances of a recurrence that one VEVENT stands for, moved as it says (RFC 5545, section 3.8.4.4).

    `since` is the original start of the first, `before` that of the first one after them; None leaves the end open.
    `shift` is by how much later they are, on the clock of DTSTART's zone.
    """

    since: datetime | None = None
    before: datetime | None = None
    shift: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When an event happens, as RFC 5545 says it. `start` is DTSTART, aware; rules are unparsed RRULE/EXRULE values.

    RDATEs and EXDATEs are resolved to the zone of `start`; one given as a DATE stays a date (it means the whole day).
    All of these name original starts, also where a `window` then moves the instances.
    """

    start: datetime
    rrules: tuple[str, ...] = ()
    exrules: tuple[str, ...] = ()
    rdates: tuple[datetime | date, ...] = ()
    exdates: tuple[datetime | date, ...] = ()
    window: Window | None = None  # None: all of them, where they are


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT, read. Text is unescaped; enumerations are upper case; addresses lower case, without `mailto:`.

    `start` is a date for an all-day event, None where DTSTART is missing. `duration` is elapsed time (RFC 5545,
    section 3.3.6), None where the event has neither DTEND nor DURATION. `recurrence_id` is in the zone of the file.
    """

    uid: str
    recurrence_id: datetime | date | None
    recurrence_text: str | None  # RECURRENCE-ID's value as in the file
    this_and_future: bool
    start: datetime | date | None
    duration: timedelta | None
    recurrence: Recurrence | None  # None for an override, an all-day event or one that happens once
    summary: str
    description: str
    location: str
    url: str
    status: str
    transparency: str
    classification: str
    categories: tuple[str, ...]
    organizer: str | None = field(repr=False)
    attendees: tuple[str, ...] = field(repr=False)
    reference: str | None  # X-CALBRIDGE-REF
    room_url: str | None = field(default=None, repr=False)  # X-CALBRIDGE-URL: the link as we wrote it
    links: tuple[str, ...] = ()  # further URLs: CONFERENCE, ATTACH, X- properties of other conferencing products
    former_location: str = ""  # X-CALBRIDGE-WAS-LOCATION: what our link replaced, often the keyword
    misfit: Problem | None = None  # what of it can't be read: an unknown zone, a broken DTSTART
    period: bool = False  # no VEVENT but an RDATE with a length of its own, read like an override of its master


@dataclass(frozen=True, slots=True)
class EventSet:
    """All VEVENTs of one calendar object: they share one UID (RFC 4791, section 4.1)."""

    source: CalendarObject
    uid: str
    master: Event | None
    overrides: tuple[Event, ...]


# --- what the calendar wants ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Occasion:
    """One meeting in time with what it says. `minutes` is the duration; `agenda` has neither block nor marker."""

    start: datetime
    minutes: int
    subject: str
    agenda: str
    participants: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Override:
    """One instance of a series that differs: `occasion` is what it became, None where it was cancelled or left out.

    `recurrence_id` is where the instance would be without it: its original start, moved as its span is. What is in
    the file is `recurrence_text`. A `period` has no VEVENT that could show a link.
    """

    recurrence_id: datetime
    recurrence_text: str
    occasion: Occasion | None
    period: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The instances of a series from one this-and-future override to the next, and what they say.

    `recurrence_text` is the RECURRENCE-ID of that override as in the file, None for what the master says.
    """

    recurrence_text: str | None
    occasion: Occasion
    recurrence: Recurrence
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the calendar wants: one event that asks for a room, with its overrides.

    `master` is None where only overrides are left (an invitation to single instances); each is then a meeting of its
    own. `recurrence` is None for an event that happens once. `room` is the event's own choice ("@meet:room"), None
    where the policy decides. `references` are the markers found in the event; `attendees` counts who would be mailed.
    `skipped` are instances that can't be followed: a series keeps them as they were. `later` are the spans of a series
    after its first; `since_text` is that one's RECURRENCE-ID where a this-and-future override stands for it. `rooms`
    are the room URLs found in the event, as we wrote them.
    """

    calendar: str
    href: str
    uid: str
    master: Occasion | None
    recurrence: Recurrence | None
    overrides: tuple[Override, ...]
    room: RoomKind | None
    references: frozenset[str]
    attendees: int
    skipped: tuple["Skipped", ...] = ()
    later: tuple[Span, ...] = ()
    since_text: str | None = None
    rooms: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def spans(self) -> tuple[Span, ...]:
        """All of a series, in the order of the original starts; none of what happens once."""
        if self.master is None or self.recurrence is None:
            return ()
        return (Span(self.since_text, self.master, self.recurrence, self.overrides), *self.later)

    @property
    def every_override(self) -> tuple[Override, ...]:
        """The single instances that differ, of all spans."""
        return (*self.overrides, *(each for span in self.later for each in span.overrides))


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event that asks for a room and can't have one. `recurrence_id` as in the file, None for the whole event.

    `subject` and `start` only show which event it is: `start` is None where it can't be read, a date without a time.
    """

    calendar: str
    href: str
    uid: str
    recurrence_id: str | None
    problem: Problem
    subject: str = field(default="", compare=False)
    start: datetime | date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unasked:
    """An event that asks for no room, and why.

    `no-trigger`: nothing in it asks; `stop-word`: it says stop; `cancelled`: STATUS:CANCELLED; `hidden`: stripped to
    its times by the server, so nobody can tell; `not-organizer`: somebody else's meeting.
    """

    calendar: str
    href: str
    uid: str
    why: Literal["no-trigger", "stop-word", "cancelled", "hidden", "not-organizer"]


Reading: TypeAlias = Meeting | Skipped | Unasked


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring meeting in the platform's terms (see `recurrence.translate`).

    `schedule` is the platform's text form, counted from `start`. `gone` are instances of the schedule that must be
    cancelled; `changed` the RECURRENCE-IDs on the schedule whose child conference differs; `apart` the
    RECURRENCE-IDs still to come that are not on the schedule and need a conference of their own. `end` is the start
    of the last instance, None where it never ends. `start` None: no unchanged instance is still to come.
    """

    tier: int
    start: datetime | None
    schedule: str | None
    gone: tuple[datetime, ...] = ()
    changed: tuple[datetime, ...] = ()
    apart: tuple[datetime, ...] = ()
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Several:
    """A recurring meeting that one schedule can't say: several series and dates (tier 4), or dates alone (tier 5).

    `series` are by part, "1" to "7", each with its own exceptions and nothing apart. `dates` are unchanged instances
    that are conferences of their own; `apart` are RECURRENCE-IDs as in `Series`.
    """

    tier: Literal[4, 5]
    series: Map[str, Series]
    dates: tuple[datetime, ...]
    apart: tuple[datetime, ...]


# --- what the platform reports --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """The fields of a conference that come from the configuration, named as the platform names them."""

    auto_record: str = "none"
    auto_stream: str = "none"
    auto_transcribe: bool = False
    one_time_access_code: bool = True
    secure_url: bool = False
    host_initiated_recording: bool = False
    mute_mode: str = "conversation"
    security_pin: str | None = field(default=None, repr=False)
    participant_emails: tuple[str, ...] | None = field(default=None, repr=False)  # None: not sent


@dataclass(frozen=True, slots=True)
class Fields:
    """Everything that a create or an update sends: a conference's complete desired state.

    `agenda` ends with the marker; `duration` is in minutes; `schedule` is None for a conference that happens once and
    for a child, whose schedule only its master may carry.
    """

    subject: str
    agenda: str
    start: datetime
    duration: int
    schedule: str | None
    settings: Settings


@dataclass(frozen=True, slots=True)
class Conference:
    """What the platform has. `start` is aware, in the conference's zone; `master_id` None: it happens once.

    For a master `master_id` equals `id`. The moderator token and PIN are deliberately not part of it.
    """

    id: int
    subject: str
    agenda: str
    start: datetime
    duration: int
    schedule: str | None
    master_id: int | None
    active: bool
    room_url: str = field(repr=False)
    one_time: bool
    access_code: str | None = field(default=None, repr=False)  # the one-time code, for the telephone
    mute_mode: str | None = None
    auto_record: str | None = None
    auto_stream: str | None = None
    auto_transcribe: bool | None = None
    security_pin: str | None = field(default=None, repr=False)
    participant_emails: tuple[str, ...] | None = field(default=None, repr=False)  # lower case; None: not reported

    @property
    def is_child(self) -> bool:
        """An instance of a series, under its master."""
        return self.master_id is not None and self.master_id != self.id

    @property
    def ends(self) -> datetime:
        """The end, in UTC; of a series that of its first instance."""
        return self.start.astimezone(UTC) + timedelta(minutes=self.duration)

    @property
    def is_series(self) -> bool:
        """Not one that happens once."""
        return self.schedule is not None or self.master_id is not None


@dataclass(frozen=True, slots=True)
class Listing:
    """One look at all of a host's conferences. `complete`: every page came and no id twice (design, section 5.5)."""

    taken: datetime
    conferences: tuple[Conference, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class HostProfile:
    """The platform's person: her id, address, IANA time zone and locale, None where the platform says nothing."""

    id: int
    email: str
    name: str
    zone: str | None
    locale: str | None
    dial_in: str | None = None  # the international format of the dial-in number
    access_code: str | None = field(default=None, repr=False)  # of the dedicated room

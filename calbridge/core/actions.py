"""What a pass may do, as values; the plan is a tuple of them, in the order in which they are shown."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeAlias

from calbridge.core.link import NoRoom
from calbridge.core.model import CalendarObject, Conference, Fields, Skipped
from calbridge.core.notes import Note
from calbridge.core.problem import Problem
from calbridge.core.remembered import Mapping


@dataclass(frozen=True, slots=True)
class About:
    """Which meeting an action is about, as it is shown: the same in a plan and in what the sync then does.

    `start` is the conference's start, `minutes` its duration; `recurrence_id` is the property's value as in the file.
    """

    calendar: str
    href: str
    uid: str
    recurrence_id: str | None
    part: str
    subject: str
    start: datetime
    minutes: int
    schedule: str | None
    tier: int


@dataclass(frozen=True, slots=True)
class Terms:
    """A mapping before its conference is known: everything of it that the plan decides (fields as in `Mapping`)."""

    host_id: int
    uid: str
    part: str
    gen: int
    one_time: bool
    recurring: bool
    sent: str
    timing: str
    rule: str
    anchor: datetime
    until: datetime | None
    calendar: str
    href: str
    policy: str
    recurrence_text: str | None
    subject: str
    minutes: int
    schedule: str | None
    tier: int

    def mapping(
        self, conference_id: int, room_url: str, *, created: bool, security_pin: str | None, dial_in: str | None
    ) -> Mapping:
        """The link to a conference that now exists."""
        return Mapping(
            host_id=self.host_id,
            uid=self.uid,
            part=self.part,
            gen=self.gen,
            conference_id=conference_id,
            room_url=room_url,
            one_time=self.one_time,
            recurring=self.recurring,
            sent=self.sent,
            timing=self.timing,
            rule=self.rule,
            anchor=self.anchor,
            until=self.until,
            calendar=self.calendar,
            href=self.href,
            policy=self.policy,
            recurrence_text=self.recurrence_text,
            created=created,
            subject=self.subject,
            minutes=self.minutes,
            schedule=self.schedule,
            tier=self.tier,
            security_pin=security_pin,
            dial_in=dial_in,
        )

    def renewed(self, mapping: Mapping) -> Mapping:
        """The same link after an update was sent."""
        return replace(
            mapping,
            sent=self.sent,
            timing=self.timing,
            rule=self.rule,
            anchor=self.anchor,
            until=self.until,
            calendar=self.calendar,
            href=self.href,
            policy=self.policy,
            recurrence_text=self.recurrence_text,
            subject=self.subject,
            minutes=self.minutes,
            schedule=self.schedule,
            tier=self.tier,
        )


@dataclass(frozen=True, slots=True)
class Adopt:
    """A conference with our marker exists already: remember it. `fits`: it says what is wanted, and needs no update.

    The conference's `room_url` is as it may stand in an event.
    """

    about: About
    conference: Conference
    terms: Terms
    marker: str
    fits: bool
    dial_in: str | None = field(repr=False)

    @property
    def recurring(self) -> bool:
        """Whether the conference is a series, whatever is wanted."""
        return self.conference.is_series

    def mapping(self) -> Mapping:
        """The link to the conference as it is: what was never sent has no fingerprint."""
        mapping = self.terms.mapping(
            self.conference.id,
            self.conference.room_url,
            created=False,
            security_pin=self.conference.security_pin,
            dial_in=self.dial_in,
        )
        if self.fits:
            return mapping
        # Both the conference as it is and what is wanted must be over; of a series nobody asks when that is.
        until = None if self.recurring or mapping.until is None else max(mapping.until, self.conference.ends)
        one_time = self.conference.one_time
        return replace(mapping, sent="", timing="", recurring=self.recurring, one_time=one_time, until=until)


@dataclass(frozen=True, slots=True)
class Create:
    """Create a conference. `replaces` is the mapping that is retired by it; `draw_pin` asks for a new security PIN."""

    about: About
    marker: str
    fields: Fields
    terms: Terms
    replaces: Mapping | None
    draw_pin: bool


@dataclass(frozen=True, slots=True)
class Update:
    """Send the complete desired state of a conference. `reschedules`: its instances become new ones.

    `drift` are the fields, by the platform's names, that somebody changed there and that are set back.
    """

    about: About
    conference_id: int
    room_url: str
    fields: Fields
    terms: Terms
    reschedules: bool
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateInstance:
    """Change one instance of a series, or, with `restores`, make it like the others again.

    `series` names the master's part and generation; `conference_id` is None until a listing shows the child. `drift`
    is as in `Update`.
    """

    about: About
    series: tuple[str, int]
    instance: datetime
    fields: Fields
    sent: str
    conference_id: int | None
    room_url: str | None
    restores: bool
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CancelInstance:
    """Take one instance out of a series."""

    about: About
    series: tuple[str, int]
    instance: datetime
    conference_id: int | None
    room_url: str | None


@dataclass(frozen=True, slots=True)
class LinkTo:
    """Which part's room the VEVENT with this RECURRENCE-ID shows, None for no room; key None is the master's.

    `no_room` is what it says instead.
    """

    key: str | None
    part: str | None
    no_room: NoRoom | None = None


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Bring the event's own text up to date. No links: take out everything that is ours."""

    about: About
    source: CalendarObject
    links: tuple[LinkTo, ...]
    conference_id: int | None
    room_url: str | None


@dataclass(frozen=True, slots=True)
class Cancel:
    """End a conference.

    `ended`: its meeting is over with full evidence; `dropped`: one part of a meeting that goes on; `replaced`: the
    event links to its successor; `double`: a second conference with the same marker, checked again before it goes.
    """

    about: About
    conference_id: int
    room_url: str
    why: Literal["ended", "dropped", "replaced", "double"]
    gen: int


@dataclass(frozen=True, slots=True)
class CancelStray:
    """End a conference that carries our marker and that no event, no intent and no mapping asks for (`core.audit`).

    Which event it was for is not known any more: `about` has neither calendar nor UID.
    """

    about: About
    conference_id: int
    room_url: str
    marker: str


@dataclass(frozen=True, slots=True)
class Forget:
    """A meeting is over: the conference stays as it is, the link is forgotten."""

    about: About
    conference_id: int
    room_url: str


Action: TypeAlias = (
    Adopt | Create | Update | UpdateInstance | CancelInstance | WriteBack | Cancel | CancelStray | Forget
)

NAMES: dict[type[Action], str] = {
    Adopt: "adopt",
    Create: "create",
    Update: "update",
    UpdateInstance: "update-instance",
    CancelInstance: "cancel-instance",
    WriteBack: "write-back",
    Cancel: "cancel",
    CancelStray: "cancel",
    Forget: "forget",
}
"""How an action is called in a report, in the order of one meeting (instances share one place, by start)."""

_RANK: dict[type[Action], int] = {
    Adopt: 0,
    Create: 1,
    Update: 2,
    UpdateInstance: 3,
    CancelInstance: 3,
    WriteBack: 4,
    Cancel: 5,
    CancelStray: 5,
    Forget: 6,
}


def order(action: Action) -> tuple[str, str, int, datetime, str, str]:
    """Sort key: calendar, UID, then as one meeting is done; instances by start, the rest by RECURRENCE-ID and part."""
    about = action.about
    instance = action.instance if isinstance(action, UpdateInstance | CancelInstance) else _NO_INSTANCE
    return (about.calendar, about.uid, _RANK[type(action)], instance, about.recurrence_id or "", about.part)


_NO_INSTANCE = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Looks:
    """What the plan needs to see before it can be made: the host's conferences, and proof that events are gone."""

    listing: bool = False
    proofs: frozenset[str] = frozenset()

    def __or__(self, other: "Looks") -> "Looks":
        return Looks(self.listing or other.listing, self.proofs | other.proofs)

    def __bool__(self) -> bool:
        return self.listing or bool(self.proofs)


@dataclass(frozen=True, slots=True)
class Differs:
    """A conference that is not as a new one would be, in what only a create takes: it stays so until it is replaced.

    `fields` are `room` (one-time or dedicated), `secure_url`, `host_initiated_recording`.
    """

    about: About
    conference_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pass over one host does. `looks` is what was still unknown; then the plan is made again with it.

    `notes` are what the store should remember although nothing is done. `withheld` counts what a breaker stopped,
    `fading` the meetings that end if nothing asks for them until their grace is over.
    `wanted` are the conferences that the calendar wants, each as (UID, part); `asked` the same where they may be had
    now, each as it would be shown.
    """

    actions: tuple[Action, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    looks: Looks = Looks()
    withheld: int = 0
    fading: int = 0
    mailed: int = 0
    differs: tuple[Differs, ...] = ()
    wanted: frozenset[tuple[str, str]] = frozenset()
    asked: tuple[About, ...] = ()

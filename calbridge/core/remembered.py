"""What the store remembers of one meeting: its conferences, those that may exist, refusals and absences."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from calbridge.core.problem import Problem

HELD: Final = frozenset({"live", "ending"})
"""States of mappings whose conference the meeting has, as far as we know."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The stored link between one part of a meeting and its conference.

    `part` is `m`, a number, or an instance's original start in UTC (`20260105T090000Z`). `gen` grows with each
    conference that replaces an ended one. `sent` is the fingerprint of the fields last sent, `timing` of start, zone
    and schedule, `rule` of the event's own rule, start and zone (the anchor holds as long as it stays). `anchor` is the
    start sent. `until` is the end of the last instance as sent, None where it never ends. `calendar` and `href` are
    where the event was last seen. `policy` is the fingerprint of what selected the event. `state` is `live`; `ending`:
    its cancel was sent, and what became of that is not known; `retired`: replaced, to be cancelled once the event links
    to the new one; `lost`: somebody cancelled it on the platform.
    `created`: by us, not adopted. `secure_url` and `host_initiated_recording` are as created, None where nobody knows:
    the platform reports neither. `subject`, `minutes`, `schedule` and `tier` are as last sent, to say which meeting
    it was once the event is gone.
    """

    host_id: int
    uid: str
    part: str
    gen: int
    conference_id: int
    room_url: str = field(repr=False)
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
    state: Literal["live", "ending", "retired", "lost"] = "live"
    created: bool = True
    subject: str = ""
    minutes: int = 0
    schedule: str | None = None
    tier: int = 1
    recurrence_text: str | None = None  # RECURRENCE-ID as in the file, where the part is an instance
    security_pin: str | None = field(default=None, repr=False)
    dial_in: str | None = field(default=None, repr=False)
    secure_url: bool | None = None
    host_initiated_recording: bool | None = None

    @property
    def is_held(self) -> bool:
        """Whether the meeting has this conference, as far as we know."""
        return self.state in HELD


@dataclass(frozen=True, slots=True)
class Exceptional:
    """One instance of a series, the conference of `part`, that we changed or cancelled on the platform.

    `instance` is the original start in UTC, as in a part (`20260105T090000Z`); `sent` the fingerprint of the fields
    sent, empty for a cancelled one. `verified` is False after an update of the master, until a listing shows it whole.
    """

    host_id: int
    uid: str
    gen: int
    instance: str
    conference_id: int | None
    state: Literal["changed", "cancelled"]
    sent: str = ""
    verified: bool = True
    part: str = "m"


@dataclass(frozen=True, slots=True)
class Intent:
    """Written before a create is sent: a conference that may or may not exist.

    `misses` counts the complete listings without it that were taken later than the settle time. `calendar` and `href`
    are where its event was, empty where nobody knows.
    """

    marker: str
    host_id: int
    uid: str
    part: str
    gen: int
    posted: datetime
    misses: int = 0
    calendar: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that the platform refused, with the fingerprint of what was sent: not sent again until that changes."""

    host_id: int
    uid: str
    part: str
    sent: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Absence:
    """Since when an event with a room no longer asks for it, and over how many passes it stayed so.

    `no-master`: of a series with a room only overrides are left. `no-calendar`: its calendar is none of the host's.
    """

    host_id: int
    uid: str
    why: Literal["gone", "no-trigger", "stop-word", "no-master", "no-calendar"]
    since: datetime
    passes: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A conference with our marker that nothing asks for: since when, and over how many sound audits (`core.audit`)."""

    conference_id: int
    host_id: int
    marker: str
    since: datetime
    audits: int


@dataclass(frozen=True, slots=True)
class WriteState:
    """What is known of writing to a calendar object: properties that its server drops, the ETag of a refused write."""

    calendar: str
    href: str
    dropped: frozenset[str] = frozenset()
    refused_etag: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers of one meeting."""

    mappings: tuple[Mapping, ...] = ()
    exceptional: tuple[Exceptional, ...] = ()
    intents: tuple[Intent, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    absence: Absence | None = None

    @property
    def places(self) -> frozenset[tuple[str, str]]:
        """Where the event was when its conferences were made or asked for: calendar and href."""
        mapped = {(m.calendar, m.href) for m in self.mappings}
        return frozenset(mapped | {(i.calendar, i.href) for i in self.intents if i.calendar})

"""Conferences as rows: one that happens once, the master of a series, or a child under its master."""

import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, overload
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from calbridge.core.policy import Media
from calbridge.enterprise.conference import MuteMode
from calbridge.enterprise.endpoint import TIME_FORMAT
from calbridge.sandbox import codes
from calbridge.sandbox.expansion import instant
from calbridge.sandbox.refusals import Missing
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE conference (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_id INTEGER NOT NULL REFERENCES host,
    master_id INTEGER,         -- NULL: it happens once; its own id: the master of a series
    instance TEXT,             -- of a child: the local time that the schedule gave it, whatever it was moved to
    local_start TEXT NOT NULL, -- in zone, as asked for: may lie in a DST gap
    zone TEXT NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    details TEXT NOT NULL,     -- bookings.Details as JSON
    access_code TEXT,          -- NULL: the host's dedicated one
    secret TEXT,               -- of a secure_url
    moderator_token TEXT NOT NULL,
    schedule TEXT,
    series_ends INTEGER,       -- of a master: NULL while no end is in sight
    expanded_to TEXT,          -- of a master: the last local date up to which children were looked for
    changed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    reservationless INTEGER NOT NULL DEFAULT 0,  -- nobody scheduled it: it began when it was made
    ended_at INTEGER,          -- of one that was ended, or left by all after its time
    streamed_at INTEGER,       -- when its livestream began
    stream_stopped INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX conference_listing ON conference (host_id, starts, id) WHERE NOT cancelled;
CREATE INDEX conference_children ON conference (master_id);
CREATE INDEX conference_code ON conference (access_code);
CREATE INDEX conference_secret ON conference (secret);
"""


@dataclass(frozen=True, slots=True)
class Invited:
    """One of the host's contacts in a conference. The host herself is the first of them."""

    contact_id: int
    email: str
    moderator: bool


@dataclass(frozen=True, slots=True)
class Details:
    """What a conference is, apart from when and where; a series shares it with its unchanged children."""

    subject: str
    agenda: str
    minutes: int
    auto_record: Media
    auto_stream: Media
    auto_transcribe: bool
    mute_mode: MuteMode
    host_initiated_recording: bool
    security_pin: str | None
    broadcast_url: str | None
    invited: tuple[Invited, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """When it happens: a naive local start in an IANA zone. `starts` and `ends` are the instants, in UTC."""

    local_start: datetime
    zone: str
    minutes: int

    @property
    def starts(self) -> datetime:
        """The start; in a DST gap it has moved on with the gap."""
        return instant(self.local_start, ZoneInfo(self.zone))

    @property
    def ends(self) -> datetime:
        """The end, after the elapsed minutes."""
        return self.starts + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the room. No `access_code`: the host's dedicated one; `secret` replaces the code in a secure URL."""

    access_code: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    moderator_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Conference:
    """One row. `instance` is the naive local time that the schedule gave a child, wherever it was moved since."""

    id: int
    host_id: int
    master_id: int | None
    instance: datetime | None
    slot: Slot
    details: Details
    keys: Keys
    schedule: str | None
    series_ends: datetime | None
    expanded_to: str | None
    cancelled: bool
    reservationless: bool
    ended_at: datetime | None
    streamed_at: datetime | None
    stream_stopped: bool

    @property
    def over_at(self) -> datetime:
        """When it was over, or is to be."""
        return self.ended_at or self.slot.ends

    @property
    def is_master(self) -> bool:
        """Whether it stands for its whole series."""
        return self.master_id == self.id


_DETAILS: Final = TypeAdapter(Details)
_COLUMNS: Final = "host_id, local_start, zone, starts, ends, details, access_code, secret, moderator_token, schedule"


def add(
    state: State, host_id: int, slot: Slot, details: Details, keys: Keys, schedule: str | None = None
) -> Conference:
    """Add a conference that happens once, or, with a `schedule`, a series' master (its children follow)."""
    values = (host_id, *_slot(slot), _json(details), keys.access_code, keys.secret, keys.moderator_token, schedule)
    id_ = state.write(f"INSERT INTO conference ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *values)  # noqa: S608 - constant
    if schedule is not None:
        state.write("UPDATE conference SET master_id = id WHERE id = ?", id_)
    return live(state, id_)


def add_children(state: State, master: Conference, instances: Iterable[datetime]) -> None:
    """Add a child for each of these naive local times."""
    keys = (master.keys.access_code, master.keys.secret, master.keys.moderator_token)
    details = _json(master.details)
    for local_start in instances:
        slot = Slot(local_start, master.slot.zone, master.details.minutes)
        values = (master.host_id, *_slot(slot), details, *keys, master.schedule, master.id, _text(local_start))
        state.write(
            f"INSERT INTO conference ({_COLUMNS}, master_id, instance) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
            *values,
        )


def add_at_once(state: State, host_id: int, slot: Slot, details: Details, keys: Keys) -> Conference:
    """Add a conference that nobody scheduled."""
    made = add(state, host_id, slot, details, keys)
    state.write("UPDATE conference SET reservationless = 1 WHERE id = ?", made.id)
    return live(state, made.id)


def change(state: State, conference: Conference, slot: Slot, details: Details, schedule: str | None) -> None:
    """Give one conference new values; of a child, note that it now differs from its master."""
    state.write(
        "UPDATE conference SET local_start = ?, zone = ?, starts = ?, ends = ?, details = ?, schedule = ?,"
        " changed = (master_id IS NOT NULL AND master_id <> id) WHERE id = ?",
        *(*_slot(slot), _json(details), schedule, conference.id),
    )


def spread(state: State, master: Conference, details: Details) -> None:
    """Give a master's details to its children, but for those that were changed on their own."""
    state.write(
        "UPDATE conference SET details = ?, ends = starts + 60 * ?"
        " WHERE master_id = ? AND id <> master_id AND NOT changed AND NOT cancelled",
        *(_json(details), details.minutes, master.id),
    )


def cancel(state: State, conference: Conference) -> None:
    """Cancel one, or with a master all of its series."""
    state.write("UPDATE conference SET cancelled = 1 WHERE id = ? OR master_id = ?", conference.id, conference.id)


def live(state: State, conference_id: int) -> Conference:
    """Find one that is not cancelled. Raises `Missing`."""
    row = state.row("SELECT * FROM conference WHERE id = ? AND NOT cancelled", conference_id)
    if row is None:
        raise Missing("Conference not found")
    return from_row(row)


def fresh_keys(state: State, *, one_time: bool, secure: bool) -> Keys:
    """Draw a moderator token and, as asked for, a code that no room has and a secret for its URL."""
    return Keys(
        access_code=codes.fresh(state, digits=9) if one_time else None,
        secret=secrets.token_urlsafe(24) if secure else None,
        moderator_token=secrets.token_urlsafe(9),
    )


def keys_of_dedicated_room() -> Keys:
    """Draw what a conference in the host's own room has of its own: a moderator token."""
    return Keys(access_code=None, secret=None, moderator_token=secrets.token_urlsafe(9))


def from_row(row: sqlite3.Row) -> Conference:
    """Read a row."""
    details = _DETAILS.validate_json(row["details"])
    return Conference(
        id=row["id"],
        host_id=row["host_id"],
        master_id=row["master_id"],
        instance=None if row["instance"] is None else _time(row["instance"]),
        slot=Slot(_time(row["local_start"]), row["zone"], details.minutes),
        details=details,
        keys=Keys(row["access_code"], row["secret"], row["moderator_token"]),
        schedule=row["schedule"],
        series_ends=moment(row["series_ends"]),
        expanded_to=row["expanded_to"],
        cancelled=bool(row["cancelled"]),
        reservationless=bool(row["reservationless"]),
        ended_at=moment(row["ended_at"]),
        streamed_at=moment(row["streamed_at"]),
        stream_stopped=bool(row["stream_stopped"]),
    )


@overload
def moment(seconds: int) -> datetime: ...


@overload
def moment(seconds: int | None) -> datetime | None: ...


def moment(seconds: int | None) -> datetime | None:
    """Read a time as the database keeps it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _slot(slot: Slot) -> tuple[str, str, int, int]:
    return _text(slot.local_start), slot.zone, int(slot.starts.timestamp()), int(slot.ends.timestamp())


def _json(details: Details) -> str:
    return _DETAILS.dump_json(details).decode()


def _text(local: datetime) -> str:
    return local.strftime(TIME_FORMAT)


def _time(text: str) -> datetime:
    return datetime.strptime(text, TIME_FORMAT)  # noqa: DTZ007 - a local time; its zone is the column beside it

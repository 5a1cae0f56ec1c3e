"""Who came to a conference, from when to when, and what was said there.

Somebody is in a conference while she has a stay without an end; each stay becomes a call detail record.
"""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from calbridge.sandbox import recordings, streams
from calbridge.sandbox.bookings import Conference, moment
from calbridge.sandbox.people import host_by_id
from calbridge.sandbox.refusals import Missing
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE participant (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conference_id INTEGER NOT NULL REFERENCES conference ON DELETE CASCADE,
    contact_id INTEGER REFERENCES contact ON DELETE SET NULL,  -- of someone invited
    name TEXT NOT NULL,
    email TEXT COLLATE NOCASE,
    phone TEXT,                  -- of someone dialled, E.164 with the plus
    moderator INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0,  -- until a moderator lets her in
    ticket TEXT UNIQUE           -- by which her browser is known
);
CREATE INDEX participant_conference ON participant (conference_id);
CREATE TABLE stay (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
    joined_at INTEGER NOT NULL,
    left_at INTEGER,             -- NULL: she is there
    called_from TEXT NOT NULL,   -- a phone number, or what stands for a browser
    called_to TEXT NOT NULL
);
CREATE INDEX stay_participant ON stay (participant_id);
CREATE TABLE call_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conference_id INTEGER NOT NULL REFERENCES conference ON DELETE CASCADE,
    participant_id INTEGER REFERENCES participant ON DELETE SET NULL,  -- NULL: from "System"
    content TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    drive_file_id INTEGER REFERENCES drive_file ON DELETE SET NULL     -- a file uploaded with it
);
CREATE INDEX call_message_conference ON call_message (conference_id);
"""

SYSTEM: Final = "System"
"""Whom the platform's own messages are from."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Someone who is about to come in. `phone` is E.164 with the plus, of one who is dialled."""

    name: str
    email: str | None
    moderator: bool
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """Someone who came to a conference, or waits to be let in. `contact_id` where her address was invited."""

    id: int
    conference_id: int
    contact_id: int | None
    name: str
    email: str | None
    phone: str | None
    moderator: bool
    waiting: bool


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What was written, and perhaps shown, in a conference; without `participant_id` it is from "System"."""

    id: int
    participant_id: int | None
    sender: str
    content: str
    sent_at: datetime
    drive_file_id: int | None


@dataclass(frozen=True, slots=True)
class Stay:
    """A participant's time in a conference; `left_at` is None while she is there. Numbers are E.164, or alike."""

    id: int
    participant: Participant
    joined_at: datetime
    left_at: datetime | None
    called_from: str
    called_to: str

    @property
    def minutes(self) -> int:
        """The minutes begun; none while she is there."""
        return 0 if self.left_at is None else max(1, ceil((self.left_at - self.joined_at).total_seconds() / 60))


def join(state: State, conference: Conference, guest: Guest, now: datetime, *, wait: bool = False) -> str:
    """Let someone in, or into the waiting room. Gives the ticket by which she is known from now on."""
    invited = (who.contact_id for who in conference.details.invited if _same_address(who.email, guest.email))
    ticket = secrets.token_urlsafe(18)
    participant_id = state.write(
        "INSERT INTO participant (conference_id, contact_id, name, email, phone, moderator, waiting, ticket)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(conference.id, next(invited, None), guest.name, guest.email, guest.phone, guest.moderator, wait, ticket),
    )
    if not wait:
        come_in(state, conference, by_id(state, participant_id), now)
    return ticket


def come_in(state: State, conference: Conference, participant: Participant, now: datetime) -> None:
    """Begin a stay of someone who has joined, waited or left; nothing if she is there.

    What is to be recorded or streamed begins with the second to come; where the host may initiate it, with a moderator.
    """
    if any(who.id == participant.id for who in present(state, conference.id)):
        return
    room = conference.keys.access_code or host_by_id(state, conference.host_id).profile.access_code
    called_from = participant.phone or f"+{room}{participant.id}"  # a browser's, as the reference's example makes it up
    state.write("UPDATE participant SET waiting = 0 WHERE id = ?", participant.id)
    state.write(
        "INSERT INTO stay (participant_id, joined_at, called_from, called_to) VALUES (?, ?, ?, ?)",
        *(participant.id, int(now.timestamp()), called_from, room),
    )
    here = present(state, conference.id)
    if len(here) > 1 or (conference.details.host_initiated_recording and any(who.moderator for who in here)):
        recordings.begin_by_itself(state, conference, now)
        streams.begin_by_itself(state, conference, now)


def leave(state: State, conference: Conference, participant: Participant, now: datetime) -> None:
    """End someone's stay. With the last browser phones hang up, and what is past its time, or had none, is over."""
    state.write("UPDATE participant SET waiting = 0 WHERE id = ?", participant.id)
    _end_stays(state, "participant_id = ?", participant.id, now)
    if any(who.phone is None for who in present(state, conference.id)):
        return
    if conference.reservationless or conference.slot.ends <= now:
        end(state, conference, now)
    else:
        _end_stays(state, _IN_CONFERENCE, conference.id, now)


def end(state: State, conference: Conference, now: datetime) -> None:
    """End a conference: everyone is out, what was recorded is complete."""
    seconds = int(now.timestamp())
    _end_stays(state, _IN_CONFERENCE, conference.id, now)
    state.write("UPDATE participant SET waiting = 0 WHERE conference_id = ?", conference.id)
    recordings.stop(state, conference, now)
    streams.stop(state, conference)
    state.write("UPDATE conference SET ended_at = ifnull(ended_at, ?) WHERE id = ?", seconds, conference.id)


def by_id(state: State, participant_id: int) -> Participant:
    """Find someone. Raises `Missing`."""
    row = state.row(_PEOPLE + " WHERE id = ?", participant_id)
    if row is None:
        raise Missing("Participant not found")
    return _participant(row)


def by_ticket(state: State, ticket: str) -> Participant | None:
    """Find whose ticket this is."""
    row = state.row(_PEOPLE + " WHERE ticket = ?", ticket)
    return None if row is None else _participant(row)


def present(state: State, conference_id: int) -> tuple[Participant, ...]:
    """List who is in a conference right now, in the order of coming."""
    rows = state.rows(
        _PEOPLE + " JOIN stay ON stay.participant_id = participant.id"
        " WHERE conference_id = ? AND left_at IS NULL ORDER BY stay.id",
        conference_id,
    )
    return tuple(map(_participant, rows))


def waiting(state: State, conference_id: int) -> tuple[Participant, ...]:
    """List who waits to be let in."""
    rows = state.rows(_PEOPLE + " WHERE conference_id = ? AND waiting ORDER BY id", conference_id)
    return tuple(map(_participant, rows))


def is_active(state: State, conference: Conference, now: datetime) -> bool:
    """Whether it has not been ended, and is scheduled for now or has somebody in it."""
    if conference.ended_at is not None or conference.cancelled:
        return False
    return conference.slot.starts <= now < conference.slot.ends or bool(present(state, conference.id))


def stays(state: State, conference_id: int) -> tuple[Stay, ...]:
    """List everyone's stays in a conference, in the order of coming."""
    rows = state.rows(_STAYS + " WHERE conference_id = ? ORDER BY stay.id", conference_id)
    return tuple(map(_stay, rows))


def say(
    state: State,
    conference: Conference,
    participant: Participant | None,
    content: str,
    now: datetime,
    drive_file_id: int | None = None,
) -> None:
    """Write a message, which is from "System" without a participant."""
    who = None if participant is None else participant.id
    state.write(
        "INSERT INTO call_message (conference_id, participant_id, content, sent_at, drive_file_id)"
        " VALUES (?, ?, ?, ?, ?)",
        *(conference.id, who, content, int(now.timestamp()), drive_file_id),
    )


def messages(state: State, conference_id: int) -> tuple[ChatMessage, ...]:
    """List what was written in a conference, oldest first."""
    rows = state.rows(
        "SELECT call_message.*, name FROM call_message LEFT JOIN participant ON participant.id = participant_id"
        " WHERE call_message.conference_id = ? ORDER BY call_message.id",
        conference_id,
    )
    return tuple(
        ChatMessage(
            id=row["id"],
            participant_id=row["participant_id"],
            sender=row["name"] or SYSTEM,
            content=row["content"],
            sent_at=moment(row["sent_at"]),
            drive_file_id=row["drive_file_id"],
        )
        for row in rows
    )


_PARTICIPANT: Final = (
    "participant.id AS participant_id, conference_id, contact_id, name, email, phone, moderator, waiting"
)
_PEOPLE: Final = f"SELECT {_PARTICIPANT} FROM participant"  # noqa: S608 - constant
_STAYS: Final = (
    f"SELECT stay.id, joined_at, left_at, called_from, called_to, {_PARTICIPANT}"  # noqa: S608 - constant
    " FROM stay JOIN participant ON participant.id = stay.participant_id"
)
_IN_CONFERENCE: Final = "participant_id IN (SELECT id FROM participant WHERE conference_id = ?)"


def _end_stays(state: State, condition: str, id_: int, now: datetime) -> None:
    update = f"UPDATE stay SET left_at = ? WHERE left_at IS NULL AND {condition}"  # noqa: S608 - constants
    state.write(update, int(now.timestamp()), id_)


def _participant(row: sqlite3.Row) -> Participant:
    return Participant(
        id=row["participant_id"],
        conference_id=row["conference_id"],
        contact_id=row["contact_id"],
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        moderator=bool(row["moderator"]),
        waiting=bool(row["waiting"]),
    )


def _stay(row: sqlite3.Row) -> Stay:
    return Stay(
        id=row["id"],
        participant=_participant(row),
        joined_at=moment(row["joined_at"]),
        left_at=moment(row["left_at"]),
        called_from=row["called_from"],
        called_to=row["called_to"],
    )


def _same_address(one: str, other: str | None) -> bool:
    return other is not None and one.casefold() == other.casefold()

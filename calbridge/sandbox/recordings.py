"""Recordings of conferences, and what was written out of them. Nobody speaks here: each holds a moment of silence.

GET /recording/inline/SECRET.mp3  one in sound; .mp4: with a black picture
"""

import json
import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response

from calbridge.sandbox import markup
from calbridge.sandbox.bookings import Conference, moment
from calbridge.sandbox.calls import Json, Sandbox
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE recording (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conference_id INTEGER NOT NULL REFERENCES conference ON DELETE CASCADE,
    type TEXT NOT NULL,          -- audio or video
    started_at INTEGER NOT NULL,
    ended_at INTEGER,            -- NULL: still recording
    secret TEXT NOT NULL UNIQUE, -- of its download link
    transcript TEXT              -- JSON: its segments; NULL: not transcribed, or deleted
);
CREATE INDEX recording_conference ON recording (conference_id);
"""
PROCESSING: Final = timedelta(seconds=30)
"""How long after its end a recording is not to be had yet."""

Kind = Literal["audio", "video"]
_MEDIA: Final = Path(__file__).with_name("media")
_FILES: Final = {"audio": _MEDIA / "silence.mp3", "video": _MEDIA / "black.mp4"}
_TYPES: Final = {"audio": "audio/mpeg", "video": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording; `ended_at` is None while it goes on. `transcript`: its segments, None without one."""

    id: int
    kind: Kind
    started_at: datetime
    ended_at: datetime | None
    transcript: tuple[Json, ...] | None
    secret: str = field(repr=False)

    @property
    def suffix(self) -> str:
        """Of its file's name: mp3 or mp4."""
        return _FILES[self.kind].suffix.removeprefix(".")

    @property
    def size(self) -> int:
        """Bytes."""
        return _FILES[self.kind].stat().st_size

    def is_published(self, now: datetime) -> bool:
        """Whether it can be downloaded by now."""
        return self.ended_at is not None and now >= self.ended_at + PROCESSING

    def link(self, base_url: str) -> str:
        """Where it can be downloaded."""
        return f"{base_url}/recording/inline/{self.secret}.{self.suffix}"


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the downloads to the app."""

    @app.get("/recording/inline/{name}", include_in_schema=False)
    async def inline(name: str) -> Response:
        secret, _, suffix = name.rpartition(".")
        with sandbox.transaction() as now:
            row = sandbox.state.row("SELECT * FROM recording WHERE secret = ?", secret)
        found = None if row is None else _recording(row)
        if found is None or found.suffix != suffix or not found.is_published(now):
            return markup.missing()
        return FileResponse(_FILES[found.kind], media_type=_TYPES[found.kind])


def begin(state: State, conference_id: int, kind: Kind, now: datetime) -> None:
    """Begin to record, unless it is recorded already."""
    if current(state, conference_id) is None:
        state.write(
            "INSERT INTO recording (conference_id, type, started_at, secret) VALUES (?, ?, ?, ?)",
            *(conference_id, kind, int(now.timestamp()), secrets.token_hex(16)),
        )


def begin_by_itself(state: State, conference: Conference, now: datetime) -> None:
    """Begin what is to be recorded automatically, once in a conference's life: it can be stopped by hand."""
    if conference.details.auto_record != "none" and not recorded(state, conference.id):
        begin(state, conference.id, conference.details.auto_record, now)


def stop(state: State, conference: Conference, now: datetime) -> None:
    """Complete the recording that goes on, if any, and write it out where that is wished."""
    found = current(state, conference.id)
    if found is None:
        return
    segments = json.dumps(_written_out(state, conference.id, found)) if conference.details.auto_transcribe else None
    update = "UPDATE recording SET ended_at = ?, transcript = ? WHERE id = ?"
    state.write(update, int(now.timestamp()), segments, found.id)


def current(state: State, conference_id: int) -> Recording | None:
    """Find the one that goes on."""
    return next((one for one in recorded(state, conference_id) if one.ended_at is None), None)


def recorded(state: State, conference_id: int) -> tuple[Recording, ...]:
    """List a conference's recordings, oldest first."""
    return tuple(
        map(_recording, state.rows("SELECT * FROM recording WHERE conference_id = ? ORDER BY id", conference_id))
    )


def delete(state: State, conference_id: int) -> None:
    """Delete a conference's recordings; their links lead nowhere from now on."""
    state.write("DELETE FROM recording WHERE conference_id = ?", conference_id)


def delete_transcripts(state: State, conference_id: int) -> None:
    """Delete what was written out of a conference's recordings."""
    state.write("UPDATE recording SET transcript = NULL WHERE conference_id = ?", conference_id)


def _written_out(state: State, conference_id: int, recording: Recording) -> list[Json]:
    """What was written while it went on, as if it had been said: `start` is in seconds from its beginning."""
    since = int(recording.started_at.timestamp())
    rows = state.rows(
        "SELECT content, sent_at, name FROM call_message JOIN participant ON participant.id = participant_id"
        " WHERE call_message.conference_id = ? AND sent_at >= ? AND content <> '' ORDER BY call_message.id",
        *(conference_id, since),
    )
    return [{"start": row["sent_at"] - since, "speaker": row["name"], "text": row["content"]} for row in rows]


def _recording(row: sqlite3.Row) -> Recording:
    return Recording(
        id=row["id"],
        kind=row["type"],
        started_at=moment(row["started_at"]),
        ended_at=moment(row["ended_at"]),
        transcript=None if row["transcript"] is None else tuple(json.loads(row["transcript"])),
        secret=row["secret"],
    )

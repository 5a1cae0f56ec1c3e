"""Livestreams of conferences, and who watches them. A viewer is counted while her page keeps coming back."""

from datetime import datetime, timedelta
from typing import Final, Literal

from calbridge.sandbox.bookings import Conference
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE viewer (
    ticket TEXT NOT NULL,      -- by which her browser is known
    conference_id INTEGER NOT NULL REFERENCES conference ON DELETE CASCADE,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (ticket, conference_id)
) WITHOUT ROWID;
"""
RELOAD: Final = timedelta(seconds=20)
"""How often a viewer's page loads itself again."""

WATCHED: Final = timedelta(seconds=45)
"""How long a viewer counts after her page was last loaded; it reloads itself more often."""

BroadcastState = Literal["NEW", "STARTED", "STOPPED"]


def begin_by_itself(state: State, conference: Conference, now: datetime) -> None:
    """Begin what is to be streamed automatically, once in a conference's life."""
    if conference.details.auto_stream != "none":
        begin = "UPDATE conference SET streamed_at = ifnull(streamed_at, ?) WHERE id = ?"
        state.write(begin, int(now.timestamp()), conference.id)


def stop(state: State, conference: Conference) -> None:
    """Stop a conference's stream, for good."""
    state.write("UPDATE conference SET stream_stopped = 1 WHERE id = ?", conference.id)


def broadcast(conference: Conference, now: datetime) -> BroadcastState:
    """Tell how far the video is that is streamed from the scheduled start on."""
    if conference.stream_stopped or conference.over_at <= now:
        return "STOPPED"
    return "STARTED" if conference.slot.starts <= now else "NEW"


def is_streaming(conference: Conference, now: datetime) -> bool:
    """Whether there is something to watch."""
    if conference.stream_stopped or conference.cancelled or conference.ended_at is not None:
        return False
    shows_video = conference.details.broadcast_url is not None and broadcast(conference, now) == "STARTED"
    return shows_video or conference.streamed_at is not None


def watch(state: State, conference_id: int, ticket: str, now: datetime) -> None:
    """Note that a viewer's page was loaded."""
    state.write("INSERT OR REPLACE INTO viewer VALUES (?, ?, ?)", ticket, conference_id, int(now.timestamp()))


def viewers(state: State, conference: Conference, now: datetime) -> int:
    """Count who is watching."""
    if not is_streaming(conference, now):
        return 0
    since = int((now - WATCHED).timestamp())
    return len(state.rows("SELECT 1 FROM viewer WHERE conference_id = ? AND seen_at > ?", conference.id, since))

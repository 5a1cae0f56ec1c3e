"""chat/create, and where to read what was sent: a company's channels and direct messages.

GET /sandbox/chat   every room and its messages, on loopback only
"""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from calbridge.enterprise import chat as declared
from calbridge.enterprise.messages import OK
from calbridge.sandbox import markup
from calbridge.sandbox.calls import Call, Json, Route, Sandbox
from calbridge.sandbox.people import company_within
from calbridge.sandbox.refusals import Missing, Refused

SCHEMA: Final = """
CREATE TABLE chat_room (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL REFERENCES company,
    slug TEXT,           -- of a channel; NULL: direct messages
    name TEXT NOT NULL,
    UNIQUE (company_id, slug)
);
CREATE TABLE chat_message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id INTEGER NOT NULL REFERENCES chat_room,
    sender TEXT NOT NULL,
    content TEXT NOT NULL,
    sent_at INTEGER NOT NULL
);
"""
SENDER: Final = "System"


def create(call: Call, request: declared.CreateRequest) -> Json:
    """A message to the room with this id or slug; with both, to the one that has both."""
    company_within(call.state, call.principal, request.company_id)
    if request.id is None and request.slug is None:
        raise Refused("Missing parameter: id")
    room = call.state.row(
        "SELECT id FROM chat_room WHERE company_id = ?1 AND ifnull(?2, id) = id AND (?3 IS NULL OR slug = ?3)",
        *(request.company_id, request.id, request.slug),
    )
    if room is None:
        raise Missing("Chat room not found")
    call.state.write(
        "INSERT INTO chat_message (room_id, sender, content, sent_at) VALUES (?, ?, ?, ?)",
        *(room["id"], SENDER, request.message, int(call.now.timestamp())),
    )
    return {"message": OK}


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the page to the app."""

    @app.get("/sandbox/chat", include_in_schema=False)
    async def chat(request: Request) -> Response:
        if not sandbox.on_loopback(request):
            return markup.missing()
        with sandbox.transaction():
            rooms = sandbox.state.rows(
                "SELECT chat_room.*, company.name AS company FROM chat_room JOIN company ON company.id = company_id"
                " WHERE deleted_at IS NULL ORDER BY chat_room.id"
            )
            said = sandbox.state.rows(
                "SELECT *, strftime('%Y-%m-%dT%H:%M:%SZ', sent_at, 'unixepoch') AS time FROM chat_message ORDER BY id"
            )
        by_room = [(room, [message for message in said if message["room_id"] == room["id"]]) for room in rooms]
        return markup.page("chat.html", rooms=by_room)


ROUTES: Final[tuple[Route[Any], ...]] = (Route(declared.CREATE, create),)

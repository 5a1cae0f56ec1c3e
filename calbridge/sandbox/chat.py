"""Chat: a company's channels and direct messages."""

from typing import Any, Final

from calbridge.sandbox.calls import Route

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

ROUTES: Final[tuple[Route[Any], ...]] = ()

"""Who came to a conference, from when to when, and what was said, shown and recorded there.

A conference is live while one of its participants has a stay without an end; each stay becomes a call detail record.
"""

from typing import Final

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
CREATE TABLE recording (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conference_id INTEGER NOT NULL REFERENCES conference ON DELETE CASCADE,
    type TEXT NOT NULL,          -- audio or video
    started_at INTEGER NOT NULL,
    ended_at INTEGER,            -- NULL: still recording
    secret TEXT NOT NULL UNIQUE, -- of its download link
    size INTEGER NOT NULL DEFAULT 0,
    transcript TEXT              -- JSON: segments and tags; NULL: not transcribed, or deleted
);
CREATE INDEX recording_conference ON recording (conference_id);
"""

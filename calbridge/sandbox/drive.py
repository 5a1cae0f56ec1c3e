"""Drives: the files that a host keeps on the platform. Their content lies in `State.folder`."""

from typing import Any, Final

from calbridge.sandbox.calls import Route

SCHEMA: Final = """
CREATE TABLE drive_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_id INTEGER NOT NULL REFERENCES host,
    filename TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    upload_secret TEXT NOT NULL UNIQUE,
    download_secret TEXT NOT NULL UNIQUE,  -- also the content's name on disk
    finished_at INTEGER,                   -- NULL: not finished by drive/file/finish_upload yet
    size INTEGER,                          -- bytes; NULL: nothing uploaded yet
    mimetype TEXT,
    page_count INTEGER
);
CREATE INDEX drive_file_host ON drive_file (host_id);
"""

ROUTES: Final[tuple[Route[Any], ...]] = ()

"""Files on hosts' drives: the rows, the content in `State.folder`, and the pre-signed URLs to it.

PUT /drive_files/upload/SECRET          content, until drive/file/finish_upload
GET /drive_files/download/SECRET.EXT    the same, afterwards; SECRET is another one
"""

import re
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from mimetypes import MimeTypes
from pathlib import Path, PurePath
from secrets import token_urlsafe
from tempfile import NamedTemporaryFile
from typing import IO, Final, Literal, TypeAlias
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.requests import ClientDisconnect

from calbridge.sandbox.calls import Sandbox
from calbridge.sandbox.refusals import Missing
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE drive_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_id INTEGER NOT NULL REFERENCES host,
    filename TEXT NOT NULL,
    mimetype TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    upload_secret TEXT NOT NULL UNIQUE,
    download_secret TEXT NOT NULL UNIQUE,  -- also the content's name on disk
    size INTEGER,                          -- bytes; NULL: nothing uploaded yet
    finished_at INTEGER,                   -- NULL: not finished by drive/file/finish_upload yet
    presentation_status TEXT NOT NULL,     -- PresentationStatus
    page_count INTEGER
);
CREATE INDEX drive_file_host ON drive_file (host_id);
"""
PresentationStatus: TypeAlias = Literal["processing", "ready", "failed", "unsupported"]

_PDF: Final = "application/pdf"
_PDF_PAGE: Final = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_IMAGES: Final = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
_TYPES: Final = MimeTypes()
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file. `size` in bytes is None until content has come; `created_at` is RFC 3339, in UTC."""

    id: int
    filename: str
    mimetype: str
    created_at: str
    size: int | None
    finished: bool
    presentation_status: PresentationStatus
    page_count: int | None
    upload_secret: str = field(repr=False)
    download_secret: str = field(repr=False)


def announce(state: State, host_id: int, filename: str, now: datetime) -> File:
    """Add a file whose content is still to come."""
    mimetype = _TYPES.guess_type(PurePath(filename).name)[0] or "application/octet-stream"
    shown = mimetype == _PDF or mimetype in _IMAGES
    columns = "host_id, filename, mimetype, created_at, upload_secret, download_secret, presentation_status"
    id_ = state.write(
        f"INSERT INTO drive_file ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
        *(host_id, filename, mimetype, int(now.timestamp()), token_urlsafe(24), token_urlsafe(24)),
        "processing" if shown else "unsupported",
    )
    return of_host(state, host_id, id_)


def of_host(state: State, host_id: int, file_id: int) -> File:
    """Find one of a host's files. Raises `Missing`."""
    return _one(state, "id = ? AND host_id = ?", file_id, host_id)


def count(state: State, host_id: int) -> int:
    """Count a host's files."""
    [row] = state.rows("SELECT count(*) FROM drive_file WHERE host_id = ?", host_id)
    return int(row[0])


def some(state: State, host_id: int, skipped: int, most: int) -> tuple[File, ...]:
    """List at most so many of a host's files after the skipped ones, the oldest first."""
    rows = state.rows("SELECT * FROM drive_file WHERE host_id = ? ORDER BY id LIMIT ? OFFSET ?", host_id, most, skipped)
    return tuple(map(_from_row, rows))


def upload_url(base_url: str, file: File) -> str:
    """Tell where to PUT the content."""
    return f"{base_url}/drive_files/upload/{file.upload_secret}"


def download_link(base_url: str, file: File) -> str:
    """Tell where to GET the content."""
    return f"{base_url}/drive_files/download/{file.download_secret}{quote(PurePath(file.filename).suffix)}"


def finish(state: State, file: File, now: datetime) -> None:
    """Take no more content."""
    state.write("UPDATE drive_file SET finished_at = ? WHERE id = ?", int(now.timestamp()), file.id)


def look_into(state: State, file_id: int, _: datetime) -> None:
    """Find out whether a file can be shown in a meeting, and of how many pages it is."""
    row = state.row("SELECT * FROM drive_file WHERE id = ?", file_id)
    if row is None or row["presentation_status"] == "unsupported":
        return
    file = _from_row(row)
    try:
        pages = _pages(file.mimetype, _path(state, file).read_bytes())
    except OSError:  # somebody took it out of the folder: its own misfortune, and no other request's
        pages = 0
    state.write(
        "UPDATE drive_file SET presentation_status = ?, page_count = ? WHERE id = ?",
        *("ready" if pages else "failed", pages or None, file_id),
    )


def delete(state: State, file: File) -> None:
    """Remove a file and its content."""
    state.write("DELETE FROM drive_file WHERE id = ?", file.id)
    _path(state, file).unlink(missing_ok=True)


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the pre-signed URLs to the app."""

    @app.put("/drive_files/upload/{secret}", include_in_schema=False)
    async def upload(secret: str, request: Request) -> Response:
        state, limit = sandbox.state, sandbox.settings.upload_limit
        try:
            with sandbox.transaction():
                _awaited(state, secret)
            with NamedTemporaryFile(dir=state.folder) as part:
                size = await _receive(request, part, limit)
                if size is None:
                    return JSONResponse({"message": f"A file has at most {limit} bytes"}, 413)
                with sandbox.transaction():
                    file = _awaited(state, secret)  # it may be finished or deleted by now
                    state.write("UPDATE drive_file SET size = ? WHERE id = ?", size, file.id)
                    _path(state, file).unlink(missing_ok=True)
                    _path(state, file).hardlink_to(part.name)
        except Missing:
            return JSONResponse({"message": "upload_url is unknown or no longer valid"}, 403)
        except ClientDisconnect:
            return Response(status_code=400)  # to nobody
        return Response(status_code=200)

    @app.get("/drive_files/download/{name}", include_in_schema=False)
    async def download(name: str) -> Response:
        try:
            with sandbox.transaction():
                file = _one(sandbox.state, "download_secret = ? AND finished_at IS NOT NULL", name.partition(".")[0])
        except Missing:
            return JSONResponse({"message": "File not found"}, 404)
        path = _path(sandbox.state, file)
        if not path.is_file():
            return JSONResponse({"message": "File not found"}, 404)
        return FileResponse(path, headers=_HEADERS, media_type=file.mimetype, filename=file.filename)


async def _receive(request: Request, part: IO[bytes], limit: int) -> int | None:
    """Store a request's body and count its bytes; None for more than the limit."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return None
        part.write(chunk)
    part.flush()
    return size


def _awaited(state: State, secret: str) -> File:
    return _one(state, "upload_secret = ? AND finished_at IS NULL", secret)


def _pages(mimetype: str, content: bytes) -> int:
    """Count the pages that can be shown. Of a PDF, whose objects may be compressed, at least one is."""
    if mimetype == _PDF:
        return max(1, len(_PDF_PAGE.findall(content))) if content.startswith(b"%PDF-") else 0
    return int(content.startswith(_IMAGES[mimetype]))


def _path(state: State, file: File) -> Path:
    return state.folder / file.download_secret


def _one(state: State, condition: str, *values: int | str) -> File:
    row = state.row(f"SELECT * FROM drive_file WHERE {condition}", *values)  # noqa: S608 - constants
    if row is None:
        raise Missing("File not found")
    return _from_row(row)


def _from_row(row: sqlite3.Row) -> File:
    return File(
        id=row["id"],
        filename=row["filename"],
        mimetype=row["mimetype"],
        created_at=datetime.fromtimestamp(row["created_at"], UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        size=row["size"],
        finished=row["finished_at"] is not None,
        presentation_status=row["presentation_status"],
        page_count=row["page_count"],
        upload_secret=row["upload_secret"],
        download_secret=row["download_secret"],
    )

"""Files on hosts' drives: the rows, the content in `State.folder`, and the pre-signed URLs to it.

PUT /drive_files/upload/SECRET                   content, until drive/file/finish_upload
GET /drive_files/download/SECRET.EXT             the same, afterwards; SECRET is another one
GET /drive_files/image_preview?key=SECRET        a picture of it, with &page=N of one page, where it can be shown
"""

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

from calbridge.sandbox import slides
from calbridge.sandbox.calls import Sandbox
from calbridge.sandbox.refusals import Missing
from calbridge.sandbox.slides import Size
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
    page_count INTEGER,
    width INTEGER,                         -- of each page, in pixels
    height INTEGER
);
CREATE INDEX drive_file_host ON drive_file (host_id);
"""
PresentationStatus: TypeAlias = Literal["processing", "ready", "failed", "unsupported"]

_TYPES: Final = MimeTypes()
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file. `size` in bytes is None until content has come; `created_at` is RFC 3339, in UTC.

    `page_size` is in pixels, None where it is not known.
    """

    id: int
    filename: str
    mimetype: str
    created_at: str
    size: int | None
    finished: bool
    presentation_status: PresentationStatus
    page_count: int | None
    page_size: Size | None
    upload_secret: str = field(repr=False)
    download_secret: str = field(repr=False)


def announce(state: State, host_id: int, filename: str, now: datetime) -> File:
    """Add a file whose content is still to come."""
    mimetype = _TYPES.guess_type(PurePath(filename).name)[0] or "application/octet-stream"
    columns = "host_id, filename, mimetype, created_at, upload_secret, download_secret, presentation_status"
    id_ = state.write(
        f"INSERT INTO drive_file ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
        *(host_id, filename, mimetype, int(now.timestamp()), token_urlsafe(24), token_urlsafe(24)),
        "processing" if slides.can_show(mimetype) else "unsupported",
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


def image_preview_link(base_url: str, file: File) -> str | None:
    """Tell where to GET a picture, if it can be shown."""
    ready = file.presentation_status == "ready"
    return f"{base_url}/drive_files/image_preview?key={file.download_secret}" if ready else None


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
        found = slides.look(file.mimetype, _path(state, file).read_bytes())
    except OSError:  # somebody took it out of the folder: its own misfortune, and no other request's
        found = None
    if found is None:
        state.write("UPDATE drive_file SET presentation_status = 'failed' WHERE id = ?", file_id)
        return
    state.write(
        "UPDATE drive_file SET presentation_status = 'ready', page_count = ?, width = ?, height = ? WHERE id = ?",
        *(found.pages, *(found.size or (None, None)), file_id),
    )


def delete(state: State, file: File) -> None:
    """Remove a file and its content."""
    state.write("DELETE FROM drive_file WHERE id = ?", file.id)
    _path(state, file).unlink(missing_ok=True)


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the pre-signed URLs to the app."""
    _serve_uploads(app, sandbox)
    _serve_downloads(app, sandbox)


def _serve_uploads(app: FastAPI, sandbox: Sandbox) -> None:
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


def _serve_downloads(app: FastAPI, sandbox: Sandbox) -> None:
    @app.get("/drive_files/download/{name}", include_in_schema=False)
    async def download(name: str) -> Response:
        try:
            with sandbox.transaction():
                file = _one(sandbox.state, "download_secret = ? AND finished_at IS NOT NULL", name.partition(".")[0])
        except Missing:
            return _not_found()
        return _sent(sandbox.state, file, filename=file.filename)

    @app.get("/drive_files/image_preview", include_in_schema=False)
    async def image_preview(key: str = "", page: str = "1") -> Response:
        try:
            with sandbox.transaction():
                file = _one(sandbox.state, "download_secret = ? AND presentation_status = 'ready'", key)
        except Missing:
            return _not_found()
        if page not in map(str, range(1, 1 + (file.page_count or 0))):
            return _not_found()
        if file.mimetype == slides.PDF and file.page_size is not None:
            return Response(slides.empty_picture(file.page_size), headers=_HEADERS, media_type=slides.PICTURE)
        return _sent(sandbox.state, file, filename=None)


def _sent(state: State, file: File, *, filename: str | None) -> Response:
    """The content, to be kept under `filename` or to be shown."""
    path = _path(state, file)
    if not path.is_file():
        return _not_found()
    return FileResponse(path, headers=_HEADERS, media_type=file.mimetype, filename=filename)


def _not_found() -> Response:
    return JSONResponse({"message": "File not found"}, 404)


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
        page_size=None if row["width"] is None else (row["width"], row["height"]),
        upload_secret=row["upload_secret"],
        download_secret=row["download_secret"],
    )

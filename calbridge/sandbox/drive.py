"""drive/fetch_all, create, file/fetch, file/finish_upload and file/delete. What a file is, is in `files.py`."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from calbridge.enterprise import drive as declared
from calbridge.sandbox import files, later
from calbridge.sandbox.calls import Call, Json, Route
from calbridge.sandbox.files import File
from calbridge.sandbox.people import host_within
from calbridge.sandbox.refusals import Conflict, Refused

PAGE_ROWS: Final = 20


def fetch_all(call: Call, request: declared.FetchAllRequest) -> Json:
    """A page of a host's files, the oldest first; also of those whose content has not come yet."""
    host = host_within(call.state, call.principal, request.host_id)
    total = max(1, ceil(files.count(call.state, host.id) / PAGE_ROWS))
    page = request.page or 1
    return {
        "files": [_in_short(file) for file in files.some(call.state, host.id, (page - 1) * PAGE_ROWS, PAGE_ROWS)],
        "total_pages": total,
        "current_page": page,
        "next_page": page + 1 if page < total else None,
    }


def create(call: Call, request: declared.CreateRequest) -> Json:
    """A file without content."""
    host = host_within(call.state, call.principal, request.host_id)
    file = files.announce(call.state, host.id, request.filename, call.now)
    return {
        "id": file.id,
        "upload_url": files.upload_url(call.base_url, file),
        "download_link": files.download_link(call.base_url, file),
    }


def fetch(call: Call, request: declared.FetchRequest) -> Json:
    """One of a host's files."""
    return _in_full(call, _find(call, request))


def finish_upload(call: Call, request: declared.FinishUploadRequest) -> Json:
    """Take note that the content is there; it is looked into a moment later."""
    file = _find(call, request)
    if file.finished:
        raise Conflict("The file has already been processed")
    if file.size is None:
        raise Refused("Nothing has been uploaded to upload_url yet")
    files.finish(call.state, file, call.now)
    later.postpone(call.state, declared.FINISH_UPLOAD.path, file.id, call.now)
    return _in_full(call, _find(call, request))


def delete(call: Call, request: declared.DeleteRequest) -> Json:
    """A file, with its content."""
    files.delete(call.state, _find(call, request))


def _find(call: Call, request: declared.FileRequest) -> File:
    host = host_within(call.state, call.principal, request.host_id)
    return files.of_host(call.state, host.id, request.id)


def _in_short(file: File) -> Json:
    return {"id": file.id, "created_at": file.created_at, "filename": file.filename, "size": file.size}


def _in_full(call: Call, file: File) -> Json:
    return _in_short(file) | {
        "presentation_status": file.presentation_status,
        "download_link": files.download_link(call.base_url, file),
        "mimetype": file.mimetype,
        "page_count": file.page_count,
    }


WORKS: Final[Mapping[str, later.Work]] = {declared.FINISH_UPLOAD.path: files.look_into}
ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.FETCH_ALL, fetch_all),
    Route(declared.CREATE, create),
    Route(declared.FETCH, fetch),
    Route(declared.FINISH_UPLOAD, finish_upload, conflicts=True),
    Route(declared.DELETE, delete),
)

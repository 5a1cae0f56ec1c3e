"""Drive: files that hosts keep on the platform.

A new file takes three steps, which `Enterprise.upload` does: drive/create gives a pre-signed URL, the file goes there
by PUT, drive/file/finish_upload tells the platform. `Enterprise.download` fetches a `download_link`. Whoever knows one
of these URLs may use it: they are secrets.
"""

from typing import Final

from pydantic import Field

from calbridge.enterprise.endpoint import ADMINS, Done, Endpoint, Paging, Retry, WireRequest, WireResponse


class FetchAllRequest(WireRequest):
    """Fetch a host's files, 20 to a page. `page` counts from 1, which is also what it is where omitted."""

    host_id: int
    page: int | None = Field(default=None, ge=1)


class ListedFile(WireResponse):
    """A file in short. `size` is in bytes; `created_at` is a date and time, whose form the reference does not show."""

    id: int
    created_at: str | None = None
    filename: str | None = None
    size: int | None = None


class FilesPage(WireResponse):
    """One page of a host's files; `next_page` is null on the last."""

    files: tuple[ListedFile, ...]
    total_pages: int | None = None
    current_page: int | None = None
    next_page: int | None = None


class FileRequest(WireRequest):
    """One of a host's files."""

    host_id: int
    id: int


class FetchRequest(FileRequest):
    """Fetch one file's particulars, among them where to download it. 404: there is no such file."""


class FinishUploadRequest(FileRequest):
    """Tell the platform that a file is where its `upload_url` said. 409: it has already been processed."""


class DeleteRequest(FileRequest):
    """Delete a file. 404: there is no such file."""


class FileResponse(ListedFile):
    """A file. `presentation_status`: processing, ready, failed or unsupported; `page_count` counts its pages.

    The last two mean nothing right after an upload.
    """

    presentation_status: str | None = None
    download_link: str | None = Field(default=None, repr=False)
    mimetype: str | None = None
    page_count: int | None = None


class CreateRequest(WireRequest):
    """Announce a new file, and be told where to PUT its content."""

    host_id: int
    filename: str = Field(min_length=1)


class CreateResponse(WireResponse):
    """The new file's id, where its content goes, and where it can be had afterwards."""

    id: int
    upload_url: str = Field(repr=False)
    download_link: str | None = Field(default=None, repr=False)


FETCH_ALL: Final = Endpoint(
    "drive/fetch_all", FetchAllRequest, list[ListedFile], Retry.READ, ADMINS, paging=Paging.NUMBER, page=FilesPage
)
CREATE: Final = Endpoint("drive/create", CreateRequest, CreateResponse, Retry.CREATE, ADMINS)
FETCH: Final = Endpoint("drive/file/fetch", FetchRequest, FileResponse, Retry.READ, ADMINS)
FINISH_UPLOAD: Final = Endpoint("drive/file/finish_upload", FinishUploadRequest, FileResponse, Retry.IDEMPOTENT, ADMINS)
DELETE: Final = Endpoint("drive/file/delete", DeleteRequest, Done, Retry.IDEMPOTENT, ADMINS, status=204)

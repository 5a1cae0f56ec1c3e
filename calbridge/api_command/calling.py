"""One call as the command makes it: all pages of a listing, and files to and from a drive."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from calbridge.api_command.parameters import AnyEndpoint
from calbridge.core.problem import Misfit, Problem
from calbridge.enterprise import Content, Enterprise, drive
from calbridge.enterprise.endpoint import Paging, Retry, WireRequest
from calbridge.errors import OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized

SLOWEST: Final = 250_000
"""Bytes per second below which a file's transfer is given up."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: the response, or a listing's rows. `next_page` is there where one page was asked for.

    `received` counts the bytes of a download.
    """

    content: object
    next_page: str | int | None = None
    received: int | None = None


async def call(api: Enterprise, endpoint: AnyEndpoint, request: WireRequest, *, one_page: bool) -> Answered:
    """Call. A listing is walked through to its end, unless `one_page` or the request asks for one page.

    Raises `PlatformError`s only.
    """
    if endpoint.paging is Paging.NONE:
        return Answered(await api.call(endpoint, request))
    if not one_page and "page" not in request.model_fields_set:
        return Answered([row async for row in api.rows(endpoint, request)])
    rows, cursor = await api.page(endpoint, request)
    return Answered(rows, cursor)


async def upload(api: Enterprise, request: drive.CreateRequest, path: Path, seconds: float) -> Answered:
    """Put a file on a drive. Raises `OSError` as well."""
    content = Content.of(path)
    patience = seconds + content.size / SLOWEST
    return Answered(await api.upload(request.host_id, request.filename, content, seconds=patience))


async def download(api: Enterprise, request: drive.FetchRequest, path: Path, seconds: float) -> Answered | Problem:
    """Fetch a drive's file, what is known of it and itself. Raises `OSError` as well."""
    found = await api.call(drive.FETCH, request)
    if not found.download_link:
        where = f"{drive.FETCH.path} {request.id}"
        return Problem(where, "api.no-file", "the platform says of no place to fetch it from", "upload it again")
    patience = seconds + (found.size or 0) / SLOWEST
    return Answered(found, received=await api.download(found.download_link, path, seconds=patience))


def told(endpoint: AnyEndpoint, error: PlatformError) -> Problem:
    """What to do after a failure here, where nothing is tried again by itself."""
    match error:
        case Unauthorized() | Throttled():
            return error.problem
        case Refused():
            hint = f"nothing was done; see calbridge api {endpoint.path} --help"
        case OutcomeUnknown() if endpoint.retry is not Retry.READ:
            hint = "it may have been done: look before you send it again"
        case _:
            return error.problem
    return replace(error.problem, hint=hint)


def no_file(path: Path, error: OSError) -> Problem:
    """A file that can't be read or written."""
    misfit = Misfit("api.file", f"{error.strerror or 'it'}", "name a file that calbridge may use")
    return misfit.at(str(path))

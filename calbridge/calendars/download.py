"""Objects, many at a time: calendar-multiget (RFC 4791, section 7.9) in bounded batches, one by one where it fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from calbridge.calendars import failures, hrefs, multistatus, queries
from calbridge.calendars.transport import Transport
from calbridge.core.model import CalendarObject
from calbridge.core.problem import Problem
from calbridge.errors import CalendarError, CalendarGarbled, CalendarUnreachable

OBJECT_LIMIT = 10 * 2**20  # bytes
BATCH = 50  # objects of one multiget
BATCH_BYTES = 10 * 2**20  # announced bytes of one multiget
SILENT_IN_A_ROW = 3  # then it is the server, not the object


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object to fetch. `etag` is the strong one of the listing, `length` in bytes; None where not announced."""

    href: str
    etag: str | None
    length: int | None


@dataclass(frozen=True, slots=True)
class Got:
    """What came. `gone` are hrefs that answered 404; `unfinished`: a later look may bring what now failed."""

    objects: tuple[CalendarObject, ...]
    gone: frozenset[str]
    problems: tuple[Problem, ...]
    unfinished: bool


async def download(transport: Transport, calendar: str, wanted: Sequence[Wanted]) -> Got:
    """Fetch objects; an object that is too large, or that the server fails on, is a problem of its own.

    Raises `CalendarError` for what concerns the whole calendar.
    """
    large = [each for each in wanted if (each.length or 0) > OBJECT_LIMIT]
    objects: list[CalendarObject] = []
    missing: list[str] = []
    for batch in _batches([each for each in wanted if (each.length or 0) <= OBJECT_LIMIT]):
        got = await _multiget(transport, calendar, [each.href for each in batch])
        objects += got.values()
        missing += [each.href for each in batch if each.href not in got]
    rest = await _singly(transport, calendar, missing)
    return Got(
        objects=tuple(sorted((*objects, *rest.objects), key=lambda each: each.href)),
        gone=rest.gone,
        problems=(*(_too_large(transport, each.href).problem for each in large), *rest.problems),
        unfinished=rest.unfinished,
    )


async def get(transport: Transport, calendar: str, href: str) -> CalendarObject | None:
    """One object by its own request; None only for 404 or 410. Raises `CalendarError`."""
    where = transport.where(href)
    try:
        answer = await transport.send("GET", href, limit=OBJECT_LIMIT)
    except failures.AnswerTooLarge:
        raise _too_large(transport, href) from None
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise failures.status(where, answer.status)
    if not is_icalendar(answer.body):
        raise failures.not_caldav(where, "the answer is no calendar object, but perhaps a web page")
    fetched = CalendarObject(calendar, href, multistatus.strong(answer.headers.get("etag")), answer.body)
    if fetched.etag is None:  # a weak one, or none, on GET alone: the report may have the strong one
        return (await _multiget(transport, calendar, [href])).get(href, fetched)
    return fetched


def is_icalendar(body: bytes) -> bool:
    """Whether it starts as RFC 5545 says, whatever its media type claims."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].upper() == b"BEGIN:VCALENDAR"


async def _singly(transport: Transport, calendar: str, wanted: Sequence[str]) -> Got:
    objects: list[CalendarObject] = []
    gone: set[str] = set()
    problems: list[Problem] = []
    unfinished = False
    silent = 0
    for href in wanted:
        try:
            single = await get(transport, calendar, href)
        except (failures.ObjectTooLarge, failures.Forbidden) as error:  # no other answer is to be expected
            problems.append(_unreadable(error))
        except CalendarGarbled as error:
            unfinished = True
            problems.append(_unreadable(error))
        except CalendarUnreachable as error:
            silent += 1
            if silent == SILENT_IN_A_ROW:
                raise
            unfinished = True
            problems.append(_unreadable(error))
        else:
            silent = 0
            if single is None:
                gone.add(href)
            else:
                objects.append(single)
    return Got(tuple(objects), frozenset(gone), tuple(problems), unfinished)


async def _multiget(transport: Transport, calendar: str, wanted: Sequence[str]) -> dict[str, CalendarObject]:
    """The objects that the report brought; whatever is missing from it, for whatever reason, is asked for singly."""
    paths = [urlsplit(href).path for href in wanted]
    try:
        answer = await transport.send(
            "REPORT", calendar, body=queries.multiget(paths), headers={"Depth": "1", **queries.XML}
        )
        resources = multistatus.parse(answer.body).resources if answer.status in (200, 207) else ()
    except (failures.AnswerTooLarge, ValueError):
        return {}
    objects: dict[str, CalendarObject] = {}
    for resource in resources:
        body = resource.calendar_data
        if resource.status >= 300 or body is None:
            continue
        try:
            href = hrefs.member(resource.href, calendar)
        except ValueError:
            continue
        if href in wanted and len(body) <= OBJECT_LIMIT and is_icalendar(body):
            objects[href] = CalendarObject(calendar, href, resource.etag, body)
    return objects


def _batches(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    batch: list[Wanted] = []
    size = 0
    for each in wanted:
        length = each.length or 0
        if batch and (len(batch) == BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += length
    if batch:
        yield batch


def _too_large(transport: Transport, href: str) -> failures.ObjectTooLarge:
    return failures.object_too_large(transport.where(href), OBJECT_LIMIT)


def _unreadable(error: CalendarError) -> Problem:
    if isinstance(error, failures.ObjectTooLarge):
        return error.problem
    return Problem(error.problem.where, "object.unreadable", error.problem.reason, "check this event on the server")

"""Whether anything changed in an account's calendars, in one request where the server allows it.

    home        PROPFIND, depth 1 ---- a token or a ctag for each calendar -----> their versions: one request
                 `---------------- none for some, or they lie elsewhere ------.
    calendar    PROPFIND, depth 0 <-------------------------------------------'
                 |---------------- a token or a ctag -------------------------> its version: a request each
                 `---------------- neither -----------------------------------> the server does not tell: None

What was asked before is asked again, and an answer that comes as before is not even parsed.
"""

from collections.abc import Iterable
from hashlib import sha256

from caldav.elements import cdav, dav

from calbridge.calendars import discovery, hrefs, queries
from calbridge.calendars.multistatus import Resource
from calbridge.calendars.transport import Answer, Transport
from calbridge.ports import Discovery, Glance, SyncState

QUESTION = queries.propfind(dav.ResourceType, dav.SyncToken, queries.Ctag)
HEADERS = {depth: {"Depth": str(depth), **queries.XML} for depth in (0, 1)}


async def glance(transport: Transport, found: Discovery, before: Glance | None) -> Glance | None:
    """As `ports.Calendars.glance` says; `before` itself where the answers are the same. Raises `CalendarError`."""
    asked = before.asked if before is not None else tuple((home, 1) for home in found.homes)
    answers = [await _ask(transport, *place) for place in asked]
    if before is not None and _digest(answers) == before.digest:
        return before
    seen = _calendars(transport, asked, answers)
    wanted = {calendar.url for calendar in found.calendars}
    missing = tuple((url, 0) for url in sorted(wanted - {url for url, state in seen.items() if _tells(state)}))
    if missing and before is None:
        answers += [await _ask(transport, *place) for place in missing]
        asked += missing
        seen = _calendars(transport, asked, answers)
    if any(url not in seen or not _tells(seen[url]) for url in wanted):
        return None
    return Glance(
        versions=frozenset((url, seen[url]) for url in wanted),
        others=frozenset(seen.keys() - wanted),
        asked=asked,
        digest=_digest(answers),
    )


async def _ask(transport: Transport, url: str, depth: int) -> Answer:
    return await transport.send("PROPFIND", url, body=QUESTION, headers=HEADERS[depth])


def _digest(answers: Iterable[Answer]) -> bytes:
    """Of the bodies; whatever the status, another answer has another one."""
    whole = sha256()
    for answer in answers:
        whole.update(b"%d %d " % (answer.status, len(answer.body)))
        whole.update(answer.body)
    return whole.digest()


def _calendars(
    transport: Transport, asked: Iterable[tuple[str, int]], answers: Iterable[Answer]
) -> dict[str, SyncState]:
    """Every calendar that the answers show, with its version."""
    found: dict[str, SyncState] = {}
    for (url, _), answer in zip(asked, answers, strict=True):
        for resource in discovery.read(transport, url, answer.status, answer.body).resources:
            if resource.status < 300 and cdav.Calendar.tag in resource.names(dav.ResourceType.tag):
                found[hrefs.collection(hrefs.member(resource.href, url), url)] = _state(resource)
    return found


def _state(resource: Resource) -> SyncState:
    return SyncState(resource.text(dav.SyncToken.tag), resource.text(queries.Ctag.tag))


def _tells(state: SyncState) -> bool:
    return state.token is not None or state.ctag is not None

"""What a server can do for one calendar, read and never tried: nothing is written to find out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from caldav.elements import cdav, dav
from caldav.elements.base import BaseElement

from calbridge.calendars import discovery, hrefs, queries
from calbridge.calendars.multistatus import Resource
from calbridge.calendars.transport import Transport

Etags: TypeAlias = Literal["strong", "weak", "none", "empty"]
"""What its objects carry; `empty` where there is no object to tell by."""

Scheduling: TypeAlias = Literal["automatic", "outbox", "none"]
"""Who invites attendees: the server when an event is stored (RFC 6638, section 3), a client through the user's outbox
(section 2.1), or nobody."""

_AUTOMATIC = "calendar-auto-schedule"


@dataclass(frozen=True, slots=True)
class Abilities:
    """`sync_token`: RFC 6578. Only strong `etags` can guard a write. `product` is the server as it names itself."""

    sync_token: bool
    ctag: bool
    etags: Etags
    scheduling: Scheduling
    product: str


async def abilities(transport: Transport, calendar: str) -> Abilities:
    """Ask about one calendar, in four requests. Raises `CalendarError`."""
    options = await transport.send("OPTIONS", calendar)
    itself = await _properties(
        transport, calendar, dav.SyncToken, queries.Ctag, dav.SupportedReportSet, dav.CurrentUserPrincipal
    )
    reports = itself.names(dav.SupportedReportSet.tag)
    return Abilities(
        sync_token=bool(itself.text(dav.SyncToken.tag)) and (not reports or dav.SyncCollection.tag in reports),
        ctag=bool(itself.text(queries.Ctag.tag)),
        etags=_etags(await _members(transport, calendar)),
        scheduling=await _scheduling(transport, itself, options.headers.get("dav", "")),
        product=options.headers.get("server", ""),
    )


async def _scheduling(transport: Transport, itself: Resource, compliance: str) -> Scheduling:
    if _AUTOMATIC in {word.strip() for word in compliance.lower().split(",")}:
        return "automatic"
    principals = itself.hrefs(dav.CurrentUserPrincipal.tag)
    if not principals:
        return "none"
    principal = hrefs.member(principals[0], itself.href)
    person = await _properties(transport, principal, cdav.ScheduleOutboxURL)
    return "outbox" if person.hrefs(cdav.ScheduleOutboxURL.tag) else "none"


async def _properties(transport: Transport, url: str, *wanted: type[BaseElement]) -> Resource:
    """A resource's properties; none where the server has nothing to say of it."""
    answer = await transport.send(
        "PROPFIND", url, body=queries.propfind(*wanted), headers={"Depth": "0", **queries.XML}
    )
    found = discovery.read(transport, url, answer.status, answer.body).resources
    return Resource(url, 200, found[0].properties if found else {})


async def _members(transport: Transport, calendar: str) -> Iterable[Resource]:
    answer = await transport.send(
        "PROPFIND", calendar, body=queries.propfind(dav.GetEtag), headers={"Depth": "1", **queries.XML}
    )
    listed = discovery.read(transport, calendar, answer.status, answer.body).resources
    return [each for each in listed if each.status < 300 and not each.href.endswith("/")]


def _etags(members: Iterable[Resource]) -> Etags:
    """The weakest that was seen."""
    kinds: set[Etags] = {
        "strong" if each.etag else "weak" if each.text(dav.GetEtag.tag) else "none" for each in members
    }
    order: tuple[Etags, ...] = ("none", "weak", "strong")
    return next((kind for kind in order if kind in kinds), "empty")

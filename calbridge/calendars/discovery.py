"""From a URL to the account's calendars (RFC 6764, section 6; RFC 4791, section 6.2; RFC 3744)."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from caldav.elements import cdav, dav

from calbridge.calendars import failures, hrefs, multistatus, queries
from calbridge.calendars.multistatus import Resource
from calbridge.calendars.transport import Transport
from calbridge.core import zones
from calbridge.core.problem import Problem
from calbridge.core.vtimezone import RECENT, read_vtimezones
from calbridge.errors import CalendarGarbled, CalendarMissing
from calbridge.ports import Calendar, Discovery

_APPLE = "{http://calendarserver.org/ns/}"
_NEXTCLOUD = "{http://nextcloud.com/ns}"
_CALDAV = "{urn:ietf:params:xml:ns:caldav}"
_NOT_ONES_OWN = frozenset(
    {
        f"{_APPLE}shared",
        f"{_APPLE}subscribed",
        f"{_NEXTCLOUD}deleted-calendar",
        f"{_NEXTCLOUD}trash-bin",
        f"{_CALDAV}schedule-inbox",
        f"{_CALDAV}schedule-outbox",
    }
)
_UNAUTHENTICATED = "{DAV:}unauthenticated"  # RFC 5397, section 3
_WRITES = frozenset({"{DAV:}all", "{DAV:}write", "{DAV:}write-content"})

_ENTRY = (
    dav.ResourceType,
    dav.DisplayName,
    dav.Owner,
    dav.CurrentUserPrivilegeSet,
    cdav.SupportedCalendarComponentSet,
    cdav.CalendarTimeZone,
    queries.TimezoneId,
    queries.Source,
)
_PERSON = (dav.CurrentUserPrincipal, cdav.CalendarHomeSet, cdav.CalendarUserAddressSet)


@dataclass(frozen=True, slots=True)
class _Principal:
    """The person behind the login: where her calendars are, and her addresses."""

    url: str | None
    homes: tuple[str, ...]
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Found:
    """A collection that takes VEVENTs, and whether it is the user's own rather than a share or a subscription."""

    calendar: Calendar
    owned: bool


async def discover(transport: Transport, url: str, names: Sequence[str]) -> Discovery:
    """Find the calendars behind `url`, a root or one calendar; `names` as in the configuration, empty for all.

    Raises `CalendarError`.
    """
    entry = await _entry(transport, url)
    principal = await _principal(transport, entry)
    if _is_calendar(entry):
        single = _found(entry, principal)
        return _selected(transport, url, [single] if single else [], names, principal, everything=True)
    if not principal.homes:
        raise failures.missing(transport.where(url), "neither a calendar nor a way to the user's calendars is there")
    found = [found for home in principal.homes for found in await _members(transport, home, principal)]
    return _selected(transport, url, found, names, principal, everything=False)


async def is_calendar(transport: Transport, url: str) -> bool:
    """Whether a collection says that it is a calendar: what an empty answer alone does not prove."""
    answer = await transport.send(
        "PROPFIND", url, body=queries.propfind(dav.ResourceType), headers={"Depth": "0", **queries.XML}
    )
    resources = read(transport, url, answer.status, answer.body).resources
    return any(resource.status < 300 and _is_calendar(resource) for resource in resources)


def read(transport: Transport, url: str, status: int, body: bytes) -> multistatus.Multistatus:
    """A multistatus, or the error that the answer amounts to."""
    if status not in (200, 207):
        raise failures.status(transport.where(url), status)
    try:
        return multistatus.parse(body)
    except ValueError:
        raise failures.not_caldav(transport.where(url), "the answer is no CalDAV, but perhaps a web page") from None


async def _entry(transport: Transport, url: str) -> Resource:
    """The resource at `url`; at the root of a server that has none there, the well-known one."""
    try:
        return await _about(transport, url)
    except (CalendarMissing, CalendarGarbled):
        if urlsplit(url).path not in ("", "/"):
            raise  # never the account's other calendars in place of one that is not there
    return await _about(transport, hrefs.normalise("/.well-known/caldav", url))


async def _about(transport: Transport, url: str) -> Resource:
    answer = await transport.send(
        "PROPFIND", url, body=queries.propfind(*_ENTRY, *_PERSON), headers={"Depth": "0", **queries.XML}
    )
    for resource in read(transport, url, answer.status, answer.body).resources:
        if resource.status in (404, 410):
            break
        base = answer.url
        return Resource(hrefs.normalise(resource.href or base, base), resource.status, resource.properties)
    raise failures.missing(transport.where(url))


async def _principal(transport: Transport, entry: Resource) -> _Principal:
    if _UNAUTHENTICATED in entry.names(dav.CurrentUserPrincipal.tag):
        raise failures.anonymous(transport.where(entry.href))
    named = entry.hrefs(dav.CurrentUserPrincipal.tag)
    url = _reachable(transport, named[0], entry.href) if named else None
    person = await _about(transport, url) if url and not entry.hrefs(cdav.CalendarHomeSet.tag) else entry
    return _Principal(
        url=url,
        homes=tuple(_reachable(transport, home, person.href) for home in person.hrefs(cdav.CalendarHomeSet.tag)),
        addresses=frozenset(
            unquote(address[7:]).strip().lower()
            for address in person.hrefs(cdav.CalendarUserAddressSet.tag)
            if address[:7].lower() == "mailto:" and "@" in unquote(address)
        ),
    )


def _reachable(transport: Transport, href: str, base: str) -> str:
    """A collection that an answer points to, if our credentials may go there."""
    url = hrefs.collection(href, base)
    if hrefs.same_site(url, base):
        return url
    if urlsplit(url).hostname == urlsplit(base).hostname:
        return hrefs.member(url, base)  # a proxy in front: the server knows its inner scheme and port only
    raise failures.elsewhere(transport.where(base), hrefs.shown(url))


async def _members(transport: Transport, home: str, principal: _Principal) -> list[_Found]:
    answer = await transport.send(
        "PROPFIND", home, body=queries.propfind(*_ENTRY), headers={"Depth": "1", **queries.XML}
    )
    found = []
    for resource in read(transport, home, answer.status, answer.body).resources:
        if resource.status < 300 and resource.href and _is_calendar(resource):
            placed = Resource(hrefs.member(resource.href, home), resource.status, resource.properties)
            if calendar := _found(placed, principal):
                found.append(calendar)
    return found


def _found(resource: Resource, principal: _Principal) -> _Found | None:
    """The calendar, None where it takes no VEVENT."""
    components = resource.properties.get(cdav.SupportedCalendarComponentSet.tag, ())
    named = {component.get("name", "").upper() for component in components}
    if named and "VEVENT" not in named:
        return None
    url = hrefs.collection(resource.href, resource.href)
    privileges = resource.names(dav.CurrentUserPrivilegeSet.tag)
    name = resource.text(dav.DisplayName.tag) or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    owners = {hrefs.collection(owner, url) for owner in resource.hrefs(dav.Owner.tag)}
    foreign = bool(owners) and principal.url is not None and principal.url not in owners
    return _Found(
        Calendar(url=url, name=name, zone=_zone(resource), writable=not privileges or bool(privileges & _WRITES)),
        owned=not foreign
        and not resource.hrefs(queries.Source.tag)  # one server has an empty href in all its calendars
        and not resource.names(dav.ResourceType.tag) & _NOT_ONES_OWN,
    )


def _is_calendar(resource: Resource) -> bool:
    return cdav.Calendar.tag in resource.names(dav.ResourceType.tag)


def _selected(
    transport: Transport,
    url: str,
    found: Sequence[_Found],
    names: Sequence[str],
    principal: _Principal,
    *,
    everything: bool,
) -> Discovery:
    problems: list[Problem] = []
    if names:
        chosen = [each for each in found if any(_is_named(each.calendar, name) for name in names)]
        available = ", ".join(sorted(each.calendar.name for each in found)) or "none"
        problems = [
            Problem(
                transport.where(url),
                "calendar.name",
                f'no calendar is named "{name}"',
                f"the calendars found are: {available}",
            )
            for name in names
            if not any(_is_named(each.calendar, name) for each in found)
        ]
    else:
        chosen = [each for each in found if everything or (each.owned and each.calendar.writable)]
        if not chosen:
            problems = [_none_of(found, transport.where(url))]
    by_url = {each.calendar.url: each.calendar for each in chosen}
    return Discovery(
        calendars=tuple(by_url[key] for key in sorted(by_url)),
        addresses=principal.addresses,
        problems=tuple(problems),
        homes=() if everything else principal.homes,
    )


def _none_of(found: Sequence[_Found], where: str) -> Problem:
    """Why none of the calendars found is used."""
    read_only = ", ".join(sorted(each.calendar.name for each in found if each.owned))
    if not read_only:
        return failures.missing(where, "the user owns no calendar that takes events and may be written").problem
    reason = f"none of the user's calendars may be written ({read_only}), so no room could be put into an event"
    return Problem(where, "calendar.read-only", reason, "give the account write access, or use the owner's own login")


def _is_named(calendar: Calendar, name: str) -> bool:
    """By display name, by the last part of the URL, or by the whole URL."""
    if "://" in name:
        return hrefs.collection(name, calendar.url) == calendar.url
    last = unquote(urlsplit(calendar.url).path.rstrip("/").rpartition("/")[2])
    return name.strip().casefold() in (calendar.name.strip().casefold(), last.casefold())


def _zone(resource: Resource) -> str | None:
    """The calendar's own zone by its IANA name (RFC 4791, section 5.2.2; RFC 7809), None where nothing says it."""
    named = zones.named(resource.text(queries.TimezoneId.tag) or "")
    defined = read_vtimezones((resource.text(cdav.CalendarTimeZone.tag) or "").encode())
    found = (zones.resolve(tzid, defined, year=RECENT) for tzid in defined)
    zone = named or next((each for each in found if isinstance(each, ZoneInfo)), None)
    return zone.key if zone else None

"""The XML that we send (RFC 4918, 4791, 6578), in caldav's vocabulary."""

from collections.abc import Iterable
from typing import ClassVar

from caldav.elements import cdav, dav
from caldav.elements.base import BaseElement

XML = {"Content-Type": "application/xml; charset=utf-8"}  # without it one server answers 415


class Ctag(BaseElement):
    """A collection's version, from before there were sync-tokens."""

    tag: ClassVar[str] = "{http://calendarserver.org/ns/}getctag"


class Source(BaseElement):
    """Where a subscribed calendar comes from."""

    tag: ClassVar[str] = "{http://calendarserver.org/ns/}source"


class ContentLength(BaseElement):
    """Bytes of a GET (RFC 4918, section 15.4)."""

    tag: ClassVar[str] = "{DAV:}getcontentlength"


class ContentType(BaseElement):
    """Media type of a GET (RFC 4918, section 15.5)."""

    tag: ClassVar[str] = "{DAV:}getcontenttype"


class TimezoneId(BaseElement):
    """A calendar's zone by name (RFC 7809, section 5.2)."""

    tag: ClassVar[str] = "{urn:ietf:params:xml:ns:caldav}calendar-timezone-id"


def propfind(*properties: type[BaseElement]) -> bytes:
    """Ask for properties."""
    return _bytes(dav.Propfind() + _prop(*properties))


def sync_collection(token: str | None) -> bytes:
    """Ask what changed since `token`, None for everything. No limit is set: one server cuts and does not say so."""
    wanted = _prop(dav.GetEtag, ContentLength, ContentType)
    return _bytes(dav.SyncCollection() + _all(dav.SyncToken(value=token or ""), dav.SyncLevel(value="1"), wanted))


def multiget(paths: Iterable[str]) -> bytes:
    """Ask for objects with their ETags; `paths` are absolute paths, which every server takes."""
    hrefs = (dav.Href(value=path) for path in paths)
    return _bytes(cdav.CalendarMultiGet() + _all(_prop(dav.GetEtag, cdav.CalendarData), *hrefs))


def _prop(*properties: type[BaseElement]) -> BaseElement:
    return dav.Prop() + _all(*(each() for each in properties))


def _all(*elements: BaseElement) -> list[BaseElement]:
    return list(elements)


def _bytes(root: BaseElement) -> bytes:
    return str(root).encode()

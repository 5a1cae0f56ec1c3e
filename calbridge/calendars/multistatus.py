"""WebDAV answers in XML (RFC 4918, section 14), read without trusting them. Pure."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from caldav.elements import cdav, dav

_STATUS = re.compile(r"HTTP/\S+\s+(\d{3})")
_ERROR = "{DAV:}error"
_STANDARDS = frozenset({"{DAV:", "{urn:ietf:params:xml:ns:caldav", "{http://calendarserver.org/ns/"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One `response`: `status` is its own, 200 where only its properties have one; `properties` are those found."""

    href: str
    status: int
    properties: dict[str, Element]

    def text(self, tag: str) -> str | None:
        """A property's text, stripped; None where it is absent or empty."""
        found = self.properties.get(tag)
        return ((found.text or "").strip() or None) if found is not None else None

    def hrefs(self, tag: str) -> tuple[str, ...]:
        """The hrefs within a property."""
        found = self.properties.get(tag)
        return (
            tuple(element.text.strip() for element in found.iter(dav.Href.tag) if element.text)
            if found is not None
            else ()
        )

    def names(self, tag: str) -> frozenset[str]:
        """The tags of all elements below a property: resource types, privileges."""
        found = self.properties.get(tag)
        return frozenset(element.tag for element in found.iter()) - {tag} if found is not None else frozenset()

    @property
    def etag(self) -> str | None:
        """The strong ETag, None where there is none or a weak one."""
        return strong(self.text(dav.GetEtag.tag))

    @property
    def calendar_data(self) -> bytes | None:
        """The object's bytes. XML turns CRLF into LF (section 2.11), so the CRLF of RFC 5545 is put back."""
        found = self.properties.get(cdav.CalendarData.tag)
        if found is None or not (found.text or "").strip():
            return None
        text = found.text or ""
        return (text if "\r\n" in text else text.replace("\n", "\r\n")).encode()


@dataclass(frozen=True, slots=True)
class Multistatus:
    """A whole answer. `sync_token` is RFC 6578's, None where the answer has none."""

    resources: tuple[Resource, ...]
    sync_token: str | None


def parse(body: bytes) -> Multistatus:
    """Read a multistatus; raises `ValueError` for anything else (HTML, cut XML, a bare error element)."""
    root = _root(body)
    if root is None or root.tag != dav.MultiStatus.tag:
        raise ValueError("no multistatus")
    token = root.find(dav.SyncToken.tag)
    return Multistatus(
        resources=tuple(_resource(element) for element in root.iterfind(dav.Response.tag)),
        sync_token=((token.text or "").strip() or None) if token is not None else None,
    )


def preconditions(body: bytes) -> tuple[str, ...]:
    """The local names within a `DAV:error` (section 16): which condition did not hold. Empty where it says nothing.

    Elements of a server's own namespace (an exception's class, its line) name no condition.
    """
    root = _root(body)
    if root is None or root.tag != _ERROR:
        return ()
    parted = (element.tag.rpartition("}") for element in root)
    return tuple(name for namespace, _, name in parted if namespace in _STANDARDS)


def strong(etag: str | None) -> str | None:
    """An ETag that can guard a PUT (RFC 9110, section 8.8.1), quoted as some servers forget; None for a weak one."""
    given = (etag or "").strip()
    if not given or given[:2] in ("W/", "w/"):
        return None
    bare = given.strip('"')
    return f'"{bare}"' if bare and bare.isprintable() and '"' not in bare else None


class _NoDoctype(TreeBuilder):
    """Refuses a DTD, without which there are no entities to expand or to fetch. An answer may come from anybody."""

    def doctype(self, name: str, *_: str | None) -> None:
        """Called by the parser before it reads any declaration."""
        raise ValueError(f"a document type: {name}")


def _root(body: bytes) -> Element | None:
    parser = XMLParser(target=_NoDoctype())  # noqa: S314  # what S314 warns of needs a DTD, and that is refused
    try:
        parser.feed(body)
        root = parser.close()
    except (ParseError, ValueError, LookupError):  # LookupError: an encoding that Python does not know
        return None
    return root if isinstance(root, Element) else None


def _resource(element: Element) -> Resource:
    properties: dict[str, Element] = {}
    for propstat in element.iterfind(dav.PropStat.tag):
        if 200 <= _status(propstat, 200) < 300:
            for prop in propstat.iterfind(dav.Prop.tag):
                properties.update({child.tag: child for child in prop})
    href = element.find(dav.Href.tag)
    return Resource(
        href=(href.text or "").strip() if href is not None else "",
        status=_status(element, 200),
        properties=properties,
    )


def _status(element: Element, default: int) -> int:
    found = element.find(dav.Status.tag)
    matched = _STATUS.match((found.text or "").strip()) if found is not None else None
    return int(matched[1]) if matched else default

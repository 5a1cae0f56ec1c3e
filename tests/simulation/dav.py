"""The way to the calendar server, and how it puts its answers."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from calbridge.calendars.transport import Answer, Login, Transport
from simulation.world import World

HOME = "https://dav.example.com/alice/"
PASSWORD = "CANARY-dav-password"
NAMESPACES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'


class Server(Protocol):
    """Whatever answers."""

    world: World

    def exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One HTTP request and its answer, or not."""


class DavWire(Transport):
    """The product's transport down to the one exchange that would go over the network."""

    def __init__(self, server: Server, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._login = Login("alice", PASSWORD, "auto")
        self._home = HOME
        self._host = "alice"
        self._seconds = 30.0
        self._digest = None
        self._server, self._before, self._after = server, before, after

    async def __aexit__(self, *_: object) -> None:
        return

    async def _once(self, method: str, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        self._before()
        await self._server.world.step()
        self._before()
        sent = dict(headers)
        if authorization := self._authorization(method, url):
            sent["Authorization"] = authorization
        try:
            answer = self._server.exchange(method, url, body, sent)
        finally:
            self._after()
        await self._server.world.step()
        self._before()
        return answer


CALENDAR = (
    "<resourcetype><collection/><C:calendar/></resourcetype>"
    '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
    "<C:calendar-timezone-id>Europe/Paris</C:calendar-timezone-id>"
)


def entry(href: str, properties: str, status: int = 200) -> str:
    """One response of a multistatus."""
    path = urlsplit(href).path
    if status != 200:
        return f"<response><href>{path}</href><status>HTTP/1.1 {status} Gone</status></response>"
    return (
        f"<response><href>{path}</href><propstat><prop>{properties}</prop>"
        "<status>HTTP/1.1 200 OK</status></propstat></response>"
    )


def page(status: int, url: str) -> Answer:
    """What a proxy says in the place of an answer."""
    text = f"<html><body>{status}: CANARY-page of a proxy that quotes {PASSWORD}</body></html>"
    return Answer(status, {"content-type": "text/html"}, text.encode(), url)


def decoded(authorization: str) -> str:
    """User and password."""
    return b64decode(authorization.removeprefix("Basic ")).decode()


def brief(body: bytes, method: str) -> str:
    """What the trace says of a request."""
    if method == "PUT":
        return f"{len(body)} bytes"
    found = re.search(rb"sync-token>([^<]*)<", body)
    if found:
        return f"since {found[1].decode() or 'ever'}"
    return "multiget" if b"multiget" in body else ""

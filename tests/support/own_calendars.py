"""A user's calendars on any of the CalDAV servers, wherever it keeps them."""

import re
from urllib.parse import urljoin

import niquests

from support.bridge import Dav
from support.caldav_servers import PASSWORD, Server, request


class OwnCalendars(Dav):
    """As `Dav`, with the user's one calendar under the name `work`; others are its neighbours."""

    def __init__(self, server: Server, user: str = "alice") -> None:
        self._work = server.calendar_urls[user]
        super().__init__(self._work[: self._work.index(f"/{user}/") + 1], user)
        self._made: list[str] = []

    def make_calendar(self, name: str) -> None:
        """Make a calendar, gone again with `clear`."""
        status, answer = request(self._calendar(name), "MKCALENDAR", self.user, _MKCALENDAR)
        assert status == 201, answer
        self._made.append(self._calendar(name))

    def delete_calendar(self, name: str) -> None:
        """Delete a calendar with all that is in it."""
        status, answer = request(self._calendar(name), "DELETE", self.user)
        assert status in (200, 204), answer
        self._made.remove(self._calendar(name))

    def put_bytes(self, name: str, body: bytes) -> bool:
        """Write an object as it is; whether the server takes it."""
        status, _ = request(self._href(name), "PUT", self.user, body)
        return status in (201, 204)

    def get_bytes(self, name: str) -> bytes:
        """Read an object as it is."""
        status, answer = request(self._href(name), "GET", self.user)
        assert status == 200, answer
        return answer

    def etags(self, name: str = "work") -> dict[str, str]:
        """What one listing says of the calendar's objects: href -> ETag."""
        _, answer = request(self._calendar(name), "PROPFIND", self.user, _GETETAG, {"Depth": "1"})
        entries = re.split(r"<(?:\w+:)?response\b", answer.decode())[1:]
        pairs = (re.search(r"href>([^<]*\.ics)<.*getetag>([^<]+)<", entry, re.DOTALL) for entry in entries)
        return {pair[1]: pair[2] for pair in pairs if pair is not None}

    def etag(self, name: str, *, encoding: str) -> str:
        """The ETag of a GET that takes this content coding."""
        answer = niquests.get(
            self._href(name), auth=(self.user, PASSWORD), headers={"Accept-Encoding": encoding}, timeout=20
        )
        return str(answer.headers["ETag"])

    def url(self, href: str) -> str:
        """An href as a URL."""
        return urljoin(self._work, href)

    def clear(self) -> None:
        """Leave nothing but one empty calendar."""
        for url in self._made:
            request(url, "DELETE", self.user)
        self._made.clear()
        for href in self.etags():
            request(self.url(href), "DELETE", self.user)

    def _calendar(self, name: str) -> str:
        return self._work if name == "work" else urljoin(self._work, f"../{name}/")

    def _href(self, name: str) -> str:
        calendar, _, event = name.partition("/")
        return f"{self._calendar(calendar)}{event}.ics"


_GETETAG = '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
_MKCALENDAR = (
    '<?xml version="1.0"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    "<D:set><D:prop><D:displayname>Another</D:displayname></D:prop></D:set></C:mkcalendar>"
)

"""One CalDAV account: what `ports.Calendars` asks for, and the one place where foreign exceptions end.

caldav lends its vocabulary of elements. Its client is not used: it reads bodies without bound, repeats PUTs, decodes
hrefs, and takes a 403 that means "no sync here" for a login that failed. Requests go through the session of niquests,
on which caldav itself is built.
"""

from asyncio import Lock
from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping as Map
from contextlib import contextmanager

from calbridge.calendars import discovery, download, failures, glance, hrefs, multistatus, polling
from calbridge.calendars.abilities import Abilities, abilities
from calbridge.calendars.connections import Connections
from calbridge.calendars.transport import AuthKind, BrokenOff, Login, Transport
from calbridge.core.model import CalendarObject
from calbridge.ports import Discovery, Glance, Poll, SyncState

_OWN = 8  # connections of an account that shares none


class DavAccount:
    """One login at one CalDAV server; it satisfies `ports.Calendars`.

    It is an async context manager, and needs to be used as one where no `connections` are given.

    `url` is a root or one calendar; `names` picks calendars by display name, last part of the URL or URL. `host` names
    the host in problems. `timeout` is in seconds, for one request with all that it takes.
    """

    def __init__(  # noqa: PLR0913  # each is one key of the configuration's [calendar] table
        self,
        url: str,
        username: str,
        password: str,
        *,
        host: str,
        auth: AuthKind = "auto",
        names: tuple[str, ...] = (),
        ca_file: str = "",
        proxy: str = "",
        timeout: float = 30.0,
        connections: Connections | None = None,
    ) -> None:
        self._given = url
        self._names = names
        login = Login(username, password, auth)
        self._shares = connections is not None
        self._connections = connections if connections is not None else Connections(_OWN)
        self._transport = Transport(
            login,
            url,
            host=host,
            ca_file=ca_file,
            proxy=proxy,
            seconds=timeout,
            connections=self._connections,
        )
        self._writing: defaultdict[str, Lock] = defaultdict(Lock)

    async def __aenter__(self) -> "DavAccount":
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._shares:
            await self._connections.__aexit__()

    async def discover(self) -> Discovery:
        """Find the account's calendars that hold VEVENTs."""
        with self._mapped(self._given):
            try:
                url = hrefs.normalise(self._given, self._given)
            except ValueError:
                raise failures.missing(self._transport.where(self._given), "the url is none") from None
            return await discovery.discover(self._transport, url, self._names)

    async def glance(self, found: Discovery, before: Glance | None) -> Glance | None:
        """See whether anything changed in what was found since `before`; None where the server does not tell."""
        with self._mapped(self._given):
            return await glance.glance(self._transport, found, before)

    async def abilities(self, calendar: str) -> Abilities:
        """Ask what the server can do for one calendar. Changes nothing."""
        with self._mapped(calendar):
            return await abilities(self._transport, calendar)

    async def poll(self, calendar: str, state: SyncState, known: Map[str, str | None], *, full: bool) -> Poll:
        """Fetch what changed since `state`; `full` compares every ETag."""
        with self._mapped(calendar):
            return await polling.poll(self._transport, calendar, state, known, full=full)

    async def get(self, calendar: str, href: str) -> CalendarObject | None:
        """Fetch one object; None only for a 404 or 410."""
        with self._mapped(href):
            return await download.get(self._transport, calendar, href)

    async def put(self, source: CalendarObject, body: bytes) -> None:
        """Replace an object, guarded by its strong ETag (RFC 9110, section 13.1.1).

        One at a time in each calendar: Xandikos locks the whole collection for a write, and answers others with 423.
        Raises `WriteConflict` where the object changed, or may have been written without our knowing: read it again.
        Raises `WriteRefused` where the server will not have it.
        """
        where = self._transport.where(source.href)
        if source.etag is None:
            raise failures.conflict(where, "the server gives no strong ETag, so that a write can't be guarded")
        headers = {"If-Match": source.etag, "Content-Type": "text/calendar; charset=utf-8"}
        with self._mapped(source.href):
            try:
                async with self._writing[source.calendar]:
                    answer = await self._transport.send("PUT", source.href, body=body, headers=headers)
            except BrokenOff as error:
                raise failures.conflict(where, f"whether it was written is unknown: {error.reason}") from error
        if 200 <= answer.status < 300:
            return
        element = next(iter(multistatus.preconditions(answer.body)), None)
        match answer.status:
            case 500:
                raise failures.failed(where)
            case 404 | 410 | 423:
                raise failures.conflict(where, f"another change got in between (HTTP {answer.status})")
            case 412 if element is None:
                raise failures.unmatched(where)
            case 403 | 409 | 412 | 413 | 415 | 422 | 507:
                raise failures.refused(where, answer.status, element)
            case status if status >= 500 or status == 429:
                raise failures.status(where, status)
            case status:
                raise failures.refused(where, status, element)

    @contextmanager
    def _mapped(self, url: str) -> Iterator[None]:
        """Turn what the libraries raise over an absurd answer into a problem."""
        try:
            yield
        except (ValueError, TypeError, LookupError) as error:
            raise failures.not_caldav(self._transport.where(url), "the answer can't be understood") from error

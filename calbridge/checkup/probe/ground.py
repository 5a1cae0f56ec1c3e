"""Where the probe's conferences are made, and where they all end, whatever happens in between."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from calbridge.core.marker import Marker, sign
from calbridge.enterprise import Enterprise, conference, contact
from calbridge.enterprise.conference import ConferenceResponse
from calbridge.enterprise.endpoint import TIME_FORMAT
from calbridge.errors import NotFound, OutcomeUnknown, PlatformError

INSTANCE: Final = "cbprobe0"
"""The installation that the probe's markers name: nobody's, so that every real one leaves its conferences alone."""

FAR: Final = timedelta(days=390)
"""How far ahead the probe's conferences are: out of everybody's way, and within the listing's 18 months."""

ZONE: Final = ZoneInfo("America/New_York")
HOUR: Final = 21
"""So late that the day in UTC is the next one already: a date that is counted in UTC shows."""

ADDRESSES: Final = ("calbridge-probe-1@example.invalid", "calbridge-probe-2@example.invalid")
"""Nobody's: mail to them can't be delivered (RFC 2606, section 2)."""

CLEARING: Final = 120.0  # seconds, for all cancels together


@dataclass(frozen=True, slots=True)
class Left:
    """What the probe could not take away again."""

    conferences: tuple[int, ...]
    contacts: tuple[int, ...]
    unsure: bool


class Ground:
    """One host, and what was made for her. `tag` is in every subject; `one_time` as the host's plan allows."""

    def __init__(
        self,
        api: Enterprise,
        host_id: int,
        *,
        tag: str,
        now: datetime,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.api = api
        self.host_id = host_id
        self.now = now
        self.one_time = True
        self.cancelled: set[int] = set()
        self._tag = tag
        self._made: list[int] = []
        self._unsure = False
        self._invited = False
        self._sleep = sleep

    @property
    def first_day(self) -> datetime:
        """The Sunday on or after which everything takes place, at `HOUR` in `ZONE`."""
        day = (self.now + FAR).astimezone(ZONE)
        return datetime(day.year, day.month, day.day, HOUR, tzinfo=ZONE) + timedelta(days=6 - day.weekday())

    @property
    def made(self) -> int:
        """How many conferences it made so far, of a series one."""
        return len(self._made)

    def subject(self, about: str) -> str:
        """A subject that says what it is to whoever sees it."""
        return f"calbridge probe {self._tag}, to be removed: {about}"

    def agenda(self, text: str = "") -> str:
        """An agenda with a marker, as every conference of ours has one."""
        return sign(text, Marker(INSTANCE, "a" * 26, "m", 1))

    def fields(self, about: str, start: datetime, **more: Any) -> dict[str, Any]:  # Any: checked by the request's model
        """The fields of a conference of half an hour; `more` come on top."""
        return {
            "subject": self.subject(about),
            "agenda": self.agenda(),
            "start": start.strftime(TIME_FORMAT),
            "time_zone": str(start.tzinfo),
            "duration": 30,
            "one_time_access_code": self.one_time,
            **more,
        }

    async def create(self, about: str, start: datetime, **more: Any) -> ConferenceResponse:  # Any: as above
        """Make a conference that `clear` takes away. Raises `PlatformError`."""
        request = conference.CreateRequest(host_id=self.host_id, **self.fields(about, start, **more))
        try:
            made = await self.api.call(conference.CREATE, request)
        except (OutcomeUnknown, asyncio.CancelledError):
            self._unsure = True
            raise
        self._made.append(made.conference_id)
        return made

    async def update(self, conference_id: int, fields: dict[str, Any]) -> None:  # Any: checked by the request's model
        """Send a conference's complete state."""
        self._invited = self._invited or "participant_emails" in fields
        request = conference.UpdateRequest(conference_id=conference_id, **fields)
        await self.api.call(conference.UPDATE, request)

    async def fetch(self, conference_id: int) -> ConferenceResponse:
        """Fetch a conference. Raises `NotFound` where there is none."""
        return await self.api.call(conference.FETCH, conference.FetchRequest(conference_id=conference_id))

    async def cancel(self, conference_id: int) -> None:
        """Cancel a conference; gone already is fine."""
        with suppress(NotFound):
            await self.api.call(conference.CANCEL, conference.CancelRequest(conference_id=conference_id))
        self.cancelled.add(conference_id)

    async def pages(self) -> list[list[ConferenceResponse]]:
        """List all of the host's conferences, page by page."""
        request = conference.FetchAllRequest(host_id=self.host_id)
        return [rows async for rows in self.api.pages(conference.FETCH_ALL, request)]

    async def clear(self) -> Left:
        """Take everything away that was made, and say what could not be."""
        try:
            async with asyncio.timeout(CLEARING):
                await self._look_for_more()
                for again in (False, True):
                    for number in self._left():
                        await self._try_to_cancel(number)
                    if not self._left() or again:
                        break
                    await self._sleep(2.0)
                contacts = await self._remove_contacts() if self._invited else ()
        except TimeoutError:
            contacts = ()
        return Left(self._left(), contacts, self._unsure)

    def _left(self) -> tuple[int, ...]:
        return tuple(number for number in self._made if number not in self.cancelled)

    async def _try_to_cancel(self, number: int) -> None:
        try:
            await self.cancel(number)
        except PlatformError:
            return  # it stays among those that are left, and is told of

    async def _look_for_more(self) -> None:
        """A create whose answer got lost may have made something: its subject tells."""
        if not self._unsure:
            return
        try:
            rows = [row for page in await self.pages() for row in page]
        except PlatformError:
            return
        ours = [row for row in rows if self._tag in (row.subject or "")]
        found = {row.master_id if row.master_id is not None else row.conference_id for row in ours}
        self._made += sorted(found - set(self._made))
        self._unsure = False

    async def _remove_contacts(self) -> tuple[int, ...]:
        """The addresses became the host's contacts."""
        try:
            found = await self.api.call(contact.FETCH_ALL, contact.FetchAllRequest(host_id=self.host_id))
        except PlatformError:
            return ()
        left = []
        for each in found:
            if each.email in ADDRESSES:
                request = contact.DeleteRequest(host_id=self.host_id, contact_id=each.contact_id)
                try:
                    await self.api.call(contact.DELETE, request)
                except PlatformError:
                    left.append(each.contact_id)
        return tuple(left)

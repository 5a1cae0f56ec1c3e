"""The pages that a browser opens: a meeting's room, and what this sandbox is. No script, nothing from elsewhere.

GET /conf/call/CODE  a room
GET /                what this is
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from calbridge.sandbox import markup, series
from calbridge.sandbox.bookings import Conference, from_row
from calbridge.sandbox.calls import Sandbox, room_url
from calbridge.sandbox.people import Host, all_hosts, host_by_access_code, host_by_id
from calbridge.sandbox.refusals import Missing
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

CODE_LIFETIME: Final = timedelta(hours=72)
"""How long after its end a one-time code still opens the room."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time that a page shows. `starts` and `ends` are in the conference's zone."""

    subject: str
    starts: datetime
    ends: datetime
    zone: str
    running: bool

    @property
    def day(self) -> str:
        """Its day, in words."""
        return f"{self.starts:%A} {self.starts.day} {self.starts:%B %Y}"

    @property
    def hours(self) -> str:
        """From when to when; an end on another day names it."""
        same_day = self.starts.date() == self.ends.date()
        return f"{self.starts:%H:%M} to {self.ends:%H:%M}" + ("" if same_day else f" on {self.ends:%A}")


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the pages to the app."""

    @app.get("/conf/call/{code}", include_in_schema=False)
    async def room(code: str) -> Response:
        try:
            with sandbox.transaction() as now:
                return room_page(sandbox.state, sandbox.settings, code, now)
        except Missing:
            return markup.missing()

    @app.get("/", include_in_schema=False)
    async def front(request: Request) -> Response:
        with sandbox.transaction() as now:
            return front_page(sandbox.state, sandbox.settings, sandbox.base_url(request), now)


def room_page(state: State, settings: Settings, code: str, now: datetime) -> HTMLResponse:
    """Show the room that a code opens. Raises `Missing` for an unknown, a cancelled or an expired one."""
    host = host_by_access_code(state, code)
    if host is not None:
        return _dedicated(state, settings, host, now)
    conferences = _conferences(state, "access_code = ?1 OR secret = ?1", code)
    if not conferences:
        raise Missing("Room not found")
    host = host_by_id(state, conferences[0].host_id)
    series.extend_all(state, settings, host.id, now)
    conferences = _conferences(state, "access_code = ?1 OR secret = ?1", code)
    if max(map(_open_until, conferences)) < now:
        raise Missing("Room no longer open")
    first = next((one for one in conferences if one.instance is None), conferences[0])
    return markup.page(
        "room.html",
        title=first.details.subject,
        host=host.profile,
        agenda=first.details.agenda,
        needs_pin=first.details.security_pin is not None,
        occasions=_occasions(settings, conferences, now),
    )


def front_page(state: State, settings: Settings, base_url: str, now: datetime) -> HTMLResponse:
    """Show what this is, its hosts, and the next occasion of each of their meetings."""
    hosts = []
    for host in all_hosts(state):
        series.extend_all(state, settings, host.id, now)
        by_meeting: dict[int, list[Conference]] = {}
        for conference in _conferences(state, "host_id = ?1", host.id):
            by_meeting.setdefault(conference.master_id or conference.id, []).append(conference)
        meetings = [
            (room_url(base_url, _code(conferences[0], host)), occasions[0], len(occasions))
            for conferences in by_meeting.values()
            if (occasions := _occasions(settings, conferences, now))
        ]
        meetings.sort(key=lambda meeting: meeting[1].starts)
        hosts.append((host, room_url(base_url, host.profile.access_code), meetings))
    return markup.page("front.html", hosts=hosts, base_url=base_url)


def _dedicated(state: State, settings: Settings, host: Host, now: datetime) -> HTMLResponse:
    series.extend_all(state, settings, host.id, now)
    conferences = _conferences(state, "host_id = ?1 AND access_code IS NULL", host.id)
    return markup.page(
        "room.html",
        title=f"{host.profile.name}: meeting room",
        host=host.profile,
        agenda="",
        needs_pin=False,
        occasions=_occasions(settings, conferences, now),
    )


def _conferences(state: State, condition: str, value: str | int) -> list[Conference]:
    rows = state.rows(f"SELECT * FROM conference WHERE ({condition}) AND NOT cancelled ORDER BY starts, id", value)  # noqa: S608 - constants
    return [from_row(row) for row in rows]


def _code(conference: Conference, host: Host) -> str:
    return conference.keys.secret or conference.keys.access_code or host.profile.access_code


def _occasions(settings: Settings, conferences: Sequence[Conference], now: datetime) -> list[Occasion]:
    """The times still to come; a master counts where it stands for its first instance, or that is not in view yet."""
    in_view = {conference.master_id for conference in conferences if conference.instance is not None}
    return [
        _occasion(conference, now)
        for conference in conferences
        if conference.slot.ends > now
        and not (conference.is_master and settings.first_instance_child and conference.id in in_view)
    ]


def _occasion(conference: Conference, now: datetime) -> Occasion:
    slot = conference.slot
    zone = ZoneInfo(slot.zone)
    starts, ends = slot.starts.astimezone(zone), slot.ends.astimezone(zone)
    return Occasion(conference.details.subject, starts, ends, slot.zone, running=slot.starts <= now)


def _open_until(conference: Conference) -> datetime:
    if conference.is_master and conference.series_ends is None:
        return datetime.max.replace(tzinfo=conference.slot.ends.tzinfo)
    return max(conference.slot.ends, conference.series_ends or conference.slot.ends) + CODE_LIFETIME

"""The pages that a browser opens: a meeting's room, its livestream, and what this sandbox is. They work without script.

GET  /conf/call/CODE  a room; with ?moderator_token=TOKEN one joins it as a moderator
POST /conf/call/CODE  what is done in it; a cookie says who does it
GET  /conf/live/CODE  its livestream
GET  /                what this is
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, quote
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from calbridge.sandbox import attendance, doors, files, markup, recordings, room_acts, series, streams
from calbridge.sandbox.attendance import Participant
from calbridge.sandbox.bookings import Conference, from_row, live
from calbridge.sandbox.calls import Sandbox, room_url
from calbridge.sandbox.doors import Door
from calbridge.sandbox.people import Host, all_hosts
from calbridge.sandbox.plans import Feature
from calbridge.sandbox.refusals import Forbidden, Missing, Refused
from calbridge.sandbox.room_acts import Form
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

LONGEST_FORM: Final = 64 * 1024
MOST_FIELDS: Final = 50
SEAT: Final = "seat"
VIEWER: Final = "viewer"
MUTE_WORDS: Final = {
    "conversation": "Everyone may speak.",
    "q&a": "Participants are muted, and may unmute themselves.",
    "presentation": "Participants are muted.",
}


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


@dataclass(frozen=True, slots=True)
class Visit:
    """Someone's look at a room; `seat` is who she is in it, None for a stranger."""

    sandbox: Sandbox
    request: Request
    code: str
    door: Door
    seat: Participant | None
    now: datetime


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the pages to the app."""

    @app.get("/conf/call/{code}", include_in_schema=False)
    async def room(request: Request, code: str) -> Response:
        return _room_page(sandbox, request, code, {}, error="")

    @app.post("/conf/call/{code}", include_in_schema=False)
    async def act(request: Request, code: str) -> Response:
        return _acted(sandbox, request, code, await _form(request))

    @app.get("/conf/live/{code}", include_in_schema=False)
    async def live_stream(request: Request, code: str) -> Response:
        return _live_page(sandbox, request, code)

    @app.get("/", include_in_schema=False)
    async def front(request: Request) -> Response:
        with sandbox.transaction() as now:
            return front_page(sandbox.state, sandbox.settings, sandbox.base_url(request), now)


def front_page(state: State, settings: Settings, base_url: str, now: datetime) -> HTMLResponse:
    """Show what this is, its hosts, and the next occasion of each of their meetings."""
    hosts = []
    for host in all_hosts(state):
        series.extend_all(state, settings, host.id, now)
        by_meeting: dict[int, list[Conference]] = {}
        found = state.rows("SELECT * FROM conference WHERE host_id = ? AND NOT cancelled ORDER BY starts, id", host.id)
        for conference in map(from_row, found):
            by_meeting.setdefault(conference.master_id or conference.id, []).append(conference)
        meetings = [
            (room_url(base_url, _code(conferences[0], host)), occasions[0], len(occasions))
            for conferences in by_meeting.values()
            if (occasions := _occasions(settings, conferences, now))
        ]
        meetings.sort(key=lambda meeting: meeting[1].starts)
        hosts.append((host, room_url(base_url, host.profile.access_code), meetings))
    return markup.page("front.html", hosts=hosts, base_url=base_url)


def _room_page(sandbox: Sandbox, request: Request, code: str, form: Form, error: str) -> Response:
    state = sandbox.state
    try:
        with sandbox.transaction() as now:
            door = doors.find(state, sandbox.settings, code, now)
            visit = Visit(sandbox, request, code, door, _seat(state, door, request), now)
            seat = visit.seat
            if seat is not None and seat.id in {who.id for who in attendance.present(state, seat.conference_id)}:
                return _inside(visit, seat, error)
            return _outside(visit, form, error)
    except Missing:
        return markup.missing()


def _inside(visit: Visit, seat: Participant, error: str) -> HTMLResponse:
    """The room as those see it who are in it; the moderator's part of it only as a moderator."""
    state, door, now = visit.sandbox.state, visit.door, visit.now
    base_url = visit.sandbox.base_url(visit.request)
    conference = live(state, seat.conference_id)
    zone, features = ZoneInfo(conference.slot.zone), door.host.features
    moderator = {
        "waiting": attendance.waiting(state, conference.id),
        "can_record": [
            kind
            for kind, feature in (("audio", Feature.RECORDING), ("video", Feature.VIDEO_RECORDING))
            if feature in features
        ],
        "invitation": room_url(base_url, visit.code),
        "pin": conference.details.security_pin,
        "viewers": streams.viewers(state, conference, now),
        "files": files.some(state, door.host.id, 0, 50),
    }
    return markup.page(
        "inside.html",
        400 if error else 200,
        title=conference.details.subject,
        host=door.host.profile,
        seat=seat,
        here=attendance.present(state, conference.id),
        messages=[
            (message, message.sent_at.astimezone(zone), _document(state, conference, base_url, message.drive_file_id))
            for message in attendance.messages(state, conference.id)
        ],
        recording=recordings.current(state, conference.id),
        streaming=streams.is_streaming(conference, now),
        live_url=f"/conf/live/{quote(visit.code)}",
        mute=MUTE_WORDS[conference.details.mute_mode],
        moderator=moderator if seat.moderator else None,
        error=error,
    )


def _outside(visit: Visit, form: Form, error: str) -> HTMLResponse:
    """The room as it looks before one joins it, waits to be let in, or has left it. It names nobody."""
    state, door, now = visit.sandbox.state, visit.door, visit.now
    current, first = door.current, door.first
    ended = visit.seat is not None and live(state, visit.seat.conference_id).ended_at is not None
    token = form.get("moderator_token") or visit.request.query_params.get("moderator_token", "")
    return markup.page(
        "room.html",
        400 if error else 200,
        title=f"{door.host.profile.name}: meeting room" if first is None else first.details.subject,
        host=door.host.profile,
        agenda="" if first is None else first.details.agenda,
        needs_pin=door.needs_pin,
        occasions=_occasions(visit.sandbox.settings, door.conferences, now),
        people=0 if current is None else len(attendance.present(state, current.id)),
        streaming=current is not None and streams.is_streaming(current, now),
        live_url=f"/conf/live/{quote(visit.code)}",
        seat=None if ended else visit.seat,
        ended=ended,
        token=token,
        moderates=bool(token) and door.made_moderator_by(token),
        form=form,
        error=error,
    )


def _acted(sandbox: Sandbox, request: Request, code: str, form: Form) -> Response:
    if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        return markup.missing()  # another site's form
    state, ticket = sandbox.state, None
    try:
        with sandbox.transaction() as now:
            door = doors.find(state, sandbox.settings, code, now)
            seat = _seat(state, door, request)
            if form.get("do") == "join":
                ticket = room_acts.join(state, door, form, now)
            elif seat is not None:
                room_acts.act(state, door, seat, form, now)
    except Refused as refused:
        return _room_page(sandbox, request, code, form, refused.message)
    except (Missing, Forbidden):
        return markup.missing()
    response = RedirectResponse(_path(code), 303)
    if ticket is not None:
        response.set_cookie(SEAT, ticket, path=_path(code), httponly=True, samesite="lax", secure=_secure(request))
    return response


def _live_page(sandbox: Sandbox, request: Request, code: str) -> Response:
    try:
        with sandbox.transaction() as now:
            door = doors.find(sandbox.state, sandbox.settings, code, now)
            ticket = request.cookies.get(VIEWER) or uuid4().hex
            shown = door.current
            streaming = shown is not None and streams.is_streaming(shown, now)
            if shown is not None and streaming:
                streams.watch(sandbox.state, shown.id, ticket, now)
            response = markup.page(
                "live.html",
                title=door.host.profile.name if shown is None else shown.details.subject,
                host=door.host.profile,
                streaming=streaming,
                again=f"{int(streams.RELOAD.total_seconds())}",
            )
    except Missing:
        return markup.missing()
    response.set_cookie(VIEWER, ticket, path="/conf/live", httponly=True, samesite="lax", secure=_secure(request))
    return response


async def _form(request: Request) -> Form:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return {}
    try:
        return dict(parse_qsl(body.decode(errors="replace"), max_num_fields=MOST_FIELDS))
    except ValueError:  # more of them
        return {}


def _seat(state: State, door: Door, request: Request) -> Participant | None:
    """Who she is in this room; None for a stranger."""
    found = attendance.by_ticket(state, request.cookies.get(SEAT, ""))
    return found if found is not None and found.conference_id in {one.id for one in door.conferences} else None


def _document(state: State, conference: Conference, base_url: str, file_id: int | None) -> tuple[str, str] | None:
    if file_id is None:
        return None
    try:
        file = files.of_host(state, conference.host_id, file_id)
    except Missing:
        return None  # deleted since
    return file.filename, files.download_link(base_url, file)


def _path(code: str) -> str:
    return f"/conf/call/{quote(code)}"


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _code(conference: Conference, host: Host) -> str:
    return conference.keys.secret or conference.keys.access_code or host.profile.access_code


def _occasions(settings: Settings, conferences: Sequence[Conference], now: datetime) -> list[Occasion]:
    return [_occasion(one, now) for one in doors.occasions(settings, conferences, now)]


def _occasion(conference: Conference, now: datetime) -> Occasion:
    slot = conference.slot
    zone = ZoneInfo(slot.zone)
    starts, ends = slot.starts.astimezone(zone), slot.ends.astimezone(zone)
    return Occasion(conference.details.subject, starts, ends, slot.zone, running=slot.starts <= now)

"""host/conferences, cdrs and active_calls: what became of a host's conferences (`past.py` says when one is over).

GET /conf/summary/ID   a past conference in numbers
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.responses import Response

from calbridge.enterprise import host as declared
from calbridge.sandbox import attendance, markup, paging, past
from calbridge.sandbox.attendance import Stay
from calbridge.sandbox.bookings import Conference
from calbridge.sandbox.calls import Call, Json, Route, Sandbox
from calbridge.sandbox.people import Host, host_within, zone_asked_for
from calbridge.sandbox.refusals import Missing, Refused

CDR_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked for, both ends included; answers are in `zone`."""

    since: datetime
    until: datetime
    zone: str


def conferences(call: Call, request: declared.ConferencesRequest) -> Json:
    """A host's past conferences in numbers, the oldest first."""
    period = _period(request)

    def shaped(conference: Conference) -> Json:
        stays = attendance.stays(call.state, conference.id)
        return {
            "conference_id": conference.id,
            "start_time": past.local(conference.slot.starts, period.zone),
            "end_time": past.local(conference.over_at, period.zone),
            "total_participants": _people(stays),
            "total_participant_minutes": past.minutes(stays),
            "meeting_summary_url": f"{call.base_url}/conf/summary/{conference.id}",
        }

    return _listing(call, request, period, shaped)


def conferences_in_detail(call: Call, request: declared.ConferencesDetailRequest) -> Json:
    """The same conferences with all that came of them; of who took part only the number."""
    period = _period(request)

    def shaped(conference: Conference) -> Json:
        detail = past.in_detail(call, conference, period.zone)
        number = _people(attendance.stays(call.state, conference.id))
        return detail | {"participants": number, "live_wall_posts": detail["chat_messages"]}

    return _listing(call, request, period, shaped)


def cdrs(call: Call, request: declared.CdrsRequest) -> Json:
    """The first of the calls that are over, by when they began."""
    host = host_within(call.state, call.principal, request.host_id)
    period = _period(request)
    held = call.state.rows(
        "SELECT id FROM conference WHERE host_id = ?1 AND id = ifnull(?2, id)", host.id, request.conference_id
    )
    if not held and request.conference_id is not None:
        raise Missing("Conference not found")
    stays = [stay for row in held for stay in attendance.stays(call.state, row["id"]) if _within(period, stay)]
    stays.sort(key=lambda stay: (stay.joined_at, stay.id))
    return [_cdr(stay, host, period.zone) for stay in stays[:CDR_ROWS]]


def active_calls(call: Call, request: declared.ActiveCallsRequest) -> Json:
    """What a host is in right now, her own conferences or a colleague's."""
    host = host_within(call.state, call.principal, request.host_id)
    zone = zone_asked_for(request.time_zone or "UTC")
    return [
        {
            "conference_id": conference.id,
            "subject": conference.details.subject,
            "agenda": conference.details.agenda,
            "start_time": past.local(conference.slot.starts, zone),
        }
        for conference in past.active(call.state, host)
    ]


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the summaries to the app."""

    @app.get("/conf/summary/{conference_id}", include_in_schema=False)
    async def summary(conference_id: str) -> Response:
        with sandbox.transaction() as now:
            row = sandbox.state.row("SELECT host_id FROM conference WHERE CAST(id AS TEXT) = ?", conference_id)
            over = (
                [] if row is None else past.conferences(sandbox.state, sandbox.settings, row["host_id"], now, rows=-1)
            )
            for conference in over:
                if str(conference.id) == conference_id:
                    return _summary(conference, attendance.stays(sandbox.state, conference.id))
        return markup.missing()


def _summary(conference: Conference, stays: tuple[Stay, ...]) -> Response:
    zone = ZoneInfo(conference.slot.zone)
    return markup.page(
        "summary.html",
        conference=conference,
        starts=conference.slot.starts.astimezone(zone),
        over_at=conference.over_at.astimezone(zone),
        people=_people(stays),
        minutes=past.minutes(stays),
    )


def _listing(
    call: Call, request: declared.ConferencesRequest, period: Period, shaped: Callable[[Conference], Json]
) -> Json:
    """A page of a host's past conferences that began in a period, or all of them where there are no pages."""
    host = host_within(call.state, call.principal, request.host_id)
    after = paging.place(request.page)
    found = [
        conference
        for conference in past.conferences(call.state, call.settings, host.id, call.now, after, rows=-1)
        if period.since <= conference.slot.starts <= period.until
    ]
    if call.settings.listing == "array":
        return list(map(shaped, found))
    page = found[: paging.PAGE_ROWS]
    return {
        "conferences": list(map(shaped, page)),
        "next_page": paging.cursor(_place(page[-1])) if len(found) > len(page) else None,
    }


def _cdr(stay: Stay, host: Host, zone: str) -> Json:
    assert stay.left_at is not None
    return {
        "id": stay.id,
        "conference_id": stay.participant.conference_id,
        "host_id": host.id,
        "host_name": host.profile.name,
        "host_email": host.profile.email,
        "start_time": past.local(stay.joined_at, zone),
        "end_time": past.local(stay.left_at, zone),
        "participant_id": stay.participant.id,
        "participant_name": stay.participant.name,
        "participant_email": stay.participant.email,
        "from": stay.called_from,
        "to": stay.called_to,
        "minutes": stay.minutes,
    }


def _period(request: declared.Period) -> Period:
    """Read the days that are asked for. Raises `Refused`."""
    zone = zone_asked_for(request.time_zone or "UTC")
    since = _moment("start_date", request.start_date or "0001-01-01", time.min, zone)
    return Period(since, _moment("end_date", request.end_date or "9999-12-31", time.max, zone), zone)


def _moment(field: str, day: str, at: time, zone: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), at, ZoneInfo(zone))
    except ValueError:
        raise Refused(f"{field} is not a date of the calendar") from None


def _within(period: Period, stay: Stay) -> bool:
    return stay.left_at is not None and period.since <= stay.joined_at <= period.until


def _people(stays: tuple[Stay, ...]) -> int:
    return len({stay.participant.id for stay in stays})


def _place(conference: Conference) -> paging.Place:
    return int(conference.slot.starts.timestamp()), conference.id


ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.CONFERENCES, conferences, detail=Route(declared.CONFERENCES_DETAIL, conferences_in_detail)),
    Route(declared.CDRS, cdrs),
    Route(declared.ACTIVE_CALLS, active_calls),
)

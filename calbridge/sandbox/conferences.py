"""conference/create, create/reservationless, update, fetch, fetch_all, cancel, and who is invited."""

from collections.abc import Callable
from typing import Any, Final

from calbridge.enterprise import conference as declared
from calbridge.enterprise.messages import OK, ScheduleMessage
from calbridge.sandbox import (
    attendance,
    bookings,
    contacts,
    demands,
    mails,
    paging,
    past,
    recordings,
    schedule,
    series,
    streams,
)
from calbridge.sandbox.bookings import Conference, Details, Slot
from calbridge.sandbox.calls import Call, Json, Route, room_url
from calbridge.sandbox.expansion import months_later
from calbridge.sandbox.people import Host, host_within
from calbridge.sandbox.refusals import Refused


def create(call: Call, request: declared.CreateRequest) -> Json:
    """Make a conference, or with a `schedule` a series of them."""
    host = host_within(call.state, call.principal, request.host_id)
    slot, rule = demands.slot(request), None
    if request.schedule is not None:
        rule = schedule.parse(request.schedule)
        slot = series.first_slot(rule, slot)
    details = demands.new_details(call.state, host, request)
    _check_start(call, slot)
    keys = bookings.fresh_keys(call.state, one_time=request.one_time_access_code, secure=request.secure_url or False)
    made = bookings.add(call.state, host.id, slot, details, keys, None if rule is None else str(rule))
    if rule is not None:
        series.expand_anew(call.state, call.settings, made, call.now)
    _invite(call, made, host)
    return _shaped(call, made, host)


def update(call: Call, request: declared.UpdateRequest) -> Json:
    """Give a conference new values; a master's reach its series."""
    conference = bookings.live(call.state, request.conference_id)
    host = host_within(call.state, call.principal, conference.host_id)
    if request.schedule is not None and not conference.is_master:
        raise Refused(ScheduleMessage.MASTER_ONLY)
    slot = demands.slot(request)
    details = demands.changed_details(call.state, host, conference, request)
    if conference.is_master:
        _update_series(call, conference, slot, details, request.schedule)
    else:
        _check_move(call, conference, slot)
        bookings.change(call.state, conference, slot, details, conference.schedule)
    return _shaped(call, bookings.live(call.state, conference.id), host)


def create_reservationless(call: Call, request: declared.CreateReservationlessRequest) -> Json:
    """A conference that has begun."""
    host = host_within(call.state, call.principal, request.host_id)
    demands.check_may_host(host, one_time=request.one_time_access_code)
    keys = bookings.fresh_keys(call.state, one_time=request.one_time_access_code, secure=request.secure_url or False)
    details = demands.unscheduled_details(call.state, host)
    made = bookings.add_at_once(call.state, host.id, demands.slot_from(host, call.now), details, keys)
    return _shaped(call, made, host)


def fetch(call: Call, request: declared.FetchRequest) -> Json:
    """One conference, past or to come."""
    conference = bookings.live(call.state, request.conference_id)
    return _shaped(call, conference, host_within(call.state, call.principal, conference.host_id))


def fetch_detail(call: Call, request: declared.FetchDetailRequest) -> Json:
    """One conference, with all that came of it so far."""
    conference = bookings.live(call.state, request.conference_id)
    host_within(call.state, call.principal, conference.host_id)
    return past.in_detail(call, conference, conference.slot.zone)


def fetch_all(call: Call, request: declared.FetchAllRequest) -> Json:
    """A host's conferences that have not ended, as far as 18 months ahead."""
    host = host_within(call.state, call.principal, request.host_id)
    return _page(call, host, request.page, lambda conference: _shaped(call, conference, host))


def fetch_all_detail(call: Call, request: declared.FetchAllDetailRequest) -> Json:
    """The same conferences, with all that came of them so far."""
    host = host_within(call.state, call.principal, request.host_id)
    return _page(call, host, request.page, lambda conference: past.in_detail(call, conference, conference.slot.zone))


def fetch_participant_details(call: Call, request: declared.FetchParticipantDetailsRequest) -> Json:
    """Who is invited, as contacts; moderators are among the participants, too."""
    conference = bookings.live(call.state, request.conference_id)
    host_within(call.state, call.principal, conference.host_id)
    invited = conference.details.invited
    return {
        "participants": contacts.in_full(call.state, [who.contact_id for who in invited]),
        "moderators": contacts.in_full(call.state, [who.contact_id for who in invited if who.moderator]),
    }


def cancel(call: Call, request: declared.CancelRequest) -> Json:
    """Cancel one conference, or with a master all of its series."""
    conference = bookings.live(call.state, request.conference_id)
    host_within(call.state, call.principal, conference.host_id)
    bookings.cancel(call.state, conference)
    return {"message": OK}


def _invite(call: Call, made: Conference, host: Host) -> None:
    """By mail, once, when it is made: of later mails the reference says nothing."""
    invited = contacts.in_full(call.state, [who.contact_id for who in made.details.invited])
    when = f"{made.slot.local_start:%Y-%m-%d %H:%M} {made.slot.zone}, {made.slot.minutes} minutes"
    link = room_url(call.base_url, made.keys.secret or made.keys.access_code or host.profile.access_code)
    lines = [f"{host.profile.name} invites you to {made.details.subject}.", when, f"Join: {link}"]
    mails.invitations(call, host.profile, made.details.subject, lines, (one["email"] for one in invited))


def _page(call: Call, host: Host, page: str | int | None, shaped: Callable[[Conference], Json]) -> Json:
    series.extend_all(call.state, call.settings, host.id, call.now)
    if call.settings.listing == "array":
        return list(map(shaped, _listed(call, host.id, paging.START, rows=-1)))
    found = _listed(call, host.id, paging.place(page), rows=paging.PAGE_ROWS + 1)
    rows = found[: paging.PAGE_ROWS]
    return {
        "conferences": list(map(shaped, rows)),
        "next_page": _cursor(rows[-1]) if len(found) > paging.PAGE_ROWS else None,
    }


def _update_series(call: Call, master: Conference, asked: Slot, details: Details, text: str | None) -> None:
    rule = schedule.parse(text if text is not None else master.schedule or "")
    slot = series.first_slot(rule, asked)
    if slot.starts == master.slot.starts and slot.zone == master.slot.zone and str(rule) == master.schedule:
        bookings.change(call.state, master, Slot(master.slot.local_start, slot.zone, slot.minutes), details, str(rule))
        if call.settings.reset_children_on_update:
            series.bring_back_children(call.state, master, call.now)
        bookings.spread(call.state, master, details)
        series.settle_end(call.state, bookings.live(call.state, master.id))
    else:
        _check_move(call, master, slot)
        bookings.change(call.state, master, slot, details, str(rule))
        series.expand_anew(call.state, call.settings, bookings.live(call.state, master.id), call.now)


def _check_start(call: Call, slot: Slot) -> None:
    if call.settings.refuse_past_start and slot.starts < call.now:
        raise Refused("start must not be in the past")


def _check_move(call: Call, conference: Conference, slot: Slot) -> None:
    if slot.starts != conference.slot.starts:
        _check_start(call, slot)


def _listed(call: Call, host_id: int, after: paging.Place, *, rows: int) -> list[Conference]:
    """The listing's conferences after a position of (start, id); `rows` -1 means all of them."""
    now = int(call.now.timestamp())
    horizon = int(months_later(call.now, series.HORIZON_MONTHS).timestamp())
    found = call.state.rows(
        "SELECT * FROM conference WHERE host_id = ? AND NOT cancelled AND NOT reservationless"
        " AND (starts, id) > (?, ?) AND starts <= ?"
        " AND CASE WHEN master_id IS id AND ? THEN ifnull(series_ends > ?, 1)"
        "          WHEN master_id IS id THEN ends > ? AND ifnull(series_ends > ?, 1)"
        "          ELSE ends > ? AND ended_at IS NULL END"
        " ORDER BY starts, id LIMIT ?",
        *(host_id, *after, horizon, call.settings.master_stays_listed, now, now, now, now, rows),
    )
    return [bookings.from_row(row) for row in found]


def _cursor(last: Conference) -> str:
    return paging.cursor((int(last.slot.starts.timestamp()), last.id))


def _shaped(call: Call, conference: Conference, host: Host) -> Json:
    """A conference as every endpoint reports it."""
    slot, details, keys = conference.slot, conference.details, conference.keys
    code = keys.access_code or host.profile.access_code
    broadcast = None
    if details.broadcast_url is not None:
        broadcast = {"source": details.broadcast_url, "state": streams.broadcast(conference, call.now)}
    shaped = {
        "conference_id": conference.id,
        "subject": details.subject,
        "agenda": details.agenda,
        "start": past.local(slot.starts, slot.zone),
        "end_time": past.local(slot.ends, slot.zone),
        "active": attendance.is_active(call.state, conference, call.now),
        "time_zone": slot.zone,
        "duration": slot.minutes,
        "auto_record": details.auto_record,
        "auto_stream": details.auto_stream,
        "auto_transcribe": details.auto_transcribe,
        "one_time_access_code": False if keys.access_code is None else int(keys.access_code),
        "security_pin": details.security_pin,
        "mute_mode": details.mute_mode,
        "room_url": room_url(call.base_url, keys.secret or code),
        "recordings": [past.recording(call, one, slot.zone) for one in recordings.recorded(call.state, conference.id)],
        "participants": [who.contact_id for who in details.invited],
        "moderators": [who.contact_id for who in details.invited if who.moderator],
        "is_streaming": streams.is_streaming(conference, call.now),
        "moderator_token": keys.moderator_token,
        "participant_emails": [{"email": who.email, "moderator": who.moderator} for who in details.invited[1:]],
        "broadcast_stream_url": broadcast,
        "broadcast_stream": broadcast,
    }
    if conference.master_id is None:
        return shaped
    return shaped | {
        "is_master": conference.is_master,
        "master_id": conference.master_id,
        "schedule": conference.schedule,
    }


ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.CREATE, create),
    Route(declared.CREATE_RESERVATIONLESS, create_reservationless),
    Route(declared.UPDATE, update),
    Route(declared.FETCH, fetch, detail=Route(declared.FETCH_DETAIL, fetch_detail)),
    Route(declared.FETCH_ALL, fetch_all, detail=Route(declared.FETCH_ALL_DETAIL, fetch_all_detail)),
    Route(declared.CANCEL, cancel),
    Route(declared.FETCH_PARTICIPANT_DETAILS, fetch_participant_details),
)

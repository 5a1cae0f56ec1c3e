"""What is left of conferences: which of a host's are over, and one with all that came of it (`output` = "detail").

In detail, times are local to a zone, but for those that carry an offset.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from calbridge.enterprise.endpoint import TIME_FORMAT
from calbridge.sandbox import attendance, files, paging, recordings, streams
from calbridge.sandbox.attendance import Stay
from calbridge.sandbox.bookings import Conference, from_row
from calbridge.sandbox.calls import Call, Json, room_url
from calbridge.sandbox.people import Host, host_by_id, hosts_of
from calbridge.sandbox.refusals import Missing
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

MODES: Final = {
    "conversation": "CONVERSATION_MODE",
    "q&a": "QA_MODE",
    "presentation": "PRESENTATION_MODE",
}
_OPEN: Final = 0
_CODE_OF_ITS_OWN: Final = 1
_PIN: Final = 2


def conferences(
    state: State, settings: Settings, host_id: int, now: datetime, after: paging.Place = paging.START, *, rows: int
) -> list[Conference]:
    """A host's conferences that are over, cancelled ones included, after a place in the listing; `rows` -1: all.

    A master counts where it stands for its first instance.
    """
    found = state.rows(
        "SELECT * FROM conference WHERE host_id = ? AND (starts, id) > (?, ?) AND NOT (master_id IS id AND ?)"
        " AND (ended_at IS NOT NULL OR ends <= ? AND NOT EXISTS ("
        "  SELECT 1 FROM stay JOIN participant ON participant.id = participant_id"
        "  WHERE conference_id = conference.id AND left_at IS NULL))"
        " ORDER BY starts, id LIMIT ?",
        *(host_id, *after, settings.first_instance_child, int(now.timestamp()), rows),
    )
    return [from_row(row) for row in found]


def active(state: State, host: Host) -> list[Conference]:
    """The conferences that somebody is in: the host's own, and others' where it is she, by her address."""
    found = state.rows(
        "SELECT * FROM conference WHERE id IN ("
        " SELECT conference_id FROM participant JOIN stay ON participant_id = participant.id"
        " WHERE left_at IS NULL AND (email = ?1 OR conference_id IN (SELECT id FROM conference WHERE host_id = ?2)))"
        " ORDER BY starts, id",
        *(host.profile.email, host.id),
    )
    return [from_row(row) for row in found]


def local(moment: datetime, zone: str) -> str:
    """Write a time as the platform does, in a zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime(TIME_FORMAT)


def minutes(stays: Iterable[Stay]) -> int:
    """Add up all stays."""
    return sum(stay.minutes for stay in stays)


def in_detail(call: Call, conference: Conference, zone: str) -> Json:
    """A conference and all that came of it."""
    slot, details, keys = conference.slot, conference.details, conference.keys
    host = host_by_id(call.state, conference.host_id)
    stays = attendance.stays(call.state, conference.id)
    start = slot.starts.astimezone(ZoneInfo(zone))
    recorded = recordings.recorded(call.state, conference.id)
    code = keys.secret or keys.access_code or host.profile.access_code
    return {
        "conference_id": conference.id,
        "subject": details.subject,
        "agenda": details.agenda or None,
        "start_time": local(slot.starts, zone),
        "end_time": local(conference.over_at, zone),
        "day": f"{start:%A}",
        "month": f"{start:%B}",
        "year": str(start.year),
        "conference_mode": MODES[details.mute_mode],
        "recurrence": conference.schedule,
        "one_time_access_code": False if keys.access_code is None else int(keys.access_code),
        "additional_security_type": _PIN if details.security_pin else _CODE_OF_ITS_OWN if keys.access_code else _OPEN,
        "cancelled": conference.cancelled,
        "participants": _attendees(call, conference, host, stays),
        "invited_count": len(details.invited),
        "attended_count": len({stay.participant.id for stay in stays}),
        "chat_messages": _messages(call.state, conference, zone),
        "uploaded_documents": _documents(call, conference),
        "recordings": [recording(call, one, zone) | _transcribed(one) for one in recorded],
        "sentiment_available": False,
        "sentiment_mean": None,
        "sentiment_max": None,
        "sentiment_min": None,
        "has_video": any(one.kind == "video" for one in recorded),
        "has_audio": bool(recorded),
        "moderators": _moderators(host, conference, stays),
        "is_streaming": streams.is_streaming(conference, call.now),
        "time_zone": zone,
        "room_url": room_url(call.base_url, code),
        "moderator_token": keys.moderator_token,
        "duration": slot.minutes if conference.ended_at is None else _elapsed(conference),
        "mute_mode": details.mute_mode,
    }


def recording(call: Call, one: recordings.Recording, zone: str) -> Json:
    """A recording as every endpoint reports it; its link comes once it is published."""
    published = one.is_published(call.now)
    return {
        "id": one.id,
        "start_time": local(one.started_at, zone),
        "end_time": None if one.ended_at is None else local(one.ended_at, zone),
        "type": one.kind,
        "publishing_state": "published" if published else "processing",
        "download_link": one.link(call.base_url) if published else None,
    }


def _transcribed(one: recordings.Recording) -> Json:
    return {
        "transcription_segments": list(one.transcript or ()),
        "transcription_tags": [],
        "size": {} if one.ended_at is None else {one.suffix: one.size},
    }


def _elapsed(conference: Conference) -> int:
    return max(0, round((conference.over_at - conference.slot.starts).total_seconds() / 60))


def _attendees(call: Call, conference: Conference, host: Host, stays: Iterable[Stay]) -> list[Json]:
    """Who came, with her calls, then who was invited and did not."""
    hosts = {other.profile.email.casefold(): other.id for other in hosts_of(call.state, host.company_id)}
    came: dict[int, Json] = {}
    for stay in stays:
        who = stay.participant
        entry = {"id": who.id, "person_id": hosts.get((who.email or "").casefold()), "name": who.name}
        shown = came.setdefault(who.id, entry | {"email": who.email, "live_cdrs": []})
        shown["live_cdrs"].append(_cdr(stay))
    met = {stay.participant.contact_id for stay in stays}
    absent = [who for who in conference.details.invited if who.contact_id not in met]
    return [*came.values()] + [
        {
            "id": None,
            "person_id": hosts.get(who.email.casefold()),
            "name": who.email,
            "email": who.email,
            "live_cdrs": [],
        }
        for who in absent
    ]


def _cdr(stay: Stay) -> Json:
    return {
        "id": stay.id,
        "ani": stay.called_from,
        "dnis": stay.called_to,
        "start_time": _utc(stay.joined_at),
        "end_time": None if stay.left_at is None else _utc(stay.left_at),
        "is_internet?": stay.participant.phone is None,
        "minute_usage": {
            "minutes": stay.minutes,
            "billing_group": "webrtc_billing" if stay.participant.phone is None else "dialout_billing",
            "rate": None,
            "cost": None,
            "chargeable_minutes": None,
        },
    }


def _messages(state: State, conference: Conference, zone: str) -> list[Json]:
    return [
        {
            "id": message.id,
            "content": message.content,
            "participant_id": message.participant_id,
            "created_at": message.sent_at.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds"),
        }
        for message in attendance.messages(state, conference.id)
    ]


def _documents(call: Call, conference: Conference) -> list[Json]:
    shown = []
    for message in attendance.messages(call.state, conference.id):
        if message.drive_file_id is None:
            continue
        try:
            file = files.of_host(call.state, conference.host_id, message.drive_file_id)
        except Missing:
            continue  # deleted since
        shown.append(
            {
                "id": file.id,
                "filename": file.filename,
                "size": file.size,
                "key": file.download_secret,
                "presentation_status": file.presentation_status,
                "content_library": True,
                "participant_id": message.participant_id,
                "chat_message_id": message.id,
                "mimetype": file.mimetype,
                "download_link": files.download_link(call.base_url, file),
                "image_preview_link": files.image_preview_link(call.base_url, file),
                "presentation_slides": _slides(call, file),
            }
        )
    return shown


def _slides(call: Call, file: files.File) -> list[Json]:
    width, height = file.page_size or (None, None)
    link = files.image_preview_link(call.base_url, file)
    return [
        {"page_number": page, "width": width, "height": height, "image_preview_link": f"{link}&page={page}"}
        for page in range(1, 1 + (file.page_count or 0))
    ]


def _moderators(host: Host, conference: Conference, stays: Iterable[Stay]) -> list[Json]:
    """The host, then whoever was invited to moderate or came as a moderator."""
    led: list[Json] = [{"person_id": host.id, "name": host.profile.name, "email": host.profile.email}]
    known = {host.profile.email.casefold()}
    came = [(stay.participant.name, stay.participant.email) for stay in stays if stay.participant.moderator]
    invited = [(who.email, who.email) for who in conference.details.invited if who.moderator]
    for name, email in [*came, *invited]:
        if email is None or email.casefold() not in known:
            known.add((email or "").casefold())
            led.append({"person_id": None, "name": name, "email": email})
    return led


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

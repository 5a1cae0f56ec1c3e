"""From a create or an update to what it asks for, or to the message that refuses it.

Messages that the document's error tables have are theirs; for what they leave out the wording is ours. An optional
field that an update leaves out falls back to its documented default: nothing promises that it stays.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calbridge.core.policy import Media
from calbridge.enterprise.conference import CreateRequest, UpdateRequest
from calbridge.enterprise.endpoint import TIME_FORMAT
from calbridge.enterprise.messages import FieldMessage, ScheduleMessage
from calbridge.sandbox.bookings import Conference, Details, Invited, Slot
from calbridge.sandbox.contacts import Contact, contact_for, contacts
from calbridge.sandbox.people import Host, host_by_id, zone_asked_for
from calbridge.sandbox.plans import Feature
from calbridge.sandbox.refusals import Missing, Refused
from calbridge.sandbox.state import State

YEARS: Final = range(1971, 2200)
LONGEST_MINUTES: Final = 366 * 24 * 60
UNSCHEDULED_MINUTES: Final = 60


def misshapen(error: ValidationError) -> Refused:
    """Say what is wrong with a request that its declaration does not take; the documented messages go first."""
    wrong = error.errors(include_input=False)
    for found in wrong:
        if found["loc"][:1] == ("participants",):
            return Refused(FieldMessage.PARTICIPANTS_NO_ARRAY)
        if found["loc"] == ("schedule",):
            return Refused(f"{ScheduleMessage.UNPARSABLE} It must be text.")
    return Refused(_undocumented(wrong[0]))


def slot(request: CreateRequest | UpdateRequest) -> Slot:
    """Read when it is to happen. Raises `Refused`."""
    zone = zone_asked_for(request.time_zone)
    try:
        start = datetime.strptime(request.start, TIME_FORMAT)  # noqa: DTZ007 - local; its zone is a field of its own
    except ValueError:
        raise Refused("start is not a time of the calendar") from None
    if start.year not in YEARS or request.duration > LONGEST_MINUTES:
        raise Refused("start or duration is out of range")
    return Slot(start, zone, request.duration)


def new_details(state: State, host: Host, request: CreateRequest) -> Details:
    """Read a create. Raises `Refused`."""
    check_may_host(host, one_time=request.one_time_access_code)
    _check_pin(request, one_time=request.one_time_access_code)
    invited = _invited(state, host, request) | dict(_invited_hosts(state, host, request))
    return _details(
        state,
        host,
        request,
        invited,
        host_initiated_recording=request.host_initiated_recording or False,
        broadcast_url=request.broadcast_stream_url,
    )


def check_may_host(host: Host, *, one_time: bool) -> None:
    """Check that a host can have a conference at all, and one with a code of its own. Raises `Refused`."""
    if not host.held.may_host:
        raise Refused("The host has no active plan, and can't host meetings")
    if one_time and Feature.ONE_TIME_ACCESS_CODE not in host.features:
        raise Refused(FieldMessage.ONE_TIME_ACCESS_CODE)


def slot_from(host: Host, now: datetime) -> Slot:
    """Give a conference that nobody scheduled its time: from now on, as the host's clock shows it."""
    slot = Slot(
        now.astimezone(ZoneInfo(host.profile.time_zone)).replace(tzinfo=None, microsecond=0),
        host.profile.time_zone,
        UNSCHEDULED_MINUTES,
    )
    if slot.starts <= now < slot.ends:
        return slot
    return Slot(now.replace(tzinfo=None, microsecond=0), "UTC", UNSCHEDULED_MINUTES)  # her clock shows this hour twice


def unscheduled_details(state: State, host: Host) -> Details:
    """Give a conference that nobody scheduled what the host's profile says."""
    profile = host.profile
    organizer = contact_for(state, host.id, profile.email, profile.name)
    return Details(
        subject=f"{profile.name}'s Meeting",
        agenda="",
        minutes=UNSCHEDULED_MINUTES,
        auto_record=profile.auto_record,
        auto_stream=profile.auto_stream,
        auto_transcribe=False,
        mute_mode="conversation",
        host_initiated_recording=profile.host_initiated_recording,
        security_pin=None,
        broadcast_url=None,
        invited=(Invited(organizer.id, organizer.email, moderator=True),),
    )


def changed_details(state: State, host: Host, conference: Conference, request: UpdateRequest) -> Details:
    """Read an update; what only a create can set stays. Raises `Refused`."""
    one_time = conference.keys.access_code is not None and request.one_time_access_code is not False
    _check_pin(request, one_time=one_time)
    return _details(
        state,
        host,
        request,
        _invited(state, host, request),
        host_initiated_recording=conference.details.host_initiated_recording,
        broadcast_url=conference.details.broadcast_url,
    )


def _details(
    state: State,
    host: Host,
    request: CreateRequest | UpdateRequest,
    invited: dict[Contact, bool],
    *,
    host_initiated_recording: bool,
    broadcast_url: str | None,
) -> Details:
    _check_features(host, request)
    organizer = contact_for(state, host.id, host.profile.email, host.profile.name)
    everybody = {organizer: True} | {
        contact: moderator for contact, moderator in invited.items() if contact != organizer
    }
    return Details(
        subject=request.subject,
        agenda=request.agenda,
        minutes=request.duration,
        auto_record=request.auto_record or "none",
        auto_stream=request.auto_stream or "none",
        auto_transcribe=request.auto_transcribe or False,
        mute_mode=request.mute_mode or "conversation",
        host_initiated_recording=host_initiated_recording,
        security_pin=request.security_pin or None,
        broadcast_url=broadcast_url,
        invited=tuple(Invited(contact.id, contact.email, moderator) for contact, moderator in everybody.items()),
    )


def _check_features(host: Host, request: CreateRequest | UpdateRequest) -> None:
    features = host.features
    if request.auto_record == "audio" and Feature.RECORDING not in features:
        raise Refused(FieldMessage.RECORDING)
    if request.auto_record == "video" and Feature.VIDEO_RECORDING not in features:
        raise Refused(FieldMessage.VIDEO_RECORDING)
    if request.auto_transcribe and Feature.TRANSCRIPTION not in features:
        raise Refused(FieldMessage.TRANSCRIPTION)
    check_media(request.auto_record or "none", request.auto_stream or "none")


def check_media(recorded: Media, streamed: Media) -> None:
    """Check that what is both recorded and streamed is the same. Raises `Refused`."""
    if "none" not in (recorded, streamed) and recorded != streamed:
        raise Refused("auto_record and auto_stream must be the same value")


def _check_pin(request: CreateRequest | UpdateRequest, *, one_time: bool) -> None:
    if request.security_pin and not one_time:
        raise Refused(FieldMessage.PIN_NEEDS_ONE_TIME)


def _invited(state: State, host: Host, request: CreateRequest | UpdateRequest) -> dict[Contact, bool]:
    """Whom it names by contact id or address, and whether as moderators; new addresses join the host's contacts."""
    ids = request.participants or ()
    known = contacts(state, host.id, ids)
    if len(known) < len(set(ids)):
        raise Refused(FieldMessage.PARTICIPANTS_UNKNOWN)
    by_address = ((contact_for(state, host.id, who.email), who.moderator) for who in request.participant_emails or ())
    return dict.fromkeys(known, False) | dict(by_address)


def _invited_hosts(state: State, host: Host, request: CreateRequest) -> Iterator[tuple[Contact, bool]]:
    for who in request.participant_hosts or ():
        try:
            other = host_by_id(state, who.host_id)
        except Missing:
            other = None
        if other is None or other.company_id != host.company_id:
            raise Refused("participant_hosts has a host that is not in the same company")
        yield contact_for(state, host.id, other.profile.email, other.profile.name), who.moderator


_MEMBERS: Final = frozenset({"int", "str", "constrained-int", "constrained-str"})
"""What pydantic calls the types of a field that has several: no names that a request knows."""


def _undocumented(wrong: ErrorDetails) -> str:
    key = ".".join(str(part) for part in wrong["loc"] if part not in _MEMBERS)
    match wrong["type"]:
        case "missing":
            return f"Missing parameter: {key}"
        case "extra_forbidden":
            return f"Unknown parameter: {key}"
        case "tuple_type":
            return f"Invalid parameter: {key}: Input should be a valid array"
        case "model_type":
            return f"Invalid parameter: {key}: Input should be a valid object"
        case _:
            return f"Invalid parameter: {key}: {wrong['msg']}"

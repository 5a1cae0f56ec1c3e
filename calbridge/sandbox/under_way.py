"""What is done to conferences that are under way or over.

conference/end, stop_streaming, fetch_livestream_viewer_count, dial_number, message/create, delete_recordings and
delete_transcriptions.
"""

from typing import Any, Final

from calbridge.enterprise import conference as declared
from calbridge.enterprise.messages import OK
from calbridge.sandbox import attendance, bookings, recordings, streams
from calbridge.sandbox.attendance import Guest
from calbridge.sandbox.bookings import Conference
from calbridge.sandbox.calls import Call, Json, Route
from calbridge.sandbox.people import host_by_id, host_within
from calbridge.sandbox.refusals import Refused

LONGEST_MESSAGE: Final = 4000


def end(call: Call, request: declared.EndRequest) -> Json:
    """Everyone is out; the time that was planned is over, too."""
    attendance.end(call.state, _active(call, request), call.now)
    return {"message": OK}


def stop_streaming(call: Call, request: declared.StopStreamingRequest) -> Json:
    """Stop the stream, for good."""
    conference = _active(call, request)
    if not streams.is_streaming(conference, call.now):
        raise Refused("Conference is not streaming")
    streams.stop(call.state, conference)
    return {"message": OK}


def fetch_livestream_viewer_count(call: Call, request: declared.FetchLivestreamViewerCountRequest) -> Json:
    """Who has the stream's page open; 0 where there is no stream."""
    return {"count": streams.viewers(call.state, _own(call, request), call.now)}


def dial_number(call: Call, request: declared.DialNumberRequest) -> Json:
    """Call someone, who answers at once, presses one, and stays until the last browser has left."""
    conference = _active(call, request)
    phone = "+" + request.phone_number.removeprefix("+")
    guest = Guest(request.name or request.phone_number, email=None, moderator=False, phone=phone)
    attendance.join(call.state, conference, guest, call.now)
    host = host_by_id(call.state, conference.host_id)
    invitation = f"{host.profile.name} has invited you to a meeting with the subject {conference.details.subject}"
    read = f"Read to {guest.name}: {request.invitation_text or invitation}"
    attendance.say(call.state, conference, None, read, call.now)
    return {"dialout_status": "new"}


def create_message(call: Call, request: declared.CreateMessageRequest) -> Json:
    """A message from "System", which everyone there reads."""
    conference = _active(call, request)
    if not request.message.strip() or len(request.message) > LONGEST_MESSAGE:
        raise Refused(f"message must have 1 to {LONGEST_MESSAGE} characters")
    attendance.say(call.state, conference, None, request.message, call.now)
    return {"message": OK}


def delete_recordings(call: Call, request: declared.DeleteRecordingsRequest) -> Json:
    """All of them, and with them what was written out."""
    recordings.delete(call.state, _over(call, request).id)
    return {"message": OK}


def delete_transcriptions(call: Call, request: declared.DeleteTranscriptionsRequest) -> Json:
    """What was written out; the recordings stay."""
    recordings.delete_transcripts(call.state, _over(call, request).id)
    return {"message": OK}


def _own(call: Call, request: declared.ConferenceRequest) -> Conference:
    conference = bookings.live(call.state, request.conference_id)
    host_within(call.state, call.principal, conference.host_id)
    return conference


def _active(call: Call, request: declared.ConferenceRequest) -> Conference:
    conference = _own(call, request)
    if not attendance.is_active(call.state, conference, call.now):
        raise Refused("Conference is not active")
    return conference


def _over(call: Call, request: declared.ConferenceRequest) -> Conference:
    conference = _own(call, request)
    if conference.over_at > call.now or attendance.present(call.state, conference.id):
        raise Refused("Conference is not over")
    return conference


ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.END, end),
    Route(declared.STOP_STREAMING, stop_streaming),
    Route(declared.FETCH_LIVESTREAM_VIEWER_COUNT, fetch_livestream_viewer_count),
    Route(declared.DIAL_NUMBER, dial_number),
    Route(declared.CREATE_MESSAGE, create_message),
    Route(declared.DELETE_RECORDINGS, delete_recordings),
    Route(declared.DELETE_TRANSCRIPTIONS, delete_transcriptions),
)

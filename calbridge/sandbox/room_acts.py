"""What people do in a room: join, leave, write; and what moderators do there besides."""

from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Final

from calbridge.sandbox import attendance, bookings, doors, files, recordings, streams
from calbridge.sandbox.attendance import Guest, Participant
from calbridge.sandbox.bookings import Conference
from calbridge.sandbox.doors import Door
from calbridge.sandbox.plans import Feature
from calbridge.sandbox.refusals import Forbidden, Refused
from calbridge.sandbox.state import State

LONGEST_NAME: Final = 80
LONGEST_ADDRESS: Final = 254
LONGEST_MESSAGE: Final = 4000

Form = Mapping[str, str]


def join(state: State, door: Door, form: Form, now: datetime) -> str:
    """Come in, or wait to be let in. Gives the ticket; raises `Refused` in words for the page."""
    name = " ".join(form.get("name", "").split())[:LONGEST_NAME]
    if not name:
        raise Refused("Please enter your name.")
    conference = doors.enter(state, door, now)
    asked_pin = conference.details.security_pin
    if asked_pin is not None and not _same(asked_pin, form.get("pin", "").strip()):
        raise Refused("That is not this meeting's security PIN.")
    moderator = _moderates(door, form)
    guest = Guest(name, form.get("email", "").strip()[:LONGEST_ADDRESS] or None, moderator)
    return attendance.join(state, conference, guest, now, wait=door.host.profile.waiting_room and not moderator)


def act(state: State, door: Door, seat: Participant, form: Form, now: datetime) -> None:
    """Do what a button says. Raises `Refused`, `Forbidden` or `Missing`."""
    conference = bookings.live(state, seat.conference_id)
    here = seat.id in {who.id for who in attendance.present(state, conference.id)}
    match form.get("do", ""):
        case "leave":
            attendance.leave(state, conference, seat, now)
        case "return" if conference.ended_at is None and not here:
            attendance.come_in(state, conference, seat, now)
        case "say" if here:
            _say(state, conference, seat, form, now)
        case _ if here and seat.moderator:
            _moderate(state, door, seat, form, now)
        case _:
            raise Forbidden("Not allowed here")


def _moderate(state: State, door: Door, seat: Participant, form: Form, now: datetime) -> None:
    conference = bookings.live(state, seat.conference_id)
    match form["do"]:
        case "end":
            attendance.end(state, conference, now)
        case "record-audio" if Feature.RECORDING in door.host.features:
            recordings.begin(state, conference.id, "audio", now)
        case "record-video" if Feature.VIDEO_RECORDING in door.host.features:
            recordings.begin(state, conference.id, "video", now)
        case "stop-recording":
            recordings.stop(state, conference, now)
        case "stop-streaming":
            streams.stop(state, conference)
        case "admit":
            attendance.come_in(state, conference, _other(state, conference, form), now)
        case "remove":
            attendance.leave(state, conference, _other(state, conference, form), now)
        case "show":
            file = files.of_host(state, conference.host_id, _number(form, "file"))
            attendance.say(state, conference, seat, "", now, file.id)
        case _:
            raise Forbidden("Not allowed here")


def _say(state: State, conference: Conference, seat: Participant, form: Form, now: datetime) -> None:
    text = form.get("text", "").strip()
    if not text:
        raise Refused("Please write a message.")
    attendance.say(state, conference, seat, text[:LONGEST_MESSAGE], now)


def _moderates(door: Door, form: Form) -> bool:
    token, pin = form.get("moderator_token", ""), form.get("moderator_pin", "").strip()
    if pin and not _same(door.host.profile.moderator_pin, pin):
        raise Refused("That is not the host's moderator PIN.")
    if token and not door.made_moderator_by(token):
        raise Refused("This moderator link is not one of this room. Open the room without it to take part.")
    return bool(pin or token)


def _other(state: State, conference: Conference, form: Form) -> Participant:
    other = attendance.by_id(state, _number(form, "who"))
    if other.conference_id != conference.id:
        raise Forbidden("Not allowed here")
    return other


def _number(form: Form, key: str) -> int:
    text = form.get(key, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode())

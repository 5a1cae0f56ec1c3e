"""Which room a code opens, and which of its conferences one gets into.

ASSUMPTION: a conference is opened a quarter of an hour early. Outside the times of a room's conferences its code makes
a new one, which nobody scheduled (reference: "Access Code and Moderator PIN life cycle").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from calbridge.sandbox import attendance, bookings, demands, series
from calbridge.sandbox.bookings import Conference, Slot, from_row
from calbridge.sandbox.people import Host, host_by_access_code, host_by_id
from calbridge.sandbox.refusals import Missing
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

CODE_LIFETIME: Final = timedelta(hours=72)
"""How long after its end a one-time code still opens the room."""

EARLY: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Door:
    """A room. `current` is the conference that one gets into right now, if there is one already."""

    host: Host
    conferences: tuple[Conference, ...]
    current: Conference | None
    dedicated: bool

    @property
    def first(self) -> Conference | None:
        """The conference that the room was made for, or its series' master; a dedicated room has none."""
        return None if self.dedicated else next(one for one in self.conferences if one.instance is None)

    @property
    def needs_pin(self) -> bool:
        """Whether a security PIN is asked for."""
        shown = self.current or self.first
        return shown is not None and shown.details.security_pin is not None

    def made_moderator_by(self, token: str) -> bool:
        """Whether this is the moderator token of one of its conferences."""
        return any(compare_digest(one.keys.moderator_token.encode(), token.encode()) for one in self.conferences)


def find(state: State, settings: Settings, code: str, now: datetime) -> Door:
    """Find the room that a code opens. Raises `Missing` for an unknown, a cancelled or an expired one."""
    host = host_by_access_code(state, code)
    if host is not None:
        series.extend_all(state, settings, host.id, now)
        return _door(state, settings, host, room_of(state, host), now, dedicated=True)
    found = _with_code(state, code)
    if not found:
        raise Missing("Room not found")
    host = host_by_id(state, found[0].host_id)
    series.extend_all(state, settings, host.id, now)
    door = _door(state, settings, host, _with_code(state, code), now, dedicated=False)
    made_for = [one for one in door.conferences if not one.reservationless] or door.conferences[:1]
    taken = door.current is not None and attendance.present(state, door.current.id)
    if not taken and max(map(_open_until, made_for)) < now:
        raise Missing("Room no longer open")
    return door


def enter(state: State, door: Door, now: datetime) -> Conference:
    """Get into the current conference, or begin one. Raises `Refused` where the host may have none."""
    demands.check_may_host(door.host, one_time=False)
    if door.current is not None:
        return door.current
    first = door.first
    slot = demands.slot_from(door.host, now)
    if first is None:
        details = demands.unscheduled_details(state, door.host)
        return bookings.add_at_once(state, door.host.id, slot, details, bookings.keys_of_dedicated_room())
    again = Slot(slot.local_start, slot.zone, first.slot.minutes)
    return bookings.add_at_once(state, door.host.id, again, first.details, first.keys)


def room_of(state: State, host: Host) -> tuple[Conference, ...]:
    """A host's conferences in her dedicated room, by start."""
    query = "SELECT * FROM conference WHERE host_id = ? AND access_code IS NULL AND NOT cancelled ORDER BY starts, id"
    return tuple(map(from_row, state.rows(query, host.id)))


def occasions(settings: Settings, conferences: Sequence[Conference], now: datetime) -> list[Conference]:
    """The times still to come; a master counts where it stands for its first instance, or that is not in view yet."""
    in_view = {one.master_id for one in conferences if one.instance is not None}
    return [
        one
        for one in conferences
        if one.over_at > now and not (one.is_master and settings.first_instance_child and one.id in in_view)
    ]


def _with_code(state: State, code: str) -> tuple[Conference, ...]:
    """A code's conferences; none once the one that it was made for is cancelled."""
    query = "SELECT * FROM conference WHERE access_code = ?1 OR secret = ?1 ORDER BY id"
    found = list(map(from_row, state.rows(query, code)))
    standing = [one for one in found if not one.cancelled]
    if found and not any(one for one in standing if not one.reservationless or one.id == found[0].id):
        return ()
    return tuple(sorted(standing, key=lambda one: (one.slot.starts, one.id)))


def _door(
    state: State, settings: Settings, host: Host, conferences: tuple[Conference, ...], now: datetime, *, dedicated: bool
) -> Door:
    going_on = [one for one in conferences if one.ended_at is None and attendance.present(state, one.id)]
    due = [one for one in occasions(settings, conferences, now) if one.slot.starts - EARLY <= now]
    return Door(host, conferences, next(iter((*going_on, *due)), None), dedicated)


def _open_until(conference: Conference) -> datetime:
    if conference.is_master and conference.series_ends is None:
        return datetime.max.replace(tzinfo=conference.slot.ends.tzinfo)
    return max(conference.slot.ends, conference.series_ends or conference.slot.ends) + CODE_LIFETIME

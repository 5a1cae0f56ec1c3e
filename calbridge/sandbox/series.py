"""Series: a master and its children, made as their dates come within 18 months."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from calbridge.sandbox.bookings import Conference, Slot, add_children, from_row, live
from calbridge.sandbox.expansion import CYCLE_YEARS, dates, first_date, months_later, wall_times
from calbridge.sandbox.schedule import Schedule, never_fires, parse
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

HORIZON_MONTHS: Final = 18
"""How far ahead conferences are listed."""


def first_slot(schedule: Schedule, asked: Slot) -> Slot:
    """Move a master's start to the schedule's first date. Raises `Refused` if it has none."""
    first = first_date(schedule, asked.local_start.date())
    if first is None:
        raise never_fires()
    return Slot(datetime.combine(first, asked.local_start.time()), asked.zone, asked.minutes)


def expand_anew(state: State, settings: Settings, master: Conference, now: datetime) -> None:
    """Replace all children that have not ended, whatever they had become; their ids go with them.

    One that somebody has come to by now stays what it is.
    """
    state.write(
        "DELETE FROM conference WHERE master_id = ? AND id <> master_id AND ends > ? AND ended_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM participant WHERE conference_id = conference.id)",
        *(master.id, int(now.timestamp())),
    )
    state.write("UPDATE conference SET expanded_to = NULL WHERE id = ?", master.id)
    settle_end(state, master)
    extend(state, settings, live(state, master.id), now)


def settle_end(state: State, master: Conference) -> None:
    """Note when the last instance of the master's schedule ends."""
    ends = _last_end(master)
    seconds = None if ends is None else int(ends.timestamp())
    state.write("UPDATE conference SET series_ends = ? WHERE id = ?", seconds, master.id)


def extend(state: State, settings: Settings, master: Conference, now: datetime) -> None:
    """Make the children that have come into view since the last time; none for dates that are over already."""
    zone = ZoneInfo(master.slot.zone)
    horizon = months_later(now, HORIZON_MONTHS).astimezone(zone).date()
    if master.expanded_to is not None and master.expanded_to >= horizon.isoformat():
        return
    kept = {row["instance"] for row in state.rows("SELECT instance FROM conference WHERE master_id = ?", master.id)}
    due = (each for each in _due(settings, master, horizon, now) if each.isoformat(" ") not in kept)
    add_children(state, master, due)
    state.write("UPDATE conference SET expanded_to = ? WHERE id = ?", horizon.isoformat(), master.id)


def extend_all(state: State, settings: Settings, host_id: int, now: datetime) -> None:
    """Extend every series of a host."""
    masters = state.rows("SELECT * FROM conference WHERE host_id = ? AND master_id = id AND NOT cancelled", host_id)
    for master in map(from_row, masters):
        extend(state, settings, master, now)


def bring_back_children(state: State, master: Conference, now: datetime) -> None:
    """Undo what was changed or cancelled of single instances that have not ended; ids stay."""
    instances = state.rows(
        "SELECT id, instance FROM conference WHERE master_id = ? AND id <> master_id AND (changed OR cancelled)"
        " AND ends > ?",
        *(master.id, int(now.timestamp())),
    )
    for row in instances:
        slot = Slot(datetime.fromisoformat(row["instance"]), master.slot.zone, master.details.minutes)
        state.write(
            "UPDATE conference SET changed = 0, cancelled = 0, local_start = instance, zone = ?, starts = ?"
            " WHERE id = ?",
            *(slot.zone, int(slot.starts.timestamp()), row["id"]),
        )


def _due(settings: Settings, master: Conference, horizon: date, now: datetime) -> Iterator[datetime]:
    start = master.slot.local_start
    for local_start in wall_times(_schedule(master), start, horizon):
        seen = master.expanded_to is not None and local_start.date().isoformat() <= master.expanded_to
        stands_for_it = local_start == start and not settings.first_instance_child
        if not seen and not stands_for_it and Slot(local_start, master.slot.zone, master.slot.minutes).ends > now:
            yield local_start


def _last_end(master: Conference) -> datetime | None:
    """When the last instance ends; None if that is more than the calendar's cycle ahead, or never."""
    schedule, start = _schedule(master), master.slot.local_start
    last = date(start.year + CYCLE_YEARS, 12, 31)
    found = list(dates(schedule, start.date(), last))
    counted_out = schedule.count is not None and len(found) == schedule.count
    run_out = schedule.until is not None and schedule.until <= last
    if not counted_out and not run_out:
        return None
    return Slot(datetime.combine(found[-1], start.time()), master.slot.zone, master.slot.minutes).ends


def _schedule(master: Conference) -> Schedule:
    assert master.schedule is not None
    return parse(master.schedule)

"""What people do to a meeting, and what must have become of it when all is quiet again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from support import ical

from kill.lane import Lane

_DAY = datetime.now(UTC) + timedelta(days=7)
_OTHERS = ("DESCRIPTION:Bring the numbers\\, please.", "LOCATION:Room 5\\, left", "X-FOO;X-BAR=1:kept")


@dataclass(frozen=True)
class Operation:
    """One edit of the calendar `work`. `before` are its events, with their rooms; None where nothing was ever synced.

    `passes` follow the edit before the one that is killed. The event ends up at `place`, if anywhere; `keeps` says
    whether with the room that it had.
    """

    name: str
    edit: Callable[[Lane], object]
    before: Mapping[str, str] | None = None
    passes: int = 0
    place: str | None = "work/plan"
    keeps: bool = True


def _at(hour: int, *, days: int = 0) -> str:
    return f"{_DAY + timedelta(days=days):%Y%m%d}T{hour:02}0000"


def _event(*more: str, summary: str = "Planning @meet", hour: int = 10) -> str:
    return ical.vevent(*_OTHERS, *more, summary=summary, start=_at(hour), end=_at(hour + 1))


def _put(text: str, lane: Lane) -> None:
    lane.dav.put("work/plan", text)


def _change(*lines: str) -> Callable[[Lane], None]:
    return lambda lane: _put(ical.change(lane.dav.get("work/plan"), *lines), lane)


def _create(lane: Lane) -> None:
    _put(ical.calendar_object(_event()), lane)


def _delete(lane: Lane) -> None:
    lane.dav.delete("work/plan")


def _move_instance(lane: Lane) -> None:
    start, end = (f"{name};TZID=Europe/Paris:{_at(hour, days=8)}" for name, hour in (("DTSTART", 14), ("DTEND", 15)))
    _put(ical.override(lane.dav.get("work/plan"), _at(10, days=7), start, end), lane)


def _move(lane: Lane) -> None:
    text = lane.dav.get("work/plan")
    lane.dav.delete("work/plan")
    lane.dav.make_calendar("home")
    lane.dav.put("home/plan", text)


_STAYS = ical.vevent(uid="stay@x", summary="Stays @meet", start=_at(8), end=_at(9))
_ONCE = {"plan": _event(), "stay": _STAYS}
_WEEKLY = {"plan": _event("RRULE:FREQ=WEEKLY"), "stay": _STAYS}

OPERATIONS = (
    Operation("create", _create, keeps=False),
    Operation("update", _change("SUMMARY:Review @meet", f"DTEND;TZID=Europe/Paris:{_at(12)}"), _ONCE),
    Operation("cancel", _delete, _ONCE, passes=1, place=None),
    Operation("instance update", _move_instance, _WEEKLY),
    Operation("instance cancel", _change(f"EXDATE;TZID=Europe/Paris:{_at(10, days=7)}"), _WEEKLY),
    Operation("write-back", _create, _ONCE),
    Operation("move", _move, _ONCE, place="home/plan"),
    Operation("replace", _change("RRULE:FREQ=WEEKLY"), _ONCE, keeps=False),
    Operation("adopt", Lane.lose_database, _ONCE),
)
"""`write-back` is into an event that an app stored without our lines, `adopt` after the database was lost."""

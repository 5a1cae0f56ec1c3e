"""The demo's calendars: a dozen telling events, dated from today, and what people then do to them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

ZONE = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """One event in the calendar of `user`; `lines` are its own properties, further VEVENTs stand in `overrides`."""

    user: str
    name: str
    lines: tuple[str, ...]
    overrides: tuple[tuple[str, ...], ...] = ()

    @property
    def body(self) -> bytes:
        """The calendar object."""
        events = (self._vevent(lines) for lines in (self.lines, *self.overrides))
        return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//calbridge//demo//EN", *events, _END)).encode()

    def _vevent(self, lines: tuple[str, ...]) -> str:
        head = ("BEGIN:VEVENT", f"UID:{self.name}@demo.example.com", "DTSTAMP:20260101T000000Z")
        return "\r\n".join((*head, *lines, "END:VEVENT"))


_END = "END:VCALENDAR\r\n"


def calendars(today: date) -> tuple[DemoEvent, ...]:
    """Everything that the two hosts have in their calendars."""
    monday, tuesday, wednesday, thursday, friday = (_next(today, weekday) for weekday in range(5))
    kickoff = ("SUMMARY:Project kick-off @meet", *_INVITED, *_at(monday, "14:00", 90))
    cancelled = _stamp(thursday + timedelta(weeks=2), "15:00")
    return (
        _event("alice", "kickoff", *kickoff),
        _event("alice", "standup", "SUMMARY:Stand-up @meet", *_at(monday, "09:15", 15), _STANDUP),
        _event("alice", "review", *_REVIEW, *_at(_last_friday(today), "16:00", 60)),
        _event("alice", "strategy", *_STRATEGY, *_at(monday + timedelta(weeks=8), "10:00", 240)),
        _event("alice", "jour-fixe", *_JOUR_FIXE, *_at(tuesday - timedelta(weeks=60), "11:00", 45)),
        _moved(wednesday),
        _event("alice", "sales", *_SALES, *_at(thursday, "15:00", 30), f"EXDATE;TZID={ZONE}:{cancelled}"),
        _event("alice", "private", "SUMMARY:Doctor @meet", "CLASS:PRIVATE", *_at(monday, "08:00", 30)),
        _event("alice", "team-day", "SUMMARY:Team day @meet", f"DTSTART;VALUE=DATE:{monday:%Y%m%d}"),
        _event("alice", "watch", "SUMMARY:Server watch @meet", *_at(monday, "00:00", 5), "RRULE:FREQ=HOURLY"),
        _event("bob", "kickoff", *kickoff),
        _event("bob", "office-hour", *_OFFICE_HOUR, *_at(friday, "13:00", 60)),
        _event("bob", "interview", "SUMMARY:Interview @meet", *_at(wednesday, "10:00", 60)),
        _event("bob", "lunch", "SUMMARY:Lunch", *_at(monday, "12:00", 60)),
    )


def edited(today: date) -> tuple[DemoEvent, ...]:
    """What people change: a new title, another hour, one more cancelled instance."""
    monday, tuesday = _next(today, 0), _next(today, 1)
    cancelled = _stamp(tuesday + timedelta(weeks=1), "11:00")
    return (
        _event("alice", "kickoff", "SUMMARY:Kick-off of Heron @meet", *_INVITED, *_at(monday, "14:00", 90)),
        _event("alice", "standup", "SUMMARY:Stand-up @meet", *_at(monday, "09:45", 15), _STANDUP),
        _event(
            "alice",
            "jour-fixe",
            *_JOUR_FIXE,
            *_at(tuesday - timedelta(weeks=60), "11:00", 45),
            f"EXDATE;TZID={ZONE}:{cancelled}",
        ),
    )


DELETED = ("bob", "interview")
"""The event that is deleted."""


_INVITED = ("ORGANIZER:mailto:alice@example.com", "ATTENDEE:mailto:bob@example.com")
_STANDUP = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR"
_REVIEW = ("SUMMARY:Month's review", "CATEGORIES:Conference", "RRULE:FREQ=MONTHLY;BYDAY=-1FR")
_STRATEGY = ("SUMMARY:Strategy day @meet", "RRULE:FREQ=YEARLY")
_JOUR_FIXE = ("SUMMARY:Jour fixe @meet", "RRULE:FREQ=WEEKLY")
_SALES = ("SUMMARY:Sales call @meet", "RRULE:FREQ=WEEKLY;COUNT=10")
_OFFICE_HOUR = ("SUMMARY:Office hour @meet:room", "RRULE:FREQ=WEEKLY")
_DESIGN = "SUMMARY:Design round @meet"


def _event(user: str, name: str, *lines: str) -> DemoEvent:
    return DemoEvent(user, name, lines)


def _moved(first: date) -> DemoEvent:
    """A series with one instance moved by a day."""
    second = first + timedelta(weeks=1)
    moved = (
        f"RECURRENCE-ID;TZID={ZONE}:{_stamp(second, '17:00')}",
        _DESIGN,
        *_at(second + timedelta(days=1), "17:00", 60),
    )
    return DemoEvent("alice", "design", (_DESIGN, *_at(first, "17:00", 60), "RRULE:FREQ=WEEKLY"), (moved,))


def _at(day: date, clock: str, minutes: int) -> tuple[str, str]:
    return (f"DTSTART;TZID={ZONE}:{_stamp(day, clock)}", f"DURATION:PT{minutes}M")


def _stamp(day: date, clock: str) -> str:
    return f"{datetime.combine(day, time.fromisoformat(clock)):%Y%m%dT%H%M%S}"


def _next(today: date, weekday: int) -> date:
    """The first such weekday that is at least two days ahead."""
    soon = today + timedelta(days=2)
    return soon + timedelta(days=(weekday - soon.weekday()) % 7)


def _last_friday(today: date) -> date:
    month_end = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    friday = month_end - timedelta(days=(month_end.weekday() - 4) % 7)
    return friday if friday > today else _last_friday(month_end + timedelta(days=1))

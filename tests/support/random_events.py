"""Random recurring events, most of them such as people make, some such as nobody should; and their iCalendar text."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting
from calbridge.core.policy import Owner, Policy
from support.judge import Change, Event, Rule, instant

POLICY = Policy("main", Owner(9, frozenset({"alice@example.com"}), "Europe/Berlin"))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = timedelta(days=450)
"""How far from now on events are compared: what is settled as wished, wherever it was moved from."""

FIRST, LAST = NOW.date() - timedelta(days=9), (NOW + WINDOW).date() + timedelta(days=45)
"""The days within which the instances of an event are looked for."""

ZONES = (
    "Europe/Berlin",
    "Europe/Berlin",
    "America/New_York",
    "UTC",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Antarctica/Troll",  # two hours
    "Africa/Cairo",  # changes at midnight
    "America/Santiago",
    "Africa/Casablanca",  # changes around Ramadan
    "Pacific/Chatham",
    "Europe/Dublin",
)
CLOCKS = (time(9), time(9), time(14, 30), time(2, 30), time(0, 15), time(23, 45), time(1, 59, 30))
FREQUENCIES = ("DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY")


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event whose rules say a day or more."""
    zone, start = ZoneInfo(draw(st.sampled_from(ZONES))), draw(_starts())
    ruled = draw(st.integers(0, 19))
    rules = tuple(draw(rules_of(start, zone)) for _ in range(0 if ruled == 19 else 2 if ruled > 15 else 1))
    on_rule = draw(st.booleans())
    if rules and on_rule:
        start = _on_rule(rules[0], zone)
        rules = tuple(replace(rule, start=start) for rule in rules)
    event = Event(zone, start, draw(st.sampled_from((60, 30, 45, 15, 120, 1500))), rules)
    event = replace(event, rdates=draw(_rdates(start, at_least=not rules)))
    if rules and draw(st.integers(0, 11)) == 11:
        event = replace(event, exrules=(draw(rules_of(start, zone, counted=False)),))
    known = [wall for wall in event.walls(FIRST, LAST) if FIRST <= wall.date() <= LAST]
    known = [start, *known[:100]]
    event = replace(event, exdates=draw(_exdates(known)), changes=draw(_changes(known, event)))
    alone = any(each.start for each in event.changes) and draw(st.integers(0, 11)) == 11
    return replace(event, master=not alone)


@st.composite
def rules_of(draw: st.DrawFn, start: datetime, zone: ZoneInfo, *, counted: bool = True) -> Rule:
    """Any rule of a day or more, for a DTSTART."""
    freq = draw(st.sampled_from(FREQUENCIES))
    rule = Rule(freq, start, draw(st.sampled_from((1, 1, 1, 2, 3, 4, 6))), wkst=draw(st.sampled_from((0, 0, 6, 2))))
    rule = draw(_with_days(rule))
    if rule.opening() is None and draw(st.integers(0, 9)) < 9:
        rule = Rule(freq, start, rule.interval)  # most of these never happen at all
    times = draw(st.integers(0, 15))
    if times == 15:
        rule = replace(rule, byhour=tuple(draw(st.lists(st.integers(0, 23), min_size=1, max_size=3, unique=True))))
    if times >= 14:
        rule = replace(rule, byminute=tuple(draw(st.lists(st.sampled_from((0, 15, 30)), max_size=2, unique=True))))
    return draw(_with_end(rule, zone, counted=counted))


@st.composite
def _with_days(draw: st.DrawFn, rule: Rule) -> Rule:
    kind = draw(st.integers(0, 9))
    if kind <= 2:
        return rule
    if rule.freq == "YEARLY" and kind == 3:
        return replace(rule, byyearday=draw(_some(st.integers(1, 366) | st.integers(-366, -1))))
    if rule.freq == "YEARLY" and kind == 4:
        names = tuple((0, name) for name in draw(_some(st.integers(0, 6))))
        numbers = draw(_some(st.integers(1, 53) | st.integers(-3, -1)))
        return replace(rule, wkst=0, byweekno=numbers, byday=names)
    if rule.freq == "MONTHLY" and kind == 3:
        skip = draw(st.sampled_from(("BACKWARD", "FORWARD")))
        return replace(rule, bymonthday=(draw(st.integers(29, 31)),), skip=skip)
    ordinals = st.sampled_from((0, 0, 1, 2, 3, 4, 5, -1, -2)) if rule.freq in {"MONTHLY", "YEARLY"} else st.just(0)
    byday = tuple(draw(st.lists(st.tuples(ordinals, st.integers(0, 6)), max_size=3, unique=True)))
    if draw(st.integers(0, 7)) == 7:
        byday = tuple((0, name) for name in range(5))
    rule = replace(rule, byday=byday)
    if rule.freq != "WEEKLY" and kind >= 7:
        numbers = (1, 13, 28, 29, 30, 31, -1, -3, rule.start.day)
        rule = replace(rule, bymonthday=draw(_some(st.sampled_from(numbers))))
    if kind == 9:
        rule = replace(rule, bymonth=draw(_some(st.integers(1, 12))))
    if (rule.byday or rule.bymonthday) and draw(st.integers(0, 3)) == 3:
        rule = replace(rule, bysetpos=draw(_some(st.sampled_from((1, 2, -1, -2)))))
    return rule


@st.composite
def _with_end(draw: st.DrawFn, rule: Rule, zone: ZoneInfo, *, counted: bool) -> Rule:
    kind = draw(st.integers(0, 5))
    if kind == 4 and counted and rule.start.year > 2024:
        return replace(rule, count=draw(st.sampled_from((30, 10, 100, 5, 2, 1))))
    if kind != 5:
        return rule
    first = max(rule.start.date(), FIRST)
    near = draw(st.sampled_from(rule.instances(zone, first, first + timedelta(days=500))[:200])) + timedelta(
        seconds=draw(st.sampled_from((-1, 0, 0, 1, 40_000)))
    )
    form = draw(st.integers(0, 3))
    return replace(rule, until=near.date() if form == 0 else near if form == 1 else instant(near, zone))


@st.composite
def _starts(draw: st.DrawFn) -> datetime:
    """From half a year back to half a year ahead, or long ago."""
    day = date(2025, 7, 1) + timedelta(days=draw(st.integers(0, 430)))
    if draw(st.integers(0, 9)) == 9:
        day = date(1990, 1, 1) + timedelta(days=draw(st.integers(0, 12_000)))
    return datetime.combine(day, draw(st.sampled_from(CLOCKS)))


def _on_rule(rule: Rule, zone: ZoneInfo) -> datetime:
    """A start that the rule itself says, as most events have one."""
    wall = rule.opening()
    return rule.start if wall is None or (rule.until is not None and instant(wall, zone) > NOW) else wall


@st.composite
def _rdates(draw: st.DrawFn, start: datetime, *, at_least: bool) -> tuple[datetime | date, ...]:
    if not at_least and draw(st.integers(0, 6)) < 6:
        return ()
    begin = max(start, datetime.combine(FIRST, start.time()))
    found: list[datetime | date] = []
    for days in draw(st.lists(st.integers(-20, 430), min_size=1, max_size=4, unique=True)):
        wall = max(start, begin + timedelta(days=days))
        form = draw(st.integers(0, 3))
        found.append(wall.date() if form == 0 else wall + timedelta(hours=5) if form == 1 else wall)
    return tuple(found)


@st.composite
def _exdates(draw: st.DrawFn, known: list[datetime]) -> tuple[datetime | date, ...]:
    walls = draw(st.lists(st.sampled_from(known), max_size=4, unique=True)) if draw(st.booleans()) else []
    return tuple(wall.date() if draw(st.integers(0, 5)) == 0 else wall for wall in walls)


@st.composite
def _changes(draw: st.DrawFn, known: list[datetime], event: Event) -> tuple[Change, ...]:
    """Overrides: cancelled, longer, moved a little, onto or across others, before the first and after the last."""
    walls = draw(st.lists(st.sampled_from(known), max_size=4, unique=True)) if draw(st.booleans()) else []
    found: dict[datetime, Change] = {}
    for wall in walls:
        kind, at = draw(st.integers(0, 5)), instant(wall, event.zone)
        match kind:
            case 0:
                found[at] = Change(wall, None, event.minutes)
            case 1:
                found[at] = Change(wall, at, event.minutes + 30)
            case 2:
                found[at] = Change(wall, instant(draw(st.sampled_from(known)), event.zone), event.minutes)
            case 3:
                found[at] = Change(wall, at + timedelta(days=draw(st.integers(-40, 40))), event.minutes)
            case _:
                found[at] = Change(wall, at + timedelta(minutes=draw(st.sampled_from((-90, 30, 120)))), event.minutes)
    return tuple(found.values())


def _some(values: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)


def meeting_of(event: Event) -> Meeting:
    """The event as it is read from its text."""
    source = CalendarObject("https://dav.example.com/c/", "https://dav.example.com/c/1.ics", '"1"', ical(event))
    read = read_object(source, zone="Europe/Berlin")
    assert isinstance(read, EventSet)
    meeting = read_meeting(read, POLICY)
    assert isinstance(meeting, Meeting), meeting
    assert meeting.skipped == ()
    return meeting


def ical(event: Event) -> bytes:
    """The event as one calendar object. How a time is written depends on it, so that every way occurs."""
    vevents = [_master(event)] if event.master else []
    vevents += [_override(event, change) for change in event.changes]
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(vevents)}END:VCALENDAR\r\n".encode()


def _master(event: Event) -> str:
    lines = [_time("DTSTART", event.start, event.zone), f"DURATION:PT{event.minutes}M"]
    lines += [f"RRULE:{rule.text}" for rule in event.rules]
    lines += [f"EXRULE:{rule.text}" for rule in event.exrules]
    lines += [_time("RDATE", each, event.zone) for each in event.rdates]
    lines += [_time("EXDATE", each, event.zone) for each in event.exdates]
    return _vevent(*lines)


def _override(event: Event, change: Change) -> str:
    identity = _time("RECURRENCE-ID", change.instance, event.zone)
    if change.start is None:
        return _vevent(identity, _time("DTSTART", change.instance, event.zone), "STATUS:CANCELLED")
    end = change.start + timedelta(minutes=change.minutes)
    return _vevent(identity, f"DTSTART:{change.start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}")


def _vevent(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", "UID:random@x", "SUMMARY:Random @meet", *lines, "END:VEVENT", ""))


def _time(name: str, when: datetime | date, zone: ZoneInfo) -> str:
    if not isinstance(when, datetime):
        return f"{name};VALUE=DATE:{when:%Y%m%d}"
    in_utc = zone.key == "UTC" or (name in {"EXDATE", "RECURRENCE-ID"} and when.day % 3 == 0)
    if in_utc:
        return f"{name}:{instant(when, zone):%Y%m%dT%H%M%SZ}"
    return f"{name};TZID={zone.key}:{when:%Y%m%dT%H%M%S}"

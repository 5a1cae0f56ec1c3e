"""How fast recurrences are translated and expanded, beside recurring-ical-events and python-dateutil.

    python benchmarks/recurrence.py [--json FILE]

Each number is the median, over the rules below, of how often one rule can be done in a CPU second (best of several
rounds). All expand the same two years from January 2026; `translate` also finds a schedule and proves it over ten to
28 years. Every event is taken twice: with a DTSTART in 1990 and with one in 2026. All read the rule's text each time;
recurring-ical-events gets its calendar parsed beforehand.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]  # it ships no types
from dateutil.rrule import rrulestr
from icalendar import Calendar

from calbridge.core.instances import gather
from calbridge.core.model import Recurrence
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import translate

ZONE = ZoneInfo("Europe/Berlin")
FROM, TO = datetime(2026, 1, 1, tzinfo=ZONE), datetime(2028, 1, 1, tzinfo=ZONE)
YEARS = (1990, 2026)
ROUNDS = 5

# What calendar apps write, with month and day of a DTSTART that is on the rule, whichever year it is in: `{day}` is its
# day of the week, `{next}` and `{later}` those after it, `{nth}` and `{last}` which one of the month it is.
RULES = (
    ("FREQ=DAILY", "01-05"),
    ("FREQ=DAILY;INTERVAL=1", "03-02"),
    ("FREQ=DAILY;INTERVAL=2", "01-05"),
    ("FREQ=DAILY;INTERVAL=3", "05-11"),
    ("FREQ=DAILY;INTERVAL=10", "01-12"),
    ("FREQ=DAILY;UNTIL=20271231T225959Z", "01-07"),
    ("FREQ=DAILY;WKST=MO", "09-01"),
    ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "01-08"),
    ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270630T215959Z", "01-08"),
    ("FREQ=WEEKLY", "01-05"),
    ("FREQ=WEEKLY", "02-11"),
    ("FREQ=WEEKLY;INTERVAL=1", "04-16"),
    ("FREQ=WEEKLY;INTERVAL=2", "01-09"),
    ("FREQ=WEEKLY;INTERVAL=3", "06-03"),
    ("FREQ=WEEKLY;INTERVAL=4", "01-14"),
    ("FREQ=WEEKLY;WKST=SU", "01-06"),
    ("FREQ=WEEKLY;UNTIL=20271215T080000Z", "01-07"),
    ("FREQ=WEEKLY;UNTIL=20270331T070000Z", "03-17"),
    ("FREQ=WEEKLY;BYDAY={day}", "01-05"),
    ("FREQ=WEEKLY;BYDAY={day}", "10-22"),
    ("FREQ=WEEKLY;WKST=SU;BYDAY={day}", "01-06"),
    ("FREQ=WEEKLY;WKST=MO;BYDAY={day}", "08-19"),
    ("FREQ=WEEKLY;BYDAY={day};UNTIL=20271130T225959Z", "01-15"),
    ("FREQ=WEEKLY;BYDAY={day};UNTIL=20270101T080000Z;WKST=SU", "02-02"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY={day}", "01-08"),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY={day}", "03-09"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY={day};UNTIL=20270920T215959Z", "05-20"),
    ("FREQ=WEEKLY;INTERVAL=3;BYDAY={day};WKST=MO", "01-21"),
    ("FREQ=WEEKLY;INTERVAL=4;BYDAY={day}", "01-29"),
    ("FREQ=WEEKLY;INTERVAL=6;BYDAY={day}", "01-13"),
    ("FREQ=WEEKLY;BYDAY={day},{next}", "01-05"),
    ("FREQ=WEEKLY;BYDAY={day},{later}", "01-06"),
    ("FREQ=WEEKLY;BYDAY={day},{later};UNTIL=20271001T215959Z", "02-03"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY={day},{next};WKST=MO", "01-20"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "01-08"),
    ("FREQ=WEEKLY;WKST=SU;BYDAY=MO,TU,WE,TH,FR", "03-05"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20271224T225959Z", "01-15"),
    ("FREQ=WEEKLY;BYDAY=SU,MO,TU,WE,TH,FR,SA", "01-05"),
    ("FREQ=MONTHLY", "01-05"),
    ("FREQ=MONTHLY", "01-31"),
    ("FREQ=MONTHLY;INTERVAL=1", "02-10"),
    ("FREQ=MONTHLY;INTERVAL=2", "01-15"),
    ("FREQ=MONTHLY;INTERVAL=3", "03-31"),
    ("FREQ=MONTHLY;BYMONTHDAY=15", "01-15"),
    ("FREQ=MONTHLY;BYMONTHDAY=1", "04-01"),
    ("FREQ=MONTHLY;INTERVAL=6;BYMONTHDAY=1", "01-01"),
    ("FREQ=MONTHLY;BYMONTHDAY=10;UNTIL=20271210T080000Z", "01-10"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "01-31"),
    ("FREQ=MONTHLY;BYDAY={nth}", "01-06"),
    ("FREQ=MONTHLY;BYDAY={nth}", "01-14"),
    ("FREQ=MONTHLY;BYDAY={nth};WKST=SU", "02-18"),
    ("FREQ=MONTHLY;BYDAY={last}", "01-30"),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY={nth}", "03-03"),
    ("FREQ=MONTHLY;INTERVAL=3;BYDAY={nth};UNTIL=20271031T225959Z", "01-21"),
    ("FREQ=MONTHLY;BYDAY={day};BYSETPOS=2", "01-13"),
    ("FREQ=MONTHLY;BYDAY={day};BYSETPOS=-1", "01-29"),
    ("FREQ=YEARLY", "03-14"),
    ("FREQ=YEARLY;INTERVAL=1", "11-02"),
    ("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=4", "05-04"),
    ("FREQ=YEARLY;BYMONTH=10;BYDAY={nth}", "10-12"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY={last}", "03-29"),
    ("FREQ=YEARLY;INTERVAL=2", "06-20"),
)
_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Event:
    """One series, in the form that each library takes."""

    rule: str
    start: datetime
    calendar: Calendar

    @property
    def recurrence(self) -> Recurrence:
        """As the bridge reads it."""
        return Recurrence(self.start, (self.rule,))


def events(year: int) -> Iterator[Event]:
    """The series as they would have begun in that year."""
    for rule, day in RULES:
        start = datetime.fromisoformat(f"{year}-{day}T09:00:00").replace(tzinfo=ZONE)
        name = start.weekday()
        said = rule.format(
            day=_NAMES[name],
            next=_NAMES[(name + 1) % 7],
            later=_NAMES[(name + 2) % 7],
            nth=f"{(start.day - 1) // 7 + 1}{_NAMES[name]}",
            last=f"-1{_NAMES[name]}",
        )
        yield Event(said, start, _calendar(said, start))


def _calendar(rule: str, start: datetime) -> Calendar:
    times = (f"DT{edge};TZID={ZONE}:{at:%Y%m%dT%H%M%S}" for edge, at in _edges(start))
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", *times, f"RRULE:{rule}", "END:VEVENT")
    calendar = Calendar.from_ical("\r\n".join((*lines, "END:VCALENDAR", "")).encode())
    assert isinstance(calendar, Calendar)
    return calendar


def _edges(start: datetime) -> tuple[tuple[str, datetime], ...]:
    return ("START", start), ("END", start + timedelta(hours=1))


def translated(event: Event) -> int:
    """The bridge: one schedule, proven; says whether there is one."""
    found = translate(event.recurrence, changed=frozenset(), cancelled=frozenset(), now=FROM, anchor=None)
    return int(not isinstance(found, Misfit))


def expanded(event: Event) -> int:
    """The bridge's own expansion; says how many instances there are, as the others do."""
    found = gather(event.recurrence, frozenset(), FROM)
    assert not isinstance(found, Misfit)
    low, high = found.zone.wall(FROM), found.zone.wall(TO)
    return len([found.zone.at(wall) for wall in found.members(low, high - 1)])


def by_dateutil(event: Event) -> int:
    """python-dateutil."""
    return len(rrulestr(event.rule, dtstart=event.start).between(FROM, TO - timedelta(seconds=1), inc=True))


def by_recurring_ical_events(event: Event) -> int:
    """recurring-ical-events."""
    return len(recurring_ical_events.of(event.calendar).between(FROM, TO))


CONTENDERS: dict[str, Callable[[Event], int]] = {
    "calbridge translate": translated,
    "calbridge expand": expanded,
    "python-dateutil": by_dateutil,
    "recurring-ical-events": by_recurring_ical_events,
}


def rates(by_year: dict[int, list[Event]]) -> dict[str, dict[int, float]]:
    """How often a second, for the median event, each at its best. They take turns: other load slows all of them."""
    best = {(name, year): [float("inf")] * len(RULES) for name in CONTENDERS for year in YEARS}
    for _ in range(ROUNDS):
        for number in range(len(RULES)):
            for (name, year), times in best.items():
                times[number] = min(times[number], _timed(CONTENDERS[name], by_year[year][number]))
    return {name: {year: 1 / median(best[name, year]) for year in YEARS} for name in CONTENDERS}


def _timed(work: Callable[[Event], int], event: Event) -> float:
    """In CPU seconds, the second time: the first one warms the caches that the one before it has cooled."""
    work(event)
    begin = process_time()
    work(event)
    return process_time() - begin


def disagreements(all_events: list[Event]) -> list[str]:
    """Rules that the three count differently in the two years: a benchmark of wrong answers would say nothing."""
    counters = (expanded, by_dateutil, by_recurring_ical_events)
    counted = ((event, [count(event) for count in counters]) for event in all_events)
    return [f"{event.start:%Y} {event.rule}: {counts}" for event, counts in counted if len(set(counts)) > 1]


def main() -> int:
    """Print the table; end with 1 where the libraries disagree."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to this file")
    asked = parser.parse_args()
    by_year = {year: list(events(year)) for year in YEARS}
    per_second = rates(by_year)
    wrong = [line for year in YEARS for line in disagreements(by_year[year])]
    said = sum(translated(event) for year in YEARS for event in by_year[year])
    slowest = "recurring-ical-events"

    print(f"{len(RULES)} rules, two years of instances; per second, median over the rules\n")
    print(f"{'':24}{'DTSTART 1990':>14}{'DTSTART 2026':>14}{'x ' + slowest:>28}{'1990 : 2026':>14}")
    for name, by in per_second.items():
        ratio = min(by[year] / per_second[slowest][year] for year in YEARS)
        print(f"{name:24}{by[1990]:14,.0f}{by[2026]:14,.0f}{ratio:28.1f}{by[1990] / by[2026]:14.2f}")
    print(f"\ntranslated into one schedule: {said} of {2 * len(RULES)}")
    for line in wrong:
        print(f"the libraries disagree on {line}", file=sys.stderr)
    if asked.json:
        asked.json.write_text(json.dumps({"rules": len(RULES), "translated": said, "per_second": per_second}, indent=2))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

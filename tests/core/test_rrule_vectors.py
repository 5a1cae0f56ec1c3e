"""The RRULE vectors of libical, ical.net, google-rfc-2445 and rust-rrule, against our expansion and our translation."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calbridge.core import rrule, schedule
from calbridge.core.clock import Zone
from calbridge.core.expansion import walls
from calbridge.core.model import Recurrence, Series
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import translate

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "rrule_vectors.jsonl"

WEEK_YEAR = "RFC 5545, 3.3.10 leaves open which year week 53 or week 1 belongs to: its week year, as in ISO 8601"
WHOLE_PERIOD = "RFC 5545, 3.3.10: BYSETPOS counts in the whole interval, also where that begins before DTSTART"
OWN_LIMIT = "the other library's limit: RFC 5545 knows none"
FORBIDDEN = "RFC 5545, 3.3.10 forbids this combination; refused"

NOT_THERE = "RFC 5545, table in 3.3.10, has this combination; the other library has not"
ORDINAL = "RFC 5545, 3.3.10: ordwk is 1 to 53; refused"
INCLUSIVE = "RFC 5545, 3.3.10: UNTIL bounds inclusively, and a day ends at its end"
OPEN = "RFC 5545, 3.3.10: what the rule leaves open, here the weekday, comes from DTSTART"

DISPUTED = {
    ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYWEEKNO=1;UNTIL=20320101", "20241230"): NOT_THERE,
    ("FREQ=YEARLY;BYWEEKNO=53;INTERVAL=6;BYDAY=TH;COUNT=1", "20270103"): WEEK_YEAR,
    ("FREQ=YEARLY;BYWEEKNO=53;INTERVAL=5;BYDAY=TH;COUNT=1", "20270103"): WEEK_YEAR,
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "19990101"): WEEK_YEAR,
    ("FREQ=YEARLY", "20240101"): OWN_LIMIT,
    ("FREQ=YEARLY;COUNT=3", "99980101"): OWN_LIMIT,
    ("FREQ=YEARLY;COUNT=1", "99990101"): OWN_LIMIT,
    ("FREQ=YEARLY;INTERVAL=10000000;COUNT=2", "20240101"): OWN_LIMIT,
    ("FREQ=WEEKLY;INTERVAL=2000000000;COUNT=2", "20240101"): OWN_LIMIT,
    ("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU;COUNT=3", "99971228"): OWN_LIMIT,
    ("FREQ=YEARLY;BYWEEKNO=10;BYDAY=1MO;COUNT=3", "20240304"): FORBIDDEN,
    ("FREQ=WEEKLY;COUNT=4;BYDAY=TU,SU;BYMONTHDAY=13,14,15,16,17,18,19,20", "19970805"): FORBIDDEN,
    (
        "FREQ=WEEKLY;WKST=SU;INTERVAL=1;BYMONTH=9,1,12,8;BYMONTHDAY=-9,-29,24;BYSETPOS=-1,-4,10,-6,-1,-10,-10,-9,-8",
        "20060528",
    ): FORBIDDEN,
    ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=13;BYDAY=0MO,SA", "20260613"): ORDINAL,
    ("FREQ=YEARLY;COUNT=3;BYDAY=MO,0SA;BYYEARDAY=1,8", "20290108"): ORDINAL,
    ("FREQ=YEARLY;BYDAY=4TH,0MO;BYMONTH=11;COUNT=3", "20251127"): ORDINAL,
    ("FREQ=WEEKLY;UNTIL=19971007;WKST=SU;BYDAY=TU,TH", "19970902"): INCLUSIVE,
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2", "19970101"): WHOLE_PERIOD,
    (
        "FREQ=WEEKLY;COUNT=13;INTERVAL=1;BYDAY=MO,SA,SU,FR;BYSECOND=6,48,20;BYSETPOS=8,2,5,7,-8,4",
        "19090424",
    ): WHOLE_PERIOD,
    ("FREQ=YEARLY;BYWEEKNO=-1", "19990101"): OPEN,
}


class Vector:
    """One line of the corpus. A DATE is read as midnight, and has no time parts (RFC 5545, section 3.3.10)."""

    def __init__(self, line: dict[str, Any]) -> None:  # Any: JSON
        self.rule = line["rrule"].split(":", 1)[-1].replace("\\n ", "").rstrip(";")
        self.key = (self.rule, line["dtstart"][:8])
        # one vector of google-rfc-2445, for Los Angeles, gives what it expects in UTC
        in_utc = line.get("note", "").startswith("expected values are UTC")
        self.zone: tzinfo = ZoneInfo("America/Los_Angeles" if in_utc else line.get("tzid", "UTC"))
        self.start = _datetime(line["dtstart"], self.zone) if line["dtstart"] else None
        self.all_day = "T" not in line["dtstart"]
        self.expected = [_datetime(each, UTC if in_utc else self.zone) for each in line["expected"]]
        self.complete = line["complete"]

    @property
    def text(self) -> str:
        kept = [
            part
            for part in self.rule.split(";")
            if not self.all_day or not part.startswith(("BYHOUR", "BYMIN", "BYSEC"))
        ]
        return ";".join(kept)


def _datetime(text: str, zone: tzinfo) -> datetime:
    form = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
    return datetime.strptime(text.rstrip("Z"), form).replace(tzinfo=zone)


def _vectors() -> list[Vector]:
    if not CORPUS.exists():
        pytest.skip("shared/corpus is not here")
    return [Vector(json.loads(line)) for line in CORPUS.read_text().splitlines()]


def _walls(vector: Vector, rule: rrule.Rule) -> list[int]:
    assert vector.start is not None
    zone, end = Zone(vector.zone), 10**12
    match rule.until:
        case datetime(tzinfo=None) as local:
            end = zone.wall(local.replace(tzinfo=vector.zone))
        case datetime() as utc:
            end = zone.wall(utc)
        case date() as day:
            end = (day.toordinal() + 1) * 86_400 - 1
    begin = zone.wall(vector.start)
    # one more than expected shows a series that should have ended
    size = rule.count if rule.count and vector.complete else len(vector.expected) + vector.complete
    return list(islice(walls(rule, begin, begin, end), size))


def _daily_or_more(vector: Vector) -> bool:
    said = rrule.parse(vector.text)
    return not isinstance(said, Misfit) or said.rule not in {"rrule.frequency", "rrule.rscale"}


def test_every_vector_expands_as_expected_or_is_disputed() -> None:
    differing: set[tuple[str, str]] = set()
    for vector in filter(_daily_or_more, _vectors()):
        rule = rrule.parse(vector.text)
        found = _walls(vector, rule) if isinstance(rule, rrule.Rule) else []
        if found != [Zone(vector.zone).wall(each) for each in vector.expected]:
            differing.add(vector.key)

    assert differing == DISPUTED.keys()


def test_what_is_sent_expands_to_the_expected_instances_and_the_rest_is_refused() -> None:
    tiers: Counter[str] = Counter()
    for vector in _vectors():
        if vector.start is None or vector.key in DISPUTED:
            tiers["disputed"] += 1
            continue
        event, eve = Recurrence(vector.start, (vector.text,)), vector.start - timedelta(days=1)
        series = translate(event, changed=frozenset(), cancelled=frozenset(), now=eve, anchor=None)
        tiers[series.rule if isinstance(series, Misfit) else f"tier {series.tier}"] += 1
        if isinstance(series, Series):
            meant = _meant(vector)
            assert _said(series, len(meant) + vector.complete) == meant, vector.rule
    _print_table(tiers)

    assert tiers.total() == 381
    assert tiers["tier 1"] + tiers["tier 2"] >= 100


def _print_table(tiers: Counter[str]) -> None:
    for name, count in sorted(tiers.items()):
        print(f"{name:40} {count:4} {count / tiers.total():6.1%}")  # noqa: T201 - the table of tiers, seen with -s


def _said(series: Series, size: int) -> list[datetime]:
    assert series.start is not None
    assert series.schedule is not None
    read = schedule.parse(series.schedule)
    assert isinstance(read, schedule.Schedule)
    found = islice(schedule.expand(read, series.start, after=None, before=None), size)
    return [each.astimezone(UTC) for each in found]


def _meant(vector: Vector) -> list[datetime]:
    """DTSTART is an instance and counts, also where the vector leaves it out (RFC 5545, section 3.8.5.3)."""
    assert vector.start is not None
    rule = rrule.parse(vector.text)
    assert isinstance(rule, rrule.Rule)
    found = sorted({each.astimezone(UTC) for each in (vector.start, *vector.expected)})
    return found[: rule.count] if rule.count else found

"""The RRULE vectors of libical, ical.net, google-rfc-2445 and rust-rrule, and which of them are disputed, by what."""

import json
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

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
        """The rule as an RRULE."""
        kept = [
            part
            for part in self.rule.split(";")
            if not self.all_day or not part.startswith(("BYHOUR", "BYMIN", "BYSEC"))
        ]
        return ";".join(kept)


def _datetime(text: str, zone: tzinfo) -> datetime:
    form = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
    return datetime.strptime(text.rstrip("Z"), form).replace(tzinfo=zone)


def vectors() -> list[Vector]:
    """All of them; the test is skipped where the corpus is not."""
    if not CORPUS.exists():
        pytest.skip("shared/corpus is not here")
    return [Vector(json.loads(line)) for line in CORPUS.read_text().splitlines()]

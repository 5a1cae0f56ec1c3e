"""The calendar files seen in the field, and the calendar objects that a CalDAV server would make of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calbridge.core import contentline
from calbridge.core.model import CalendarObject

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "ics"
CALENDAR = "https://dav.example.com/c/"


def corpus_files() -> list[Path]:
    """Every file; the test is skipped where the corpus is not."""
    files = sorted(CORPUS.rglob("*.ics"))
    if not files:
        pytest.skip("shared/corpus is not here")
    return files


def objects(body: bytes) -> Iterator[CalendarObject]:
    """Make calendar objects of a file, one for each UID, as RFC 4791 wants them: its head, its zones, its events."""
    events = contentline.components(body, "VEVENT")
    by_uid: dict[bytes, list[bytes]] = {}
    for event in events:
        uids = [body[line.start : line.end] for line in event.properties if line.name == "UID"]
        by_uid.setdefault(uids[0] if uids else b"", []).append(body[event.begin.start : event.end.after])
    head = body[: events[0].begin.start] if events else b""
    zones = [body[zone.begin.start : zone.end.after] for zone in contentline.components(body, "VTIMEZONE")]
    for number, vevents in enumerate(by_uid.values()):
        text = b"".join([head, *(zone for zone in zones if zone not in head), *vevents, b"END:VCALENDAR\r\n"])
        yield CalendarObject(CALENDAR, f"{CALENDAR}{number}.ics", '"1"', text)


def whole(body: bytes) -> CalendarObject:
    """The file as one object, whatever a server would say to that."""
    return CalendarObject(CALENDAR, f"{CALENDAR}whole.ics", '"1"', body)

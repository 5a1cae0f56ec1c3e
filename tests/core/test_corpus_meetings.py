"""Every calendar file seen in the field is a meeting or says why not: no exception, no hang."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calbridge.core import contentline
from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Skipped, Unasked
from calbridge.core.policy import Owner, Policy, Select
from calbridge.core.problem import Problem

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "ics"
OWNER = Owner(9, frozenset({"alice@example.com"}), "Europe/Berlin")
POLICIES = (
    Policy("main", OWNER),
    Policy("main", OWNER, Select(trigger=("all",), transparent="include", other_links="include")),
)


def split(body: bytes) -> Iterator[CalendarObject]:
    """Make calendar objects of a file, one for each UID, as a CalDAV server holds them; the file itself is the last."""
    events = contentline.components(body, "VEVENT")
    by_uid: dict[bytes, list[bytes]] = {}
    for event in events:
        uids = [body[line.start : line.end] for line in event.properties if line.name == "UID"]
        by_uid.setdefault(uids[0] if uids else b"", []).append(body[event.begin.start : event.end.after])
    head = body[: events[0].begin.start] if events else b""
    zones = [body[zone.begin.start : zone.end.after] for zone in contentline.components(body, "VTIMEZONE")]
    for number, vevents in enumerate(by_uid.values()):
        text = b"".join([head, *(zone for zone in zones if zone not in head), *vevents, b"END:VCALENDAR\r\n"])
        yield CalendarObject("https://dav.example.com/c/", f"https://dav.example.com/c/{number}.ics", None, text)
    yield CalendarObject("https://dav.example.com/c/", "https://dav.example.com/c/whole.ics", None, body)


def readings(body: bytes) -> Iterator[Problem | Meeting | Skipped | Unasked]:
    for source in split(body):
        events = read_object(source, zone="Europe/Berlin")
        match events:
            case EventSet():
                yield from (read_meeting(events, policy) for policy in POLICIES)
            case Problem():
                yield events
            case None:
                pass


def test_every_file_is_read_without_an_exception_and_in_time() -> None:
    files = sorted(CORPUS.rglob("*.ics"))
    if not files:
        pytest.skip("shared/corpus is not here")
    kinds: dict[type, int] = {}
    for file in files:
        started = time.perf_counter()
        for reading in readings(file.read_bytes()):
            kinds[type(reading)] = kinds.get(type(reading), 0) + 1
            if isinstance(reading, Skipped):
                assert all((reading.problem.where, reading.problem.rule, reading.problem.reason, reading.problem.hint))
        assert time.perf_counter() - started < 5, file  # a guard against hangs, on a machine that others use too
    assert len(files) == 469
    assert kinds[Meeting] > 400
    assert kinds[Problem] < 120

"""What is damaged is no event that asks for nothing: it is a problem, and its room stays."""

import time

import pytest

from calbridge.core.event import read_object
from calbridge.core.model import CalendarObject, EventSet
from calbridge.core.problem import Problem
from calbridge.core.soundness import LARGEST, MOST_LINES

MASTER = b"BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:@meet\r\nDTSTART:20260310T090000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n"
OVERRIDE = (
    b"BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID:20260312T090000Z\r\nDTSTART:20260312T100000Z\r\n"
    b"BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
)
WHOLE = b"BEGIN:VCALENDAR\r\n" + MASTER + OVERRIDE + b"END:VCALENDAR\r\n"


def read(body: bytes) -> EventSet | Problem | None:
    return read_object(CalendarObject("https://d/c/", "https://d/c/a.ics", '"1"', body), zone="UTC")


DAMAGED = {
    "cut between two events": WHOLE.partition(OVERRIDE)[0],
    "cut behind the last event": WHOLE.removesuffix(b"END:VCALENDAR\r\n"),
    "cut before the first event": b"BEGIN:VCALENDAR\r\n",
    "cut within an event": WHOLE[:-40],
    "the master's first line lost": WHOLE.replace(b"BEGIN:VEVENT\r\n", b"", 1),
    "a letter of it wrong": WHOLE.replace(b"BEGIN:VEVENT", b"BEGIN:VEVEJT", 1),
    "its last line lost": WHOLE.replace(b"END:VEVENT\r\n", b"", 1),
    "an alarm's last line lost": WHOLE.replace(b"END:VALARM\r\n", b""),
    "one event within another": WHOLE.replace(b"BEGIN:VALARM", OVERRIDE + b"BEGIN:VALARM"),
    "two events run into each other": b"BEGIN:VCALENDAR\r\n"
    + (OVERRIDE.replace(b"UID:a", b"UID:b") + MASTER).replace(b"END:VEVENT\r\nBEGIN:VEVENT\r\n", b"")
    + b"END:VCALENDAR\r\n",
    "other line breaks": WHOLE.replace(b"\r\n", b"\r"),
}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED.keys())
def test_an_object_that_lost_a_part_is_a_problem_and_never_an_object_without_it(body: bytes) -> None:
    found = read(body)
    assert isinstance(found, Problem)
    assert (found.rule, found.where) == ("event.syntax", "https://d/c/a.ics")


SOUND = {
    "as it should be": WHOLE,
    "lower case": WHOLE.replace(b"BEGIN", b"begin").replace(b"VEVENT", b"vevent"),
    "blanks": WHOLE.replace(b"BEGIN:VEVENT", b"BEGIN : VEVENT "),
    "a kind that is folded": WHOLE.replace(b"BEGIN:VEVENT", b"BEGIN:VEV\r\n ENT"),
    "lines that only look like it": WHOLE.replace(b"SUMMARY", b"X-BEGIN:VEVENT\r\n BEGIN:VEVENT\r\nSUMMARY"),
    "one end too many": WHOLE + b"END:VCALENDAR\r\n",
}


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND.keys())
def test_what_is_only_odd_is_read(body: bytes) -> None:
    found = read(body)
    assert isinstance(found, EventSet)
    assert found.master is not None
    assert len(found.overrides) == 1


def test_more_text_than_any_event_has_is_a_problem_at_once_and_files_in_it_are_none() -> None:
    long = WHOLE.replace(b"SUMMARY", b"DESCRIPTION:" + b"\\n" * LARGEST + b"\r\nSUMMARY")
    many = WHOLE.replace(b"SUMMARY", b"\n" * MOST_LINES + b"SUMMARY")
    attached = WHOLE.replace(b"SUMMARY", b"ATTACH;VALUE=BINARY:" + b"QUJD\r\n " * LARGEST + b"\r\nSUMMARY")
    started = time.process_time()
    assert [found.rule for found in map(read, (long, many)) if isinstance(found, Problem)] == ["event.too-large"] * 2
    assert isinstance(read(attached), EventSet)
    assert time.process_time() - started < 2

"""Events that can't be understood: one line for each, and all others get their rooms."""

import json
import os
import re
from collections.abc import Callable

import pytest
from support.bridge import Dav
from support.desk import Desk, event
from support.gate import flood, gate
from support.ical import calendar_object
from support.scripted_server import Request, Stream

from calbridge.sandbox import RunningSandbox

_EVENT = re.compile(rb"BEGIN:VEVENT.*?END:VEVENT", re.DOTALL)


def _with(line: str) -> Callable[[bytes], bytes]:
    """What the server says of the event Odd, with one of its lines replaced."""
    name = re.split("[;:]", line)[0].encode()

    def edit(found: re.Match[bytes]) -> bytes:
        return (
            re.sub(rb"\n" + name + rb"[;:][^\r\n&]*", b"\n" + line.encode(), found[0])
            if b"Odd@x" in found[0]
            else found[0]
        )

    return lambda body: _EVENT.sub(edit, body)


ODD = {
    "an interval of zero": ("RRULE:FREQ=DAILY;INTERVAL=0", "rrule.interval"),
    "every second": ("RRULE:FREQ=SECONDLY", "rrule.frequency"),
    "no rule at all": ("RRULE:often", "rrule.syntax"),
    "a rule that never fires": ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rrule.never"),
    "a start that is none": ("DTSTART:tomorrow", "event.time"),
    "an unknown zone": ("DTSTART;TZID=Middle-earth/Shire:20300101T100000", "zone.unknown"),
    "an end before the start": ("DTEND;TZID=Europe/Paris:20200101T100000", "event.negative"),
}


@pytest.mark.parametrize(("line", "rule"), ODD.values(), ids=ODD.keys())
def test_an_event_that_cannot_be_said_is_skipped_and_the_others_are_not(
    desk: Desk, alice: Dav, line: str, rule: str
) -> None:
    alice.put("work/odd", calendar_object(event("Odd", "RRULE:FREQ=WEEKLY")))
    alice.put("work/good", calendar_object(event("Good")))
    with gate(alice.root) as through:
        desk.host("alice", 9, alice, url=f"{through.url}/{alice.user}/")
        through.edit = _with(line)
        ran = desk.run("sync", "--json")
    [skipped] = ran.host("alice")["skipped"]
    assert (ran.code, skipped["rule"], ran.host("alice")["problems"]) == (0, rule, [])
    assert skipped["reason"].strip()
    assert skipped["hint"].strip()
    assert "create Good" in ran.actions("alice")
    assert "create Odd" not in ran.actions("alice")


CUT = {
    "cut off": lambda body: body.partition(b"END:VEVENT")[0],
    "a page": lambda body: re.sub(rb"BEGIN:VCALENDAR.*?END:VCALENDAR", b"&lt;html&gt;", body, flags=re.DOTALL),
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT.keys())
def test_an_event_that_does_not_parse_any_more_is_one_problem_and_keeps_its_room(
    desk: Desk, alice: Dav, bob: Dav, sandbox: RunningSandbox, cut: Callable[[bytes], bytes]
) -> None:
    alice.put("work/odd", calendar_object(event("Odd")))
    desk.more = '[safety]\ncancel_grace = "0s"'
    with gate(alice.root) as through:
        desk.host("alice", 9, alice, url=f"{through.url}/{alice.user}/")
        assert desk.run("sync").code == 0
        alice.put("work/odd", calendar_object(event("Odd", days=5)))
        alice.put("work/good", calendar_object(event("Good")))
        through.edit = lambda body: _of_odd(cut, body)
        first, second = desk.run("sync", "--json"), desk.run("sync", "--json")
    assert (first.code, second.code) == (1, 1)
    assert first.problem("alice") == second.problem("alice")
    assert "odd.ics" in first.problem("alice")["where"]
    assert first.actions("alice") == ["create Good", "write-back Good"]
    assert [write.path for write in sandbox.writes()] == ["conference/create"] * 2


def _of_odd(cut: Callable[[bytes], bytes], body: bytes) -> bytes:
    """The cut, in the one object that is the event Odd."""
    objects = re.compile(rb"BEGIN:VCALENDAR.*?END:VCALENDAR", re.DOTALL)
    return objects.sub(lambda found: cut(found[0]) if b"Odd@x" in found[0] else found[0], body)


def test_an_object_of_200_megabytes_costs_neither_memory_nor_the_others(desk: Desk, alice: Dav) -> None:
    alice.put("work/good", calendar_object(event("Good")))
    usual, _ = _peak(desk)
    alice.put("work/huge", calendar_object(event("Huge")))
    alice.put("work/other", calendar_object(event("Other")))
    with gate(alice.root) as through:
        desk.host("alice", 9, alice, url=f"{through.url}/{alice.user}/")
        through.answer = _huge
        peak, out = _peak(desk)
    [problem] = next(host for host in json.loads(out)["hosts"] if host["host"] == "alice")["problems"]
    assert (problem["rule"], "huge.ics" in problem["where"]) == ("object.too-large", True)
    assert '"subject": "Other"' in out
    assert peak < usual + 200 * 1024


def _huge(request: Request) -> Stream | None:
    wanted = request.path if request.method == "GET" else request.body.decode() if request.method == "REPORT" else ""
    return flood(b"BEGIN:VCALENDAR\r\nDESCRIPTION:", megabytes=200) if "huge.ics" in wanted else None


def _peak(desk: Desk) -> tuple[int, str]:
    """Run a sync; its peak resident memory in KiB, and what it printed."""
    process = desk.start("sync", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        out = process.stdout.read()
        process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss, out

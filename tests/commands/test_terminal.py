"""What a person sees: on a terminal, and in a file."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from support.bridge import Dav
from support.desk import Desk, event
from support.ical import calendar_object

LONG = "The quarterly planning of everything that was left over last time"


@pytest.fixture(autouse=True)
def _events(alice: Dav) -> None:
    """Two that get a room, one that can't have one, one that is over."""
    invited = (f"ATTENDEE:mailto:guest{number}@example.net" for number in range(12))
    alice.put("work/long", calendar_object(event("Long", *invited).replace("Long @meet", f"{LONG} @meet")))
    alice.put("work/week", calendar_object(event("Week", "RRULE:FREQ=WEEKLY")))
    alice.put("work/watch", calendar_object(event("Watch", "RRULE:FREQ=HOURLY")))
    alice.put("work/old", calendar_object(event("Old", days=-30)))


def test_a_plan_says_what_is_done_who_may_be_mailed_and_what_is_skipped_and_why(desk: Desk) -> None:
    lines = desk.run("plan").out.splitlines()
    assert lines[0] == "alice: 2 create, 2 write-back"
    assert lines[1] == "  the calendar server may mail this to up to 12 attendees (writeback.notify)"
    assert lines[2].split() == ["action", "subject", "start", "schedule"]
    assert [line.split()[0] for line in lines[3:7]] == ["create", "write-back"] * 2
    assert re.match(
        r"  skipped Watch, 20\d\d-\d\d-\d\d 10:00 Europe/Paris \(Watch@x\): Schedule FREQ must be", lines[7]
    )
    assert lines[7].endswith(" [rrule.frequency]")
    assert lines[8:] == ["  skipped 1 past event [event.past]", "bob: nothing to do"]


def test_a_report_in_a_file_is_aligned_and_never_cut(desk: Desk) -> None:
    lines = desk.run("sync").out.splitlines()
    table = lines[1:6]
    column = table[0].index("room")
    assert len({line[column:].split("/call/")[0] for line in table[1:]}) == 1
    assert all(re.fullmatch(r"http://127\.0\.0\.1:\d+/conf/call/\d+", line[column:]) for line in table[1:])
    assert sum(LONG in line for line in table) == 2
    assert lines == [line.rstrip() for line in lines]


def test_a_narrow_terminal_sees_progress_and_then_the_report_with_whole_rooms(desk: Desk) -> None:
    shown = _on_a_terminal(desk, "sync")
    progress, _, rest = shown.partition("alice: ")
    assert sorted(line.split()[1:3] for line in progress.splitlines()) == [
        ["create", "The"],
        ["create", "Week"],
        ["write-back", "The"],
        ["write-back", "Week"],
    ]
    assert len(re.findall(r"http://127\.0\.0\.1:\d+/conf/call/\d+\n", rest)) == 4
    assert "timestamp=" not in shown


def test_a_quiet_sync_says_so(desk: Desk) -> None:
    assert desk.run("sync").code == 0
    lines = desk.run("sync").out.splitlines()
    told = "  1 event has no room, as before (`calbridge plan` says which and why)"
    assert lines == ["alice: nothing to do", told, "bob: nothing to do"]
    assert desk.run("sync", "--json").json["hosts"][0]["skipped"] != []


def test_a_quiet_sync_tells_what_is_skipped_when_it_is_not_as_before_and_on_a_terminal(desk: Desk, alice: Dav) -> None:
    assert desk.run("sync").code == 0
    assert "skipped Watch" in _on_a_terminal(desk, "sync")
    alice.put("work/day", calendar_object(event("Day", "RRULE:FREQ=MINUTELY")))
    lines = desk.run("sync").out.splitlines()
    assert ([line.split()[1].strip(",") for line in lines if "skipped" in line], "as before" in "".join(lines)) == (
        ["Day", "Watch", "1"],
        False,
    )


def test_meetings_that_will_end_are_counted_until_they_do(desk: Desk, alice: Dav) -> None:
    assert desk.run("sync").code == 0
    alice.delete("work/week")
    told = "  1 meeting asks no more: its room goes if it stays so (safety.cancel_grace)"
    assert [told in desk.run(command).out.splitlines() for command in ("plan", "sync", "plan", "sync")] == [True] * 4
    assert desk.run("sync", "--json").actions("alice") == []


def test_a_plan_warns_of_series_that_share_the_dedicated_room(desk: Desk, bob: Dav) -> None:
    bob.put("work/odd", calendar_object(event("Odd", "RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO")))
    told = "  1 irregular series gets the host's dedicated room, which all of hers share (conference.irregular)"
    assert desk.run("plan", "--host", "bob").out.splitlines()[1] == told
    assert "share" not in desk.run("sync", "--host", "bob").out


def test_a_host_that_fails_is_named_with_the_problem_on_stderr(desk: Desk, bob: Dav) -> None:
    desk.host("bob", 10, bob, password="wrong")
    ran = desk.run("plan")
    assert ran.out.splitlines()[-1] == "bob: nothing done"
    assert re.fullmatch(r"bob: http://\S+: the server refuses .*; check .* \[calendar\.denied\]\n", ran.err)


def test_what_all_hosts_suffer_is_said_once(desk: Desk) -> None:
    desk.api_token = "wrong"
    ran = desk.run("sync")
    assert ran.out == "alice: nothing done\nbob: nothing done\n"
    assert re.fullmatch(r"alice, bob: 127\.0\.0\.1 authenticate: .* \[platform\.unauthorized\]\n", ran.err)


def test_a_subject_that_steers_terminals_is_shown_harmless(desk: Desk, alice: Dav) -> None:
    alice.put(
        "work/evil", calendar_object(event("Evil").replace("Evil @meet", "\x1b[2J\N{RIGHT-TO-LEFT OVERRIDE}x @meet"))
    )
    ran = desk.run("plan")
    assert "[2J" in ran.out
    assert all(line.isprintable() for line in (ran.out + ran.err).splitlines())


def _on_a_terminal(desk: Desk, *arguments: str, columns: int = 80) -> str:
    """Run a command on a terminal; what it shows, without the colours."""
    desk.write()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "calbridge.cli", *arguments, "--config", str(desk.folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"},
    ):
        os.close(theirs)
        shown = _read_all(ours)
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r\n", "\n")


def _read_all(terminal: int) -> bytes:
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # EIO: the other end is closed
            return shown
        if not piece:
            return shown
        shown += piece

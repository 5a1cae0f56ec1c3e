"""A host whose calendars can't be read: one problem of hers; her rooms stay, and every other host goes on."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from support.bridge import Dav
from support.caldav_servers import free_port
from support.desk import Desk, event
from support.gate import HTML, Gate, drip, gate
from support.ical import calendar_object
from support.scripted_server import Reply

from calbridge.sandbox import RunningSandbox

Break = Callable[[Desk, Dav, Gate], None]


def _wrong_password(desk: Desk, alice: Dav, through: Gate) -> None:
    desk.host("alice", 9, alice, url=f"{through.url}/", password="planted-wrong-word")


def _unknown_calendar(desk: Desk, alice: Dav, through: Gate) -> None:
    desk.host("alice", 9, alice, url=f"{through.url}/{alice.user}/holidays/")


def _unknown_name(desk: Desk, alice: Dav, through: Gate) -> None:
    desk.host("alice", 9, alice, url=f"{through.url}/", more='names = ["Holidays"]')


def _nobody_listens(desk: Desk, alice: Dav, _gate: Gate) -> None:
    desk.host("alice", 9, alice, url=f"http://127.0.0.1:{free_port()}/")


def _answers(reply: Reply, method: str = "") -> Break:
    def broken(_desk: Desk, _alice: Dav, through: Gate) -> None:
        through.answer = lambda request: reply if method in (request.method, "") else None

    return broken


def _drips(desk: Desk, _alice: Dav, through: Gate) -> None:
    desk.platform_keys = 'timeout = "1s"'
    through.answer = lambda _request: drip


@dataclass(frozen=True)
class Broken:
    """One way to break it, and what is said then."""

    how: Break
    rule: str
    says: str
    hint: str


BROKEN = {
    "wrong password": Broken(_wrong_password, "calendar.denied", "password", "check username, password"),
    "unknown calendar": Broken(_unknown_calendar, "calendar.missing", "no such calendar", "check url"),
    "unknown name": Broken(_unknown_name, "calendar.name", "Holidays", "calendars found are"),
    "unreachable server": Broken(_nobody_listens, "calendar.unreachable", "no connection", "check the url"),
    "a page instead of XML": Broken(_answers(HTML), "calendar.not-caldav", "web page", "check that url"),
    "a page instead of a listing": Broken(
        _answers(HTML, "REPORT"), "calendar.not-caldav", "web page", "check that url"
    ),
    "a missing right": Broken(_answers(Reply(403), "PROPFIND"), "calendar.forbidden", "403", "check that the user"),
    "a portal": Broken(
        _answers(Reply(302, b"", {"Location": "https://portal.example.com/login"})),
        "calendar.elsewhere",
        "portal.example.com",
        "set url",
    ),
    "a failing server": Broken(_answers(Reply(503, b"down")), "calendar.unreachable", "503", "check"),
    "dripping bytes": Broken(_drips, "calendar.unreachable", "within 1 s", "check"),
}


@pytest.fixture(name="through")
def _through(alice: Dav) -> Iterator[Gate]:
    """A gate before alice's calendars."""
    with gate(alice.root) as through:
        yield through


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_one_problem_for_the_host_and_the_others_go_on(
    desk: Desk, alice: Dav, bob: Dav, sandbox: RunningSandbox, through: Gate, broken: Broken
) -> None:
    alice.put("work/kept", calendar_object(event("Kept")))
    desk.host("alice", 9, alice, url=f"{through.url}/")
    assert desk.run("sync", "--json").actions("alice") == ["create Kept", "write-back Kept"]
    bob.put("work/other", calendar_object(event("Other")))
    broken.how(desk, alice, through)
    before, began = len(sandbox.writes()), time.monotonic()
    ran = desk.run("sync", "--json")
    assert ran.code == 1
    problem = ran.problem("alice")
    assert (problem["rule"], broken.says in problem["reason"]) == (broken.rule, True), problem
    assert problem["where"].startswith("alice: http")
    assert broken.hint in problem["hint"]
    assert ran.actions("alice") == []
    assert ran.actions("bob") == ["create Other", "write-back Other"]
    assert [write.path for write in sandbox.writes()[before:]] == ["conference/create"]
    assert "planted-wrong-word" not in ran.out + ran.err
    assert time.monotonic() - began < 15

"""A platform that can't be used: one problem for each host or event; nothing is cancelled, nothing made twice."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from support.bridge import Dav
from support.caldav_servers import free_port
from support.desk import Desk, event
from support.gate import HTML, Gate, drip, gate
from support.ical import calendar_object
from support.scripted_server import Reply, Request, Stream

from calbridge.sandbox import RunningSandbox

BAD_GATEWAY = replace(HTML, status=502)


@pytest.fixture(name="through")
def _through(desk: Desk, sandbox: RunningSandbox, alice: Dav, bob: Dav) -> Iterator[Gate]:
    """A gate before the platform; alice has two events, bob one."""
    alice.put("work/one", calendar_object(event("One")))
    alice.put("work/two", calendar_object(event("Two")))
    bob.put("work/other", calendar_object(event("Other")))
    with gate(sandbox.url) as through:
        desk.platform = through.url
        yield through


@dataclass(frozen=True)
class Broken:
    """What every request gets, and what is said then."""

    answer: Reply | Stream
    rule: str
    says: str


BROKEN = {
    "a proxy's page": Broken(BAD_GATEWAY, "platform.unreachable", "502"),
    "a page instead of JSON": Broken(HTML, "platform.unreachable", "not its response"),
    "dripping bytes": Broken(drip, "platform.unreachable", "1 s"),
    "asked for patience": Broken(Reply(429, b"", {"Retry-After": "3000"}), "platform.throttled", "429"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_platform_that_fails_is_one_problem_a_host(
    desk: Desk, through: Gate, sandbox: RunningSandbox, broken: Broken
) -> None:
    desk.platform_keys = 'timeout = "1s"'
    through.answer = lambda _request: broken.answer
    began = time.monotonic()
    ran = desk.run("sync", "--json")
    for name in ("alice", "bob"):
        problem = ran.problem(name)
        assert (problem["rule"], broken.says in problem["reason"]) == (broken.rule, True), problem
        assert ran.actions(name) == []
    assert (ran.code, sandbox.writes()) == (1, ())
    assert time.monotonic() - began < 15


def test_a_platform_that_is_down_is_one_problem_a_host_and_no_room_is_lost(
    desk: Desk, through: Gate, sandbox: RunningSandbox, alice: Dav
) -> None:
    assert desk.run("sync", "--json").code == 0
    before = alice.get("work/one")
    desk.platform = f"http://127.0.0.1:{free_port()}"
    ran = desk.run("sync", "--json")
    assert (ran.code, ran.problem("alice")["rule"], ran.problem("bob")["rule"]) == (1, *["platform.unreachable"] * 2)
    assert "check [platform] url" in ran.problem("alice")["hint"]
    assert alice.get("work/one") == before
    desk.platform = through.url
    assert desk.run("sync").out == "alice, bob: nothing to do\n"


def test_a_wrong_api_token_is_one_problem_a_host_and_is_never_quoted(desk: Desk, through: Gate) -> None:
    desk.api_token = "planted-wrong-token"
    ran = desk.run("sync", "--json")
    assert (ran.code, ran.problem("alice")["rule"], ran.problem("bob")["rule"]) == (1, *["platform.unauthorized"] * 2)
    assert "API token" in ran.problem("alice")["hint"]
    assert "planted-wrong-token" not in ran.out + ran.err


def test_a_host_that_the_platform_does_not_know_stops_no_other(desk: Desk, through: Gate, alice: Dav) -> None:
    desk.host("alice", 4711, alice)
    ran = desk.run("sync", "--json")
    assert (ran.code, ran.problem("alice")["rule"]) == (1, "host.unknown")
    assert ran.problem("alice")["where"] == "hosts.d/alice.toml: host.id"
    assert ran.actions("bob") == ["create Other", "write-back Other"]


def test_a_session_that_expires_midway_is_renewed_unseen(desk: Desk, through: Gate) -> None:
    expired = [Reply(401, b'{"message": "Session expired"}', {"Content-Type": "application/json"})]

    def answer(request: Request) -> Reply | None:
        return expired.pop() if expired and "conference/create" in request.path else None

    through.answer = answer
    ran = desk.run("sync", "--json")
    assert (ran.code, len(ran.actions("alice")), len(ran.actions("bob"))) == (0, 4, 2)
    assert through.asked("authenticate") == 2


def test_a_token_that_is_refused_midway_is_one_problem_and_loses_nothing(desk: Desk, through: Gate) -> None:
    refused = Reply(401, b'{"message": "Invalid token"}', {"Content-Type": "application/json"})
    through.answer = lambda request: refused if "conference/create" in request.path else None
    ran = desk.run("sync", "--json")
    assert (ran.code, ran.problem("alice")["rule"], ran.problem("bob")["rule"]) == (1, *["platform.unauthorized"] * 2)
    through.answer = lambda _request: None
    again = desk.run("sync", "--json")
    assert (again.code, len(again.actions("alice")), len(again.actions("bob"))) == (0, 4, 2)


def test_a_refused_field_is_one_problem_of_its_event_and_is_not_sent_again(desk: Desk, through: Gate) -> None:
    message = "Subject must not be longer than 3 characters"
    refused = Reply(400, json.dumps({"message": message}).encode(), {"Content-Type": "application/json"})
    through.answer = lambda request: refused if b'"Two"' in request.body else None
    ran = desk.run("sync", "--json")
    assert (ran.code, ran.problem("alice")["reason"]) == (1, message)
    assert ran.problem("alice")["where"].endswith("Two@x")
    assert ran.actions("alice") == ["create One", "write-back One"]
    creates = through.asked("conference/create")
    again = desk.run("sync", "--json")
    assert (again.code, again.problem("alice"), again.actions("alice")) == (1, ran.problem("alice"), [])
    assert through.asked("conference/create") == creates


def test_a_create_of_unknown_outcome_is_one_problem_of_its_event_and_is_not_repeated(
    desk: Desk, through: Gate, sandbox: RunningSandbox
) -> None:
    through.answer = lambda request: BAD_GATEWAY if b'"Two"' in request.body else None
    ran = desk.run("sync", "--json")
    assert (ran.code, ran.problem("alice")["rule"]) == (1, "platform.unknown")
    assert ran.problem("alice")["where"].endswith("/work/ Two@x")
    assert ran.actions("alice") == ["create One", "write-back One"]
    through.answer = lambda _request: None
    again = desk.run("sync", "--json")
    assert again.actions("alice") == []
    assert [write.body["subject"] for write in sandbox.writes() if write.body["host_id"] == 9] == ["One"]

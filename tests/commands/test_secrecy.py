"""Nothing that the commands print or log gives away a secret, a room or who is invited."""

import re
from collections.abc import Iterator

import pytest
from support.bridge import Dav
from support.desk import API_TOKEN, Desk, Ran, event
from support.gate import Gate, gate
from support.ical import calendar_object
from support.scripted_server import Reply, Request

from calbridge.sandbox import RunningSandbox

PASSWORD = "secret"
INVITED = "planted-guest@example.net"


@pytest.fixture(name="through")
def _through(desk: Desk, sandbox: RunningSandbox, alice: Dav) -> Iterator[Gate]:
    """Alice invites somebody, draws PINs, and everything that the platform says is kept."""
    desk.host("alice", 9, alice, more='[conference]\nsecurity_pin = "random"\nirregular = "skip"\nparticipants = true')
    attendee = f"ATTENDEE;CN=Guest:mailto:{INVITED}"
    alice.put("work/one", calendar_object(event("One", attendee)))
    alice.put("work/two", calendar_object(event("Two", attendee, "RRULE:FREQ=WEEKLY")))
    alice.put("work/odd", calendar_object(event("Odd", attendee, "RRULE:FREQ=HOURLY")))
    with gate(sandbox.url) as through:
        desk.platform = through.url
        yield through


def _said(through: Gate) -> set[str]:
    """Every token, code and PIN that went over the wire to the platform or came from it."""
    return {secret.decode() for secret in _SECRETS.findall(through.said())}


_SECRETS = re.compile(rb'"(?:auth_token|api_token|moderator_token|moderator_pin|security_pin)": ?"([^"]+)"')


def test_a_good_sync_tells_rooms_in_its_report_only(desk: Desk, through: Gate) -> None:
    ran = desk.spawn("sync")
    assert ran.code == 0
    rooms = set(re.findall(r"http://\S+/call/\S+", ran.out))
    assert len(rooms) == 2
    assert "event=create" in ran.err
    assert not any(room in ran.err for room in rooms)
    _assert_silent(ran, through)


def test_no_failure_quotes_what_was_sent(desk: Desk, through: Gate) -> None:
    def answer(request: Request) -> Reply | None:
        quoted = b'{"message": "' + request.body.replace(b'"', b"'") + b'"}'
        return Reply(400, quoted, {"Content-Type": "application/json"}) if "create" in request.path else None

    through.answer = answer
    for arguments in (("sync",), ("sync", "--json"), ("plan",)):
        ran = desk.spawn(*arguments)
        assert ran.code == 1
        _assert_silent(ran, through)


def _assert_silent(ran: Ran, through: Gate) -> None:
    secrets = {API_TOKEN, PASSWORD, INVITED} | _said(through)
    assert len(secrets) > 4
    everything = ran.out + ran.err
    assert [secret for secret in secrets if secret in everything] == []

"""Nothing that the commands print, log, store or write gives away a secret, a room or who is invited.

The canaries are in the configuration, in everything that both servers answer, and in the events. Every library and we
ourselves log at DEBUG level; where a process matters, the commands run in one of their own, with faulthandler.
"""

import base64
import json
import logging
import re
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from support.bridge import Dav
from support.desk import API_TOKEN, Desk, Ran, command, ended, event
from support.fake_journal import FakeJournal
from support.gate import HTML, Gate, drip, gate
from support.ical import calendar_object
from support.scripted_server import Reply, Request, Stream

from calbridge import cli
from calbridge.logs import log_to_stderr
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
        ran = desk.run(*arguments)
        assert ran.code == 1
        _assert_silent(ran, through)


def _assert_silent(ran: Ran, through: Gate) -> None:
    secrets = {API_TOKEN, PASSWORD, INVITED} | _said(through)
    assert len(secrets) > 4
    everything = ran.out + ran.err
    assert [secret for secret in secrets if secret in everything] == []


# --- canaries -------------------------------------------------------------------------------------------------------

CONFIGURED = {"canary-api-token", "canary-dav-word"}
_PLACES = ("moderator", "login", "page", "location", "realm", "cookie", "told", "element")
ANSWERED = {f"canary-{place}" for place in _PLACES}
INVITATION = {"canary-guest@example.net", "canary-common-name", "canary-zoom-pwd", "canary-private-property"}
CANARIES = CONFIGURED | ANSWERED | INVITATION
HEADERS = {
    "Set-Cookie": "session=canary-cookie",
    "WWW-Authenticate": 'Basic realm="canary-realm"',
    "Location": "https://elsewhere.example.net/?token=canary-location",
}
PAGE = replace(HTML, body=b"<html>token=canary-page</html>", headers={"Content-Type": "text/html", **HEADERS})
LIBRARIES = ("", "niquests", "urllib3", "urllib3_future", "caldav", "httpx", "sqlalchemy.engine", "sqlalchemy.pool")
HOOKS = f"""
import logging, os, sys
for name in {(*LIBRARIES, "alembic", "apscheduler", "asyncio")}:
    logging.getLogger(name).setLevel(logging.DEBUG)
import calbridge.logs
ours = calbridge.logs.log_to_stderr
calbridge.logs.log_to_stderr = lambda level=None: ours(logging.DEBUG)
if "JOURNAL" in os.environ:
    import pathlib, calbridge.logs.journald
    calbridge.logs.journald.SOCKET = pathlib.Path(os.environ["JOURNAL"])
if "CRASH" in os.environ:
    import calbridge.sync
    def crash(events, policy):
        raise ValueError(f"{{events.source.body}} {{policy}}") from KeyError("canary-told")
    sys.modules["calbridge.sync.reading"].read_meeting = crash
"""


class World:
    """Alice's two servers behind gates that plant canaries into what they answer, and the commands at DEBUG level."""

    def __init__(self, desk: Desk, alice: Dav, platform: Gate, calendars: Gate, hooks: Path) -> None:
        self.desk, self.alice, self.platform, self.calendars, self.hooks = desk, alice, platform, calendars, hooks
        real = base64.b64encode(f"{alice.user}:{PASSWORD}".encode()).decode()
        self._login = {"authorization": f"Basic {real}"}
        self.disturb(lambda _: None, lambda _: None)
        platform.edit = _with_tokens

    def disturb(self, platform: "Disturbance", calendars: "Disturbance") -> None:
        """Say what the servers answer instead; the right words are put in the canaries' place on the way."""
        real = API_TOKEN.encode()
        self.platform.answer = lambda r: (
            platform(r) or _headed(self.platform._forward(replace(r, body=r.body.replace(b"canary-api-token", real))))
        )
        self.calendars.answer = lambda r: (
            calendars(r) or _headed(self.calendars._forward(replace(r, headers={**r.headers, **self._login})))
        )

    def spawn(self, *arguments: str, **environ: str) -> Ran:
        """Run a command in a process of its own."""
        return ended(self.start(*arguments, **environ))

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start it."""
        self.desk.write()
        path = f"{self.hooks}:{Path(__file__).parents[2]}"
        hooked = {"PYTHONPATH": path, "PYTHONFAULTHANDLER": "1", "PYTHONASYNCIODEBUG": "1"}
        return command(*arguments, "--config", str(self.desk.folder), environ={**hooked, **environ})

    def assert_silent(self, *ran: Ran) -> None:
        """No canary anywhere but where it was planted, and in the copy of the event that the splice needs."""
        sinks = {"printed": "".join(r.out + r.err for r in ran)}
        sinks |= {f"the store's {place}": text for place, text in _stored(self.desk.folder / "calbridge.db")}
        found = {(canary, place) for place, text in sinks.items() for canary in CANARIES if canary in text}
        event = self.alice.get("work/one") + self.alice.get("work/two")
        found |= {(canary, "an event") for canary in CONFIGURED | ANSWERED if canary in event}
        assert found == set()


Disturbance = Callable[[Request], Reply | Stream | None]


@pytest.fixture(name="world")
def _world(desk: Desk, sandbox: RunningSandbox, alice: Dav, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "sitecustomize.py").write_text(HOOKS)
    private = (
        "ATTENDEE;CN=canary-common-name:mailto:canary-guest@example.net",
        "X-PRIVATE:canary-private-property",
        "ATTACH:https://zoom.us/j/1?pwd=canary-zoom-pwd",
    )
    alice.put("work/one", calendar_object(event("One", *private)))
    alice.put("work/two", calendar_object(event("Two", *private, "RRULE:FREQ=WEEKLY")))
    alice.put("work/odd", calendar_object(event("Odd", *private, "RRULE:FREQ=HOURLY")))
    with gate(sandbox.url) as platform, gate(alice.root) as calendars:
        desk.platform, desk.api_token = platform.url, "canary-api-token"
        desk.platform_keys = 'timeout = "5s"'
        desk.hosts.clear()
        desk.host("alice", 9, alice, url=f"{calendars.url}/{alice.user}/", password="canary-dav-word")
        yield World(desk, alice, platform, calendars, tmp_path)


def _with_tokens(body: bytes) -> bytes:
    """Plant a moderator's token and PIN and a login link into every object that the platform answers."""
    planted = b'{"moderator_token": "canary-moderator", "password_creation_link": "https://x/?canary-login", "x": 0'
    return re.sub(rb"^\{|(?<=[\[,] )\{|(?<=\[)\{|(?<=,)\{", lambda _: planted + b", ", body)


def _headed(reply: Reply) -> Reply:
    return replace(reply, headers={**reply.headers, "Set-Cookie": HEADERS["Set-Cookie"]})


def _stored(path: Path) -> Iterator[tuple[str, str]]:
    """Every column of the store as text, but the compressed copies of events."""
    if not path.exists():
        return
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = database.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            for row in rows:
                yield from ((f"{table}.{name}", str(value)) for name, value in zip(names, row, strict=True))


def _told(body: bytes) -> Reply:
    return Reply(400, body, {"Content-Type": "application/json", **HEADERS})


def _echo(request: Request) -> Reply | None:
    """A refusal that quotes the request, tokens and addresses and all."""
    words = request.body.decode().replace("\n", " ")
    return _told(json.dumps({"message": words, "debug": "canary-told"}).encode()) if "create" in request.path else None


def _unauthorized(request: Request) -> Reply | None:
    quoted = {"message": f"Invalid token {request.body.decode()}", "auth_token": "canary-told"}
    return replace(_told(json.dumps(quoted).encode()), status=401)


@dataclass(frozen=True)
class Trouble:
    """What the servers answer, and the rule by which it is told."""

    rule: str
    platform: Disturbance = lambda _: None
    calendars: Disturbance = lambda _: None


def _error(status: int, body: bytes, kind: str = "application/xml") -> Disturbance:
    return lambda _: Reply(status, body, {"Content-Type": kind, **HEADERS})


def _on_put(status: int, body: bytes) -> Disturbance:
    return lambda request: Reply(status, body, HEADERS) if request.method == "PUT" else None


_CONDITION = b'<d:error xmlns:d="DAV:" xmlns:x="x"><x:canary-element>canary-told</x:canary-element></d:error>'
TROUBLES = {
    "a refusal that quotes the request": Trouble("conference.refused", _echo),
    "a token that is quoted and refused": Trouble("platform.unauthorized", _unauthorized),
    "the platform's page": Trouble("platform.unreachable", lambda _: replace(PAGE, status=502)),
    "the platform redirects": Trouble("platform.unreachable", lambda _: replace(PAGE, status=302)),
    "the calendar server's login": Trouble("calendar.denied", calendars=lambda _: replace(PAGE, status=401)),
    "the calendar server's page": Trouble("calendar.not-caldav", calendars=lambda _: PAGE),
    "the calendar server redirects": Trouble("calendar.elsewhere", calendars=lambda _: replace(PAGE, status=301)),
    "the calendar server's error": Trouble("calendar.unreachable", calendars=_error(500, _CONDITION)),
    "a write that is refused": Trouble("write.refused", calendars=_on_put(403, _CONDITION)),
}


def test_a_good_pass_at_debug_level_tells_no_canary(world: World) -> None:
    ran = [world.spawn("sync"), world.desk.run("sync", "--json")]
    assert [each.code for each in ran] == [0, 0]
    assert len(world.platform.answers) > 5
    assert all(b"canary-moderator" in answer for answer in world.platform.answers if b"conference_id" in answer)
    assert "X-CALBRIDGE-REF" in world.alice.get("work/one")
    world.assert_silent(*ran)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_no_trouble_at_debug_level_tells_a_canary(
    world: World, trouble: Trouble, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LIBRARIES:
        caplog.set_level(logging.DEBUG, name)
    monkeypatch.setattr(cli, "log_to_stderr", lambda: log_to_stderr(logging.DEBUG))
    world.disturb(trouble.platform, trouble.calendars)
    ran = world.desk.run("sync", "--json")
    assert (ran.code, trouble.rule in ran.out) == (1, True), ran.out
    world.assert_silent(ran)


def test_our_own_crash_over_an_event_tells_its_place_and_no_canary(world: World) -> None:
    ran = world.spawn("sync", CRASH="1")
    assert ran.code == 1
    assert "ValueError" in ran.err
    assert "sync/reading.py" in ran.err
    world.assert_silent(ran)


@pytest.mark.parametrize("form", ["console", "json", "journal"])
def test_no_form_of_the_log_tells_a_canary(world: World, form: str, tmp_path: Path) -> None:
    environ = {"CALBRIDGE_LOG": form, "CALBRIDGE_LOG_LEVEL": "debug", "JOURNAL": str(tmp_path / "journal")}
    with FakeJournal(tmp_path / "journal") as journal:
        good = world.spawn("sync", **environ)
        bad = world.spawn("sync", CRASH="1", **environ)
        logged = journal.everything() if form == "journal" else good.err + bad.err
    assert ("write-back" in logged, "sync/reading.py" in logged) == (True, True)
    world.assert_silent(good, bad, Ran(0, logged, ""))


PAGES = ("/", "/hosts/alice", "/skipped", "/events?uid=Two@x", "/metrics", "/healthz", "/readyz")


def test_a_daemon_tells_no_canary_of_good_visits_or_bad_ones_nor_on_its_page(
    world: World, free_port: Callable[[], int]
) -> None:
    port = free_port()
    world.desk.more = f'[daemon]\npoll_interval = "1s"\nstatus_address = "127.0.0.1:{port}"'
    process = world.start("daemon", CALBRIDGE_LOG="json", CALBRIDGE_LOG_LEVEL="debug")
    _await(lambda: len(world.calendars.requests) > 1 and "calbridge_meetings 2.0" in _page(port, "/metrics"))
    world.disturb(_echo, _error(500, b"canary-page", "text/html"))
    _await(lambda: 'rule="calendar' in _page(port, "/metrics"))
    pages = "".join(_page(port, path) for path in PAGES)
    process.terminate()
    ran = ended(process)
    assert ("write-back" in ran.err, "Two@x" in pages, "/call/" in pages) == (True, True, False)
    world.assert_silent(ran, Ran(0, pages, ""))


def _await(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _page(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as refused:
        return refused.read().decode()


def test_a_traceback_of_a_process_that_is_aborted_tells_no_canary(world: World) -> None:
    world.disturb(lambda _: drip, lambda _: None)
    process = world.start("sync")
    while not world.platform.requests:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGABRT)
    ran = ended(process)
    assert "Fatal Python error: Aborted" in ran.err
    world.assert_silent(ran)

"""Commands that are interrupted: they end at once and in good order, and the next run goes on."""

import asyncio
import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.bridge import Dav
from support.desk import Desk, command, ended, event
from support.gate import Gate, gate
from support.ical import calendar_object
from support.scripted_server import Request, Stream

from calbridge.sandbox import RunningSandbox


@pytest.fixture(name="through")
def _through(desk: Desk, sandbox: RunningSandbox, alice: Dav) -> Iterator[Gate]:
    """A platform that never answers a create."""
    alice.put("work/one", calendar_object(event("One")))
    with gate(sandbox.url) as through:
        desk.platform = through.url
        through.answer = _silent_on_create
        yield through


def _silent_on_create(request: Request) -> Stream | None:
    return _silence if "conference/create" in request.path else None


async def _silence(_writer: object) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize(("told", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_sync_that_is_stopped_midway_says_so_and_the_next_one_looks_first(
    desk: Desk, through: Gate, told: signal.Signals, code: int, as_json: bool
) -> None:
    process = desk.start("sync", *["--json"] * as_json)
    _until(lambda: through.asked("conference/create") == 1)
    process.send_signal(told)
    began = time.monotonic()
    ran = ended(process)
    assert (ran.code, time.monotonic() - began < 5) == (code, True)
    assert "Traceback" not in ran.err
    said = ran.json["problems"][0]["rule"] if as_json else ran.err
    assert "run.stopped" in said
    through.answer = lambda _request: None
    again = desk.run("sync", "--json")
    assert (again.code, again.problem("alice")["rule"]) == (1, "conference.pending")
    assert through.asked("conference/fetch_all") > 0
    assert through.asked("conference/create") == 1


def test_the_sandbox_says_where_it_is_and_serves_until_it_is_stopped() -> None:
    with _serving("sandbox", "--port", "0") as (process, line):
        url = line.split()[4]
        assert url.startswith("http://127.0.0.1:")
        told = {"api_token": "sandbox-token"}
        answer = urllib.request.urlopen(
            urllib.request.Request(f"{url}/enterprise_api/authenticate", json.dumps(told).encode()), timeout=10
        )
        assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def test_a_sandbox_that_goes_on_says_that_its_seed_is_not_read_again(tmp_path: Path) -> None:
    arguments = ("sandbox", "--port", "0", "--data", str(tmp_path / "sandbox.db"))
    with _serving(*arguments) as (_, line):
        assert "sandbox-token" in line
    with _serving(*arguments, "--seed", str(tmp_path / "new.toml")) as (process, line):
        process.kill()
        assert process.stderr is not None
        assert "sandbox-token" not in line
        assert f"{tmp_path / 'new.toml'} is not read" in process.stderr.read()


def test_a_port_that_is_taken_is_a_problem_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = ended(command("sandbox", "--port", str(port)))
    assert (ran.code, ran.out) == (78, "")
    assert f"127.0.0.1:{port}: can't listen: Address already in use; choose another --port" in ran.err


def test_a_demo_that_is_stopped_leaves_no_process_behind() -> None:
    with _serving("demo", "--once") as (process, _):
        children = _children(process.pid)
        assert children
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 130
    assert not any(_alive(child) for child in children)


def test_a_reader_who_has_seen_enough_ends_it_without_a_traceback(desk: Desk, alice: Dav) -> None:
    alice.put("work/odd", calendar_object(event("Odd", "RRULE:FREQ=HOURLY")))
    process = desk.start("plan")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        err = process.stderr.read()
    assert process.wait(timeout=30) == 1
    assert err == ""


@contextmanager
def _serving(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A command that runs on, and the first line that it prints."""
    process = command(*arguments)
    assert process.stdout is not None
    try:
        with process:
            yield process, next(line for line in process.stdout if line.strip())
            process.kill()
    finally:
        process.kill()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split()]


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()

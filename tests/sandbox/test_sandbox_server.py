import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import niquests
import pytest
from support.sandbox_account import Account, MovableClock, meeting

from calbridge.errors import ConfigError
from calbridge.sandbox import LoggedRequest, RunningSandbox, Settings, running
from calbridge.sandbox.resources import ROUTES

STARTED = """
import sys, pathlib
from calbridge.sandbox import run
run(port=0, data=pathlib.Path(sys.argv[1]), started=lambda url, _: print(url, flush=True))
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(Settings()) as sandbox:
        yield sandbox


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "sandbox.db", clock=MovableClock())
    with running(settings) as sandbox:
        first = Account(sandbox)
        master = first.create(schedule="FREQ=WEEKLY;BYDAY=MO;COUNT=5")
        first.cancel(first.children(master)[0])
        before = first.listing()

    with running(settings) as sandbox:
        second = Account(sandbox)
        second.auth_token = first.auth_token
        after = second.listing()

    def told(listing: list[dict[str, object]]) -> list[dict[str, object]]:
        return [{key: value for key, value in one.items() if key != "room_url"} for one in listing]

    assert told(after) == told(before)
    assert len(after) == 4


@contextmanager
def foreground(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run it in a process of its own; the process and its URL."""
    command = [sys.executable, "-c", STARTED, str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_killed_process_loses_nothing_that_it_answered(tmp_path: Path) -> None:
    with foreground(tmp_path / "sandbox.db") as (process, url):
        made = _create_at(url)
        process.kill()

    with running(Settings(data=tmp_path / "sandbox.db")) as sandbox:
        assert Account(sandbox).fetch({"conference_id": made})["subject"] == "Planning"


def test_a_client_that_dies_within_its_request_is_no_failure_of_the_sandbox(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with running(Settings()) as sandbox:
        port = int(sandbox.url.rsplit(":", 1)[-1])
        for path in (b"conference/create", b"no/such"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as dead:
                dead.sendall(b"POST /enterprise_api/%b HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{" % path)
        assert niquests.get(f"{sandbox.url}/healthz", timeout=10).ok

    assert sandbox.requests() == ()
    assert capfd.readouterr().err == ""


def test_ctrl_c_ends_it_in_peace(tmp_path: Path) -> None:
    with foreground(tmp_path / "sandbox.db") as (process, url):
        assert niquests.get(f"{url}/healthz", timeout=10).ok
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=10) == 0


def _create_at(url: str) -> int:
    api = f"{url}/enterprise_api/"
    session = niquests.post(f"{api}authenticate", json={"api_token": "sandbox-token"}, timeout=10).json()
    made = niquests.post(f"{api}conference/create", json=session | meeting(), timeout=10).json()
    return int(made["conference_id"])


def test_requests_are_logged_without_tokens_and_pins() -> None:
    clock = MovableClock()
    with running(Settings(clock=clock)) as sandbox:
        account = Account(sandbox)
        account.post("conference/create", **meeting(security_pin="123456"))
        account.post("conference/create", **meeting(one_time_access_code=False, security_pin="123456"))
        account.post("conference/close", conference_id=1)
        account.listing()
        told = niquests.get(f"{sandbox.url}/sandbox/requests", timeout=10).json()

        assert [(one.path, one.status) for one in sandbox.requests()] == [
            ("authenticate", 200),
            ("conference/create", 200),
            ("conference/create", 400),
            ("conference/close", 404),
            ("conference/fetch_all", 200),
        ]
        assert sandbox.writes()[0] == LoggedRequest(clock.now, "POST", "conference/create", 200, True, meeting())
        assert [one["path"] for one in told] == [one.path for one in sandbox.requests()]
        assert len(sandbox.writes()) == 2


def test_an_endpoint_that_is_not_there_is_404_in_the_platforms_shape(sandbox: RunningSandbox) -> None:
    unknown = niquests.post(f"{sandbox.url}/enterprise_api/no/such", json={}, timeout=10)
    wrong_method = niquests.get(f"{sandbox.url}/enterprise_api/host/fetch", timeout=10)
    odd_method = niquests.patch(f"{sandbox.url}/enterprise_api/host/fetch", json={}, timeout=10)

    assert (unknown.status_code, unknown.json()) == (404, {"message": "No such method"})
    assert (wrong_method.status_code, wrong_method.json()) == (404, {"message": "No such method"})
    assert (odd_method.status_code, odd_method.json()) == (404, {"message": "No such method"})


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"text"'])
def test_a_body_that_is_no_json_dictionary_is_refused(sandbox: RunningSandbox, body: bytes) -> None:
    response = niquests.post(f"{sandbox.url}/enterprise_api/host/fetch", data=body, timeout=10)

    assert (response.status_code, response.json()) == (400, {"message": "The request body must be a JSON dictionary"})


def test_the_description_holds_every_endpoint_with_its_request(sandbox: RunningSandbox) -> None:
    described = niquests.get(f"{sandbox.url}/openapi.json", timeout=10).json()

    create = described["paths"]["/enterprise_api/conference/create"]["post"]
    schema = create["requestBody"]["content"]["application/json"]["schema"]
    assert {path for path in described["paths"] if path.startswith("/enterprise_api/")} == {
        f"/enterprise_api/{route.endpoint.path}" for route in ROUTES
    } | {"/enterprise_api/authenticate"}
    assert "put" in described["paths"]["/enterprise_api/subscription/update"]
    assert "202" in described["paths"]["/enterprise_api/subscription/suspend_all"]["post"]["responses"]
    assert {"auth_token", "host_id", "start"} <= set(schema["required"])
    assert "conference_create_ParticipantEmail" in described["components"]["schemas"]


def test_it_says_when_it_is_up(sandbox: RunningSandbox) -> None:
    assert niquests.get(f"{sandbox.url}/healthz", timeout=10).json() == {"status": "ok"}


def test_a_port_in_use_is_a_problem_with_a_hint() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigError) as raised,
        running(Settings(), port=taken.getsockname()[1]),
    ):
        pass

    assert raised.value.problem.rule == "sandbox.port"


def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE precious (id)")
    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at" * 20)

    for name in ("other.db", "text.db", "no-such-folder/sandbox.db"):
        with pytest.raises(ConfigError) as raised, running(Settings(data=tmp_path / name)):
            pass
        assert raised.value.problem.rule == "sandbox.data"

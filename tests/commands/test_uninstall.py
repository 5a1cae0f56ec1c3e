"""`calbridge uninstall`: asked first, killed at any moment, and what it says to do next."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.bridge import Dav
from support.desk import Desk, event
from support.gate import Gate, gate
from support.ical import calendar_object
from support.sandbox_account import Account
from support.scripted_server import Request

from calbridge.sandbox import RunningSandbox
from calbridge.store import Lock

FREE = '[writeback]\nnotify = "never"\n'


@pytest.fixture(name="before", autouse=True)
def _before(desk: Desk, alice: Dav, bob: Dav) -> str:
    """Two meetings of Alice's and one of Bob's, with rooms; how the first was before."""
    desk.host("alice", 9, alice, more=FREE)
    for name in ("One", "Two"):
        alice.put(f"work/{name}", calendar_object(event(name)))
    bob.put("work/three", calendar_object(event("Three")))
    before = alice.get("work/One")
    assert (desk.run("sync").code, "calbridge" in alice.get("work/One")) == (0, True)
    return before


@pytest.fixture(name="platform")
def _platform(sandbox: RunningSandbox) -> Account:
    """The platform, past calbridge."""
    return Account(sandbox)


def test_one_host_leaves_and_is_to_be_taken_out_of_the_configuration(desk: Desk, platform: Account) -> None:
    ran = desk.run("uninstall", "--host", "alice", "--yes")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == "alice: 2 write-back, 2 cancel"
    assert "alice is forgotten; remove hosts.d/alice.toml, or the next sync makes her rooms again" in ran.out
    assert (len(platform.listing(9)), len(platform.listing(10))) == (0, 1)


def test_all_leave_and_events_are_as_they_were(desk: Desk, alice: Dav, platform: Account, before: str) -> None:
    ran = desk.run("uninstall", "--all", "--yes", "--json")
    assert (ran.code, ran.actions("bob")) == (0, ["write-back Three", "cancel Three"])
    assert alice.get("work/One") == before
    assert platform.listing(10) == []


def test_a_dry_run_does_nothing(desk: Desk, platform: Account) -> None:
    ran = desk.run("uninstall", "--all", "--dry-run", "--json")
    assert (ran.code, len(ran.host("alice")["actions"]), len(platform.listing(9))) == (0, 4, 2)
    assert desk.run("sync", "--json").actions("alice") == []


def test_rooms_that_are_kept_stay_where_they_are(desk: Desk, alice: Dav, platform: Account) -> None:
    linked = alice.get("work/One")
    ran = desk.run("uninstall", "--host", "alice", "--keep-rooms", "--yes", "--json")
    assert (ran.code, ran.actions("alice")) == (0, ["forget One", "forget Two"])
    assert (alice.get("work/One"), len(platform.listing(9))) == (linked, 2)


def test_of_rooms_that_are_kept_the_next_sync_is_said_to_find_them(desk: Desk) -> None:
    ran = desk.run("uninstall", "--host", "alice", "--keep-rooms", "--yes")
    assert "remove hosts.d/alice.toml, or the next sync finds her rooms again" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [["--host", "alice"], ["--host", "alice", "--json"], ["--yes"], ["--all", "--host", "alice", "--yes"]],
    ids=["nobody to ask", "nobody to ask in JSON", "nobody named", "said twice"],
)
def test_usage(desk: Desk, platform: Account, arguments: list[str]) -> None:
    ran = desk.run("uninstall", *arguments)
    assert (ran.code, len(platform.listing(9))) == (2, 2)
    assert "usage" in (ran.json["problems"][0]["rule"] if "--json" in arguments else ran.err)


def test_a_host_that_nobody_knows(desk: Desk) -> None:
    ran = desk.run("uninstall", "--host", "carol", "--yes", "--json")
    assert (ran.code, ran.json["problems"][0]["rule"]) == (2, "config.no-host")
    assert ran.json["problems"][0]["hint"] == "the hosts are: alice, bob"


@pytest.mark.parametrize(("typed", "rooms"), [("n\n", 2), ("\n", 2), ("\x04", 2), ("y\n", 0)])
def test_on_a_terminal_it_shows_the_plan_and_asks(desk: Desk, platform: Account, typed: str, rooms: int) -> None:
    shown, code = _typed(desk, typed)
    assert "alice: 2 write-back, 2 cancel" in shown
    assert "Do this (2 write-back, 2 cancel)? [y/N]" in shown
    assert ("Nothing was done." in shown, code, len(platform.listing(9))) == (rooms > 0, 0, rooms)


def test_when_the_last_host_file_is_gone_the_database_still_knows_her(desk: Desk, platform: Account) -> None:
    desk.hosts.clear()
    for file in (desk.folder / "hosts.d").glob("*.toml"):
        file.unlink()
    shown, code = _typed(desk, "y\n")
    assert (code, len(platform.listing(9)), len(platform.listing(10))) == (0, 0, 1)
    assert "alice has no host file: her calendars can't be reached, and her events keep dead links" in shown


def test_another_calbridge_at_work_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calbridge.commands.process.LOCK_WAIT", timedelta(seconds=0.1))
    with Lock(desk.folder / "calbridge.db").acquire(timedelta()):
        assert desk.run("uninstall", "--all", "--yes").code == 75


@pytest.fixture(name="through")
def _through(desk: Desk, sandbox: RunningSandbox) -> Iterator[Gate]:
    """A platform that a test can hold up."""
    with gate(sandbox.url) as through:
        desk.platform = through.url
        yield through


@pytest.mark.parametrize("at", ["conference/fetch", "conference/cancel"])
def test_a_run_that_is_killed_midway_is_finished_by_the_next(
    desk: Desk, through: Gate, alice: Dav, platform: Account, before: str, at: str
) -> None:
    process = desk.start("uninstall", "--host", "alice", "--yes")

    def kill(request: Request) -> None:
        if request.path.endswith(at):
            process.kill()  # what it asked for is done all the same

    through.answer = kill
    process.communicate(timeout=60)
    through.answer = lambda _request: None
    assert (process.returncode, desk.run("uninstall", "--host", "alice", "--yes").code) == (-9, 0)
    assert (alice.get("work/One"), platform.listing(9)) == (before, [])


def _typed(desk: Desk, typed: str) -> tuple[str, int]:
    """Have Alice leave on a terminal where somebody types this; what is shown, and the exit code."""
    desk.write()
    primary, secondary = pty.openpty()
    command = [sys.executable, "-m", "calbridge.cli", "uninstall", "--host", "alice", "--config", str(desk.folder)]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200"}
    process = subprocess.Popen(command, stdin=secondary, stdout=secondary, stderr=secondary, env=environ)
    os.close(secondary)
    os.write(primary, typed.encode())
    shown = b""
    try:
        while part := os.read(primary, 65536):
            shown += part
    except OSError:  # the other side is closed
        pass
    os.close(primary)
    return shown.decode(), process.wait(timeout=30)

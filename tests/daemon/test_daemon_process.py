"""The daemon as its administrator meets it: a process that is started, reloaded and stopped by signals."""

import socket
import time
from datetime import timedelta
from signal import SIGCONT, SIGINT, SIGSTOP, SIGTERM, Signals
from urllib.request import ProxyHandler, build_opener

import pytest
from support.bridge import Dav
from support.daemons import Daemon, daemon, free_address
from support.desk import Desk, event
from support.ical import calendar_object
from support.sandbox_account import Account

from calbridge.commands import process
from calbridge.sandbox import RunningSandbox


def ask(dav: Dav, name: str) -> None:
    """Somebody writes an event that asks for a room."""
    dav.put(f"work/{name}", calendar_object(event(name)))


def has_room(dav: Dav, name: str) -> bool:
    return "/conf/call/" in dav.get(f"work/{name}")


def test_events_get_their_rooms_and_edits_are_followed(desk: Desk, alice: Dav, sandbox: RunningSandbox) -> None:
    with daemon(desk) as running:
        ask(alice, "First")
        running.until(lambda: has_room(alice, "First"))
        alice.put("work/First", alice.get("work/First").replace("SUMMARY:First", "SUMMARY:Second"))
        running.until(lambda: [c["subject"] for c in Account(sandbox).listing()] == ["Second"])
        running.until(lambda: running.status().startswith("STATUS=1 of 1 host fine"))
        ran, _ = running.stop()
        assert (ran.code, running.manager.heard()[-1]) == (0, "STOPPING=1")
    assert [ran.err.count(f'event="daemon {what}"') for what in ("started", "stopped")] == [1, 1]


def test_hosts_come_and_go_with_sighup(desk: Desk, alice: Dav, bob: Dav) -> None:
    ask(alice, "One")
    ask(bob, "Two")
    with daemon(desk) as running:
        running.until(lambda: has_room(alice, "One"))
        desk.host("bob", 10, bob)
        desk.write()
        running.reload()
        running.until(lambda: has_room(bob, "Two"))
        (desk.folder / "hosts.d" / "alice.toml").unlink()
        running.reload()
        ask(alice, "Three")
        ask(bob, "Four")
        running.until(lambda: has_room(bob, "Four"))
        assert (has_room(alice, "One"), has_room(alice, "Three")) == (True, False)
        assert running.manager.lines().count("RELOADING=1") == 2
    assert "rule=host.left-out" in running.log()


def test_a_changed_file_is_taken_over_without_being_told(desk: Desk, alice: Dav) -> None:
    alice.put("work/One", calendar_object(event("One").replace("@meet", "@room")))
    with daemon(desk) as running:
        running.until(lambda: "host fine" in running.status() and "not visited" not in running.status())
        desk.hosts["alice"] += '[select]\nkeyword = "@room"\n'
        desk.write()
        running.until(lambda: has_room(alice, "One"))


def test_a_configuration_with_problems_is_told_and_the_old_one_goes_on(desk: Desk, alice: Dav) -> None:
    with daemon(desk) as running:
        good = desk.hosts["alice"]
        desk.hosts["alice"] = good.replace("username", "user")
        desk.write()
        running.reload()
        assert "configuration has problems" in running.status()
        ask(alice, "One")
        running.until(lambda: has_room(alice, "One"))
        desk.hosts["alice"] = good
        desk.write()
        running.reload()
        assert "problems" not in running.status()
    assert 'rule=config.unknown-key reason="' in running.log()
    assert "hint=" in running.log()


def test_what_needs_a_restart_is_told(desk: Desk, alice: Dav) -> None:
    with daemon(desk) as running:
        desk.instance = "other"
        desk.write()
        running.reload()
        ask(alice, "One")
        running.until(lambda: has_room(alice, "One"))
    assert "calbridge.toml: instance" in running.log()
    assert "cb1-main-" in alice.get("work/One")


def test_a_renewed_api_token_is_taken_over(desk: Desk, alice: Dav) -> None:
    ask(alice, "One")
    desk.api_token = "expired"
    with daemon(desk) as running:
        running.until(lambda: "platform left alone" in running.log())
        desk.api_token = "sandbox-token"
        desk.write()
        running.reload()
        running.until(lambda: has_room(alice, "One"))
    assert running.log().count("platform left alone") == 1


@pytest.mark.parametrize("told", [SIGTERM, SIGINT])
def test_it_ends_at_once_where_nothing_is_under_way(desk: Desk, told: Signals) -> None:
    with daemon(desk) as running:
        running.until(lambda: "fine" in running.status())
        ran, seconds = running.stop(told)
    assert (ran.code, seconds < 10) == (0, True)


def test_nobody_else_writes_beside_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOCK_WAIT", timedelta(seconds=0.2))
    with daemon(desk):
        codes = [desk.run(name).code for name in ("sync", "daemon", "plan")]
    assert codes == [75, 75, 0]
    assert desk.run("sync").code == 0


def test_the_status_page_is_served(desk: Desk) -> None:
    address = free_address()
    desk.more = desk.more.replace('""', f'"{address}"')
    with daemon(desk) as running:
        running.until(lambda: get(address, "readyz") == "ready\n")
        assert "calbridge_visits_total" in get(address, "metrics")


def get(address: str, path: str) -> str:
    try:
        with build_opener(ProxyHandler({})).open(f"http://{address}/{path}", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


def test_an_address_that_is_taken_is_told_at_the_start(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        desk.more = desk.more.replace('""', f'"{address}"')
        ran = desk.spawn("daemon")
    assert (ran.code, address in ran.err, "daemon.page" in ran.err) == (1, True, True)


def test_a_configuration_that_can_not_be_used_is_told_at_the_start(desk: Desk) -> None:
    desk.more = "[daemon]\nconcurrency = 0\n"
    assert desk.run("daemon").code == 78


def test_the_watchdog_is_fed_while_it_runs_and_not_while_it_stands_still(desk: Desk) -> None:
    with daemon(desk, watchdog=0.6) as running:
        running.until(lambda: fed(running) > 2)
        running.signal(SIGSTOP)
        time.sleep(0.1)  # a signal takes effect some time later
        before = fed(running)
        time.sleep(1)
        assert fed(running) == before
        running.signal(SIGCONT)
        running.until(lambda: fed(running) > before)


def fed(running: Daemon) -> int:
    return running.manager.lines().count("WATCHDOG=1")

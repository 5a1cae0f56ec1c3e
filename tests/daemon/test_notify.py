"""What systemd is told."""

import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.daemons import Manager

from calbridge.daemon.notify import Notifier


@pytest.fixture(name="manager", params=["a path", "an abstract name"])
def _manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    name = str(tmp_path / "notify") if request.param == "a path" else f"\0calbridge-{secrets.token_hex(8)}"
    manager = Manager(name)
    yield manager
    manager.close()


def test_messages_are_those_of_the_protocol(manager: Manager) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": manager.name})
    notifier.ready()
    notifier.alive()
    notifier.reloading()
    notifier.stopping()
    reloading = manager.heard().pop(2).splitlines()
    assert manager.messages == ["READY=1", "WATCHDOG=1", "STOPPING=1"]
    assert (reloading[0], reloading[1].removeprefix("MONOTONIC_USEC=").isdigit()) == ("RELOADING=1", True)


def test_a_status_is_one_line_and_sent_once(manager: Manager) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": manager.name})
    for line in ("all fine", "all fine", "one\nREADY=1", "all fine"):
        notifier.status(line)
    assert manager.heard() == ["STATUS=all fine", "STATUS=one READY=1", "STATUS=all fine"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_nobody_has_to_listen(environ: dict[str, str]) -> None:
    Notifier(environ).ready()


def test_a_manager_that_does_not_read_stops_nobody(manager: Manager) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": manager.name})
    for _ in range(10_000):
        notifier.alive()
    assert 0 < len(manager.heard()) < 10_000


@pytest.mark.parametrize(
    ("pid", "microseconds", "watchdog"),
    [
        ("", "30000000", timedelta(seconds=30)),
        (str(os.getpid()), "30000000", timedelta(seconds=30)),
        ("1", "30000000", None),
        ("", "", None),
        ("", "0", None),
        ("", "soon", None),
    ],
)
def test_the_watchdog_is_this_process_or_nobody_s(pid: str, microseconds: str, watchdog: timedelta | None) -> None:
    assert Notifier({"WATCHDOG_PID": pid, "WATCHDOG_USEC": microseconds}).watchdog == watchdog

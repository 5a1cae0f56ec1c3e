"""`calbridge daemon` in a process of its own, with a service manager that writes down what it is told."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGHUP, SIGKILL, SIGTERM, Signals

from support.caldav_servers import free_port
from support.desk import Desk, Ran, command

PATIENCE = 40.0
"""Seconds that anything may take before a test gives up: far more than it should, on a machine that does much else."""

EVERY_SECOND = '[daemon]\npoll_interval = "1s"\nstatus_address = ""\n'


class Manager:
    """A notify socket, as systemd has one. A name that begins with a null byte is an abstract one."""

    def __init__(self, name: str) -> None:
        self.name = name.replace("\0", "@")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(name)
        self._socket.settimeout(0)
        self.messages: list[str] = []

    def heard(self) -> list[str]:
        """Every message so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.messages.append(self._socket.recv(65536).decode())
        return self.messages

    def lines(self) -> list[str]:
        """Every line of every message."""
        return [line for message in self.heard() for line in message.splitlines()]

    def close(self) -> None:
        """Nobody listens any more."""
        self._socket.close()


class Daemon:
    """A running daemon over a desk's configuration."""

    def __init__(self, desk: Desk, manager: Manager, watchdog: float | None = None) -> None:
        desk.write()
        environ = {"NOTIFY_SOCKET": manager.name}
        if watchdog is not None:
            environ["WATCHDOG_USEC"] = str(int(watchdog * 1e6))
        self.manager = manager
        self._log = (desk.folder / f"log-{time.monotonic_ns()}").open("w+")
        self.process: subprocess.Popen[str] = command(
            "daemon", "--config", str(desk.folder), environ=environ, stderr=self._log
        )

    def log(self) -> str:
        """What it logged so far."""
        return Path(self._log.name).read_text()

    def signal(self, number: Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    def status(self) -> str:
        """How it last said that it is."""
        return next((line for line in reversed(self.manager.lines()) if line.startswith("STATUS=")), "")

    def reload(self) -> None:
        """Have it read its configuration again, and wait until it has."""
        before = self.manager.lines().count("READY=1")
        self.signal(SIGHUP)
        self.until(lambda: self.manager.lines().count("READY=1") > before)

    def until(self, true: Callable[[], object]) -> None:
        """Wait for something to become true while it runs."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def stop(self, number: Signals = SIGTERM) -> tuple[Ran, float]:
        """Tell it to end, and wait; what it left behind, and after how many seconds."""
        began = time.monotonic()
        self.signal(number)
        code = self.process.wait(timeout=PATIENCE)
        return Ran(code, "", self.log()), time.monotonic() - began

    def close(self) -> None:
        """Leave nothing running."""
        with self.process:
            if self.process.poll() is None:
                self.process.send_signal(SIGKILL)
        self._log.close()


@contextmanager
def daemon(desk: Desk, *, watchdog: float | None = None, begun: bool = True) -> Iterator[Daemon]:
    """A daemon that has begun, and is killed in the end if it still runs."""
    manager = Manager(str(desk.folder / f"notify-{time.monotonic_ns()}"))
    running = Daemon(desk, manager, watchdog)
    try:
        if begun:
            running.until(lambda: "READY=1" in manager.lines())
        yield running
    finally:
        running.close()
        manager.close()


def free_address() -> str:
    """A loopback address for a status page."""
    return f"127.0.0.1:{free_port()}"

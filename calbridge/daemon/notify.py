"""What systemd is told, by its own protocol: sd_notify(3). Without systemd nobody is told anything."""

import os
import socket
import time
from collections.abc import Mapping as Map
from datetime import timedelta


class Notifier:
    """Writes to `$NOTIFY_SOCKET`; a name that begins with @ is in Linux' abstract namespace."""

    def __init__(self, environ: Map[str, str]) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name
        self.watchdog = _watchdog(environ)
        self._status = ""

    def ready(self) -> None:
        """Begun, or reloaded: what was asked for is done."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The configuration is being read again."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """No further visits."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def status(self, line: str) -> None:
        """One line for `systemctl status`; sent where it is a new one."""
        line = " ".join(line.split())
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(0)  # a service manager that does not read must not stop our loop
                sender.sendto(message.encode(), self._address)
        except OSError:
            return  # that nobody listens is no reason to stop working


def _watchdog(environ: Map[str, str]) -> timedelta | None:
    """How long systemd waits for a sign of life from this process; None where it does not wait for any."""
    microseconds, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not microseconds.isdigit() or pid not in {"", str(os.getpid())}:
        return None
    return timedelta(microseconds=int(microseconds)) or None

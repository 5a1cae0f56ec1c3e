"""Lines with fields for systemd's journal, in its own protocol (systemd's JOURNAL_NATIVE_PROTOCOL).

A line is one datagram, with a field to each of its own lines; what is too large for that goes as a sealed file in
memory, whose descriptor is handed over. Every key is a field, for `journalctl CALBRIDGE_HOST=alice`.
"""

import errno
import fcntl
import os
import socket
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import structlog
from structlog.typing import EventDict, WrappedLogger

from calbridge.core.problem import printable

SOCKET = Path("/run/systemd/journal/socket")
PATIENCE = 1.0  # seconds; a journal that takes nothing must not stop the daemon, which its watchdog would then kill

_PRIORITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def is_journal(stream: IO[str], environ: Mapping[str, str]) -> bool:
    """Whether the journal is what reads this stream: systemd.exec(5), $JOURNAL_STREAM."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no stream of the operating system
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class Journal:
    """A processor that hands lines to the journal, and passes on those that it does not take."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = str(path or SOCKET)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        self._words = structlog.processors.LogfmtRenderer()

    def __call__(self, logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
        """Raise structlog.DropEvent where the journal has the line."""
        said = {key: value for key, value in entry.items() if key not in {"event", "level"}}
        fields = {
            "MESSAGE": f"{entry['event']} {self._words(logger, method, dict(said))}".rstrip(),
            "PRIORITY": _PRIORITIES[entry["level"]],
            "SYSLOG_IDENTIFIER": "calbridge",
            "CALBRIDGE_EVENT": entry["event"],
            **{f"CALBRIDGE_{key.upper()}": value for key, value in said.items()},
        }
        try:
            self._send("".join(f"{name}={printable(str(value))}\n" for name, value in fields.items()).encode())
        except OSError:  # the journal is gone, or stuck: stderr is the next best place
            return entry
        raise structlog.DropEvent

    def _send(self, line: bytes) -> None:
        try:
            self._socket.sendto(line, self._path)
        except OSError as error:
            if error.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
                raise
            self._hand_over(line)

    def _hand_over(self, line: bytes) -> None:
        descriptor = os.memfd_create("calbridge-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write(line)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [descriptor]))
            self._socket.sendmsg([b""], [rights], 0, self._path)

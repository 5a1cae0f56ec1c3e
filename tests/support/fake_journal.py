"""A socket that is spoken to as systemd's journal is."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

LONGEST = 10_000_000  # bytes of one line


class FakeJournal:
    """Takes lines until it is closed. It reads none by itself: its queue is the kernel's, of a few hundred at most."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(10)

    def entry(self) -> dict[str, str]:
        """The fields of the next line."""
        return dict(line.split("=", 1) for line in self.read().decode().splitlines())

    def read(self) -> bytes:
        """The next line. One that comes as a file is taken as the journal takes it: if nobody can change it."""
        data, descriptors, _, _ = socket.recv_fds(self._socket, 65536, 1)
        for descriptor in descriptors:
            data = os.pread(descriptor, LONGEST, 0)
            with pytest.raises(PermissionError):
                os.truncate(descriptor, 0)
            os.close(descriptor)
        return data

    def everything(self) -> str:
        """All that has come and was not read yet."""
        self._socket.setblocking(False)
        lines = []
        with suppress(BlockingIOError):
            while True:
                lines.append(self.read().decode())
        return "".join(lines)

    def close(self) -> None:
        """Nobody listens any more."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

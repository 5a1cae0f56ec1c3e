"""Every I/O boundary of a process, found by the interpreter and listed by nobody.

CPython tells a profile function of each call into C. Those that reach files, sockets or SQLite are the boundaries. One
is a *point* where the world differs from how it was at the last point: bytes came or went over a connection, or a file
beside the database is another. Whoever dies between two points leaves the same world behind as at the first of them.
"""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

_IO = frozenset({"posix", "fcntl", "_io", "socket", "_socket", "sqlite3"})
"""Where CPython keeps what reaches out of the process: a function's module, or that of its object's type."""

_NO_CALL = frozenset({"posix.fspath", "posix._path_normpath"})
"""What never leaves the process after all."""

_STORY = ("calbridge.apply", "calbridge.sync", "calbridge.app")

Files = tuple[tuple[str, int, int], ...]


class Boundaries:
    """Watches this process from `watch` on. `struck` is called at point number `strike`, from 0; None is never."""

    def __init__(self, folder: Path, strike: int | None, struck: Callable[[], None]) -> None:
        self.names: list[str] = []
        self._folder = str(folder)
        self._files = self._look()
        self._strike = strike
        self._struck = struck
        self._last = "nothing"
        self._awaits_answer = False
        self._changed: str | None = "the start"
        self._place = "cli"

    def watch(self) -> None:
        """From now on."""
        sys.setprofile(self._see)

    def rest(self) -> None:
        """No more; what changed since the last point is one more."""
        sys.setprofile(None)
        self._arrive()

    def _see(self, frame: FrameType, event: str, function: Any) -> None:  # Any: None for Python's own calls
        if event not in {"c_call", "c_return"}:
            return
        owner = function.__self__
        module = owner.__name__ if isinstance(owner, ModuleType) else type(owner).__module__
        if module not in _IO:
            return
        call = f"{module}.{function.__name__}"
        if call in _NO_CALL:
            return
        if event == "c_call":
            self._arrive()
            self._place = _story(frame) or self._place
            self._last = f"{call} in {self._place}"
        elif isinstance(owner, socket.socket) and owner.family != socket.AF_UNIX:  # those are for its own event loop
            self._exchanged(function.__name__)

    def _exchanged(self, verb: str) -> None:
        """Bytes went or came; of an answer the first tells all, as what it reports on has been done."""
        if verb.startswith("send") or (verb.startswith("recv") and self._awaits_answer):
            self._changed = self._last
            self._awaits_answer = verb.startswith("send")

    def _arrive(self) -> None:
        files = self._look()
        changed = self._changed or (self._last if files != self._files else None)
        if changed is None:
            return
        self._files, self._changed = files, None
        self.names.append(f"{len(self.names)} after {changed}")
        if len(self.names) - 1 == self._strike:
            self._struck()

    def _look(self) -> Files:
        """The files of the database; but for the shared memory, which SQLite makes anew after a crash."""
        with os.scandir(self._folder) as found:
            stats = [(entry.name, entry.stat()) for entry in found if not entry.name.endswith("-shm")]
        return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats))


def _story(frame: FrameType | None) -> str | None:
    """The innermost function that knows what the call is for."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_STORY):
            return f"{module.removeprefix('calbridge.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return None

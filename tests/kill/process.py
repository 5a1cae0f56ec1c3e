"""A command in a process that can be told where to die: forked, as Python takes ten passes long to start."""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL, Signals
from typing import Any, NoReturn

from calbridge import cli
from calbridge.commands import process
from kill.boundaries import Boundaries

DEADLINE = 90.0  # seconds: beyond the 30 that a sync waits for a lock, and the 30 of a request


@dataclass(frozen=True)
class Strike:
    """A signal that the process sends itself at one of its points, counted from 0."""

    point: int
    signal: Signals = SIGKILL


@dataclass(frozen=True)
class Ran:
    """What is left of a process: its exit code (negative: the signal that killed it) and what it said."""

    code: int
    out: str
    err: str

    @property
    def host(self) -> dict[str, Any]:  # Any: JSON
        """What it said of its one host."""
        [host] = json.loads(self.out)["hosts"]
        assert isinstance(host, dict)
        return host

    @property
    def rules(self) -> list[str]:
        """The rules of the problems that kept it from all hosts."""
        return [problem["rule"] for problem in json.loads(self.out).get("problems", ())]

    @property
    def is_quiet(self) -> bool:
        """Nothing done, nothing to complain about."""
        return self.code == 0 and not self.host["actions"] and not self.host["problems"]


class Process:
    """A running `calbridge sync --json`, told by its folder: `calbridge.toml`, and the database in `state`.

    `command` is another one with the same JSON, with its arguments.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        command: Sequence[str] = ("sync",),
        strike: Strike | None = None,
        points: bool = False,
        lock_wait: timedelta = process.LOCK_WAIT,
    ) -> None:
        self._said = folder / f"said-{time.monotonic_ns()}"
        self._said.mkdir()
        assert threading.active_count() == 1, "a fork has none of its parent's other threads, but may miss them"
        self.pid = os.fork()
        if self.pid == 0:
            process.LOCK_WAIT = lock_wait
            words = (*command, *arguments)
            _become_calbridge(folder, self._said, words, strike, watched=points or strike is not None)

    def stopped(self) -> bool:
        """Wait until it has stopped (True) or ended (False)."""
        return os.WIFSTOPPED(self._wait(os.WUNTRACED))

    def signal(self, number: Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def ended(self) -> Ran:
        """Wait for its end."""
        status = self._wait(0)
        out, err = ((self._said / name).read_text() for name in ("out", "err"))
        return Ran(os.waitstatus_to_exitcode(status), out, err)

    def points(self) -> list[str]:
        """The points that it came by, once it has ended of its own accord."""
        return (self._said / "points").read_text().splitlines()

    def _wait(self, options: int) -> int:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, options | os.WNOHANG)
            if pid:
                return status
            time.sleep(0.002)
        os.kill(self.pid, SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"calbridge was not done within {DEADLINE:g} s")


def sync(folder: Path, *arguments: str) -> Ran:
    """One pass, to its end."""
    return Process(folder, *arguments).ended()


def _become_calbridge(
    folder: Path, said: Path, words: Sequence[str], strike: Strike | None, *, watched: bool
) -> NoReturn:
    code = 70
    try:
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(said / name, os.O_WRONLY | os.O_CREAT), number)
        sys.argv = ["calbridge", *words, "--json", "--config", str(folder)]
        at = None if strike is None else strike.point
        number = SIGKILL if strike is None else strike.signal
        boundaries = Boundaries(folder / "state", at, lambda: os.kill(os.getpid(), number))
        if watched:
            boundaries.watch()
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        sys.stdout.flush()
        boundaries.rest()
        (said / "points").write_text("\n".join(boundaries.names))
    finally:
        os._exit(code)

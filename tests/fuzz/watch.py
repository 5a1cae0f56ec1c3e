"""A deadline for one step, in processor time: other programs of this machine don't count."""

import faulthandler
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

HANGS: Final = 60
"""Seconds after which a step that is deaf to signals (in a regular expression) ends the process with a traceback."""


class TooLong(BaseException):
    """A step took longer than it may; no boundary of the code under test catches it."""


@dataclass
class Taken:
    """How much processor time a step took, in seconds."""

    seconds: float = 0.0


@contextmanager
def deadline(seconds: float) -> Iterator[Taken]:
    """Raise `TooLong` in what takes longer."""
    taken = Taken()
    before = signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    faulthandler.dump_traceback_later(max(HANGS, 4 * seconds), exit=True)
    started = time.process_time()
    try:
        yield taken
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, before)
        taken.seconds = time.process_time() - started


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TooLong

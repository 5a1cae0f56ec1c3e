"""What a command that works on the database does with its process: the lock held, SIGTERM taken for what it is."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog

from calbridge.errors import LockedError
from calbridge.store import Lock

LOCK_WAIT = timedelta(seconds=30)
"""How long a command waits for another to give the database's lock back."""

_log = structlog.get_logger()


class Terminated(KeyboardInterrupt):
    """SIGTERM."""


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end what runs inside in good order, so that nothing is left behind: it raises `Terminated`."""

    def terminate(_signal: int, _frame: object) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise Terminated from None
        loop.call_soon_threadsafe(_cancel_all, loop)  # as asyncio does for Ctrl-C: an exception here could get lost

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    except asyncio.CancelledError:
        raise Terminated from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the database's lock; say so where that takes a while. Raises `LockedError` after `LOCK_WAIT`."""
    lock = Lock(database)
    try:
        lock.acquire(timedelta())
    except LockedError as error:
        _log.warning("waiting", reason=error.problem.reason, seconds=LOCK_WAIT.seconds)
        lock.acquire(LOCK_WAIT)
    with lock:
        yield

"""One writer per database (design, section 5.9): an OS lock that the kernel gives back when its process dies."""

import fcntl
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from calbridge.core.problem import Problem
from calbridge.errors import LockedError, StoreError
from calbridge.store.files import opened

_PAUSE = 0.2  # seconds between two tries


class Lock:
    """The lock of one database, on the file `<database>.lock`, which stays behind and holds the last owner's pid."""

    def __init__(self, database: Path) -> None:
        target = database.resolve()  # one database has one lock, whatever link it is reached by
        self.path = target.with_name(target.name + ".lock")
        self._descriptor: int | None = None

    def acquire(
        self,
        wait: timedelta,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Self:
        """Take the lock, waiting this long for another process to give it back; then `LockedError`.

        `clock` counts seconds. Raises `StoreError` where the file can't be opened, or its file system has no locks.
        """
        deadline = clock() + wait.total_seconds()
        while not self._try():
            left = deadline - clock()
            if left <= 0:
                raise LockedError(self._held())
            sleep(min(_PAUSE, left))
        return self

    def taken(self) -> Problem | None:
        """Who holds it, None where nobody does. Makes no file, and holds nothing when it returns.

        Raises `StoreError` where the file can't be read.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._held()
        finally:
            os.close(descriptor)
        return None

    def release(self) -> None:
        """Give the lock back; without it, does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _try(self) -> bool:
        try:
            descriptor = opened(self.path, os.O_NOFOLLOW)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_same_file(descriptor, self.path):  # somebody removed it while we waited: a new one counts
                os.close(descriptor)
                return False
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise self._unusable(error) from error
        self._descriptor = descriptor
        return True

    def _held(self) -> Problem:
        reason = f"another calbridge{self._owner()} works on this database"
        return Problem(str(self.path), "store.locked", reason, "wait for it to end, or stop it")

    def _owner(self) -> str:
        try:
            text = self.path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):  # the pid only helps; the lock is what counts
            return ""
        return f" (process {text})" if text.isdigit() else ""

    def _unusable(self, error: OSError) -> StoreError:
        reason = f"the lock file can't be used: {error.strerror}"
        hint = "let the database's folder exist, be writable for this user, and be on a local disk with free space"
        return StoreError(Problem(str(self.path), "store.lock", reason, hint))


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

"""A copy of a database in memory, taken without changing anything on disk: no file, no lock, no time of change."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from calbridge.core.problem import Misfit
from calbridge.errors import StoreError
from calbridge.store.database import BUSY_TIMEOUT, connect_memory, failure


def copy(path: Path) -> sqlite3.Connection:
    """Copy the database as it was last committed, its write-ahead log included; empty if there is no such file.

    Raises `StoreError` if it can't be read.
    """
    memory = connect_memory()
    try:
        if path.exists():
            with _readable(path.resolve()) as source:  # SQLite keeps its files beside a link's target
                source.backup(memory)
    except sqlite3.Error as error:
        memory.close()
        raise failure(error, str(path)) from error
    except OSError as error:
        memory.close()
        raise unreadable(error, path) from error
    return memory


def unreadable(error: OSError, path: Path) -> StoreError:
    """What to say where a file system's error keeps us from a database."""
    hint = "let this user read it and its folder, or run this as the user that runs calbridge"
    return StoreError(Misfit("store.open", f"it can't be read: {error.strerror}", hint).at(str(path)))


@contextmanager
def _readable(path: Path) -> Iterator[sqlite3.Connection]:
    log, index = _beside(path, "-wal"), _beside(path, "-shm")
    if index.exists() and log.exists():  # a process has it open, or died with it open
        with _connect(path, "mode=ro&readonly_shm=1") as source:
            yield source
    elif log.exists() or _beside(path, "-journal").exists():  # SQLite would have to repair it: let it, elsewhere
        with TemporaryDirectory(prefix="calbridge-") as folder:
            for part in (path, log, _beside(path, "-journal")):
                if part.exists():
                    shutil.copyfile(part, Path(folder, part.name))
            with _connect(Path(folder, path.name), "mode=rw") as source:
                yield source
    else:
        with _connect(path, "immutable=1") as source:
            yield source


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@contextmanager
def _connect(path: Path, options: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.as_uri()}?{options}", uri=True, timeout=BUSY_TIMEOUT)) as source:
        yield source

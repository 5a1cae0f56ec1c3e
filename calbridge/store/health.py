"""How a database fares, looked at without changing anything: no file, no lock, no schema."""

import os
import pwd
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from calbridge.core.problem import Misfit, Problem
from calbridge.errors import StoreError
from calbridge.store.database import failure
from calbridge.store.migrate import HEAD
from calbridge.store.snapshot import copy, unreadable

LITTLE_SPACE = 256 * 2**20  # bytes
_WAL = b"\x02\x02"  # the header's bytes 18 and 19 of a database with a write-ahead log (SQLite's file format, 1.3)


@dataclass(frozen=True, slots=True)
class Health:
    """`exists`: the first sync makes it. `schema` is its revision, None where it has none; sizes are in bytes."""

    exists: bool
    schema: str | None
    size: int
    free: int
    problems: tuple[Problem, ...]


def examine(path: Path) -> Health:
    """Look at the file, its folder and its disk. Raises `StoreError` where it can't be read at all."""
    try:
        return _examined(path)
    except OSError as error:
        raise unreadable(error, path) from error


def _examined(path: Path) -> Health:
    where = str(path)
    folder = path.parent
    if not folder.is_dir():
        missing = Misfit("store.folder", f"the folder {folder} does not exist", "create it, or change [store] url")
        raise StoreError(missing.at(where))
    free = shutil.disk_usage(folder).free
    around = [misfit.at(where) for misfit in _around(path, free)]
    if not path.exists():
        return Health(exists=False, schema=None, size=0, free=free, problems=tuple(around))
    with closing(copy(path)) as database:
        try:
            schema, inside = _inside(database)
        except sqlite3.Error as error:
            raise failure(error, where) from error
    with path.open("rb") as file:
        header = file.read(20)[18:]
    found = [*around, *(misfit.at(where) for misfit in inside)]
    if header != _WAL:
        found.append(_NO_LOG.at(where))
    return Health(exists=True, schema=schema, size=path.stat().st_size, free=free, problems=tuple(found))


def _around(path: Path, free: int) -> Iterator[Misfit]:
    targets = [path.parent, *([path] if path.exists() else [])]
    for target in targets:
        if not os.access(target, os.W_OK):
            hint = "make it writable for the user that runs calbridge; run doctor as that user"
            yield Misfit("store.read-only", f"{target} can't be written by this user", hint)
    yield from _strangers(path)
    if free < LITTLE_SPACE:
        reason = f"its disk has {free // 2**20} MiB left"
        yield Misfit("store.space", reason, "free some space: what can't be remembered is not done")


def _strangers(path: Path) -> Iterator[Misfit]:
    """Files that somebody else made, as root does by a sync of her own: the service can't open them any more."""
    owner = path.parent.stat().st_uid
    if owner == 0:
        return
    for each in (path, *(path.with_name(path.name + suffix) for suffix in (".lock", "-wal", "-shm"))):
        if each.exists() and each.stat().st_uid != owner:
            reason = f"{each} belongs to {_name(each.stat().st_uid)}, and its folder to {_name(owner)}"
            hint = f"chown {_name(owner)} {each}; run calbridge as {_name(owner)}: runuser -u {_name(owner)} -- ..."
            yield Misfit("store.owner", reason, hint)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _inside(database: sqlite3.Connection) -> tuple[str | None, list[Misfit]]:
    sound = [row for (row,) in database.execute("PRAGMA integrity_check(3)")]
    misfits = [] if sound == ["ok"] else [Misfit("store.corrupt", f"it is damaged: {sound[0]}", _MOVE)]
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None, misfits
    if "alembic_version" not in tables:
        foreign = Misfit("store.foreign", "it is a database of another program", "name another file under [store] url")
        return None, [*misfits, foreign]
    revisions = database.execute("SELECT version_num FROM alembic_version")
    schema = next((str(revision) for (revision,) in revisions), "")
    if schema > HEAD:
        reason = f"a newer calbridge wrote it (its schema is {schema}, this version knows {HEAD})"
        misfits.append(Misfit("store.newer", reason, "install that version again, or put back an older copy"))
    if database.execute("PRAGMA foreign_key_check").fetchone() is not None:
        misfits.append(Misfit("store.references", "its rows do not fit together", _MOVE))
    return schema, misfits


_MOVE = "move it away: calbridge finds its conferences again by their markers; or put a backup back"
_NO_LOG = Misfit(
    "store.journal",
    "it has no write-ahead log (its journal mode is not WAL)",
    "nothing, if the next sync opens it: it sets the mode; else put it on a local disk",
)

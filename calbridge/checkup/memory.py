"""The database and its lock."""

from collections.abc import Iterator
from pathlib import Path

from calbridge.checkup.findings import Area, Finding, failed, fine, warned
from calbridge.errors import StoreError
from calbridge.store import Lock
from calbridge.store.health import Health, examine

_ONLY_WARNINGS = frozenset({"store.journal", "store.space"})


def look_at_database(path: Path) -> Iterator[Finding]:
    """Check the file, its disk and who holds it. Changes nothing."""
    try:
        health = examine(path)
    except StoreError as error:
        yield failed(Area.DATABASE, error.problem)
        return
    for problem in health.problems:
        yield warned(Area.DATABASE, problem) if problem.rule in _ONLY_WARNINGS else failed(Area.DATABASE, problem)
    if not health.problems:
        yield fine(Area.DATABASE, str(path), "store.health", _described(health))
    yield _lock(path)


def _described(health: Health) -> str:
    space = f"{health.free // 2**20} MiB free"
    if not health.exists:
        return f"not there yet: the first sync makes it; {space}"
    return f"sound; schema {health.schema or 'none yet'}, {-(-health.size // 1024)} KiB, write-ahead log; {space}"


def _lock(path: Path) -> Finding:
    try:
        taken = Lock(path).taken()
    except StoreError as error:
        return failed(Area.DATABASE, error.problem)
    if taken is None:
        what = "nobody holds it: no daemon and no sync is running"
        return fine(Area.DATABASE, f"{path}.lock", "store.lock", what)
    return fine(Area.DATABASE, f"{path}.lock", "store.lock", taken.reason)

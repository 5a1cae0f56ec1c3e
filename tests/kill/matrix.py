"""The kill matrix: every operation, killed at every point; a table of how it went on."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGKILL

from support.people import newcomers

from calbridge.commands.process import LOCK_WAIT
from kill.lane import lane
from kill.operations import OPERATIONS, Operation
from kill.trial import Row, Trial


@dataclass(frozen=True)
class Sample:
    """Some operations, and so many points of each, chosen by chance; None are all, and a wait of the real length.

    Processes of the operations `hung` are also stopped, at two points, once to go on and once to be killed.
    """

    operations: frozenset[str]
    killed: int | None
    hung: frozenset[str]
    seed: int


_NAMES = frozenset(operation.name for operation in OPERATIONS)
ALL = Sample(_NAMES, killed=None, hung=_NAMES, seed=1)


def matrix(folder: Path, sample: Sample, workers: int = 2) -> list[Row]:
    """Run it, shared out to worker processes that have servers of their own."""
    with ProcessPoolExecutor(workers + 1, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_work, folder / str(n), sample, n, workers) for n in range(workers)]
        if sample.killed is None:
            jobs.append(pool.submit(_wait, folder / "wait"))
        shares = [job.result() for job in jobs]
    rows = {operation.name: Row(operation.name) for operation in OPERATIONS if operation.name in sample.operations}
    for share in chain.from_iterable(shares):
        _add(share, rows[share.operation])
    return list(rows.values())


def _add(share: Row, row: Row) -> None:
    row.points = share.points
    row.killed += share.killed
    row.continued += share.continued
    row.replaced += share.replaced
    row.longest = max(row.longest, share.longest)
    row.failures += share.failures


@contextmanager
def _trials(folder: Path) -> Iterator[Callable[[Operation], Trial]]:
    """Make operations ready, one after the other, on servers that start once."""
    with newcomers(folder / "radicale") as new:
        collections = folder / "radicale" / "collections" / "collection-root"
        with lane(folder / "lane", collections) as here:

            def ready(operation: Operation) -> Trial:
                here.begin(new())
                return Trial(here, operation)

            yield ready


def _work(folder: Path, sample: Sample, number: int, workers: int) -> list[Row]:
    """One worker's share: of a few points whole operations, as each takes a while to get ready; else of every one."""
    operations = [operation for operation in OPERATIONS if operation.name in sample.operations]
    every = slice(number, None, workers)
    with _trials(folder) as ready:
        if sample.killed is None:
            return [_try(ready(operation), sample, every) for operation in operations]
        return [_try(ready(operation), sample, slice(None)) for operation in operations[every]]


def _try(trial: Trial, sample: Sample, share: slice) -> Row:
    chance = Random(sample.seed)
    points = range(len(trial.points))
    chosen = points if sample.killed is None else chance.sample(points, min(sample.killed, len(points)))
    for point in chosen[share]:
        trial.kill(point)
    stopped = chance.sample(trial.locked, 2) if trial.row.operation in sample.hung else []
    for point in stopped[share]:
        trial.stop(point, then=SIGCONT)
        trial.stop(point, then=SIGKILL)
    return trial.row


def _wait(folder: Path) -> list[Row]:
    """One process that waits for the lock as long as it does in real life."""
    with _trials(folder) as ready:
        trial = ready(next(operation for operation in OPERATIONS if operation.name == "update"))
        trial.stop(trial.locked[len(trial.locked) // 2], then=SIGCONT, lock_wait=LOCK_WAIT)
        return [trial.row]

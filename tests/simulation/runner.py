"""Many histories, over several processes, and what came of all of them."""

import gc
import multiprocessing
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simulation.history import Histories, Result

CHUNK = 20
"""Histories that a process runs at a stretch."""


@dataclass
class Tally:
    """Sums over histories. `quiet` counts them by the calm pass that was the last to write; `broken` violated."""

    histories: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    quiet: Counter[int] = field(default_factory=Counter)
    broken: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Count one."""
        self.histories += 1
        self.struck += result.struck
        if result.violation is None:
            self.quiet[result.quiet] += 1
        else:
            self.broken.append(result)

    def __str__(self) -> str:
        """Say it in a table."""
        total = sum(self.struck.values())
        lines = [f"histories {self.histories}, faults {total} ({total / max(self.histories, 1):.1f} a history)"]
        lines += [f"  {count:>8}  {kind}" for kind, count in sorted(self.struck.items())]
        spread = ", ".join(f"{passes}: {count}" for passes, count in sorted(self.quiet.items()))
        lines += [f"passes to quiet  {spread}", f"violations {len(self.broken)}"]
        return "\n".join(lines)


def run(seeds: Iterable[int], *, processes: int | None = None, seen: Callable[[Result], None]) -> Tally:
    """Run these seeds' histories; `seen` is called with each result as it comes, in the order of the seeds."""
    tally = Tally()
    for result in _results(list(seeds), processes or os.cpu_count() or 1):
        tally.add(result)
        seen(result)
    return tally


def run_here(seeds: Iterable[int]) -> Iterator[Result]:
    """Run them in this process."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="calbridge-simulation-", dir=memory) as folder:
        histories = Histories(Path(folder))
        try:
            yield from map(histories.run, seeds)
        finally:
            histories.close()


def _results(seeds: list[int], processes: int) -> Iterator[Result]:
    if processes == 1:
        _collect_rarely()
        yield from run_here(seeds)
        return
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    with multiprocessing.get_context("spawn").Pool(processes, _collect_rarely) as pool:
        for results in pool.imap(_chunk, chunks):
            yield from results


def _chunk(seeds: list[int]) -> list[Result]:
    return [_light(result) for result in run_here(seeds)]


def _collect_rarely() -> None:
    """What is there to begin with stays, and what histories leave is little: a tenth of the time is saved."""
    gc.freeze()
    gc.set_threshold(100_000)


def _light(result: Result) -> Result:
    """A trace is long, and a replay shows it again."""
    return Result(result.seed, result.digest, result.struck, result.quiet, result.violation, result.said, ())

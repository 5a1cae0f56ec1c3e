"""Run histories, and say what came of them."""

import argparse
import sys
import time
from functools import partial

from simulation.history import Result
from simulation.runner import run, run_here

SOME = 1000
"""Histories after which to say how far it is."""


def main() -> int:
    """Exit 1 where an invariant was violated."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories")
    parser.add_argument("--first", type=int, default=1, help="the first one's seed")
    parser.add_argument("--processes", type=int, help="as many as there are processors, unless said otherwise")
    parser.add_argument("--replay", type=int, metavar="SEED", help="run this one and print its trace")
    asked = parser.parse_args()
    if asked.replay is not None:
        return _replay(asked.replay)
    started = time.monotonic()
    seeds = range(asked.first, asked.first + asked.seeds)
    tally = run(seeds, processes=asked.processes, seen=partial(_say, first=asked.first))
    _print(f"{tally}\n{time.monotonic() - started:.0f} s")
    return 1 if tally.broken else 0


def _say(result: Result, first: int) -> None:
    done = result.seed - first + 1
    if done % SOME == 0:
        _print(f"{done} histories so far")
    if result.violation is not None:
        _print(f"seed {result.seed}: {result.said}\n  PYTHONPATH=tests python -m simulation --replay {result.seed}")


def _replay(seed: int) -> int:
    [result] = run_here([seed])
    _print("\n".join((*result.trace, result.said or "all as it should be", result.digest)))
    return 1 if result.violation else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

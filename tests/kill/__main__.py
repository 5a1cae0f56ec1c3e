"""`python -m kill [--points N]`: the matrix, or that many points of each operation; ends with 1 for a failure."""

import sys
import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from kill.matrix import ALL, matrix


def main() -> int:
    parser = ArgumentParser(prog="python -m kill")
    parser.add_argument("--points", type=int, metavar="N", help="kill at N points of each operation, not at all")
    sample = replace(ALL, killed=parser.parse_args().points)
    began = time.monotonic()
    with TemporaryDirectory(prefix="calbridge-kill-") as folder:
        rows = matrix(Path(folder), sample)
    say = sys.stdout.write
    say(f"{'operation':<16} {'points':>6} {'killed':>6} {'stopped':>7} {'converged':>9} {'passes at most':>14}\n")
    for row in rows:
        stopped = row.continued + row.replaced
        converged = row.killed + stopped - len(row.failures)
        say(f"{row.operation:<16} {row.points:>6} {row.killed:>6} {stopped:>7} {converged:>9} {row.longest:>14}\n")
    failures = [failure for row in rows for failure in row.failures]
    say("".join(f"{failure}\n" for failure in failures))
    say(f"{sum(row.killed for row in rows)} kills in {time.monotonic() - began:.0f} s, {len(failures)} failures\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

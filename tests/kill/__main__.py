"""`python -m kill`: the whole matrix, printed; ends with 1 where anything went wrong."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from kill.matrix import ALL, matrix


def main() -> int:
    began = time.monotonic()
    with TemporaryDirectory(prefix="calbridge-kill-") as folder:
        rows = matrix(Path(folder), ALL)
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

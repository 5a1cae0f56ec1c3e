"""All of it, with a table: `python -m fuzz`, as `make fuzz` does. Exits 1 where something happened that must not."""

import os
import sys
from collections.abc import Callable

from fuzz import answers, bombs, runs
from fuzz.tally import Tally, peak

OBJECTS = int(os.environ.get("CALBRIDGE_FUZZ", "10000"))
ANSWERS = int(os.environ.get("CALBRIDGE_FUZZ_ANSWERS", "2000"))
MEMORY = 600
"""MiB of memory that a run may take at its peak: the largest object is 10 MiB, the largest answer 32."""


def main() -> int:
    """Run, print, judge."""
    runs_by_title: dict[str, Callable[[], Tally]] = {
        "mutated calendar objects": lambda: runs.over_objects(OBJECTS),
        "bombs": lambda: runs.over_bombs(bombs.bombs()),
        "mutated XML answers": lambda: answers.over_xml(ANSWERS),
        "mutated JSON answers": lambda: answers.over_json(ANSWERS),
    }
    mistakes = 0
    for title, run in runs_by_title.items():
        tally = run()
        memory = f"{peak():8} MiB of memory at the peak so far"
        print(*tally.table(title), memory, "", sep="\n", flush=True)  # noqa: T201  its result
        mistakes += len(tally.mistakes)
    return int(mistakes > 0 or peak() > MEMORY)


if __name__ == "__main__":
    sys.exit(main())

"""`calbridge uninstall` may die anywhere: run again, it leaves nothing."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from kill.leaving import leave_killed

KILLED = 500 if "CALBRIDGE_LONG" in os.environ else 3


def test_a_host_who_leaves_is_gone_wherever_it_died(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:  # which forks, and so has no threads
        points, wrong = pool.submit(leave_killed, tmp_path, KILLED, 3).result()
    assert (wrong, points > 20) == ([], True)

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from calbridge.errors import LockedError, StoreError
from calbridge.store import Lock

NOT_AT_ALL = timedelta()
ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from datetime import timedelta
from pathlib import Path
from calbridge.store import Lock
Lock(Path(sys.argv[1])).acquire(timedelta())
print("held", flush=True)
time.sleep(60)
"""


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self, then: Callable[[float], None] = lambda _: None) -> None:
        self.now = 0.0
        self.then = then

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.then(self.now)


def test_a_lock_is_held_until_it_is_released(path: Path) -> None:
    with Lock(path).acquire(NOT_AT_ALL), pytest.raises(LockedError):
        Lock(path).acquire(NOT_AT_ALL)

    Lock(path).acquire(NOT_AT_ALL).release()


def test_the_problem_names_the_process_and_the_file(path: Path) -> None:
    with Lock(path).acquire(NOT_AT_ALL), pytest.raises(LockedError) as failed:
        Lock(path).acquire(NOT_AT_ALL)

    assert f"process {os.getpid()}" in failed.value.problem.reason
    assert failed.value.problem.where == f"{path}.lock"


def test_the_lock_file_stays_and_is_for_its_owner_only(path: Path) -> None:
    lock = Lock(path).acquire(NOT_AT_ALL)
    lock.release()
    lock.release()

    assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600
    assert lock.path.read_text() == f"{os.getpid()}\n"


def test_it_waits_as_long_as_it_was_told(path: Path) -> None:
    clock = Clock()

    with Lock(path).acquire(NOT_AT_ALL), pytest.raises(LockedError):
        Lock(path).acquire(timedelta(seconds=30), clock=clock, sleep=clock.sleep)

    assert clock.now == pytest.approx(30)


def test_it_takes_a_lock_that_is_given_back_meanwhile(path: Path) -> None:
    first = Lock(path).acquire(NOT_AT_ALL)
    clock = Clock(then=lambda now: first.release() if now > 3 else None)

    Lock(path).acquire(timedelta(seconds=30), clock=clock, sleep=clock.sleep).release()

    assert 3 < clock.now < 4


def test_a_lock_is_the_same_by_whatever_link_the_database_is_reached(path: Path, tmp_path: Path) -> None:
    path.touch()
    link = tmp_path / "link.db"
    link.symlink_to(path)

    with Lock(path).acquire(NOT_AT_ALL), pytest.raises(LockedError):
        Lock(link).acquire(NOT_AT_ALL)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"12; rm -rf /\n"])
def test_what_is_no_pid_is_not_shown(path: Path, content: bytes) -> None:
    with Lock(path).acquire(NOT_AT_ALL) as lock:
        lock.path.write_bytes(content)

        with pytest.raises(LockedError) as failed:
            Lock(path).acquire(NOT_AT_ALL)

    assert "process" not in failed.value.problem.reason


def test_a_lock_in_no_folder_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as failed:
        Lock(tmp_path / "missing" / "calbridge.db").acquire(NOT_AT_ALL)

    assert failed.value.problem.rule == "store.lock"


def test_a_removed_lock_file_is_not_what_is_locked(path: Path) -> None:
    with Lock(path).acquire(NOT_AT_ALL) as lock:
        lock.path.unlink()

        with Lock(path).acquire(NOT_AT_ALL), pytest.raises(LockedError):
            Lock(path).acquire(NOT_AT_ALL)


def test_the_kernel_gives_back_the_lock_of_a_killed_process(path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(LockedError, match=f"process {holder.pid}"):
                Lock(path).acquire(NOT_AT_ALL)
        finally:
            holder.kill()

    Lock(path).acquire(NOT_AT_ALL).release()

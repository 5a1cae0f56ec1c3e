import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from calbridge.store import Store

ROOT = Path(__file__).parents[2]
WORK = "https://dav.example.com/alice/work/"
WRITE = """
import sys, time
from pathlib import Path
from calbridge.store import Store
store = Store.open(Path(sys.argv[1]))
store.calendars.claim(sys.argv[2], 9)
print("written", flush=True)
time.sleep(60)
"""


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    def look(file: Path) -> tuple[int, int, bytes]:
        return file.stat().st_ino, file.stat().st_mtime_ns, file.read_bytes() if file.is_file() else b""

    return {str(file): look(file) for file in (folder, *folder.rglob("*"))}


def claimed_in_a_copy(path: Path) -> list[str]:
    """The calendars of a snapshot, after proof that taking and using it changed nothing on disk."""
    before = everything(path.parent)
    with Store.snapshot(path) as store:
        found = [calendar.url for calendar in store.calendars.all()]
        store.calendars.claim("https://dav.example.com/planned/", 9)
    assert everything(path.parent) == before
    return found


@pytest.fixture
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the database open and committed to it."""
    command = [sys.executable, "-c", WRITE, str(path), WORK]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "written\n"
            yield process
        finally:
            process.kill()


def test_no_database_is_an_empty_copy(path: Path) -> None:
    assert claimed_in_a_copy(path) == []
    assert not path.exists()


def test_no_folder_is_an_empty_copy(tmp_path: Path) -> None:
    with Store.snapshot(tmp_path / "missing" / "calbridge.db") as store:
        assert store.calendars.all() == ()

    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_an_empty_copy(path: Path) -> None:
    path.touch()

    assert claimed_in_a_copy(path) == []


def test_a_closed_database_is_copied(path: Path) -> None:
    with Store.open(path) as store:
        store.calendars.claim(WORK, 9)

    assert claimed_in_a_copy(path) == [WORK]


def test_a_database_is_copied_through_a_link(path: Path, tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(path)

    assert claimed_in_a_copy(link) == [WORK]


def test_a_database_that_a_daemon_writes_is_copied_as_last_committed(path: Path, writer: subprocess.Popen[str]) -> None:
    assert claimed_in_a_copy(path) == [WORK]


def test_a_copy_leaves_out_a_transaction_that_is_still_open(path: Path) -> None:
    with Store.open(path) as store, store.transaction():
        store.calendars.claim(WORK, 9)

        assert claimed_in_a_copy(path) == []


def test_what_a_killed_process_committed_is_copied(path: Path, writer: subprocess.Popen[str]) -> None:
    writer.kill()
    writer.wait()

    assert {file.name for file in path.parent.iterdir()} >= {"calbridge.db", "calbridge.db-wal", "calbridge.db-shm"}
    assert claimed_in_a_copy(path) == [WORK]


def test_a_log_alone_is_read_elsewhere(
    path: Path, writer: subprocess.Popen[str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.kill()
    writer.wait()
    path.with_name(path.name + "-shm").unlink()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))

    assert claimed_in_a_copy(path) == [WORK]
    assert list(elsewhere.iterdir()) == []


def test_what_a_crash_left_half_written_is_rolled_back_in_the_copy_only(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        store.calendars.claim(WORK, 9)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.executescript("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; DELETE FROM calendars")
    many = [(f"{WORK}{number}/",) for number in range(2000)]
    raw.executemany("INSERT INTO calendars VALUES (?, 9, NULL, '', 0, NULL, NULL)", many)
    crashed = tmp_path / "crashed"
    shutil.copytree(path.parent, crashed, ignore=shutil.ignore_patterns("crashed"))
    raw.close()

    assert {file.name for file in crashed.iterdir()} == {"calbridge.db", "calbridge.db-journal"}
    assert claimed_in_a_copy(crashed / path.name) == [WORK]

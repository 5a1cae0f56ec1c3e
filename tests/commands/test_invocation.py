"""How the commands are called, what they answer with, and what they leave behind."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from support.bridge import Dav
from support.desk import MORTAL, Desk, command, ended, event
from support.ical import calendar_object

from calbridge import __version__
from calbridge.commands import process
from calbridge.sandbox import RunningSandbox
from calbridge.store import Lock


@pytest.fixture(autouse=True)
def _events(alice: Dav, bob: Dav) -> None:
    """One event for each."""
    alice.put("work/one", calendar_object(event("One")))
    bob.put("work/other", calendar_object(event("Other")))


def test_a_host_can_be_named_more_than_once_and_the_others_are_left_alone(desk: Desk) -> None:
    ran = desk.run("sync", "--json", "--host", "bob")
    assert [host["host"] for host in ran.json["hosts"]] == ["bob"]
    ran = desk.run("sync", "--json", "--host", "bob", "--host", "alice", "--host", "bob")
    assert [(host["host"], len(host["actions"])) for host in ran.json["hosts"]] == [("alice", 2), ("bob", 0)]


def test_an_unknown_host_is_a_usage_error_that_names_the_hosts(desk: Desk) -> None:
    ran = desk.run("plan", "--host", "carol")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "--host carol: there is no such host; the hosts are: alice, bob [config.no-host]\n"


def test_the_configuration_is_found_by_file_folder_variable_and_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = "alice, bob: nothing to do\n"
    assert desk.run("sync").code == 0
    file = str(desk.folder / "calbridge.toml")
    assert ended(command("sync", "--config", file)).out == quiet
    assert ended(command("sync", environ={"CALBRIDGE_CONFIG": str(desk.folder)})).out == quiet
    assert ended(command("sync", folder=desk.folder)).out == quiet


def test_a_plan_leaves_nothing_behind_and_asks_for_no_change(desk: Desk, sandbox: RunningSandbox) -> None:
    desk.write()
    before = _everything(desk.folder)
    assert len(desk.run("plan", "--json").host("alice")["actions"]) == 2
    assert _everything(desk.folder) == before
    assert sandbox.writes() == ()


def test_a_plan_changes_not_a_byte_of_a_store(desk: Desk, alice: Dav) -> None:
    assert desk.run("sync").code == 0
    alice.put("work/two", calendar_object(event("Two")))
    before = _everything(desk.folder)
    assert desk.run("plan", "--json").actions("alice") == ["create Two", "write-back Two"]
    assert _everything(desk.folder) == before


def test_a_plan_works_beside_a_running_sync(desk: Desk) -> None:
    assert desk.run("sync").code == 0
    with (
        Lock(desk.folder / "calbridge.db").acquire(timedelta()),
        sqlite3.connect(desk.folder / "calbridge.db") as writer,
    ):
        writer.execute("BEGIN IMMEDIATE")
        assert desk.run("plan").out == "alice, bob: nothing to do\n"
    writer.close()


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write anywhere")
def test_a_plan_works_in_a_folder_that_is_read_only(desk: Desk) -> None:
    assert desk.run("sync").code == 0
    with _read_only(desk.folder):
        plan, sync = (ended(command(each, "--config", str(desk.folder), prefix=MORTAL)) for each in ("plan", "sync"))
    assert (plan.code, plan.out) == (0, "alice, bob: nothing to do\n")
    assert (sync.code, "store.lock" in sync.err) == (1, True)


def test_a_sync_waits_for_the_lock_and_then_gives_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOCK_WAIT", timedelta(seconds=0.3))
    with Lock(desk.folder / "calbridge.db").acquire(timedelta()):
        ran = desk.run("sync")
    assert (ran.code, ran.out) == (75, "")
    assert "waiting" in ran.err
    assert f"another calbridge (process {os.getpid()}) works on this database" in ran.err.splitlines()[-1]


def test_more_creates_than_allowed_are_withheld_and_asked_for(desk: Desk, alice: Dav, sandbox: RunningSandbox) -> None:
    desk.more = "[safety]\nmax_creates = 1"
    alice.put("work/two", calendar_object(event("Two")))
    ran = desk.run("sync", "--json", "--host", "alice")
    assert (ran.code, ran.problem("alice")["rule"], sandbox.writes()) == (3, "breaker.creates", ())
    assert "--allow-creates 2" in ran.problem("alice")["hint"]
    ran = desk.run("sync", "--json", "--host", "alice", "--allow-creates", "2")
    assert (ran.code, len(ran.actions("alice"))) == (0, 4)


def test_a_breaker_wins_over_a_problem(desk: Desk, bob: Dav) -> None:
    desk.more = "[safety]\nmax_creates = 0"
    desk.host("bob", 10, bob, password="wrong")
    assert desk.run("sync").code == 3


def test_the_version_is_told() -> None:
    assert ended(command("--version")).out == f"calbridge {__version__}\n"


def test_the_commands_need_nothing_of_the_extra(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(_BLOCKER)
    root = str(Path(__file__).parents[2])
    environ = {"PYTHONPATH": os.pathsep.join((str(tmp_path / "blocked"), root))}
    desk.write()
    config = ["--config", str(desk.folder)]
    assert ended(command("plan", *config, environ=environ)).code == 0
    assert ended(command("sync", *config, environ=environ)).code == 0
    ran = ended(command("demo", "--once", environ=environ))
    assert (ran.code, ran.out) == (78, "")
    hint = 'install it from the checkout with the extra: pip install ".[demo]"'
    assert f"is not installed; {hint} [extra.missing]" in ran.err


def test_a_quiet_sync_loads_no_server_and_no_migrations(desk: Desk) -> None:
    assert desk.run("sync").code == 0
    ran = ended(command("plan", "--config", str(desk.folder), environ={"PYTHONPROFILEIMPORTTIME": "1"}))
    loaded = {line.rsplit("|", 1)[-1].strip() for line in ran.err.splitlines()}
    assert "niquests" in loaded
    assert loaded.isdisjoint({"fastapi", "starlette", "uvicorn", "radicale", "alembic", "recurring_ical_events"})


_BLOCKER = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"fastapi", "starlette", "uvicorn", "radicale"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""


def _everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its content and its time of change."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    (folder / "calbridge.db.lock").unlink()
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)

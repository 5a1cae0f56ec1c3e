"""What of a changed configuration a running daemon takes over, and when it sees the change."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.configuration import ALICE, loaded

from calbridge.config import Config
from calbridge.daemon.files import Files
from calbridge.daemon.reload import taken_over


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Config:
    return loaded(tmp_path)


def test_what_hosts_want_and_how_often_is_taken_over(config: Config) -> None:
    daemon = replace(config.daemon, poll_interval=timedelta(seconds=5), concurrency=3, show_subjects=True)
    platform = replace(config.platform, timeout=timedelta(seconds=5))
    new = replace(config, daemon=daemon, platform=platform, hosts=())
    assert taken_over(config, new) == (new, ())


def test_what_needs_a_restart_stays_and_is_named(config: Config) -> None:
    new = replace(
        config,
        instance="other",
        store_path=Path("/elsewhere.db"),
        platform=replace(config.platform, url="https://other.example.com"),
        daemon=replace(config.daemon, status_address=None),
    )
    kept, problems = taken_over(config, new)
    keys = [problem.where.removeprefix("calbridge.toml: ") for problem in problems]
    assert kept == config
    assert keys == ["instance", "platform.url", "store.url", "daemon.status_address"]


def test_the_page_is_never_left_without_the_password_it_began_with(config: Config) -> None:
    secret = config.platform.api_token
    old = replace(config, daemon=replace(config.daemon, status_address=("192.0.2.1", 80), status_password=secret))
    new = replace(config, daemon=replace(config.daemon, status_address=("127.0.0.1", 80), status_password=None))
    kept, _ = taken_over(old, new)
    assert (kept.daemon.status_address, kept.daemon.status_password) == (("192.0.2.1", 80), secret)


def changes(files: Files, config: Config) -> list[bool]:
    """What three looks in a row say."""
    return [files.changed(config) for _ in range(3)]


def test_nothing_changed(config: Config) -> None:
    files = Files(config)
    (config.path.parent / "calbridge.db-wal").write_text("the database's")
    (config.hosts_dir / ".alice.toml.swp").write_text("an editor's")
    assert changes(files, config) == [False, False, False]


@pytest.mark.parametrize("name", ["calbridge.toml", "hosts.d/alice.toml", "hosts.d/bob.toml", "hosts.d/alice.password"])
def test_a_changed_or_new_file_counts_once_it_stays_the_same(config: Config, name: str) -> None:
    files = Files(config)
    (config.path.parent / name).write_text(ALICE + "\n# changed\n")
    assert changes(files, config) == [False, True, False]


def test_a_file_that_is_gone_counts(config: Config) -> None:
    files = Files(config)
    (config.hosts_dir / "alice.toml").unlink()
    assert changes(files, config) == [False, True, False]


def test_a_file_of_the_same_size_and_time_that_was_moved_there_counts(config: Config) -> None:
    path = config.hosts_dir / "alice.toml"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    files = Files(config)
    other = config.hosts_dir / ".new"
    other.write_text(ALICE.replace("alice", "carol"))
    os.utime(other, ns=times)
    other.rename(path)
    assert changes(files, config) == [False, True, False]


def test_when_a_host_was_last_edited(config: Config) -> None:
    for name, minute in (("calbridge.toml", 1), ("hosts.d/alice.toml", 2), ("hosts.d/al.toml", 3)):
        (config.path.parent / name).touch()
        os.utime(config.path.parent / name, (minute * 60, minute * 60))
    assert [Files(config).edited(config, host).minute for host in ("alice", "al", "bob")] == [2, 3, 1]


def test_a_file_that_is_still_being_written_is_waited_for(config: Config) -> None:
    files, path = Files(config), config.hosts_dir / "bob.toml"
    seen = []
    for number in range(3):
        path.write_text("#" * number)
        seen.append(files.changed(config))
    assert (seen, changes(files, config)) == ([False, False, False], [True, False, False])

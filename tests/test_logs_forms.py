"""In which form a line is logged, and what the journal is handed."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import structlog
from support.fake_journal import FakeJournal

from calbridge.logs import journald, log_to_stderr


@pytest.fixture(name="journal")
def _journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeJournal]:
    monkeypatch.setattr(journald, "SOCKET", tmp_path / "socket")
    with FakeJournal(tmp_path / "socket") as journal:
        yield journal
    structlog.reset_defaults()


def _log(form: str, **environ: str) -> structlog.typing.FilteringBoundLogger:
    log_to_stderr(environ={"CALBRIDGE_LOG": form, **environ})
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log


def test_the_journal_gets_a_line_for_people_and_each_key_as_a_field(
    journal: FakeJournal, capsys: pytest.CaptureFixture[str]
) -> None:
    _log("journal").warning("create", host="alice", uid="a b@x", conference=7, detail=None)
    assert journal.entry() == {
        "MESSAGE": 'create host=alice uid="a b@x" conference=7',
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "calbridge",
        "CALBRIDGE_EVENT": "create",
        "CALBRIDGE_HOST": "alice",
        "CALBRIDGE_UID": "a b@x",
        "CALBRIDGE_CONFERENCE": "7",
    }
    assert capsys.readouterr().err == ""


def test_what_a_calendar_says_is_no_field_of_its_own(journal: FakeJournal) -> None:
    _log("journal").info("create", uid="a\nPRIORITY=0\nX=\ud800", items=["b\nc"])
    entry = journal.entry()
    assert entry["PRIORITY"] == "6"
    assert "\n" not in entry["CALBRIDGE_UID"] + entry["CALBRIDGE_ITEMS"]


def test_what_is_too_large_for_a_datagram_is_handed_over_as_a_sealed_file(journal: FakeJournal) -> None:
    _log("journal").info("create", uid="a" * 1_000_000)
    assert len(journal.entry()["CALBRIDGE_UID"]) == 1_000_000


def test_without_a_journal_the_line_is_on_stderr(journal: FakeJournal, capsys: pytest.CaptureFixture[str]) -> None:
    journal.close()
    _log("journal").info("create", host="alice")
    assert "level=info event=create host=alice\n" in capsys.readouterr().err


def test_a_journal_that_takes_nothing_stops_nobody_for_long(
    journal: FakeJournal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(journald, "PATIENCE", 0.01)
    log = _log("journal")
    for number in range(2000):  # more than any socket's queue holds
        log.info("create", number=number)
        if f"number={number}" in capsys.readouterr().err:
            break
    else:
        pytest.fail("the queue never was full")
    assert journal.entry()["CALBRIDGE_NUMBER"] == "0"


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    _log("json").info("create", host="alice", uid="a\nb\N{RIGHT-TO-LEFT OVERRIDE}", conference=7)
    line = capsys.readouterr().err
    assert line.isascii()
    assert line.count("\n") == 1
    said = json.loads(line)
    assert (said["level"], said["event"], said["host"], said["conference"]) == ("info", "create", "alice", 7)
    assert said["timestamp"].startswith("20")


def test_a_level_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    log = _log("logfmt", CALBRIDGE_LOG_LEVEL="error")
    log.warning("waiting")
    log.error("failed")
    assert capsys.readouterr().err.endswith("event=failed\n")


def test_a_form_that_nobody_knows_is_told_and_another_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    _log("loud").info("create")
    told, line = capsys.readouterr().err.splitlines()
    assert 'variable=CALBRIDGE_LOG known="console, journal, json, logfmt"' in told
    assert "event=create" in line


_SPEAK = """
import pathlib, sys, structlog
from calbridge.logs import journald, log_to_stderr
journald.SOCKET = pathlib.Path(sys.argv[1])
log_to_stderr()
structlog.get_logger().info("create", host="alice")
"""


def _speak(path: Path, stderr: int, environ: Mapping[str, str]) -> None:
    subprocess.run([sys.executable, "-c", _SPEAK, str(path)], stderr=stderr, env={**os.environ, **environ}, check=True)


@pytest.mark.parametrize("is_read", [True, False])
def test_fields_are_for_a_journal_that_reads_stderr(journal: FakeJournal, tmp_path: Path, is_read: bool) -> None:
    reads, writes = socket.socketpair()  # as systemd connects a unit's stderr
    with reads, writes:
        status = os.fstat(writes.fileno())
        stream = f"{status.st_dev}:{status.st_ino if is_read else status.st_ino + 1}"
        _speak(tmp_path / "socket", writes.fileno(), {"JOURNAL_STREAM": stream})
        writes.shutdown(socket.SHUT_WR)
        on_stderr = reads.recv(10_000)
    assert (b"event=create" in on_stderr) is not is_read
    if is_read:
        assert journal.entry()["CALBRIDGE_HOST"] == "alice"

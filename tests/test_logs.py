"""What a log line holds, and what it never does."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from calbridge.logs import log_to_stderr


@pytest.fixture(autouse=True)
def _reset() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def _log() -> Any:  # Any: structlog's loggers take any event
    log_to_stderr()
    return structlog.get_logger()


def test_a_line_is_logfmt_without_what_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    _log().info("create", uid="a b@x", host="alice", conference=7, detail=None)
    fields = capsys.readouterr().err.split(" ", 1)
    assert fields[0].startswith("timestamp=20")
    assert fields[1] == 'level=info event=create host=alice uid="a b@x" conference=7\n'


def test_what_a_calendar_says_stays_in_its_line_and_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _log().info("create", uid="a\nlevel=info event=cancel\x1b[2J\N{RIGHT-TO-LEFT OVERRIDE}")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.strip().isprintable()


def test_an_exception_is_told_by_type_and_place_and_never_by_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            raise KeyError("planted-guest@example.net")
        except KeyError as error:
            raise ValueError("planted-secret") from error
    except ValueError:
        _log().exception("event failed", calendar="https://dav.example.com/")
    line = capsys.readouterr().err
    assert "planted" not in line
    assert line.count("\n") == 1
    assert f'error="ValueError {__file__}:' in line
    assert f"< KeyError {__file__}:" in line


def test_a_library_is_not_heard() -> None:
    code = "import logging, calbridge.logs as l; l.log_to_stderr(); logging.getLogger('library').error('planted')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (ran.stdout, ran.stderr) == (b"", b"")

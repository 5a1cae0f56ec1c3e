"""Where secrets come from, and which are refused; no refusal repeats one."""

import os
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from calbridge.config import secret
from calbridge.config.secret import read_secret
from calbridge.config.sections import Section
from calbridge.core.problem import Problem


def read(form: str, value: object, **environ: str) -> str | Problem:
    """Read one secret: its text, or the problem."""
    problems: list[Problem] = []
    found = read_secret("password", Section({f"password_{form}": value}, "alice.toml: calendar."), environ, problems)
    if isinstance(found, SecretStr):
        return found.get_secret_value()
    return problems[0]


def rule(form: str, value: object, **environ: str) -> str:
    """Say which rule a secret breaks; the problem names the key."""
    problem = read(form, value, **environ)
    assert isinstance(problem, Problem)
    assert problem.where == f"alice.toml: calendar.password_{form}"
    assert "hunter2" not in str(problem)
    return problem.rule


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A secret file as it should be."""
    path = tmp_path / "alice.password"
    path.write_text("hunter2\n")
    path.chmod(0o640)
    return path


def test_a_secret_comes_from_a_file_that_the_group_may_read(file: Path) -> None:
    assert read("file", str(file)) == "hunter2"


def test_a_secret_comes_from_the_environment() -> None:
    assert read("env", "DAV", DAV="hunter2") == "hunter2"


def test_a_secret_comes_from_a_systemd_credential(file: Path) -> None:
    assert read("credential", file.name, CREDENTIALS_DIRECTORY=str(file.parent)) == "hunter2"


def test_a_secret_is_the_first_line_of_a_commands_output_and_no_shell_runs_it() -> None:
    assert read("command", ["printf", "%s\n", "$HOME; hunter2", "second"], PATH=os.defpath) == "$HOME; hunter2"


def test_a_world_readable_file_is_refused(file: Path) -> None:
    file.chmod(0o644)

    assert rule("file", str(file)) == "config.secret-world-readable"


def test_a_file_that_is_missing_empty_or_none_is_refused(file: Path) -> None:
    empty = file.with_name("empty")
    empty.touch(mode=0o600)

    assert rule("file", str(file.with_name("nowhere"))) == "config.secret-missing"
    assert rule("file", str(empty)) == "config.secret-empty"
    assert rule("file", str(file.parent)) == "config.secret-unreadable"


def test_a_secret_of_two_lines_or_of_no_text_is_refused(file: Path) -> None:
    file.write_text("hunter2\nhunter2\n")
    assert rule("file", str(file)) == "config.secret-garbled"

    file.write_bytes(b"hunter2\xff")
    assert rule("file", str(file)) == "config.secret-garbled"


def test_an_unset_variable_and_an_unknown_credential_are_refused(tmp_path: Path) -> None:
    assert rule("env", "DAV") == "config.secret-missing"
    assert rule("env", "DAV", DAV="") == "config.secret-missing"
    assert rule("credential", "alice") == "config.secret-missing"
    assert rule("credential", "alice", CREDENTIALS_DIRECTORY=str(tmp_path)) == "config.secret-missing"
    assert rule("credential", "../alice", CREDENTIALS_DIRECTORY=str(tmp_path)) == "config.value"


def test_a_command_that_fails_says_nothing_or_is_not_there_is_refused() -> None:
    path = os.defpath

    assert rule("command", ["sh", "-c", "echo hunter2; exit 3"], PATH=path) == "config.secret-command"
    assert rule("command", ["true"], PATH=path) == "config.secret-empty"
    assert rule("command", ["/nowhere/pass"], PATH=path) == "config.secret-command"


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "COMMAND_SECONDS", 0.1)
    late = tmp_path / "late"

    found = rule("command", ["sh", "-c", f"(sleep 1; touch {late}) & wait"], PATH=os.defpath)
    time.sleep(1.2)

    assert found == "config.secret-command"
    assert not late.exists()


@pytest.mark.parametrize(
    ("keys", "times"), [({}, "missing"), ({"password_env": "A", "password_file": "b"}, "2 times")], ids=["none", "two"]
)
def test_a_secret_is_given_exactly_once(keys: dict[str, object], times: str) -> None:
    problems: list[Problem] = []

    assert read_secret("password", Section(keys, "alice.toml: calendar."), {}, problems) is None
    assert [(problem.rule, times in problem.reason) for problem in problems] == [("config.secret-count", True)]

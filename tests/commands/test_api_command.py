"""Any endpoint from the command line, against a platform of the test's own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from support.desk import Ran, secret
from support.gate import gate
from support.scripted_server import Reply
from typer.testing import CliRunner

from calbridge import cli
from calbridge.api_command.answers import MASK
from calbridge.enterprise import ALL
from calbridge.sandbox import RunningSandbox

PIN = "4711008"


@dataclass(frozen=True)
class Shell:
    """Where the command is given: a folder with a configuration that has no host file."""

    folder: Path
    url: str
    token: str = "sandbox-token"

    def __call__(self, *arguments: str, stdin: str | None = None) -> Ran:
        secret(self.folder / "api-token", self.token)
        (self.folder / "calbridge.toml").write_text(f'[platform]\nurl = "{self.url}"\napi_token_file = "api-token"\n')
        result = CliRunner().invoke(cli.app, ["api", *arguments, "--config", str(self.folder)], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def answer(self, *arguments: str, stdin: str | None = None) -> Any:  # Any: JSON
        ran = self(*arguments, "--json", stdin=stdin)
        assert ran.code == 0, ran.out
        return ran.json["answer"]


@pytest.fixture(name="shell")
def _shell(tmp_path: Path, sandbox: RunningSandbox) -> Iterator[Shell]:
    yield Shell(tmp_path, sandbox.url)
    structlog.reset_defaults()


BOOKING = (
    "host_id=9",
    "subject=Talk",
    "agenda=All",
    f"start={datetime.now(UTC) + timedelta(days=9):%Y-%m-%d} 10:00:00",
    "time_zone=Europe/Paris",
)


def book(shell: Shell, number: int = 1) -> list[int]:
    """Make conferences; their ids."""
    made = [
        shell.answer("conference/create", *BOOKING, "duration=30", "one_time_access_code=true") for _ in range(number)
    ]
    return [each["conference_id"] for each in made]


def test_every_endpoint_is_listed_with_what_it_does_and_who_may(shell: Shell) -> None:
    lines = shell("--list").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [endpoint.path for endpoint in ALL]
    listed = shell.answer("--list")
    assert len(listed) == 51
    assert {"key": "host_id", "type": "number", "needed": True, "secret": False} in listed[-1]["keys"] + listed[17][
        "keys"
    ]


@pytest.mark.parametrize("endpoint", ALL, ids=lambda endpoint: endpoint.path)
def test_every_method_tells_its_keys_and_its_answer(endpoint: Any) -> None:
    ran = CliRunner().invoke(cli.app, ["api", endpoint.path, "--help"])
    assert ran.exit_code == 0
    assert endpoint.summary in ran.stdout
    assert all(f"\n{name}" in ran.stdout for name in endpoint.request.model_fields)


def test_types_follow_from_the_declarations(shell: Shell) -> None:
    changed = shell.answer(
        "host/update",
        *("host_id=9", "name=Alice =@home=", "disable_emails.conference_reminders=true", "locale=de"),
        *('time_format={"time_24hr": true}', "add_on_slugs=recording", "public_username=123"),
    )
    assert (changed["name"], changed["locale"], changed["public_username"]) == ("Alice =@home=", "de", "123")
    assert changed["disable_emails"]["conference_reminders"] is True
    assert changed["time_format"]["time_24hr"] is True
    assert changed["add_on_slugs"] == ["recording"]


def test_a_value_can_come_from_a_file_and_from_standard_input(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(f"{PIN}\n")
    by_file = shell.answer("host/update", "host_id=9", f"moderator_pin=@{tmp_path / 'pin'}", "--show-secrets")
    assert by_file["moderator_pin"]["number"] == PIN
    by_stdin = shell.answer("host/update", "host_id=9", "access_code=@-", "--show-secrets", stdin="55667\n")
    assert by_stdin["access_code"]["number"] == "55667"
    assert shell.answer("host/update", "host_id=9", "name=@@home")["name"] == "@home"


def test_a_whole_request_can_come_from_a_file_or_a_pipe(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "request").write_text(json.dumps({"host_id": 9, "name": "By file", "moderator_pin": PIN}))
    assert shell.answer("host/update", "--request", str(tmp_path / "request"))["name"] == "By file"
    laid_over = shell.answer("host/update", "--request", "-", "name=Over", stdin='{"host_id": 9, "name": "Below"}')
    assert laid_over["name"] == "Over"
    with (tmp_path / "request").open() as file:
        piped = subprocess.run(
            [sys.executable, "-m", "calbridge.cli", "api", "host/update", "--json", "--config", str(shell.folder)],
            stdin=file, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    assert json.loads(piped.stdout)["answer"]["name"] == "By file"


@pytest.mark.parametrize(
    "words",
    [
        ("host/create", "name=A", "email=a@example.com", f"password={PIN}"),
        ("host/update", "host_id=9", f"moderator_pin={PIN}"),
        ("host/update", "host_id=9", f"access_code={PIN}"),
        ("authenticate", f"api_token={PIN}"),
        ("conference/update", "conference_id=1", f"security_pin={PIN}"),
        ("contact/create", "host_id=9", f'contacts=[{{"name": "A", "email": "{PIN}"}}]'),
        ("conference/dial_number", "conference_id=1", f"phone_number={PIN}"),
    ],
)
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    shell: Shell, sandbox: RunningSandbox, words: tuple[str, ...]
) -> None:
    ran = shell(*words)
    assert (ran.code, ran.out, sandbox.requests()) == (2, "", ())
    assert "[api.secret-argument]" in ran.err
    assert "@FILE" in ran.err
    assert PIN not in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("host/fetsh",), "calbridge api: there is no method 'host/fetsh'; did you mean host/fetch?"),
        (("host/fetch",), "host/fetch host_id: it is needed, and missing; add host_id=..."),
        (("host/fetch", "host_id=nine"), "host/fetch host_id: input should be a valid integer"),
        (("host/fetch", "host=9"), "host/fetch host: there is no such key; did you mean host_id?"),
        (("host/fetch", "host_id=9", "host_id=10"), "host/fetch host_id: it is given twice"),
        (("host/fetch", "9"), "host/fetch: a word without = is no argument"),
        (("host/fetch", "host_id=@/nowhere"), "host/fetch host_id: /nowhere can't be read: No such file"),
        (("host/update", "host_id=9", "time_format=12"), "host/update time_format: input should be an object"),
        (("host/update", "host_id=9", "role=boss"), "host/update role: input should be 'HOST'"),
        (("host/fetch", "--request", "/nowhere"), "--request /nowhere: it can't be read: No such file"),
        (("host/fetch", "--upload", "x"), "host/fetch filename: there is no such key"),
        (("host/fetch", "host_id=9", "--download", "x"), "--download: host/fetch takes no file"),
        (("--completion", "tcsh"), "--completion: there is no script for 'tcsh'; there is one for bash"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_words_is_said_before_anything_is_sent(
    shell: Shell, sandbox: RunningSandbox, words: tuple[str, ...], said: str
) -> None:
    ran = shell(*words)
    assert (ran.code, ran.out, sandbox.requests()) == (2, "", ())
    assert said in ran.err
    as_json = shell(*words, "--json")
    assert (as_json.code, as_json.json["answer"]) == (2, None)
    assert as_json.json["problems"]


def test_a_refusal_is_told_in_the_platforms_own_words(shell: Shell) -> None:
    ran = shell("host/fetch", "host_id=999", "--json")
    assert (ran.code, ran.json["answer"]) == (1, None)
    assert [problem["reason"] for problem in ran.json["problems"]] == ["Host not found"]
    assert "Host not found" in shell("host/fetch", "host_id=999").err


def test_after_a_write_without_an_answer_one_is_told_to_look_first(tmp_path: Path, sandbox: RunningSandbox) -> None:
    with gate(sandbox.url) as through:
        through.answer = lambda request: Reply(502, b"<p>no</p>") if "create" in request.path else None
        ran = Shell(tmp_path, through.url)("conference/create", *BOOKING, "duration=30", "one_time_access_code=true")
    assert ran.code == 1
    assert "look before you send it again" in ran.err


def test_all_pages_come_unless_one_is_asked_for(shell: Shell) -> None:
    made = book(shell, 12)
    rows = shell.answer("conference/fetch_all", "host_id=9")
    assert [row["conference_id"] for row in rows] == made
    first = shell("conference/fetch_all", "host_id=9", "--page", "first", "--json").json
    second = shell.answer("conference/fetch_all", "host_id=9", "--page", str(first["next_page"]))
    assert [row["conference_id"] for row in (*first["answer"], *second)] == made
    shown = shell("conference/fetch_all", "host_id=9")
    assert (len(shown.out.splitlines()), "12 rows" in shown.err) == (13, True)


def test_with_output_detail_the_answer_is_the_detailed_one(shell: Shell) -> None:
    [conference] = book(shell)
    assert "invited_count" in shell.answer("conference/fetch", f"conference_id={conference}", "output=detail")
    assert "invited_count" not in shell.answer("conference/fetch", f"conference_id={conference}")


def test_secrets_of_an_answer_are_masked_unless_they_are_asked_for(shell: Shell) -> None:
    [conference] = book(shell)
    fetch = ("conference/fetch", f"conference_id={conference}")
    masked, shown = shell.answer(*fetch), shell.answer(*fetch, "--show-secrets")
    hidden = {key for key in masked if masked[key] != shown[key]}
    assert hidden == {"moderator_token", "one_time_access_code"}
    ran = shell(*fetch)
    assert shown["moderator_token"] not in ran.out + ran.err
    assert f"{MASK} stands for a secret; --show-secrets shows it" in ran.err


def test_authenticate_takes_the_configured_token(shell: Shell) -> None:
    assert shell.answer("authenticate") == {"auth_token": MASK}
    assert shell.answer("authenticate", "--show-secrets")["auth_token"] != MASK
    strange = shell("authenticate", "api_token=@-", stdin="strange-token")
    assert strange.code == 1
    assert "strange-token" not in strange.err


def test_a_file_goes_to_a_drive_and_comes_back(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "slides.txt").write_bytes(b"one\ntwo\n" * 40_000)
    sent = shell.answer("drive/create", "host_id=9", "--upload", str(tmp_path / "slides.txt"))
    assert (sent["filename"], sent["download_link"]) == ("slides.txt", MASK)
    fetch = ("drive/file/fetch", "host_id=9", f"id={sent['id']}", "--download", str(tmp_path / "copy"))
    assert shell(*fetch, "--json").json["received"] == 320_000
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "slides.txt").read_bytes()
    missing = shell("drive/create", "host_id=9", "--upload", str(tmp_path / "none"))
    assert (missing.code, "none: No such file or directory" in missing.err) == (1, True)


def test_a_configuration_that_is_wrong_ends_with_78(tmp_path: Path) -> None:
    ran = Shell(tmp_path, "ftp://nowhere")("host/fetch", "host_id=9", "--json")
    assert (ran.code, [problem["rule"] for problem in ran.json["problems"]]) == (78, ["config.url"])


def _completed(script: Path, line: str) -> list[str]:
    ask = f'source {script}; COMP_LINE="$1" COMP_POINT=${{#1}}; _calbridge; printf "%s\\n" "${{COMPREPLY[@]}}"'
    ran = subprocess.run(["bash", "-c", ask, "bash", line], capture_output=True, text=True, timeout=20, check=True)
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("calbridge api host/f", ["host/fetch", "host/fetch_all"]),
        ("calbridge api --json authen", ["authenticate"]),
        ("calbridge api host/update disable_emails.conference_r", ["disable_emails.conference_reminders="]),
        ("calbridge api host/update host_id=9 mod", ["moderator_pin=@"]),
        ("calbridge api host/update role=C", ["COMPANY_ADMIN"]),
        ("calbridge api host/update waiting_room=", ["true", "false"]),
        ("calbridge api host/fetch --show", ["--show-secrets"]),
        ("calbridge api host/update access_code=@/etc/host", ["/etc/hosts", "/etc/hostname", "/etc/host.conf"]),
        ("calbridge api host/update name=* wai", ["waiting_room="]),
        ("calbridge sync ", []),
    ],
)
def test_bash_completes_methods_keys_and_values(tmp_path: Path, line: str, offered: list[str]) -> None:
    (tmp_path / "script").write_text(CliRunner().invoke(cli.app, ["api", "--completion", "bash"]).stdout)
    assert sorted(set(_completed(tmp_path / "script", line)) & set(offered)) == sorted(offered)
    assert offered or _completed(tmp_path / "script", line) == []


@pytest.mark.parametrize(("words", "code"), [((), 2), (("--help",), 0)])
def test_without_a_method_the_command_shows_how_it_is_used(words: tuple[str, ...], code: int) -> None:
    ran = CliRunner().invoke(cli.app, ["api", *words])
    assert (ran.exit_code, "METHOD" in ran.stdout) == (code, True)

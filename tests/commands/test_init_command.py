"""`calbridge init`: answers come on a pipe here, against the sandbox and Radicale."""

import os
import pty
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from support.bridge import Dav
from support.caldav_servers import PASSWORD, request
from support.desk import API_TOKEN, MORTAL, Ran, command, ended, event
from support.ical import calendar_object
from support.tls_front import behind_tls
from typer.testing import CliRunner

from calbridge import cli, config
from calbridge.beginning import files
from calbridge.sandbox import RunningSandbox

CERTIFICATE = Path(__file__).parents[1] / "enterprise" / "loopback.pem"


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return tmp_path / "etc"


def answered(folder: Path, *lines: str) -> Ran:
    """Run it with these answers."""
    result = CliRunner().invoke(cli.app, ["init", str(folder)], input="".join(f"{line}\n" for line in lines))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def usual(sandbox: RunningSandbox, alice: Dav, **other: str) -> list[str]:
    """The answers of somebody who makes no mistake; `other` ones by the question's name."""
    answers = {
        "platform": sandbox.url,
        "token": API_TOKEN,
        "email": "alice@example.com",
        "name": "",
        "server": alice.root,
        "user": alice.user,
        "password": PASSWORD,
        "calendars": "",
        "database": "",
        "plan": "",
    }
    return [line for key, text in answers.items() for line in other.get(key, text).split("|")]


def modes(folder: Path) -> dict[str, str]:
    """Every file, with who may do what."""
    return {
        str(path.relative_to(folder)): stat.filemode(path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_it_writes_a_configuration_that_works_and_shows_a_plan(
    folder: Path, sandbox: RunningSandbox, alice: Dav
) -> None:
    alice.put("work/one", calendar_object(event("One")))
    ran = answered(folder, *usual(sandbox, alice))
    assert (ran.code, ran.err) == (0, "")
    assert modes(folder) == {
        "api-token": "-rw-------",
        "calbridge.toml": "-rw-r--r--",
        "hosts.d/alice.password": "-rw-------",
        "hosts.d/alice.toml": "-rw-r--r--",
    }
    assert "alice: 1 create, 1 write-back" in ran.out
    loaded = config.load(folder, {})
    assert (loaded.hosts[0].id, loaded.hosts[0].accounts[0].names) == (9, ())
    assert loaded.store_path == folder / "calbridge.db"


def test_the_files_are_the_commented_examples_with_the_answers_in_them(
    folder: Path, sandbox: RunningSandbox, alice: Dav
) -> None:
    answered(folder, *usual(sandbox, alice))
    for name, example in (("calbridge.toml", "calbridge.toml"), ("hosts.d/alice.toml", "hosts.d/alice.toml")):
        written = (folder / name).read_text().splitlines()
        shipped = (files.examples() / example).read_text().splitlines()
        comments = [line for line in shipped if line.startswith("# ")]
        assert [line for line in written if line.startswith("# ")] == comments
    assert tomllib.loads((folder / "hosts.d" / "alice.toml").read_text())["host"] == {
        "id": 9,
        "email": "alice@example.com",
    }


def test_no_secret_is_ever_shown(folder: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    ran = answered(folder, *usual(sandbox, alice, token=f"wrong-token|{API_TOKEN}"))
    assert ran.code == 0
    assert not [word for word in ("wrong-token", API_TOKEN, f": {PASSWORD}") if word in ran.out + ran.err]


def test_each_wrong_answer_is_told_at_once_and_asked_again(folder: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    lines = usual(
        sandbox,
        alice,
        platform=f"acme|http://127.0.0.1:9|http://dav.example.com|{sandbox.url}",
        token=f"nobody's||{API_TOKEN}",
        email="zoe@example.com|Alice@Example.com",
        name="a/b|ally",
        server="ftp://x|" + alice.root,
        password=f"wrong|||{PASSWORD}",
        calendars="7|0|one|1",
        database=f"{Path(__file__)}/x.db|",
        plan="perhaps|no",
    )
    ran = answered(folder, *lines)
    assert ran.code == 0, ran.out
    for said in (
        'that is no URL with a server\'s name; write it whole, as "https://acme.example.com"',
        "no connection",
        "would send the login unencrypted",
        "Invalid api_token",
        "that is no token",
        "none of the company's 2 hosts has this address",
        "that is no host's name",
        'that is no https:// URL; write it whole, as "https://dav.example.com/"',
        "refuses the user name or the password",
        "that is no list of these numbers",
        "it is no folder that can be written",
        "please answer yes or no",
    ):
        assert said in ran.out
    assert config.load(folder, {}).hosts[0].accounts[0].names == (f"{alice.user}/work",)


def test_chosen_calendars_are_named(folder: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    alice.make_calendar("play")
    answered(folder, *usual(sandbox, alice, calendars="2,1"))
    assert set(config.load(folder, {}).hosts[0].accounts[0].names) == {
        f"{alice.user}/{name}" for name in ("play", "work")
    }


def test_calendars_of_one_name_are_told_apart_by_address(folder: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    alice.make_calendar("play")
    for name in ("play", "work"):
        request(f"{alice.root}{alice.user}/{name}/", "PROPPATCH", alice.user, _CALLED_TEAM)
    answered(folder, *usual(sandbox, alice, calendars="1"))
    assert config.load(folder, {}).hosts[0].accounts[0].names == (f"{alice.root}{alice.user}/play/",)


_CALLED_TEAM = (
    '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>'
    "<D:displayname>Team</D:displayname></D:prop></D:set></D:propertyupdate>"
)


def test_a_server_with_an_authority_of_its_own_needs_its_file(
    folder: Path, sandbox: RunningSandbox, alice: Dav
) -> None:
    with behind_tls(alice.root, CERTIFICATE) as url:
        lines = usual(sandbox, alice, server=url, password=f"{PASSWORD}|nowhere.pem|||{PASSWORD}|{CERTIFICATE}")
        ran = answered(folder, *lines)
        assert (ran.code, "TLS certificate is not trusted" in ran.out) == (0, True)
        checked = CliRunner().invoke(cli.app, ["doctor", "--config", str(folder)])
    assert config.load(folder, {}).hosts[0].accounts[0].ca_file == CERTIFICATE
    assert (checked.exit_code, "certificate trusted, until 2126-10-30" in checked.stdout) == (0, True)


def test_a_resellers_token_needs_the_company(folder: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    ran = answered(folder, *usual(sandbox, alice, token="reseller-token|77|five|5"))
    assert ran.code == 0, ran.out
    assert "no such company" in ran.out
    assert "found: Example Ltd" in ran.out
    assert config.load(folder, {}).platform.company_id == 5


@pytest.mark.parametrize("given", [0, 4, 8, 9])
def test_answers_that_end_too_early_write_nothing(
    folder: Path, sandbox: RunningSandbox, alice: Dav, given: int
) -> None:
    ran = answered(folder, *usual(sandbox, alice)[:given])
    before_the_last = given < 9
    assert (ran.code, "init.stopped" in ran.err) == (1, True)
    assert ("nothing is written: run it again" in ran.err) == before_the_last
    assert (f"all is written: calbridge plan --config {folder}" in ran.err) != before_the_last
    assert bool(modes(folder)) != before_the_last


def test_what_is_there_is_put_aside_only_where_that_is_wanted(
    folder: Path, sandbox: RunningSandbox, alice: Dav
) -> None:
    folder.mkdir()
    (folder / "calbridge.toml").write_text("precious")
    refused = answered(folder, "no")
    assert (refused.code, list(modes(folder))) == (78, ["calbridge.toml"])
    for number in ("", "1"):
        ran = answered(folder, "yes", *usual(sandbox, alice, name=f"alice{number}", plan="no"))
        assert (ran.code, "put aside" in ran.out) == (0 if not number else 78, True)
    assert (folder / "calbridge.toml.old").read_text() == "precious"
    assert "[platform]" in (folder / "calbridge.toml.old1").read_text()


def test_a_host_file_that_is_there_is_never_touched(folder: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    (folder / "hosts.d").mkdir(parents=True)
    (folder / "hosts.d" / "alice.toml").write_text("precious")
    ran = answered(folder, *usual(sandbox, alice, name="|ally"))
    assert "hosts.d/alice.toml or its password is there already" in ran.out
    assert (folder / "hosts.d" / "alice.toml").read_text() == "precious"
    assert (ran.code, (folder / "hosts.d" / "ally.toml").exists()) == (78, True)


def test_files_that_can_t_all_be_placed_are_taken_back(
    folder: Path, sandbox: RunningSandbox, alice: Dav, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "api-token":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    ran = answered(folder, *usual(sandbox, alice))
    assert (ran.code, "No space left" in ran.err, modes(folder)) == (78, True, {})


def test_a_folder_that_can_t_be_written_says_so(tmp_path: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    (tmp_path / "file").write_text("")
    database = tmp_path / "calbridge.db"
    ran = answered(tmp_path / "file" / "etc", *usual(sandbox, alice, database=str(database)))
    assert (ran.code, "init.unwritable" in ran.err) == (78, True)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="nothing is closed to root")
@pytest.mark.parametrize("name", ["etc", "etc/calbridge"])
def test_a_folder_that_is_closed_to_us_is_told_before_the_first_question(tmp_path: Path, name: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    ran = ended(command("init", str(closed / name), prefix=MORTAL))
    closed.chmod(0o700)
    assert (ran.code, "platform" in ran.out) == (78, False)
    assert f"{closed}: can't be written; run it as a user who may write there" in ran.err


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="nothing is closed to root")
def test_what_lies_in_a_closed_folder_is_one_more_wrong_answer(
    folder: Path, sandbox: RunningSandbox, alice: Dav, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    answers = "\n".join(usual(sandbox, alice, database=f"{closed}/state/calbridge.db|", plan="no"))
    (tmp_path / "answers").write_text(answers)
    with (tmp_path / "answers").open() as given:
        ran = ended(command("init", str(folder), prefix=MORTAL, stdin=given))
    closed.chmod(0o700)
    assert (ran.code, f"{closed}: it is no folder that can be written" in ran.out) == (0, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for the service's user")
def test_root_lets_the_services_group_read_secrets_and_gives_its_user_the_database(
    folder: Path, sandbox: RunningSandbox, alice: Dav, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SERVICE", "daemon")
    answered(folder, *usual(sandbox, alice, database="state/calbridge.db"))
    user = pwd.getpwnam("daemon")
    for name in ("api-token", "hosts.d/alice.password"):
        status = (folder / name).stat()
        assert (stat.filemode(status.st_mode), status.st_uid, status.st_gid) == ("-rw-r-----", 0, user.pw_gid)
    state = (folder / "state").stat()
    assert (stat.filemode(state.st_mode), state.st_uid) == ("drwx------", user.pw_uid)


def test_when_it_is_stopped_nothing_is_written(folder: Path) -> None:
    command = [sys.executable, "-m", "calbridge.cli", "init", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "conferencing platform" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    assert not folder.exists()


def test_on_a_terminal_secrets_are_not_echoed(folder: Path, sandbox: RunningSandbox, alice: Dav) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "calbridge.cli", "init", str(folder)], stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = ""
    questions = ("https://acme.example.com", "(hidden)", "address on", "her file", "address", "user name", "(hidden)")
    for question, line in zip(
        (*questions, "Which of", "Where calbridge", "first sync"), usual(sandbox, alice), strict=True
    ):
        seen = ""
        while not (question in seen and seen.endswith(": ")):
            seen += os.read(ours, 4096).decode()
        os.write(ours, f"{line}\n".encode())
        shown += seen
    assert process.wait(timeout=60) == 0
    os.close(ours)
    assert not [word for word in (API_TOKEN, f"{PASSWORD}\r") if word in shown]
    assert config.load(folder, {}).platform.api_token.get_secret_value() == API_TOKEN

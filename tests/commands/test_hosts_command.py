"""Host files from the platform's hosts, and what check makes of files, platform and calendars."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from support.bridge import Dav
from support.desk import Desk, Ran, secret
from typer.testing import CliRunner

from calbridge import cli
from calbridge.sandbox import RunningSandbox, running
from calbridge.sandbox.settings import Settings

CALENDAR = ("--url", "https://dav.example.com/", "--password-command", "pass show dav/{email}")

SEED = """
reseller = [{ id = 1, domain = "sandbox.example.com" }]
api_token = [
    { token = "sandbox-token", role = "COMPANY_ADMIN", company = 5 },
    { token = "reseller-token", role = "RESELLER_ADMIN", reseller = 1 },
]
company = [
    { id = 5, reseller = 1, name = "Example Ltd", subdomain = "example" },
    { id = 6, reseller = 1, name = "Other Ltd", subdomain = "other" },
]
subscription = [{ company = 5, slug = "small" }, { company = 5, slug = "large", suspended = SUSPENDED }]
[[product]]
id = 1
reseller = 1
slug = "small"
name = "Small"
plan = true
default = true
[[product]]
id = 2
reseller = 1
slug = "large"
name = "Large"
plan = true
"""

OTHER = """
[[host]]
id = 30
company = 6
name = "Other"
email = "other@example.net"
access_code = "7000030"
moderator_pin = "8000030"
"""


class Platform:
    """A platform whose hosts a test chooses, each by id, address and plan."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.suspended = False
        self.hosts = [(9, "alice@example.com", "small"), (10, "bob@example.com", "large")]

    def seed(self) -> Path:
        hosts = [
            f'[[host]]\nid = {host_id}\ncompany = 5\nname = "N {host_id}"\nemail = "{email}"\nplan_slug = "{plan}"\n'
            f'access_code = "70000{host_id}"\nmoderator_pin = "80000{host_id}"\n'
            for host_id, email, plan in self.hosts
        ]
        path = self._folder / "seed.toml"
        path.write_text(SEED.replace("SUSPENDED", str(self.suspended).lower()) + "".join(hosts) + OTHER)
        return path


@pytest.fixture(name="platform")
def _platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path)


Import = Callable[..., Ran]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    secret(folder / "api-token", "sandbox-token")
    return folder


@pytest.fixture(name="run")
def _run(platform: Platform, folder: Path) -> Iterator[Import]:
    """`hosts import` on a platform with the hosts of the moment."""

    def run(*arguments: str) -> Ran:
        with running(Settings(seed=platform.seed())) as sandbox:
            configure(folder, sandbox)
            result = CliRunner().invoke(cli.app, ["hosts", "import", *arguments, "--config", str(folder)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    yield run
    structlog.reset_defaults()


def configure(folder: Path, sandbox: RunningSandbox) -> None:
    (folder / "calbridge.toml").write_text(f'[platform]\nurl = "{sandbox.url}"\napi_token_file = "api-token"\n')


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("hosts.d/*"))


def actions(ran: Ran) -> list[tuple[str, str]]:
    return [(each["action"], each["file"]) for each in ran.json["files"]]


def test_each_host_gets_a_file_that_the_configuration_takes(run: Import, folder: Path) -> None:
    ran = run(*CALENDAR)
    assert (ran.code, names(folder)) == (0, ["alice.toml", "bob.toml"])
    stamp, *lines = (folder / "hosts.d" / "alice.toml").read_text().splitlines()
    assert stamp.startswith("# calbridge hosts import: host 9 of company own, sha256 ")
    assert lines == [
        *("[host]", "id = 9", 'email = "alice@example.com"', "", "[calendar]", 'url = "https://dav.example.com/"'),
        *('username = "alice@example.com"', 'password_command = ["pass", "show", "dav/alice@example.com"]'),
    ]


def test_an_unusual_address_makes_a_name_that_the_configuration_takes(
    run: Import, folder: Path, platform: Platform
) -> None:
    platform.hosts = [(11, "o'brien@example.com", "small"), (12, ".dot+tag@example.com", "small")]
    assert run(*CALENDAR).code == 0
    assert names(folder) == ["dot+tag.toml", "o-brien.toml"]
    assert 'email = "o\'brien@example.com"' in (folder / "hosts.d" / "o-brien.toml").read_text()


def test_a_second_import_changes_nothing(run: Import) -> None:
    run(*CALENDAR)
    ran = run(*CALENDAR, "--json")
    assert actions(ran) == [("keep", "alice.toml"), ("keep", "bob.toml")]
    assert {each["reason"] for each in ran.json["files"]} == {"as it should be"}


def test_a_dry_run_shows_every_line_and_writes_none(run: Import, folder: Path) -> None:
    ran = run(*CALENDAR, "--dry-run")
    assert (ran.code, names(folder)) == (0, [])
    assert "write alice.toml: host 9, alice@example.com: has no file" in ran.out
    assert '  password_command = ["pass", "show", "dav/bob@example.com"]' in ran.out
    assert "id = 9\n" in run(*CALENDAR, "--dry-run", "--json").json["files"][0]["text"]


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        (("--plan", "large"), ["bob.toml"]),
        (("--plan", "large", "--plan", "small"), ["alice.toml", "bob.toml"]),
        (("--match", "A*@EXAMPLE.com"), ["alice.toml"]),
        (("--match", "a*", "--match", "b*"), ["alice.toml", "bob.toml"]),
        (("--plan", "large", "--match", "a*"), []),
    ],
)
def test_hosts_are_chosen_by_plan_and_address(
    run: Import, folder: Path, chosen: tuple[str, ...], written: list[str]
) -> None:
    assert run(*CALENDAR, *chosen).code == 0
    assert names(folder) == written


def test_a_template_of_ones_own_is_filled_in(run: Import, folder: Path, tmp_path: Path) -> None:
    template = tmp_path / "template.toml"
    template.write_text(
        '[host]\nid = {id}\n[calendar]\nurl = "https://dav.example.com/{name}/"\nusername = "{email}"\n'
        'password_command = ["pass", "{plan}"]\n[select]\nkeyword = "@{name}"\n'
    )
    assert run("--template", str(template), "--match", "bob*").code == 0
    text = (folder / "hosts.d" / "bob.toml").read_text()
    assert (
        'url = "https://dav.example.com/bob/"\nusername = "bob@example.com"\npassword_command = ["pass", "large"]'
        in text
    )
    template.write_text(template.read_text().replace('"pass"', '"gopass"'))
    assert actions(run("--template", str(template), "--match", "bob*", "--json")) == [("rewrite", "bob.toml")]
    assert "gopass" in (folder / "hosts.d" / "bob.toml").read_text()


@pytest.mark.parametrize("edit", ["# mine\n", "[select]\nkeyword = '@me'\n"])
def test_an_edited_file_is_never_touched_again(run: Import, folder: Path, platform: Platform, edit: str) -> None:
    run(*CALENDAR)
    edited = folder / "hosts.d" / "alice.toml"
    edited.write_text(edited.read_text() + edit)
    before = edited.read_bytes()
    ran = run("--url", "https://other.example.com/", *CALENDAR[2:])
    assert (ran.code, "left alone, edited or somebody's own: alice" in ran.out) == (0, True)
    platform.hosts.pop(0)
    gone = run(*CALENDAR, "--prune", "--yes", "--json")
    assert (gone.code, [problem["rule"] for problem in gone.json["problems"]]) == (1, ["hosts.gone"])
    assert edited.read_bytes() == before


def test_somebodys_own_file_counts_by_id_and_by_address(run: Import, folder: Path) -> None:
    (folder / "hosts.d").mkdir()
    (folder / "hosts.d" / "a.toml").write_text("[host]\nid = 9\n")
    (folder / "hosts.d" / "b.toml").write_text('[host]\nemail = "Bob@example.com"\n')
    assert run(*CALENDAR).code == 0
    assert names(folder) == ["a.toml", "b.toml"]


def test_joiners_get_files_and_leavers_lose_them_only_where_that_is_asked(
    run: Import, folder: Path, platform: Platform
) -> None:
    run(*CALENDAR)
    platform.hosts = [(10, "bob@example.com", "large"), (11, "bob@example.org", "small")]
    ran = run(*CALENDAR, "--json")
    assert (ran.code, ran.json["problems"][0]["rule"]) == (1, "hosts.gone")
    assert names(folder) == ["alice.toml", "bob.toml", "bob@example.org.toml"]
    unasked = run(*CALENDAR, "--prune", "--json")
    assert (unasked.code, unasked.json["problems"][0]["rule"]) == (1, "hosts.unconfirmed")
    assert unasked.json["problems"][0]["reason"].startswith("1 file would be removed")
    pruned = run(*CALENDAR, "--prune", "--yes", "--json")
    assert (pruned.code, actions(pruned)[-1]) == (0, ("remove", "alice.toml"))
    assert names(folder) == ["bob.toml", "bob@example.org.toml"]


def test_a_host_whom_the_platform_still_knows_keeps_her_file(run: Import, folder: Path) -> None:
    secret(folder / "api-token", "reseller-token")
    run(*CALENDAR, "--company", "5")
    file = folder / "hosts.d" / "alice.toml"
    file.write_text(file.read_text().replace("host 9 of company 5", "host 10 of company 6"))
    ran = run(*CALENDAR, "--company", "6", "--prune", "--yes", "--json")
    assert (ran.code, [problem["rule"] for problem in ran.json["problems"]]) == (1, ["hosts.moved"])
    assert names(folder) == ["alice.toml", "bob.toml", "other.toml"]


def test_a_platform_without_any_host_removes_nothing(run: Import, folder: Path, platform: Platform) -> None:
    run(*CALENDAR)
    platform.hosts = []
    ran = run(*CALENDAR, "--prune", "--yes", "--json")
    assert (ran.code, [problem["rule"] for problem in ran.json["problems"]]) == (1, ["hosts.none"])
    assert names(folder) == ["alice.toml", "bob.toml"]


def test_files_of_another_company_are_nobodys_leavers(run: Import, folder: Path, platform: Platform) -> None:
    run(*CALENDAR, "--company", "5")
    platform.hosts.pop()
    assert run(*CALENDAR, "--company", "6", "--prune", "--yes").code == 0
    assert names(folder) == ["alice.toml", "bob.toml"]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ((), "config.missing-key"),
        (("--url", "https://dav.example.com/"), "config.secret-count"),
        (("--url", "ftp://x", "--password-command", "pass"), "config.url"),
        (("--template", "/nowhere"), "hosts.option"),
        (("--template", "/nowhere", "--url", "https://x.example.com"), "hosts.option"),
        (("--password-command", "'"), "hosts.option"),
    ],
)
def test_a_template_that_makes_no_host_file_is_a_configuration_problem(
    run: Import, folder: Path, arguments: tuple[str, ...], rule: str
) -> None:
    ran = run(*arguments, "--json")
    assert (ran.code, ran.json["files"], names(folder)) == (78, [], [])
    assert rule in {problem["rule"] for problem in ran.json["problems"]}


def test_a_file_that_nobody_can_read_stops_the_import(run: Import, folder: Path) -> None:
    (folder / "hosts.d").mkdir()
    (folder / "hosts.d" / "alice.toml").write_text("[host")
    ran = run(*CALENDAR, "--json")
    assert (ran.code, [problem["rule"] for problem in ran.json["problems"]]) == (78, ["hosts.unreadable"])
    assert names(folder) == ["alice.toml"]


@pytest.mark.parametrize(("answer", "left"), [("y\n", ["bob.toml"]), ("n\n", ["alice.toml", "bob.toml"])])
def test_on_a_terminal_prune_asks(run: Import, folder: Path, platform: Platform, answer: str, left: list[str]) -> None:
    run(*CALENDAR)
    platform.hosts.pop(0)
    with running(Settings(seed=platform.seed())) as sandbox:
        configure(folder, sandbox)
        ours, theirs = pty.openpty()
        os.write(ours, answer.encode())
        command = [sys.executable, "-m", "calbridge.cli", "hosts", "import", *CALENDAR, "--prune"]
        subprocess.run([*command, "--config", str(folder)], stdin=theirs, stdout=theirs, timeout=60, check=True)
    os.close(theirs)
    asked = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "Remove alice.toml? Rooms of their meetings stay" in asked
    assert names(folder) == left


def rules(ran: Ran) -> set[str]:
    found = [*ran.json["problems"], *(problem for host in ran.json["hosts"] for problem in host["problems"])]
    return {problem["rule"] for problem in found}


def test_where_everything_fits_check_says_so(desk: Desk) -> None:
    ran = desk.run("hosts", "check", "--json")
    assert (ran.code, rules(ran)) == (0, set())
    alice = ran.host("alice")
    assert (alice["host_id"], alice["role"], alice["plan"]) == (9, "COMPANY_ADMIN", "large_plan")
    assert (alice["suspended"], alice["writable_calendars"]) == (None, 1)
    shown = desk.run("hosts", "check")
    assert [line.split()[-1] for line in shown.out.splitlines()[1:]] == ["fits", "fits"]


def test_check_finds_a_file_without_host_and_a_host_without_file(desk: Desk, bob: Dav) -> None:
    desk.host("bob", 99, bob)
    ran = desk.run("hosts", "check", "--json")
    assert (ran.code, rules(ran)) == (1, {"hosts.no-host", "hosts.no-file"})
    assert "host 10: has no host file" in desk.run("hosts", "check").err
    assert rules(desk.run("hosts", "check", "--json", "--match", "alice@*")) == {"hosts.no-host"}


def test_check_finds_two_files_of_one_host(desk: Desk) -> None:
    desk.hosts["bob"] = desk.hosts["bob"].replace("id = 10", 'email = "alice@example.com"')
    ran = desk.run("hosts", "check", "--json")
    assert (ran.code, rules(ran)) == (1, {"config.same-host", "hosts.no-file"})


def test_check_finds_another_address(desk: Desk) -> None:
    desk.hosts["bob"] = desk.hosts["bob"].replace("id = 10", 'id = 10\nemail = "robert@example.com"')
    ran = desk.run("hosts", "check", "--json")
    assert (ran.code, ran.problem("bob")["rule"]) == (1, "hosts.address")


def test_check_finds_calendars_that_can_t_be_reached_or_do_not_exist(desk: Desk, alice: Dav, bob: Dav) -> None:
    desk.host("alice", 9, alice, password="wrong")
    desk.host("bob", 10, bob, url="http://127.0.0.1:9/")
    ran = desk.run("hosts", "check", "--json")
    assert (ran.code, ran.host("alice")["writable_calendars"]) == (1, 0)
    assert all(len(ran.host(name)["problems"]) == 1 for name in ("alice", "bob"))


def test_check_tells_a_reseller_of_suspended_plans(desk: Desk, platform: Platform) -> None:
    platform.suspended = True
    desk.api_token = "reseller-token"
    with running(Settings(seed=platform.seed())) as sandbox:
        desk.platform = sandbox.url
        ran = desk.run("hosts", "check", "--json", "--company", "5")
    assert (ran.code, rules(ran)) == (1, {"hosts.suspended"})
    assert (ran.host("alice")["suspended"], ran.host("bob")["suspended"]) == (False, True)


def test_what_the_platform_refuses_is_said_in_its_words(run: Import, folder: Path) -> None:
    secret(folder / "api-token", "no-token")
    ran = run(*CALENDAR, "--json")
    assert (ran.code, ran.json["files"]) == (1, [])
    assert json.dumps(ran.json["problems"]).count("platform.unauthorized") == 1


@pytest.mark.parametrize("arguments", [(), ("--company", "99")])
def test_a_reseller_who_names_no_company_of_hers_is_told_how(
    run: Import, folder: Path, arguments: tuple[str, ...]
) -> None:
    secret(folder / "api-token", "reseller-token")
    ran = run(*CALENDAR, *arguments, "--json")
    assert (ran.code, len(ran.json["problems"])) == (1, 1)
    assert "--company ID" in ran.json["problems"][0]["hint"]


def test_a_host_without_an_address_is_named_and_the_others_get_their_files(
    run: Import, folder: Path, platform: Platform
) -> None:
    platform.hosts.append((12, "", "small"))
    ran = run(*CALENDAR, "--json")
    assert (ran.code, names(folder)) == (1, ["alice.toml", "bob.toml"])
    assert {problem["where"] for problem in ran.json["problems"]} == {
        "the built-in template for host 12: host.email",
        "the built-in template for host 12: calendar.username",
    }

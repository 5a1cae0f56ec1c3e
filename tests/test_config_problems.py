"""What is said of a configuration that is wrong: everything at once, each with file, key, reason and what to do."""

from pathlib import Path

import pytest
from support.configuration import ALICE, MAIN, problems, write

from calbridge.config.tables import HOST_TABLES, MAIN_TABLES

BOB = ALICE.replace("id = 9", "id = 10").replace("alice@", "bob@")

NO_EMAIL = ALICE.replace('email = "alice@example.com"', "")

MAIN_FILE = [
    ('instance = "Main"\n' + MAIN, "instance", "config.value"),
    ("instanc = 1\n" + MAIN, "instanc", "config.unknown-key"),
    ("platfrom = 1\n" + MAIN, "platfrom", "config.unknown-key"),
    ('api_token = "abc"\n', "platform.api_token", "config.secret-count"),
    (MAIN + 'proxy = "acme"\n', "platform.proxy", "config.url"),
    (MAIN + 'company_id = "5"\n', "platform.company_id", "config.type"),
    (MAIN + "company_id = true\n", "platform.company_id", "config.type"),
    (MAIN + 'on_platform_cancel = "recreat"\n', "platform.on_platform_cancel", "config.value"),
    (MAIN + 'room_hosts = ["https://acme"]\n', "platform.room_hosts", "config.value"),
    (MAIN + 'ca_file = "nowhere.pem"\n', "platform.ca_file", "config.unreadable"),
    (MAIN + 'timeout = "30"\n', "platform.timeout", "config.duration"),
    (MAIN + 'timeout = "0s"\n', "platform.timeout", "config.duration"),
    (MAIN + "timeout = 30\n", "platform.timeout", "config.duration"),
    (MAIN.replace("https:", "http:"), "platform.url", "config.http"),
    (MAIN.replace("acme.", "me:pw@acme."), "platform.url", "config.url"),
    (MAIN.replace("https://acme.example.com", "acme"), "platform.url", "config.url"),
    (MAIN.replace("https://acme.example.com", "https://[::1"), "platform.url", "config.url"),
    (MAIN + '[store]\nurl = "postgresql:///x"\n', "store.url", "config.value"),
    (MAIN + '[store]\nurl = "sqlite:///:memory:"\n', "store.url", "config.value"),
    (MAIN + "[daemon]\nconcurrency = 0\n", "daemon.concurrency", "config.value"),
    (MAIN + '[daemon]\nstatus_address = "8787"\n', "daemon.status_address", "config.value"),
    (MAIN + '[daemon]\nstatus_address = "0.0.0.0:8787"\n', "daemon.status_address", "config.status-open"),
    (MAIN + '[daemon]\nstatus_password_env = "NOT_SET"\n', "daemon.status_password_env", "config.secret-missing"),
    (MAIN + "[safety]\nmax_cancel_share = 1.5\n", "safety.max_cancel_share", "config.value"),
    (MAIN + "[defaults.selct]\n", "defaults.selct", "config.unknown-key"),
    (MAIN + "[defaults]\nselect = 3\n", "defaults.select", "config.type"),
    (MAIN + "[defaults.select]\nkeywrd = 3\n", "defaults.select.keywrd", "config.unknown-key"),
    ('hosts_dir = "nowhere"\n' + MAIN, "hosts_dir", "config.no-hosts"),
]

HOST_FILE = [
    (ALICE + "names = [1]\n", "calendar.names", "config.type"),
    (ALICE + 'auth = "kerberos"\n', "calendar.auth", "config.value"),
    (ALICE + 'passwrd_file = "x"\n', "calendar.passwrd_file", "config.unknown-key"),
    (ALICE + 'password_file = "x"\n', "calendar.password", "config.secret-count"),
    (ALICE.replace('username = "alice"', ""), "calendar.username", "config.missing-key"),
    (ALICE.replace("https:", "http:"), "calendar.url", "config.http"),
    (ALICE.replace('url = "https://dav.example.com/"', ""), "calendar.url", "config.missing-key"),
    (ALICE.replace('id = 9\nemail = "alice@example.com"', ""), "host.id", "config.missing-key"),
    (
        ALICE.replace('"alice"', '"{email}"').replace('email = "alice@example.com"', ""),
        "calendar.username",
        "config.placeholder",
    ),
    (ALICE.replace("9", "0"), "host.id", "config.value"),
    ("select = 9\n" + ALICE, "select", "config.type"),
    (ALICE + "[safety]\nmax_cancels = 1\n", "safety", "config.unknown-key"),
    (ALICE + "[daemon]\nconcurrency = 1\n", "daemon.concurrency", "config.unknown-key"),
    (ALICE + '[select]\nkeyword = "two words"\n', "select.keyword", "config.value"),
    (ALICE + '[select]\nkeyword = "@NoMeet"\n', "select.stop_keyword", "config.contradiction"),
    (ALICE + '[select]\ntrigger = ["keyword", "tag"]\n', "select.trigger[2]", "config.value"),
    (ALICE + "[select]\ntrigger = []\n", "select.trigger", "config.value"),
    (ALICE + '[conference]\nparticipants = "yes"\n', "conference.participants", "config.type"),
    (ALICE + '[conference]\nsecurity_pin = "random"\n', "conference.security_pin", "config.contradiction"),
    (
        ALICE + '[conference]\nauto_record = "audio"\nauto_stream = "video"\n',
        "conference.auto_stream",
        "config.contradiction",
    ),
    (
        ALICE + '[conference]\nsecurity_pin = "digits"\nroom = "dedicated"\nirregular = "skip"\n',
        "conference.security_pin",
        "config.contradiction",
    ),
    (ALICE + '[writeback]\ntemplate = "nowhere.txt"\n', "writeback.template", "config.unreadable"),
    (ALICE + '[writeback]\nlanguage = ["auto", "de"]\n', "writeback.language", "config.value"),
]


@pytest.mark.parametrize(("text", "key", "rule"), MAIN_FILE, ids=[key for _, key, _ in MAIN_FILE])
def test_a_wrong_key_of_the_main_file_is_named(tmp_path: Path, text: str, key: str, rule: str) -> None:
    found = problems(write(tmp_path, text if "[platform]" in text else MAIN.replace("api_token_env", "#") + text))

    assert (f"calbridge.toml: {key}", rule) in [(problem.where, problem.rule) for problem in found]
    assert all(problem.reason and problem.hint for problem in found)


@pytest.mark.parametrize(("text", "key", "rule"), HOST_FILE, ids=[key for _, key, _ in HOST_FILE])
def test_a_wrong_key_of_a_host_file_is_named(tmp_path: Path, text: str, key: str, rule: str) -> None:
    found = problems(write(tmp_path, alice=text))

    assert [(problem.where, problem.rule) for problem in found] == [(f"hosts.d/alice.toml: {key}", rule)]


def test_every_problem_of_every_file_comes_at_once(tmp_path: Path) -> None:
    found = problems(
        write(tmp_path, MAIN + "timeout = 3\n", alice=ALICE + "nams = 1\n", bob="[", carol=BOB + "nams = 1\n")
    )

    assert [problem.where for problem in found] == [
        "calbridge.toml: platform.timeout",
        "hosts.d/alice.toml: calendar.nams",
        "hosts.d/bob.toml",
        "hosts.d/carol.toml: calendar.nams",
    ]


def test_a_main_file_that_cannot_be_parsed_hides_no_problem_of_a_host_file(tmp_path: Path) -> None:
    no_password = ALICE.replace("password_env", "#")  # it may stand in [defaults], which nobody can see

    found = problems(write(tmp_path, "[platform\n", alice=no_password, bob=BOB + "nams = 1\n"))

    assert [problem.where for problem in found] == ["calbridge.toml", "hosts.d/bob.toml: calendar.nams"]
    assert "line 1" in found[0].reason


def test_a_problem_of_the_defaults_is_said_once_and_where_it_is(tmp_path: Path) -> None:
    main = MAIN + '[defaults.conference]\nroom = "dedicatd"\n'

    found = problems(write(tmp_path, main, alice=ALICE, bob=BOB))

    assert [(problem.where, problem.hint) for problem in found] == [
        ("calbridge.toml: defaults.conference.room", 'did you mean "dedicated"?')
    ]


@pytest.mark.parametrize(
    ("bob", "key"),
    [
        (ALICE, "id"),
        (ALICE.replace("id = 9\n", "").replace("alice@", "Alice@"), "email"),
        (ALICE + '[select]\nkeyword = ""\n', "id"),
    ],
    ids=["same id", "same address", "wrong elsewhere"],
)
def test_two_files_of_one_host_are_a_problem(tmp_path: Path, bob: str, key: str) -> None:
    found = problems(write(tmp_path, alice=ALICE, bob=bob))

    assert (f"hosts.d/bob.toml: host.{key}", "config.same-host") in [(one.where, one.rule) for one in found]


def test_two_logins_of_one_address_are_two_hosts_where_both_have_an_id(tmp_path: Path) -> None:
    found = problems(write(tmp_path, alice=ALICE + "nams = 1\n", bob=ALICE.replace("9", "10")))

    assert [problem.rule for problem in found] == ["config.unknown-key"]


def test_the_second_of_several_calendars_is_counted(tmp_path: Path) -> None:
    text = (
        ALICE.replace("[calendar]", "[[calendar]]")
        + '[[calendar]]\nurl = "x"\nusername = "a"\npassword_env = "PASSWORD"\n'
    )

    (problem,) = problems(write(tmp_path, alice=text))

    assert problem.where == "hosts.d/alice.toml: calendar[2].url"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("keywrd", "did you mean keyword?"),
        ("security_pin", "it belongs into [conference]"),
        ("zzz", "known here: trigger, keyword, stop_keyword"),
    ],
)
def test_an_unknown_key_comes_with_the_one_that_was_meant(tmp_path: Path, key: str, hint: str) -> None:
    (problem,) = problems(write(tmp_path, alice=ALICE + f"[select]\n{key} = 1\n"))

    assert problem.hint.startswith(hint)


def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    wrong = 'password = "hunter2"\nnames = 1\npassword_command = 2\nca_file = ["hunter2"]\n'

    found = problems(write(tmp_path, alice=ALICE + wrong))

    assert "did you mean password_file?" in [problem.hint for problem in found]
    assert "hunter2" not in str(found)


def test_a_template_that_jinja_cannot_read_is_a_problem_with_its_line(tmp_path: Path) -> None:
    folder = write(tmp_path, alice=ALICE + '[writeback]\ntemplate = "block.txt"\n')
    (folder / "hosts.d" / "block.txt").write_text("Join:\n{{ room_url }\n")

    (problem,) = problems(folder)

    assert (problem.rule, "line 2" in problem.reason) == ("template.broken", True)


def test_a_file_that_is_no_utf8_is_a_problem(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "hosts.d" / "alice.toml").write_bytes(ALICE.encode() + b"# \xfc\n")

    assert [problem.rule for problem in problems(folder)] == ["config.syntax"]


ODD = [
    "0",
    "-1",
    "1e400",
    "true",
    '""',
    '"\\u0000"',
    '"{email} {x}"',
    "[]",
    '[""]',
    "[[1]]",
    "{}",
    "2026-01-05T09:00:00Z",
    "[{}]",
]
KEYS = [(table, key) for table, model in (MAIN_TABLES | HOST_TABLES).items() for key in model.model_fields]


@pytest.mark.parametrize(("table", "key"), KEYS, ids=[f"{table}.{key}" for table, key in KEYS])
def test_no_value_of_any_type_ends_in_anything_but_problems(tmp_path: Path, table: str, key: str) -> None:
    for value in ODD:
        odd = f"[{table}]\n{key} = {value}\n"
        folder = write(tmp_path, odd) if table in MAIN_TABLES else write(tmp_path, alice=odd)

        assert all(problem.reason and problem.hint for problem in problems(folder))

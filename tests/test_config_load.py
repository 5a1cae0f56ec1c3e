"""What comes out of a configuration that is right."""

from datetime import timedelta
from pathlib import Path

import pytest
from support.configuration import ALICE, ENVIRON, MAIN, loaded, write

from calbridge.config import HostConfig, find, load, select_fingerprint
from calbridge.core.policy import ConferencePolicy, Safety, Select, Writeback
from calbridge.errors import ConfigError


def alice(folder: Path, more: str = "", main: str = MAIN) -> HostConfig:
    """Load one host, with more in her file."""
    return loaded(folder, main, alice=ALICE + more).hosts[0]


def test_the_least_configuration_has_the_policies_own_defaults(tmp_path: Path) -> None:
    config = loaded(tmp_path)

    (host,) = config.hosts
    assert (host.select, host.conference) == (Select(), ConferencePolicy())
    assert (host.writeback, host.safety) == (Writeback(), Safety())
    assert (config.instance, config.store_path) == ("main", tmp_path / "calbridge.db")
    assert config.daemon.status_address == ("127.0.0.1", 8787)


def test_one_string_is_a_list_of_one(tmp_path: Path) -> None:
    host = alice(tmp_path, '[select]\ntrigger = "all"\n[writeback]\nlanguage = "de"\n')

    assert host.select.trigger == ("all",)
    assert host.writeback.language == ("de",)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30s", timedelta(seconds=30)),
        ("2m", timedelta(minutes=2)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(tmp_path: Path, text: str, duration: timedelta) -> None:
    assert alice(tmp_path, f'[daemon]\npoll_interval = "{text}"\n').poll_interval == duration


def test_hosts_come_in_the_order_of_their_names_without_an_editors_files(tmp_path: Path) -> None:
    bob = ALICE.replace("id = 9", "id = 10")
    write(tmp_path, MAIN, bob=bob, alice=ALICE)
    (tmp_path / "hosts.d" / ".#alice.toml").write_text("half wri")

    assert [host.name for host in load(tmp_path, ENVIRON).hosts] == ["alice", "bob"]


def test_a_host_files_keys_come_before_the_defaults(tmp_path: Path) -> None:
    main = MAIN + '[defaults.select]\nkeyword = "@call"\ncategory = "Call"\n'

    select = alice(tmp_path, '[select]\nkeyword = "@room"\n', main).select

    assert (select.keyword, select.category) == ("@room", "Call")


def test_a_password_of_the_host_file_replaces_the_defaults_in_any_form(tmp_path: Path) -> None:
    main = MAIN + '[defaults.calendar]\npassword_file = "nowhere"\n'

    host = alice(tmp_path, main=main)

    assert host.accounts[0].password.get_secret_value() == "made-up-password"


def test_a_host_may_consist_of_defaults_and_placeholders(tmp_path: Path) -> None:
    main = MAIN + (
        '[defaults.host]\nemail = "{name}@example.com"\nemails = ["{email}", "{name}@example.org"]\n'
        '[defaults.calendar]\nurl = "https://example.com/{name}/"\nusername = "{email}"\npassword_env = "PASSWORD"\n'
    )

    (host,) = loaded(tmp_path, main, alice="").hosts

    assert (host.id, host.email) == (None, "alice@example.com")
    assert host.emails == ("alice@example.com", "alice@example.org")
    assert (host.accounts[0].url, host.accounts[0].username) == ("https://example.com/alice/", "alice@example.com")


def test_a_path_is_relative_to_the_file_that_names_it(tmp_path: Path) -> None:
    main = MAIN + '[defaults.writeback]\ntemplate = "main.txt"\n'
    (tmp_path / "main.txt").write_text("main: {{ room_url }}")
    write(tmp_path)
    (tmp_path / "hosts.d" / "own.txt").write_text("own: {{ room_url }}")
    bob = ALICE.replace("id = 9", "id = 10") + '[writeback]\ntemplate = "own.txt"\n'

    hosts = loaded(tmp_path, main, alice=ALICE, bob=bob).hosts

    assert [host.writeback.template for host in hosts] == ["main: {{ room_url }}", "own: {{ room_url }}"]


def test_a_host_may_have_several_accounts(tmp_path: Path) -> None:
    second = '[[calendar]]\nurl = "http://[::1]:5232/"\nauth = "bearer"\npassword_env = "API_TOKEN"\nnames = "Work"\n'

    (host,) = loaded(tmp_path, MAIN, alice=ALICE.replace("[calendar]", "[[calendar]]") + second).hosts

    assert [(account.username, account.auth, account.names) for account in host.accounts] == [
        ("alice", "auto", ()),
        (None, "bearer", ("Work",)),
    ]


def test_no_secret_shows_in_the_configurations_text(tmp_path: Path) -> None:
    main = MAIN + 'proxy = "http://user:proxy-password@proxy.example.com:3128"\n'

    shown = repr(loaded(tmp_path, main))

    assert not [secret for secret in (*ENVIRON.values(), "proxy-password") if secret in shown]


def test_the_configuration_is_found_by_file_by_folder_and_by_the_environment(tmp_path: Path) -> None:
    file = write(tmp_path) / "calbridge.toml"

    assert find(file, {}) == file
    assert find(tmp_path, {}) == file
    assert find(None, {"CALBRIDGE_CONFIG": str(tmp_path)}) == file
    assert find(tmp_path, {"CALBRIDGE_CONFIG": "/nowhere"}) == file


def test_the_configuration_is_found_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert find(None, {}) == tmp_path / "calbridge.toml"


def test_a_configuration_that_is_nowhere_is_a_problem_that_names_the_places(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        find(tmp_path, {})

    (problem,) = error.value.problems
    assert (problem.where, problem.rule) == (str(tmp_path), "config.no-file")
    assert str(tmp_path / "calbridge.toml") in problem.reason


def test_the_fingerprint_changes_with_what_selects_events_and_with_nothing_else(tmp_path: Path) -> None:
    plain = select_fingerprint(alice(tmp_path))
    same = ['[select]\ntrigger = ["category", "keyword"]\n', "[conference]\nparticipants = true\n"]
    other = ['[select]\nkeyword = "@call"\n', '[select]\norganizers = "boss@example.com"\n']

    assert [select_fingerprint(alice(tmp_path, more)) for more in same] == [plain, plain]
    assert plain not in [select_fingerprint(alice(tmp_path, more)) for more in other]
    assert plain != select_fingerprint(loaded(tmp_path, alice=ALICE + 'names = ["Work"]\n').hosts[0])
    assert plain != select_fingerprint(loaded(tmp_path, alice=ALICE.replace("9", "10")).hosts[0])


def test_the_status_page_may_face_the_network_with_a_password(tmp_path: Path) -> None:
    main = MAIN + '[daemon]\nstatus_address = "[::]:8787"\nstatus_password_env = "PASSWORD"\nshow_subjects = true\n'

    daemon = loaded(tmp_path, main).daemon

    assert daemon.status_address == ("::", 8787)
    assert daemon.status_password is not None
    assert daemon.show_subjects

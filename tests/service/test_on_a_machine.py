"""The built package on a clean Debian, whose own systemd confines the services as their units say.

systemd is process 1 there, and enforces the filter of system calls, the read-only file system, the empty set of
capabilities and the users; calendar server and platform are on the network that the machine shares with this one.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.bridge import Dav
from support.caldav_servers import PASSWORD
from support.desk import API_TOKEN, event
from support.ical import calendar_object
from support.machine import Machine
from support.people import newcomers
from support.tls_front import behind_tls

from calbridge.sandbox import RunningSandbox, running
from calbridge.sandbox.settings import Settings

pytestmark = pytest.mark.servers
CERTIFICATE = Path(__file__).parents[1] / "enterprise" / "loopback.pem"
HOST_IDS = {"alice": 9, "bob": 10}


@pytest.fixture(scope="module", name="new_user")
def _new_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Dav]]:
    with newcomers(tmp_path_factory.mktemp("radicale")) as new:
        yield new


class Site:
    """A configuration on the machine, below `folder`, of which `service` makes use."""

    def __init__(self, debian: Machine, service: str, folder: str, store: str, new_user: Callable[[], Dav]) -> None:
        self.debian, self.service, self.folder, self._store = debian, service, folder, store
        self._new_user = new_user

    def write(self, platform: str, token: str, defaults: str = "") -> None:
        """Write calbridge.toml; `token` is where the API token is, `defaults` what holds for all hosts."""
        self.debian.write(
            f"{self.folder}/calbridge.toml",
            f'[platform]\nurl = "{platform}"\n{token}\n[store]\nurl = "sqlite:///{self._store}/calbridge.db"\n'
            f'[daemon]\npoll_interval = "1s"\nstatus_address = ""\n{defaults}',
        )

    def add(self, name: str, password: str) -> Dav:
        """Write the file of a new host, whose calendar has one event that asks for a room."""
        dav = self._new_user()
        dav.put("work/one", calendar_object(event("One")))
        self.debian.write(
            f"{self.folder}/hosts.d/{name}.toml",
            f'[host]\nid = {HOST_IDS[name]}\nemails = ["{name}@example.com"]\n'
            f'[calendar]\nurl = "{dav.root}{dav.user}/"\nusername = "{dav.user}"\n{password}',
        )
        return dav

    def process(self) -> str:
        """The id of the daemon's process, there."""
        return self.debian.shows(self.service, "MainPID")

    def await_room(self, dav: Dav) -> None:
        """Wait until the event has its room."""
        self.debian.wait("the event has its room", lambda: "X-CALBRIDGE-URL" in dav.get("work/one"))


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[RunningSandbox]:
    with running(Settings()) as sandbox:
        yield sandbox


@pytest.fixture(name="site")
def _site(debian: Machine, sandbox: RunningSandbox, new_user: Callable[[], Dav]) -> Iterator[Site]:
    """What README describes: secrets in files that calbridge's group can read."""
    site = Site(debian, "calbridge.service", "/etc/calbridge", "/var/lib/calbridge", new_user)
    site.write(sandbox.url, 'api_token_file = "api-token"')
    debian.write("/etc/calbridge/api-token", API_TOKEN, 0o640)
    debian.write(PASSWORD_FILE, PASSWORD, 0o640)
    yield site
    debian.run("systemctl", "stop", "calbridge.service", "calbridge-sync.service")
    debian.run("sh", "-c", "rm -rf /etc/calbridge/* /var/lib/calbridge/*; mkdir -m 2755 /etc/calbridge/hosts.d")


PASSWORD_FILE = "/etc/calbridge/hosts.d/password"
IN_A_FILE = 'password_file = "password"'


def test_installing_starts_nothing_and_without_a_configuration_nothing_can_be_started(debian: Machine) -> None:
    assert debian.shows("calbridge.service", "UnitFileState") == "disabled"
    debian.run("systemctl", "start", "calbridge.service", "calbridge-sync.service")
    assert debian.shows("calbridge.service", "ConditionResult") == "no"
    assert debian.shows("calbridge.service", "ActiveState") == "inactive"


def test_the_command_and_its_pages_are_there(debian: Machine) -> None:
    assert debian.run("calbridge", "--version").startswith("calbridge ")
    assert "DAILY" in debian.run("calbridge", "explain", "FREQ=DAILY")
    assert "--allow-cancels" in debian.run("zcat", "/usr/share/man/man1/calbridge.1.gz").replace("\\-", "-")
    assert "poll_interval" in debian.run("zcat", "/usr/share/man/man5/calbridge.toml.5.gz")


def test_the_set_up_that_readme_describes_gives_a_room_over_tls(
    debian: Machine, site: Site, sandbox: RunningSandbox, new_user: Callable[[], Dav]
) -> None:
    debian.run("sh", "-c", "rm -r /etc/calbridge/*")
    debian.write("/usr/local/share/dav.pem", CERTIFICATE.read_text("ascii"))
    dav = new_user()
    dav.put("work/one", calendar_object(event("One")))
    as_user = ("runuser", "-u", "calbridge", "--", "calbridge")
    with behind_tls(dav.root, CERTIFICATE) as calendars:
        account = (calendars, dav.user, PASSWORD, "/usr/local/share/dav.pem")
        usual = ("",) * 3
        answers = (sandbox.url, API_TOKEN, "alice@example.com", "", *account, *usual)
        assert "1 create" in debian.run("calbridge", "init", text="".join(f"{answer}\n" for answer in answers))
        assert "certificate trusted" in debian.run(*as_user, "doctor")
        assert "1 create" in debian.run(*as_user, "plan")
        debian.run("systemctl", "enable", "--now", "calbridge")
        site.await_room(dav)
    debian.run("systemctl", "disable", "--now", "calbridge")


def test_a_pass_gives_a_room_and_tells_the_journal_of_it_and_not_of_the_room(debian: Machine, site: Site) -> None:
    dav = site.add("alice", IN_A_FILE)
    debian.run("systemctl", "start", "calbridge-sync.service")
    assert debian.shows("calbridge-sync.service", "Result") == "success"
    assert "X-CALBRIDGE-URL" in dav.get("work/one")
    told = debian.journal("calbridge-sync.service")
    assert ("create", "alice", "One@x") in {
        (entry.get("CALBRIDGE_EVENT"), entry.get("CALBRIDGE_HOST"), entry.get("CALBRIDGE_UID")) for entry in told
    }
    assert [word for word in ("/call/", API_TOKEN, "One @meet") if word in str(told)] == []


def test_a_pass_of_roots_leaves_nothing_that_the_daemon_can_not_open(debian: Machine, site: Site) -> None:
    dav = site.add("alice", IN_A_FILE)
    debian.run("install", "-d", "-m", "700", "-o", "calbridge", "-g", "calbridge", "/var/lib/calbridge")
    debian.run("calbridge", "sync", "--config", "/etc/calbridge")
    assert "X-CALBRIDGE-URL" in dav.get("work/one")
    debian.run("systemctl", "start", "calbridge.service")
    assert debian.shows("calbridge.service", "ActiveState") == "active"


FORBIDDEN = (
    "touch /etc/calbridge/x",
    "touch /usr/x",
    "ls /home/x",
    "cat /proc/1/comm",  # no process of another user
    "cat /proc/meminfo",  # nothing of /proc but processes
    "unshare --user true",  # no namespaces
    "chown root /var/lib/calbridge/calbridge.db",
    "renice -n 5 $$",
    "python3 -c 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'",
    "python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=7)'",  # no memory that is written and run
)


def test_the_daemon_works_and_can_do_nothing_that_it_need_not(debian: Machine, site: Site) -> None:
    debian.run("mkdir", "-p", "/home/x")
    attempts = "; ".join(f"{attempt} && echo {number}" for number, attempt in enumerate(FORBIDDEN))
    debian.write("/etc/calbridge/attempts.sh", f"({attempts}) > /var/lib/calbridge/done 2>&1; cat {PASSWORD_FILE}\n")
    dav = _started(site, "alice", 'password_command = ["sh", "/etc/calbridge/attempts.sh"]')
    assert debian.shows("calbridge.service", "ActiveState") == "active"
    site.await_room(dav)
    said = debian.run("cat", "/var/lib/calbridge/done").splitlines()
    assert [FORBIDDEN[int(line)] for line in said if line.isdigit()] == []
    assert len(said) >= len(FORBIDDEN)


def test_the_daemons_process_has_a_filter_of_system_calls_no_capabilities_and_its_own_user(
    debian: Machine, site: Site
) -> None:
    _started(site, "alice")
    lines = debian.run("cat", f"/proc/{site.process()}/status").splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    assert (status["Seccomp"], status["NoNewPrivs"], int(status["CapBnd"], 16)) == ("2", "1", 0)
    assert set(status["Uid"].split()) == {debian.run("id", "-u", "calbridge").strip()}
    assert len(debian.run("cat", f"/proc/{site.process()}/uid_map").splitlines()) == 2  # root and itself: PrivateUsers


def test_the_daemon_takes_a_new_host_on_reload_and_stops_in_time(debian: Machine, site: Site) -> None:
    site.await_room(_started(site, "alice"))
    process = site.process()
    bob = site.add("bob", IN_A_FILE)
    debian.run("systemctl", "reload", "calbridge.service")
    site.await_room(bob)
    debian.wait("it says so", lambda: "2 of 2 hosts fine" in debian.shows("calbridge.service", "StatusText"))
    assert site.process() == process
    began = time.monotonic()
    debian.run("systemctl", "stop", "calbridge.service")
    assert time.monotonic() - began < 20
    assert debian.shows("calbridge.service", "Result") == "success"


def _started(site: Site, name: str, password: str = IN_A_FILE) -> Dav:
    """Start the daemon with one host."""
    dav = site.add(name, password)
    site.debian.run("systemctl", "start", site.service)
    return dav


def test_a_daemon_that_is_stuck_is_ended_and_started_anew(debian: Machine, site: Site) -> None:
    hasty = "[Service]\nWatchdogSec=3s\nTimeoutAbortSec=1s\nRestartSec=0\n"
    debian.write("/run/systemd/system/calbridge.service.d/hasty.conf", hasty)
    debian.run("systemctl", "daemon-reload")
    site.await_room(_started(site, "alice"))
    stuck = site.process()
    debian.run("kill", "-STOP", stuck)
    debian.wait("systemd noticed", lambda: debian.shows("calbridge.service", "NRestarts") != "0")
    debian.wait("it runs again", lambda: debian.shows("calbridge.service", "ActiveState") == "active")
    assert site.process() != stuck
    debian.run("rm", "-r", "/run/systemd/system/calbridge.service.d")
    debian.run("systemctl", "daemon-reload")


def test_a_wrong_configuration_is_told_and_not_tried_again(debian: Machine, site: Site) -> None:
    site.add("alice", 'password_file = "missing"')
    debian.run("systemctl", "start", "calbridge.service", check=False)
    assert debian.shows("calbridge.service", "ExecMainStatus") == "78"
    assert debian.shows("calbridge.service", "ActiveState") == "failed"
    assert "hosts.d/alice.toml" in str(debian.journal("calbridge.service"))


def test_companies_have_users_secrets_and_databases_of_their_own(
    debian: Machine, sandbox: RunningSandbox, new_user: Callable[[], Dav]
) -> None:
    companies = {name: _company(debian, sandbox, new_user, name) for name in ("acme", "zebra")}
    for site, dav in companies.values():
        site.await_room(dav)
    users = {debian.run("stat", "-c", "%u", f"/proc/{site.process()}").strip() for site, _ in companies.values()}
    assert len(users) == 2
    for name, (site, _) in companies.items():
        assert debian.run("ls", f"/var/lib/calbridge-{name}/calbridge.db")
        debian.run("systemctl", "stop", site.service)


def _company(debian: Machine, sandbox: RunningSandbox, new_user: Callable[[], Dav], name: str) -> tuple[Site, Dav]:
    """A company whose service runs, with one host."""
    folder = f"/etc/calbridge/{name}"
    site = Site(debian, f"calbridge@{name}.service", folder, f"/var/lib/calbridge-{name}", new_user)
    site.write(
        sandbox.url,
        'api_token_credential = "secret_api-token"',
        '[defaults.calendar]\npassword_credential = "secret_{name}"\n',
    )
    host = {"acme": "alice", "zebra": "bob"}[name]
    debian.write(f"{folder}/secrets/api-token", API_TOKEN, 0o600)
    debian.write(f"{folder}/secrets/{host}", PASSWORD, 0o600)
    debian.run("chmod", "700", f"{folder}/secrets")
    dav = site.add(host, "")
    debian.run("systemctl", "start", site.service)
    return site, dav


def test_an_upgrade_keeps_what_was_edited_and_restarts_what_runs(debian: Machine, site: Site) -> None:
    debian.write("/etc/default/calbridge", "CALBRIDGE_LOG_LEVEL=warning\n")
    site.await_room(_started(site, "alice"))
    before = site.process()
    debian.run("dpkg", "--install", "/root/calbridge.deb")
    assert debian.shows("calbridge.service", "ActiveState") == "active"
    assert site.process() not in {before, "0"}
    assert debian.run("cat", "/etc/default/calbridge") == "CALBRIDGE_LOG_LEVEL=warning\n"
    assert "hosts.d" in debian.run("ls", "/etc/calbridge")


def test_removing_stops_the_daemon_and_keeps_what_is_ours_and_purging_leaves_nothing(
    debian: Machine, site: Site
) -> None:
    site.await_room(_started(site, "alice"))
    debian.run("dpkg", "--remove", "calbridge")
    assert debian.shows("calbridge.service", "ActiveState") == "inactive"
    assert "calbridge.db" in debian.run("ls", "/var/lib/calbridge", "/etc/calbridge")
    debian.run("dpkg", "--purge", "calbridge")
    left = debian.run("find", "/opt", "/etc", "/usr", "/var/lib/calbridge", "-name", "*calbridge*", check=False)
    assert [path for path in left.splitlines() if "No such file" not in path] == []
    debian.run("dpkg", "--install", "/root/calbridge.deb")

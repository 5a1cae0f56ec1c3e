"""`calbridge doctor`: what it finds, what it says to do, and how it ends."""

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.bridge import Dav
from support.caldav_servers import PASSWORD, xandikos
from support.desk import MORTAL, Desk, Ran, command, ended, event, secret
from support.ical import calendar_object
from support.sandbox_account import Account

from calbridge.sandbox import RunningSandbox, running
from calbridge.sandbox.seed import BUILT_IN
from calbridge.sandbox.settings import Settings
from calbridge.store import Lock

WELL = ["configuration", "secrets", "servers", "database", "platform", "calendars", "hosts"]


def wrong(ran: Ran) -> dict[str, Any]:  # Any: JSON
    """Findings that are not ok, by rule; each must have a way out."""
    found = {finding["rule"]: finding for finding in ran.json["findings"] if finding["level"] != "ok"}
    assert all(finding["hint"].strip() and finding["what"].strip() for finding in found.values()), found
    return found


def test_where_all_is_well_every_area_says_so_and_a_table_what_the_server_can_do(desk: Desk, alice: Dav) -> None:
    alice.put("work/one", calendar_object(event("One")))
    desk.run("sync", "--host", "alice")
    ran = desk.run("doctor")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert [line for line in lines if line and not line.startswith(" ")][:-1] == WELL
    assert lines[-1].endswith("ok, 0 to look at, 0 wrong")
    [head] = [line for line in lines if "sync-token" in line]
    row = lines[lines.index(head) + 1]
    assert row[head.index("guarded write") :].split() == ["yes", "none", "kept"]


def test_it_changes_nothing_anywhere(desk: Desk, alice: Dav) -> None:
    alice.put("work/one", calendar_object(event("One")))
    desk.write()
    before = {path: path.stat().st_mtime_ns for path in desk.folder.rglob("*")}, alice.get("work/one")
    assert desk.run("doctor").code == 0
    assert ({path: path.stat().st_mtime_ns for path in desk.folder.rglob("*")}, alice.get("work/one")) == before


def test_every_problem_of_the_configuration_is_a_finding_and_ends_with_78(desk: Desk) -> None:
    desk.hosts["alice"] = desk.hosts["alice"].replace("id = 9", "id = 'nine'")
    desk.more = "[daemon]\npoll_intervall = '1s'\n"
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (78, {"config.type", "config.unknown-key"})
    assert {finding["area"] for finding in ran.json["findings"]} == {"configuration"}


def test_an_unknown_host_is_a_usage_error(desk: Desk) -> None:
    assert desk.run("doctor", "--host", "nobody", "--json").code == 2


def test_files_that_others_can_change_are_told_of(desk: Desk) -> None:
    desk.write()
    desk.run("doctor")
    (desk.folder / "hosts.d").chmod(0o777)
    (desk.folder / "api-token").chmod(0o602)
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (0, {"secrets.writable"})
    places = [finding["where"] for finding in ran.json["findings"] if finding["level"] == "warning"]
    assert places == [str(desk.folder / "api-token"), str(desk.folder / "hosts.d")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another group")
def test_a_secret_that_a_foreign_group_can_read_is_told_of(desk: Desk) -> None:
    desk.write()
    os.chown(desk.folder / "api-token", -1, 54321)
    (desk.folder / "api-token").chmod(0o640)
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (0, {"secrets.group"})
    os.chown(desk.folder / "api-token", 54321, 0)
    assert set(wrong(desk.run("doctor", "--json"))) == {"secrets.owner"}


def test_who_holds_the_lock_is_said_and_no_problem(desk: Desk) -> None:
    with Lock(desk.folder / "calbridge.db").acquire(timedelta()):
        ran = desk.run("doctor", "--json")
    [lock] = [finding for finding in ran.json["findings"] if finding["rule"] == "store.lock"]
    assert (ran.code, "process" in lock["what"]) == (0, True)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="nothing is closed to root")
def test_a_database_in_a_folder_that_is_closed_to_us_does_not_hide_the_rest(desk: Desk) -> None:
    state = desk.folder / "state"
    state.mkdir()
    desk.more = '[store]\nurl = "sqlite:///state/calbridge.db"\n'
    assert desk.run("sync").code == 0
    state.chmod(0)
    ran = ended(command("doctor", "--json", "--config", str(desk.folder), prefix=MORTAL))
    state.chmod(0o700)
    assert (ran.code, set(wrong(ran))) == (1, {"store.open"})
    assert {finding["area"] for finding in ran.json["findings"]} >= {"platform", "calendars", "hosts"}


def test_a_damaged_database_does_not_hide_the_rest(desk: Desk) -> None:
    (desk.folder / "calbridge.db").write_text("Dear diary" * 1000)
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"store.corrupt"})
    assert {finding["area"] for finding in ran.json["findings"]} >= {"platform", "calendars", "hosts"}


def test_a_token_that_the_platform_refuses(desk: Desk) -> None:
    desk.api_token = "nobody's"
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"platform.unauthorized"})
    assert "nobody's" not in ran.out


def test_a_platform_that_is_not_there(desk: Desk) -> None:
    desk.platform = "http://127.0.0.1:9"
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"platform.unreachable", "server.unreachable"})


def test_a_resellers_token_needs_the_company_to_look_hosts_up(desk: Desk) -> None:
    desk.api_token = "reseller-token"
    assert desk.run("doctor").code == 0
    desk.hosts["bob"] = desk.hosts["bob"].replace("id = 10", 'email = "bob@example.com"')
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"platform.company", "host.unlisted"})
    desk.platform_keys = "company_id = 5"
    assert desk.run("doctor").code == 0


def test_hosts_whom_the_platform_does_not_know(desk: Desk, bob: Dav) -> None:
    desk.host("bob", 99, bob)
    desk.hosts["alice"] = desk.hosts["alice"].replace("id = 9", 'email = "alison@example.com"')
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"host.unknown", "host.not-one"})


def test_a_password_that_is_refused_and_a_calendar_that_does_not_exist(desk: Desk, alice: Dav, bob: Dav) -> None:
    desk.host("alice", 9, alice, password="wrong")
    desk.host("bob", 10, bob, more='names = ["Play"]\n')
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"calendar.denied", "calendar.name"})
    assert "calendars can be written" not in ran.out


RECORDED = '[conference]\nauto_record = "audio"\n'


def test_a_plan_that_does_not_speak_of_what_the_configuration_asks_for(desk: Desk, alice: Dav, bob: Dav) -> None:
    desk.host("alice", 9, alice, more=RECORDED)  # she has the recording add-on
    desk.host("bob", 10, bob, more=RECORDED)
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (0, {"host.feature-unsaid"})
    assert wrong(ran)["host.feature-unsaid"]["where"] == "hosts.d/bob.toml: conference.auto_record"


def test_a_plan_that_refused_what_the_configuration_asks_for(desk: Desk, bob: Dav) -> None:
    desk.host("bob", 10, bob, more=RECORDED)
    bob.put("work/one", calendar_object(event("One")))
    assert desk.run("sync", "--host", "bob").code == 1
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"host.feature"})
    assert "refused 1 of her meetings: Recording feature not enabled" in wrong(ran)["host.feature"]["what"]


def test_a_plan_that_is_suspended_is_seen_by_a_resellers_token(desk: Desk, tmp_path: Path) -> None:
    seed = tmp_path / "seed.toml"
    seed.write_text(BUILT_IN.read_text().replace("host_limit = 10", "host_limit = 10\nsuspended = true"))
    desk.api_token, desk.platform_keys = "reseller-token", "company_id = 5"
    with running(Settings(seed=seed)) as platform:
        desk.platform = platform.url
        ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"host.suspended"})


def test_a_host_without_a_plan_and_a_calendar_of_two(desk: Desk, sandbox: RunningSandbox, alice: Dav) -> None:
    Account(sandbox).accepted("host/update", host_id=10, subscription_ids=[])
    desk.host("bob", 10, alice)
    ran = desk.run("doctor", "--json")
    assert (ran.code, set(wrong(ran))) == (1, {"host.no-plan", "calendar.other-host"})


def test_no_secret_is_ever_shown(desk: Desk) -> None:
    shown = desk.run("doctor", "--json").out + desk.run("doctor").out
    assert not [word for word in (f'"{PASSWORD}"', "sandbox-token") if word in shown]


@pytest.fixture(name="scheduling")
def _scheduling(tmp_path: Path) -> Iterator[Dav]:
    """Alice on a server that invites attendees by itself."""
    with xandikos(tmp_path / "xandikos") as server:
        yield Dav(server.root_url, "alice")


def test_two_mails_to_each_attendee_are_warned_of(desk: Desk, scheduling: Dav) -> None:
    secret(desk.folder / "hosts.d" / "alice.password", PASSWORD)
    desk.host("alice", 9, scheduling, url=scheduling.root, more="[conference]\nparticipants = true\n")
    ran = desk.run("doctor", "--json", "--host", "alice")
    assert (ran.code, set(wrong(ran))) == (0, {"host.two-mails"})


def test_addresses_that_the_calendar_server_does_not_know_are_warned_of(desk: Desk, scheduling: Dav) -> None:
    desk.host("alice", 9, scheduling, url=scheduling.root)
    desk.hosts["alice"] = desk.hosts["alice"].replace("alice@example.com", "boss@example.com")
    ran = desk.run("doctor", "--json", "--host", "alice")
    assert (ran.code, set(wrong(ran))) == (0, {"host.addresses"})


def test_a_probe_tells_each_assumption_and_where_everything_holds_ends_with_0(desk: Desk) -> None:
    ran = desk.run("doctor", "--probe", "--host", "bob", "--json")
    answers = [finding for finding in ran.json["findings"] if finding["area"] == "probe"]
    assert (ran.code, len(answers), "conferences of bob" in ran.err) == (0, 19, True)
    assert {answer["what"].partition(": ")[0] for answer in answers[:-1]} == {"holds"}


def test_a_platform_that_does_not_answer_is_not_probed(desk: Desk) -> None:
    desk.api_token = "nobody's"
    ran = desk.run("doctor", "--probe", "--json")
    assert (ran.code, [each for each in ran.json["findings"] if each["area"] == "probe"]) == (1, [])


@pytest.mark.parametrize(("told", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_probe_that_is_stopped_cancels_what_it_made(
    desk: Desk, sandbox: RunningSandbox, told: signal.Signals, code: int
) -> None:
    with desk.start("doctor", "--probe", "--host", "alice") as process:
        deadline = time.monotonic() + 60
        while len(sandbox.writes()) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(told)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert re.search(r"what the probe made  +all \d conferences are cancelled", out)
    assert "months without the day" not in out
    assert Account(sandbox).accepted("conference/fetch_all", host_id=9)["conferences"] == []

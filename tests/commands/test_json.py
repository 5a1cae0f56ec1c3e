"""The JSON of sync and plan (design, section 9): one object on stdout, whatever happens."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from support.bridge import Dav
from support.caldav_servers import free_port
from support.desk import Desk, event
from support.ical import calendar_object

from calbridge.commands import process
from calbridge.store import Lock

ACTION = {
    "action",
    "calendar",
    "uid",
    "recurrence_id",
    "part",
    "subject",
    "start",
    "time_zone",
    "duration",
    "schedule",
    "conference_id",
    "room_url",
    "tier",
}
SKIPPED = {"calendar", "uid", "recurrence_id", "rule", "reason", "hint"}
PROBLEM = {"where", "rule", "reason", "hint"}


def test_a_report_has_the_keys_of_the_contract_and_no_others(desk: Desk, alice: Dav, bob: Dav) -> None:
    alice.put("work/week", calendar_object(event("Week", "RRULE:FREQ=WEEKLY;COUNT=3")))
    alice.put("work/watch", calendar_object(event("Watch", "RRULE:FREQ=HOURLY")))
    desk.host("bob", 10, bob, password="wrong")
    ran = desk.run("sync", "--json")
    assert set(ran.json) == {"hosts"}
    assert [set(host) for host in ran.json["hosts"]] == [{"host", "actions", "skipped", "problems"}] * 2
    assert [set(action) for action in ran.host("alice")["actions"]] == [ACTION] * 2
    assert [set(skipped) for skipped in ran.host("alice")["skipped"]] == [SKIPPED]
    assert [set(problem) for problem in ran.host("bob")["problems"]] == [PROBLEM]


def test_an_action_is_written_as_the_platform_writes_it(desk: Desk, alice: Dav) -> None:
    alice.put("work/week", calendar_object(event("Week", "RRULE:FREQ=WEEKLY;COUNT=3")))
    action = desk.run("sync", "--json").host("alice")["actions"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d 10:00:00", action["start"])
    assert (action["action"], action["time_zone"], action["duration"]) == ("create", "Europe/Paris", 60)
    assert re.fullmatch(r"FREQ=WEEKLY;(INTERVAL=1;)?COUNT=3;BYDAY=[A-Z]{2}", action["schedule"])
    assert action["calendar"] == f"{alice.root}{alice.user}/work/"
    assert (action["uid"], action["recurrence_id"], action["part"]) == ("Week@x", None, "m")
    assert (type(action["tier"]), type(action["conference_id"])) == (int, int)
    assert action["room_url"].startswith(desk.platform)


def test_a_plan_says_what_the_sync_then_does(desk: Desk, alice: Dav, bob: Dav) -> None:
    for name in ("zebra", "ant"):
        alice.put(f"work/{name}", calendar_object(event(name, "RRULE:FREQ=WEEKLY")))
        bob.put(f"work/{name}", calendar_object(event(name)))
    plan, sync = desk.run("plan", "--json").json, desk.run("sync", "--json").json
    for host in plan["hosts"] + sync["hosts"]:
        assert [(a["uid"], a["action"]) for a in host["actions"]] == [
            (f"{name}@x", action) for name in ("ant", "zebra") for action in ("create", "write-back")
        ]
        for action in host["actions"]:
            action["conference_id"] = action["room_url"] = None
    assert plan == sync
    assert [host["host"] for host in plan["hosts"]] == ["alice", "bob"]


def test_what_no_locale_can_write_is_written_all_the_same(desk: Desk, alice: Dav) -> None:
    alice.put("work/cafe", calendar_object(event("Café ☕ 会議")))
    ran = desk.run("sync", "--json")
    assert ran.actions("alice") == ["create Café ☕ 会議", "write-back Café ☕ 会議"]
    assert ran.out.isascii()


FAILURES = {
    "no configuration": (78, "config.no-file"),
    "a bad key": (78, "config.unknown-key"),
    "an unknown host": (2, "config.no-host"),
    "an unknown option": (2, "usage"),
    "a folder that is not there": (1, "store.lock"),
    "a held lock": (75, "store.locked"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_one_object_too(desk: Desk, failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOCK_WAIT", timedelta(seconds=0.1))
    monkeypatch.setenv("CALBRIDGE_CONFIG", str(tmp_path / "nowhere"))
    arguments = {"an unknown host": ["--host", "carol"], "an unknown option": ["--frob"]}.get(failure, [])
    if failure == "a bad key":
        desk.more = "[safety]\nmax_cancel = 3"
    if failure == "a folder that is not there":
        desk.more = '[store]\nurl = "sqlite:///nowhere/calbridge.db"'
    if failure == "no configuration":
        desk.folder = tmp_path / "empty"
        (desk.folder / "hosts.d").mkdir(parents=True)
        monkeypatch.setattr(desk, "write", lambda: None)
    with Lock(desk.folder / "calbridge.db").acquire(timedelta()) if failure == "a held lock" else Lock(tmp_path):
        ran = desk.run("sync", "--json", *arguments)
    code, rule = FAILURES[failure]
    assert (ran.code, ran.json["hosts"], [p["rule"] for p in ran.json["problems"]]) == (code, [], [rule])
    assert [set(problem) for problem in ran.json["problems"]] == [PROBLEM]


def test_every_problem_of_the_configuration_is_told_at_once(desk: Desk, alice: Dav) -> None:
    desk.more = "[safety]\nmax_cancel = 3"
    desk.host("alice", 9, alice, more="[select]\ntrigger = 7")
    ran = desk.run("plan", "--json")
    assert ran.code == 78
    assert [problem["where"] for problem in ran.json["problems"]] == [
        "calbridge.toml: safety.max_cancel",
        "hosts.d/alice.toml: select.trigger",
    ]


def test_a_platform_that_is_down_is_told_in_the_report(desk: Desk) -> None:
    desk.platform = f"http://127.0.0.1:{free_port()}"
    ran = desk.run("plan", "--json")
    assert (ran.code, ran.problem("alice")["rule"]) == (1, "platform.unreachable")

"""`calbridge status`: the verdict, the hosts, and the story of one event."""

import sqlite3

import pytest
from support.bridge import Dav
from support.desk import Desk, event
from support.ical import calendar_object

from calbridge.store import Lock

HOST = {
    "host",
    "host_id",
    "state",
    "needs_somebody",
    "tried",
    "good",
    "failures",
    "next_run",
    "interval",
    "lag",
    "meetings",
    "skipped",
    "skipped_more",
    "waiting",
    "withheld",
    "problems",
}


def test_before_the_first_sync_nobody_is_fine(desk: Desk) -> None:
    ran = desk.run("status")

    assert ran.code == 1
    assert ran.out.splitlines()[0].startswith("0 of 2 hosts fine, 2 not visited yet; next meeting without a room: none")
    assert "calbridge sync" in ran.out
    assert not list(desk.folder.glob("*.db*"))


def test_a_sync_says_how_the_hosts_fare(desk: Desk, alice: Dav) -> None:
    alice.put("work/plan", calendar_object(event("Planning")))
    alice.put("work/watch", calendar_object(event("Watch", "RRULE:FREQ=HOURLY")))
    desk.run("sync")

    ran = desk.run("status")

    assert ran.code == 0
    assert ran.out.startswith("2 of 2 hosts fine; next meeting without a room: none in 24 h\n")
    assert "  skipped Watch, 20" in ran.out
    assert "repeat daily at most" in ran.out
    assert "http" not in ran.out.replace(f"{alice.root}", "")


def test_the_json_has_the_keys_of_the_contract_and_no_others(desk: Desk, alice: Dav, bob: Dav) -> None:
    desk.host("bob", 10, bob, password="wrong")
    desk.run("sync")

    ran = desk.run("status", "--json")

    assert (ran.code, set(ran.json)) == (1, {"verdict", "hosts", "problems"})
    assert (ran.json["verdict"]["fine"], ran.json["verdict"]["needing"]) == (1, ["bob"])
    assert [set(host) for host in ran.json["hosts"]] == [HOST] * 2
    assert (ran.host("alice")["state"], ran.host("bob")["state"]) == ("fine", "refused")
    assert ran.problem("bob")["rule"] == "calendar.denied"


def test_a_host_that_was_not_visited_well_for_three_intervals_is_stale(desk: Desk) -> None:
    desk.run("sync")
    with sqlite3.connect(desk.folder / "calbridge.db") as raw:
        raw.execute("UPDATE standings SET good = '2026-01-01T00:00:00.000000+00:00' WHERE host = 'alice'")

    ran = desk.run("status")

    assert (ran.code, "alice  stale" in ran.out) == (1, True)


def test_whether_anything_runs_is_asked_only_where_nobody_is_visited(desk: Desk) -> None:
    for name, host_id in (("alice", 9), ("bob", 10)):
        desk.host(name, host_id, Dav("http://127.0.0.1:9/", name))
    desk.run("sync")

    assert "does the daemon run?" not in desk.run("status").out

    with sqlite3.connect(desk.folder / "calbridge.db") as raw:
        raw.execute("UPDATE standings SET tried = '2026-01-01T00:00:00.000000+00:00'")
    assert "does the daemon run?" in desk.run("status").out


def test_status_does_not_wait_for_the_lock(desk: Desk) -> None:
    desk.run("sync")
    with Lock(desk.folder / "calbridge.db"):
        assert desk.run("status").code == 0


def test_a_host_that_is_configured_no_more_is_forgotten(desk: Desk) -> None:
    desk.run("sync")
    (desk.folder / "hosts.d" / "bob.toml").unlink()
    del desk.hosts["bob"]
    desk.run("sync")

    told = desk.run("status", "--json").json
    assert ([host["host"] for host in told["hosts"]], told["problems"]) == (["alice"], [])


def test_a_host_who_has_rooms_and_is_configured_no_more_is_a_problem(desk: Desk, alice: Dav, bob: Dav) -> None:
    bob.put("work/plan", calendar_object(event("Planning")))
    desk.run("sync")
    (desk.folder / "hosts.d" / "bob.toml").unlink()
    del desk.hosts["bob"]

    ran = desk.run("status")

    assert ran.out.startswith("1 of 1 host fine;")
    assert "host bob: meetings of the platform's host 10 have rooms, but no host file names her any more" in ran.out
    assert [problem["rule"] for problem in desk.run("status", "--json").json["problems"]] == ["host.left-out"]


def test_the_story_of_an_event_is_told_in_sentences(desk: Desk, alice: Dav) -> None:
    alice.put("work/plan", calendar_object(event("Planning")))
    desk.run("sync")

    ran = desk.run("status", "--event", "Planning@x")
    host, now, *told = ran.out.splitlines()

    assert (ran.code, host) == (0, "alice:")
    assert now.startswith("  now: conference 1, Planning, ")
    assert [line.split("  ")[2].partition(":")[0] for line in told] == [
        "the event was seen",
        "planned",
        "sent to the platform",
        "the platform made a conference (conference 1)",
        "the event was written (conference 1)",
    ]


def test_the_story_of_a_skipped_event_says_why_it_has_no_room(desk: Desk, alice: Dav) -> None:
    alice.put("work/watch", calendar_object(event("Watch", "RRULE:FREQ=HOURLY")))
    desk.run("sync")

    [host] = desk.run("status", "--event", "Watch@x", "--json").json["hosts"]

    assert set(host) == {"host", "conferences", "without_room", "history"}
    assert [each["rule"] for each in host["without_room"]] == ["rrule.frequency"]
    assert [entry["action"] for entry in host["history"]] == ["seen", "skipped"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_event_that_nobody_knows_is_a_problem(desk: Desk, form: list[str]) -> None:
    ran = desk.run("status", "--event", "nobody@x", *form)

    assert ran.code == 1
    assert "nothing is known of such an event" in ran.out + ran.err
    assert not form or ran.json["problems"][0]["rule"] == "event.unknown"

"""When a glance may stand for a whole pass, and when not."""

from asyncio import Task
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import NoReturn, TypeAlias

import pytest
from support.bridge import Bridge
from support.caldav_servers import radicale, xandikos
from support.ical import vevent
from support.visiting import Visiting

from calbridge.core.actions import NAMES
from calbridge.core.problem import Problem
from calbridge.errors import StoreError
from calbridge.standing import after
from calbridge.store.meetings import MeetingMemory
from calbridge.visits import Visit

Process: TypeAlias = Callable[[], AbstractContextManager[Visiting]]

on_both = pytest.mark.parametrize("server", [radicale, xandikos], ids=["radicale", "xandikos"], indirect=True)
"""The others run on Radicale alone: what a glance shows of a server is the calendar contract's, on all of them."""

OTHER = vevent(uid="other@x", summary="Other @meet")


@on_both
def test_a_quiet_visit_sends_one_request_and_makes_no_plan(bridge: Bridge, daemon: Visiting) -> None:
    bridge.put("plan", vevent())
    assert daemon.done() == ["create", "write-back"]
    daemon.settle()
    assert daemon.visit().report is None
    assert daemon.asked() == ["PROPFIND"]


@on_both
def test_an_edit_between_two_glances_is_seen(bridge: Bridge, daemon: Visiting) -> None:
    bridge.put("plan", vevent())
    daemon.settle()
    bridge.put("other", OTHER)
    assert daemon.done() == ["create", "write-back"]


@on_both
def test_an_edit_during_a_pass_is_seen_by_the_next_visit(bridge: Bridge, daemon: Visiting) -> None:
    bridge.put("plan", vevent())
    daemon.settle()
    bridge.clock.advance(minutes=20)
    daemon.after_poll = lambda: bridge.put("other", OTHER)
    assert daemon.done() == []
    assert daemon.done() == ["create", "write-back"]


def test_glances_stand_for_a_pass_for_a_quarter_of_an_hour(bridge: Bridge, daemon: Visiting) -> None:
    daemon.settle()
    bridge.clock.advance(minutes=11)
    assert daemon.visit().report is None
    bridge.clock.advance(minutes=4)
    assert daemon.done() == []
    assert daemon.visit().report is None


@on_both
def test_a_new_calendar_is_found_by_the_next_visit(bridge: Bridge, daemon: Visiting) -> None:
    daemon.settle()
    bridge.dav.make_calendar("second")
    bridge.put("other", OTHER, calendar="second")
    assert daemon.done() == ["create", "write-back"]


@on_both
def test_a_calendar_that_went_is_told_and_its_rooms_stay(bridge: Bridge, daemon: Visiting) -> None:
    bridge.dav.make_calendar("second")
    bridge.put("other", OTHER, calendar="second")
    daemon.settle()
    bridge.dav.delete_calendar("second")
    report = daemon.report()
    assert [problem.rule for problem in report.problems] == ["calendar.left-out"]
    assert len(bridge.platform_rooms()) == 1


def test_a_deleted_event_in_its_grace_is_never_skipped_by_a_glance(bridge: Bridge, daemon: Visiting) -> None:
    bridge.put("plan", vevent())
    bridge.put("other", OTHER)
    daemon.settle()
    bridge.delete("plan")
    for _ in range(4):
        assert daemon.done() == []  # never quiet: None would fail here
        bridge.clock.advance(minutes=3)
    assert daemon.done() == ["cancel"]
    assert bridge.platform_rooms() == [bridge.room("other")]


def test_an_audit_looks_at_everything_whatever_the_glance_says(bridge: Bridge, daemon: Visiting) -> None:
    bridge.put("plan", vevent())
    daemon.settle()
    [conference] = bridge.platform.listing(9)
    bridge.platform.accepted("conference/cancel", conference_id=conference["conference_id"])
    assert daemon.visit().report is None
    assert [p.rule for p in daemon.report(full=True).problems] == ["conference.cancelled-on-platform"]


def test_an_audit_that_is_due_is_made_unasked(bridge: Bridge, daemon: Visiting) -> None:
    first = daemon.visit()
    assert first.next_audit is not None
    bridge.clock.now = first.next_audit
    before = len(bridge.sandbox.requests())
    second = daemon.visit()
    assert "conference/fetch_all" in [call.path for call in bridge.sandbox.requests()[before:]]
    assert second.next_audit is not None
    assert second.next_audit > first.next_audit


@pytest.mark.parametrize(("later", "within"), [(timedelta(), timedelta()), (timedelta(days=2), timedelta(hours=1))])
def test_a_new_process_audits_when_the_one_before_would_have_or_soon_after(
    bridge: Bridge, process: Process, later: timedelta, within: timedelta
) -> None:
    with process() as first:
        visit = first.visit()
        first.store.standings.save(after(None, visit, interval=timedelta(minutes=1), next_run=None))
    assert visit.next_audit is not None
    bridge.clock.now += later
    with process() as second:
        planned = second.visit().next_audit
    assert planned is not None
    assert timedelta() <= planned - max(visit.next_audit, bridge.clock.now) <= within


def test_an_audit_that_failed_is_tried_again_within_an_hour(bridge: Bridge, daemon: Visiting) -> None:
    daemon.settle()
    daemon.broken = True
    failed = daemon.visit(full=True)
    assert failed.next_audit == failed.began + timedelta(hours=1)
    daemon.broken = False
    bridge.clock.advance(hours=1)
    audited = daemon.visit()
    assert audited.next_audit is not None
    assert audited.next_audit - audited.began > timedelta(hours=20)


def test_a_database_that_fails_between_two_looks_is_no_crash(daemon: Visiting, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object, host_id: int) -> NoReturn:
        raise StoreError(Problem("the database", "store.io", "it can't be read", "none"))

    with monkeypatch.context() as broken:
        broken.setattr(MeetingMemory, "unfinished", fails)
        assert daemon.done() == daemon.done() == []
    daemon.settle()


def test_a_host_who_could_not_be_reached_is_found_anew(bridge: Bridge, daemon: Visiting) -> None:
    daemon.settle()
    daemon.broken = True
    assert [problem.rule for problem in daemon.report().problems] == ["calendar.unreachable"]
    assert daemon.asked() == ["PROPFIND"] * 3  # the glance, and what is repeated of it: nothing else is waited for
    daemon.broken = False
    assert daemon.done() == []
    assert daemon.asked().count("PROPFIND") > 2
    assert daemon.visit().report is None


@pytest.mark.parametrize("order", [("alice", "bob"), ("bob", "alice")])
def test_two_hosts_who_see_one_calendar_make_one_room(bridge: Bridge, process: Process, order: tuple[str, str]) -> None:
    bridge.hosts["bob"] = (10, bridge.dav.user)
    bridge.put("plan", vevent())
    with process() as daemon:
        for name in (*order, *order):
            daemon.visit(name)
        assert [problem.rule for problem in daemon.report("bob").problems] == ["calendar.other-host"]
        daemon.settle("alice")
    assert (len(bridge.platform_rooms(9)), len(bridge.platform_rooms(10))) == (1, 0)


def test_a_host_who_comes_to_the_configuration_takes_no_calendar_away(bridge: Bridge, daemon: Visiting) -> None:
    bridge.put("plan", vevent())
    daemon.settle()
    bridge.hosts["aaron"] = (10, bridge.dav.user)
    daemon.reconfigure()
    assert [problem.rule for problem in daemon.report("aaron").problems] == ["calendar.other-host"]
    assert daemon.visit("alice").report is None


def test_what_a_change_of_a_host_file_means_is_seen_at_once(bridge: Bridge, daemon: Visiting) -> None:
    bridge.put("plan", vevent(summary="Planning @room"))
    daemon.settle()
    bridge.configure(select='keyword = "@room"')
    daemon.reconfigure()
    assert daemon.done() == ["create", "write-back"]


def test_a_host_whose_file_is_renamed_under_way_is_visited_once_that_visit_is_over(
    bridge: Bridge, daemon: Visiting
) -> None:
    bridge.put("plan", vevent())
    begun: list[Task[Visit]] = []

    def renamed() -> None:
        bridge.hosts["alicia"] = bridge.hosts.pop("alice")
        (bridge.folder / "hosts.d" / "alice.toml").unlink()
        daemon.reconfigure()
        begun.append(daemon.begin("alicia"))

    daemon.after_poll = renamed
    first = daemon.report()
    [second] = map(daemon.ended, begun)
    made = [NAMES[type(action)] for action in first.plan.actions]
    assert (made, second.plan.actions, second.problems) == (["create", "write-back"], (), ())
    assert (daemon.done("alicia"), len(bridge.conferences())) == ([], 1)

"""An event that is, or was, in another calendar, too: what the one says ends nothing while the other can't be read."""

import os
from collections.abc import Iterator

import pytest
from support.bridge import Bridge, Pass
from support.ical import moved, vevent, weekly

from calbridge import config
from calbridge.leaving import who_leaves
from calbridge.store import Store

INVITATION = moved("20260316T100000", "20260316T150000", "20260316T160000")
"""One instance of the series alone, as an invitation to it is."""


@pytest.fixture(name="two")
def _two(bridge: Bridge) -> Bridge:
    """Two calendars, each with a meeting that keeps it from being empty."""
    bridge.dav.make_calendar("home")
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.put("another", vevent(uid="another@x", summary="Another @meet"), calendar="home")
    return bridge


def in_the_past(text: str) -> str:
    """The event of long ago."""
    return text.replace(":20260310T", ":20260102T")


def hidden(bridge: Bridge, calendar: str, how: str) -> None:
    """From now on a calendar is not read."""
    if how == "left out":
        bridge.names = [name for name in ("work", "home") if name != calendar]
    else:
        bridge.wires.broken = frozenset({calendar})


def passes(bridge: Bridge) -> Iterator[Pass]:
    """As many as end whatever may end."""
    for _ in range(4):
        yield bridge.sync()
        bridge.clock.advance(minutes=6)


def keeps(bridge: Bridge, how: str, *names: str) -> None:
    """Nothing is cancelled, and of what is left out it is said."""
    for done in passes(bridge):
        assert [write for write in done.writes if write.startswith("cancel")] == []
    assert (how == "left out") == ("calendar.left-out" in done.problems)
    assert [each.split(",")[0] for each in bridge.conferences()] == sorted(["Another", "Other", *names])


HOW = pytest.mark.parametrize("how", ["left out", "not read"])


@HOW
def test_a_copy_that_is_over_does_not_end_it(two: Bridge, how: str) -> None:
    two.put("plan", vevent())
    two.settle()
    two.dav.put("home/plan", in_the_past(two.text("plan")))
    two.sync()
    hidden(two, "work", how)
    keeps(two, how, "Planning")


@HOW
def test_what_moved_into_the_past_does_not_end_it_either(two: Bridge, how: str) -> None:
    two.put("plan", vevent())
    two.settle()
    two.put("plan", vevent(), calendar="home")
    two.sync()
    hidden(two, "home", how)
    two.edit("plan", in_the_past)
    keeps(two, how, "Planning")


@HOW
@pytest.mark.parametrize("end", ["deleted", "STATUS:CANCELLED"])
def test_what_is_over_in_one_calendar_may_go_on_in_the_other(two: Bridge, end: str, how: str) -> None:
    two.put("plan", vevent())
    two.settle()
    two.put("plan", vevent(), calendar="home")
    assert two.sync().skipped == ["event.duplicate-uid"]
    hidden(two, "home", how)
    if end == "deleted":
        two.delete("plan")
    else:
        two.change("plan", end)
    keeps(two, how, "Planning")


@HOW
def test_an_invitation_to_one_instance_does_not_end_the_series(two: Bridge, how: str) -> None:
    two.put("week", weekly())
    two.settle()
    two.put("week", INVITATION, calendar="home")
    two.sync()
    hidden(two, "work", how)
    for done in passes(two):
        assert [write for write in done.writes if write.startswith("cancel")] == []


@HOW
def test_a_series_that_lost_its_master_may_have_it_in_the_other_calendar(two: Bridge, how: str) -> None:
    two.put("week", weekly())
    two.settle()
    two.put("week", weekly(), calendar="home")
    two.sync()
    hidden(two, "home", how)
    two.put("week", INVITATION)
    for done in passes(two):
        assert [write for write in done.writes if write.startswith("cancel")] == []


def test_a_copy_does_not_take_a_meeting_over_while_its_calendar_is_not_read(two: Bridge) -> None:
    two.put("plan", vevent())
    two.settle()
    two.put("plan", vevent(summary="Of last week @meet"), calendar="home")
    two.sync()
    hidden(two, "work", "not read")
    assert two.sync().writes == ()
    two.wires.broken = frozenset()
    assert two.sync().is_quiet


def test_what_an_emptied_calendar_held_counts_until_it_is_believed(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.put("plan", vevent(), calendar="home")
    bridge.sync()
    bridge.delete("plan", calendar="home")
    bridge.change("plan", "STATUS:CANCELLED")
    for done in passes(bridge):
        assert (done.writes, done.problems) == ((), ["calendar.emptied"])
    assert bridge.sync(cancels=1).writes == ("cancel Planning",)


def test_an_event_stays_in_a_calendar_that_is_left_out_although_a_copy_has_its_room_now(two: Bridge) -> None:
    two.put("plan", vevent(), calendar="home")
    two.settle()
    two.put("plan", vevent())
    two.sync()
    hidden(two, "home", "left out")
    two.sync()
    two.change("plan", "STATUS:CANCELLED")
    keeps(two, "left out", "Planning")
    assert two.sync(cancels=2).writes == ("cancel Another", "cancel Planning")


@pytest.mark.parametrize("before", ["with a room", "without a keyword"])
def test_an_event_that_moves_out_of_a_calendar_that_is_left_out_is_there_no_more(two: Bridge, before: str) -> None:
    summary = "Planning @meet" if before == "with a room" else "Planning"
    two.put("plan", vevent(summary=summary), calendar="home")
    two.settle()
    hidden(two, "home", "left out")
    two.sync()
    two.put("plan", vevent(summary="Planning"))
    two.sync()
    two.put("plan", vevent())
    two.sync()
    two.delete("plan")
    assert [write for done in passes(two) for write in done.writes] == ["cancel Planning"]
    two.names = []
    assert two.sync().writes == (("create Planning",) if before == "with a room" else ())  # read anew


def test_an_event_is_asked_for_in_a_calendar_that_another_host_has_now(two: Bridge) -> None:
    organizer = "ORGANIZER:mailto:alice@example.com"
    two.put("plan", vevent(organizer))
    two.settle()
    two.put("plan", vevent(organizer), calendar="home")
    two.sync()
    two.names_of = {"alice": ["work"], "bob": ["home"]}
    two.hosts["bob"] = (10, two.dav.user)
    two.sync_all()
    two.delete("plan")
    for _ in range(4):
        done = two.sync_all()["alice"]
        assert (done.writes, "calendar.left-out" in done.problems) == ((), True)
        two.clock.advance(minutes=6)


def test_what_a_look_for_proofs_brings_is_kept(two: Bridge) -> None:
    two.put("plan", vevent())
    two.settle()
    two.delete("plan")
    two.wires.before_proof = lambda: two.put("new", vevent(uid="new@x", summary="New @meet"), calendar="home")
    assert two.sync().writes == ()
    with Store.snapshot(two.store_path) as store:
        home = next(each.url for each in store.calendars.all() if each.url.endswith("/home/"))
        assert "new@x" in {stored.uid for stored in store.calendars.asking(home)}
    assert two.sync().writes == ("create New",)


def test_what_an_unanswered_create_made_goes_with_its_calendar_where_it_is_allowed(two: Bridge) -> None:
    two.sync()
    two.put("plan", vevent(), calendar="home")
    two.wires.answers_lost = True
    two.sync()
    two.wires.answers_lost = False
    hidden(two, "home", "left out")
    keeps(two, "left out", "Planning")
    assert two.sync(cancels=2).writes == ("cancel Another", "cancel Planning")


def test_a_host_whose_file_is_another_hosts_now_leaves_by_her_id(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.hosts["alice"] = (10, bridge.dav.user)
    [problem] = [p for p in bridge.sync_all()["alice"].report.problems if p.rule == "host.left-out"]
    assert problem.hint.endswith("`calbridge uninstall --host 9`")
    bridge.leave("9")
    assert (len(bridge.conferences(9)), len(bridge.conferences(10))) == (0, 0)


def test_a_file_that_is_called_like_an_id_is_no_other_host(bridge: Bridge) -> None:
    bridge.hosts = {"9": (10, bridge.dav.user), "alice": (9, "alice")}
    bridge.write_config()
    loaded = config.load(bridge.folder, os.environ)
    with Store.memory() as store:
        store.journal.save_pass(9, "alice", bridge.clock())
        store.journal.save_pass(10, "9", bridge.clock())
        leaving = who_leaves(loaded, store, ["9"], keep_rooms=False)
    assert (leaving.configured, leaving.remembered) == (("9",), ())
    bridge.hosts = {}


def test_an_old_copy_of_a_series_does_not_end_an_instance_that_is_invited_to_alone(two: Bridge) -> None:
    two.put("week", INVITATION)
    two.settle()
    old = weekly(rule="FREQ=WEEKLY;COUNT=2").replace(":202603", ":202503")
    two.put("week", old, calendar="home")
    for done in passes(two):
        assert done.writes == ()


def test_the_last_event_that_moves_out_of_a_calendar_is_followed(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.dav.put("home/plan", bridge.text("plan"))
    bridge.delete("plan")
    assert bridge.sync().problems == ["calendar.emptied"]
    bridge.edit("plan", lambda text: text.replace("T100000", "T150000").replace("T110000", "T160000"), "home")
    assert bridge.sync().writes == ("update Planning",)


def test_a_meeting_of_a_calendar_that_is_left_out_is_told_although_it_is_cancelled_elsewhere(two: Bridge) -> None:
    two.put("plan", vevent())
    two.settle()
    two.put("plan", vevent("STATUS:CANCELLED"), calendar="home")
    hidden(two, "work", "left out")
    for done in passes(two):
        assert (done.writes, "calendar.left-out" in done.problems) == ((), True)
    assert two.sync(cancels=9).writes == ("cancel Other", "cancel Planning")

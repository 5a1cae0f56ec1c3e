"""A host leaves: on a real calendar server and the sandbox, with faults on the way."""

from collections.abc import Callable

import pytest
from support.bridge import Bridge
from support.ical import moved, vevent, weekly

from calbridge.core.actions import NAMES
from calbridge.store import Store
from calbridge.sync import HostReport

QUIET = 'notify = "never"\n'


def planned(report: HostReport) -> list[str]:
    return [NAMES[type(action)] for action in report.plan.actions]


def rules(report: HostReport) -> list[str]:
    return [problem.rule for problem in report.problems]


def is_forgotten(bridge: Bridge) -> bool:
    with Store.snapshot(bridge.store_path) as store:
        return not (store.journal.hosts() or store.calendars.all() or store.meetings.count())


def prepare(bridge: Bridge) -> dict[str, str]:
    """Three meetings with rooms; how their events were before."""
    bridge.configure(writeback=QUIET)
    bridge.put("one", vevent("LOCATION:@meet", "DESCRIPTION:Bring cake", uid="one@x", summary="One"))
    bridge.put("two", vevent("LOCATION:Room 5", uid="two@x", summary="Two @meet"))
    bridge.put("week", weekly(), moved("20260316T100000", "20260316T140000", "20260316T150000"))
    before = {name: bridge.text(name) for name in ("one", "two", "week")}
    assert bridge.sync().problems == []
    assert all("calbridge" in bridge.text(name) for name in before)
    return before


def test_every_byte_comes_back_every_conference_goes_and_nothing_is_remembered(bridge: Bridge) -> None:
    before = prepare(bridge)
    report = bridge.leave()
    assert rules(report) == []
    assert {name: bridge.text(name) for name in before} == before
    assert (bridge.conferences(), is_forgotten(bridge)) == ([], True)
    assert planned(bridge.leave()) == []


def test_notes_go_too(bridge: Bridge) -> None:
    bridge.configure(writeback=f"{QUIET}explain = true\n")
    odd = vevent("RRULE:FREQ=HOURLY"), vevent("DTSTART;TZID=Nowhere:20260310T100000", uid="nowhere@x")
    bridge.put("odd", odd[0])
    bridge.put("nowhere", odd[1].replace("DTSTART;TZID=Europe/Paris:20260310T100000\n", ""))
    before = bridge.text("odd"), bridge.text("nowhere")
    assert bridge.sync().actions == ["write-back", "write-back"]
    assert planned(bridge.leave()) == ["write-back", "write-back"]
    assert (bridge.text("odd"), bridge.text("nowhere")) == before


def test_the_plan_is_what_is_then_done_and_does_nothing_itself(bridge: Bridge) -> None:
    prepare(bridge)
    told, rooms = planned(bridge.leave(dry=True)), bridge.conferences()
    assert (told.count("cancel"), told.count("write-back"), len(rooms)) == (3, 3, 3)
    assert planned(bridge.leave()) == told


def test_with_rooms_kept_meetings_go_on_working_and_a_later_sync_takes_them_over_again(bridge: Bridge) -> None:
    prepare(bridge)
    rooms, texts = bridge.conferences(), bridge.text("one")
    report = bridge.leave(keep_rooms=True)
    assert (planned(report), rules(report), is_forgotten(bridge)) == (["forget"] * 3, [], True)
    assert (bridge.conferences(), bridge.text("one")) == (rooms, texts)
    again = bridge.sync()
    assert (again.writes, again.puts, again.problems) == ((), (), [])


@pytest.mark.parametrize("broken", ["cancel", "put", "listing"])
def test_what_fails_on_the_way_is_said_and_done_by_the_next_run(bridge: Bridge, broken: str) -> None:
    before = prepare(bridge)
    bridge.wires.broken = frozenset((broken,))
    assert rules(bridge.leave()) != []
    assert not is_forgotten(bridge)
    bridge.wires.broken = frozenset()
    assert rules(bridge.leave()) == []
    assert ({name: bridge.text(name) for name in before}, bridge.conferences()) == (before, [])
    assert is_forgotten(bridge)


def test_a_host_without_a_file_has_her_conferences_cancelled_and_her_events_left(bridge: Bridge) -> None:
    prepare(bridge)
    texts = bridge.text("one")
    (bridge.folder / "hosts.d" / "alice.toml").unlink()
    report = bridge.leave()
    assert (set(planned(report)), rules(report), bridge.conferences()) == ({"cancel"}, [], [])
    assert (bridge.text("one"), is_forgotten(bridge)) == (texts, True)


def test_after_a_lost_database_all_goes_by_the_markers(bridge: Bridge) -> None:
    before = prepare(bridge)
    bridge.lose_store()
    assert rules(bridge.leave()) == []
    assert ({name: bridge.text(name) for name in before}, bridge.conferences()) == (before, [])


def test_a_running_meeting_stays_whole_and_goes_when_it_is_over(bridge: Bridge) -> None:
    prepare(bridge)
    bridge.clock.advance(days=8, hours=1, minutes=30)
    assert rules(bridge.leave()) == ["meeting.running", "meeting.running"]
    assert (bridge.room("one") != "", bridge.room("week")) == (True, "")
    bridge.clock.advance(hours=1)
    assert rules(bridge.leave()) == []
    assert (bridge.room("one") != "", is_forgotten(bridge)) == (True, True)


EDITS: list[tuple[str, Callable[[str], str]]] = [
    ("text", lambda text: text.replace("Bring cake", "Bring two cakes")),
    ("title", lambda text: text.replace("SUMMARY:One", "SUMMARY:One more")),
]


@pytest.mark.parametrize(("what", "edit"), EDITS, ids=[name for name, _ in EDITS])
def test_an_edit_in_between_survives(bridge: Bridge, what: str, edit: Callable[[str], str]) -> None:
    before = prepare(bridge)
    bridge.wires.before_put = lambda: bridge.edit("one", edit)
    bridge.leave()
    assert bridge.text("one") == edit(before["one"])

"""What it takes to cancel: each word of the design's section 5.7 that other tests of this folder do not show."""

from collections.abc import Callable

import pytest
from support.bridge import Bridge
from support.ical import vevent


@pytest.fixture(name="two")
def _two(bridge: Bridge) -> Bridge:
    """A meeting, and one beside it that keeps the calendar from being empty."""
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.put("plan", vevent())
    bridge.settle()
    return bridge


def without(*starts: str, keyword: bool = True) -> Callable[[str], str]:
    """Take out the keyword and every property whose name begins so."""

    def edit(text: str) -> str:
        lines = (text.replace(" @meet", "") if keyword else text).splitlines()
        kept: list[str] = []
        inside = False
        for line in lines:
            inside = line == "BEGIN:VEVENT" or (inside and line != "END:VEVENT")
            if not (inside and line.startswith(starts)):
                kept.append(line)
        return "\n".join(kept) + "\n"

    return edit


def test_a_marker_that_a_person_removed_is_no_loss_of_ownership(two: Bridge) -> None:
    [plan] = [c for c in two.platform.listing() if c["subject"] == "Planning"]
    fields = {key: plan[key] for key in ("conference_id", "subject", "start", "time_zone", "duration")}
    two.platform.accepted("conference/update", **fields, agenda="nothing of ours")
    two.delete("plan")
    assert two.end_of_grace().writes == ("cancel Planning",)


OURS = ("X-CALBRIDGE", "CONFERENCE", "X-MICROSOFT", "URL")


@pytest.mark.parametrize(
    "edit",
    [without("LOCATION", *OURS), without("DESCRIPTION", *OURS[1:])],
    ids=["the block alone", "our URL and our reference alone"],
)
def test_what_is_left_of_ours_keeps_asking(two: Bridge, edit: Callable[[str], str]) -> None:
    room = two.room("plan")
    two.edit("plan", edit)
    two.settle()
    for _ in range(3):
        two.clock.advance(minutes=11)
        assert two.sync().is_quiet
    assert two.room("plan") == room


def test_without_anything_that_asks_it_ends_after_the_grace(two: Bridge) -> None:
    two.edit("plan", without("LOCATION", "DESCRIPTION", *OURS))
    assert two.end_of_grace().writes == ("cancel Planning",)


def test_a_stop_word_ends_it_after_the_grace_and_clears_the_event(two: Bridge) -> None:
    two.change("plan", "SUMMARY:Planning @meet @nomeet")
    assert two.end_of_grace().writes == ("cancel Planning",)
    assert two.rooms("plan") == [""]


def test_a_category_keeps_asking(bridge: Bridge) -> None:
    bridge.put("plan", vevent("CATEGORIES:Conference"))
    bridge.settle()
    bridge.edit("plan", without("LOCATION", "DESCRIPTION", *OURS))
    bridge.settle()
    bridge.clock.advance(minutes=11)
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == [bridge.room("plan")]


def test_an_event_that_is_hidden_from_us_keeps_its_room_and_is_not_written(two: Bridge) -> None:
    rooms = two.platform_rooms()
    two.put("plan", vevent("CLASS:CONFIDENTIAL", summary="Busy"))
    for _ in range(4):
        done = two.sync(full=True)
        assert (done.writes, done.puts) == ((), ())
        two.clock.advance(minutes=11)
    assert two.platform_rooms() == rooms


@pytest.mark.parametrize("copied", ["before it had a room", "with it", "after it had gone"])
def test_an_event_whose_uid_is_in_another_calendar_is_not_gone(bridge: Bridge, copied: str) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    if copied == "before it had a room":
        bridge.put("elsewhere", vevent(summary="Planning"), calendar="home")
        bridge.sync()
    bridge.put("plan", vevent())
    if copied == "with it":
        bridge.put("elsewhere", vevent(summary="Planning"), calendar="home")
    bridge.settle()
    bridge.delete("plan")
    if copied == "after it had gone":
        bridge.put("elsewhere", vevent(summary="Planning"), calendar="home")
    for _ in range(4):
        bridge.clock.advance(minutes=11)
        done = bridge.sync()
        assert (done.writes, done.problems) == ((), ["event.unproven"])


def test_cancels_that_were_allowed_do_not_stop_the_next_one_of_this_hour(bridge: Bridge) -> None:
    for number in range(12):
        bridge.put(f"e{number}", vevent(uid=f"e{number}@x", summary=f"Meeting {number} @meet"))
    bridge.settle()
    for number in range(10):
        bridge.delete(f"e{number}")
    assert bridge.end_of_grace().problems == ["breaker.cancels"]
    assert len(bridge.sync(cancels=10).writes) == 10
    bridge.delete("e10")
    assert bridge.end_of_grace().writes == ("cancel Meeting 10",)


@pytest.mark.parametrize("kind", ["left out", "deleted"])
def test_what_a_calendar_leaves_behind_goes_where_it_is_allowed(two: Bridge, kind: str) -> None:
    two.dav.make_calendar("home")
    two.put("away", vevent(uid="away@x", summary="Away @meet"), calendar="home")
    two.settle()
    if kind == "deleted":
        two.dav.delete_calendar("home")
    else:
        two.names = ["work"]
    assert two.sync(cancels=1).writes == ()  # not before its grace is over
    two.clock.advance(minutes=11)
    done = two.sync()
    assert (done.writes, done.problems) == ((), ["calendar.left-out"])
    assert done.report.problems[0].hint.endswith("`calbridge sync --allow-cancels 1`")
    assert two.sync(cancels=1).writes == ("cancel Away",)
    assert two.sync().is_quiet


def test_who_allows_a_mass_cancel_does_not_allow_what_ended_with_the_configuration(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    for number in range(8):
        bridge.put(f"e{number}", vevent(uid=f"e{number}@x", summary=f"Meeting {number} @meet"))
        bridge.put(f"h{number}", vevent(uid=f"h{number}@x", summary=f"Home {number} @meet"), calendar="home")
    bridge.settle()
    bridge.names = ["work"]
    for number in range(7):
        bridge.delete(f"e{number}")
    assert sorted(bridge.end_of_grace().problems) == ["breaker.cancels", "calendar.left-out"]
    assert sorted(bridge.sync(cancels=7).writes) == [f"cancel Meeting {number}" for number in range(7)]
    assert len(bridge.sync(cancels=8).writes) == 8

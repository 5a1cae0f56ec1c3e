"""What time alone does: nothing, as long as nobody edits."""

from collections.abc import Callable

import pytest
from support.bridge import Bridge
from support.ical import moved, override, vevent, weekly

BEGUN = {"start": "20251222T100000", "end": "20251222T110000"}  # ten weeks ago, a Monday
RULES = {
    "FREQ=WEEKLY": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    "FREQ=WEEKLY;COUNT=20": "FREQ=WEEKLY;COUNT=10;INTERVAL=1;BYDAY=MO",
    "FREQ=WEEKLY;UNTIL=20260504T080000Z": "FREQ=WEEKLY;UNTIL=20260504;INTERVAL=1;BYDAY=MO",
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("loses_store", [False, True])
def test_a_series_long_begun_has_one_conference_and_is_quiet_week_after_week(
    bridge: Bridge, rule: str, loses_store: bool
) -> None:
    bridge.put("old", vevent(f"RRULE:{rule}", **BEGUN))
    assert bridge.settle().writes == ("create Planning",)
    room = bridge.room("old")
    for _ in range(3):
        bridge.clock.advance(weeks=1)
        if loses_store:
            bridge.lose_store()
        done = bridge.sync()
        assert (done.writes, done.puts, done.problems) == ((), (), [])
        assert bridge.sync().is_quiet
    assert bridge.conferences() == [f"Planning, 2026-03-02 10:00 Europe/Paris, 60, {RULES[rule]}"]
    assert bridge.platform_rooms() == [room]


def test_a_series_long_begun_is_quiet_where_its_master_leaves_the_listing(new_bridge: Callable[..., Bridge]) -> None:
    bridge = new_bridge(master_stays_listed=False)
    bridge.put("old", vevent("RRULE:FREQ=WEEKLY", **BEGUN))
    bridge.settle()
    for _ in range(2):
        bridge.clock.advance(weeks=1)
        bridge.lose_store()
        assert bridge.sync().writes == ()
        assert bridge.sync().is_quiet
    bridge.put("plan", vevent(uid="new@x", start="20260410T100000", end="20260410T110000"))
    assert bridge.settle().writes == ("create Planning",)


def test_a_series_goes_on_through_a_change_of_clocks(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.clock.advance(weeks=5)
    assert bridge.sync().is_quiet
    assert bridge.instances(1) == ["Weekly, 2026-04-06 10:00"]


def test_exceptions_that_pass_need_nothing(bridge: Bridge) -> None:
    bridge.put(
        "week",
        weekly("EXDATE;TZID=Europe/Paris:20260323T100000"),
        moved("20260309T100000", "20260309T150000", "20260309T160000"),
        moved("20260316T100000", "20260316T150000", "20260316T160000"),
    )
    bridge.settle()
    for _ in range(5):
        bridge.clock.advance(weeks=1)
        assert bridge.sync().is_quiet


def test_a_past_instance_excluded_later_needs_nothing(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.clock.advance(weeks=3)
    assert bridge.sync().is_quiet
    bridge.change("week", "EXDATE;TZID=Europe/Paris:20260309T100000,20260316T100000")
    assert bridge.sync().is_quiet


def test_an_edit_of_a_series_long_begun_keeps_its_room(bridge: Bridge) -> None:
    bridge.put("old", vevent("RRULE:FREQ=WEEKLY;COUNT=20", **BEGUN))
    bridge.settle()
    room = bridge.room("old")
    bridge.clock.advance(weeks=2)
    bridge.change("old", "SUMMARY:Review @meet")
    assert bridge.settle().writes == ("update Review",)
    next_moved = ("DTSTART;TZID=Europe/Paris:20260323T150000", "DTEND;TZID=Europe/Paris:20260323T160000")
    bridge.edit("old", lambda text: override(text, "20260323T100000", *next_moved))
    assert bridge.settle().writes == ("update Review 2026-03-23",)
    assert bridge.platform_rooms() == [room]


def test_a_past_meeting_gets_no_room_and_a_new_date_brings_one(bridge: Bridge) -> None:
    bridge.put("plan", vevent(start="20260227T100000", end="20260227T110000"))
    first = bridge.sync()
    assert (first.writes, first.skipped, first.problems) == ((), ["event.past"], [])
    bridge.change("plan", "DTSTART;TZID=Europe/Paris:20260303T100000", "DTEND;TZID=Europe/Paris:20260303T110000")
    assert bridge.settle().writes == ("create Planning",)


def test_a_meeting_that_is_over_is_forgotten_and_its_event_keeps_the_link(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.clock.advance(days=9)
    done = bridge.settle()
    assert (done.actions, done.writes, done.puts) == (["forget"], (), ())
    assert bridge.room("plan") == room != ""


def test_a_meeting_over_and_then_deleted_is_not_cancelled(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.clock.advance(days=9)
    bridge.delete("plan")
    bridge.put("other", vevent(uid="other@x", start="20260403T100000", end="20260403T110000"))
    bridge.settle()
    bridge.clock.advance(hours=1)
    assert bridge.sync().is_quiet


def test_a_meeting_moved_on_after_it_was_over_has_one_room_again(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.clock.advance(days=9)
    bridge.sync()
    bridge.change("plan", "DTSTART;TZID=Europe/Paris:20260320T100000", "DTEND;TZID=Europe/Paris:20260320T110000")
    bridge.settle()
    assert bridge.platform_rooms() == [bridge.room("plan")]


def test_a_running_meeting_is_not_cancelled_before_it_is_over(bridge: Bridge) -> None:
    bridge.put("plan", vevent(start="20260302T100000", end="20260302T120000"))
    bridge.settle()
    bridge.clock.advance(hours=1, minutes=30)
    bridge.change("plan", "STATUS:CANCELLED")
    bridge.sync()
    assert bridge.conferences() == ["Planning, 2026-03-02 10:00 Europe/Paris, 120"]


def test_a_meeting_too_far_ahead_is_skipped_until_it_comes_closer(bridge: Bridge) -> None:
    bridge.put("plan", vevent(start="20271001T100000", end="20271001T110000"))
    first = bridge.sync()
    assert (first.writes, first.skipped, first.problems) == ((), ["meeting.far"], [])
    bridge.clock.advance(days=90)
    assert bridge.settle().writes == ("create Planning",)


def test_an_exception_beyond_the_listing_is_settled_when_it_comes_into_view(bridge: Bridge) -> None:
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20280103T100000"))
    assert bridge.settle().writes == ("create Weekly",)
    bridge.clock.advance(weeks=50)
    assert bridge.settle().writes == ("cancel Weekly 2028-01-03",)

"""What must survive: a lost or old database, an edit in the same moment, an answer that never came."""

import pytest
from support.bridge import Bridge
from support.ical import moved, override, vevent, weekly

LATER = ("DTSTART;TZID=Europe/Paris:20260316T150000", "DTEND;TZID=Europe/Paris:20260316T160000")
EXCLUDED = "EXDATE;TZID=Europe/Paris:20260323T100000"


def three_meetings(bridge: Bridge) -> None:
    bridge.put("plan", vevent("DESCRIPTION:Bring the numbers."))
    bridge.put("week", weekly(EXCLUDED), moved("20260316T100000", "20260316T150000", "20260316T160000"))
    first = moved("20260309T100000", "20260309T150000", "20260309T160000", uid="apart@x", summary="Apart @meet")
    bridge.put("apart", weekly(uid="apart@x", summary="Apart @meet"), first)


# --- the database ----------------------------------------------------------------------------------------------------


def test_a_deleted_database_is_learnt_again_without_a_write(bridge: Bridge) -> None:
    three_meetings(bridge)
    bridge.settle()
    rooms = bridge.platform_rooms()
    bridge.lose_store()
    again = bridge.sync()
    assert (again.writes, again.puts, again.problems) == ((), (), [])
    assert set(again.actions) == {"adopt"}
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == rooms
    assert sorted({*bridge.rooms("plan"), *bridge.rooms("week"), *bridge.rooms("apart")}) == rooms


def test_after_a_loss_edits_and_ends_go_on(bridge: Bridge) -> None:
    three_meetings(bridge)
    bridge.settle()
    bridge.lose_store()
    bridge.settle()
    bridge.change("plan", "SUMMARY:Review @meet")
    assert bridge.settle().writes == ("update Review",)
    bridge.change("week", "STATUS:CANCELLED", of="20260316T100000")
    assert bridge.settle().writes == ("cancel Weekly 2026-03-16",)
    bridge.delete("apart")
    assert bridge.end_of_grace().writes == ("cancel Apart", "cancel Apart")


def test_an_edit_made_while_the_database_was_lost_is_one_update(bridge: Bridge) -> None:
    three_meetings(bridge)
    bridge.settle()
    rooms = bridge.platform_rooms()
    bridge.lose_store()
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.change("week", "SUMMARY:Round @meet")
    assert sorted(bridge.settle().writes) == ["update Review", "update Round"]
    assert bridge.platform_rooms() == rooms


def test_a_database_put_back_to_before_everything_changes_nothing(bridge: Bridge) -> None:
    bridge.sync()
    bridge.keep_store()
    three_meetings(bridge)
    bridge.settle()
    rooms = bridge.platform_rooms()
    bridge.put_back_store()
    again = bridge.sync()
    assert (again.writes, again.puts, again.problems) == ((), (), [])
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == rooms


def test_a_database_put_back_to_before_the_edits_changes_nothing(bridge: Bridge) -> None:
    three_meetings(bridge)
    bridge.settle()
    bridge.keep_store()
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.change("week", "SUMMARY:Round @meet")
    bridge.change("week", EXCLUDED, "EXDATE;TZID=Europe/Paris:20260330T100000,20260323T100000")
    bridge.settle()
    rooms = bridge.platform_rooms()
    bridge.put_back_store()
    again = bridge.sync()
    assert (again.writes, again.puts, again.problems) == ((), (), [])
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == rooms


def test_a_database_put_back_to_before_a_replacement_changes_nothing(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.keep_store()
    bridge.change("plan", "RRULE:FREQ=DAILY")
    bridge.settle()
    rooms = bridge.platform_rooms()
    bridge.put_back_store()
    again = bridge.sync()
    assert (again.writes, again.puts, again.problems) == ((), (), [])
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == rooms == [bridge.room("plan")]


# --- the same moment -------------------------------------------------------------------------------------------------


def test_an_edit_between_our_get_and_put_survives_and_the_room_is_there_too(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.wires.before_put = lambda: bridge.change("plan", "SUMMARY:Planning of ours @meet", "X-THEIRS:kept")
    bridge.sync()
    assert "SUMMARY:Planning of ours @meet" in bridge.text("plan")
    assert "X-THEIRS:kept" in bridge.text("plan")
    assert bridge.platform_rooms() == [bridge.room("plan")]
    assert bridge.settle().writes == ("update Planning of ours",)


def test_an_override_added_between_our_get_and_put_shows_the_room_too(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.wires.before_put = lambda: bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    bridge.sync()
    assert bridge.rooms("week") == bridge.platform_rooms() * 2
    assert bridge.settle().writes == ("update Weekly 2026-03-16",)


def test_an_event_deleted_between_our_get_and_put_ends_after_the_grace(bridge: Bridge) -> None:
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.put("plan", vevent())
    bridge.wires.before_put = lambda: bridge.delete("plan")
    assert bridge.sync().writes == ("create Planning",)
    assert bridge.text("plan") == ""
    assert bridge.end_of_grace().writes == ("cancel Planning",)
    assert bridge.text("plan") == ""


def test_the_keyword_taken_out_between_our_get_and_put_is_not_overruled(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.wires.before_put = lambda: bridge.change("plan", "SUMMARY:Planning")
    bridge.sync()
    assert bridge.rooms("plan") == [""]
    assert bridge.end_of_grace().writes == ("cancel Planning",)


# --- answers that never came -----------------------------------------------------------------------------------------


def test_a_create_whose_answer_was_lost_is_adopted_by_the_next_pass(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("week", weekly(EXCLUDED))
    bridge.wires.answers_lost = True
    first = bridge.sync()
    assert (sorted(first.writes), first.puts) == (["create Planning", "create Weekly"], ())
    bridge.wires.answers_lost = False
    second = bridge.settle()
    assert (second.writes, sorted(second.puts)) == (("cancel Weekly 2026-03-23",), ["plan", "week"])
    assert bridge.platform_rooms() == sorted([bridge.room("plan"), bridge.room("week")])


def test_an_event_edited_after_a_lost_answer_keeps_the_conference(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.wires.answers_lost = True
    bridge.sync()
    bridge.wires.answers_lost = False
    bridge.change("plan", "SUMMARY:Review @meet")
    assert bridge.settle().writes == ("update Review",)
    assert bridge.platform_rooms() == [bridge.room("plan")]


def test_a_create_that_never_arrived_is_repeated_after_two_later_listings(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.wires.creates_lost = True
    assert bridge.sync().writes == ()
    bridge.wires.creates_lost = False
    early = bridge.sync()
    assert (early.writes, early.problems) == ((), ["conference.pending"])
    bridge.clock.advance(minutes=3)
    one = bridge.sync()
    assert (one.writes, one.problems) == ((), ["conference.pending"])
    two = bridge.settle()
    assert (two.writes, two.puts) == (("create Planning",), ("plan",))


@pytest.mark.parametrize("arrived", [True, False])
def test_an_event_deleted_after_a_lost_answer_leaves_no_conference(bridge: Bridge, arrived: bool) -> None:
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.put("plan", vevent())
    bridge.wires.answers_lost, bridge.wires.creates_lost = arrived, not arrived
    bridge.sync()
    bridge.wires.answers_lost = bridge.wires.creates_lost = False
    bridge.delete("plan")
    for _ in range(6):
        bridge.clock.advance(minutes=6)
        bridge.sync()
    assert bridge.sync().is_quiet
    assert bridge.conferences() == ["Other, 2026-03-10 10:00 Europe/Paris, 60"]

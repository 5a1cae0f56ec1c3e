"""Edits of an event that happens once: exactly the platform calls that each needs, and the right event."""

import pytest
from support.bridge import Bridge
from support.ical import vevent

EDITS = {
    "subject": (["SUMMARY:Review @meet"], "Review, 2026-03-10 10:00 Europe/Paris, 60"),
    "time": (
        ["DTSTART;TZID=Europe/Paris:20260311T143000", "DTEND;TZID=Europe/Paris:20260311T153000"],
        "Planning, 2026-03-11 14:30 Europe/Paris, 60",
    ),
    "duration": (["DTEND;TZID=Europe/Paris:20260310T113000"], "Planning, 2026-03-10 10:00 Europe/Paris, 90"),
    "zone": (
        ["DTSTART;TZID=America/Toronto:20260310T100000", "DTEND;TZID=America/Toronto:20260310T110000"],
        "Planning, 2026-03-10 10:00 America/Toronto, 60",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_one_update_and_no_write_to_the_calendar(bridge: Bridge, edit: str) -> None:
    lines, wanted = EDITS[edit]
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.change("plan", *lines)
    done = bridge.settle()
    assert (len(done.writes), done.puts, done.actions) == (1, (), ["update"])
    assert bridge.conferences() == [wanted]
    assert bridge.platform_rooms() == [room]


def test_a_description_rewritten_around_the_block_updates_the_agenda_only(bridge: Bridge) -> None:
    bridge.put("plan", vevent("DESCRIPTION:Bring the numbers."))
    bridge.settle()
    bridge.edit("plan", lambda text: text.replace("Bring the numbers.", "Leave the numbers.\\n"))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("update Planning",), ())
    assert "Leave the numbers." in bridge.text("plan")


def test_a_line_written_into_the_block_stays_and_the_block_is_whole_again(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.edit("plan", lambda text: text.replace("\\nJoin:", "\\nPlease be on time.\\nJoin:"))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("update Planning",), ("plan",))
    assert bridge.room("plan") == room
    assert bridge.text("plan").count("Please be on time.") == 1


def test_a_block_with_another_link_in_it_is_set_right(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.edit("plan", lambda text: text.replace(f"Join: {room}", f"Join: {room}7"))
    done = bridge.settle()
    assert (done.writes, done.puts) == ((), ("plan",))
    assert bridge.room("plan") == room


def test_a_tidied_title_keeps_the_room(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.change("plan", "SUMMARY:Planning")
    assert bridge.sync().is_quiet
    bridge.clock.advance(hours=1)
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == [room]


def test_keyword_and_block_taken_out_end_the_room_after_the_grace(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "SUMMARY:Planning", drop=("DESCRIPTION", "LOCATION"))
    done = bridge.end_of_grace()
    assert (done.writes, done.puts) == (("cancel Planning",), ("plan",))
    assert "calbridge" not in bridge.text("plan").lower()
    assert bridge.sync().is_quiet
    assert bridge.conferences() == []


def test_a_deleted_block_is_written_again_while_the_keyword_asks(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.change("plan", drop=("DESCRIPTION", "LOCATION"))
    done = bridge.settle()
    assert (done.writes, done.puts) == ((), ("plan",))
    assert bridge.room("plan") == room


def test_the_stop_word_ends_the_room_after_the_grace(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "SUMMARY:Planning @meet @nomeet")
    done = bridge.end_of_grace()
    assert (done.writes, done.puts) == (("cancel Planning",), ("plan",))
    assert bridge.rooms("plan") == [""]
    assert bridge.sync().is_quiet


def test_the_stop_word_taken_back_within_the_grace_keeps_the_room(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.change("plan", "SUMMARY:Planning @nomeet")
    assert bridge.sync().is_quiet
    bridge.clock.advance(minutes=8)
    bridge.change("plan", "SUMMARY:Planning @meet")
    assert bridge.sync().is_quiet
    bridge.clock.advance(minutes=8)
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == [room]


def test_a_cancelled_event_ends_at_once(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "STATUS:CANCELLED")
    done = bridge.settle()
    assert (done.writes, done.puts) == (("cancel Planning",), ("plan",))
    assert bridge.rooms("plan") == [""]
    assert bridge.conferences() == []


def test_an_event_that_asks_again_after_its_end_gets_a_new_room(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    before = bridge.room("plan")
    bridge.change("plan", "STATUS:CANCELLED")
    bridge.settle()
    bridge.change("plan", "STATUS:CONFIRMED")
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Planning",), ("plan",))
    assert bridge.platform_rooms() == [bridge.room("plan")] != [before]


def test_a_deleted_event_ends_after_the_grace(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.delete("plan")
    done = bridge.end_of_grace()
    assert (done.writes, done.puts) == (("cancel Planning",), ())
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == [bridge.room("other")]


def test_two_passes_within_the_grace_are_not_enough_to_cancel(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.delete("plan")
    assert [bridge.sync().writes for _ in range(4)] == [()] * 4


def test_one_pass_after_the_grace_is_not_enough_to_cancel(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.delete("plan")
    bridge.clock.advance(hours=1)
    assert bridge.sync().writes == ()
    assert bridge.sync().writes == ()
    bridge.clock.advance(hours=1)
    assert bridge.sync().writes == ("cancel Planning",)


def test_a_deletion_undone_within_the_grace_keeps_the_room(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    text, room = bridge.text("plan"), bridge.room("plan")
    bridge.delete("plan")
    assert bridge.sync().is_quiet
    bridge.clock.advance(minutes=8)
    bridge.dav.put("work/plan", text)
    assert bridge.sync().is_quiet
    bridge.clock.advance(minutes=8)
    assert bridge.sync().is_quiet
    assert bridge.room("plan") == room in bridge.platform_rooms()


def test_a_copy_gets_a_room_of_its_own_and_the_original_keeps_its(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.dav.put("work/copy", bridge.text("plan").replace("UID:plan@x", "UID:copy@x"))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Planning",), ("copy",))
    assert bridge.room("plan") == room
    assert bridge.platform_rooms() == sorted([room, bridge.room("copy")])
    assert room not in bridge.text("copy")


@pytest.mark.parametrize(("before", "after"), [("@meet", "@meet:room"), ("@meet:room", "@meet:once")])
def test_another_kind_of_room_replaces_the_conference(bridge: Bridge, before: str, after: str) -> None:
    bridge.put("plan", vevent(summary=f"Planning {before}"))
    bridge.settle()
    room = bridge.room("plan")
    bridge.change("plan", f"SUMMARY:Planning {after}")
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Planning", "cancel Planning"), ("plan",))
    assert bridge.platform_rooms() == [bridge.room("plan")] != [room]

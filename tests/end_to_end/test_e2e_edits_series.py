"""Edits of a series and of its instances: exactly the platform calls that each needs, and the right event."""

import pytest
from support.bridge import Bridge
from support.ical import calendar_object, moved, override, vevent, weekly, without_master, without_override

WEEKLY = "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"
LATER = ("DTSTART;TZID=Europe/Paris:20260316T150000", "DTEND;TZID=Europe/Paris:20260316T160000")

EDITS = {
    "subject": (["SUMMARY:Round @meet"], "Round, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
    "duration": (
        ["DTEND;TZID=Europe/Paris:20260309T104500"],
        "Weekly, 2026-03-09 10:00 Europe/Paris, 45, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    ),
    "time": (
        ["DTSTART;TZID=Europe/Paris:20260309T110000", "DTEND;TZID=Europe/Paris:20260309T120000"],
        "Weekly, 2026-03-09 11:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    ),
    "zone": (
        ["DTSTART;TZID=America/Toronto:20260309T100000", "DTEND;TZID=America/Toronto:20260309T110000"],
        "Weekly, 2026-03-09 10:00 America/Toronto, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    ),
    "rule": (
        ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"],
        "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
    ),
    "until": (
        ["RRULE:FREQ=WEEKLY;UNTIL=20260601T080000Z"],
        "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;UNTIL=20260601;INTERVAL=1;BYDAY=MO",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_the_series_is_one_update(bridge: Bridge, edit: str) -> None:
    lines, wanted = EDITS[edit]
    bridge.put("week", weekly())
    bridge.settle()
    room = bridge.room("week")
    bridge.change("week", *lines)
    done = bridge.settle()
    assert (len(done.writes), done.puts, done.actions) == (1, (), ["update"])
    assert bridge.conferences() == [wanted]
    assert bridge.platform_rooms() == [room]


def test_a_moved_instance_is_one_update_of_its_conference(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("update Weekly 2026-03-16",), ())
    assert bridge.conferences() == [WEEKLY]
    assert bridge.instances(2) == ["Weekly, 2026-03-16 15:00", "Weekly, 2026-03-23 10:00"]


def test_a_moved_instance_of_a_new_series_is_a_create_and_an_update(bridge: Bridge) -> None:
    bridge.put("week", weekly(), moved("20260316T100000", "20260316T150000", "20260316T160000"))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Weekly", "update Weekly 2026-03-16"), ("week",))
    assert bridge.instances(2) == ["Weekly, 2026-03-16 15:00", "Weekly, 2026-03-23 10:00"]
    assert bridge.rooms("week") == [bridge.room("week")] * 2


def test_an_instance_with_its_own_subject_keeps_it_when_the_series_is_renamed(bridge: Bridge) -> None:
    bridge.put("week", weekly(), moved("20260316T100000", "20260316T100000", "20260316T110000", summary="Guests @meet"))
    bridge.settle()
    bridge.change("week", "SUMMARY:Round @meet")
    assert bridge.settle().writes == ("update Round",)
    assert bridge.instances(2) == ["Guests, 2026-03-16 10:00", "Round, 2026-03-23 10:00"]


def test_an_excluded_instance_is_one_cancel(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.change("week", "EXDATE;TZID=Europe/Paris:20260316T100000")
    done = bridge.settle()
    assert (done.writes, done.puts) == (("cancel Weekly 2026-03-16",), ())
    assert bridge.instances(2) == ["Weekly, 2026-03-23 10:00", "Weekly, 2026-03-30 10:00"]


def test_a_cancelled_override_is_one_cancel_and_loses_its_block(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    room = bridge.room("week")
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER, "STATUS:CANCELLED"))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("cancel Weekly 2026-03-16",), ("week",))
    assert sorted(bridge.rooms("week")) == ["", room]


def test_an_override_that_was_moved_and_then_cancelled_is_one_cancel(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    bridge.settle()
    bridge.change("week", "STATUS:CANCELLED", of="20260316T100000")
    assert bridge.settle().writes == ("cancel Weekly 2026-03-16",)


def test_an_override_with_the_stop_word_is_out(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.edit("week", lambda text: override(text, "20260316T100000", "SUMMARY:Weekly @nomeet"))
    assert bridge.settle().writes == ("cancel Weekly 2026-03-16",)


def test_an_override_taken_out_again_is_one_update_back(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    bridge.settle()
    bridge.edit("week", lambda text: without_override(text, "20260316T100000"))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("update Weekly 2026-03-16",), ())
    assert bridge.instances(1) == ["Weekly, 2026-03-16 10:00"]


def test_a_cancelled_instance_that_comes_back_replaces_the_series(bridge: Bridge) -> None:
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260316T100000"))
    bridge.settle()
    room = bridge.room("week")
    bridge.change("week", drop=("EXDATE",))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Weekly", "cancel Weekly"), ("week",))
    assert bridge.instances(2) == ["Weekly, 2026-03-16 10:00", "Weekly, 2026-03-23 10:00"]
    assert bridge.platform_rooms() == [bridge.room("week")] != [room]


def test_a_cancelled_instance_that_comes_back_changed_is_a_conference_apart(bridge: Bridge) -> None:
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260316T100000"))
    bridge.settle()
    bridge.change("week", drop=("EXDATE",))
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Weekly",), ("week",))
    assert bridge.conferences() == [WEEKLY, "Weekly, 2026-03-16 15:00 Europe/Paris, 60"]
    assert len(set(bridge.rooms("week"))) == 2


def test_the_first_instance_excluded_before_the_first_sync_starts_the_series_at_the_second(bridge: Bridge) -> None:
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260309T100000", rule="FREQ=WEEKLY;COUNT=5"))
    assert bridge.settle().writes == ("create Weekly",)
    assert bridge.conferences() == [
        "Weekly, 2026-03-16 10:00 Europe/Paris, 60, FREQ=WEEKLY;COUNT=4;INTERVAL=1;BYDAY=MO"
    ]


def test_the_first_instance_excluded_after_the_first_sync_moves_the_start(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.change("week", "EXDATE;TZID=Europe/Paris:20260309T100000")
    done = bridge.settle()
    assert (done.writes, done.puts) == (("update Weekly",), ())
    assert bridge.conferences() == [WEEKLY.replace("03-09", "03-16")]
    assert "Weekly, 2026-03-09 10:00" not in bridge.instances()


def test_the_first_instance_that_comes_back_moves_the_start_back(bridge: Bridge) -> None:
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260309T100000"))
    bridge.settle()
    bridge.change("week", drop=("EXDATE",))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("update Weekly",), ())
    assert bridge.conferences() == [WEEKLY]


def test_the_first_instance_moved_before_the_first_sync_is_a_conference_apart(bridge: Bridge) -> None:
    bridge.put("week", weekly(), moved("20260309T100000", "20260309T150000", "20260309T160000"))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Weekly", "create Weekly"), ("week",))
    assert bridge.conferences() == ["Weekly, 2026-03-09 15:00 Europe/Paris, 60", WEEKLY.replace("03-09", "03-16")]
    assert sorted(bridge.rooms("week")) == bridge.platform_rooms()


def test_the_first_instance_moved_after_the_first_sync_is_a_conference_apart(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    room = bridge.room("week")
    first = ("DTSTART;TZID=Europe/Paris:20260309T150000", "DTEND;TZID=Europe/Paris:20260309T160000")
    bridge.edit("week", lambda text: override(text, "20260309T100000", *first))
    done = bridge.settle()
    assert (sorted(done.writes), done.puts) == (["create Weekly", "update Weekly"], ("week",))
    assert bridge.conferences() == ["Weekly, 2026-03-09 15:00 Europe/Paris, 60", WEEKLY.replace("03-09", "03-16")]
    assert room in bridge.rooms("week")
    assert sorted(bridge.rooms("week")) == bridge.platform_rooms()


def test_the_first_instance_moved_and_put_back_leaves_one_series(bridge: Bridge) -> None:
    bridge.put("week", weekly(), moved("20260309T100000", "20260309T150000", "20260309T160000"))
    bridge.settle()
    room = bridge.rooms("week")[0]
    bridge.edit("week", lambda text: without_override(text, "20260309T100000"))
    assert sorted(bridge.settle().writes) == ["cancel Weekly", "update Weekly"]
    assert (bridge.conferences(), bridge.platform_rooms()) == ([WEEKLY], [room])


def test_exceptions_survive_a_new_rule(bridge: Bridge) -> None:
    excluded = "EXDATE;TZID=Europe/Paris:20260323T100000"
    bridge.put("week", weekly(excluded), moved("20260316T100000", "20260316T150000", "20260316T160000"))
    bridge.settle()
    bridge.change("week", "RRULE:FREQ=WEEKLY;UNTIL=20260420T080000Z")
    done = bridge.settle()
    assert sorted(done.writes) == ["cancel Weekly 2026-03-23", "update Weekly", "update Weekly 2026-03-16"]
    assert bridge.instances(2) == ["Weekly, 2026-03-16 15:00", "Weekly, 2026-03-30 10:00"]


@pytest.mark.parametrize("becomes_series", [True, False])
def test_between_series_and_single_the_conference_is_replaced(bridge: Bridge, becomes_series: bool) -> None:
    bridge.put("plan", vevent() if becomes_series else vevent("RRULE:FREQ=DAILY"))
    bridge.settle()
    room = bridge.room("plan")
    if becomes_series:
        bridge.change("plan", "RRULE:FREQ=DAILY")
    else:
        bridge.change("plan", drop=("RRULE",))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Planning", "cancel Planning"), ("plan",))
    assert bridge.platform_rooms() == [bridge.room("plan")] != [room]


def test_a_deleted_master_ends_the_series_after_the_grace_and_its_override_lives_on(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    bridge.settle()
    bridge.edit("week", without_master)
    assert bridge.sync().writes == ("create Weekly",)
    bridge.clock.advance(minutes=6)
    assert bridge.sync().is_quiet
    bridge.clock.advance(minutes=6)
    assert bridge.sync().writes == ("cancel Weekly",)
    assert bridge.sync().is_quiet
    assert bridge.conferences() == ["Weekly, 2026-03-16 15:00 Europe/Paris, 60"]
    assert bridge.platform_rooms() == [bridge.room("week")]


def test_a_master_that_is_back_within_the_grace_keeps_its_series(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    bridge.settle()
    whole, room = bridge.text("week"), bridge.rooms("week")[0]
    bridge.edit("week", without_master)
    bridge.sync()
    bridge.clock.advance(minutes=6)
    bridge.dav.put("work/week", whole)
    bridge.settle()
    assert bridge.platform_rooms() == [room]
    assert bridge.instances(1) == ["Weekly, 2026-03-16 15:00"]


def test_an_instance_that_was_moved_beyond_the_end_of_its_series_keeps_its_conference(bridge: Bridge) -> None:
    own = moved("20260316T100000", "20260330T100000", "20260330T110000")
    bridge.put("week", weekly(rule="FREQ=WEEKLY;COUNT=2"), own)
    bridge.settle()
    for _ in range(4):
        bridge.clock.advance(days=5)
        assert bridge.settle().actions == []
        assert bridge.instances() == ["Weekly, 2026-03-30 10:00"]


def test_an_invitation_to_one_instance_gets_a_room_of_its_own(bridge: Bridge) -> None:
    bridge.dav.put("work/one", calendar_object(moved("20260316T100000", "20260316T150000", "20260316T160000")))
    done = bridge.settle()
    assert (done.writes, done.puts) == (("create Weekly",), ("one",))
    assert bridge.platform_rooms() == [bridge.room("one")]


def test_a_series_whose_every_instance_is_excluded_ends_at_once(bridge: Bridge) -> None:
    bridge.put("week", weekly(rule="FREQ=WEEKLY;COUNT=2"))
    bridge.settle()
    bridge.change("week", "EXDATE;TZID=Europe/Paris:20260309T100000,20260316T100000")
    done = bridge.sync()
    assert (done.writes, done.puts) == (("cancel Weekly",), ("week",))
    assert bridge.rooms("week") == [""]
    assert bridge.sync().writes == ()

"""Whose event it is, where it is, and what of it may be told."""

from collections.abc import Callable

import pytest
from support.bridge import Bridge, Dav
from support.ical import vevent, weekly

ORGANIZED = (
    "ORGANIZER:mailto:alice@example.com",
    "ATTENDEE:mailto:alice@example.com",
    "ATTENDEE:mailto:bob@example.com",
)


@pytest.fixture
def two_hosts(bridge: Bridge, new_user: Callable[[], Dav]) -> tuple[Bridge, Dav]:
    """Bob too, and his calendars."""
    bobs = new_user()
    bridge.hosts["bob"] = (10, bobs.user)
    return bridge, bobs


def test_an_attendees_copy_makes_no_second_room(two_hosts: tuple[Bridge, Dav]) -> None:
    bridge, bobs = two_hosts
    bridge.put("plan", vevent(*ORGANIZED))
    bobs.put("work/plan", bridge.text("plan"))
    first = bridge.sync_all()
    assert first["alice"].writes == ("create Planning",)
    assert bridge.conferences(10) == []
    bobs.put("work/plan", bridge.text("plan"))  # as scheduling delivers it, with the room in it
    second = bridge.sync_all()
    assert all(report.is_quiet for report in second.values())
    assert "Join: " in bobs.get("work/plan")


def test_the_same_uid_of_two_hosts_without_an_organizer_is_two_meetings(two_hosts: tuple[Bridge, Dav]) -> None:
    bridge, bobs = two_hosts
    bridge.put("plan", vevent())
    bobs.put("work/plan", bridge.text("plan"))
    assert bridge.sync_all()["bob"].writes == ("create Planning", "create Planning")
    assert len(bridge.conferences(9)) == len(bridge.conferences(10)) == 1


def test_a_host_that_fails_stops_no_other(two_hosts: tuple[Bridge, Dav]) -> None:
    bridge, _ = two_hosts
    bridge.hosts["bob"] = (10, "nobody")
    bridge.put("plan", vevent())
    done = bridge.sync_all()
    assert (done["alice"].writes, done["alice"].problems) == (("create Planning",), [])
    assert len(done["bob"].problems) == 1


def test_an_event_moved_to_another_calendar_keeps_its_room_without_a_write(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("plan", vevent())
    bridge.put("week", weekly())
    bridge.settle()
    text = bridge.text("plan")
    bridge.delete("plan")
    bridge.dav.put("home/plan", text)
    for _ in range(3):
        assert bridge.sync().is_quiet
        bridge.clock.advance(hours=1)
    assert bridge.room("plan", "home") in bridge.platform_rooms()
    bridge.edit("plan", lambda text: text.replace("Planning", "Review"), "home")
    assert bridge.settle().writes == ("update Review",)


def test_an_event_moved_with_a_pass_in_between_keeps_its_room(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("plan", vevent())
    bridge.put("week", weekly())
    bridge.settle()
    text = bridge.text("plan")
    bridge.delete("plan")
    assert bridge.sync().is_quiet
    bridge.dav.put("home/plan", text)
    for _ in range(3):
        assert bridge.sync().is_quiet
        bridge.clock.advance(hours=1)


def test_an_event_in_two_calendars_has_one_room(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.dav.put("home/plan", bridge.text("plan"))
    done = bridge.sync()
    assert (done.writes, done.puts, done.skipped) == ((), (), ["event.duplicate-uid"])
    bridge.delete("plan")
    bridge.put("week", weekly())
    assert bridge.sync().writes == ("create Weekly",)
    bridge.clock.advance(hours=1)
    assert bridge.sync().is_quiet
    assert bridge.room("plan", "home") in bridge.platform_rooms()


def test_an_event_of_another_installation_is_left_to_it(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    theirs = bridge.text("plan").replace("X-CALBRIDGE-REF:cb1-main-", "X-CALBRIDGE-REF:cb1-backup-")
    bridge.put("week", weekly())
    bridge.dav.put("work/theirs", theirs.replace("plan@x", "theirs@x"))
    done = bridge.sync()
    assert (done.writes, done.puts, done.skipped) == (("create Weekly",), ("week",), ["event.other-instance"])
    assert bridge.text("theirs") == theirs.replace("plan@x", "theirs@x")


def test_somebody_elses_meeting_gets_no_room(bridge: Bridge) -> None:
    bridge.put("plan", vevent("ORGANIZER:mailto:carol@example.com", "ATTENDEE:mailto:alice@example.com"))
    assert bridge.sync().is_quiet


def test_a_private_event_is_masked(bridge: Bridge) -> None:
    bridge.put("plan", vevent("CLASS:PRIVATE", "DESCRIPTION:Salaries of all of us", summary="Salaries @meet"))
    bridge.settle()
    [conference] = bridge.platform.listing()
    assert conference["subject"] == "Private meeting"
    assert conference["agenda"].startswith("Ref. cb1-main-")
    assert "\n" not in conference["agenda"]


def test_an_event_that_becomes_private_is_masked_on_the_platform(bridge: Bridge) -> None:
    bridge.put("plan", vevent("DESCRIPTION:Salaries of all of us", summary="Salaries @meet"))
    bridge.settle()
    bridge.change("plan", "CLASS:PRIVATE")
    assert bridge.settle().writes == ("update Private meeting",)
    assert "Salaries" not in str(bridge.platform.listing())


def test_an_event_stripped_to_busy_keeps_its_room_and_is_not_written(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.put("plan", vevent(summary="Busy"))
    for _ in range(3):
        assert bridge.sync().is_quiet
        bridge.clock.advance(hours=1)
    assert len(bridge.conferences()) == 1


SKIPPED = {
    "event.all-day": ("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260311"),
    "rrule.frequency": ("RRULE:FREQ=SECONDLY",),
    "zone.unknown": ("DTSTART;TZID=Mars/Olympus:20260310T100000", "DTEND;TZID=Mars/Olympus:20260310T110000"),
}


@pytest.mark.parametrize("rule", SKIPPED)
def test_an_event_that_can_have_no_room_any_more_keeps_the_one_it_has(bridge: Bridge, rule: str) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.change("plan", *SKIPPED[rule])
    for _ in range(3):
        done = bridge.sync()
        assert (done.writes, done.puts, done.skipped) == ((), (), [rule])
        bridge.clock.advance(hours=1)
    assert bridge.platform_rooms() == [room]


def test_events_older_than_the_first_pass_are_skipped_until_they_are_edited(bridge: Bridge) -> None:
    bridge.configure(select='existing = "skip"')
    bridge.put("plan", vevent())
    done = bridge.sync()
    assert (done.writes, done.skipped) == ((), ["event.existing"])
    bridge.put("week", weekly())
    assert bridge.sync().writes == ("create Weekly",)
    bridge.change("plan", "SUMMARY:Review @meet")
    assert bridge.settle().writes == ("create Review",)


def test_participants_are_sent_where_the_host_wants_it(bridge: Bridge) -> None:
    bridge.configure(conference="participants = true")
    bridge.put("plan", vevent(*ORGANIZED))
    bridge.settle()
    [conference] = bridge.platform.listing()
    assert [who["email"] for who in conference["participant_emails"]] == ["bob@example.com"]
    bridge.change("plan", "ATTENDEE:mailto:carol@example.com")
    assert bridge.settle().writes == ("update Planning",)


def test_a_conference_cancelled_on_the_platform_is_reported(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.platform.cancel(bridge.platform.listing()[0])
    bridge.change("plan", "SUMMARY:Review @meet")
    for _ in range(3):
        done = bridge.sync()
        assert (done.writes, done.problems) == ((), ["conference.cancelled-on-platform"])


def test_a_conference_cancelled_on_the_platform_is_made_again_once_where_that_is_wanted(bridge: Bridge) -> None:
    bridge.configure(platform='on_platform_cancel = "recreate"')
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.platform.cancel(bridge.platform.listing()[0])
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.sync()
    assert bridge.settle().writes == ("create Review",)
    bridge.platform.cancel(bridge.platform.listing()[0])
    bridge.change("plan", "SUMMARY:Planning @meet")
    bridge.sync()
    assert bridge.sync().problems == ["conference.cancelled-on-platform"]

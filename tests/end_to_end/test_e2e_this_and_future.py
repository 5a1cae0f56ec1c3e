"""An instance that is changed together with all later ones (RANGE=THISANDFUTURE): the series goes on in its spans."""

import pytest
from support.bridge import Bridge
from support.ical import events_of, moved, override, weekly, without_override

BEFORE = "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;UNTIL=20260323;INTERVAL=1;BYDAY=MO"
AFTER = "Later, 2026-04-01 14:00 Europe/Paris, 90, FREQ=WEEKLY;INTERVAL=1;BYDAY=WE"
SERIES = "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"
MONDAY = "20260330T100000"
TO_WEDNESDAY = ("DTSTART;TZID=Europe/Paris:20260401T140000", "DTEND;TZID=Europe/Paris:20260401T153000")


def ranged(text: str) -> str:
    return text.replace("RECURRENCE-ID;TZID", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID")


def from_then_on(text: str, *lines: str) -> str:
    """Change the fourth Monday and all that follow."""
    return ranged(override(text, MONDAY, *(lines or ("SUMMARY:Later @meet", *TO_WEDNESDAY))))


def split() -> tuple[str, str]:
    """The series as it is with that change from the beginning."""
    return weekly(), ranged(moved(MONDAY, "20260401T140000", "20260401T153000", summary="Later @meet"))


def starts(bridge: Bridge) -> list[str]:
    """Every instance that the platform lists; a series' own entry stands for its first."""
    return sorted(shown.split(", ")[1][:16] for shown in (*bridge.conferences(), *bridge.instances(1000)))


def test_each_span_is_a_conference_in_the_dedicated_room_and_the_event_shows_it(bridge: Bridge) -> None:
    bridge.put("week", *split())
    planned = list(bridge.plan().plan.actions)
    done = bridge.settle()
    assert list(done.report.plan.actions) == planned
    assert (done.actions, done.puts) == (["create", "create", "write-back"], ("week",))
    assert bridge.conferences() == [AFTER, BEFORE]
    assert set(bridge.platform_rooms()) == set(bridge.rooms("week"))
    assert len(set(bridge.rooms("week"))) == 1
    assert bridge.sync().is_quiet


def test_weeks_that_go_by_change_nothing(bridge: Bridge) -> None:
    bridge.put("week", *split())
    bridge.settle()
    for _ in range(6):
        bridge.clock.advance(days=11)
        assert bridge.sync().is_quiet


def test_a_series_that_has_a_room_is_followed_through_the_change_and_back(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    own = bridge.room("week")
    bridge.edit("week", from_then_on)
    done = bridge.settle()
    assert done.actions == ["create", "create", "write-back", "cancel"]
    assert (bridge.conferences(), set(bridge.platform_rooms())) == ([AFTER, BEFORE], set(bridge.rooms("week")))
    assert own not in bridge.rooms("week")
    assert len(starts(bridge)) == len(set(starts(bridge)))
    bridge.edit("week", lambda text: without_override(text, MONDAY))
    bridge.settle()
    assert (bridge.conferences(), bridge.platform_rooms()) == ([SERIES], [bridge.room("week")])
    assert len(starts(bridge)) == len(set(starts(bridge)))


def test_a_second_change_leaves_the_first_span_alone(bridge: Bridge) -> None:
    bridge.put("week", *split())
    bridge.settle()
    back = ("DTSTART;TZID=Europe/Paris:20260504T100000", "DTEND;TZID=Europe/Paris:20260504T110000")
    bridge.edit("week", lambda text: ranged(override(text, "20260504T100000", *back)))
    done = bridge.settle()
    assert sorted(done.actions) == ["create", "update"]
    assert bridge.conferences() == [
        AFTER.replace("FREQ=WEEKLY;", "FREQ=WEEKLY;UNTIL=20260429;"),
        BEFORE,
        "Weekly, 2026-05-04 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    ]
    assert len(starts(bridge)) == len(set(starts(bridge)))


def test_exceptions_after_the_change_are_of_its_span(bridge: Bridge) -> None:
    bridge.put("week", *split())
    bridge.settle()
    later = ("DTSTART;TZID=Europe/Paris:20260417T090000", "DTEND;TZID=Europe/Paris:20260417T100000")
    bridge.edit("week", lambda text: override(text, "20260413T100000", *later))
    bridge.change("week", "EXDATE;TZID=Europe/Paris:20260406T100000")
    done = bridge.settle()
    assert sorted(done.actions) == ["cancel-instance", "update-instance"]
    assert [each[:10] for each in starts(bridge) if each.startswith("2026-04")][:3] == [
        "2026-04-01",
        "2026-04-17",
        "2026-04-22",
    ]
    assert bridge.sync().is_quiet


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "SUMMARY:Weekly"])
def test_a_series_that_ends_with_the_change_keeps_its_own_room_until_then(bridge: Bridge, line: str) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    own = bridge.room("week")
    bridge.edit("week", lambda text: _plain(from_then_on(text, line)))
    bridge.settle()
    assert (bridge.conferences(), bridge.platform_rooms()) == ([BEFORE], [own])
    assert [own in event for event in events_of(bridge.text("week"))] == [True, False]


def test_after_a_loss_of_the_database_nothing_is_made_twice(bridge: Bridge) -> None:
    bridge.put("week", *split())
    bridge.settle()
    bridge.clock.advance(hours=2)
    bridge.lose_store()
    done = bridge.settle()
    assert (done.actions, done.writes, done.puts) == (["adopt", "adopt"], (), ())
    assert bridge.conferences() == [AFTER, BEFORE]


def test_both_conferences_of_a_deleted_event_go(bridge: Bridge) -> None:
    bridge.put("week", *split())
    bridge.put("other", weekly(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.delete("week")
    bridge.end_of_grace()
    assert [each.split(",")[0] for each in bridge.conferences()] == ["Other"]


def test_a_change_to_another_time_zone_is_skipped_and_the_room_stays(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    there = ("DTSTART;TZID=America/New_York:20260330T100000", "DTEND;TZID=America/New_York:20260330T110000")
    bridge.edit("week", lambda text: from_then_on(text, *there))
    done = bridge.settle()
    assert (done.actions, done.skipped) == ([], ["override.this-and-future"])
    assert bridge.conferences() == [SERIES]


def _plain(text: str) -> str:
    """Take our block out of the changed VEVENT, as somebody who wants no room there does."""
    *_, changed = events_of(text)
    own = ("DESCRIPTION", "X-CALBRIDGE", "CONFERENCE", "LOCATION", "X-MICROSOFT")
    kept = [line for line in changed.splitlines() if not line.startswith(own)]
    return text.replace(changed, "\n".join(kept) + "\n")

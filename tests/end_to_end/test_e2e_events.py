"""What arrives on the platform, and what comes back into the event."""

from collections.abc import Callable

import pytest
from support.bridge import Bridge
from support.ical import calendar_object, vevent, weekly

NewBridge = Callable[..., Bridge]

ZONE = """BEGIN:VTIMEZONE
TZID:Our office
BEGIN:STANDARD
DTSTART:20001029T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20000326T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
"""

TIMES = {
    "UTC": (["DTSTART:20260310T090000Z", "DTEND:20260310T100000Z"], "2026-03-10 09:00 UTC, 60"),
    "floating": (["DTSTART:20260310T100000", "DTEND:20260310T110000"], "2026-03-10 10:00 Europe/Paris, 60"),
    "a Windows zone": (
        ['DTSTART;TZID="W. Europe Standard Time":20260310T100000', "DURATION:PT45M"],
        "2026-03-10 10:00 Europe/Berlin, 45",
    ),
    "a prefixed zone": (
        ["DTSTART;TZID=/citadel.org/20260101_1/Europe/Berlin:20260310T100000", "DURATION:PT30M"],
        "2026-03-10 10:00 Europe/Berlin, 30",
    ),
    "no end": (["DTSTART;TZID=Europe/Paris:20260310T100000"], "2026-03-10 10:00 Europe/Paris, 60"),
    "no length": (
        ["DTSTART;TZID=Europe/Paris:20260310T100000", "DTEND;TZID=Europe/Paris:20260310T100000"],
        "2026-03-10 10:00 Europe/Paris, 60",
    ),
    "over a change of clocks": (
        ["DTSTART;TZID=Europe/Paris:20260328T230000", "DTEND;TZID=Europe/Paris:20260329T040000"],
        "2026-03-28 23:00 Europe/Paris, 240",
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_arrive_as_they_were_meant(bridge: Bridge, name: str) -> None:
    lines, wanted = TIMES[name]
    whole = vevent().splitlines()
    event = [line for line in whole if not line.startswith(("DTSTART", "DTEND"))]
    bridge.put("plan", "\n".join((*event[:-1], *lines, "END:VEVENT\n")))
    bridge.settle()
    assert bridge.conferences() == [f"Planning, {wanted}"]


def test_a_zone_of_ones_own_is_found_by_its_changes_of_clocks(bridge: Bridge) -> None:
    text = calendar_object(weekly().replace("TZID=Europe/Paris", "TZID=Our office"))
    bridge.dav.put("work/week", text.replace("BEGIN:VEVENT", f"{ZONE}BEGIN:VEVENT", 1))
    bridge.settle()
    [shown] = bridge.conferences()
    assert shown.startswith("Weekly, 2026-03-09 10:00 Europe/")


def test_the_keyword_in_a_place_makes_way_for_the_room_and_comes_back_with_the_end(bridge: Bridge) -> None:
    bridge.put("plan", vevent("LOCATION:@meet:room", summary="Planning"))
    bridge.settle()
    assert f"LOCATION:{bridge.room('plan')}" in bridge.text("plan")
    assert bridge.room("plan").endswith("/1234567")  # alice's dedicated room
    bridge.change("plan", "STATUS:CANCELLED")
    bridge.settle()
    assert "LOCATION:@meet:room" in bridge.text("plan")


def test_a_place_that_is_taken_stays(bridge: Bridge) -> None:
    bridge.put("plan", vevent("LOCATION:Room 7"))
    bridge.settle()
    assert "LOCATION:Room 7" in bridge.text("plan")
    assert bridge.room("plan") in bridge.platform_rooms()


def test_a_category_asks_too(bridge: Bridge) -> None:
    bridge.put("plan", vevent("CATEGORIES:Travel,conference", summary="Planning"))
    assert bridge.settle().writes == ("create Planning",)


@pytest.mark.parametrize("more", [("TRANSP:TRANSPARENT",), ("LOCATION:https://zoom.us/j/123456789",)])
def test_free_events_and_those_with_another_link_need_the_keyword(bridge: Bridge, more: tuple[str, ...]) -> None:
    bridge.configure(select='trigger = ["all"]')
    bridge.put("free", vevent(*more, uid="free@x", summary="Planning"))
    bridge.put("plan", vevent(summary="Other"))
    assert bridge.settle().writes == ("create Other",)


def test_an_event_that_does_not_ask_is_left_alone(bridge: Bridge) -> None:
    bridge.put("plan", vevent(summary="Write to me@meet.example.com"))
    assert bridge.sync().is_quiet


def test_a_pin_is_drawn_once_and_found_again_after_a_loss(bridge: Bridge) -> None:
    bridge.configure(conference='security_pin = "random"\nirregular = "skip"')
    bridge.put("plan", vevent())
    bridge.settle()
    [pin] = [conference["security_pin"] for conference in bridge.platform.listing()]
    assert f"PIN: {pin}" in bridge.text("plan")
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.settle()
    bridge.lose_store()
    again = bridge.sync()
    assert (again.writes, again.puts) == ((), ())
    assert [conference["security_pin"] for conference in bridge.platform.listing()] == [pin]


def test_moderators_secrets_are_in_no_event(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    [conference] = bridge.platform.listing()
    assert conference["moderator_token"] not in bridge.text("plan")
    assert "9876543" not in bridge.text("plan")


def test_a_long_description_is_cut_and_its_marker_is_not(bridge: Bridge) -> None:
    bridge.put("plan", vevent("DESCRIPTION:" + "All that we have to talk about. " * 400))
    bridge.settle()
    [conference] = bridge.platform.listing()
    assert len(conference["agenda"]) <= 4000
    bridge.lose_store()
    assert bridge.sync().writes == ()


def test_any_uid_has_its_own_room(bridge: Bridge) -> None:
    for number, uid in enumerate(("ä ö@x", "a" * 300, "{1-2}:;,@x", "1", "01")):
        bridge.put(f"e{number}", vevent(uid=uid, summary=f"Number {number} @meet"))
    assert len(bridge.settle().writes) == 5
    bridge.lose_store()
    assert bridge.sync().writes == ()
    assert len(bridge.conferences()) == 5


def test_attendees_hear_once_of_the_room(bridge: Bridge) -> None:
    bridge.put("week", weekly("LAST-MODIFIED:20260301T000000Z"))
    bridge.settle()
    assert "LAST-MODIFIED:20260302T080000Z" in bridge.text("week")
    bridge.clock.advance(hours=1)
    bridge.change("week", drop=("LOCATION",))
    assert bridge.settle().puts == ("week",)
    assert "LAST-MODIFIED:20260302T080000Z" in bridge.text("week")
    assert "SEQUENCE" not in bridge.text("week")


def test_a_series_with_more_exceptions_than_may_be_cancelled_one_by_one_is_single_dates(bridge: Bridge) -> None:
    days = ",".join(f"2026{month:02}{day:02}T100000" for month in range(4, 10) for day in range(1, 29))
    event = vevent("RRULE:FREQ=DAILY", f"EXDATE;TZID=Europe/Paris:{days}")
    bridge.put("plan", event)
    done = bridge.settle()
    assert (set(done.writes), len(done.writes)) == ({"create Planning"}, 29)


def test_a_few_exceptions_are_cancelled_and_stay_so(bridge: Bridge) -> None:
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260316T100000,20260330T100000,20260413T100000"))
    done = bridge.settle()
    assert done.writes == (
        "create Weekly",
        "cancel Weekly 2026-03-16",
        "cancel Weekly 2026-03-30",
        "cancel Weekly 2026-04-13",
    )

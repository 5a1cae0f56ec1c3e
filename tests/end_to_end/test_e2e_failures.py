"""A server that fails half-way: nothing is lost, nothing is made twice, and the next pass goes on."""

from support.bridge import Bridge
from support.ical import override, vevent, weekly
from support.sandbox_account import meeting

LATER = ("DTSTART;TZID=Europe/Paris:20260316T150000", "DTEND;TZID=Europe/Paris:20260316T160000")


def breaks(bridge: Bridge, *requests: str) -> None:
    bridge.wires.broken = frozenset(requests)


def code_of(room_url: str) -> str:
    return room_url.rsplit("/", 1)[1]


def test_a_room_that_could_not_be_written_is_written_by_the_next_pass(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    breaks(bridge, "put")
    first = bridge.sync()
    assert (first.writes, first.problems) == (("create Planning",), ["platform.unknown"])
    breaks(bridge)
    second = bridge.settle()
    assert (second.writes, second.puts) == ((), ("plan",))
    assert bridge.platform_rooms() == [bridge.room("plan")]


def test_no_listing_no_create(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    breaks(bridge, "listing")
    first = bridge.sync()
    assert (first.writes, first.puts) == ((), ())
    assert "platform.listing" in first.problems
    breaks(bridge)
    assert bridge.settle().writes == ("create Planning",)


def test_an_update_that_failed_is_sent_by_the_next_pass(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "SUMMARY:Review @meet")
    breaks(bridge, "update")
    assert bridge.sync().problems == ["platform.unknown"]
    breaks(bridge)
    assert bridge.settle().writes == ("update Review",)


def test_an_instance_that_could_not_be_changed_is_changed_by_the_next_pass(bridge: Bridge) -> None:
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260323T100000"))
    bridge.edit("week", lambda text: override(text, "20260316T100000", *LATER))
    breaks(bridge, "update", "cancel")
    assert bridge.sync().writes == ("create Weekly",)
    breaks(bridge)
    assert sorted(bridge.settle().writes) == ["cancel Weekly 2026-03-23", "update Weekly 2026-03-16"]


def test_a_replaced_conference_that_could_not_be_cancelled_is_cancelled_by_the_next_pass(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "RRULE:FREQ=DAILY")
    breaks(bridge, "cancel")
    assert bridge.sync().writes == ("create Planning",)
    breaks(bridge)
    assert bridge.settle().writes == ("cancel Planning",)
    assert bridge.platform_rooms() == [bridge.room("plan")]


def test_a_conference_is_not_cancelled_before_its_event_links_to_what_replaces_it(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "RRULE:FREQ=DAILY")
    breaks(bridge, "put")
    assert bridge.sync().writes == ("create Planning",)
    assert bridge.sync().writes == ()
    assert len(bridge.conferences()) == 2
    breaks(bridge)
    done = bridge.settle()
    assert (done.writes, done.puts) == (("cancel Planning",), ("plan",))


def test_a_replacement_whose_answer_was_lost_is_adopted(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "RRULE:FREQ=DAILY")
    bridge.wires.answers_lost = True
    assert bridge.sync().writes == ("create Planning",)
    bridge.wires.answers_lost = False
    done = bridge.settle()
    assert (done.writes, done.puts) == (("cancel Planning",), ("plan",))
    assert bridge.platform_rooms() == [bridge.room("plan")]


def test_a_replacement_that_is_taken_back_after_a_lost_answer_leaves_the_old_room(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.change("plan", "RRULE:FREQ=DAILY")
    bridge.wires.answers_lost = True
    bridge.sync()
    bridge.wires.answers_lost = False
    bridge.change("plan", drop=("RRULE",))
    assert bridge.settle().writes == ("cancel Planning",)
    assert bridge.platform_rooms() == [room] == [bridge.room("plan")]


def test_an_ended_conference_that_could_not_be_cancelled_is_cancelled_by_the_next_pass(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.change("plan", "STATUS:CANCELLED")
    breaks(bridge, "cancel")
    assert bridge.sync().writes == ()
    breaks(bridge)
    assert bridge.settle().writes == ("cancel Planning",)


def test_an_instance_apart_that_is_gone_after_a_lost_answer_leaves_nothing_behind(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    first = ("DTSTART;TZID=Europe/Paris:20260309T150000", "DTEND;TZID=Europe/Paris:20260309T160000")
    whole = bridge.text("week")
    bridge.edit("week", lambda text: override(text, "20260309T100000", *first))
    bridge.wires.answers_lost = True
    bridge.sync()
    bridge.wires.answers_lost = False
    bridge.dav.put("work/week", whole)
    bridge.sync()
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == [bridge.room("week")]


def test_somebody_who_keeps_editing_is_not_raced(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    edits = iter(range(10))

    def edit() -> None:
        bridge.change("plan", f"X-THEIRS:{next(edits)}")
        bridge.wires.before_put = edit

    bridge.wires.before_put = edit
    first = bridge.sync()
    assert (len(first.puts), first.problems) == (3, ["write.contested"])
    bridge.wires.before_put = None
    assert "X-THEIRS:2" in bridge.text("plan")
    assert bridge.settle().puts == ("plan",)


def test_a_second_conference_with_the_marker_is_cancelled_and_the_linked_one_stays(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    [ours] = bridge.platform.listing()
    bridge.platform.accepted("conference/create", **meeting(agenda=ours["agenda"], start="2026-03-10 10:00:00"))
    bridge.lose_store()
    assert bridge.settle().writes == ("cancel Planning",)
    assert bridge.platform_rooms() == [room]


def test_of_two_conferences_with_one_marker_that_of_the_room_in_the_event_stays(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    [older] = bridge.platform.listing()
    again = meeting(agenda=older["agenda"], start="2026-03-10 10:00:00")
    shown = bridge.platform.accepted("conference/create", **again)["room_url"]
    bridge.edit("plan", lambda text: text.replace(code_of(older["room_url"]), code_of(shown)))
    bridge.lose_store()
    settled = bridge.settle()
    assert (settled.writes, settled.puts) == (("cancel Planning",), ())
    assert bridge.platform_rooms() == [shown] == [bridge.room("plan")]


def test_a_wrong_password_cancels_nothing(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    password = bridge.folder / "hosts.d" / "password"
    password.write_text("wrong")
    for _ in range(3):
        done = bridge.sync()
        assert (done.writes, len(done.problems)) == ((), 1)
        bridge.clock.advance(hours=1)
    password.write_text("secret")
    assert bridge.sync().is_quiet


def test_a_deleted_calendar_cancels_nothing(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("plan", vevent(), calendar="home")
    bridge.put("week", weekly())
    bridge.settle()
    bridge.dav.delete_calendar("home")
    for _ in range(3):
        done = bridge.sync()
        assert (done.writes, done.problems) == ((), ["calendar.left-out"])
        bridge.clock.advance(hours=1)
    assert len(bridge.conferences()) == 2


def test_a_room_url_that_must_not_go_into_an_event_waits_for_the_configuration(bridge: Bridge) -> None:
    bridge.configure(platform='room_hosts = ["rooms.example.com"]')
    bridge.put("plan", vevent())
    first = bridge.sync()
    assert (first.writes, first.puts, len(first.problems)) == (("create Planning",), (), 1)
    again = bridge.sync()
    assert (again.writes, again.puts, again.problems) == ((), (), ["room.url"])
    bridge.configure(platform="")
    assert bridge.sync().writes == ()  # learns the room
    done = bridge.settle()
    assert (done.writes, done.puts) == ((), ("plan",))
    assert bridge.platform_rooms() == [bridge.room("plan")]


def test_a_full_sync_of_what_is_settled_does_nothing(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260323T100000"))
    bridge.settle()
    assert bridge.sync(full=True).is_quiet

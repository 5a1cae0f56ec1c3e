"""The main job, whatever the CalDAV server behind it: one set of tests for Radicale, Xandikos, Cyrus and sabre/dav.

A test class that inherits from `MainJob` gives a `server` fixture.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calbridge import app
from calbridge.sandbox import running
from calbridge.sandbox.settings import Settings
from support.bridge import MONDAY, Bridge
from support.caldav_servers import Server
from support.ical import moved, vevent, weekly
from support.own_calendars import OwnCalendars
from support.sandbox_account import MovableClock

AGENDA = "DESCRIPTION:Bring the numbers\\, please.\\nThen: " + "the second half of a long agenda\\, " * 80


def invite_bob(bridge: Bridge) -> None:
    """A meeting of alice's with bob, next week by the real clock: servers deliver no invitation to what is over."""
    bridge.clock.now = datetime.now(UTC)
    bridge.hosts["bob"] = (10, "bob")
    day = f"{bridge.clock.now + timedelta(days=7):%Y%m%d}"
    people = ("ORGANIZER:mailto:alice@example.com", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com")
    bridge.put("plan", vevent(*people, start=f"{day}T100000", end=f"{day}T110000"))


class MainJob:
    """Needs a `server` fixture with the server's scope; each test begins and ends with empty calendars."""

    @pytest.fixture
    def dav(self, server: Server) -> Iterator[OwnCalendars]:
        """Alice's calendars, with one that is empty."""
        dav = OwnCalendars(server)
        yield dav
        dav.clear()

    @pytest.fixture
    def bobs(self, server: Server) -> Iterator[OwnCalendars]:
        """Bob's."""
        dav = OwnCalendars(server, "bob")
        yield dav
        dav.clear()

    @pytest.fixture
    def bridge(self, dav: OwnCalendars, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
        """The host alice, on a platform of her own."""
        clock = MovableClock(MONDAY)
        with running(Settings(clock=clock)) as sandbox:
            bridge = Bridge(tmp_path, dav, sandbox, clock)
            monkeypatch.setattr(app, "DavAccount", bridge.wires.account())
            monkeypatch.setattr(app, "AccountPlatform", bridge.wires.platform())
            yield bridge
            bridge.check()

    def test_a_host_who_leaves_has_her_events_as_they_were(self, bridge: Bridge) -> None:
        bridge.configure(writeback='notify = "never"\n')
        bridge.put("plan", vevent(AGENDA, "LOCATION:@meet"))
        bridge.put("week", weekly(), moved("20260316T100000", "20260316T140000", "20260316T150000"))
        before = [bridge.text(name) for name in ("plan", "week")]
        bridge.settle()
        assert bridge.leave().problems == ()
        assert ([bridge.text(name) for name in ("plan", "week")], bridge.conferences()) == (before, [])

    def test_an_event_that_can_not_have_a_room_says_why_until_it_can(self, bridge: Bridge) -> None:
        bridge.configure(writeback="explain = true\n")
        bridge.put("odd", vevent("RRULE:FREQ=HOURLY", "DESCRIPTION:Bring cake"))
        assert bridge.settle().actions == ["write-back"]
        assert bridge.text("odd").count("No video conference: Schedule FREQ must be") == 1
        bridge.change("odd", drop=("RRULE",))
        assert bridge.settle().actions == ["create", "write-back"]
        assert "No video conference" not in bridge.text("odd")
        assert bridge.room("odd")

    def test_the_first_sync_gives_rooms_and_the_second_does_nothing(self, bridge: Bridge, dav: OwnCalendars) -> None:
        bridge.put("plan", vevent())
        bridge.put("talk", vevent(AGENDA, "LOCATION:Room 5\\, left", uid="talk@x", summary="Talk @meet"))
        bridge.put("free", vevent(uid="free@x", summary="Lunch"))
        first = bridge.sync()
        assert sorted(first.actions) == ["create", "create", "write-back", "write-back"]
        etags = dav.etags()
        assert bridge.sync().is_quiet
        assert dav.etags() == etags
        assert len(etags) == 3
        assert bridge.platform_rooms() == sorted([bridge.room("plan"), bridge.room("talk")])

    def test_many_events_get_their_rooms_in_one_pass(self, bridge: Bridge) -> None:
        for number in range(16):  # some servers lock a whole calendar for one write
            bridge.put(f"plan{number}", vevent(uid=f"plan{number}@x"))
        first = bridge.settle()
        assert (first.problems, len(first.puts), len(bridge.platform_rooms())) == ([], 16, 16)

    def test_what_people_wrote_is_still_there(self, bridge: Bridge) -> None:
        bridge.put("talk", vevent(AGENDA, "LOCATION:Room 5\\, left", "X-FOO;X-BAR=1:kept", summary="Talk @meet"))
        bridge.settle()
        text = bridge.text("talk")
        assert AGENDA[:90] in text
        assert all(f"\n{line}\n" in text for line in ("LOCATION:Room 5\\, left", "SUMMARY:Talk @meet"))
        assert text.count("second half") == 80

    def test_a_series_with_a_moved_and_a_missing_instance(self, bridge: Bridge) -> None:
        override = moved("20260316T100000", "20260317T140000", "20260317T150000", summary="Weekly @meet")
        bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260323T100000"), override)
        bridge.settle()
        assert bridge.conferences() == ["Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"]
        assert bridge.instances(2) == ["Weekly, 2026-03-17 14:00", "Weekly, 2026-03-30 10:00"]
        assert bridge.rooms("week") == bridge.platform_rooms() * 2

    def test_edits_are_followed(self, bridge: Bridge) -> None:
        bridge.put("plan", vevent())
        bridge.settle()
        rooms = bridge.platform_rooms()
        bridge.change("plan", "SUMMARY:Review @meet", "DTSTART;TZID=Europe/Paris:20260310T103000")
        done = bridge.settle()
        assert (done.actions, done.puts) == (["update"], ())
        assert bridge.conferences() == ["Review, 2026-03-10 10:30 Europe/Paris, 30"]
        assert bridge.platform_rooms() == rooms

    def test_a_tidied_title_keeps_the_room(self, bridge: Bridge) -> None:
        bridge.put("plan", vevent())
        bridge.settle()
        bridge.change("plan", "SUMMARY:Planning")
        assert bridge.sync().is_quiet
        assert bridge.platform_rooms() == [bridge.room("plan")]

    def test_a_deleted_event_ends_its_conference_and_no_other(self, bridge: Bridge) -> None:
        bridge.configure(safety='cancel_grace = "0s"')
        bridge.put("plan", vevent())
        bridge.put("stay", vevent(uid="stay@x", summary="Stays @meet"))
        bridge.settle()
        bridge.delete("plan")
        assert [bridge.sync().writes, bridge.sync().writes] == [(), ("cancel Planning",)]
        assert bridge.sync().is_quiet
        assert bridge.platform_rooms() == [bridge.room("stay")]

    def test_an_edit_between_our_reading_and_writing_survives(self, bridge: Bridge) -> None:
        bridge.put("plan", vevent())
        bridge.wires.before_put = lambda: bridge.change("plan", "SUMMARY:Edited @meet")
        bridge.sync()
        assert "SUMMARY:Edited @meet" in bridge.text("plan")
        bridge.settle()
        assert bridge.conferences() == ["Edited, 2026-03-10 10:00 Europe/Paris, 60"]
        assert bridge.platform_rooms() == [bridge.room("plan")]

    def test_an_event_moved_to_another_calendar_keeps_its_room(self, bridge: Bridge, dav: OwnCalendars) -> None:
        dav.make_calendar("home")
        bridge.put("plan", vevent())
        bridge.put("stay", vevent(uid="stay@x", summary="Stays @meet"))
        bridge.settle()
        rooms, text = bridge.platform_rooms(), bridge.text("plan")
        bridge.delete("plan")
        dav.put("home/plan", text)
        assert bridge.settle().writes == ()
        assert sorted([bridge.room("plan", "home"), bridge.room("stay")]) == rooms

    def test_an_attendees_copy_gets_no_room_of_its_own(self, bridge: Bridge, bobs: OwnCalendars) -> None:
        invite_bob(bridge)
        if not bobs.etags():  # no implicit scheduling (RFC 6638): his app puts it there
            bobs.put("work/plan", bridge.text("plan"))
        reports = bridge.sync_all()
        assert (reports["alice"].actions, reports["bob"].actions) == (["create", "write-back"], [])
        again = bridge.sync_all()
        assert again["alice"].is_quiet
        assert again["bob"].is_quiet
        assert bridge.platform_rooms() == [bridge.room("plan")]
        assert bridge.platform_rooms(10) == []

"""Which events become meetings, what the platform is told of them, and what the others are told."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.event import read_object
from calbridge.core.marker import Marker, tag
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading, Skipped, Unasked
from calbridge.core.policy import ConferencePolicy, Owner, Policy, Select, Trigger

ODD = Path(__file__).parents[1] / "data" / "ics"
BERLIN = ZoneInfo("Europe/Berlin")
OWNER = Owner(9, frozenset({"alice@example.com"}), "Europe/Berlin", "de")
ROOM = "https://rooms.example.com/abc"
REFERENCE = Marker("main", tag(9, "1"), "m", 1).text
FOREIGN = Marker("other", tag(9, "1"), "m", 1).text
BLOCK = f"DESCRIPTION:Figures\\n:::::::: calbridge ::::::::\\nJoin: {ROOM}\\n:::::::: /calbridge ::::::::"
OURS = (f"X-CALBRIDGE-REF:{REFERENCE}", f"X-CALBRIDGE-URL:{ROOM}")
START = "DTSTART;TZID=Europe/Berlin:20260112T090000"
WEEKLY = (START, "RRULE:FREQ=WEEKLY", "SUMMARY:Weekly @meet")


def vevent(*lines: str) -> str:
    own = [] if any(line.startswith("DTSTART") for line in lines) else [START]
    return "\r\n".join(["BEGIN:VEVENT", "UID:1", *own, *lines, "END:VEVENT", ""])


def judge(
    *vevents: str, select: Select | None = None, conference: ConferencePolicy | None = None, owner: Owner = OWNER
) -> Reading:
    source = CalendarObject(
        "https://dav.example.com/work/", "https://dav.example.com/work/1.ics", None, "".join(vevents).encode()
    )
    events = read_object(source, zone="Europe/Berlin")
    assert isinstance(events, EventSet)
    return read_meeting(events, Policy("main", owner, select or Select(), conference or ConferencePolicy()))


def verdict(reading: Reading) -> str:
    match reading:
        case Meeting():
            return "meeting"
        case Skipped():
            return reading.problem.rule
        case Unasked():
            return reading.why


def meeting(*vevents: str, select: Select | None = None, conference: ConferencePolicy | None = None) -> Meeting:
    found = judge(*vevents, select=select, conference=conference)
    assert isinstance(found, Meeting)
    return found


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("SUMMARY:Budget @meet", True),
        ("SUMMARY:@MEET budget", True),
        ("SUMMARY:Budget @meet\\, at last", True),
        ("SUMMARY:Budget (with @meet)", True),
        ("SUMMARY:Budget @meet:room", True),
        ("SUMMARY:Budget @meet:once.", True),
        ("LOCATION:@meet", True),
        ("CATEGORIES:Work,conference", True),
        ("SUMMARY:Write to me@meet.example.com", False),
        ("SUMMARY:Budget @meet.", True),
        ("SUMMARY:Budget @meeting", False),
        ("SUMMARY:Budget @meet:later", False),
        ("SUMMARY:Budget @meet:rooms", False),
        ("SUMMARY:Budget x@meet", False),
        ("DESCRIPTION:@meet", False),
        ("SUMMARY:Budget", False),
    ],
)
def test_the_keyword_is_a_word_of_title_or_place(line: str, asks: bool) -> None:
    assert verdict(judge(vevent("CREATED:20260101T000000Z", "URL:https://example.com", line))) == (
        "meeting" if asks else "no-trigger"
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["SUMMARY:Budget", BLOCK], "meeting"),
        (["SUMMARY:Budget", f"LOCATION:{ROOM}", *OURS], "meeting"),
        (["SUMMARY:Budget", f"URL:{ROOM}", *OURS], "meeting"),
        (["SUMMARY:Budget", f"LOCATION:{ROOM}", OURS[1]], "no-trigger"),
        (["SUMMARY:Budget", *OURS], "no-trigger"),
        (["SUMMARY:Budget @nomeet", BLOCK, *OURS], "stop-word"),
        (["SUMMARY:Budget @meet", "LOCATION:@NoMeet"], "stop-word"),
        (["SUMMARY:Budget @meet", "STATUS:CANCELLED"], "cancelled"),
        (["SUMMARY:Budget @meet", "STATUS:TENTATIVE"], "meeting"),
        (["SUMMARY:Budget @meet", f"X-CALBRIDGE-REF:{FOREIGN}"], "event.other-instance"),
        (["SUMMARY:Budget", f"X-CALBRIDGE-REF:{FOREIGN}"], "no-trigger"),
        (["SUMMARY:Budget @meet", "ORGANIZER:mailto:Alice@example.com"], "meeting"),
        (["SUMMARY:Budget @meet", "ORGANIZER:mailto:bob@example.com"], "not-organizer"),
        (["SUMMARY:Busy"], "hidden"),
        (["CLASS:PRIVATE", "STATUS:CONFIRMED"], "hidden"),
        (["SUMMARY:Busy", "LOCATION:Room 1"], "no-trigger"),
        (["SUMMARY:Budget @meet", "DTSTART;VALUE=DATE:20260112"], "event.all-day"),
        (["SUMMARY:Budget @meet", "DTSTART:soon"], "event.time"),
        (["SUMMARY:Budget @meet", "DTSTART;TZID=Nowhere:20260112T090000"], "zone.unknown"),
    ],
)
def test_what_an_event_says_decides(lines: list[str], expected: str) -> None:
    assert verdict(judge(vevent(*lines))) == expected


def test_an_event_without_start_is_skipped() -> None:
    assert verdict(judge("BEGIN:VEVENT\nUID:1\nSUMMARY:Budget @meet\nEND:VEVENT\n")) == "event.no-start"


def test_further_organizers_count_as_hers() -> None:
    event = vevent("SUMMARY:Budget @meet", "ORGANIZER:mailto:boss@example.com")
    assert verdict(judge(event, select=Select(organizers=("Boss@example.com",)))) == "meeting"


@pytest.mark.parametrize(
    ("lines", "explicit", "skip", "include"),
    [
        (["SUMMARY:Lunch", "TRANSP:TRANSPARENT"], "no-trigger", "no-trigger", "meeting"),
        (["SUMMARY:Lunch @meet", "TRANSP:TRANSPARENT"], "meeting", "event.transparent", "meeting"),
        (["SUMMARY:Lunch", "LOCATION:https://eu.zoom.us/j/123"], "no-trigger", "no-trigger", "meeting"),
        (["SUMMARY:Lunch @meet", "LOCATION:https://eu.zoom.us/j/123"], "meeting", "event.other-link", "meeting"),
        (["SUMMARY:Lunch"], "meeting", "meeting", "meeting"),
        (["SUMMARY:Lunch", "LOCATION:https://zoom.us/pricing"], "meeting", "meeting", "meeting"),
    ],
)
def test_free_events_and_those_with_a_link_elsewhere_follow_the_policy(
    lines: list[str], explicit: str, skip: str, include: str
) -> None:
    trigger: tuple[Trigger, ...] = ("keyword", "all")
    policies = (
        Select(trigger=trigger),
        Select(trigger=trigger, transparent="skip", other_links="skip"),
        Select(trigger=trigger, transparent="include", other_links="include"),
    )
    assert [verdict(judge(vevent(*lines), select=select)) for select in policies] == [explicit, skip, include]


@pytest.mark.parametrize(
    "line",
    [
        "LOCATION:https://teams.microsoft.com/l/meetup-join/19%3ameeting",
        "DESCRIPTION:Join here: <https://meet.google.com/abc-defg-hij>",
        "URL:https://meet.jit.si/Budget",
        "CONFERENCE;VALUE=URI:https://company.webex.com/meet/alice",
        "X-GOOGLE-CONFERENCE:https://meet.google.com/abc-defg-hij",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.live.com/meet/123",
        "LOCATION:https://cloud.example.org/index.php/call/a1b2c3d4",
        "LOCATION:https://bbb.example.org/rooms/abc",
        "LOCATION:https://whereby.com/alice",
        "DESCRIPTION:https://global.gotomeeting.com/join/1",
    ],
)
def test_links_of_other_products_are_known_wherever_they_stand(line: str) -> None:
    select = Select(trigger=("all",))
    assert verdict(judge(vevent("SUMMARY:Budget", line), select=select)) == "no-trigger"


def test_our_own_link_is_no_other_link() -> None:
    url = "https://meet.example.com/call/abcd1234"
    lines = (
        "SUMMARY:Budget @meet",
        f"LOCATION:{url}",
        f"X-CALBRIDGE-URL:{url}",
        f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{url}",
    )
    assert verdict(judge(vevent(*lines), select=Select(other_links="skip"))) == "meeting"


@pytest.mark.parametrize(
    ("summary", "subject"),
    [
        ("Budget  @meet ", "Budget"),
        ("@Meet:room Budget", "Budget"),
        ("Weekly @meet\\, sync", "Weekly, sync"),
        ("Budget @meet @meet:once", "Budget"),
        ("@meet", "Meeting"),
        ("@meet!", "Meeting"),
        ("Ask me@meet.example.com @meet", "Ask me@meet.example.com"),
        ("Bud\x00get\\n2027\t@meet", "Budget 2027"),
        ("🎉 @meet", "🎉"),
    ],
)
def test_the_subject_is_the_title_without_the_keyword(summary: str, subject: str) -> None:
    found = meeting(vevent(f"SUMMARY:{summary}"))
    assert found.master is not None
    assert found.master.subject == subject


def test_the_agenda_is_the_description_without_our_block() -> None:
    event = vevent("SUMMARY:Budget", BLOCK)
    found = meeting(event)
    assert found.master is not None
    assert found.master.agenda == "Figures"
    silent = meeting(event, conference=ConferencePolicy(agenda="none"))
    assert silent.master is not None
    assert silent.master.agenda == ""


def test_a_private_event_is_masked_in_the_hosts_language() -> None:
    event = vevent("SUMMARY:Surgery @meet", "DESCRIPTION:knee", "CLASS:PRIVATE", "ATTENDEE:mailto:bob@example.com")
    masked = meeting(event, conference=ConferencePolicy(participants=True)).master
    assert masked is not None
    assert (masked.subject, masked.agenda, masked.participants) == ("Privater Termin", "", ())
    full = meeting(event, select=Select(private="full")).master
    assert full is not None
    assert full.subject == "Surgery"
    assert verdict(judge(event, select=Select(private="skip"))) == "event.private"


def test_participants_are_the_attendees_without_the_owner_and_only_if_wanted() -> None:
    people = ("alice@example.com", "Bob@example.com", "bob@example.com")
    event = vevent("SUMMARY:Budget @meet", *(f"ATTENDEE:mailto:{each}" for each in people))
    asked = meeting(event, conference=ConferencePolicy(participants=True))
    assert asked.master is not None
    assert asked.master.participants == ("bob@example.com",)
    assert asked.attendees == 1
    plain = meeting(event).master
    assert plain is not None
    assert plain.participants == ()


@pytest.mark.parametrize(
    ("end", "minutes"),
    [("X-A:", 60), ("DURATION:PT0S", 60), ("DURATION:PT30M", 30), ("DURATION:PT30M1S", 31), ("DURATION:P2D", 2880)],
)
def test_minutes_are_rounded_up_and_an_event_of_no_length_lasts_an_hour(end: str, minutes: int) -> None:
    found = meeting(vevent("SUMMARY:Budget @meet", end))
    assert found.master is not None
    assert found.master.minutes == minutes


def test_a_time_that_a_clock_change_skips_moves_on_with_the_clock() -> None:
    found = meeting(vevent("SUMMARY:Budget @meet", "DTSTART;TZID=Europe/Berlin:20260329T023000"))
    assert found.master is not None
    assert found.master.start.isoformat() == "2026-03-29T03:30:00+02:00"


@pytest.mark.parametrize(
    ("lines", "room"),
    [
        (["SUMMARY:Budget @meet"], None),
        (["SUMMARY:Budget @meet:Room"], "dedicated"),
        (["SUMMARY:Budget", "LOCATION:@meet:once"], "one-time"),
        (["SUMMARY:Budget", f"LOCATION:{ROOM}", *OURS, "X-CALBRIDGE-WAS-LOCATION:@meet:room"], "dedicated"),
    ],
)
def test_the_event_chooses_its_room_and_keeps_its_choice_once_our_link_has_replaced_it(
    lines: list[str], room: str | None
) -> None:
    assert meeting(vevent(*lines)).room == room


def test_references_of_all_vevents_are_found() -> None:
    override = vevent("RECURRENCE-ID:20260119T080000Z", "SUMMARY:Weekly @meet", "X-CALBRIDGE-REF:copied")
    found = meeting(vevent(*WEEKLY, *OURS), override)
    assert found.references == {REFERENCE, "copied"}


@pytest.mark.parametrize(
    ("lines", "stays"),
    [
        (["SUMMARY:Weekly @meet"], True),
        (["SUMMARY:Later", BLOCK], True),
        (["SUMMARY:Later"], False),
        (["SUMMARY:Weekly @meet", "STATUS:CANCELLED"], False),
        (["SUMMARY:Weekly @meet @nomeet"], False),
    ],
)
def test_an_override_that_does_not_ask_or_is_cancelled_is_out(lines: list[str], stays: bool) -> None:
    override = vevent("RECURRENCE-ID:20260119T080000Z", "DTSTART;TZID=Europe/Berlin:20260119T110000", *lines)
    (found,) = meeting(vevent(*WEEKLY), override).overrides
    assert (found.recurrence_id, found.recurrence_text) == (datetime(2026, 1, 19, 9, tzinfo=BERLIN), "20260119T080000Z")
    assert (found.occasion is not None) is stays


def test_a_family_keeps_what_cannot_be_read_as_it_was_and_says_so() -> None:
    found = meeting((ODD / "family.ics").read_text(encoding="utf-8"))
    assert [each.recurrence_id for each in found.overrides] == [
        datetime(2026, 1, 19, 9, tzinfo=BERLIN),
        datetime(2026, 1, 26, 9, tzinfo=BERLIN),
    ]
    assert [each.occasion is None for each in found.overrides] == [False, True]
    assert [(each.recurrence_id, each.problem.rule) for each in found.skipped] == [("20260202T090000", "zone.unknown")]


def test_an_instance_that_became_all_day_is_out_and_says_why() -> None:
    override = vevent("RECURRENCE-ID:20260119T080000Z", "DTSTART;VALUE=DATE:20260119", "SUMMARY:Weekly @meet")
    found = meeting(vevent(*WEEKLY), override)
    assert [each.occasion for each in found.overrides] == [None]
    assert [each.problem.rule for each in found.skipped] == ["event.all-day"]


def test_overrides_without_a_master_are_meetings_of_their_own() -> None:
    found = meeting(
        vevent("RECURRENCE-ID;TZID=Europe/Berlin:20260119T090000", "SUMMARY:Weekly @meet"),
        vevent("RECURRENCE-ID;TZID=Europe/Berlin:20260126T090000", "SUMMARY:Weekly"),
    )
    assert found.master is None
    assert [each.recurrence_text for each in found.overrides] == ["20260119T090000"]


def test_an_instance_that_asks_in_a_series_that_does_not_is_a_meeting_of_its_own() -> None:
    series = vevent(START, "RRULE:FREQ=WEEKLY", "SUMMARY:Weekly")
    found = meeting(series, vevent("RECURRENCE-ID:20260119T080000Z", "SUMMARY:Weekly @meet"))
    assert (found.master, found.recurrence) == (None, None)
    assert [each.recurrence_id for each in found.overrides] == [datetime(2026, 1, 19, 9, tzinfo=BERLIN)]


def test_what_is_left_of_our_block_in_an_instance_does_not_ask_for_a_series_that_no_longer_does() -> None:
    series = vevent(START, "RRULE:FREQ=WEEKLY", "SUMMARY:Weekly")
    assert verdict(judge(series, vevent("RECURRENCE-ID:20260119T080000Z", "SUMMARY:Weekly", BLOCK))) == "no-trigger"


def test_a_single_event_kept_as_its_own_override_is_what_the_override_says() -> None:
    moved = vevent(
        "RECURRENCE-ID:20260112T080000Z", "DTSTART;TZID=Europe/Berlin:20260112T150000", "SUMMARY:Budget @meet"
    )
    found = meeting(vevent("SUMMARY:Budget @meet"), moved)
    assert found.master is not None
    assert found.master.start == datetime(2026, 1, 12, 15, tzinfo=BERLIN)
    assert found.overrides == ()


def test_a_problem_says_where_it_is() -> None:
    found = judge(vevent("SUMMARY:Budget @meet", "DTSTART;VALUE=DATE:20260112"))
    assert isinstance(found, Skipped)
    assert found.problem.where == "https://dav.example.com/work/ 1"

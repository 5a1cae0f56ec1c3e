"""What each event of a calendar file becomes on the platform."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.corpus import corpus_files
from support.ical import calendar_object, moved, vevent, weekly

from calbridge.core.explain_file import Explained, explain_file
from calbridge.core.problem import Misfit
from calbridge.core.rewording import moment

ODD = Path(__file__).parents[1] / "data" / "ics"
EVE = datetime(2026, 3, 1, tzinfo=UTC)
RANGE = "ID;RANGE=THISANDFUTURE;"


def _explain(*events: str, now: datetime = EVE, zone: str = "UTC") -> tuple[Explained, ...]:
    found = explain_file(calendar_object(*events).encode(), zone=zone, now=now)
    assert isinstance(found, tuple)
    return found


def _one(*events: str, now: datetime = EVE, zone: str = "UTC") -> Explained:
    [found] = _explain(*events, now=now, zone=zone)
    return found


def test_a_series_is_explained_with_what_its_event_says() -> None:
    found = _one(
        weekly("EXDATE;TZID=Europe/Paris:20260323T100000"),
        moved("20260330T100000", "20260331T120000", "20260331T130000"),
    )

    assert found.facts == (
        "starts 2026-03-09 10:00 Europe/Paris (TZID=Europe/Paris in the file)",
        "RRULE:FREQ=WEEKLY",
        "EXDATE: 2026-03-23 10:00",
        "instance 2026-03-30 10:00: moved to 2026-03-31 12:00",
    )
    assert (found.uid, found.explanation.tier) == ("week@x", 3)
    assert found.explanation.reason == (
        "rewritten: the first day makes BYDAY=MO; "
        "less 1 instance that is cancelled: 2026-03-23 10:00; "
        "1 instance changed"
    )


def test_both_sides_show_what_is_moved_and_not_what_is_out() -> None:
    explanation = _one(
        weekly("EXDATE;TZID=Europe/Paris:20260316T100000"),
        moved("20260323T100000", "20260325T120000", "20260325T130000"),
    ).explanation

    assert [moment(each) for each in explanation.upcoming[:3]] == [
        "2026-03-09 10:00",
        "2026-03-25 12:00",
        "2026-03-30 10:00",
    ]
    assert all(own == platform for own, platform in explanation.pairs)
    assert explanation.year is not None
    assert {day.day for day in explanation.year.out if day.month == 3} == {16, 23}


def test_an_instance_cancelled_far_ahead_is_out_on_both_sides() -> None:
    explanation = _one(
        weekly("EXDATE;TZID=Europe/Paris:20310309T100000", rule="FREQ=YEARLY"), now=datetime(2026, 3, 1, tzinfo=UTC)
    ).explanation

    assert "2031-03-09 10:00" in explanation.reason
    assert all(own == platform for own, platform in explanation.pairs)
    assert 2031 not in {each.year for each in explanation.upcoming}


def test_a_series_that_has_begun_is_sent_from_its_next_instance() -> None:
    found = _one(weekly(rule="FREQ=WEEKLY;COUNT=10"), now=datetime(2026, 3, 17, tzinfo=UTC))

    [conference] = found.explanation.conferences
    assert conference.schedule == "FREQ=WEEKLY;COUNT=8;BYDAY=MO"
    assert found.explanation.reason.endswith(
        "COUNT becomes what is left of it, 8; it begins with the next unchanged instance"
    )


def test_what_is_over_is_explained_as_it_would_have_been() -> None:
    found = _one(weekly(rule="FREQ=WEEKLY;COUNT=3"), now=datetime(2027, 1, 1, tzinfo=UTC))

    assert found.facts[-1] == "it is over at 2027-01-01 00:00: this is what would have been sent before it began"
    assert [each.schedule for each in found.explanation.conferences] == ["FREQ=WEEKLY;COUNT=3;BYDAY=MO"]


def test_an_event_that_asks_for_nothing_is_explained_as_if_it_did() -> None:
    found = _one(vevent("TRANSP:TRANSPARENT", summary="Lunch"))

    assert found.facts[-1] == "nothing in it asks for a room: this is what would be sent if it did"
    assert found.explanation.reason == "it happens once: one conference, without a schedule"
    assert [each.schedule for each in found.explanation.conferences] == [None]


def test_whoever_organizes_it_in_whichever_installation_is_the_host() -> None:
    reference = "X-CALBRIDGE-REF:cb1-elsewhere-" + "a" * 26 + "-m.1"
    found = _one(vevent("ORGANIZER:mailto:someone@example.com", reference))

    assert found.explanation.tier == 1


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (vevent(zone="Middle Earth"), "zone.unknown"),
        (vevent("RRULE:FREQ=MINUTELY"), "rrule.frequency"),
        (vevent().replace(";TZID=Europe/Paris:20260310T100000", ";VALUE=DATE:20260310"), "event.all-day"),
        (vevent().replace("DTSTART", "X-START"), "event.no-start"),
    ],
)
def test_a_skipped_event_says_why_and_what_to_do(event: str, rule: str) -> None:
    explanation = _one(event).explanation

    assert explanation.misfit is not None
    assert (explanation.tier, explanation.misfit.rule) == (6, rule)
    assert explanation.misfit.hint


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (vevent("STATUS:CANCELLED"), "it is cancelled"),
        (vevent(summary="Lunch @nomeet"), "it says @nomeet: it wants no room"),
        (vevent(summary="Busy"), "its text is hidden from the reader: nobody can tell what it asks for"),
    ],
)
def test_an_event_that_wants_no_room_is_no_refusal(event: str, reason: str) -> None:
    explanation = _one(event).explanation

    assert (explanation.tier, explanation.misfit, explanation.reason) == (None, None, reason)


@pytest.mark.parametrize(
    ("start", "fact"),
    [
        ("DTSTART:20260310T100000Z", "starts 2026-03-10 10:00 UTC (in UTC in the file)"),
        ("DTSTART:20260310T100000", "starts 2026-03-10 10:00 Asia/Tokyo (without a zone in the file)"),
        (
            "DTSTART;TZID=W. Europe Standard Time:20260310T100000",
            "starts 2026-03-10 10:00 Europe/Berlin (TZID=W. Europe Standard Time in the file)",
        ),
    ],
)
def test_it_says_which_zone_was_understood(start: str, fact: str) -> None:
    event = vevent().replace("DTSTART;TZID=Europe/Paris:20260310T100000", start).replace("DTEND", "X-END")

    assert _one(event, zone="Asia/Tokyo").facts[0] == fact


def test_it_says_that_a_zones_definition_is_not_followed() -> None:
    elsewhere = "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0500\nEND:STANDARD\n"
    zone = f"BEGIN:VTIMEZONE\nTZID:Europe/Paris\n{elsewhere}END:VTIMEZONE\n"
    fact = "the VTIMEZONE in the file says other offsets than Europe/Paris, whose own hold"
    assert fact in _one(zone, vevent()).facts
    assert fact not in _one(vevent()).facts


def test_two_instances_at_one_moment_are_two() -> None:
    changed = moved("20260316T100000", "20260323T100000", "20260323T110000")
    pairs = _one(weekly(rule="FREQ=WEEKLY;COUNT=3"), changed).explanation.pairs
    assert [own and moment(own) for own, _ in pairs] == ["2026-03-09 10:00", "2026-03-23 10:00", "2026-03-23 10:00"]
    assert all(own == platform for own, platform in pairs)


def test_days_that_an_exrule_leaves_are_not_said_to_come_from_the_first_day() -> None:
    explanation = _one(weekly("EXRULE:FREQ=WEEKLY;BYDAY=SA,SU", rule="FREQ=DAILY")).explanation
    assert explanation.reason == "rewritten: FREQ=DAILY is WEEKLY there; its days are BYDAY=MO,TU,WE,TH,FR"


def test_every_event_of_a_file_is_explained() -> None:
    found = _explain(vevent(uid="one"), weekly(uid="two"), vevent(uid="").replace("UID:\n", ""))

    assert [each.uid for each in found] == ["one", "two", ""]
    assert found[2].explanation.misfit is not None
    assert found[2].explanation.misfit.rule == "event.no-uid"


def test_instances_without_their_series_are_conferences_of_their_own() -> None:
    found = _one(moved("20260316T100000", "20260317T100000", "20260317T110000"))

    assert [each.schedule for each in found.explanation.conferences] == [None]
    assert [moment(each) for each in found.explanation.upcoming] == ["2026-03-17 10:00"]


def test_an_instance_that_cant_be_followed_is_said() -> None:
    found = explain_file((ODD / "family.ics").read_bytes(), zone="UTC", now=datetime(2026, 1, 1, tzinfo=UTC))

    assert isinstance(found, tuple)
    assert any(fact.startswith("instance 20260202T090000: the time zone 'Nowhere'") for fact in found[0].facts)


def test_spans_are_told_apart_and_both_sides_show_them() -> None:
    ranged = moved("20260330T100000", "20260401T140000", "20260401T150000", summary="Later @meet").replace("ID;", RANGE)
    ended = moved("20260413T100000", "20260413T100000", "20260413T110000", "STATUS:CANCELLED").replace("ID;", RANGE)
    found = _one(weekly(), ranged, ended)

    assert found.facts[2:] == (
        "from instance 2026-03-30 10:00 on: 2 days, 4:00:00 later, as 'Later'",
        "from instance 2026-04-13 10:00 on: cancelled, or without a room",
    )
    assert (
        found.explanation.reason == "all later instances were changed: 2 schedules do together, in the dedicated room"
    )
    assert [moment(own) if own else None for own, _ in found.explanation.pairs[2:]] == [
        "2026-03-23 10:00",
        "2026-04-01 14:00",
        "2026-04-08 14:00",
    ]
    assert all(own == platform for own, platform in found.explanation.pairs)


def test_a_damaged_file_is_refused_with_its_reason() -> None:
    found = explain_file((ODD / "cut-off.ics").read_bytes(), zone="UTC", now=EVE)

    assert isinstance(found, tuple)
    assert found[0].explanation.misfit is not None
    assert found[0].explanation.misfit.rule == "event.syntax"


def test_a_file_without_an_event_is_a_misfit() -> None:
    for body in ((ODD / "task.ics").read_bytes(), b"", b"\x00\xff no calendar"):
        assert isinstance(explain_file(body, zone="UTC", now=EVE), Misfit)


def test_every_file_of_the_corpus_is_explained() -> None:
    small = [path for path in corpus_files() if path.stat().st_size < 20_000]

    for path in small:
        found = explain_file(path.read_bytes(), zone="UTC", now=EVE)
        assert isinstance(found, Misfit) or all(each.explanation.reason for each in found), path

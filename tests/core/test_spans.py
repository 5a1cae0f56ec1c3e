"""Overrides that change all later instances too: what the series becomes on the platform, span by span."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.conferences import wanted
from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading, Skipped, Unasked
from calbridge.core.policy import ConferencePolicy, Owner, Policy, Select
from calbridge.core.problem import Misfit
from calbridge.core.spans import MAX_CHANGES
from calbridge.core.wanted import Sent, Wanted, rule_fingerprint, rule_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TZID = "TZID=Europe/Berlin"
MONDAYS = "RRULE:FREQ=WEEKLY"


def event(*lines: str, start: str = "20260112T090000", summary: str = "Weekly @meet") -> str:
    own = (f"DTSTART;{TZID}:{start}", f"SUMMARY:{summary}")
    return "\r\n".join(["BEGIN:VEVENT", "UID:1", *own, "DURATION:PT30M", *lines, "END:VEVENT", ""])


def later(instance: str, start: str, *lines: str, summary: str = "Later @meet") -> str:
    """From that instance on, all are moved as it is."""
    return event(f"RECURRENCE-ID;RANGE=THISANDFUTURE;{TZID}:{instance}", *lines, start=start, summary=summary)


def single(instance: str, start: str, *lines: str) -> str:
    return event(f"RECURRENCE-ID;{TZID}:{instance}", *lines, start=start, summary="Own @meet")


def read(*vevents: str, select: Select | None = None) -> Reading:
    source = CalendarObject("https://dav.example.com/", "https://dav.example.com/1", None, "".join(vevents).encode())
    events = read_object(source, zone="Europe/Berlin")
    assert isinstance(events, EventSet)
    return read_meeting(events, Policy("main", Owner(9, frozenset(), "Europe/Berlin"), select or Select()))


def series(*vevents: str) -> Meeting:
    found = read(*vevents)
    assert isinstance(found, Meeting)
    return found


def wants(*vevents: str, now: datetime = NOW, sent: dict[str, Sent] | None = None) -> tuple[Wanted, ...]:
    found = wanted(series(*vevents), policy=ConferencePolicy(), sent=sent or {}, cancelled=frozenset(), now=now)
    assert not isinstance(found, Misfit)
    return found


def shown(found: tuple[Wanted, ...]) -> list[str]:
    return [f"{w.part} {w.occasion.subject} {w.occasion.start:%m-%d %H:%M} {w.schedule}" for w in found]


FIRST = "1 Weekly 01-12 09:00 FREQ=WEEKLY;UNTIL=20260126;BYDAY=MO"
SPANS = {
    "a later hour": (
        [event(MONDAYS), later("20260202T090000", "20260202T110000")],
        [FIRST, "2 Later 02-02 11:00 FREQ=WEEKLY;BYDAY=MO"],
    ),
    "a further date with its own length": (
        [
            event(MONDAYS, f"RDATE;VALUE=PERIOD;{TZID}:20260204T120000/PT2H"),
            later("20260202T090000", "20260203T110000"),
        ],
        [FIRST, "2 Later 02-03 11:00 FREQ=WEEKLY;BYDAY=TU", "20260205T130000Z Later 02-05 14:00 None"],
    ),
    "an instance with its own length that is changed itself": (
        [
            event(MONDAYS, f"RDATE;VALUE=PERIOD;{TZID}:20260202T090000/PT2H"),
            later("20260202T090000", "20260203T110000"),
        ],
        [FIRST, "2 Later 02-03 11:00 FREQ=WEEKLY;BYDAY=TU"],
    ),
    "a further date with its own length, cancelled": (
        [
            event(MONDAYS, f"RDATE;VALUE=PERIOD;{TZID}:20260204T120000/PT2H"),
            later("20260202T090000", "20260202T090000", "STATUS:CANCELLED"),
        ],
        ["m Weekly 01-12 09:00 FREQ=WEEKLY;UNTIL=20260126;BYDAY=MO"],
    ),
    "another day": (
        [event(MONDAYS), later("20260202T090000", "20260204T090000")],
        [FIRST, "2 Later 02-04 09:00 FREQ=WEEKLY;BYDAY=WE"],
    ),
    "a day and an hour before": (
        [event(MONDAYS), later("20260202T090000", "20260201T080000")],
        [FIRST, "2 Later 02-01 08:00 FREQ=WEEKLY;BYDAY=SU"],
    ),
    "other words alone": (
        [event(MONDAYS), later("20260202T090000", "20260202T090000")],
        [FIRST, "2 Later 02-02 09:00 FREQ=WEEKLY;BYDAY=MO"],
    ),
    "twice, each counted from the rule": (
        [event(MONDAYS), later("20260202T090000", "20260203T110000"), later("20260216T090000", "20260219T090000")],
        [
            FIRST,
            "2 Later 02-03 11:00 FREQ=WEEKLY;UNTIL=20260210;BYDAY=TU",
            "3 Later 02-19 09:00 FREQ=WEEKLY;BYDAY=TH",
        ],
    ),
    "COUNT is of the whole": (
        [event(f"{MONDAYS};COUNT=5"), later("20260202T090000", "20260203T090000")],
        ["1 Weekly 01-12 09:00 FREQ=WEEKLY;COUNT=3;BYDAY=MO", "2 Later 02-03 09:00 FREQ=WEEKLY;COUNT=2;BYDAY=TU"],
    ),
    "UNTIL is of the rule's own days": (
        [event(f"{MONDAYS};UNTIL=20260216T080000Z"), later("20260202T090000", "20260205T090000")],
        [FIRST, "2 Later 02-05 09:00 FREQ=WEEKLY;UNTIL=20260219;BYDAY=TH"],
    ),
    "a time in UTC": (
        [event(MONDAYS), later("20260202T090000", "20260202T100000Z").replace(f"START;{TZID}", "START")],
        [FIRST, "2 Later 02-02 11:00 FREQ=WEEKLY;BYDAY=MO"],
    ),
    "an instance that the rule doesn't say": (
        [event(MONDAYS), later("20260204T090000", "20260205T100000")],
        [
            "1 Weekly 01-12 09:00 FREQ=WEEKLY;UNTIL=20260202;BYDAY=MO",
            "2 Later 02-10 10:00 FREQ=WEEKLY;BYDAY=TU",
            "20260205T090000Z Later 02-05 10:00 None",
        ],
    ),
    "further dates": (
        [event(MONDAYS, f"RDATE;{TZID}:20260204T090000"), later("20260202T090000", "20260203T090000")],
        [FIRST, "2 Later 02-03 09:00 FREQ=WEEKLY;BYDAY=TU", "20260205T080000Z Later 02-05 09:00 None"],
    ),
    "a rule that only its days can say": (
        [event("RRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=4"), later("20260309T090000", "20260315T090000")],
        [
            "1 Weekly 01-12 09:00 FREQ=MONTHLY;COUNT=2;BYDAY=2MO",
            "2 Later 03-15 09:00 FREQ=WEEKLY;COUNT=2;INTERVAL=5;BYDAY=SU",
        ],
    ),
    "from the first instance on": (
        [event(MONDAYS), later("20260112T090000", "20260113T100000")],
        ["m Later 01-13 10:00 FREQ=WEEKLY;BYDAY=TU"],
    ),
    "cancelled from there on": (
        [event(MONDAYS), later("20260202T090000", "20260202T090000", "STATUS:CANCELLED")],
        ["m Weekly 01-12 09:00 FREQ=WEEKLY;UNTIL=20260126;BYDAY=MO"],
    ),
    "without a trigger from there on": (
        [event(MONDAYS), later("20260202T090000", "20260203T090000", summary="Later")],
        ["m Weekly 01-12 09:00 FREQ=WEEKLY;UNTIL=20260126;BYDAY=MO"],
    ),
    "cancelled from an instance on that itself was moved": (
        [
            event(MONDAYS),
            later("20260202T090000", "20260202T090000", "STATUS:CANCELLED"),
            single("20260202T090000", "20260203T150000"),
        ],
        ["m Weekly 01-12 09:00 FREQ=WEEKLY;UNTIL=20260126;BYDAY=MO", "20260202T080000Z Own 02-03 15:00 None"],
    ),
    "out for a while": (
        [
            event(MONDAYS),
            later("20260202T090000", "20260202T090000", "STATUS:CANCELLED"),
            later("20260216T090000", "20260217T090000"),
            single("20260209T090000", "20260210T150000"),
        ],
        [FIRST, "2 Later 02-17 09:00 FREQ=WEEKLY;BYDAY=TU", "20260209T080000Z Own 02-10 15:00 None"],
    ),
}


@pytest.mark.parametrize("name", SPANS)
def test_a_series_is_said_span_by_span(name: str) -> None:
    vevents, conferences = SPANS[name]
    assert shown(wants(*vevents)) == conferences


def test_several_are_in_the_dedicated_room_and_keep_their_own_length() -> None:
    found = wants(event(MONDAYS), later("20260202T090000", "20260202T090000").replace("PT30M", "PT2H"))
    assert [(w.room, w.tier, w.occasion.minutes) for w in found] == [("dedicated", 4, 30), ("dedicated", 4, 120)]


def test_exceptions_name_original_starts_and_happen_where_their_span_is() -> None:
    found = wants(
        event(MONDAYS, f"EXDATE;{TZID}:20260119T090000,20260209T090000"),
        later("20260202T090000", "20260203T110000"),
        single("20260216T090000", "20260218T150000"),
        single("20260223T090000", "20260223T090000", "STATUS:CANCELLED"),
    )
    instances = [[f"{i.instance:%m-%d %H:%M} {i.occasion and i.occasion.subject}" for i in w.instances] for w in found]
    assert instances == [["01-19 09:00 None"], ["02-10 11:00 None", "02-17 11:00 Own", "02-24 11:00 None"]]


def test_the_instance_itself_can_be_taken_out_or_changed_alone() -> None:
    moved = later("20260202T090000", "20260203T090000")
    assert shown(wants(event(MONDAYS, f"EXDATE;{TZID}:20260202T090000"), moved))[1].startswith("2 Later 02-10")
    assert shown(wants(event(MONDAYS), moved, single("20260202T090000", "20260204T120000"))) == [
        FIRST,
        "2 Later 02-10 09:00 FREQ=WEEKLY;BYDAY=TU",
        "20260203T080000Z Own 02-04 12:00 None",
    ]


def test_the_shift_is_on_the_clock_of_the_zone() -> None:
    [_, after] = wants(event("RRULE:FREQ=DAILY;COUNT=100"), later("20260327T090000", "20260327T023000"))
    assert (after.schedule, after.until) == ("FREQ=DAILY;COUNT=26", datetime(2026, 4, 21, 1, 0, tzinfo=UTC))


def test_a_shift_from_an_hour_that_the_clock_skips_is_the_one_that_is_written() -> None:
    same = later("20260329T023000", "20260329T023000")
    found = wants(event("RRULE:FREQ=DAILY", start="20260112T023000"), same)
    assert f"{found[1].occasion.start:%m-%d %H:%M}" == "03-29 02:30"
    utc = same.replace(f"{TZID}:20260329T023000", "X-A=1:20260329T013000Z")
    assert shown(wants(event("RRULE:FREQ=DAILY", start="20260112T023000"), utc)) == shown(found)


def test_a_time_that_comes_twice_can_be_meant_the_second_time() -> None:
    twice = later("20261025T090000", "20261025T013000Z").replace(f"START;{TZID}", "START")
    [_, after, itself] = wants(event("RRULE:FREQ=DAILY"), twice)
    assert f"{after.occasion.start:%m-%d %H:%M}" == "10-26 02:30"
    assert itself.occasion.start.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_instances_moved_onto_earlier_ones_are_one_meeting_with_them() -> None:
    found = wants(event("RRULE:FREQ=DAILY"), later("20260202T090000", "20260131T090000"))
    assert shown(found) == ["1 Weekly 01-12 09:00 FREQ=DAILY;UNTIL=20260201", "2 Later 01-31 09:00 FREQ=DAILY"]
    assert [f"{i.instance:%m-%d}" for i in found[0].instances] == ["01-31", "02-01"]


def test_a_span_that_is_over_takes_no_part() -> None:
    vevents = (event(MONDAYS), later("20260202T090000", "20260203T110000"))
    assert shown(wants(*vevents, now=datetime(2026, 3, 1, tzinfo=UTC))) == ["1 Later 03-03 11:00 FREQ=WEEKLY;BYDAY=TU"]


def test_what_was_sent_keeps_its_part_and_its_start_as_time_goes_by() -> None:
    vevents = (event(MONDAYS), later("20260202T090000", "20260203T110000"))
    sent = {w.part: Sent(w.rule, w.occasion.start, w.schedule, 4) for w in wants(*vevents)}
    then = wants(*vevents, now=datetime(2026, 3, 1, tzinfo=UTC), sent=sent)
    assert shown(then) == ["2 Later 02-03 11:00 FREQ=WEEKLY;BYDAY=TU"]


def test_a_further_change_leaves_the_spans_before_it_as_they_were() -> None:
    vevents = (event(MONDAYS), later("20260202T090000", "20260203T110000"))
    sent = {w.part: Sent(w.rule, w.occasion.start, w.schedule, 4) for w in wants(*vevents)}
    then = wants(
        *vevents, later("20260302T090000", "20260304T090000"), sent=sent, now=datetime(2026, 1, 20, tzinfo=UTC)
    )
    assert shown(then) == [
        FIRST,
        "2 Later 02-03 11:00 FREQ=WEEKLY;UNTIL=20260224;BYDAY=TU",
        "3 Later 03-04 09:00 FREQ=WEEKLY;BYDAY=WE",
    ]


def test_after_a_loss_each_conference_is_known_by_its_start() -> None:
    vevents = (event(MONDAYS), later("20260202T090000", "20260203T110000"))
    rule = rule_fingerprint(series(*vevents))
    sent = {w.part: Sent(rule, w.occasion.start, w.schedule, 4) for w in wants(*vevents)}
    swapped = {"5": sent["1"], "3": sent["2"]}
    then = wants(*vevents, now=datetime(2026, 1, 20, tzinfo=UTC), sent=swapped)
    assert shown(then) == ["3 Later 02-03 11:00 FREQ=WEEKLY;BYDAY=TU", FIRST.replace("1 ", "5 ", 1)]


def test_a_span_that_takes_several_schedules_gets_them() -> None:
    found = wants(event("RRULE:FREQ=MONTHLY;BYDAY=2MO,4MO"), later("20260309T090000", "20260309T110000"))
    assert [f"{w.part} {w.schedule}" for w in found] == [
        "1 FREQ=WEEKLY;UNTIL=20260223;INTERVAL=2;BYDAY=MO",
        "2 FREQ=MONTHLY;BYDAY=2MO",
        "3 FREQ=MONTHLY;BYDAY=4MO",
    ]


def test_more_spans_than_schedules_are_single_dates_of_all_of_them() -> None:
    changes = [later(f"2026{month:02}12T090000", f"2026{month:02}13T{month + 6:02}0000") for month in range(2, 10)]
    found = wants(event("RRULE:FREQ=MONTHLY"), *changes)
    assert {(w.tier, w.room, w.schedule) for w in found} == {(5, "dedicated", None)}
    assert [f"{w.occasion.start:%m-%d %H}" for w in found] == ["01-12 09", "02-13 08", "03-13 09", "04-13 10"]


def test_dates_that_were_sent_stay_dates_and_the_next_one_is_always_there() -> None:
    changes = [later(f"2026{month:02}12T090000", f"2026{month:02}13T{month + 6:02}0000") for month in range(2, 10)]
    sent = {w.part: Sent(w.rule, w.occasion.start, None, 5) for w in wants(event("RRULE:FREQ=MONTHLY"), *changes)}
    found = wants(event("RRULE:FREQ=MONTHLY;INTERVAL=8"), *changes, sent=sent)
    assert shown(found)[0].startswith("20260112T080000Z")


def test_every_span_has_a_fingerprint_of_its_own() -> None:
    found = series(event(MONDAYS), later("20260202T090000", "20260203T110000"))
    other = series(event(MONDAYS), later("20260202T090000", "20260203T120000"))
    rules = {rule_of(span.recurrence) for each in (found, other) for span in each.spans}
    assert len(rules) == 3


REFUSED = {
    "another zone": later("20260202T090000", "20260202T090000").replace(
        "START;TZID=Europe/Berlin", "START;TZID=America/New_York"
    ),
    "a start that can't be read": later("20260202T090000", "20260299T090000"),
    "an instance that can't be read": later("20260299T090000", "20260202T090000"),
    "a zone that nobody knows": later("20260202T090000", "20260202T090000").replace(
        "START;TZID=Europe/Berlin", "START;TZID=Nowhere"
    ),
    "far away": later("20260202T090000", "20270302T090000"),
    "back over very many": later("20261202T090000", "20260115T090000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_followed_is_refused(name: str) -> None:
    found = read(event("RRULE:FREQ=DAILY"), REFUSED[name])
    assert isinstance(found, Skipped)
    assert (found.problem.rule, found.recurrence_id) == ("override.this-and-future", None)


def test_very_many_changes_are_refused() -> None:
    changes = [later(f"2026{n // 28 + 1:02}{n % 28 + 1:02}T090000", "20260112T100000") for n in range(MAX_CHANGES + 1)]
    found = read(event("RRULE:FREQ=DAILY"), *changes)
    assert isinstance(found, Skipped)
    assert found.problem.rule == "override.this-and-future"


def test_an_instance_that_is_out_is_no_obstacle_to_a_series_moved_back() -> None:
    found = wants(
        event("RRULE:FREQ=DAILY"),
        single("20260131T090000", "20260131T090000", "STATUS:CANCELLED"),
        single("20260203T090000", "20260203T090000", "STATUS:CANCELLED"),
        later("20260202T090000", "20260131T090000"),
    )
    assert [[f"{i.instance:%m-%d}" for i in w.instances] for w in found] == [["01-31"], ["02-01"]]


def test_a_series_moved_back_onto_a_changed_instance_is_refused() -> None:
    found = read(
        event("RRULE:FREQ=DAILY"),
        single("20260131T090000", "20260131T150000"),
        later("20260202T090000", "20260131T090000"),
    )
    assert isinstance(found, Skipped)
    assert "changed by itself" in found.problem.reason


def test_an_override_alone_can_not_be_followed() -> None:
    found = read(later("20260202T090000", "20260202T110000"))
    assert isinstance(found, Skipped)
    assert found.problem.rule == "override.this-and-future"


def test_what_becomes_all_day_from_there_on_is_out_and_says_why() -> None:
    all_day = later("20260202T090000", "20260202").replace(f"START;{TZID}", "START;VALUE=DATE")
    found = series(event(MONDAYS), all_day)
    assert [(each.recurrence_id, each.problem.rule) for each in found.skipped] == [("20260202T090000", "event.all-day")]
    assert [each.recurrence_text for each in found.overrides] == ["20260202T090000"]


def test_nothing_is_asked_where_all_of_it_is_out() -> None:
    found = read(event(MONDAYS), later("20260112T090000", "20260112T090000", "STATUS:CANCELLED"))
    assert isinstance(found, Unasked)


def test_of_what_happens_once_it_is_an_override_like_any() -> None:
    [one] = wants(event(), later("20260112T090000", "20260113T100000"))
    assert (one.part, one.occasion.subject, one.schedule) == ("m", "Later", None)


def test_it_takes_the_dedicated_room() -> None:
    found = wanted(
        series(event(MONDAYS), later("20260202T090000", "20260202T110000")),
        policy=ConferencePolicy(irregular="skip"),
        sent={},
        cancelled=frozenset(),
        now=NOW,
    )
    assert isinstance(found, Misfit)
    assert found.rule == "override.this-and-future"

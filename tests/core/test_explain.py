"""What a rule becomes on the platform, and why."""

import re
from datetime import date, datetime
from itertools import islice
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from support.corpus import corpus_files

from calbridge.core.explain import DATES, REFUSED, Explanation, explain_rule, next_instance, on_platform
from calbridge.core.model import Meeting, Occasion, Recurrence
from calbridge.core.rewording import listed, moment, why
from calbridge.core.wanted import Wanted

PARIS = ZoneInfo("Europe/Paris")
MONDAY = "2026-01-05T09:00"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def _explain(rule: str, start: str = MONDAY) -> Explanation:
    return explain_rule(rule, _at(start))


def _schedules(explanation: Explanation) -> list[str | None]:
    return [each.schedule for each in explanation.conferences]


@pytest.mark.parametrize(
    ("rule", "start", "tier", "schedule", "reason"),
    [
        ("FREQ=DAILY", MONDAY, 1, "FREQ=DAILY", "the platform takes the rule as it stands"),
        ("FREQ=WEEKLY", MONDAY, 2, "FREQ=WEEKLY;BYDAY=MO", "rewritten: the first day makes BYDAY=MO"),
        (
            "FREQ=YEARLY;INTERVAL=2",
            MONDAY,
            2,
            "FREQ=MONTHLY;INTERVAL=24;BYMONTHDAY=5",
            "rewritten: FREQ=YEARLY is MONTHLY;INTERVAL=24 there; the first day makes BYMONTHDAY=5",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1",
            "2026-01-30T09:00",
            2,
            "FREQ=MONTHLY;BYDAY=-1FR",
            "rewritten: BYSETPOS=-1 becomes BYDAY=-1FR",
        ),
        (
            "FREQ=DAILY;BYDAY=MO,FR;BYHOUR=9",
            MONDAY,
            2,
            "FREQ=WEEKLY;BYDAY=MO,FR",
            "rewritten: FREQ=DAILY is WEEKLY there; the time of day is that of the start",
        ),
        (
            "FREQ=WEEKLY;BYDAY=WE;UNTIL=20260113T230000Z",
            "2026-01-07T00:00",
            1,
            "FREQ=WEEKLY;UNTIL=20260114;BYDAY=WE",
            "the platform takes the rule as it stands; UNTIL becomes the local date of the last instance, 2026-01-14",
        ),
    ],
)
def test_it_says_what_is_sent_and_why(rule: str, start: str, tier: int, schedule: str, reason: str) -> None:
    explanation = _explain(rule, start)

    assert (explanation.tier, _schedules(explanation), explanation.reason) == (tier, [schedule], reason)
    assert explanation.misfit is None


@pytest.mark.parametrize(
    ("rule", "misfit", "reason"),
    [
        ("FREQ=HOURLY", "rrule.frequency", "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "rrule.never", "no day is as the rule says"),
        (
            "FREQ=SOMETIMES",
            "rrule.syntax",
            "Schedule FREQ must be DAILY, WEEKLY or MONTHLY; FREQ=SOMETIMES does not exist",
        ),
    ],
)
def test_a_refused_rule_says_why_and_what_would_work(rule: str, misfit: str, reason: str) -> None:
    explanation = _explain(rule)

    assert explanation.misfit is not None
    assert (explanation.tier, explanation.misfit.rule, explanation.reason) == (REFUSED, misfit, reason)
    assert explanation.misfit.hint
    assert explanation.conferences == explanation.upcoming == explanation.pairs == ()


def test_the_next_ten_instances_are_those_of_both_sides() -> None:
    explanation = _explain("FREQ=WEEKLY;BYDAY=SU", "2026-03-22T02:30")

    assert [moment(each) for each in explanation.upcoming[:3]] == [
        "2026-03-22 02:30",
        "2026-03-29 03:30",  # the clocks skip half past two
        "2026-04-05 02:30",
    ]
    assert explanation.pairs == tuple((each, each) for each in explanation.upcoming)
    assert len(explanation.pairs) == 10


def test_a_rule_that_ends_shows_what_it_has() -> None:
    assert len(_explain("FREQ=DAILY;COUNT=3").pairs) == 3


@pytest.mark.parametrize(
    ("rule", "start", "said", "missing", "extra"),
    [
        # midnight of the 14th in Paris is still the 13th in UTC
        ("FREQ=WEEKLY;BYDAY=WE;UNTIL=20260113T230000Z", "2026-01-07T00:00", "UNTIL=20260113", "2026-01-14 00:00", ""),
        # ten in the morning is after the end that the rule gives
        ("FREQ=DAILY;UNTIL=20260107T080000Z", "2026-01-05T10:00", "UNTIL=20260107", "", "2026-01-07 10:00"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", MONDAY, "BYDAY=TU", "2026-01-05 09:00", "2026-01-13 09:00"),
    ],
)
def test_it_says_what_the_rules_own_words_would_have_meant(
    rule: str, start: str, said: str, missing: str, extra: str
) -> None:
    [unrewritten] = _explain(rule, start).unrewritten

    assert said in unrewritten.schedule
    assert (listed(unrewritten.missing), listed(unrewritten.extra)) == (missing, extra)


def test_it_says_what_a_week_that_begins_on_sunday_would_have_become() -> None:
    as_it_stands, without_wkst = _explain("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO").unrewritten

    assert as_it_stands.refusal is not None
    assert without_wkst.schedule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU"
    assert moment(without_wkst.missing[0]) == "2026-01-18 09:00"
    assert moment(without_wkst.extra[0]) == "2026-01-11 09:00"


def test_it_says_that_the_platform_would_refuse_the_rules_own_words() -> None:
    [unrewritten] = _explain("FREQ=YEARLY").unrewritten

    assert unrewritten.refusal is not None
    assert unrewritten.refusal.reason == "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"


def test_nothing_is_said_of_words_that_mean_the_same() -> None:
    assert _explain("FREQ=WEEKLY;COUNT=5;BYDAY=MO,WE").unrewritten == ()


def test_the_year_begins_with_the_month_of_the_next_instance() -> None:
    year = _explain("FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=5").year

    assert year is not None
    assert year.first == date(2026, 1, 1)
    assert year.held == {date(2026, 1, 5), date(2026, 6, 5), date(2026, 11, 5)}


def test_the_next_instance_is_one_of_the_rule() -> None:
    assert next_instance("FREQ=WEEKLY;BYDAY=FR", _at(MONDAY)) == _at("2026-01-09T09:00")
    assert next_instance("FREQ=DAILY;BYHOUR=8", _at(MONDAY)) == _at("2026-01-06T08:00")
    assert next_instance("FREQ=HOURLY", _at(MONDAY)) == _at(MONDAY)


def test_many_instances_are_named_by_the_first_ones() -> None:
    assert listed([date(2026, 1, day) for day in range(1, 6)]) == "2026-01-01, 2026-01-02, 2026-01-03 and 2 more"


def test_both_sides_agree_on_every_rule_of_the_corpus() -> None:
    found = (re.findall(rb"^RRULE:(\S+)", path.read_bytes(), re.MULTILINE) for path in corpus_files())
    rules = sorted({rule.decode("ascii", "replace") for rules in found for rule in rules})

    explanations = [explain_rule(rule, next_instance(rule, _at(MONDAY))) for rule in rules]

    assert len(rules) > 300
    for rule, explanation in zip(rules, explanations, strict=True):
        assert explanation.reason, rule
        if explanation.tier not in {DATES, REFUSED}:
            assert all(own == platform for own, platform in explanation.pairs), rule


def _wanted(start: str, schedule: str | None, tier: int) -> Wanted:
    return Wanted("1", None, Occasion(_at(start), 60, "", ""), schedule, tier, None, "")


def test_several_schedules_and_single_dates_are_told_together() -> None:
    meeting = Meeting("", "", "", Occasion(_at(MONDAY), 60, "", ""), Recurrence(_at(MONDAY)), (), None, frozenset(), 0)
    conferences = (
        _wanted("2026-01-07T09:00", None, 4),
        _wanted("2026-01-05T09:00", "FREQ=MONTHLY;BYDAY=1MO", 4),
        _wanted("2026-01-19T09:00", "FREQ=MONTHLY;BYDAY=3MO", 4),
    )

    found = islice(on_platform(meeting, conferences, _at(MONDAY)), 4)

    assert [moment(each)[:10] for each in found] == ["2026-01-05", "2026-01-07", "2026-01-19", "2026-02-02"]
    assert why(meeting, conferences) == (
        "one schedule can't say it: 2 schedules and 1 single date do together, in the dedicated room"
    )
    assert why(meeting, [_wanted(MONDAY, None, DATES)] * 3) == (
        "no schedules say it: 3 conferences on single dates, topped up as time goes by"
    )


def test_a_rule_that_fires_every_second_is_told_at_once() -> None:
    hours, sixty = ",".join(map(str, range(24))), ",".join(map(str, range(60)))
    begin = process_time()

    explanation = _explain(f"FREQ=DAILY;BYHOUR={hours};BYMINUTE={sixty};BYSECOND={sixty}")

    assert process_time() - begin < 1
    assert (explanation.tier, explanation.upcoming, explanation.year) == (REFUSED, (), None)

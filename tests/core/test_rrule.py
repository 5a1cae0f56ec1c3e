"""Reading RRULE values: what is forgiven, and what is refused with which reason."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.core.days import Weekday
from calbridge.core.problem import Misfit
from calbridge.core.rrule import Rule, parse

EACH = ",".join(map(str, range(60)))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", Rule("WEEKLY", byday=(Weekday(0, 0),))),
        ("freq=weekly; byday=mo ;", Rule("WEEKLY", byday=(Weekday(0, 0),))),
        ("FREQ=WEEKLY;BYDAY=MO;X-OURS=1;BYDAY=MO", Rule("WEEKLY", byday=(Weekday(0, 0),))),
        ("FREQ=MONTHLY;BYDAY=+2WE,-1FR,+2WE", Rule("MONTHLY", byday=(Weekday(-1, 4), Weekday(2, 2)))),
        ("FREQ=DAILY;UNTIL=20260131", Rule("DAILY", until=date(2026, 1, 31))),
        ("FREQ=DAILY;UNTIL=20260131T080000Z", Rule("DAILY", until=datetime(2026, 1, 31, 8, tzinfo=UTC))),
        ("FREQ=DAILY;UNTIL=20261231T235960Z", Rule("DAILY", until=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))),
        (f"FREQ=DAILY;BYHOUR={'9,' * 2000}9", Rule("DAILY", byhour=(9,))),
        (
            "FREQ=DAILY;UNTIL=20260131T080000",
            Rule("DAILY", until=datetime(2026, 1, 31, 8, tzinfo=UTC).replace(tzinfo=None)),
        ),
        ("FREQ=YEARLY;BYMONTH=3,1,3;WKST=SU", Rule("YEARLY", bymonth=(1, 3), wkst=6)),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD", Rule("MONTHLY", skip="BACKWARD")),
    ],
)
def test_rules_are_read_leniently(text: str, rule: Rule) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("text", "misfit"),
    [
        ("FREQ=SECONDLY", "rrule.frequency"),
        ("FREQ=HOURLY;INTERVAL=0", "rrule.frequency"),
        ("FREQ=DAILY;INTERVAL=0", "rrule.interval"),
        ("FREQ=DAILY;INTERVAL=-1", "rrule.syntax"),
        ("FREQ=DAILY;COUNT=0", "rrule.syntax"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260131", "rrule.syntax"),
        (f"FREQ=DAILY;BYHOUR={EACH[:61]};BYMINUTE={EACH};BYSECOND={EACH}", "rrule.times"),
        ("FREQ=DAILY;COUNT=3;COUNT=4", "rrule.syntax"),
        ("FREQ=DAILY;UNTIL=20123456T123456", "rrule.syntax"),
        ("FREQ=FORTNIGHTLY", "rrule.syntax"),
        ("INTERVAL=2", "rrule.syntax"),
        ("", "rrule.syntax"),
        ("RRULE:AnythingRandom;FREQ=WEEKLY", "rrule.syntax"),
        ("FREQ=WEEKLY;BYDAY=", "rrule.syntax"),
        ("FREQ=WEEKLY;BYDAY=MO=", "rrule.syntax"),
        ("FREQ=WEEKLY;BYDAY=1MO", "rrule.syntax"),
        ("FREQ=WEEKLY;BYMONTHDAY=20", "rrule.syntax"),
        ("FREQ=MONTHLY;BYDAY=0MO", "rrule.syntax"),
        ("FREQ=MONTHLY;BYYEARDAY=14", "rrule.syntax"),
        ("FREQ=YEARLY;BYWEEKNO=10;BYDAY=1MO", "rrule.syntax"),
        ("FREQ=YEARLY;BYMONTH=5L", "rrule.syntax"),
        ("FREQ=YEARLY;BYHOUR=-1", "rrule.syntax"),
        ("FREQ=YEARLY;SKIP=FORWARD", "rrule.syntax"),
        ("RSCALE=HEBREW;FREQ=YEARLY;BYMONTH=5L", "rrule.rscale"),
        ("FREQ=DAILY;" + "BYHOUR=1," * 1000, "rrule.limit"),
    ],
)
def test_what_is_wrong_or_ambiguous_is_refused(text: str, misfit: str) -> None:
    refused = parse(text)

    assert isinstance(refused, Misfit)
    assert refused.rule == misfit
    assert refused.reason
    assert refused.hint


def test_what_a_rule_leaves_open_is_as_in_dtstart() -> None:
    rule = Rule("DAILY", byminute=(0, 30), bysecond=(59, 60))

    assert rule.times(9 * 3600 + 15 * 60 + 7) == [9 * 3600 + 59, 9 * 3600 + 30 * 60 + 59]  # second 60 is read as 59


PARTS = st.sampled_from(
    ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "WKST", "RSCALE", "X-A"]
)


@given(st.lists(st.tuples(PARTS, st.text(max_size=12) | st.sampled_from(["DAILY", "1", "-1", "MO"])), max_size=6))
def test_any_text_is_a_rule_or_a_misfit(parts: list[tuple[str, str]]) -> None:
    assert isinstance(parse(";".join(f"{name}={value}" for name, value in parts)), Rule | Misfit)

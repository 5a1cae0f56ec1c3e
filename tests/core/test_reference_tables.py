"""The reference's two tables of schedules, row by row: its examples, and its errors, on both sides."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calbridge.core import rrule
from calbridge.core import schedule as bridge
from calbridge.core.model import Recurrence, Series
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import translate
from calbridge.enterprise.messages import ScheduleMessage
from calbridge.sandbox import expansion
from calbridge.sandbox import schedule as sandbox
from calbridge.sandbox.refusals import Refused

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "enterprise-api.txt"
TORONTO = ZoneInfo("America/Toronto")

# the reference's example, the day it begins, and calendars' other words for it
EXAMPLES = {
    "FREQ=DAILY;INTERVAL=2": ("2021-09-19", ("FREQ=DAILY;WKST=SU;INTERVAL=2", "FREQ=DAILY;BYHOUR=13;INTERVAL=2")),
    "FREQ=DAILY;UNTIL=20211231": (
        "2021-09-19",
        ("FREQ=DAILY;UNTIL=20220101T045959Z", "FREQ=DAILY;UNTIL=20211231T130000", "FREQ=DAILY;COUNT=104"),
    ),
    "FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE": (
        "2021-09-20",
        ("FREQ=WEEKLY;BYDAY=WE,MO;COUNT=10;WKST=SU", "FREQ=DAILY;BYDAY=MO,WE;COUNT=10"),
    ),
    "FREQ=MONTHLY;COUNT=10;INTERVAL=2;BYDAY=2WE": (
        "2021-10-13",
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=+2WE;COUNT=10", "FREQ=MONTHLY;INTERVAL=2;BYDAY=WE;BYSETPOS=2;COUNT=10"),
    ),
    "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYDAY=-1FR": (
        "2021-09-24",
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=10", "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1;COUNT=10"),
    ),
    "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYMONTHDAY=10": (
        "2021-10-10",
        ("FREQ=MONTHLY;COUNT=10", "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYMONTHDAY=10;COUNT=10"),
    ),
    "FREQ=MONTHLY;BYMONTHDAY=-3": ("2021-09-28", ("FREQ=MONTHLY;BYMONTHDAY=-1,-2,-3;BYSETPOS=1",)),
}

# what is wrong with a schedule, by the message for it
ERRORS = {
    ScheduleMessage.UNPARSABLE: (
        "FREQ",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=3;UNTIL=20211231",
        "FREQ=DAILY;UNTIL=20210230",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=WEEKLY;BYDAY=MO;WKST=SU",
        "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
    ),
    ScheduleMessage.FREQUENCY: ("FREQ=YEARLY", "FREQ=HOURLY;COUNT=3", "FREQ=SECONDLY", "COUNT=3"),
    ScheduleMessage.MONTHLY_BYDAY_ONE: ("FREQ=MONTHLY;BYDAY=1MO,3MO", "FREQ=MONTHLY;BYDAY=MO,TU"),
    ScheduleMessage.MONTHLY_BYMONTHDAY_ONE: ("FREQ=MONTHLY;BYMONTHDAY=1,15",),
    ScheduleMessage.MONTHLY_EITHER: ("FREQ=MONTHLY;BYDAY=2WE;BYMONTHDAY=10",),
    ScheduleMessage.MONTHLY_BYDAY_NUMBER: ("FREQ=MONTHLY;BYDAY=WE",),
    ScheduleMessage.MONTHLY_NEEDS_DAY: ("FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=2;COUNT=3"),
    ScheduleMessage.WEEKLY_NEEDS_DAY: ("FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2"),
}


def _rows(heading: str) -> list[list[str]]:
    """The rows of the reference's table under this heading."""
    if not REFERENCE.exists():
        pytest.skip("shared/reference is not here")
    rows = REFERENCE.read_text().partition(heading)[2].splitlines()[1:]
    table = rows[: next((number for number, row in enumerate(rows) if not row.startswith("|")), len(rows))]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table if "---" not in row]


def test_every_example_of_the_reference_is_in_our_table() -> None:
    assert [rule for _, rule in _rows("| Description | Example Rule |")] == list(EXAMPLES)


def test_every_schedule_error_of_the_reference_is_in_our_table() -> None:
    documented = [row[0] for row in _rows("when the schedule parameter is included:")[1:]]

    # the first is about a request, not about a schedule: test_sandbox_series has it
    assert documented == [ScheduleMessage.MASTER_ONLY, *ERRORS]


def _start(day: str) -> datetime:
    return datetime.fromisoformat(f"{day} 13:00:00").replace(tzinfo=TORONTO)


@pytest.mark.parametrize(("rule", "day"), [(rule, day) for rule, (day, _) in EXAMPLES.items()])
def test_both_sides_read_an_example_and_say_the_same_instants(rule: str, day: str) -> None:
    ours, theirs = bridge.parse(rule), sandbox.parse(rule)
    assert isinstance(ours, bridge.Schedule)
    assert bridge.parse(str(theirs)) == ours == bridge.parse(bridge.text(ours))
    start, last = _start(day), date(2024, 1, 1)

    by_sandbox = [
        expansion.instant(at, TORONTO) for at in expansion.wall_times(theirs, start.replace(tzinfo=None), last)
    ]
    by_bridge = bridge.expand(ours, start, after=None, before=datetime(2024, 1, 2, tzinfo=TORONTO))

    assert [at.astimezone(UTC) for at in by_bridge] == by_sandbox
    assert by_sandbox[0] == start


@pytest.mark.parametrize(
    ("example", "day", "words"),
    [(rule, day, words) for rule, (day, others) in EXAMPLES.items() for words in (rule, *others)],
)
def test_calendar_rules_that_mean_an_example_are_translated_to_it(example: str, day: str, words: str) -> None:
    start = _start(day)

    series = translate(
        Recurrence(start, (words,)),
        changed=frozenset(),
        cancelled=frozenset(),
        now=start - timedelta(days=1),
        anchor=None,
    )

    assert isinstance(series, Series)
    assert series.start == start
    said = bridge.parse(series.schedule or "")
    assert _without_end(said) == _without_end(bridge.parse(example))
    assert ("COUNT" in example) <= (series.end is not None)


def _without_end(said: bridge.Schedule | Misfit) -> str:
    assert isinstance(said, bridge.Schedule)
    return re.sub("(COUNT|UNTIL)=[0-9]+;?", "", bridge.text(said)).rstrip(";")


@pytest.mark.parametrize(("message", "rule"), [(message, rule) for message, rules in ERRORS.items() for rule in rules])
def test_both_sides_refuse_a_bad_schedule_in_the_words_of_the_reference(message: ScheduleMessage, rule: str) -> None:
    ours = bridge.parse(rule)
    with pytest.raises(Refused) as theirs:
        sandbox.parse(rule)

    assert isinstance(ours, Misfit)
    said = (ours.reason, theirs.value.message)
    if message is ScheduleMessage.UNPARSABLE:
        assert all(each.startswith(f"{message} ") for each in said)  # details follow
    else:
        assert said == (message, message)


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        (message, rule)
        for message in (ScheduleMessage.UNPARSABLE, ScheduleMessage.FREQUENCY)
        for rule in ERRORS[message]
        if isinstance(rrule.parse(rule), Misfit)
    ],
)
def test_a_calendars_rule_that_can_not_be_rewritten_is_refused_in_the_words_of_the_reference(
    message: ScheduleMessage, rule: str
) -> None:
    refused = rrule.parse(rule)

    assert isinstance(refused, Misfit)
    assert refused.reason.startswith(message)

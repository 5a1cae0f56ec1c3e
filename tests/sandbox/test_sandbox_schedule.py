import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sandbox_schedules import PATTERNS

from calbridge.sandbox.refusals import Refused
from calbridge.sandbox.schedule import Pattern, Schedule, parse

PARSE = "Failed to parse the schedule rule. "

REFUSED = {
    "FREQ=YEARLY": "Schedule FREQ must be DAILY, WEEKLY or MONTHLY",
    "FREQ=SECONDLY;COUNT=3": "Schedule FREQ must be DAILY, WEEKLY or MONTHLY",
    "INTERVAL=2": "Schedule FREQ must be DAILY, WEEKLY or MONTHLY",
    "FREQ=WEEKLY": "Schedule WEEKLY must include BYDAY",
    "FREQ=MONTHLY": "Schedule MONTHLY must include BYDAY or BYMONTHDAY",
    "FREQ=MONTHLY;BYDAY=1MO,3MO": "Schedule MONTHLY BYDAY only supports one item",
    "FREQ=MONTHLY;BYMONTHDAY=1,15": "Schedule MONTHLY BYMONTHDAY only supports one item",
    "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1": "Schedule MONTHLY supports BYDAY or BYMONTHDAY, cannot use both",
    "FREQ=MONTHLY;BYDAY=MO": "Schedule MONTHLY BYDAY must include number and day",
    "": PARSE + "'' is not NAME=VALUE",
    "garbage": PARSE + "'GARBAGE' is not NAME=VALUE",
    "RRULE:FREQ=DAILY": PARSE + "RRULE:FREQ is not supported",
    "FREQ=DAILY;": PARSE + "'' is not NAME=VALUE",
    "FREQ=DAILY;WKST=MO": PARSE + "WKST is not supported",
    "FREQ=DAILY;FREQ=DAILY": PARSE + "FREQ is given twice",
    "FREQ=DAILY;INTERVAL=0": PARSE + "INTERVAL must be a positive number",
    "FREQ=DAILY;INTERVAL=-1": PARSE + "INTERVAL must be a positive number",
    "FREQ=DAILY;COUNT=0": PARSE + "COUNT must be a positive number",
    "FREQ=DAILY;COUNT=3;UNTIL=20260110": PARSE + "COUNT and UNTIL can't both be given",
    "FREQ=DAILY;UNTIL=20260110T090000Z": PARSE + "UNTIL must be just a date, as 20211231",
    "FREQ=DAILY;UNTIL=20260230": PARSE + "UNTIL is not a date of the calendar",
    "FREQ=DAILY;BYDAY=MO": PARSE + "BYDAY is not supported for DAILY",
    "FREQ=WEEKLY;BYMONTHDAY=1": PARSE + "BYMONTHDAY is only supported for MONTHLY",
    "FREQ=WEEKLY;BYDAY=2MO": PARSE + "'2MO' is not a day of the week",
    "FREQ=MONTHLY;BYDAY=6MO": PARSE + "A month has weeks 1 to 5, or -1 to -5 from its end",
    "FREQ=MONTHLY;BYDAY=0MO": PARSE + "A month has weeks 1 to 5, or -1 to -5 from its end",
    "FREQ=MONTHLY;BYDAY=XX": PARSE + "'XX' is not a week number and a day",
    "FREQ=MONTHLY;BYMONTHDAY=32": PARSE + "BYMONTHDAY must be 1 to 31, or -1 to -31 from the month's end",
    "FREQ=MONTHLY;BYMONTHDAY=0": PARSE + "BYMONTHDAY must be 1 to 31, or -1 to -31 from the month's end",
}

# the reference's own examples, and how they come back
REFORMATTED = {
    "FREQ=DAILY;INTERVAL=2": "FREQ=DAILY;INTERVAL=2",
    "FREQ=DAILY;UNTIL=20211231": "FREQ=DAILY;UNTIL=20211231;INTERVAL=1",
    "FREQ=WEEKLY;COUNT=10;BYDAY=MO,WE": "FREQ=WEEKLY;COUNT=10;INTERVAL=1;BYDAY=MO,WE",
    "FREQ=MONTHLY;COUNT=10;INTERVAL=2;BYDAY=2WE": "FREQ=MONTHLY;COUNT=10;INTERVAL=2;BYDAY=2WE",
    "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYDAY=-1FR": "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYDAY=-1FR",
    "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYMONTHDAY=10": "FREQ=MONTHLY;COUNT=10;INTERVAL=1;BYMONTHDAY=10",
    "FREQ=MONTHLY;BYMONTHDAY=-3": "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-3",
    "BYDAY=MO,SU,MO;freq=weekly": "FREQ=WEEKLY;INTERVAL=1;BYDAY=SU,MO",
}

PIECES = ["FREQ=", "DAILY", "MONTHLY", ";", "BYDAY=", "-1", "3", "MO", ",", "BYMONTHDAY=", "COUNT=", "\u0663"]

ENDS = st.one_of(
    st.just({}), st.builds(lambda n: {"count": n}, st.integers(1, 99)), st.builds(lambda d: {"until": d}, st.dates())
)


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_a_schedule_outside_the_subset_is_refused_in_the_documents_words(text: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(text)

    assert refused.value.message == message


@pytest.mark.parametrize(("text", "written"), REFORMATTED.items())
def test_a_schedule_comes_back_in_the_platforms_own_form(text: str, written: str) -> None:
    assert str(parse(text)) == written


@given(PATTERNS, st.integers(1, 400), ENDS)
def test_what_is_written_reads_back_as_the_same_schedule(pattern: Pattern, interval: int, end: dict[str, int]) -> None:
    schedule = Schedule(pattern, interval, **end)  # type: ignore[arg-type]  # count or until, each of its own type

    assert parse(str(schedule)) == schedule


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        again = parse(text)
    except Refused:
        return
    assert parse(str(again)) == again

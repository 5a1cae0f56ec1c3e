"""Random events as time goes by: what was sent stays, and what the platform's subset says is one schedule."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.judge import Event
from support.random_events import NOW, ZONES, events, meeting_of
from support.sandbox_schedules import PATTERNS
from support.wants import sent_of, wanted_of

from calbridge.core import schedule
from calbridge.core.model import Recurrence, Series
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import translate
from calbridge.core.wanted import Sent, Wanted
from calbridge.sandbox.expansion import first_date
from calbridge.sandbox.schedule import Pattern, Schedule


def conferences(meant: Event, now: datetime, sent: dict[str, Sent]) -> tuple[Wanted, ...]:
    found = wanted_of(meeting_of(meant), now, sent)
    assume(not isinstance(found, Misfit))
    assert not isinstance(found, Misfit)
    return found


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(events(), st.sampled_from((1, 9, 60)))
def test_series_stay_as_they_were_sent(meant: Event, weeks: int) -> None:
    first = {each.part: each for each in conferences(meant, NOW, {})}

    later = conferences(meant, NOW + timedelta(weeks=weeks), sent_of(tuple(first.values())))

    for each in later:
        before = first.get(each.part)
        if each.schedule is not None:
            assert before is not None, each.schedule
            assert (before.occasion.start, before.schedule) == (each.occasion.start, each.schedule)


@settings(max_examples=200)
@given(PATTERNS, st.integers(1, 6), st.sampled_from((None, 5, 40)), st.integers(0, 400), st.sampled_from(ZONES))
def test_a_rule_of_the_subset_is_sent_word_for_word(
    pattern: Pattern, interval: int, count: int | None, days: int, zone: str
) -> None:
    said = Schedule(pattern, interval, count)
    first = first_date(said, NOW.date() + timedelta(days=1 + days))
    assume(first is not None and first.year < NOW.year + 28)
    assert first is not None
    start = datetime.combine(first, time(9), ZoneInfo(zone))

    series = translate(
        Recurrence(start, (str(said),)), changed=frozenset(), cancelled=frozenset(), now=NOW, anchor=None
    )

    assert isinstance(series, Series)
    assert (series.tier, series.start) == (1, start)
    assert schedule.same(series.schedule or "", str(said))

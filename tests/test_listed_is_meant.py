"""Random events, the full way: what the platform lists after our requests is what the calendar event means.

iCalendar text -> event -> meeting -> wanted conferences -> the sandbox in this process -> its listing, compared with a
judge who walks day by day (`support.judge`). The sandbox expands schedules with code of its own.

    CALBRIDGE_LONG=1 CALBRIDGE_SEED=1 pytest tests/test_listed_is_meant.py -m long -s     # 50,000 events of that seed
"""

import os
import time
from collections import Counter
from datetime import datetime, timedelta
from functools import cache

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from support.in_process import InProcess
from support.judge import Event
from support.random_events import FIRST, LAST, NOW, WINDOW, events, meeting_of
from support.wants import HORIZON, wanted_of

from calbridge.core.dates import MAX_CONFERENCES
from calbridge.core.problem import Misfit

END = NOW + WINDOW
CHUNK, CHUNKS = 1_000, 50  # hypothesis slows down as it remembers more
Starts = list[tuple[datetime, int]]


@cache
def sandbox() -> InProcess:
    return InProcess()


def outcome(meant: Event, *, first_child: bool) -> str:
    """Compare, and say what became of it: its tier, or the rule that stands against it."""
    found = wanted_of(meeting_of(meant), NOW)
    if isinstance(found, Misfit):
        return found.rule
    listed = sandbox().listing_after(found, NOW, first_child=first_child)
    starts = sorted((each.starts, each.minutes) for each in listed if NOW <= each.starts < END)
    whole = meant.meant(FIRST, LAST)
    due = [each for each in whole if NOW <= each[0] < END]
    tier = max((each.tier for each in found), default=0)
    if tier < 5:
        assert starts == due
    else:
        _check_dates(starts, due, whole)
    return f"tier {tier}" if tier else "over"


def _check_dates(starts: Starts, due: Starts, whole: Starts) -> None:
    """Dates that roll: the first ones that are meant, all of the near future but for the cap."""
    longest = timedelta(minutes=max((minutes for _, minutes in whole), default=0))
    running = sum(NOW - longest <= at < NOW for at, _ in whole)
    horizon = max(NOW + HORIZON, *(at for at, _ in due[:1]), NOW)
    near = sum(at <= horizon for at, _ in due)

    assert starts == due[: len(starts)]
    assert min(near, MAX_CONFERENCES - running) <= len(starts) <= min(near, MAX_CONFERENCES)


def tally_of(examples: int, number: int | None) -> Counter[str]:
    """Check that many random events, those of seed `number` or any; how many came to what."""
    tally: Counter[str] = Counter()

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(events(), st.booleans())
    def check(meant: Event, first_child: bool) -> None:
        tally[outcome(meant, first_child=first_child)] += 1

    (check if number is None else seed(number)(check))()
    return tally


def report(tally: Counter[str], seconds: float) -> None:
    """Print the table of tiers, and of rules that stand against an event."""
    print(f"\n{tally.total()} random events, {seconds:.0f} s of processor time")  # noqa: T201 - shown by pytest -s
    for name, count in sorted(tally.items()):
        print(f"  {name:20} {count:7} {count / tally.total():6.1%}")  # noqa: T201 - likewise


def check_shares(tally: Counter[str]) -> None:
    """Few are refused: what never happens, ends in more than 200 years, or an EXRULE that takes out several a day."""
    refused = {name: count for name, count in tally.items() if not name.startswith("tier") and name != "over"}
    assert refused.keys() <= {"rrule.never", "rrule.limit"}
    assert sum(refused.values()) < 0.05 * tally.total()
    assert all(tally[f"tier {tier}"] > 0.03 * tally.total() for tier in (1, 2, 3, 4, 5))


def test_what_the_platform_lists_is_what_the_event_means() -> None:
    begin = time.process_time()
    tally = tally_of(2_000, None)
    report(tally, time.process_time() - begin)

    check_shares(tally)


@pytest.mark.long
@pytest.mark.skipif("CALBRIDGE_LONG" not in os.environ, reason="takes half an hour: set CALBRIDGE_LONG=1")
def test_the_same_for_very_many_events() -> None:
    begin, tally = time.process_time(), Counter[str]()
    first = int(os.environ.get("CALBRIDGE_SEED", "0")) * CHUNKS
    for number in range(first, first + CHUNKS):
        tally += tally_of(CHUNK, number)
        print(f"seed {number}: {tally.total()} events", flush=True)  # noqa: T201 - progress, shown by pytest -s
    report(tally, time.process_time() - begin)

    check_shares(tally)

"""Recurrences as the single dates of the near future: which, how many, and how they roll on."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calbridge.core.dates import MAX_CONFERENCES, list_dates
from calbridge.core.model import Recurrence, Several
from calbridge.core.problem import Misfit

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, 9, tzinfo=BERLIN)
IRREGULAR = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1"


def _at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(hour=9, tzinfo=BERLIN)


def _listed(
    rule: str,
    since: datetime = MONDAY,
    *,
    days: int = 120,
    changed: dict[datetime, datetime] | None = None,
    cancelled: tuple[datetime, ...] = (),
) -> Several:
    listed = list_dates(
        Recurrence(MONDAY, (rule,)),
        changed=changed or {},
        cancelled=frozenset(cancelled),
        since=since,
        now=since,
        until=since + timedelta(days=days),
    )
    assert isinstance(listed, Several)
    return listed


def test_the_instances_within_the_horizon_are_listed() -> None:
    listed = _listed(IRREGULAR)

    assert (listed.tier, listed.series) == (5, {})
    assert listed.dates == tuple(map(_at, ("2026-01-05", "2026-02-02", "2026-03-02", "2026-04-01", "2026-05-01")))


def test_a_week_later_only_what_comes_into_view_is_added() -> None:
    first = _listed(IRREGULAR)

    later = _listed(IRREGULAR, MONDAY + timedelta(weeks=4))

    assert later.dates == (*first.dates[1:], _at("2026-06-01"))


def test_the_next_instance_is_listed_however_far_away() -> None:
    assert _listed("FREQ=YEARLY;BYWEEKNO=20", _at("2026-06-01"), days=1).dates == (_at("2027-05-17"),)


def test_the_next_instance_is_listed_even_while_one_is_running() -> None:
    listed = list_dates(
        Recurrence(MONDAY, ("FREQ=YEARLY;BYWEEKNO=2",)),
        changed={},
        cancelled=frozenset(),
        since=MONDAY,
        now=MONDAY + timedelta(minutes=59),
        until=MONDAY + timedelta(days=9),
    )

    assert listed == Several(5, {}, (MONDAY, datetime(2027, 1, 11, 9, tzinfo=BERLIN)), ())


def test_there_are_never_more_than_sixty() -> None:
    listed = _listed("FREQ=DAILY;BYHOUR=9,12,15", changed={_at("2026-01-06"): _at("2026-01-07")})

    assert len(listed.dates) + len(listed.apart) == MAX_CONFERENCES


def test_a_changed_instance_counts_by_the_time_that_it_has_now() -> None:
    near, far, away = _at("2026-04-01"), _at("2026-12-01"), _at("2026-02-02")
    changed = {far: _at("2026-01-20"), near: _at("2026-04-02"), away: _at("2027-01-01")}

    listed = _listed(IRREGULAR, changed=changed)

    assert listed.dates == tuple(map(_at, ("2026-01-05", "2026-03-02", "2026-05-01")))
    assert listed.apart == (far, near)


def test_what_is_cancelled_is_not_listed() -> None:
    out = _at("2026-02-02")

    assert out not in _listed(IRREGULAR, cancelled=(out,)).dates


def test_instances_that_a_clock_change_makes_one_moment_are_one() -> None:
    eve = datetime(2026, 3, 28, 12, tzinfo=UTC)

    listed = _listed("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30", eve, days=1)

    assert [each.astimezone(UTC) for each in listed.dates] == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]


def test_a_rule_that_repeats_within_the_hour_is_refused() -> None:
    rule = "FREQ=DAILY;BYHOUR=9,10,11,12,13;BYMINUTE=0,10,20,30,40"

    refused = list_dates(
        Recurrence(MONDAY, (rule,)), changed={}, cancelled=frozenset(), since=MONDAY, now=MONDAY, until=MONDAY
    )

    assert isinstance(refused, Misfit)
    assert refused.rule == "rrule.times"

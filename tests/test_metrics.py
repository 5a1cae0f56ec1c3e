"""What Prometheus reads."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.planning import at, meeting, plan_all, scene
from support.standings import DENIED, MINUTE, NOW, REFUSED, WORK, quiet, roomless, standing, visit

from calbridge.apply import Done, Failed, Outcome
from calbridge.core.actions import Create, LinkTo, Plan, WriteBack
from calbridge.core.model import CalendarObject
from calbridge.core.problem import Problem
from calbridge.metrics import Metrics, saved_at
from calbridge.store import Standing
from calbridge.visits import Visit

TOKEN = Problem("the platform", "platform.unauthorized", "no", "look")
BREAKER = Problem("host 9", "breaker.creates", "too many", "allow them")


def metrics(*standings: Standing) -> Metrics:
    return Metrics(lambda: standings, lambda: NOW)


def values(found: Metrics) -> dict[str, float]:
    """Each sample by its name and its labels' values."""
    families = text_string_to_metric_families(found.text().decode())
    return {" ".join((s.name, *s.labels.values())): s.value for family in families for s in family.samples}


def linked(saved: datetime, outcomes: Iterable[Outcome] = ()) -> Visit:
    """A visit that made a room for an event of that time and wrote it back, two seconds after `NOW`."""
    [create] = plan_all(scene(meeting())).actions[:1]
    assert isinstance(create, Create)
    body = f"BEGIN:VEVENT\r\nDTSTAMP:20250101T000000Z\r\nLAST-MODIFIED:{saved:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
    source = CalendarObject(WORK, f"{WORK}a.ics", '"1"', body.encode())
    written = WriteBack(create.about, source, (LinkTo(None, "m"),), 1, "https://rooms.example.com/1")
    done = (Done(create, 1, None), Done(written, 1, None), *outcomes)
    shown = visit(plan=Plan(actions=(create, written)))
    assert shown.report is not None
    return replace(shown, report=replace(shown.report, outcomes=done))


def test_visits_are_counted_by_result_and_measured() -> None:
    found = metrics()
    found.visited(visit(), timedelta(seconds=3))
    found.visited(quiet(), timedelta())
    found.visited(visit(good=False), timedelta())

    told = values(found)

    assert [told[f"calbridge_visits_total {result}"] for result in ("good", "quiet", "failed")] == [1, 1, 1]
    assert (told["calbridge_visit_seconds_sum"], told["calbridge_lag_seconds_sum"]) == (5, 3)


def test_actions_are_counted_by_what_became_of_them() -> None:
    found = metrics()
    [create] = plan_all(scene(meeting(start=at(11)))).actions[:1]
    found.visited(linked(NOW, [Failed(create, REFUSED)]), timedelta())

    told = values(found)

    assert (told["calbridge_actions_total create done"], told["calbridge_actions_total create failed"]) == (1, 1)
    assert told["calbridge_actions_total write-back done"] == 1


@pytest.mark.parametrize(("age", "count"), [(8, 1), (2 * 86400, 0), (-60, 0)])
def test_the_way_from_save_to_link_is_measured_unless_the_event_is_old_or_of_the_future(age: int, count: int) -> None:
    found = metrics()
    found.visited(linked(NOW - timedelta(seconds=age)), timedelta())

    told = values(found)

    assert told["calbridge_save_to_link_seconds_count"] == count
    assert told["calbridge_save_to_link_seconds_sum"] == (age + 2) * count


@pytest.mark.parametrize(
    ("body", "saved"),
    [
        (b"DTSTAMP:20260105T080000Z\r\n", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        (b"DTSTAMP;X=1:20260105T080000Z\nLAST-MODIFIED:20260105T090000Z\n", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (b"DTSTAMP:20261305T080000Z\r\nSUMMARY:x\r\n", None),
        (b"X-DTSTAMP:20260105T080000Z\r\n", None),
    ],
)
def test_an_event_says_when_it_was_saved(body: bytes, saved: datetime | None) -> None:
    assert saved_at(body) == saved


def test_the_present_is_counted_when_it_is_asked_for() -> None:
    soon = [roomless(start=59 * MINUTE), roomless(start=61 * MINUTE)]
    told = values(
        metrics(
            standing("a", skipped=[roomless(rule="event.all-day")], waiting=soon),
            standing("b", good=MINUTE, failures=1, problems=[DENIED]),
            standing("c", problems=[BREAKER], withheld=600),
            standing("d", good=None, failures=1, problems=[TOKEN]),
        )
    )

    assert (told["calbridge_hosts waiting"], told["calbridge_hosts refused"], told["calbridge_hosts fine"]) == (2, 2, 0)
    assert (told["calbridge_skipped_events event.all-day"], told["calbridge_problems calendar.denied"]) == (1, 1)
    assert (told["calbridge_roomless_soon"], told["calbridge_meetings"]) == (1, 12)
    assert (told["calbridge_breaker_open"], told["calbridge_breaker_withheld"]) == (1, 600)
    assert told["calbridge_token_refused"] == 1
    assert told["calbridge_last_good_visit_timestamp_seconds"] == (NOW - timedelta(seconds=30)).timestamp()


def test_a_host_with_two_such_problems_is_one_host() -> None:
    both = [BREAKER, replace(BREAKER, rule="breaker.cancels"), TOKEN, replace(TOKEN, where="its listing")]

    told = values(metrics(standing("a", failures=1, problems=both), standing("b")))

    assert (told["calbridge_breaker_open"], told["calbridge_token_refused"]) == (1, 1)


def test_sessions_with_the_platform_are_counted_where_they_begin() -> None:
    assert values(Metrics(list, lambda: NOW, lambda: 7))["calbridge_token_renewals_total"] == 7


def test_before_the_first_good_visit_nothing_says_when_it_was() -> None:
    assert "calbridge_last_good_visit_timestamp_seconds" not in values(metrics(standing(good=None)))

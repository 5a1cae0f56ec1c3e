"""The words of a report."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from calbridge import report
from calbridge.core.actions import About, Cancel, Forget, Plan
from calbridge.core.model import Skipped
from calbridge.core.problem import Problem, printable

DOWN = Problem("127.0.0.1 authenticate", "platform.unreachable", "no connection", "check [platform] url")
ABOUT = About(
    calendar="https://dav.example.com/work/",
    href="https://dav.example.com/work/1.ics",
    uid="one@x",
    recurrence_id=None,
    part="m",
    subject="Planning",
    start=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    minutes=60,
    schedule=None,
    tier=1,
)
CANCEL = Cancel(ABOUT, 7, "https://rooms.example.com/7", "ended", 1)
FORGET = Forget(ABOUT, 7, "https://rooms.example.com/7")


def test_a_summary_counts_what_was_done_in_the_order_of_a_meeting_and_what_was_not() -> None:
    said = report.summary([FORGET, CANCEL, FORGET], failed=2, waiting=1, withheld=6)
    assert said == "1 cancel, 2 forget, 2 failed, 1 waiting, 6 withheld by a breaker"
    assert report.summary([]) == ""


@pytest.mark.parametrize(
    ("hosts", "who"),
    [
        (["alice"], "alice"),
        (["alice", "bob"], "alice, bob"),
        (["a", "b", "c", "d", "e"], "a, b, c, d, e"),
        (["a", "b", "c", "d", "e", "f", "g"], "a, b, c, d, e and 2 more"),
    ],
)
def test_a_problem_of_many_hosts_is_one_line(hosts: list[str], who: str) -> None:
    [line] = report.problem_lines((host, DOWN) for host in hosts)
    assert line == f"{who}: 127.0.0.1 authenticate: no connection; check [platform] url [platform.unreachable]"


def test_a_host_is_named_once() -> None:
    ours = Problem("alice: https://dav.example.com/", "calendar.denied", "refused", "check it")
    assert list(report.problem_lines([("alice", ours), ("alice", ours)])) == [
        "alice: https://dav.example.com/: refused; check it [calendar.denied]"
    ]


def test_problems_of_the_configuration_have_no_host() -> None:
    assert list(report.problem_lines([("", DOWN)])) == [
        "127.0.0.1 authenticate: no connection; check [platform] url [platform.unreachable]"
    ]


def test_past_events_are_counted_and_others_told_with_their_instance() -> None:
    past = Problem("", "event.past", "it is over", "nothing")
    odd = Problem("", "rrule.frequency", "too often", "repeat daily at most")
    skipped = [
        Skipped("", "", uid, rid, p) for uid, rid, p in (("a", None, past), ("b", "20260105", odd), ("c", None, past))
    ]
    assert list(report.skipped_lines(skipped)) == [
        "b 20260105: too often; repeat daily at most [rrule.frequency]",
        "2 past events [event.past]",
    ]


@pytest.mark.parametrize(
    ("subject", "start", "shown"),
    [
        ("Watch", datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Paris")), "Watch, 2026-01-05 09:00 Europe/Paris (w)"),
        ("Watch", date(2026, 1, 5), "Watch, 2026-01-05 (w)"),
        ("Watch", None, "Watch (w)"),
        ("", None, "w"),
    ],
)
def test_a_skipped_event_is_called_as_people_know_it(subject: str, start: date | None, shown: str) -> None:
    why = Problem("", "event.all-day", "no time", "give it one")
    [line] = report.skipped_lines([Skipped("", "", "w", None, why, subject, start)])
    assert line == f"{shown}: no time; give it one [event.all-day]"


def test_what_waits_is_counted_by_its_reason() -> None:
    assert list(report.waiting_lines(["no connection", "the meeting is running", "no connection"])) == [
        "2 actions: no connection",
        "1 action: the meeting is running",
    ]


@pytest.mark.parametrize(("mailed", "people"), [(1, "1 attendee"), (20, "20 attendees")])
def test_who_may_be_mailed_is_said_where_anybody_may(mailed: int, people: str) -> None:
    assert report.mailed_line(Plan()) is None
    line = report.mailed_line(Plan(mailed=mailed))
    assert line == f"the calendar server may mail this to up to {people} (writeback.notify)"


def test_json_has_each_problem_once() -> None:
    assert report.host_json("alice", [], [], [DOWN, DOWN], [])["problems"] == [report.problem_json(DOWN)]


@pytest.mark.parametrize("text", ["Zwölf ☕ 会議", "a\tb", "\x1b[31m", "a\nb", "\N{RIGHT-TO-LEFT OVERRIDE}cba"])
def test_printable_text_stays_in_its_line_and_loses_nothing_else(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert [c for c in shown if c != "\N{REPLACEMENT CHARACTER}"] == [c for c in text if c.isprintable()]

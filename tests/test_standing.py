"""How each host fares, and the verdict over all of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.standings import (
    DENIED,
    DOWN,
    MINUTE,
    NOW,
    PENDING,
    REFUSED,
    WORK,
    quiet,
    roomless,
    skipped,
    standing,
    visit,
)

from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.standing import (
    KEPT,
    State,
    after,
    is_stale,
    needs_somebody,
    roomless_soon,
    stands_still,
    state,
    verdict,
    verdict_line,
)
from calbridge.store import Standing
from calbridge.visits import Visit


def seen(before: Standing | None, found: Visit) -> Standing:
    return after(before, found, interval=MINUTE, next_run=NOW + MINUTE)


def test_a_good_visit_is_remembered_with_what_it_showed() -> None:
    plan = Plan(skipped=(skipped("a"), skipped("b", "event.past")), withheld=2)

    found = seen(None, visit(plan=plan, problems=[REFUSED, REFUSED], waiting=[roomless()]))

    assert (found.host, found.host_id, found.good, found.tried) == ("alice", 9, found.tried, NOW + timedelta(seconds=2))
    assert [each.uid for each in found.skipped] == ["a"]
    assert (found.more, found.withheld, found.meetings, found.failures) == (1, 2, 3, 0)
    assert (found.problems, found.waiting) == ((REFUSED,), (roomless(),))


def test_more_skipped_events_than_are_kept_are_counted() -> None:
    plan = Plan(skipped=tuple(skipped(f"{number}") for number in range(KEPT + 7)))

    found = seen(None, visit(plan=plan))

    assert (len(found.skipped), found.more) == (KEPT, 7)


def test_a_failed_visit_keeps_when_it_was_good_and_what_was_seen_then() -> None:
    before = standing(skipped=[roomless()], waiting=[roomless()])

    found = seen(seen(before, visit(good=False, problems=[DOWN], meetings=None)), visit(good=False, meetings=None))

    assert (found.good, found.failures) == (before.good, 2)
    assert (found.skipped, found.waiting, found.meetings) == (before.skipped, before.waiting, 3)


def test_a_quiet_visit_is_as_good_as_the_one_before() -> None:
    good, bad = standing(problems=[REFUSED]), standing(failures=2, problems=[DOWN])

    assert (seen(good, quiet()).good, seen(good, quiet()).problems) == (NOW + timedelta(seconds=1), (REFUSED,))
    assert (seen(bad, quiet()).good, seen(bad, quiet()).failures) == (bad.good, 3)


def test_a_visit_that_began_late_says_by_how_much() -> None:
    before = replace(standing(), next_run=NOW)

    assert seen(before, visit(began=NOW + timedelta(seconds=7))).lag == timedelta(seconds=7)
    assert seen(before, visit(began=NOW - timedelta(seconds=7))).lag == timedelta()


STATES: list[tuple[Standing, State, bool]] = [
    (standing(), "fine", False),
    (standing(skipped=[roomless()]), "fine", False),
    (standing(waiting=[roomless()]), "waiting", False),
    (standing(problems=[PENDING]), "waiting", False),
    (standing(problems=[REFUSED]), "waiting", True),
    (standing(withheld=6), "waiting", True),
    (standing(good=3 * MINUTE, failures=1, problems=[DOWN]), "failing", False),
    (standing(good=3.1 * MINUTE, failures=3, problems=[DOWN]), "stale", True),
    (standing(good=None, failures=1, problems=[DOWN]), "stale", True),
    (standing(good=MINUTE, failures=1, problems=[DENIED]), "refused", True),
]


@pytest.mark.parametrize(("found", "expected", "needs"), STATES)
def test_a_host_fares_in_one_word_and_needs_somebody_or_not(found: Standing, expected: State, needs: bool) -> None:
    assert (state(found, NOW), needs_somebody(found, NOW)) == (expected, needs)
    assert is_stale(found, NOW) == (found.good is None or NOW - found.good > 3 * MINUTE)


def test_the_verdict_counts_configured_hosts_only() -> None:
    standings = [
        standing("a"),
        standing("b", problems=[REFUSED]),
        standing("c", failures=1),
        standing("gone", good=None),
    ]

    found = verdict(["a", "b", "c"], standings, NOW)

    assert (found.needing, found.trying, found.is_stale) == (("b",), ("c",), False)
    assert verdict_line(found, subjects=True) == (
        "1 of 3 hosts fine, 1 needs you, 1 being tried again; next meeting without a room: none in 24 h"
    )


def test_a_host_that_was_never_visited_is_said_and_stale() -> None:
    found = verdict(["a", "new"], [standing("a")], NOW)

    assert (found.fine, found.unvisited, found.is_stale) == (1, ("new",), True)
    assert "1 of 2 hosts fine, 1 not visited yet;" in verdict_line(found, subjects=True)


@pytest.mark.parametrize(
    ("subjects", "said"),
    [(True, "'Planning' of b at 2026-01-05 10:10 Europe/Paris"), (False, "one of b at 2026-01-05 10:10 Europe/Paris")],
)
def test_the_next_meeting_without_a_room_is_named_if_it_may_be(subjects: bool, said: str) -> None:
    standings = [
        standing("a", waiting=[roomless(start=20 * MINUTE), roomless(start=timedelta(days=2))]),
        standing("b", waiting=[roomless(start=10 * MINUTE)]),
    ]

    found = verdict(["a", "b"], standings, NOW)

    assert verdict_line(found, subjects=subjects).endswith(f"next meeting without a room: {said}")
    assert len(list(roomless_soon(standings, NOW, within=15 * MINUTE))) == 1


def test_a_problem_of_anybodys_making_needs_somebody_unless_the_next_pass_mends_it() -> None:
    unknown = Problem(WORK, "something.new", "why", "what")

    assert needs_somebody(standing(problems=[PENDING, unknown]), NOW)


@pytest.mark.parametrize(
    ("tried", "next_run", "expected"),
    [
        (4 * MINUTE, -3.5 * MINUTE, True),
        (4 * MINUTE, None, True),  # a timer says nothing of its next turn
        (2 * MINUTE, None, False),
        (4 * MINUTE, 10 * MINUTE, False),  # her server refuses the login, or is down: she is left alone on purpose
        (4 * MINUTE, -2 * MINUTE, False),
    ],
)
def test_nothing_runs_where_somebody_is_due_and_nobody_is_visited(
    tried: timedelta, next_run: timedelta | None, expected: bool
) -> None:
    planned = None if next_run is None else NOW + next_run
    late = replace(standing(failures=3, good=99 * MINUTE, problems=[DOWN]), tried=NOW - tried, next_run=planned)

    assert stands_still([late], NOW) == expected
    assert not stands_still([late, standing("bob")], NOW)
    assert not stands_still([], NOW)

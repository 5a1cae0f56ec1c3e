"""Too many cancels or creates at once stop them all and ask."""

from dataclasses import replace

import pytest
from support.carrying_out import settled
from support.planning import NOW, POLICY, Scene, meeting, plan_all, rules, scene, steps, unasked

from calbridge.core.actions import Plan
from calbridge.core.breakers import Allowed, Recent
from calbridge.core.notes import RememberAbsence
from calbridge.core.policy import Policy, Safety
from calbridge.core.remembered import Absence


def named(count: int, first: int = 0) -> list[Scene]:
    return [settled(meeting(f"{number:03}")) for number in range(first, first + count)]


def end(ending: list[Scene], staying: int = 0, *, allowed: int | None = None, recent: Recent | None = None) -> Plan:
    """A pass in which these meetings have been cancelled in the calendar, of a host with others beside them."""
    readings = {s.meeting.uid: unasked(s.meeting, "cancelled") for s in ending}
    scenes = [*ending, *named(staying, first=500)]
    return plan_all(*scenes, readings={**readings}, allowed=Allowed(cancels=allowed), recent=recent)


def cancels(plan: Plan) -> int:
    return steps(plan).count("cancel ended")


@pytest.mark.parametrize(
    ("ending", "staying", "passes"),
    [
        (5, 0, True),  # max_cancels, whatever the share
        (6, 0, False),
        (6, 24, True),  # a fifth, whatever the number
        (6, 23, False),
        (7, 24, False),
    ],
)
def test_more_than_the_number_and_more_than_the_share_stop_all(ending: int, staying: int, passes: bool) -> None:
    plan = end(named(ending), staying)
    assert cancels(plan) == (ending if passes else 0)
    assert rules(plan) == ([] if passes else ["breaker.cancels"])
    assert plan.withheld == (0 if passes else ending)


def test_the_problem_names_the_meetings_and_how_to_allow_them() -> None:
    [problem] = end(named(6)).problems
    assert problem.reason.startswith("6 of 6 meetings with a room would be cancelled at once")
    assert "'Planning' at 2026-03-10 10:00" in problem.reason
    assert "--allow-cancels 6" in problem.hint


def test_the_problem_names_twenty_and_counts_the_rest() -> None:
    [problem] = end(named(23)).problems
    assert problem.reason.count("'Planning'") == 20
    assert problem.reason.endswith("and 3 more")


@pytest.mark.parametrize(("allowed", "passes"), [(6, 6), (7, 6), (5, 0), (0, 0)])
def test_as_many_as_the_administrator_allows_pass(allowed: int, passes: int) -> None:
    assert cancels(end(named(6), allowed=allowed)) == passes


@pytest.mark.parametrize(
    ("recent", "passes"),
    [
        (Recent(cancels=4, meetings=9), 1),  # five within the hour
        (Recent(cancels=5, meetings=10), 0),  # the sixth, of ten
        (Recent(cancels=5, meetings=105), 1),  # the sixth, of a hundred and five
        (Recent(cancels=40, meetings=140), 0),
    ],
)
def test_the_last_hour_of_all_hosts_counts_too(recent: Recent, passes: int) -> None:
    assert cancels(end(named(1), staying=4, recent=recent)) == passes


def test_what_is_left_of_a_meeting_that_ended_within_the_hour_is_no_further_one() -> None:
    [scene_] = named(1)
    recent = Recent(cancels=5, meetings=10, ended=frozenset({scene_.meeting.uid}))
    assert cancels(end([scene_], staying=4, recent=recent)) == 1


def test_no_ending_is_no_breaker_whatever_the_last_hour_was() -> None:
    assert rules(end([], staying=4, recent=Recent(cancels=40, meetings=41))) == []


def test_a_withheld_ending_writes_nothing_and_its_grace_goes_on() -> None:
    away = [s.remembers(absence=Absence(9, s.meeting.uid, "gone", NOW, 1)) for s in named(6)]
    late = [replace(s, now=s.now.replace(hour=9)) for s in away]
    gone = [s.meeting.uid for s in late]
    plan = plan_all(*late, gone=gone, proofs=dict.fromkeys(gone, True))
    assert steps(plan) == []
    assert [(n.uid, n.passes) for n in plan.notes if isinstance(n, RememberAbsence)] == [(uid, 2) for uid in gone]


def test_updates_and_creates_go_on_while_cancels_are_withheld() -> None:
    ending = named(6)
    readings = {s.meeting.uid: unasked(s.meeting, "cancelled") for s in ending}
    edited = settled(meeting("e")).becomes(meeting("e", subject="Budget"))
    plan = plan_all(*ending, edited, scene(meeting("n")), readings={**readings})
    assert steps(plan) == ["update", "create", "write-back"]


def test_forgetting_past_meetings_is_no_ending() -> None:
    past = [s.later(days=9) for s in named(50)]
    plan = plan_all(*past, gone=[s.meeting.uid for s in past])
    assert steps(plan) == ["forget"] * 50


def test_meetings_that_are_moved_into_the_past_count_as_endings() -> None:
    moved = [s.becomes(meeting(s.meeting.uid, start=NOW.replace(day=1))) for s in named(6)]
    assert rules(plan_all(*moved)) == ["breaker.cancels"]


def test_what_ends_by_configuration_does_not_open_the_breaker() -> None:
    kept = [
        s.remembers(
            mappings=(replace(s.mapping, policy="another"),), absence=Absence(9, s.meeting.uid, "no-trigger", NOW, 1)
        )
        for s in named(20)
    ]
    late = [replace(s, now=s.now.replace(hour=9)) for s in kept]
    readings = {s.meeting.uid: unasked(s.meeting) for s in late}
    plan = plan_all(*late, readings={**readings})
    assert rules(plan) == ["cancel.configuration"] * 20
    assert plan.withheld == 0


def creates(count: int, limit: int, allowed: int | None = None) -> Plan:
    policy: Policy = replace(POLICY, safety=Safety(max_creates=limit))
    edited = settled(meeting("e"), policy=policy).becomes(meeting("e", subject="Budget"))
    new = [scene(meeting(f"{number}"), policy=policy) for number in range(count)]
    return plan_all(edited, *new, allowed=Allowed(creates=allowed))


@pytest.mark.parametrize(
    ("count", "limit", "allowed", "made"),
    [(3, 3, None, 3), (4, 3, None, 0), (4, 3, 4, 4), (4, 3, 3, 0), (3, 3, 1, 3)],
)
def test_creates_pass_up_to_the_limit_or_what_is_allowed(
    count: int, limit: int, allowed: int | None, made: int
) -> None:
    plan = creates(count, limit, allowed)
    assert steps(plan).count("create") == steps(plan).count("write-back") == made
    assert plan.withheld == (0 if made else count)


def test_withheld_creates_say_how_to_allow_them_and_the_rest_goes_on() -> None:
    plan = creates(4, 3)
    assert steps(plan) == ["update"]
    assert rules(plan) == ["breaker.creates"]
    assert plan.problems[0].hint.endswith("`calbridge sync --allow-creates 4`")

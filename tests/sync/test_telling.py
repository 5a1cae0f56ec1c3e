"""What a pass tells the history beside its effects."""

from support.planning import WORK, meeting, plan_all, scene
from support.standings import NOW, skipped

from calbridge.apply import Done, Failed, Held
from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.sync.telling import Teller

TELLER = Teller(9, "alice", NOW)
REFUSED = Problem(f"{WORK} a", "conference.refused", "Recording feature not enabled", "change it")


def test_a_refusal_is_told_in_the_platforms_words_and_what_waits_by_its_reason() -> None:
    create, write = plan_all(scene(meeting())).actions

    told = list(TELLER.became([Failed(create, REFUSED), Held(write, "not yet"), Done(create, 1, None)]))

    assert [(entry.uid, entry.part, entry.action, entry.detail) for entry in told] == [
        ("a", "m", "refused", "create: Recording feature not enabled [conference.refused]"),
        ("a", "m", "waits", "write-back: not yet"),
    ]


def test_skipped_events_are_told_and_past_ones_are_not() -> None:
    plan = Plan(skipped=(skipped("a"), skipped("b", "event.past")))

    [told] = TELLER.decided(plan, ())

    assert (told.uid, told.action, told.detail) == ("a", "skipped", "it has no time [event.all-day]")


def test_a_problem_is_told_of_the_event_that_it_names() -> None:
    of_instance = Problem(f"{WORK} b c 20260310T100000", "room.url", "odd", "look")
    plan = Plan(problems=(REFUSED, of_instance, Problem("host 9", "breaker.creates", "many", "allow")))

    told = list(TELLER.decided(plan, ["a", "b c"]))

    assert [(entry.uid, entry.detail) for entry in told] == [
        ("a", "Recording feature not enabled [conference.refused]"),
        ("b c", "odd [room.url]"),
    ]

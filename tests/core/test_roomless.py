"""Who asks for a room and has none."""

from support.planning import WORK, at, meeting, plan_all, scene, weekly

from calbridge.core.actions import About
from calbridge.core.model import Skipped
from calbridge.core.problem import Problem
from calbridge.core.roomless import of_skipped, waiting

REFUSED = Problem(f"{WORK} a", "conference.refused", "no", "ask again")
DOWN = Problem("the platform", "platform.unreachable", "no answer", "wait")


def asked(uid: str, day: int) -> About:
    [about] = plan_all(scene(meeting(uid, start=at(day)))).asked
    return about


def test_a_plan_names_what_is_asked_for_with_its_next_start() -> None:
    plan = plan_all(scene(weekly(start=at(3, month=2))), scene(meeting("b")))

    assert [(about.uid, about.start) for about in plan.asked] == [("a", at(3)), ("b", at(10))]


def test_what_is_over_is_not_asked_for_any_more() -> None:
    assert plan_all(scene(meeting(start=at(1)))).asked == ()


def test_the_next_meeting_without_a_room_comes_first_and_says_why() -> None:
    found = waiting([asked("b", 12), asked("a", 11), asked("c", 10)], {("c", "m")}, [REFUSED], otherwise=DOWN)

    assert [(each.uid, each.start, each.rule) for each in found] == [
        ("a", at(11), "conference.refused"),
        ("b", at(12), "platform.unreachable"),
    ]


def test_an_instances_problem_is_its_meetings_and_a_part_of_a_uid_is_nobodys() -> None:
    of_instance = Problem(f"{WORK} a 20260310T100000", "room.url", "no", "look")
    found = waiting([asked("a", 11), asked("aa", 12)], (), [of_instance], otherwise=None)

    assert [each.rule for each in found] == ["room.url", "meeting.waiting"]


def test_a_skipped_event_says_what_it_is_called_and_when_it_begins() -> None:
    found = of_skipped(Skipped(WORK, f"{WORK}a.ics", "a", None, REFUSED, "Planning", at(10)))

    assert (found.subject, found.start, found.rule, found.hint) == (
        "Planning",
        at(10),
        "conference.refused",
        "ask again",
    )

"""Plans and outcomes as JSON, which is a contract, and as rows of a table."""

import json
from dataclasses import replace

import pytest
from support.carrying_out import settled
from support.planning import WORK, at, meeting, moved, out, plan_all, scene, unasked, weekly

from calbridge.core.actions import NAMES, Action, Plan, WriteBack
from calbridge.core.model import Skipped
from calbridge.core.problem import Problem
from calbridge.core.remembered import Memory
from calbridge.report import (
    HEADS,
    action_json,
    action_row,
    differs_lines,
    drift_lines,
    host_json,
    planned,
    problem_json,
    skipped_json,
)

PROBLEM = Problem("a place", "rule.id", "the reason", "the hint")
SKIPPED = Skipped(WORK, f"{WORK}a.ics", "a", "20260317T100000", PROBLEM)


def actions(plan: Plan) -> dict[str, Action]:
    """One action of each kind."""
    return {NAMES[type(a)]: a for a in plan.actions}


def every_kind() -> dict[str, Action]:
    """One of each of the eight."""
    series = settled(weekly()).becomes(weekly(moved(at(17), at(18)), out(at(24)))).looking()
    cancelled = settled()
    return (
        actions(scene(weekly()).plan())
        | actions(settled().becomes(meeting(subject="Budget")).plan())
        | actions(series.plan())
        | actions(plan_all(cancelled, readings={"a": unasked(cancelled.meeting, "cancelled")}))
        | actions(replace(settled(), memory=Memory()).looking().plan())
        | actions(settled().later(days=9).plan())
    )


def test_every_action_has_its_name_of_the_contract() -> None:
    names = {"create", "update", "update-instance", "cancel-instance", "write-back", "cancel", "adopt", "forget"}
    assert set(every_kind()) == names


@pytest.mark.parametrize("name", sorted(set(NAMES.values())))
def test_every_action_has_all_the_fields_of_the_contract_and_is_json(name: str) -> None:
    value = action_json(every_kind()[name], 101, "https://rooms.example.com/101")
    assert list(value) == [
        *("action", "calendar", "uid", "recurrence_id", "part", "subject", "start", "time_zone"),
        *("duration", "schedule", "conference_id", "room_url", "tier"),
    ]
    assert json.loads(json.dumps(value)) == value


def test_a_create_as_json() -> None:
    assert action_json(actions(scene(weekly()).plan())["create"], None, None) == {
        "action": "create",
        "calendar": WORK,
        "uid": "a",
        "recurrence_id": None,
        "part": "m",
        "subject": "Planning",
        "start": "2026-03-10 10:00:00",
        "time_zone": "Europe/Paris",
        "duration": 60,
        "schedule": "FREQ=WEEKLY;BYDAY=TU",
        "conference_id": None,
        "room_url": None,
        "tier": 2,
    }


def test_a_changed_instance_as_json_shows_it_as_it_will_be() -> None:
    value = action_json(every_kind()["update-instance"], 104, None)
    assert {key: value[key] for key in ("recurrence_id", "part", "start", "schedule")} == {
        "recurrence_id": "20260317T100000",
        "part": "20260317T090000Z",
        "start": "2026-03-18 10:00:00",
        "schedule": None,
    }


def test_a_room_that_must_not_be_shown_is_null() -> None:
    assert action_json(every_kind()["create"], 101, "")["room_url"] is None


@pytest.mark.parametrize(
    ("name", "known"), [(name, name != "create") for name in sorted(set(NAMES.values())) if name != "write-back"]
)
def test_a_plan_knows_the_conference_of_all_but_what_does_not_exist_yet(name: str, known: bool) -> None:
    conference_id, room_url = planned(every_kind()[name])
    assert (conference_id is not None, room_url is not None) == (known, known)


def test_a_write_back_knows_the_room_of_a_conference_that_exists() -> None:
    [first] = [a for a in scene().plan().actions if isinstance(a, WriteBack)]
    stripped = replace(settled(), source=scene().source)
    [again] = [a for a in stripped.plan().actions if isinstance(a, WriteBack)]
    assert planned(first) == (None, None)
    assert planned(again) == (101, "https://rooms.example.com/101")


def test_skipped_and_problem_as_json() -> None:
    said = {"rule": "rule.id", "reason": "the reason", "hint": "the hint"}
    assert skipped_json(SKIPPED) == {"calendar": WORK, "uid": "a", "recurrence_id": "20260317T100000", **said}
    assert problem_json(PROBLEM) == {"where": "a place", **said}


def test_a_host_has_her_actions_in_order() -> None:
    create, write = scene(weekly()).plan().actions
    value = host_json("alice", [(create, None, None), (write, None, None)], [SKIPPED], [PROBLEM], [])
    assert list(value) == ["host", "actions", "skipped", "problems"]
    assert value["actions"] == [action_json(create, None, None), action_json(write, None, None)]


def test_a_quiet_host_has_empty_lists() -> None:
    quiet = {"host": "alice", "actions": [], "skipped": [], "problems": []}
    assert host_json("alice", (), (), (), ()) == quiet


def test_what_somebody_changed_on_the_platform_is_named_in_its_action() -> None:
    before = settled()
    before.rooms.edit(101, subject="Lunch", duration=30)
    [update] = replace(before, full=True).looking().plan().actions
    assert action_json(update, 101, None)["drift"] == ["subject", "duration"]
    assert list(drift_lines([update])) == [
        "Planning, 2026-03-10 10:00 Europe/Paris: subject, duration changed on the platform"
    ]


def test_a_conference_that_stays_as_it_is_is_told_with_what_differs() -> None:
    before = settled()
    policy = replace(before.policy.conference, secure_url=True, room="dedicated")
    differs = replace(before, policy=replace(before.policy, conference=policy)).plan().differs
    [value] = [host_json("alice", (), (), (), differs)["differs"]]
    assert value == [
        {"calendar": WORK, "uid": "a", "recurrence_id": None, "part": "m", "subject": "Planning"}
        | {"conference_id": 101, "fields": ["room", "secure_url"]}
    ]
    assert list(differs_lines(differs * 2)) == [
        "2 conferences differ from the configuration in room, secure_url, which only new ones take: left as they are"
    ]


def test_a_row_has_a_cell_for_each_head_and_the_room_in_full() -> None:
    url = "https://rooms.example.com/" + "x" * 200
    row = action_row(every_kind()["update"], url)
    assert row == ("update", "Budget", "2026-03-10 10:00 Europe/Paris", "", url)
    assert len(row) == len(HEADS)


def test_a_subject_can_not_steer_the_terminal() -> None:
    [create, _] = scene(meeting(subject="a\x1b[2Jb\u202ec")).plan().actions
    assert action_row(create, None)[1] == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c"

"""Plans, outcomes and problems as JSON values and as rows of text. The JSON is a contract (design, section 9)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, assert_never

from calbridge.core.actions import (
    NAMES,
    Action,
    Adopt,
    Cancel,
    CancelInstance,
    Create,
    Forget,
    Plan,
    Update,
    UpdateInstance,
    WriteBack,
)
from calbridge.core.model import Skipped
from calbridge.core.problem import Problem
from calbridge.core.wanted import zoned

Json: TypeAlias = dict[str, object]


def action_json(action: Action, conference_id: int | None, room_url: str | None) -> Json:
    """One action. `start` is local, as the platform writes it; `duration` is in minutes."""
    about = action.about
    start, zone = zoned(about.start)
    return {
        "action": NAMES[type(action)],
        "calendar": about.calendar,
        "uid": about.uid,
        "recurrence_id": about.recurrence_id,
        "part": about.part,
        "subject": about.subject,
        "start": start,
        "time_zone": zone,
        "duration": about.minutes,
        "schedule": about.schedule,
        "conference_id": conference_id,
        "room_url": room_url or None,
        "tier": about.tier,
    }


def planned(action: Action) -> tuple[int | None, str | None]:
    """The conference's id and room URL as far as a plan can know them."""
    match action:
        case Create():
            return None, None
        case Adopt():
            return action.conference.id, action.conference.room_url
        case Update() | UpdateInstance() | CancelInstance() | WriteBack() | Cancel() | Forget():
            return action.conference_id, action.room_url
        case _:
            assert_never(action)


def skipped_json(skipped: Skipped) -> Json:
    """One event that asks for a room and can't have one."""
    problem = skipped.problem
    return {
        "calendar": skipped.calendar,
        "uid": skipped.uid,
        "recurrence_id": skipped.recurrence_id,
        "rule": problem.rule,
        "reason": problem.reason,
        "hint": problem.hint,
    }


def problem_json(problem: Problem) -> Json:
    """One problem."""
    return {"where": problem.where, "rule": problem.rule, "reason": problem.reason, "hint": problem.hint}


def host_json(
    host: str,
    actions: Iterable[tuple[Action, int | None, str | None]],
    skipped: Iterable[Skipped],
    problems: Iterable[Problem],
) -> Json:
    """One host: what was (or would be) done, in its order, what was skipped, and every problem once."""
    return {
        "host": host,
        "actions": [action_json(*action) for action in actions],
        "skipped": [skipped_json(s) for s in skipped],
        "problems": [problem_json(p) for p in dict.fromkeys(problems)],
    }


def action_row(action: Action, room_url: str | None) -> tuple[str, ...]:
    """One line of the table: action, what, when, schedule, room."""
    about = action.about
    start, zone = zoned(about.start)
    return (NAMES[type(action)], about.subject, f"{start[:16]} {zone}", about.schedule or "", room_url or "")


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Each problem once: where, why, and what to do."""
    for problem in dict.fromkeys(problems):
        yield f"{problem.where}: {problem.reason} [{problem.rule}]"
        yield f"    {problem.hint}"


def skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """Skipped events in full, past ones as a number."""
    past = sum(s.problem.rule == "event.past" for s in skipped)
    for one in skipped:
        if one.problem.rule != "event.past":
            where = one.uid if one.recurrence_id is None else f"{one.uid} {one.recurrence_id}"
            yield f"{where}: {one.problem.reason} [{one.problem.rule}]"
            yield f"    {one.problem.hint}"
    if past:
        yield f"{past} more {'is' if past == 1 else 'are'} over"


def summary(plan: Plan, *, dry: bool) -> str:
    """What a pass does, in one line."""
    counts = Counter(NAMES[type(action)] for action in plan.actions)
    done = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing to do"
    mailed = f"; up to {plan.mailed} attendees may be mailed by the calendar server" if dry and plan.mailed else ""
    withheld = f"; {plan.withheld} withheld by a breaker" if plan.withheld else ""
    return f"{done}{mailed}{withheld}"

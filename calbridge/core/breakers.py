"""The breakers: too many cancels or creates at once stop them all and ask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calbridge.core.actions import Action, Cancel, CancelStray, Create, Plan
from calbridge.core.policy import Policy, Safety
from calbridge.core.problem import Problem

_NAMED = 20
"""How many withheld meetings a problem names."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the administrator allowed on the command line: how many cancels and creates, None where nothing was said."""

    cancels: int | None = None
    creates: int | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """Over all hosts: meetings ended within the last hour, and meetings that have a room or were among those.

    `ended` are this host's among the former, by UID: what is left of one is no further meeting. One whose cancel was
    sent has ended, whatever became of that.
    """

    cancels: int = 0
    meetings: int = 0
    ended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ending:
    """A meeting that is proven to be over, and what ends it; a conference that belongs to none is named by its marker.

    `kept_by` says why it does not end unless the administrator allows it; N in its hint becomes how many to allow.
    """

    uid: str
    plan: Plan
    kept_by: Problem | None


def hold_endings(
    endings: Sequence[Ending], meetings: int, recent: Recent, safety: Safety, allowed: Allowed
) -> tuple[Plan, ...]:
    """Let endings pass, or withhold every one of them. A withheld ending keeps its notes, so that its grace goes on.

    `meetings` is how many of this host's meetings have a room. Forgetting a past meeting is no ending, nor is a part of
    a meeting that goes on. Who allows N lets all pass if they are not more; else what is kept for a reason of its own
    stays, and the others pass if they are not more.
    """
    ending = [e for e in endings if any(ends(a) for a in e.plan.actions)]
    free = [e.plan for e in endings if e not in ending]
    limit = -1 if allowed.cancels is None else allowed.cancels
    if len(ending) <= limit:
        return (*free, *(e.plan for e in ending))
    others = [e for e in ending if e.kept_by is None]
    kept = tuple(_kept(e.plan, e.kept_by, len(ending)) for e in ending if e.kept_by is not None)
    by_host = too_many(len(others), meetings, safety)
    more = sum(e.uid not in recent.ended for e in others)
    by_hour = more > 0 and too_many(more + recent.cancels, recent.meetings, safety)
    if len(others) > limit and others and (by_host or by_hour):
        return (*free, *kept, _stopped(others, meetings))
    return (*free, *kept, *(e.plan for e in others))


def hold_creates(plan: Plan, policy: Policy, allowed: Allowed) -> Plan:
    """Let creates pass, or withhold all of them, with everything else that is planned for their meetings."""
    creates = [a for a in plan.actions if isinstance(a, Create)]
    limit = policy.safety.max_creates if allowed.creates is None else max(allowed.creates, policy.safety.max_creates)
    if len(creates) <= limit:
        return plan
    uids = {a.about.uid for a in creates}
    problem = Problem(
        f"host {policy.owner.host_id}",
        "breaker.creates",
        f"this pass would create {len(creates)} conferences, more than safety.max_creates ({limit}); none is created",
        f"look at them with `calbridge plan`, then run `calbridge sync --allow-creates {len(creates)}`",
    )
    return replace(
        plan,
        actions=tuple(a for a in plan.actions if a.about.uid not in uids),
        problems=(*plan.problems, problem),
        withheld=plan.withheld + len(creates),
    )


def too_many(count: int, of: int, safety: Safety) -> bool:
    """Whether so many of so many meetings may not end at once."""
    return count > safety.max_cancels and count > safety.max_cancel_share * of


def _stopped(endings: Sequence[Ending], meetings: int) -> Plan:
    count = len(endings)
    calendars = (action.about.calendar for ending in endings for action in ending.plan.actions)
    problem = Problem(
        next(filter(None, calendars), "the platform"),
        "breaker.cancels",
        f"{count} of {meetings} meetings with a room would be cancelled at once; none is: {_names(endings)}",
        f"if they really are to go, run `calbridge sync --allow-cancels {count}`",
    )
    notes = tuple(note for ending in endings for note in ending.plan.notes)
    return Plan(problems=(problem,), notes=notes, withheld=count)


def _kept(plan: Plan, why: Problem, count: int) -> Plan:
    hint = why.hint.replace("--allow-cancels N", f"--allow-cancels {count}")
    return Plan(problems=(*plan.problems, replace(why, hint=hint)), notes=plan.notes)


def ends(action: Action) -> bool:
    """Whether a meeting ends with it: what is replaced or dropped is only a part of one that goes on."""
    return isinstance(action, CancelStray) or (isinstance(action, Cancel) and action.why == "ended")


def _names(endings: Sequence[Ending]) -> str:
    shown = [f"{a.subject!r} at {a.start:%Y-%m-%d %H:%M}" for e in endings[:_NAMED] for a in [e.plan.actions[0].about]]
    more = len(endings) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")

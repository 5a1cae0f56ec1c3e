"""Plans, outcomes and problems as JSON values and as rows of text. The JSON is a contract (design, section 9)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from calbridge.core.actions import (
    NAMES,
    Action,
    Adopt,
    Cancel,
    CancelInstance,
    CancelStray,
    Create,
    Differs,
    Forget,
    Plan,
    Update,
    UpdateInstance,
    WriteBack,
)
from calbridge.core.model import Skipped
from calbridge.core.problem import Problem, printable
from calbridge.core.wanted import ONE_SCHEDULE, zoned

Json: TypeAlias = dict[str, object]

HEADS = ("action", "subject", "start", "schedule", "room")
"""Of the table whose rows `action_row` makes."""


def action_json(action: Action, conference_id: int | None, room_url: str | None) -> Json:
    """One action. `start` is local, as the platform writes it; `duration` is in minutes.

    `drift`, where there is any, are the fields, by the platform's names, that somebody changed there and that this
    sets back.
    """
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
        **({"drift": list(drift)} if (drift := drift_of(action)) else {}),
    }


def drift_of(action: Action) -> tuple[str, ...]:
    """What of a conference somebody changed on the platform."""
    return action.drift if isinstance(action, Update | UpdateInstance) else ()


def differs_json(differs: Differs) -> Json:
    """A conference that stays as it is although a new one would be otherwise, and in what."""
    about = differs.about
    return {
        "calendar": about.calendar,
        "uid": about.uid,
        "recurrence_id": about.recurrence_id,
        "part": about.part,
        "subject": about.subject,
        "conference_id": differs.conference_id,
        "fields": list(differs.fields),
    }


def planned(action: Action) -> tuple[int | None, str | None]:
    """The conference's id and room URL as far as a plan can know them."""
    match action:
        case Create():
            return None, None
        case Adopt():
            return action.conference.id, action.conference.room_url
        case Update() | UpdateInstance() | CancelInstance() | WriteBack() | Cancel() | CancelStray() | Forget():
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
    differs: Iterable[Differs],
) -> Json:
    """One host: what was (or would be) done, in its order, what was skipped, every problem once, what differs."""
    staying = [differs_json(d) for d in differs]
    return {
        "host": host,
        "actions": [action_json(*action) for action in actions],
        "skipped": [skipped_json(s) for s in skipped],
        "problems": [problem_json(p) for p in dict.fromkeys(problems)],
        **({"differs": staying} if staying else {}),
    }


def action_row(action: Action, room_url: str | None) -> tuple[str, ...]:
    """One line of the table: action, what, when, schedule, room."""
    about = action.about
    start, zone = zoned(about.start)
    name, subject = NAMES[type(action)], printable(about.subject)
    return (name, subject, f"{start[:16]} {zone}", about.schedule or "", printable(room_url or ""))


def problem_lines(found: Iterable[tuple[str, Problem]]) -> Iterator[str]:
    """Each problem once, in one line: of which hosts, where, why, what to do. `found` pairs them with a host or ""."""
    hosts: dict[Problem, dict[str, None]] = {}
    for host, problem in found:
        hosts.setdefault(problem, {})[host] = None
    for problem, names in hosts.items():
        who = _who(list(names))
        said = f"{problem.where}: {problem.reason}; {problem.hint} [{problem.rule}]"
        yield printable(said if not who or said.startswith(f"{who}: ") else f"{who}: {said}")


def skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """Skipped events in full, past ones as a number."""
    past = sum(s.problem.rule == "event.past" for s in skipped)
    for one in skipped:
        if one.problem.rule != "event.past":
            yield printable(f"{_event(one)}: {one.problem.reason}; {one.problem.hint} [{one.problem.rule}]")
    if past:
        yield f"{past} past event{'' if past == 1 else 's'} [event.past]"


def _event(skipped: Skipped) -> str:
    """Which event it is, for a person: subject and start where they can be read, and its UID."""
    place = skipped.uid if skipped.recurrence_id is None else f"{skipped.uid} {skipped.recurrence_id}"
    match skipped.start:
        case datetime() as start:
            local, zone = zoned(start)
            when = f"{local[:16]} {zone}"
        case None:
            when = ""
        case day:
            when = day.isoformat()
    shown = ", ".join(filter(None, (skipped.subject, when)))
    return f"{shown} ({place})" if shown else place


def roomless_line(skipped: Sequence[Skipped]) -> str:
    """Skipped events as a number, where they were told before."""
    count = sum(s.problem.rule != "event.past" for s in skipped)
    who = "1 event has" if count == 1 else f"{count} events have"
    return f"{who} no room, as before (`calbridge plan` says which and why)"


def fading_line(plan: Plan) -> str | None:
    """Meetings that will end if nothing changes; None where there are none."""
    if not plan.fading:
        return None
    if plan.fading == 1:
        return "1 meeting asks no more: its room goes if it stays so (safety.cancel_grace)"
    return f"{plan.fading} meetings ask no more: their rooms go if it stays so (safety.cancel_grace)"


def shared_line(actions: Iterable[Action]) -> str | None:
    """Series that will share a room, which nobody expects; None where there are none."""
    irregular = {a.about.uid for a in actions if isinstance(a, Create) and a.about.tier > ONE_SCHEDULE}
    if not irregular:
        return None
    series = "1 irregular series gets" if len(irregular) == 1 else f"{len(irregular)} irregular series get"
    return f"{series} the host's dedicated room, which all of hers share (conference.irregular)"


def waiting_lines(reasons: Iterable[str]) -> Iterator[str]:
    """Actions that wait for something, counted by what they wait for."""
    for reason, count in Counter(reasons).items():
        yield printable(f"{count} action{'' if count == 1 else 's'}: {reason}")


def drift_lines(actions: Iterable[Action]) -> Iterator[str]:
    """Conferences that somebody changed on the platform, and what of them."""
    for action in actions:
        if drift := drift_of(action):
            start, zone = zoned(action.about.start)
            name = printable(action.about.subject or action.about.uid)
            yield f"{name}, {start[:16]} {zone}: {', '.join(drift)} changed on the platform"


def differs_lines(differs: Sequence[Differs]) -> Iterator[str]:
    """Conferences that stay as they are although the configuration says otherwise by now, counted by what differs."""
    for fields, count in Counter(d.fields for d in differs).items():
        rooms = "1 conference differs" if count == 1 else f"{count} conferences differ"
        yield f"{rooms} from the configuration in {', '.join(fields)}, which only new ones take: left as they are"


def mailed_line(plan: Plan) -> str | None:
    """How many attendees a calendar server could write to because of what is planned; None for nobody."""
    if not plan.mailed:
        return None
    people = "1 attendee" if plan.mailed == 1 else f"{plan.mailed} attendees"
    return f"the calendar server may mail this to up to {people} (writeback.notify)"


def summary(actions: Iterable[Action], *, failed: int = 0, waiting: int = 0, withheld: int = 0) -> str:
    """A pass in one line: how much of what, and how much of it did not come about; empty where there was nothing."""
    counts = Counter(NAMES[type(action)] for action in actions)
    said = [f"{counts[name]} {name}" for name in dict.fromkeys(NAMES.values()) if counts[name]]
    said += [f"{count} {name}" for name, count in (("failed", failed), ("waiting", waiting)) if count]
    return ", ".join((*said, *([f"{withheld} withheld by a breaker"] if withheld else [])))


def quiet_line(hosts: Sequence[str]) -> str:
    """The hosts of which there is nothing to tell."""
    return f"{_who(hosts)}: nothing to do"


def _who(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


_NAMED = 5
"""Hosts that are called by name where there is the same to say of many."""

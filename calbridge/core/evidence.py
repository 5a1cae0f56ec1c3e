"""Whether a meeting that no longer asks is over: grace, passes and proof, before anything of it is cancelled.

What takes every proof and still needs the administrator's word (`Ending.kept_by`): a meeting that ended with the
configuration, with its calendar, or while a calendar that held it, too, is none of the host's any more.
"""

from dataclasses import replace
from typing import Literal

from calbridge.core.actions import Looks, Plan
from calbridge.core.breakers import Ending
from calbridge.core.case import Context
from calbridge.core.model import CalendarObject, Unasked
from calbridge.core.notes import ForgetAbsence, ForgetRefusals, Note, RememberAbsence
from calbridge.core.observation import Found, Observation
from calbridge.core.plan_meeting import end_meeting, end_series
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import Absence, Mapping, Memory, WriteState

_UNPROVEN = Misfit(
    "event.unproven",
    "the event with this room is not where it was, and whether it is gone can't be proven: its own address still "
    "answers, another calendar of the host holds its UID, or a calendar could not be read",
    "its room stays; delete the other copy, or write the keyword into it",
)
_LEFT_OUT = Misfit(
    "calendar.left-out",
    "meetings of this calendar have rooms, but it is not among the host's calendars any more",
    "their rooms stay; bring the calendar back, or cancel on purpose with `calbridge sync --allow-cancels N`",
)
_COPY = Misfit(
    "calendar.left-out",
    "the meeting is over, but its event was in this calendar, too, which is not among the host's calendars any more",
    "its room stays; bring the calendar back, or cancel on purpose with `calbridge sync --allow-cancels N`",
)
_CONFIGURATION = Misfit(
    "cancel.configuration",
    "the meeting no longer asks for a room, but the configuration of what asks has changed since it got one",
    "its room stays; put the configuration back, or cancel on purpose with `calbridge sync --allow-cancels N`",
)

_NOWHERE: frozenset[str] = frozenset()


def without_master(masters: tuple[Mapping, ...], memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    """Only overrides are left of a series: it ends with the evidence of a whole event, they go on."""
    uid = masters[0].uid
    away = _away(uid, RememberAbsence(uid, "no-master", context.now, 1), memory.absence)
    if not _ripe(away, context):
        return Plan(notes=(away,), fading=1)
    plan = Plan(actions=end_series(masters), notes=(away,))
    return Ending(uid, plan, _kept(masters[0].calendar, uid, memory, seen, context))


def unasked(found: Found, why: Unasked, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    """The event is there and asks for no room."""
    uid = why.uid
    if why.why == "hidden" or not (memory.mappings or memory.intents):
        return Plan(notes=_tidy(uid, memory))
    if why.why == "cancelled":
        return _ending(why, found.source, memory, seen, context, kept_by_copy(uid, seen))
    word: Literal["stop-word", "no-trigger"] = "stop-word" if why.why == "stop-word" else "no-trigger"
    away = _away(uid, RememberAbsence(uid, word, context.now, 1), memory.absence)
    if not _ripe(away, context):
        return Plan(notes=(away,), fading=1)
    kept_by = _kept(why.calendar, uid, memory, seen, context)
    return _noting(away, _ending(why, found.source, memory, seen, context, kept_by))


def gone(uid: str, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    """No calendar that could be read holds the event."""
    calendars = {m.calendar for m in memory.mappings}
    if not memory.mappings and not memory.intents:
        return Plan(notes=_tidy(uid, memory) if seen.is_healthy and uid not in seen.unreadable else ())
    if is_out_of_sight(uid, memory, seen):
        return _left_out(uid, memory, seen, context)
    state = WriteState("", "")
    if not memory.intents and all(m.until is not None and m.until <= context.now for m in memory.mappings):
        return end_meeting(Unasked("", "", uid, "no-trigger"), None, memory, state, context)
    absence = memory.absence
    if absence is not None and context.now - absence.since < context.policy.safety.cancel_grace:
        return Plan(fading=1)
    if uid not in seen.proofs:
        return Plan(looks=Looks(proofs=frozenset((uid,))))
    if not seen.proofs[uid]:
        where = " ".join(sorted({f"{calendar} {uid}" for calendar, _ in memory.places})) or uid
        return Plan(problems=(_UNPROVEN.at(where),))
    away = _away(uid, RememberAbsence(uid, "gone", context.now, 1), absence)
    if not _ripe(away, context):
        return Plan(notes=(away,), fading=1)
    ended = Unasked(min(calendars, default=""), "", uid, "no-trigger")
    return _noting(away, _ending(ended, None, memory, seen, context, kept_by_copy(uid, seen)))


def is_out_of_sight(uid: str, memory: Memory, seen: Observation) -> bool:
    """The event, or a calendar that it was last seen in, can't be read in this pass, or is not the host's any more."""
    return is_not_read(uid, memory, seen) or not {calendar for calendar, _ in memory.places} <= seen.calendars


def is_not_read(uid: str, memory: Memory, seen: Observation, *, emptied: bool = True) -> bool:
    """The event, or a calendar of the host that it was last seen in, can't be read in this pass.

    `emptied`: one that lists nothing any more counts as such, too.
    """
    last_seen = {calendar for calendar, _ in memory.places} | seen.elsewhere.get(uid, _NOWHERE)
    read = seen.healthy if emptied else seen.healthy | seen.emptied
    return uid in seen.unreadable or not last_seen & seen.calendars <= read


def _left_out(uid: str, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    """Its calendar is not synced any more: said, and ended only where the administrator says so."""
    asked = {i.calendar for i in memory.intents if i.calendar}
    unseen = sorted(({m.calendar for m in memory.mappings if m.is_held} | asked) - seen.calendars)
    problems = tuple(_LEFT_OUT.at(calendar) for calendar in unseen)
    elsewhere = not seen.calendars.isdisjoint({m.calendar for m in memory.mappings} | asked)
    if not problems or elsewhere or not seen.is_healthy or seen.unreadable:
        return Plan(problems=problems)
    away = _away(uid, RememberAbsence(uid, "no-calendar", context.now, 1), memory.absence)
    if not _ripe(away, context):
        return Plan(problems=problems, notes=(away,))
    ended = Unasked(unseen[0], "", uid, "no-trigger")
    return _noting(away, _ending(ended, None, memory, seen, context, problems[0]))


def _away(uid: str, first: RememberAbsence, absence: Absence | None) -> RememberAbsence:
    """One more pass without the event; a different way of being away starts anew."""
    if absence is None or absence.why != first.why:
        return first
    return RememberAbsence(uid, absence.why, absence.since, min(absence.passes + 1, 2))


def _ripe(away: RememberAbsence, context: Context) -> bool:
    return away.passes >= 2 and context.now - away.since >= context.policy.safety.cancel_grace


def _ending(
    ended: Unasked,
    source: CalendarObject | None,
    memory: Memory,
    seen: Observation,
    context: Context,
    kept_by: Problem | None = None,
) -> Plan | Ending:
    """What ends the meeting."""
    state = seen.write_states.get((ended.calendar, ended.href), WriteState(ended.calendar, ended.href))
    plan = end_meeting(ended, source, memory, state, context)
    return Ending(ended.uid, plan, kept_by) if plan.actions else plan


def _noting(note: Note, ending: Plan | Ending) -> Plan | Ending:
    """The same, and something to remember whether or not it comes to that."""
    plan = ending.plan if isinstance(ending, Ending) else ending
    plan = replace(plan, notes=(note, *plan.notes))
    return replace(ending, plan=plan) if isinstance(ending, Ending) else plan


def _kept(calendar: str, uid: str, memory: Memory, seen: Observation, context: Context) -> Problem | None:
    """What takes the administrator's word beside all proof."""
    return kept_by_copy(uid, seen) or _by_configuration(calendar, uid, memory, context)


def kept_by_copy(uid: str, seen: Observation) -> Problem | None:
    """The event asked in a calendar, too, that is none of the host's any more: it may do so still."""
    left = min(seen.elsewhere.get(uid, _NOWHERE) - seen.calendars, default=None)
    return None if left is None else _COPY.at(f"{left} {uid}")


def _by_configuration(calendar: str, uid: str, memory: Memory, context: Context) -> Problem | None:
    """The meeting got its room under another configuration of what asks for one."""
    changed = any(m.is_held and m.policy != context.selected for m in memory.mappings)
    return _CONFIGURATION.at(f"{calendar} {uid}") if changed else None


def _tidy(uid: str, memory: Memory) -> tuple[Note, ...]:
    absence: tuple[Note, ...] = (ForgetAbsence(uid),) if memory.absence is not None else ()
    refusals: tuple[Note, ...] = (ForgetRefusals(uid),) if memory.refusals else ()
    return (*absence, *refusals)

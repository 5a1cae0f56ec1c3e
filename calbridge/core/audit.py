"""The audit: every event, everything remembered of it and every marked conference, side by side, each cell one rule.

An audit is a pass with `Context.full` and a look at the platform. Cells are of one part of a meeting. The event asks
for the part; is `silent` (it can't have a room, is hidden or can't be read: nobody can tell what is wanted); or the
part is `over` (the event is proven gone or asks no more, or no event computes to the marker). A retired mapping stands
beside its live successor, which is as it should be. The platform has no conference with the part's marker; the one
that is remembered (where nothing is, the only one), as sent or `edited`; `two`, that one and another; or only an
`other` one. The rule is told in the plan's words, problems by rule.

| event  | remembered | platform | then                               |
|--------|------------|----------|------------------------------------|
| asks   | nothing    | none     | create, write-back                 |
| asks   | nothing    | same     | adopt, write-back                  |
| asks   | nothing    | edited   | adopt, update, write-back          |
| asks   | nothing    | two      | adopt, write-back, cancel double   |
| asks   | an intent  | none     | conference.pending                 |
| asks   | an intent  | same     | adopt, write-back                  |
| asks   | an intent  | edited   | adopt, update, write-back          |
| asks   | an intent  | two      | adopt, write-back, cancel double   |
| asks   | live       | none     | conference.cancelled-on-platform   |
| asks   | live       | same     | nothing                            |
| asks   | live       | edited   | update                             |
| asks   | live       | two      | cancel double                      |
| asks   | live       | other    | adopt, write-back                  |
| asks   | retired    | none     | cancel replaced                    |
| asks   | retired    | same     | cancel replaced                    |
| asks   | lost       | none     | conference.cancelled-on-platform   |
| asks   | lost       | same     | nothing                            |
| asks   | lost       | edited   | update                             |
| asks   | lost       | two      | cancel double                      |
| asks   | lost       | other    | adopt, write-back                  |
| silent | nothing    | none     | nothing                            |
| silent | nothing    | same     | nothing                            |
| silent | nothing    | edited   | nothing                            |
| silent | nothing    | two      | nothing                            |
| silent | an intent  | none     | nothing                            |
| silent | an intent  | same     | nothing                            |
| silent | an intent  | edited   | nothing                            |
| silent | an intent  | two      | nothing                            |
| silent | live       | none     | nothing                            |
| silent | live       | same     | nothing                            |
| silent | live       | edited   | nothing                            |
| silent | live       | two      | nothing                            |
| silent | live       | other    | nothing                            |
| silent | retired    | none     | nothing                            |
| silent | retired    | same     | nothing                            |
| silent | lost       | none     | nothing                            |
| silent | lost       | same     | nothing                            |
| silent | lost       | edited   | nothing                            |
| silent | lost       | two      | nothing                            |
| silent | lost       | other    | nothing                            |
| over   | nothing    | none     | nothing                            |
| over   | nothing    | same     | conference.stray                   |
| over   | nothing    | edited   | conference.stray                   |
| over   | nothing    | two      | conference.stray, conference.stray |
| over   | an intent  | none     | nothing                            |
| over   | an intent  | same     | cancel ended                       |
| over   | an intent  | edited   | cancel ended                       |
| over   | an intent  | two      | cancel ended                       |
| over   | live       | none     | forget                             |
| over   | live       | same     | cancel ended                       |
| over   | live       | edited   | cancel ended                       |
| over   | live       | two      | cancel ended                       |
| over   | live       | other    | forget                             |
| over   | retired    | none     | cancel replaced, cancel ended      |
| over   | retired    | same     | cancel replaced, cancel ended      |
| over   | lost       | none     | forget                             |
| over   | lost       | same     | cancel ended                       |
| over   | lost       | edited   | cancel ended                       |
| over   | lost       | two      | cancel ended                       |
| over   | lost       | other    | forget                             |

What is over is cancelled with the evidence of `core.evidence` and past the breaker only. What then stays of `two` and
`other` is a stray in the next audit. A stray is cancelled if this store created it and two audits, `cancel_grace`
apart, found it so while every calendar of its host was healthy and wholly read; else it is reported, and goes where
the administrator allows it. A conference that is past, or carries another installation's marker, is nobody's business.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from calbridge.core import marker, schedule
from calbridge.core.actions import About, CancelStray, Plan
from calbridge.core.breakers import Ending
from calbridge.core.case import Context
from calbridge.core.look import Look
from calbridge.core.marker import Marker
from calbridge.core.model import Conference, Unasked
from calbridge.core.notes import ForgetStray, Note, RememberStray
from calbridge.core.observation import Observation, Records
from calbridge.core.problem import Problem
from calbridge.core.remembered import Memory, Stray
from calbridge.core.wanted import end_of

AUDITS = 2
"""Audits that must find a conference stray before it is cancelled without anybody's word."""


def strays(wanted: frozenset[tuple[str, str]], seen: Observation, context: Context) -> Iterator[Plan | Ending]:
    """What becomes of conferences that nothing asks for; nothing where this pass is no sound audit.

    `wanted` are the parts that the calendar wants, as (UID, part).
    """
    look, records = context.look, seen.records
    if not context.full or records is None or look is None or not look.complete or not seen.is_healthy:
        return
    found = [(sign, c) for sign, c in ours(look, context) if c.id not in records.claimed]
    silent = frozenset(marker.tag(context.policy.owner.host_id, uid) for uid in _silent(wanted, seen))
    asked = frozenset((marker.tag(context.policy.owner.host_id, uid), part) for uid, part in wanted)
    intents = frozenset(i.marker for memory in seen.memories.values() for i in memory.intents)
    stray = [
        (sign, c)
        for sign, c in found
        if sign.tag not in silent and (sign.tag, sign.part) not in asked and sign.text not in intents
    ]
    yield from (_treated(sign, c, records, context) for sign, c in stray)
    known = {c.id for _, c in stray}
    yield Plan(notes=tuple(ForgetStray(s.conference_id) for s in records.strays if s.conference_id not in known))


def ours(look: Look, context: Context) -> Iterator[tuple[Marker, Conference]]:
    """Conferences that carry our marker and are not past."""
    for conference in look.heads:
        sign = marker.find(conference.agenda)
        if sign is not None and sign.instance == context.policy.instance and not _is_past(conference, context.now):
            yield sign, conference


def _silent(wanted: frozenset[tuple[str, str]], seen: Observation) -> frozenset[str]:
    """UIDs of which nobody can tell what is wanted, or whose end is not settled yet."""
    asking = {uid for uid, _ in wanted}
    told = {f.reading.uid for f in seen.found if not isinstance(f.reading, Unasked) or f.reading.why == "hidden"}
    open_ = {uid for uid, memory in seen.memories.items() if _is_open(memory)}
    return frozenset((told | open_ | seen.unreadable) - asking)


def _is_open(memory: Memory) -> bool:
    return bool(memory.mappings or memory.intents)


def _treated(sign: Marker, conference: Conference, records: Records, context: Context) -> Plan | Ending:
    """One stray: cancelled where it is proven to be, else said."""
    where = f"conference {conference.id} of host {context.policy.owner.host_id}"
    what = f"{conference.subject!r} at {conference.start:%Y-%m-%d %H:%M}, Ref. {sign.text}"
    if not records.whole:
        return Plan(problems=(_problem(where, what, _UNREAD),))
    action = CancelStray(about_stray(sign, conference), conference.id, conference.room_url, sign.text)
    if not _is_made_by_us(sign, conference, records, context):
        return Ending(sign.text, Plan(actions=(action,)), kept_by=_problem(where, what, _ALLOW))
    stray = _again(sign, conference, records, context)
    notes: tuple[Note, ...] = (RememberStray(stray),)
    if stray.audits < AUDITS or context.now - stray.since < context.policy.safety.cancel_grace:
        return Plan(problems=(_problem(where, what, _WAIT),), notes=notes)
    return Ending(sign.text, Plan(actions=(action,), notes=notes), kept_by=None)


def _again(sign: Marker, conference: Conference, records: Records, context: Context) -> Stray:
    """The stray, with this audit counted."""
    before = next((s for s in records.strays if (s.conference_id, s.marker) == (conference.id, sign.text)), None)
    if before is None:
        return Stray(conference.id, context.policy.owner.host_id, sign.text, context.now, 1)
    return Stray(before.conference_id, before.host_id, before.marker, before.since, min(before.audits + 1, AUDITS))


def _is_made_by_us(sign: Marker, conference: Conference, records: Records, context: Context) -> bool:
    host_id = context.policy.owner.host_id
    unanswered = {(marker.tag(host_id, uid), part) for uid, part in records.asked}
    return conference.id in records.made or (sign.tag, sign.part) in unanswered


def _is_past(conference: Conference, now: datetime) -> bool:
    if conference.schedule is None:
        return end_of(conference.start, conference.duration) <= now
    rule = schedule.parse(conference.schedule)
    if not isinstance(rule, schedule.Schedule):
        return False
    since = now - timedelta(minutes=conference.duration)
    return next(iter(schedule.expand(rule, conference.start, after=since, before=None)), None) is None


def about_stray(sign: Marker, conference: Conference) -> About:
    """What is shown of a conference of which nobody knows the event."""
    return About(
        calendar="",
        href="",
        uid="",
        recurrence_id=None,
        part=sign.part,
        subject=conference.subject,
        start=conference.start,
        minutes=conference.duration,
        schedule=conference.schedule,
        tier=1,
    )


def _problem(where: str, what: str, hint: str) -> Problem:
    reason = f"no event asks for this conference, which carries our marker: {what}"
    return Problem(where, "conference.stray", reason, hint)


_UNREAD = "it stays; first see to what of this host's calendars could not be read: its event may be among it"
_ALLOW = (
    "it stays, since this database did not create it (another installation with the same instance name may have); "
    "if it is to go, run `calbridge sync --full --allow-cancels N`"
)
_WAIT = "nothing to do: it is cancelled if another audit, at least safety.cancel_grace later, finds the same"

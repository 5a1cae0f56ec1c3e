"""Write down what a plan wants remembered."""

from collections.abc import Iterable
from typing import assert_never

from calbridge.apply.host_pass import Pass
from calbridge.core.notes import (
    CountMiss,
    DropIntent,
    ForgetAbsence,
    ForgetDate,
    ForgetInstance,
    ForgetRefusals,
    ForgetStray,
    Note,
    RememberAbsence,
    RememberInstance,
    RememberMapping,
    RememberStray,
)
from calbridge.core.remembered import Absence, Exceptional


def remember(notes: Iterable[Note], on: Pass) -> None:
    """All of them, in one transaction."""
    with on.store.transaction():
        for note in notes:
            _remember(note, on)


def _remember(note: Note, on: Pass) -> None:
    host_id, meetings = on.policy.owner.host_id, on.store.meetings
    match note:
        case RememberMapping(mapping):
            on.save(mapping)
        case RememberInstance(uid, gen, instance, conference_id, state, sent, part):
            settled = Exceptional(host_id, uid, gen, instance, conference_id, state, sent, part=part)
            meetings.save_exceptional(settled)
        case CountMiss(marker):
            meetings.count_miss(marker)
        case RememberAbsence(uid, why, since, passes):
            meetings.save_absence(Absence(host_id, uid, why, since, passes))
        case RememberStray(stray):
            meetings.save_stray(stray)
        case ForgetInstance() | ForgetDate() | DropIntent() | ForgetAbsence() | ForgetRefusals() | ForgetStray():
            _forget(note, on)
        case _:
            assert_never(note)


def _forget(
    note: ForgetInstance | ForgetDate | DropIntent | ForgetAbsence | ForgetRefusals | ForgetStray, on: Pass
) -> None:
    host_id, meetings = on.policy.owner.host_id, on.store.meetings
    match note:
        case ForgetInstance(uid, gen, instance, part):
            meetings.delete_exceptional(Exceptional(host_id, uid, gen, instance, None, "changed", part=part))
        case ForgetDate(uid, part, gen):
            on.delete(uid, part, gen)
        case DropIntent(marker):
            meetings.delete_intent(marker)
        case ForgetAbsence(uid):
            meetings.delete_absence(host_id, uid)
        case ForgetRefusals(uid):
            meetings.delete_refusals(host_id, uid)
        case ForgetStray(conference_id):
            meetings.delete_stray(conference_id)
        case _:
            assert_never(note)

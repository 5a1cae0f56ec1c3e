"""Effects on single instances of a series."""

from dataclasses import replace

from calbridge.apply.conferences import refusal_problem
from calbridge.apply.host_pass import Pass
from calbridge.apply.outcome import Done, Failed, Held, Outcome
from calbridge.core import marker
from calbridge.core.actions import CancelInstance, UpdateInstance
from calbridge.core.look import Look, fold, matches
from calbridge.core.model import Conference
from calbridge.core.problem import Problem
from calbridge.core.remembered import Exceptional, Refusal
from calbridge.core.wanted import request_fingerprint
from calbridge.errors import OutcomeUnknown, PlatformError, Refused, Unauthorized


async def look(on: Pass) -> Look:
    """See the children that new and rescheduled masters have. No evidence for anything else."""
    listing = await on.platform.listing(on.policy.owner.host_id)
    return fold(listing, (), (), complete=True)


async def update(action: UpdateInstance, on: Pass, seen: Look | None) -> Outcome:
    """Change one instance, or make it like the others again."""
    child = await _child(action, on, seen)
    if child is None:
        return Failed(action, _missing(action))
    if not matches(child, action.fields):
        try:
            await on.platform.update(child.id, action.fields)
        except Unauthorized:
            raise
        except Refused as error:
            problem = refusal_problem(action, error)
            refusal = Refusal(
                on.policy.owner.host_id, action.about.uid, _name(action), request_fingerprint(action.fields), problem
            )
            on.store.meetings.save_refusal(refusal)
            return Failed(action, problem)
    exceptional = _exceptional(action, on, child.id, "changed", action.sent)
    if action.restores:
        on.store.meetings.delete_exceptional(exceptional)
    else:
        on.store.meetings.save_exceptional(exceptional)
    on.record(action, child.id)
    return Done(action, child.id, _room(action, on))


async def cancel(action: CancelInstance, on: Pass, seen: Look | None) -> Outcome:
    """Take one instance out; where the platform lists none, that is done already."""
    child = await _child(action, on, seen)
    if child is None and action.conference_id is None and (seen is None or not seen.complete):
        return Held(action, "the platform's list of conferences is incomplete")
    child_id = action.conference_id if child is None else child.id
    cancelled = _exceptional(action, on, child_id, "cancelled", "")
    if child is not None:
        if child.active:
            return Held(action, "the meeting is running")
        await _cancel(child.id, cancelled, on)
        if await on.platform.fetch(child.id) is not None:
            return Failed(action, _not_cancelled(action))
    # A listing right after the create may lack children that are still being made: then the next pass looks again.
    on.store.meetings.save_exceptional(replace(cancelled, verified=child_id is not None))
    on.record(action, child_id)
    return Done(action, child_id, _room(action, on))


async def _cancel(child_id: int, cancelled: Exceptional, on: Pass) -> None:
    """Cancel, and have it written down before: an instance that is wanted again must know that it was us."""
    known = on.store.meetings.exceptional(cancelled.host_id, cancelled.uid)
    before = next((e for e in known if _key(e) == _key(cancelled)), None)
    on.store.meetings.save_exceptional(replace(cancelled, verified=False))
    try:
        await on.platform.cancel(child_id)
    except OutcomeUnknown:
        raise
    except PlatformError:  # nothing was done
        if before is None:
            on.store.meetings.delete_exceptional(cancelled)
        else:
            on.store.meetings.save_exceptional(before)
        raise


def _key(exceptional: Exceptional) -> tuple[str, int, str]:
    return (exceptional.part, exceptional.gen, exceptional.instance)


async def _child(action: UpdateInstance | CancelInstance, on: Pass, seen: Look | None) -> Conference | None:
    """The instance's own conference, as it is now; never the master, whatever the listing says."""
    master = on.mapping(action.about.uid, *action.series)
    if action.conference_id is not None:
        child = await on.platform.fetch(action.conference_id)
    else:
        child = None if seen is None else seen.child(master.conference_id, action.instance, None)
    return None if child is None or child.id == master.conference_id else child


def _exceptional(
    action: UpdateInstance | CancelInstance, on: Pass, child_id: int | None, state: str, sent: str
) -> Exceptional:
    return Exceptional(
        host_id=on.policy.owner.host_id,
        uid=action.about.uid,
        gen=action.series[1],
        instance=_name(action),
        conference_id=child_id,
        state="cancelled" if state == "cancelled" else "changed",
        sent=sent,
        part=action.series[0],
    )


def _room(action: UpdateInstance | CancelInstance, on: Pass) -> str | None:
    return on.mapping(action.about.uid, *action.series).room_url


def _name(action: UpdateInstance | CancelInstance) -> str:
    return marker.part_of(action.instance)


def _missing(action: UpdateInstance) -> Problem:
    return Problem(
        f"{action.about.calendar} {action.about.uid} {action.about.recurrence_id or _name(action)}",
        "conference.no-instance",
        "the platform lists no conference for this changed instance of the series",
        "look whether it was cancelled there; the series' own room is open at any time",
    )


def _not_cancelled(action: CancelInstance) -> Problem:
    return Problem(
        f"{action.about.calendar} {action.about.uid} {_name(action)}",
        "conference.not-cancelled",
        "the platform said that it cancelled this instance and still has it",
        "nothing to do: it is tried again with the next pass",
    )

"""Intents that nobody waits for any more: what they asked for may exist all the same, and must not be orphaned."""

from collections.abc import Iterable
from typing import Literal

from calbridge.core.actions import Cancel, Looks
from calbridge.core.case import Draft, about_conference
from calbridge.core.look import Look
from calbridge.core.notes import CountMiss, DropIntent
from calbridge.core.remembered import Intent
from calbridge.core.wanted import end_of

MISSES = 2
"""Complete looks without a conference, later than the settle time, before it is certain that there is none."""


def end_intents(intents: Iterable[Intent], why: Literal["ended", "dropped"], draft: Draft) -> bool:
    """Cancel what they brought about, drop what came to nothing. False while that is not yet certain for all."""
    unwanted, look = tuple(intents), draft.case.context.look
    if not unwanted:
        return True
    if look is None:
        draft.looks |= Looks(listing=True)
        return False
    certain = [_end(intent, why, look, draft) for intent in unwanted]
    return all(certain)


def is_miss(intent: Intent, look: Look, draft: Draft) -> bool:
    """Whether a look that does not show the intent's conference counts against it."""
    return look.complete and look.taken >= intent.posted + draft.case.context.policy.safety.settle_time


def _end(intent: Intent, why: Literal["ended", "dropped"], look: Look, draft: Draft) -> bool:
    case = draft.case
    carriers = look.marked(case.context.policy.instance, case.tag, intent.part)
    found = next((conference for sign, conference in carriers if sign.gen == intent.gen), None)
    if found is not None:
        if found.schedule is None and end_of(found.start, found.duration) <= case.context.now:
            draft.notes.append(DropIntent(intent.marker))
        else:
            shown = about_conference(case.meeting, intent.part, found)
            draft.actions.append(Cancel(shown, found.id, found.room_url, why, intent.gen))
        return True
    if not is_miss(intent, look, draft):
        return False
    gone = intent.misses + 1 >= MISSES
    draft.notes.append(DropIntent(intent.marker) if gone else CountMiss(intent.marker))
    return gone

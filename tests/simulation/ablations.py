"""The protocol without one of its rules at a time: for each, some history must break an invariant, or it has no proof.

A rule is taken away by replacing functions of the product's for as long as a test runs; nothing in the product knows.

    PYTHONPATH=tests python -m simulation.ablations
"""

import argparse
import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any

from calbridge import sync
from calbridge.apply import conferences, host_pass, instances, run
from calbridge.apply import events as apply_events
from calbridge.apply.host_pass import Pass
from calbridge.apply.outcome import Done
from calbridge.calendars import account
from calbridge.core import (
    audit,
    breakers,
    case,
    contentline,
    evidence,
    invite,
    look,
    marker,
    meeting,
    plan,
    plan_intents,
    plan_meeting,
    plan_part,
    trigger,
)
from calbridge.core.actions import Cancel, CancelStray
from calbridge.core.case import Case, Draft
from calbridge.core.look import Look
from calbridge.core.model import CalendarObject, Listing
from calbridge.core.remembered import Intent, Stray
from calbridge.enterprise import conference
from calbridge.enterprise.endpoint import Retry
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import OutcomeUnknown
from calbridge.ports import Poll
from calbridge.store import Lock, Store
from calbridge.store.calendars import CalendarMemory
from calbridge.store.meetings import MeetingMemory
from calbridge.sync import looks
from simulation.runner import CHUNK, run_here

SEEDS = 4000
"""How many histories a rule may take to be missed."""

observe = import_module("calbridge.sync.observe")
"""The module; its package has a function of that name."""

Patch = tuple[object, str, Any]  # Any: whatever stands there


@dataclass(frozen=True)
class Ablation:
    """One rule of design.md, section 5, and what is put in its place so that it is gone."""

    rule: str
    patches: tuple[Patch, ...]


@dataclass(frozen=True)
class Finding:
    """After how many histories which invariant was broken; None where none was."""

    rule: str
    seeds: int
    broken: str | None


@contextmanager
def without(ablation: Ablation) -> Iterator[None]:
    """Take the rule away for as long as the block runs."""
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in ablation.patches]
    for owner, name, instead in ablation.patches:
        setattr(owner, name, instead)
    try:
        yield
    finally:
        for owner, name, before in kept:
            setattr(owner, name, before)


def find(ablation: Ablation, seeds: int = SEEDS, *, chunk: int = CHUNK) -> Finding:
    """Run histories, `chunk` at a stretch, without the rule until one breaks an invariant that it keeps with it."""
    for first in range(1, seeds + 1, chunk):
        with without(ablation):
            broken = [(r.seed, r.violation) for r in run_here(range(first, first + chunk)) if r.violation is not None]
        for seed, violation in broken:
            if all(whole.violation is None for whole in run_here([seed])):
                return Finding(ablation.rule, seed, violation)
    return Finding(ablation.rule, seeds, None)


# --- the rules ------------------------------------------------------------------------------------------------------


def _no_intents(*_: object) -> Iterator[Intent]:
    return iter(())


async def _given_up_at_once(action: Any, on: Pass, create: Any = conferences.create) -> Any:  # Any: create's own types
    try:
        return await create(action, on)
    except OutcomeUnknown:
        on.store.meetings.delete_intent(action.marker)
        raise


def _nothing_marked(*_: object) -> None:
    return None


def _any_complete_look(_intent: Intent, seen: Look, *_: object) -> bool:
    return seen.complete


async def _always_complete(*given: Any, take: Any = looks.take_look) -> Any:  # Any: take_look's own types
    seen, problems = await take(*given)
    return replace(seen, complete=True), problems


def _not_folded(listing: Listing, *rest: Any, fold: Any = look.fold, **more: Any) -> Look:  # Any: fold's own types
    folded: Look = fold(listing, *rest, **more)
    heads = {c.id: c for c in (*folded.heads, *listing.conferences)}
    return replace(folded, heads=tuple(heads.values()))


def _none_found(*_: object) -> Iterator[Any]:  # Any: plans and endings
    return iter(())


def _always_looked(**given: Any) -> Any:  # Any: Context's own types
    return _CONTEXT(**given | {"looked_before": True, "unclaimed": frozenset()})


def _nothing_unclaimed(**given: Any) -> Any:  # Any: Context's own types
    return _CONTEXT(**given | {"unclaimed": frozenset()})


_CONTEXT = case.Context


def _first_generation(*_: object) -> int:
    return 1


def _ripe_at_once(*_: object) -> bool:
    return True


def _ripe_after_two(away: Any, _context: object) -> bool:  # Any: a note
    return bool(away.passes >= 2)


async def _believed(*_: object) -> bool:
    return True


async def _nothing_listed(*_: object) -> tuple[list[CalendarObject], bool]:
    return [], True


async def _listed_where_healthy(sight: Any, store: Store, listed: Any = looks._listed) -> Any:  # Any: its own types
    """What of the host's calendars can't be read counts as read."""
    seen = replace(sight.observation, calendars=sight.observation.healthy)
    return await listed(replace(sight, observation=seen), store)


def _nowhere(*_: object) -> tuple[tuple[str, str], ...]:
    return ()


def _always(*_: object) -> bool:
    return True


def _never(*_: object, **__: object) -> bool:
    return False


async def _cancel_unseen(action: Cancel, on: Pass) -> Any:  # Any: an outcome
    """Without fetching it first."""
    await on.platform.cancel(action.conference_id)
    if action.why != "double":
        on.delete(action.about.uid, action.about.part, action.gen)
    return Done(action, action.conference_id, action.room_url)


async def _cancel_unchecked(
    action: Cancel, on: Pass, cancel: Any = conferences.cancel
) -> Any:  # Any: cancel's own types
    """Done whatever the answer was."""
    try:
        return await cancel(action, on)
    except OutcomeUnknown:
        if action.why != "double":
            on.delete(action.about.uid, action.about.part, action.gen)
        return Done(action, action.conference_id, action.room_url)


async def _ended_first(self: Any, indexes: Any) -> None:  # Any: a private class
    """What goes does not wait for what the event shows."""
    for index in indexes:
        if isinstance(self.actions[index], Cancel | CancelStray):
            await self._do(index)
    await _MEETING(self, indexes)


_MEETING = run._Doing.meeting


def _absence_kept(*_: object) -> None:
    return None


def _anybodys(*_: object) -> None:
    return None


async def _put_blindly(self: Any, source: CalendarObject, body: bytes, put: Any = account.DavAccount.put) -> None:
    """Guarded by the ETag of this moment, which guards nothing. Any: the account's own types."""
    now = await self.get(source.calendar, source.href)
    await put(self, source if now is None else replace(source, etag=now.etag), body)


def _state_first(self: CalendarMemory, poll: Poll, seen: Any, *, selected: str, at: Any, save: Any) -> None:
    """The token in a transaction of its own, before the rows. Any: save_poll's own types."""
    nothing = Poll(poll.calendar, (), frozenset(), poll.state)
    save(self, nothing, (), selected=selected, at=at)
    save(self, poll, seen, selected=selected, at=at)


@contextmanager
def _apart(_store: object) -> Iterator[None]:
    yield


def _method(function: Callable[..., Any], **given: Any) -> Any:  # Any: methods of many classes
    """A function with some arguments given, that still becomes a method."""

    def method(self: Any, *args: Any, **more: Any) -> Any:  # Any: likewise
        return function(self, *args, **more, **given)

    return method


def _unfolded(body: bytes, edits: Any, spliced: Any = contentline.spliced) -> bytes:  # Any: edits
    """As a library would write the object anew."""
    return re.sub(rb"\r\n[ \t]", b"", spliced(body, edits))


def _oldest(known_to: Any, *rest: Any, marked: Any = plan_part.marked) -> Any:  # Any: marked's own types
    meeting = replace(known_to.meeting, references=frozenset(), rooms=frozenset())
    return marked(replace(known_to, meeting=meeting), *rest)


def _acquired(self: Lock, *_: object, **__: object) -> Lock:
    return self


def _seldom_active(fetch: Any = AccountPlatform.fetch) -> Any:  # Any: fetch's own types
    async def fetched(self: Any, conference_id: int) -> Any:  # Any: likewise
        found = await fetch(self, conference_id)
        return None if found is None else replace(found, active=False)

    return fetched


def _found_twice(sign: Any, conference: Any, _records: object, context: Any) -> Stray:  # Any: _again's own types
    """As if another audit, long ago, had found it, too."""
    host_id = context.policy.owner.host_id
    return Stray(conference.id, host_id, sign.text, context.now - timedelta(days=1), audit.AUDITS)


def _of_any_instance(self: Look, _instance: str, tag: str, part: str) -> Any:  # Any: marked's own type
    found = ((marker.find(c.agenda), c) for c in self.heads)
    return tuple((m, c) for m, c in found if m is not None and (m.tag, m.part) == (tag, part))


class _Unasked:
    """A platform that is asked for its listing only."""

    def __init__(self, platform: Any) -> None:  # Any: the port
        self._platform = platform

    async def listing(self, host_id: int) -> Listing:
        listing: Listing = await self._platform.listing(host_id)
        return listing

    async def fetch(self, _conference_id: int) -> None:
        return


async def _listing_believed(seat: Any, seen: Any, run: Any, allowed: Any, take: Any = looks.take_look) -> Any:
    """What it lacks is gone. Any: take_look's own types."""
    return await take(seat, seen, replace(run, platform=_Unasked(run.platform)), allowed)


async def _no_doubt(*_: object) -> None:
    return


def _unrefused(self: CalendarMemory, state: Any, save: Any = CalendarMemory.save_write_state) -> None:  # Any: its own
    save(self, replace(state, refused_etag=None, problem=None))


def _undropped(self: CalendarMemory, state: Any, save: Any = CalendarMemory.save_write_state) -> None:  # Any: its own
    save(self, replace(state, dropped=frozenset()))


ABLATIONS = (
    Ablation("intent before create", ((run, "_intents", _no_intents),)),
    Ablation("a create of unknown outcome is looked up", ((conferences, "create", _given_up_at_once),)),
    Ablation("a create is sent once", ((conference, "CREATE", replace(conference.CREATE, retry=Retry.READ)),)),
    Ablation(
        "adopt on the marker", ((plan_part, "marked", _nothing_marked), (plan_meeting, "marked", _nothing_marked))
    ),
    Ablation("two complete listings", ((plan_part, "MISSES", 1), (plan_intents, "MISSES", 1))),
    Ablation(
        "settle_time", ((plan_part, "is_miss", _any_complete_look), (plan_intents, "is_miss", _any_complete_look))
    ),
    Ablation("a listing must be complete", ((sync, "take_look", _always_complete),)),
    Ablation("children are folded", ((looks, "fold", _not_folded), (instances, "fold", _not_folded))),
    Ablation("the first pass looks first", ((sync, "Context", _always_looked),)),
    Ablation("what nothing claimed is looked up", ((sync, "Context", _nothing_unclaimed),)),
    Ablation("GEN in the marker", ((plan_part, "_next_gen", _first_generation),)),
    Ablation("the event shows the new room first", ((run._Doing, "meeting", _ended_first),)),
    Ablation("strong If-Match of what was read", ((account.DavAccount, "put", _put_blindly),)),
    Ablation("every other byte stays", ((invite, "spliced", _unfolded),)),
    Ablation("a write is read back", ((apply_events, "_holds", _always),)),
    Ablation("of two with one marker the one that is shown stays", ((plan_part, "marked", _oldest),)),
    Ablation("two passes and the grace", ((evidence, "_ripe", _ripe_at_once),)),
    Ablation("the grace", ((evidence, "_ripe", _ripe_after_two),)),
    Ablation("the event's own GET", ((looks, "_is_gone", _believed),)),
    Ablation("a complete listing of every calendar", ((looks, "_listed", _nothing_listed),)),
    Ablation("the host's other calendars", ((CalendarMemory, "places", _nowhere),)),
    Ablation("an empty calendar is not believed", ((observe, "_confirmed", _always),)),
    Ablation(
        "what can't be seen is not gone",
        (
            (evidence, "is_out_of_sight", _never),
            (plan, "is_out_of_sight", _never),
            (evidence, "is_not_read", _never),
            (plan, "is_not_read", _never),
            (looks, "_listed", _listed_where_healthy),
        ),
    ),
    Ablation("a hidden event is not gone", ((meeting, "is_hidden", _never),)),
    Ablation("our block keeps a room", ((trigger, "_has_ours", _never),)),
    Ablation("a pending cancel is dropped", ((MeetingMemory, "delete_absence", _absence_kept),)),
    Ablation("the breaker", ((breakers, "too_many", _never), (host_pass, "too_many", _never))),
    Ablation("fetch before cancel", ((conferences, "cancel", _cancel_unseen),)),
    Ablation("cancelled only when fetch says so", ((conferences, "cancel", _cancel_unchecked),)),
    Ablation("a double's marker is verified", ((conferences, "_is_ours", _always),)),
    Ablation("a double is cancelled", ((plan_meeting, "_doubles", _none_found),)),
    Ablation("a copy that asks for nothing is not the event", ((plan, "_is_copy", _never),)),
    Ablation("another installation's event is skipped", ((meeting._Reader, "_other_instance", _anybodys),)),
    Ablation("what nothing asks for is found", ((plan, "strays", _none_found),)),
    Ablation(
        "the sync-token together with its rows",
        (
            (CalendarMemory, "save_poll", _method(_state_first, save=CalendarMemory.save_poll)),
            (Store, "transaction", _apart),
        ),
    ),
    Ablation("one writer", ((Lock, "acquire", _acquired),)),
    Ablation("what a listing lacks is fetched", ((sync, "take_look", _listing_believed), (looks, "_doubt", _no_doubt))),
    Ablation("nothing is created beyond what is listed", ((plan_part, "VIEW", timedelta(days=10_000)),)),
    Ablation("what was refused is not sent again", ((Draft, "refused", _never),)),
    Ablation("what people cancelled stays cancelled", ((plan_part, "_stays_lost", _never),)),
    Ablation("what people changed is set back", ((plan_part, "differences", _nowhere),)),
    Ablation(
        "a running meeting is left alone",
        ((conferences, "_is_under_way", _never), (AccountPlatform, "fetch", _seldom_active())),
    ),
    Ablation("an event that shows a later room is believed", ((Case, "names_later", _never),)),
    Ablation("an event that changed its mind is not written", ((apply_events, "_changed_its_mind", _absence_kept),)),
    Ablation(
        "another installation's conferences are left alone",
        ((Look, "marked", _of_any_instance),),
    ),
    Ablation("a stray is cancelled only where it is ours", ((audit, "_is_made_by_us", _always),)),
    Ablation("a stray is cancelled by the second audit", ((audit, "_again", _found_twice),)),
    Ablation("a refused write waits for an edit", ((CalendarMemory, "save_write_state", _unrefused),)),
    Ablation("what a server drops is not written again", ((CalendarMemory, "save_write_state", _undropped),)),
)
"""All of them, in the order of the protocol."""


def main() -> int:
    """Print the table; exit 1 where a rule was not missed."""
    parser = argparse.ArgumentParser(prog="simulation.ablations", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many histories each rule may take")
    parser.add_argument("--only", help="rules that contain this text")
    parser.add_argument("--processes", type=int, help="as many as there are processors, unless said otherwise")
    asked = parser.parse_args()
    chosen = [a.rule for a in ABLATIONS if asked.only is None or asked.only in a.rule]
    sys.stdout.write(f"{'rule':<46} {'seeds':>6}  violated invariant\n")
    missed = 0
    with multiprocessing.get_context("spawn").Pool(asked.processes or os.cpu_count()) as pool:
        for finding in pool.imap(partial(_find_by_name, seeds=asked.seeds), chosen, chunksize=1):
            missed += finding.broken is None
            sys.stdout.write(f"{finding.rule:<46} {finding.seeds:>6}  {finding.broken or 'NONE'}\n")
            sys.stdout.flush()
    return 1 if missed else 0


def _find_by_name(rule: str, seeds: int) -> Finding:
    return find(next(a for a in ABLATIONS if a.rule == rule), seeds)


if __name__ == "__main__":
    sys.exit(main())

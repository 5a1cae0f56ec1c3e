"""Closer looks: at all of a host's conferences, and at events that seem to be gone."""

from collections.abc import Iterable
from datetime import datetime

from calbridge.core import contentline
from calbridge.core.event import read_object
from calbridge.core.look import Look, fold, unlisted_masters
from calbridge.core.model import CalendarObject, Conference, EventSet
from calbridge.core.plan import Observation
from calbridge.core.problem import Problem
from calbridge.core.remembered import Mapping
from calbridge.core.wanted import VIEW
from calbridge.errors import CalendarError, PlatformError
from calbridge.ports import SyncState
from calbridge.store import Store
from calbridge.sync.observe import Sight
from calbridge.sync.values import Run, Seat


async def take_look(seat: Seat, seen: Observation, run: Run) -> tuple[Look, tuple[Problem, ...]]:
    """List the host's conferences, and fetch those that we know, or that children name, and the list lacks.

    Where that fails the look is incomplete: what it shows may be adopted, what it lacks proves nothing.
    """
    started = run.clock()
    try:
        listing = await run.platform.listing(seat.profile.id)
    except PlatformError as error:
        return Look(started, complete=False), (error.problem,)
    listed = {c.id for c in listing.conferences}
    ours = {m.conference_id for memory in seen.memories.values() for m in memory.mappings if _in_view(m, started)}
    fetched: list[Conference] = []
    lost: list[int] = []
    problems: list[Problem] = []
    for conference_id in sorted((ours | unlisted_masters(listing)) - listed):
        try:
            conference = await run.platform.fetch(conference_id)
        except PlatformError as error:
            problems.append(error.problem)
            break
        if conference is None:
            lost.append(conference_id)
        else:
            fetched.append(conference)
    complete = listing.complete and not problems
    if complete:
        run.looked.add(seat.profile.id)
        run.store.journal.save_listing(seat.profile.id, seat.name, listing.taken)
    return fold(listing, fetched, lost, complete=not problems), tuple(problems)


async def prove_gone(uids: Iterable[str], sight: Sight, store: Store) -> dict[str, bool]:
    """Whether each event is gone: from a complete listing, by its own GET, and from the host's other calendars.

    An object that can't be read may be the event, moved: where its text has the UID, nothing is proven.
    """
    present: dict[str, frozenset[str] | None] = {}
    proofs: dict[str, bool] = {}
    for uid in sorted(uids):
        mappings = sight.observation.memories[uid].mappings
        proofs[uid] = (
            sight.observation.healthy == sight.observation.calendars
            and not store.calendars.places(sight.observation.calendars, uid)
            and not _is_in_unread(uid, sight, store)
            and all([await _is_gone(m, present, sight, store) for m in mappings])
        )
    return proofs


def _is_in_unread(uid: str, sight: Sight, store: Store) -> bool:
    unread = (
        stored.object.body
        for calendar in sight.observation.calendars
        for stored in store.calendars.asking(calendar)
        if not stored.uid
    )
    return any(uid.encode("utf-8", "surrogateescape") in contentline.unfold(body).content for body in unread)


async def _is_gone(mapping: Mapping, present: dict[str, frozenset[str] | None], sight: Sight, store: Store) -> bool:
    account = sight.accounts.get(mapping.calendar)
    if account is None:
        return False
    try:
        if mapping.calendar not in present:
            known = store.calendars.known(mapping.calendar)
            poll = await account.poll(mapping.calendar, SyncState(), known, full=True)
            present[mapping.calendar] = poll.present
        listed = present[mapping.calendar]
        if listed is None:
            return False
        stored = await account.get(mapping.calendar, mapping.href)
        return _is_another(stored, mapping) if mapping.href in listed else stored is None
    except CalendarError:
        present[mapping.calendar] = None
        return False


def _is_another(stored: CalendarObject | None, mapping: Mapping) -> bool:
    """Whether the object at the event's address is by now another event."""
    events = None if stored is None else read_object(stored, zone="UTC")
    return isinstance(events, EventSet) and events.uid != mapping.uid


def _in_view(mapping: Mapping, now: datetime) -> bool:
    """Whether the listing must show it: neither past nor beyond the platform's horizon."""
    ended = mapping.until is not None and mapping.until <= now
    return mapping.state == "live" and not ended and mapping.anchor <= now + VIEW

"""Closer looks: at all of a host's conferences, and at events that seem to be gone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from calbridge.core import contentline, marker
from calbridge.core.breakers import Allowed, too_many
from calbridge.core.event import read_object
from calbridge.core.look import Look, fold, unlisted_masters
from calbridge.core.model import CalendarObject, Conference, EventSet, Listing, Unasked
from calbridge.core.observation import Observation
from calbridge.core.problem import Problem
from calbridge.core.remembered import Mapping
from calbridge.core.wanted import VIEW
from calbridge.errors import CalendarError, PlatformError
from calbridge.ports import SyncState
from calbridge.store import Store, digest
from calbridge.sync.observe import Sight
from calbridge.sync.values import Run, Seat


async def take_look(seat: Seat, seen: Observation, run: Run, allowed: Allowed) -> tuple[Look, tuple[Problem, ...]]:
    """List the host's conferences, and fetch those that we know, or that children name, and the list lacks.

    Where that fails the look is incomplete: what it shows may be adopted, what it lacks proves nothing. So it is where
    the platform contradicts itself over what is gone, or suddenly knows too little: a gateway in front of it may answer
    in its shape.
    """
    started = run.clock()
    try:
        listing = await run.platform.listing(seat.profile.id)
    except PlatformError as error:
        return Look(started, complete=False), (error.problem,)
    listed = {c.id for c in listing.conferences}
    ours = {m.conference_id for memory in seen.memories.values() for m in memory.mappings if _in_view(m, started)}
    masters = unlisted_masters(listing)
    fetched: list[Conference] = []
    lost: list[int] = []
    try:
        for conference_id in sorted((ours | masters) - listed):
            conference = await run.platform.fetch(conference_id)
            if conference is not None:
                fetched.append(conference)
            elif conference_id not in masters:  # its instances are listed: that is no proof
                lost.append(conference_id)
        doubt = await _doubt(lost, len(ours), listing, seat, run, allowed) if lost else None
    except PlatformError as error:
        doubt = error.problem
    if doubt is not None:
        return fold(listing, fetched, (), complete=False), (doubt,)
    look = fold(listing, fetched, lost, complete=True)
    if look.complete:
        run.looked[seat.profile.id] = _unclaimed(look, seen, run.config.instance)
        run.store.journal.save_listing(seat.profile.id, seat.name, listing.taken)
    return look, ()


def _unclaimed(look: Look, seen: Observation, instance: str) -> frozenset[str]:
    """The TAGs of our conferences that no mapping knows."""
    known = {m.conference_id for memory in seen.memories.values() for m in memory.mappings}
    signs = (marker.find(c.agenda) for c in look.heads if c.id not in known)
    return frozenset(sign.tag for sign in signs if sign is not None and sign.instance == instance)


async def _doubt(
    lost: Sequence[int], known: int, listing: Listing, seat: Seat, run: Run, allowed: Allowed
) -> Problem | None:
    """Why the platform is not believed that conferences which we know do not exist.

    Asked for one that it has just listed, it must have it; and they may not be more than may end at once.
    """
    where = f"host {seat.profile.id}"
    shown = min((c.id for c in listing.conferences), default=None)
    if shown is not None and await run.platform.fetch(shown) is None:
        return Problem(
            where,
            "platform.contradiction",
            f"the platform lists conference {shown} and, asked for it, says that there is none",
            "nothing is concluded from that; if it lasts, look for a proxy or portal in front of the platform",
        )
    if too_many(len(lost), known, seat.config.safety) and len(lost) > (allowed.cancels or 0):
        return Problem(
            where,
            "platform.emptied",
            f"{len(lost)} of {known} conferences that were there are not known to the platform any more",
            f"nothing is concluded from that; if it is true, run `calbridge sync --full --allow-cancels {len(lost)}`",
        )
    return None


@dataclass(frozen=True, slots=True)
class Proofs:
    """Whether each event is gone, and what the listings brought on the way.

    `outdated` are the UIDs of events that they show otherwise than this pass has read them: what it had to say of them
    is out of date.
    """

    gone: dict[str, bool]
    brought: tuple[CalendarObject, ...]
    outdated: frozenset[str]


async def prove_gone(uids: Iterable[str], sight: Sight, store: Store) -> Proofs:
    """Whether each event is gone: from a complete listing of every calendar of the host, and by its own GET.

    What polls by token brought is no proof, since servers forget changes. An object that can't be read may be the
    event, moved: where its text has the UID, nothing is proven.
    """
    brought, all_read = await _listed(sight, store)
    unseen = [*_nameless(sight, store), *brought]
    proofs: dict[str, bool] = {}
    for uid in sorted(uids):
        places = sorted(sight.observation.memories[uid].places)
        declining = _declining(uid, sight.observation)
        proofs[uid] = (
            all_read
            and declining.issuperset(store.calendars.places(sight.observation.calendars, uid))
            and not any(_may_be(uid, source) for source in unseen)
            and all([await _is_gone(uid, calendar, href, sight) for calendar, href in places])
        )
    return Proofs(proofs, tuple(brought), frozenset(_changed(brought, store)))


def _changed(unseen: Iterable[CalendarObject], store: Store) -> Iterator[str]:
    """Compared by bytes: servers give new ETags, or none at all, to objects that nobody touched."""
    for source in unseen:
        events = read_object(source, zone="UTC")
        known = store.calendars.digests(source.calendar, [source.href]).get(source.href)
        if isinstance(events, EventSet) and known != digest(source.body):
            yield events.uid


def _declining(uid: str, seen: Observation) -> frozenset[tuple[str, str]]:
    """Where the UID is in objects that say themselves that they are over."""
    mine = ((found.source, found.reading) for found in seen.found if found.reading.uid == uid)
    return frozenset(
        (source.calendar, source.href)
        for source, reading in mine
        if isinstance(reading, Unasked) and reading.why in ("cancelled", "stop-word")
    )


def _nameless(sight: Sight, store: Store) -> Iterator[CalendarObject]:
    """Objects that could not be read when they were polled."""
    for calendar in sorted(sight.observation.calendars):
        yield from (stored.object for stored in store.calendars.asking(calendar) if not stored.uid)


async def _listed(sight: Sight, store: Store) -> tuple[list[CalendarObject], bool]:
    """Every object that the polls of this pass did not bring as it is, and whether all calendars told all."""
    brought: list[CalendarObject] = []
    if not sight.observation.is_healthy:
        return brought, False
    for calendar in sorted(sight.observation.calendars):
        known = store.calendars.known(calendar)
        try:
            poll = await sight.accounts[calendar].poll(calendar, SyncState(), known, full=True)
        except CalendarError:
            return brought, False
        if not poll.complete or poll.problems:
            return brought, False
        brought += poll.changed
    return brought, True


def _may_be(uid: str, source: CalendarObject) -> bool:
    events = read_object(source, zone="UTC")
    if isinstance(events, EventSet):
        return events.uid == uid
    return events is not None and uid.encode("utf-8", "surrogateescape") in contentline.unfold(source.body).content


async def _is_gone(uid: str, calendar: str, href: str, sight: Sight) -> bool:
    """By the event's own address."""
    account = sight.accounts.get(calendar)
    if account is None:
        return False
    try:
        stored = await account.get(calendar, href)
    except CalendarError:
        return False
    return stored is None or is_another(uid, stored)


def is_another(uid: str, stored: CalendarObject) -> bool:
    """Whether the object at the event's address is by now another event."""
    events = read_object(stored, zone="UTC")
    return isinstance(events, EventSet) and events.uid != uid


def _in_view(mapping: Mapping, now: datetime) -> bool:
    """Whether the listing must show it: neither past nor beyond the platform's horizon."""
    ended = mapping.until is not None and mapping.until <= now
    return mapping.state == "live" and not ended and mapping.anchor <= now + VIEW

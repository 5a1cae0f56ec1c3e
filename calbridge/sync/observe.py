"""What a host's calendars show: poll what changed, remember it, read all that asks for a room."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from calbridge.config import select_fingerprint
from calbridge.core.breakers import Recent
from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading, Skipped, Unasked
from calbridge.core.observation import Found, Observation, Records
from calbridge.core.plan_note import shows_note
from calbridge.core.policy import Owner, Policy
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import Memory, WriteState
from calbridge.core.wanted import fingerprint
from calbridge.errors import CalendarError
from calbridge.ports import Calendar, Calendars, Poll, SyncState
from calbridge.store import CalendarRecord, Entry, Seen, digest
from calbridge.sync.telling import Teller
from calbridge.sync.values import Options, Run, Seat

_log = structlog.get_logger()

_EMPTIED = Misfit(
    "calendar.emptied",
    "this calendar held events and lists none at all any more; rooms of its meetings stay",
    "if it is really empty, confirm it with `calbridge sync --allow-cancels N`",
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one pass sees of a host's calendars, and what it needs to look closer."""

    policy: Policy
    selected: str
    accounts: dict[str, Calendars]
    observation: Observation
    problems: tuple[Problem, ...]


async def observe(seat: Seat, run: Run, options: Options) -> Sight:
    """Poll every calendar of the host; one that fails is a problem, and nothing is concluded from it."""
    policy = policy_of(seat, run)
    memories = run.store.meetings.memories(seat.profile.id)
    problems = list(seat.problems)
    healthy: set[str] = set()
    for calendar, account in seat.calendars:
        reader = _Reader(policy, calendar, seat, run, memories)
        try:
            if await _poll(calendar, account, reader, run, options, problems):
                healthy.add(calendar.url)
        except CalendarError as error:
            problems.append(error.problem)
    found: list[Found] = []
    unreadable: set[str] = set()
    write_states: dict[tuple[str, str], WriteState] = {}
    for calendar, _ in seat.calendars:
        if calendar.url not in healthy:
            continue
        reader = _Reader(policy, calendar, seat, run, memories)
        for stored in run.store.calendars.asking(calendar.url):
            reading = reader.read(stored.object)
            if isinstance(reading, Problem):
                problems.append(reading)
                unreadable.add(stored.uid)
            elif reading is not None:
                found.append(Found(stored.object, reading, stored.existing))
        write_states.update({(s.calendar, s.href): s for s in run.store.calendars.write_states(calendar.url)})
    known = {record.url for record in run.store.calendars.of_host(seat.profile.id)}
    observation = Observation(
        found=tuple(found),
        calendars=frozenset(c.url for c, _ in seat.calendars) | seat.unseen,
        healthy=frozenset(healthy),
        writable=frozenset(c.url for c, _ in seat.calendars if c.writable),
        elsewhere=run.store.calendars.holders(known - healthy),
        unreadable=frozenset(unreadable),
        memories=memories,
        write_states=write_states,
        recent=_recent(run, seat.profile.id),
        records=_records(seat, run, whole=not problems and not unreadable) if options.full else None,
    )
    accounts = {calendar.url: account for calendar, account in seat.calendars}
    selected = fingerprint(select_fingerprint(seat.config), sorted(seat.addresses))
    return Sight(policy, selected, accounts, observation, tuple(problems))


def policy_of(seat: Seat, run: Run) -> Policy:
    """The host's configuration and who she is, as the core takes it."""
    config, platform = seat.config, run.config.platform
    said = next((language for language in config.writeback.language if language != "auto"), None)
    owner = Owner(
        host_id=seat.profile.id,
        addresses=seat.addresses,
        zone=seat.profile.zone or "UTC",
        language=said or seat.profile.locale or "en",
        dial_in=seat.profile.dial_in,
        access_code=seat.profile.access_code,
    )
    return Policy(
        instance=run.config.instance,
        owner=owner,
        select=config.select,
        conference=config.conference,
        writeback=config.writeback,
        safety=config.safety,
        room_hosts=platform.room_hosts,
        allow_http_rooms=platform.url.startswith("http://"),
        on_platform_cancel=platform.on_platform_cancel,
    )


class _Reader:
    """Reads objects of one calendar of `host_id`'s; whatever is in them, it gives a value.

    `rooms` counts live ones by calendar.
    """

    def __init__(self, policy: Policy, calendar: Calendar, seat: Seat, run: Run, memories: Map[str, Memory]) -> None:
        self._policy = policy
        self.host_id = seat.profile.id
        self._host = seat.name
        self._zone = calendar.zone or seat.profile.zone or "UTC"
        self._store = run.store
        self._away = frozenset(uid for uid, memory in memories.items() if memory.absence is not None)
        self._remembered = frozenset(uid for uid, memory in memories.items() if memory.mappings or memory.intents)
        live = (m for memory in memories.values() for m in memory.mappings if m.is_held)
        self.rooms = Counter(mapping.calendar for mapping in live)

    @property
    def asked_for(self) -> str:
        """Fingerprint of everything that decides whether an object asks for a room, and is kept."""
        what = (self._policy.select, sorted(self._policy.owner.addresses), self._zone)
        return fingerprint(*what, "hidden ones are kept")

    def read(self, source: CalendarObject) -> Reading | Problem | None:
        try:
            events = read_object(source, zone=self._zone)
            if isinstance(events, EventSet):
                return read_meeting(events, self._policy)
            return events
        except Exception as error:  # noqa: BLE001  the boundary of an event: one that breaks our code stops no other
            _log.exception("event failed", calendar=source.calendar)
            return Problem(
                source.href,
                "internal.error",
                f"calbridge itself failed on this event ({type(error).__name__}); its room stays as it is",
                "report it with the log's traceback",
            )

    def returned(self, seen: Iterable[Seen]) -> list[str]:
        """The UIDs of these objects whose meetings were away, and ask by now."""
        readings = (self.read(each.object) for each in seen if each.uid in self._away)
        return [r.uid for r in readings if isinstance(r, Meeting) and r.master is not None]

    def seen(self, source: CalendarObject) -> Seen:
        """What to keep of an object: all where it asks for a room, has one, may have one, says why not, or is odd."""
        reading = self.read(source)
        if isinstance(reading, Problem):
            before = self._store.calendars.object(source.calendar, source.href)
            return Seen(source, "" if before is None else before.uid, asks=True)
        if reading is None:
            return Seen(source, "", asks=False)
        hidden = isinstance(reading, Unasked) and reading.why == "hidden"
        asks = isinstance(reading, Meeting | Skipped) or hidden or reading.uid in self._remembered
        return Seen(source, reading.uid, asks=asks or shows_note(source.body))

    def told(self, poll: Poll, seen: Sequence[Seen], removed: Iterable[str], *, at: datetime) -> tuple[Entry, ...]:
        """What of a poll belongs into the history: events that ask for a room and came, changed or went.

        Compared by bytes: servers give new ETags, or none at all, to objects that nobody touched.
        """
        teller = Teller(self._policy.owner.host_id, self._host, at)
        asking = [each for each in seen if each.asks and each.uid]
        before = self._store.calendars.digests(poll.calendar, [each.object.href for each in asking])
        entries = []
        for each in asking:
            known = before.get(each.object.href)
            if known != digest(each.object.body):
                entries.append(teller.seen(each.uid, f"{'new' if known is None else 'changed'} in {poll.calendar}"))
        for href in sorted(removed):
            gone = self._store.calendars.object(poll.calendar, href)
            if gone is not None and gone.uid:
                entries.append(teller.gone(gone.uid, f"no longer in {poll.calendar}"))
        return tuple(entries)


async def _poll(
    calendar: Calendar, account: Calendars, reader: _Reader, run: Run, options: Options, problems: list[Problem]
) -> bool:
    """Poll one calendar and remember what it shows; False where it may not be believed."""
    store = run.store.calendars
    record, known = store.get(calendar.url), store.known(calendar.url)
    reread = record is None or record.selected != reader.asked_for
    state = SyncState() if reread else store.sync_state(calendar.url)
    poll = await account.poll(calendar.url, state, {} if reread else known, full=options.full)
    problems.extend(poll.problems)
    removed = poll.removed if poll.present is None else poll.removed | (known.keys() - poll.present)
    seen = [reader.seen(source) for source in poll.changed]
    left = (known.keys() | {s.object.href for s in seen}) - removed
    held = bool(known) or (record is not None and record.emptied)
    emptied = not left and held and not _confirmed(calendar, reader, options)
    told = reader.told(poll, seen, removed, at=run.clock())
    if seen or removed or reread or not _is_saved(record, poll, state, emptied=emptied):
        with run.store.transaction():  # a token saved without what it emptied would be believed by the next pass
            run.store.journal.record(*told)
            store.save_poll(
                Poll(poll.calendar, poll.changed, frozenset(removed), poll.state, poll.present, poll.problems),
                seen,
                selected=reader.asked_for,
                at=run.clock(),
            )
            store.mark_emptied(calendar.url, emptied=emptied)
            for uid in reader.returned(seen):  # by now, and not only in a plan that this pass may not live to see
                run.store.meetings.delete_absence(reader.host_id, uid)
    if emptied:
        problems.append(_EMPTIED.at(calendar.url))
    return not emptied


def _is_saved(record: CalendarRecord | None, poll: Poll, state: SyncState, *, emptied: bool) -> bool:
    """Whether a poll without objects says what the store knows, as most do: no disk has to be waited for."""
    known = record is not None and record.first_polled is not None and record.emptied == emptied
    return known and poll.state == state


def _confirmed(calendar: Calendar, reader: _Reader, options: Options) -> bool:
    """Whether the administrator allowed as many cancels as this calendar's rooms."""
    rooms = reader.rooms.get(calendar.url, 0)
    return options.allowed.cancels is not None and options.allowed.cancels >= max(rooms, 1)


def _recent(run: Run, host_id: int) -> Recent:
    since = run.clock() - timedelta(hours=1)
    journal = run.store.journal
    return Recent(journal.cancels_since(since), run.store.rooms_since(since), journal.ended_since(since, host_id))


def _records(seat: Seat, run: Run, *, whole: bool) -> Records:
    """What an audit asks the store."""
    host_id, created = seat.profile.id, run.store.journal.created(seat.profile.id)
    return Records(
        claimed=run.store.meetings.conference_ids(),
        made=frozenset(entry.conference_id for entry in created if entry.conference_id is not None),
        asked=frozenset((entry.uid, entry.part) for entry in created if entry.conference_id is None),
        strays=run.store.meetings.strays(host_id),
        whole=whole,
    )

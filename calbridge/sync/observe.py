"""What a host's calendars show: poll what changed, remember it, read all that asks for a room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby

import structlog

from calbridge.config import select_fingerprint
from calbridge.core.breakers import Recent
from calbridge.core.model import CalendarObject
from calbridge.core.observation import Found, Observation, Records
from calbridge.core.policy import Owner, Policy
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import WriteState
from calbridge.core.wanted import fingerprint
from calbridge.errors import CalendarError
from calbridge.ports import Calendar, Calendars, Poll, SyncState
from calbridge.store import CalendarRecord, Seen
from calbridge.sync.others import Others
from calbridge.sync.reading import Reader
from calbridge.sync.values import Options, Run, Seat
from calbridge.sync.whose import Whose

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
    emptied: set[str] = set()
    whose, others = Whose.of(seat, run, memories), Others(seat, run, memories)
    for calendar, account in seat.calendars:
        reader = Reader(policy, calendar.zone, seat, run, memories)
        try:
            believed, found_out = await _poll(calendar, account, reader, whose, run, options)
        except CalendarError as error:
            problems.append(error.problem)
            continue
        problems.extend(found_out)
        (healthy if believed else emptied).add(calendar.url)
    found: list[Found] = []
    unreadable: set[str] = set()
    write_states: dict[tuple[str, str], WriteState] = {}
    for calendar, _ in seat.calendars:
        if calendar.url not in healthy:
            continue
        reader = Reader(policy, calendar.zone, seat, run, memories)
        for stored in run.store.calendars.asking(calendar.url):
            reading = reader.read(stored.object)
            if isinstance(reading, Problem):
                problems.append(reading)
                unreadable.add(stored.uid)
            elif reading is not None:
                found.append(others.found(stored, reading))
        write_states.update({(s.calendar, s.href): s for s in run.store.calendars.write_states(calendar.url)})
    observation = Observation(
        found=tuple(found),
        calendars=whose.hers,
        healthy=frozenset(healthy),
        writable=frozenset(c.url for c, _ in seat.calendars if c.writable),
        emptied=frozenset(emptied),
        elsewhere=whose.elsewhere(healthy, Reader(policy, None, seat, run, memories), run),
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


async def _poll(
    calendar: Calendar, account: Calendars, reader: Reader, whose: Whose, run: Run, options: Options
) -> tuple[bool, tuple[Problem, ...]]:
    """Poll one calendar and remember what it shows; nothing of it, and False, where it may not be believed."""
    store = run.store.calendars
    record, known = store.get(calendar.url), store.known(calendar.url)
    reread = record is None or record.selected != reader.asked_for
    state = SyncState() if reread else store.sync_state(calendar.url)
    poll = await account.poll(calendar.url, state, {} if reread else known, full=options.full)
    removed = poll.removed if poll.present is None else poll.removed | (known.keys() - poll.present)
    seen = [reader.seen(source) for source in poll.changed]
    left = (known.keys() | {s.object.href for s in seen}) - removed
    held = bool(known) or (record is not None and record.emptied)
    if not left and held and not _confirmed(calendar, reader, options):
        if record is None or not record.emptied:
            store.mark_emptied(calendar.url, emptied=True)
        return False, (*poll.problems, _EMPTIED.at(calendar.url))
    told = reader.told(poll, seen, removed, at=run.clock())
    if seen or removed or reread or not _is_saved(record, poll, state):
        with run.store.transaction():  # a token is saved with the rows that it stands for, or not at all
            run.store.journal.record(*told)
            store.forget_events(whose.left, whose.arrived(seen, known, run.store))
            _save(replace(poll, removed=frozenset(removed)), seen, reader, run)
            store.mark_emptied(calendar.url, emptied=False)
    return True, poll.problems


def keep(brought: Iterable[CalendarObject], seat: Seat, sight: Sight, run: Run) -> None:
    """Remember what a look beside the polls brought: what is known by now must not be lost with this pass.

    The next poll lists everything, and finds these objects known.
    """
    zones = {calendar.url: calendar.zone for calendar, _ in seat.calendars}
    for url, objects in groupby(sorted(brought, key=_calendar), key=_calendar):
        reader = Reader(sight.policy, zones[url], seat, run, sight.observation.memories)
        changed = tuple(reader.unknown(url, objects))
        if not changed:
            continue
        seen = [reader.seen(source) for source in changed]
        poll = Poll(url, changed, frozenset(), SyncState())
        with run.store.transaction():
            run.store.journal.record(*reader.told(poll, seen, (), at=run.clock()))
            _save(poll, seen, reader, run)


def _save(poll: Poll, seen: Sequence[Seen], reader: Reader, run: Run) -> None:
    run.store.calendars.save_poll(poll, seen, selected=reader.asked_for, at=run.clock())
    for uid in reader.returned(seen):  # by now, and not only in a plan that this pass may not live to see
        run.store.meetings.delete_absence(reader.host_id, uid)


def _calendar(source: CalendarObject) -> str:
    return source.calendar


def _is_saved(record: CalendarRecord | None, poll: Poll, state: SyncState) -> bool:
    """Whether a poll without objects says what the store knows, as most do: no disk has to be waited for."""
    known = record is not None and record.first_polled is not None and not record.emptied
    return known and poll.state == state


def _confirmed(calendar: Calendar, reader: Reader, options: Options) -> bool:
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

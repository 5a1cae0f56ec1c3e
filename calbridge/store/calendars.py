"""What the last poll of each calendar saw: enough to ask for changes only, and to plan without asking at all."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select, union, update
from sqlalchemy.dialects.sqlite import Insert, insert

from calbridge.core.model import CalendarObject
from calbridge.core.remembered import WriteState
from calbridge.ports import Poll, SyncState
from calbridge.store.database import Database
from calbridge.store.records import record, row, same, upsert
from calbridge.store.tables import calendars, intents, mappings, objects, write_states


@dataclass(frozen=True, slots=True)
class CalendarRecord:
    """What is known of one calendar.

    `host_id` is the host whose pass polls it. `selected` is the fingerprint of what decided which of its objects ask
    for a room: with another one, every object must be read again. `emptied`: it lists no event at all where it held
    some, and is not believed until it holds one again.
    """

    url: str
    host_id: int
    first_polled: datetime | None
    selected: str
    emptied: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as a poll brought it: its UID ("" where it has none) and whether it asks for a room."""

    object: CalendarObject
    uid: str
    asks: bool


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that asks for a room, as last seen.

    `existing`: it was there in the calendar's first poll, and its bytes have not changed since but by our own writes.
    """

    object: CalendarObject
    uid: str
    existing: bool


class CalendarMemory:
    """Calendars, their objects, and how far each was polled. URLs and hrefs are normalised and absolute."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, calendar: str, host_id: int) -> None:
        """Let this host's passes poll the calendar from now on; every other method but the reading ones needs it."""
        claimed = {"url": calendar, "host_id": host_id, "selected": "", "emptied": False}
        statement = insert(calendars)
        said = {"host_id": statement.excluded.host_id}
        self._database.run(statement.on_conflict_do_update(index_elements=["url"], set_=said), [claimed])

    def get(self, calendar: str) -> CalendarRecord | None:
        """What is known of one calendar; None where it was never claimed."""
        rows = self._database.rows(_CALENDARS.where(calendars.c.url == calendar))
        return record(CalendarRecord, rows[0]) if rows else None

    def all(self) -> tuple[CalendarRecord, ...]:
        """Every calendar ever claimed, by URL."""
        return tuple(record(CalendarRecord, stored) for stored in self._database.rows(_CALENDARS.order_by("url")))

    def of_host(self, host_id: int) -> tuple[CalendarRecord, ...]:
        """Every calendar that a host's passes poll, by URL."""
        rows = self._database.rows(_CALENDARS.where(calendars.c.host_id == host_id).order_by("url"))
        return tuple(record(CalendarRecord, stored) for stored in rows)

    def sync_state(self, calendar: str) -> SyncState:
        """Where the last saved poll ended."""
        rows = self._database.rows(select(calendars.c.token, calendars.c.ctag).where(calendars.c.url == calendar))
        return SyncState(*rows[0]) if rows else SyncState()

    def known(self, calendar: str) -> dict[str, str | None]:
        """The ETag of every object, by href."""
        found = self._database.rows(select(objects.c.href, objects.c.etag).where(objects.c.calendar == calendar))
        return {href: etag for href, etag in found}  # noqa: C416 - dict() of rows does not type-check

    def save_poll(self, poll: Poll, seen: Iterable[Seen], *, selected: str, at: datetime) -> None:
        """Save a poll whole, its objects and its sync state, or nothing of it. `seen` is what `poll.changed` became."""
        with self._database.transaction():
            known = self.get(poll.calendar)
            is_first = known is not None and known.first_polled is None
            self._database.run(_AS_POLLED, [_columns(one, existing=is_first) for one in seen])
            self._remove(poll.calendar, poll.removed)
            first_polled = func.coalesce(calendars.c.first_polled, at)
            state = {
                "token": poll.state.token,
                "ctag": poll.state.ctag,
                "first_polled": first_polled,
                "selected": selected,
            }
            self._database.run(update(calendars).where(calendars.c.url == poll.calendar).values(state))

    def forget_state(self, calendar: str) -> None:
        """Let the next poll list everything: the server did not report every change."""
        forgotten = update(calendars).where(calendars.c.url == calendar).values(token=None, ctag=None)
        self._database.run(forgotten)

    def mark_emptied(self, calendar: str, *, emptied: bool) -> None:
        """Remember whether the calendar may be believed that it is empty."""
        self._database.run(update(calendars).where(calendars.c.url == calendar).values(emptied=emptied))

    def put_object(self, seen: Seen) -> None:
        """Keep an object as our own write left it: that is no edit, so one that existed before us still did."""
        self._database.run(_AS_WRITTEN, [_columns(seen, existing=False)])

    def remove_object(self, calendar: str, href: str) -> None:
        """Forget an object, and what is known of writing to it."""
        self._remove(calendar, [href])

    def forget_events(self, among: Iterable[str], uids: Set[str]) -> None:
        """Forget these events in these calendars; the next poll of each lists everything, to read them anew."""
        wanted = objects.c.calendar.in_(sorted(among))
        found = self._database.rows(select(objects.c.calendar, objects.c.href, objects.c.uid).where(wanted))
        gone = defaultdict(list)
        for calendar, href, uid in found:
            if uid in uids:
                gone[calendar].append(href)
        for calendar, hrefs in gone.items():
            self._remove(calendar, hrefs)
            self.forget_state(calendar)

    def asking(self, calendar: str) -> tuple[StoredObject, ...]:
        """Every object of the calendar that asks for a room, by href."""
        wanted = and_(objects.c.calendar == calendar, objects.c.body.is_not(None))
        return self._stored(wanted)

    def digests(self, calendar: str, hrefs: Iterable[str]) -> dict[str, bytes]:
        """The `digest` of each of these objects that is known, by href."""
        asked = frozenset(hrefs)
        if not asked:
            return {}
        wanted = select(objects.c.href, objects.c.digest).where(objects.c.calendar == calendar)
        some = wanted if len(asked) > _FEW else wanted.where(objects.c.href.in_(sorted(asked)))
        return {href: known for href, known in self._database.rows(some) if href in asked}

    def object(self, calendar: str, href: str) -> StoredObject | None:
        """One object; None where it is not known, or asks for no room."""
        found = self._stored(and_(same(objects, calendar=calendar, href=href), objects.c.body.is_not(None)))
        return found[0] if found else None

    def places(self, among: Iterable[str], uid: str) -> tuple[tuple[str, str], ...]:
        """Where these calendars hold the UID, whether it asks for a room or not: (calendar, href), in order."""
        wanted = and_(objects.c.uid == uid, objects.c.calendar.in_(sorted(among)))
        found = select(objects.c.calendar, objects.c.href).where(wanted).order_by("calendar", "href")
        return tuple((calendar, href) for calendar, href in self._database.rows(found))

    def held(self, among: Iterable[str], host_id: int) -> tuple[Seen, ...]:
        """What these calendars hold of events whose meetings have, or may have, a conference of the host's.

        An object that asked for no room when it was last read has no body.
        """
        hers = (select(each.c.uid).where(each.c.host_id == host_id) for each in (mappings, intents))
        wanted = and_(objects.c.calendar.in_(sorted(among)), objects.c.uid.in_(union(*hers)))
        return tuple(
            Seen(CalendarObject(calendar, href, etag, body or b""), uid, asks=body is not None)
            for calendar, href, etag, body, uid, _ in self._database.rows(_OBJECTS.where(wanted))
        )

    def count(self, calendar: str) -> int:
        """How many objects the calendar holds, whether they ask for a room or not."""
        ((found,),) = self._database.rows(select(func.count()).where(objects.c.calendar == calendar))
        return int(found)

    def write_state(self, calendar: str, href: str) -> WriteState:
        """What is known of writing to an object."""
        wanted = select(write_states).where(same(write_states, calendar=calendar, href=href))
        rows = self._database.rows(wanted)
        return record(WriteState, rows[0]) if rows else WriteState(calendar, href)

    def write_states(self, calendar: str) -> tuple[WriteState, ...]:
        """What is known of writing to the calendar's objects, where that is anything."""
        wanted = select(write_states).where(write_states.c.calendar == calendar).order_by("href")
        return tuple(record(WriteState, stored) for stored in self._database.rows(wanted))

    def save_write_state(self, state: WriteState) -> None:
        """Replace what is known of writing to an object."""
        self._database.run(upsert(write_states), [row(state)])

    def _remove(self, calendar: str, hrefs: Iterable[str]) -> None:
        keys = [{"of": calendar, "at": href} for href in hrefs]
        with self._database.transaction():
            for table in (objects, write_states):
                key = and_(table.c.calendar == bindparam("of"), table.c.href == bindparam("at"))
                self._database.run(delete(table).where(key), keys)

    def _stored(self, wanted: ColumnElement[bool]) -> tuple[StoredObject, ...]:
        found = self._database.rows(_OBJECTS.where(wanted).order_by("href"))
        return tuple(
            StoredObject(CalendarObject(calendar, href, etag, body), uid, existing)
            for calendar, href, etag, body, uid, existing in found
        )


def digest(body: bytes) -> bytes:
    """By which a body is compared with the one that was polled last."""
    return hashlib.sha256(body).digest()


def _columns(seen: Seen, *, existing: bool) -> dict[str, Any]:  # Any: each column has its own type
    return {
        "calendar": seen.object.calendar,
        "href": seen.object.href,
        "etag": seen.object.etag,
        "uid": seen.uid,
        "existing": existing,
        "digest": digest(seen.object.body),
        "body": seen.object.body if seen.asks else None,
    }


def _as_polled() -> Insert:
    # Compared by bytes: servers give new ETags, or none at all, to objects that nobody touched.
    statement = insert(objects)
    new = statement.excluded
    kept = and_(objects.c.existing, objects.c.digest == new.digest)
    said = {"etag": new.etag, "uid": new.uid, "existing": kept, "digest": new.digest, "body": new.body}
    return statement.on_conflict_do_update(index_elements=list(objects.primary_key), set_=said)


def _as_written() -> Insert:
    statement = insert(objects)
    new = statement.excluded
    said = {"etag": new.etag, "uid": new.uid, "digest": new.digest, "body": new.body}
    return statement.on_conflict_do_update(index_elements=list(objects.primary_key), set_=said)


_FEW = 500  # beyond that, a query takes all: SQLite bounds its parameters
_AS_POLLED = _as_polled()
_AS_WRITTEN = _as_written()
_CALENDARS = select(
    calendars.c.url, calendars.c.host_id, calendars.c.first_polled, calendars.c.selected, calendars.c.emptied
)
_OBJECTS = select(objects.c.calendar, objects.c.href, objects.c.etag, objects.c.body, objects.c.uid, objects.c.existing)

"""When each host was last well, and what became of her meetings: for the status page, the breaker and the curious."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, insert, not_, or_, select
from sqlalchemy.dialects import sqlite

from calbridge.core.model import HostProfile
from calbridge.core.remembered import HELD
from calbridge.store.database import Database
from calbridge.store.records import record, row
from calbridge.store.tables import history, hosts, mappings

ALLOWED = "allowed"
"""The detail of a cancel that the administrator allowed on the command line: it counts towards no breaker."""

TOLD = frozenset({"skipped", "problem", "planned", "sent", "cancel-sent", "failed", "refused", "waits"})
"""Actions of entries that say what was decided or tried. Every other one says what an event or a conference became."""

KEPT = timedelta(days=90)
"""How long the history is kept."""

KEPT_CREATES = timedelta(days=3 * 365)
"""How long creates are kept at least: they prove which conferences are ours (design, section 5.10)."""

_CREATES = ("create", "create-unknown")
_ENDINGS = ("cancel-sent", "cancel")
_CHUNK = 500  # UIDs to a query: SQLite bounds its parameters
_ENTRY = [column for column in history.c if column is not history.c.id]


@dataclass(frozen=True, slots=True)
class HostRecord:
    """What is known of a host: her name in the configuration, her last good pass, the last complete listing."""

    host_id: int
    name: str
    last_good: datetime | None
    last_listing: datetime | None
    profile: HostProfile | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was seen, decided or done. `action` in kebab case: as in a plan, or one of `TOLD`, `seen`, `gone`.

    `detail` holds no secret, room URL or attendee's address.
    """

    at: datetime
    host_id: int
    host: str
    uid: str
    part: str
    action: str
    conference_id: int | None = None
    detail: str = ""


class Journal:
    """Hosts, and the history: what happened stays in it for a while as it was."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def host(self, host_id: int) -> HostRecord | None:
        """What is known of one host."""
        rows = self._database.rows(select(hosts).where(hosts.c.host_id == host_id))
        return record(HostRecord, rows[0]) if rows else None

    def hosts(self) -> tuple[HostRecord, ...]:
        """Every host that ever had a pass, by name."""
        return tuple(record(HostRecord, stored) for stored in self._database.rows(select(hosts).order_by("name")))

    def save_pass(self, host_id: int, name: str, at: datetime) -> None:
        """A pass went well."""
        self._save(HostRecord(host_id, name, at, None, None), "last_good")

    def save_listing(self, host_id: int, name: str, at: datetime) -> None:
        """A complete listing of the host's conferences was seen."""
        self._save(HostRecord(host_id, name, None, at, None), "last_listing")

    def save_profile(self, profile: HostProfile, name: str) -> None:
        """The platform said who the host is."""
        self._save(HostRecord(profile.id, name, None, None, profile), "profile")

    def record(self, *entries: Entry) -> None:
        """Append what was seen or done."""
        self._database.run(insert(history), [row(entry) for entry in entries])

    def tell(self, *entries: Entry) -> None:
        """Append what is `TOLD`, but for what was told of its event before in the same words, with nothing since."""
        if not entries:
            return
        entries = _merged(entries)
        with self._database.transaction():
            last = self._last_told(sorted({entry.uid for entry in entries}))
            new = [e for e in entries if last.get((e.host_id, e.uid, e.part, e.action)) != e.detail]
            self.record(*new)

    def prune(self, now: datetime) -> None:
        """Forget what is older than `KEPT`; a create only once it is older than `KEPT_CREATES` and nothing names it."""
        named = and_(
            history.c.conference_id.is_not(None), history.c.conference_id.in_(select(mappings.c.conference_id))
        )
        counts = and_(history.c.action.in_(_CREATES), or_(history.c.at >= now - KEPT_CREATES, named))
        self._database.run(delete(history).where(history.c.at < now - KEPT, not_(counts)))

    def entries(self, uid: str) -> tuple[Entry, ...]:
        """What was done to a meeting, oldest first, over all hosts."""
        found = self._database.rows(select(*_ENTRY).where(history.c.uid == uid).order_by(history.c.id))
        return tuple(record(Entry, stored) for stored in found)

    def created(self, host_id: int) -> tuple[Entry, ...]:
        """Every create that was sent for a host; one of unknown outcome has no conference."""
        made = and_(history.c.host_id == host_id, history.c.action.in_(_CREATES))
        found = self._database.rows(select(*_ENTRY).where(made).order_by(history.c.id))
        return tuple(record(Entry, stored) for stored in found)

    def cancels_since(self, at: datetime) -> int:
        """How many meetings were cancelled at or after this time, over all hosts; not those that somebody allowed.

        One whose cancel was sent counts, whatever became of it.
        """
        ended = select(history.c.host_id, history.c.uid).where(_ended_since(at))
        ((found,),) = self._database.rows(select(func.count()).select_from(ended.distinct().subquery()))
        return int(found)

    def roomless_since(self, at: datetime) -> int:
        """How many of those that `cancels_since` counts have no room any more."""
        held = select(mappings.c.gen).where(
            mappings.c.host_id == history.c.host_id, mappings.c.uid == history.c.uid, mappings.c.state.in_(HELD)
        )
        ended = select(history.c.host_id, history.c.uid).where(_ended_since(at), ~held.exists())
        ((found,),) = self._database.rows(select(func.count()).select_from(ended.distinct().subquery()))
        return int(found)

    def ended_since(self, at: datetime, host_id: int) -> frozenset[str]:
        """Which of a host's meetings `cancels_since` counts."""
        ended = select(history.c.uid).where(_ended_since(at), history.c.host_id == host_id)
        return frozenset(uid for (uid,) in self._database.rows(ended))

    def cancel_sent(self, host_id: int, conference_id: int, *, since: datetime) -> Entry | None:
        """The last cancel of this conference that was sent at or after this time."""
        sent = and_(
            history.c.action == "cancel-sent",
            history.c.host_id == host_id,
            history.c.conference_id == conference_id,
            history.c.at >= since,
        )
        found = self._database.rows(select(*_ENTRY).where(sent).order_by(history.c.id.desc()).limit(1))
        return record(Entry, found[0]) if found else None

    def take_back(self, sent: Entry) -> None:
        """A cancel that was about to be sent certainly did nothing."""
        these = (history.c[name] == value for name, value in row(sent).items())
        self._database.run(delete(history).where(*these))

    def _last_told(self, uids: Sequence[str]) -> dict[tuple[int, str, str, str], str]:
        """The last detail of each host, UID, part and action, as far as nothing else happened to the event since."""
        since = history.alias()
        happened = (
            select(func.coalesce(func.max(since.c.id), 0))
            .where(since.c.uid == history.c.uid, since.c.host_id == history.c.host_id, since.c.action.not_in(TOLD))
            .scalar_subquery()
        )
        last: dict[tuple[int, str, str, str], str] = {}
        for first in range(0, len(uids), _CHUNK):
            of_these = history.c.uid.in_(uids[first : first + _CHUNK])
            wanted = and_(of_these, history.c.action.in_(TOLD), history.c.id > happened)
            for stored in self._database.rows(select(*_ENTRY).where(wanted).order_by(history.c.id)):
                entry = record(Entry, stored)
                last[entry.host_id, entry.uid, entry.part, entry.action] = entry.detail
        return last

    def _save(self, said: HostRecord, column: str) -> None:
        statement = sqlite.insert(hosts)
        new = {name: statement.excluded[name] for name in ("name", column)}
        self._database.run(statement.on_conflict_do_update(index_elements=["host_id"], set_=new), [row(said)])


def _merged(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """One entry for all that is told of an event's part at once: else each would be news after the other, for ever."""
    merged: dict[tuple[int, str, str, str], Entry] = {}
    for entry in entries:
        key = (entry.host_id, entry.uid, entry.part, entry.action)
        before = merged.get(key)
        if before is None:
            merged[key] = entry
        elif entry.detail not in before.detail.split("; "):
            merged[key] = replace(before, detail=f"{before.detail}; {entry.detail}")
    return tuple(merged.values())


def _ended_since(at: datetime) -> ColumnElement[bool]:
    return and_(history.c.action.in_(_ENDINGS), history.c.at >= at, history.c.detail != ALLOWED)

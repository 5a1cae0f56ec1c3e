"""When each host was last well, and what was done to her meetings: for the status page, the breaker and the curious."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, insert, select
from sqlalchemy.dialects import sqlite

from calbridge.core.model import HostProfile
from calbridge.store.database import Database
from calbridge.store.records import record, row
from calbridge.store.tables import history, hosts

ALLOWED = "allowed"
"""The detail of a cancel that the administrator allowed on the command line: it counts towards no breaker."""

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
    """One thing that was done. `action` in kebab case, as in a plan; `detail` holds no secret, room URL or address."""

    at: datetime
    host_id: int
    host: str
    uid: str
    part: str
    action: str
    conference_id: int | None = None
    detail: str = ""


class Journal:
    """Hosts and the history of actions, which only grows."""

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
        """Append what was done."""
        self._database.run(insert(history), [row(entry) for entry in entries])

    def entries(self, uid: str) -> tuple[Entry, ...]:
        """What was done to a meeting, oldest first, over all hosts."""
        found = self._database.rows(select(*_ENTRY).where(history.c.uid == uid).order_by(history.c.id))
        return tuple(record(Entry, stored) for stored in found)

    def created(self, host_id: int) -> tuple[Entry, ...]:
        """Every create that was sent for a host; one of unknown outcome has no conference."""
        made = and_(history.c.host_id == host_id, history.c.action.in_(("create", "create-unknown")))
        found = self._database.rows(select(*_ENTRY).where(made).order_by(history.c.id))
        return tuple(record(Entry, stored) for stored in found)

    def cancels_since(self, at: datetime) -> int:
        """How many meetings were cancelled at or after this time, over all hosts; not those that somebody allowed."""
        ended = select(history.c.host_id, history.c.uid).where(
            history.c.action == "cancel", history.c.at >= at, history.c.detail != ALLOWED
        )
        ((found,),) = self._database.rows(select(func.count()).select_from(ended.distinct().subquery()))
        return int(found)

    def ended_since(self, at: datetime, host_id: int) -> frozenset[str]:
        """Which of a host's meetings `cancels_since` counts."""
        ended = select(history.c.uid).where(
            history.c.action == "cancel", history.c.at >= at, history.c.detail != ALLOWED, history.c.host_id == host_id
        )
        return frozenset(uid for (uid,) in self._database.rows(ended))

    def _save(self, said: HostRecord, column: str) -> None:
        statement = sqlite.insert(hosts)
        new = {name: statement.excluded[name] for name in ("name", column)}
        self._database.run(statement.on_conflict_do_update(index_elements=["host_id"], set_=new), [row(said)])

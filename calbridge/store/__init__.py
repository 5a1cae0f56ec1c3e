"""What calbridge remembers, in one SQLite database: the only importer of SQLAlchemy and Alembic."""

from calbridge.store.calendars import CalendarRecord, Seen, StoredObject, digest
from calbridge.store.journal import ALLOWED, Entry, HostRecord
from calbridge.store.lock import Lock
from calbridge.store.standings import Standing
from calbridge.store.store import Store

__all__ = [
    "ALLOWED",
    "CalendarRecord",
    "Entry",
    "HostRecord",
    "Lock",
    "Seen",
    "Standing",
    "Store",
    "StoredObject",
    "digest",
]

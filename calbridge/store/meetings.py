"""What is remembered of each meeting: its conferences, those that may exist, refusals and absences.

A meeting is known by the platform's host_id and its UID.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, delete, exists, func, or_, select, union, update

from calbridge.core.remembered import HELD, Absence, Exceptional, Intent, Mapping, Memory, Refusal, Stray
from calbridge.store.database import Database
from calbridge.store.records import record, row, same, upsert
from calbridge.store.tables import absences, exceptional, intents, mappings, refusals, strays

R = TypeVar("R", Mapping, Exceptional, Intent, Refusal, Absence)


_HELD = mappings.c.state.in_(HELD)
_UNFINISHED = select(
    or_(
        *(exists().where(table.c.host_id == bindparam("host_id")) for table in (intents, refusals, absences, strays)),
        exists().where(mappings.c.host_id == bindparam("host_id"), mappings.c.state != "live"),
        exists().where(exceptional.c.host_id == bindparam("host_id"), exceptional.c.verified.is_(False)),
    )
)


class MeetingMemory:
    """Mappings, intents and what else a plan needs to know. Every write is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: int | None = None  # what `count` says of all hosts, which every pass asks; None where it may differ

    def memories(self, host_id: int) -> dict[str, Memory]:
        """All that is remembered of a host's meetings, by UID, in five queries."""
        with self._database.transaction():
            by_table = (
                self._by_uid(Mapping, mappings, host_id),
                self._by_uid(Exceptional, exceptional, host_id),
                self._by_uid(Intent, intents, host_id),
                self._by_uid(Refusal, refusals, host_id),
                self._by_uid(Absence, absences, host_id),
            )
        linked, changed, open_, refused, absent = by_table
        return {
            uid: Memory(
                mappings=tuple(linked.get(uid, ())),
                exceptional=tuple(changed.get(uid, ())),
                intents=tuple(open_.get(uid, ())),
                refusals=tuple(refused.get(uid, ())),
                absence=next(iter(absent.get(uid, ())), None),
            )
            for uid in sorted(set().union(*by_table))
        }

    def of_uid(self, uid: str) -> tuple[Mapping, ...]:
        """Every conference of an event, of whichever host."""
        found = select(mappings).where(mappings.c.uid == uid).order_by(*mappings.primary_key)
        return tuple(record(Mapping, stored) for stored in self._database.rows(found))

    def has_rooms(self, host_id: int, calendar: str) -> bool:
        """Whether meetings of a host have rooms whose events were last seen in this calendar."""
        there = and_(mappings.c.host_id == host_id, mappings.c.calendar == calendar, _HELD)
        return bool(self._database.rows(select(mappings.c.gen).where(there).limit(1)))

    def save_mapping(self, mapping: Mapping) -> None:
        """Keep the link between one part and generation of a meeting and its conference, as it is now."""
        if self._held is not None and self._is_held(mapping) != mapping.is_held:
            self._held = None
        self._database.run(upsert(mappings), [row(mapping)])

    def delete_mapping(self, mapping: Mapping) -> None:
        """Forget a conference; with a series go the instances of its generation that differed."""
        self._held = None
        with self._database.transaction():
            self._database.run(delete(mappings).where(_this(mapping)))
            instances = same(exceptional, host_id=mapping.host_id, uid=mapping.uid, part=mapping.part, gen=mapping.gen)
            self._database.run(delete(exceptional).where(instances))

    def save_exceptional(self, *instances: Exceptional) -> None:
        """Keep what was done to single instances of a series, all of them or none."""
        self._database.run(upsert(exceptional), [row(instance) for instance in instances])

    def exceptional(self, host_id: int, uid: str) -> tuple[Exceptional, ...]:
        """What was done to single instances of one meeting's series, over all generations."""
        found = select(exceptional).where(same(exceptional, host_id=host_id, uid=uid)).order_by("gen", "instance")
        return tuple(record(Exceptional, stored) for stored in self._database.rows(found))

    def delete_exceptional(self, instance: Exceptional) -> None:
        """Forget that an instance differs."""
        key = same(
            exceptional,
            host_id=instance.host_id,
            uid=instance.uid,
            part=instance.part,
            gen=instance.gen,
            instance=instance.instance,
        )
        self._database.run(delete(exceptional).where(key))

    def save_intents(self, written: Iterable[Intent]) -> None:
        """Commit what is about to be created, all of it or nothing: on disk when this returns."""
        self._database.run(upsert(intents), [row(intent) for intent in written])

    def intents(self, host_id: int, uid: str) -> tuple[Intent, ...]:
        """The open intents of one meeting."""
        found = select(intents).where(same(intents, host_id=host_id, uid=uid)).order_by("marker")
        return tuple(record(Intent, stored) for stored in self._database.rows(found))

    def delete_intent(self, marker: str) -> None:
        """Forget an intent: its conference surely does not exist, or is a mapping now."""
        self._database.run(delete(intents).where(intents.c.marker == marker))

    def count_miss(self, marker: str) -> None:
        """One more complete listing did not show the intent's conference."""
        missed = update(intents).where(intents.c.marker == marker).values(misses=intents.c.misses + 1)
        self._database.run(missed)

    def create_done(self, marker: str, mapping: Mapping) -> None:
        """Let an intent become a mapping: one transaction, so never both and never neither."""
        with self._database.transaction():
            self.delete_intent(marker)
            self.save_mapping(mapping)

    def save_refusal(self, refusal: Refusal) -> None:
        """Keep the last refusal of a part, so that the same request is not sent again."""
        self._database.run(upsert(refusals), [row(refusal)])

    def delete_refusals(self, host_id: int, uid: str, part: str | None = None) -> None:
        """Forget the refusals of one part of a meeting, or of all of it."""
        key = same(refusals, host_id=host_id, uid=uid)
        wanted = key if part is None else and_(key, refusals.c.part == part)
        self._database.run(delete(refusals).where(wanted))

    def save_absence(self, absence: Absence) -> None:
        """Keep since when, and for how many passes, a meeting no longer asks for its room."""
        self._database.run(upsert(absences), [row(absence)])

    def delete_absence(self, host_id: int, uid: str) -> None:
        """Forget an absence: the meeting asks again."""
        self._database.run(delete(absences).where(same(absences, host_id=host_id, uid=uid)))

    def strays(self, host_id: int) -> tuple[Stray, ...]:
        """Conferences of the host that nothing asked for in the last audits."""
        found = select(strays).where(strays.c.host_id == host_id).order_by("conference_id")
        return tuple(record(Stray, stored) for stored in self._database.rows(found))

    def save_stray(self, stray: Stray) -> None:
        """Keep since when nothing asks for a conference."""
        self._database.run(upsert(strays), [row(stray)])

    def delete_stray(self, conference_id: int) -> None:
        """Forget it: something asks for it, or it is gone."""
        self._database.run(delete(strays).where(strays.c.conference_id == conference_id))

    def conference_ids(self) -> frozenset[int]:
        """Every conference that a mapping of any host names, whatever its state."""
        return frozenset(number for (number,) in self._database.rows(select(mappings.c.conference_id)))

    def unfinished(self, host_id: int) -> bool:
        """Whether something of a host is under way that no event tells: what waits, was refused, or must be ended."""
        ((found,),) = self._database.rows(_UNFINISHED.params(host_id=host_id))
        return bool(found)

    def forget(self, host_id: int, uid: str) -> None:
        """Forget everything of a meeting."""
        self._held = None
        with self._database.transaction():
            for table in (mappings, exceptional, intents, refusals, absences):
                self._database.run(delete(table).where(same(table, host_id=host_id, uid=uid)))

    def host_ids(self) -> frozenset[int]:
        """Platform hosts with a live conference of ours, or one that may have come to be."""
        held = union(select(mappings.c.host_id).where(_HELD), select(intents.c.host_id))
        return frozenset(host_id for (host_id,) in self._database.rows(held))

    def count(self, host_id: int | None = None) -> int:
        """How many meetings of a host, or of all hosts, have a live conference."""
        if host_id is None and self._held is not None:
            return self._held
        held = select(mappings.c.host_id, mappings.c.uid).where(_HELD).distinct()
        if host_id is not None:
            held = held.where(mappings.c.host_id == host_id)
        ((found,),) = self._database.rows(select(func.count()).select_from(held.subquery()))
        if host_id is None and not self._database.connection.in_transaction():  # which may yet be undone
            self._held = int(found)
        return int(found)

    def _is_held(self, mapping: Mapping) -> bool:
        """Whether the stored one is; a new one is not."""
        return bool(self._database.rows(select(mappings.c.gen).where(_this(mapping), _HELD)))

    def _by_uid(self, kind: type[R], table: Table, host_id: int) -> dict[str, list[R]]:
        found: defaultdict[str, list[R]] = defaultdict(list)
        for stored in self._database.rows(_of_host(table).params(host_id=host_id)):
            found[stored.uid].append(record(kind, stored))
        return found


def _this(mapping: Mapping) -> ColumnElement[bool]:
    return same(mappings, host_id=mapping.host_id, uid=mapping.uid, part=mapping.part, gen=mapping.gen)


@cache
def _of_host(table: Table) -> Select[*tuple[Any, ...]]:  # Any: each table has its own columns
    """All rows of a host, built once: every pass asks for five tables."""
    return select(table).where(table.c.host_id == bindparam("host_id")).order_by(*table.primary_key)

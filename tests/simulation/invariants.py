"""What must hold after every call, whatever went wrong before it; and what must hold in the end, once nothing does."""

import zlib
from collections import defaultdict
from datetime import datetime

from simulation import events
from simulation.calendars import CalendarServer
from simulation.cancels import Cancels
from simulation.claims import Claims
from simulation.conferences import Conferences, Row
from simulation.disk import Disk
from simulation.marks import mark_of
from simulation.requests import Requests
from simulation.world import Violation, World

_BODIES = "SELECT body FROM objects WHERE body IS NOT NULL"
_UNTOLD = (
    "dav partial",
    "dav empty",
    "dav change forgotten",
    "dav changes forgotten",
    "spell: unlisted",
    "spell: emptied",
)
"""Faults by which a server keeps changes to itself."""


class Invariants:
    """Watches the servers and the committed database.

    `forgotten` are tags of meetings of which a database that was put back does not know that we cancelled a
    conference, or an instance: to it, somebody did.
    """

    def __init__(self, world: World, calendars: CalendarServer, conferences: Conferences, disk: Disk) -> None:
        self.world, self.calendars, self.conferences, self.disk = world, calendars, conferences, disk
        self.claims = Claims(world, conferences, disk)
        self.cancels = Cancels(world, calendars, conferences, self.claims, disk)
        self.requests = Requests(world, calendars, conferences, disk)
        self.forgotten: set[str] = set()
        self._seen = (-1, -1, -1)
        calendars.seen_put, calendars.asked_put = self.put, self.requests.put

    def watch(self) -> None:
        """After every call."""
        seen = (self.calendars.version, self.conferences.version, self.disk.commits)
        if seen == self._seen:
            return
        self._one_conference()
        self._reachable()
        if seen[2] != self._seen[2]:
            self._token_after_rows()
            self.claims.note()
            self.cancels.absences.notice(zlib.decompress(body) for (body,) in self.disk.rows(_BODIES))
        self._seen = seen

    def pass_begins(self, *, allowed: bool, full: bool) -> None:
        """A pass, perhaps a full one; `allowed`: the administrator let it cancel what it wants to."""
        self.requests.pass_begins(full=full)
        self.cancels.pass_begins(allowed=allowed, full=full)
        self.calendars.begin_pass()

    def database_replaced(self) -> None:
        """The database lost what it knew: what is out of reach now is for the audit to report."""
        self.forgotten |= self.cancels.of
        self.cancels.database_replaced()
        self.claims.database_replaced()

    # --- one conference ----------------------------------------------------------------------------------------------

    def _one_conference(self) -> None:
        origins: defaultdict[str, set[str]] = defaultdict(set)
        for mark, row in self.claims.marked():
            if row.origin != "person" and not self.claims.is_double(row) and self._ends(row) > self.world.now:
                origins[mark.text].add(row.origin)
        for text, found in origins.items():
            if len(found) > 1:
                raise Violation("one conference", f"{len(found)} requests made a live conference {text}")

    def _reachable(self) -> None:
        for row in self._orphans():
            raise Violation("reachable", f"nothing leads to conference {row.id}, {row.agenda.splitlines()[-1]}")

    def _orphans(self) -> list[Row]:
        tags = {events.read(body).tag for body in self.calendars.everything().values()}
        tags |= {events.tag(uid) for (uid,) in self.disk.rows("SELECT uid FROM mappings")}
        return [
            row
            for mark, row in self.claims.unclaimed()
            if mark.tag not in tags and not self.claims.is_excused(row) and self._ends(row) > self.world.now
        ]

    def _ends(self, row: Row) -> datetime:
        return max((each.ends for each in (row, *self.conferences.children(row.id))), default=row.ends)

    # --- what is remembered of calendars --------------------------------------------------------------------------

    def _token_after_rows(self) -> None:
        """Whoever goes on from the saved token has seen everything before it, if the server told everything."""
        if any(self.world.struck[kind] for kind in _UNTOLD):
            return
        held = set(self.disk.rows("SELECT calendar, href FROM objects"))
        for url, token in self.disk.rows("SELECT url, token FROM calendars WHERE token IS NOT NULL"):
            for href in frozenset.intersection(*self.calendars.states[url][int(token[1:]) :]):
                if (url, href) not in held:
                    raise Violation("token after rows", f"{token} is saved, and {href} was never seen")

    # --- writes to events ---------------------------------------------------------------------------------------------

    def put(self, href: str, before: bytes, after: bytes) -> None:
        """We wrote an object; `before` is what had the ETag that guarded it."""
        was, now = events.read(before), events.read(after)
        if sorted(was.foreign) != sorted(now.foreign) or [e.instance for e in was.events] != [
            e.instance for e in now.events
        ]:
            lost = [line for line in was.foreign if line not in now.foreign]
            added = [line for line in now.foreign if line not in was.foreign]
            raise Violation("foreign bytes", f"{href} lost {lost}, got {added}")
        if events.foreign_bytes(before) != events.foreign_bytes(after):
            raise Violation("foreign bytes", f"{href}: lines that are not ours are not where they were, or folded anew")
        if b"cb1-other-" in before:
            raise Violation("other installation", f"{href} is another installation's")
        if not was.asks and any(url for _, url in now.links - was.links):
            raise Violation("a room where one is asked for", f"{href} asks for none, and got a link")
        if now.messy:
            raise Violation("one link", f"{href} shows our lines twice")
        if b"CANARY" in after:
            raise Violation("secrets", f"{href} got a secret")
        self._one_link(href, was, now)

    def _one_link(self, href: str, was: events.Told, now: events.Told) -> None:
        """Of several conferences with one marker an event shows one, and goes on to show it."""
        shown = {reference for reference, url in now.links if url}
        if len(shown) < sum(bool(url) for _, url in now.links):
            raise Violation("one link", f"{href} shows two rooms of one marker")
        to_come = [(mark, row) for mark, row in self.claims.marked() if self._ends(row) > self.world.now]
        live = {(mark.text, self.conferences.url(row)) for mark, row in to_come}
        for link in was.links - now.links:
            if link[0] in shown and link in live:
                raise Violation("one link", f"{href} showed a room of {link[0]}, and shows another one")
        earlier = {(m.tag, m.part): m.gen for m in (mark_of(f"Ref. {reference}") for reference in shown) if m}
        for reference, url in was.links:
            mark = mark_of(f"Ref. {reference}")
            if mark and (reference, url) in live and earlier.get((mark.tag, mark.part), mark.gen) < mark.gen:
                raise Violation("one link", f"{href} showed a live room of {reference}, and shows an earlier one")

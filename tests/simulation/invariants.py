"""What must hold after every call, whatever went wrong before it; and what must hold in the end, once nothing does."""

import zlib
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from calbridge.core.policy import Safety
from simulation import events
from simulation.absences import Absences
from simulation.calendars import CalendarServer
from simulation.conferences import Conferences, Row
from simulation.disk import Disk
from simulation.marks import Mark, mark_of
from simulation.requests import Requests
from simulation.strays import Strays
from simulation.world import Violation, World

SAFETY = Safety()
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
    """Watches the servers and the committed database. `passes` are the times at which passes began.

    `excused` are conferences that a database was put back without, `forgotten` tags of meetings of which it does not
    know that we cancelled a conference, or an instance: to it, somebody did.
    """

    def __init__(self, world: World, calendars: CalendarServer, conferences: Conferences, disk: Disk) -> None:
        self.world, self.calendars, self.conferences, self.disk = world, calendars, conferences, disk
        self.passes: list[datetime] = []
        self.excused: set[int] = set()
        self.forgotten: set[str] = set()
        self._cancelled: set[str] = set()
        self._answered: set[int] = set()
        self.absences = Absences(world, calendars)
        self.strays = Strays(world, disk)
        self.requests = Requests(world, calendars, conferences, disk)
        self.ended: list[tuple[datetime, str]] = []
        self.allowed = False
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
            self._answered |= self._remembered()[1]
            self.absences.notice(zlib.decompress(body) for (body,) in self.disk.rows(_BODIES))
        self._seen = seen

    def pass_begins(self, *, allowed: bool, full: bool) -> None:
        """A pass, perhaps a full one; `allowed`: the administrator let it cancel what it wants to."""
        self.passes.append(self.world.now)
        self.allowed = allowed
        self.requests.pass_begins(full=full)
        if full:
            self.strays.audit_begins({row.id for _, row in self._unclaimed()})
        self.calendars.begin_pass()

    def pass_was_none(self) -> None:
        """It was only a glance, and counts for nothing."""
        self.passes.pop()

    def database_replaced(self) -> None:
        """The database lost what it knew: what is out of reach now is for the audit to report."""
        self.ended.clear()
        self.absences.forget()
        self.forgotten |= self._cancelled
        self.excused |= {row.id for _, row in self._unclaimed()}

    def is_uncertain(self, row: Row) -> bool:
        """Whether a conference was asked for, and no answer was ever taken in."""
        mark = mark_of(row.agenda)
        return mark is not None and row.id not in self._answered and mark.text in self._remembered()[0]

    def is_excused(self, row: Row) -> bool:
        """Whether it may be left over for the audit to report: a person's, a lost one, the platform's double."""
        return row.origin == "person" or row.id in self.excused or self.is_double(row)

    def is_double(self, row: Row) -> bool:
        """Whether the platform made several of one request, as of one that was delivered twice."""
        return sum(each.origin == row.origin and not each.is_child for each in self.conferences.rows.values()) > 1

    # --- one conference -----------------------------------------------------------------------------------------------

    def marked(self) -> list[tuple[Mark, Row]]:
        """Live conferences that carry our marker."""
        found = ((mark_of(row.agenda), row) for row in self.conferences.live())
        return [(mark, row) for mark, row in found if mark is not None]

    def _one_conference(self) -> None:
        origins: defaultdict[str, set[str]] = defaultdict(set)
        for mark, row in self.marked():
            if row.origin != "person" and not self.is_double(row) and self._ends(row) > self.world.now:
                origins[mark.text].add(row.origin)
        for text, found in origins.items():
            if len(found) > 1:
                raise Violation("one conference", f"{len(found)} requests made a live conference {text}")

    def _reachable(self) -> None:
        for row in self._orphans():
            raise Violation("reachable", f"nothing leads to conference {row.id}, {row.agenda.splitlines()[-1]}")

    def _remembered(self) -> tuple[set[str], set[int]]:
        """Markers of the intents and ids of the mappings that are committed."""
        intents = {marker for (marker,) in self.disk.rows("SELECT marker FROM intents")}
        return intents, {number for (number,) in self.disk.rows("SELECT conference_id FROM mappings")}

    def _unclaimed(self) -> list[tuple[Mark, Row]]:
        """Conferences that carry our marker, and of which the database knows nothing."""
        intents, mappings = self._remembered()
        return [(mark, row) for mark, row in self.marked() if row.id not in mappings and mark.text not in intents]

    def _orphans(self) -> list[Row]:
        tags = {events.read(body).tag for body in self.calendars.everything().values()}
        tags |= {events.tag(uid) for (uid,) in self.disk.rows("SELECT uid FROM mappings")}
        return [
            row
            for mark, row in self._unclaimed()
            if mark.tag not in tags and not self.is_excused(row) and self._ends(row) > self.world.now
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
        live = {(mark.text, self.conferences.url(row)) for mark, row in self.marked()}
        for link in was.links - now.links:
            if link[0] in shown and link in live:
                raise Violation("one link", f"{href} showed a room of {link[0]}, and shows another one")
        earlier = {(m.tag, m.part): m.gen for m in (mark_of(f"Ref. {reference}") for reference in shown) if m}
        for reference, url in was.links:
            mark = mark_of(f"Ref. {reference}")
            if mark and (reference, url) in live and earlier.get((mark.tag, mark.part), mark.gen) < mark.gen:
                raise Violation("one link", f"{href} showed a live room of {reference}, and shows an earlier one")

    # --- cancels ------------------------------------------------------------------------------------------------------

    def cancel(self, number: int) -> None:
        """We ask the platform to cancel a conference."""
        row = self.conferences.rows.get(number)
        if row is None or row.cancelled:
            return
        if row.is_child:
            self._cancel_child(row)
            return
        mark = mark_of(row.agenda)
        fetched = mark_of(self.conferences.fetched.get(row.id, ""))
        if mark is None and (fetched is not None or row.id in self._remembered()[1]):
            return  # ours when it was last fetched, or remembered: a person took the marker out
        if mark is None:
            raise Violation("cancel of ours only", f"conference {row.id} carries no marker of ours")
        if any(each.start <= self.world.now < each.ends for each in self._instances(row)):
            raise Violation("a running meeting", f"{mark.text} is running")
        self._still_shown(mark, row)
        self._cancelled.add(mark.tag)
        readings = self._readings(mark)
        asks = any(told.asks for told in readings)
        if not self.allowed and not asks and row.id in {each.id for _, each in self._unclaimed()}:
            self.strays.cancel(mark, row, is_lost=row.id in self.excused)
        if self._replaced(mark, row, [told for told in readings if told.asks]):
            return
        if self._is_out_of_reach(mark):
            self._breaker(mark)
            return
        if self._asked_when_last_read(mark):
            raise Violation("cancel needs evidence", f"{mark.text}: its event asked for it when it was last read")
        self._end(mark, readings)

    def _asked_when_last_read(self, mark: Mark) -> bool:
        """Of an event that is still there; one that is hidden from us asks for what it really says."""
        for href, body in self.calendars.everything().items():
            told = self.calendars.shown.get(href, [None])[-1]
            if told is not None and told.tag == mark.tag and (told.asks or (told.hidden and events.read(body).asks)):
                return True
        return False

    def _is_out_of_reach(self, mark: Mark) -> bool:
        """Whether all that asks is in calendars that were not found in this pass, and not remembered from before."""
        held = {href for (href,) in self.disk.rows("SELECT href FROM objects")}
        asking = [href for href, told in self.calendars.asking() if told.tag == mark.tag]
        polled = self.calendars.polled
        return bool(asking) and all(h.rsplit("/", 1)[0] + "/" not in polled and h not in held for h in asking)

    def _instances(self, row: Row) -> list[Row]:
        """What may be running of a conference: of a series whose children stand for all, the children."""
        children = self.conferences.children(row.id)
        stands_for_none = row.schedule is not None and self.conferences.habits.first_instance_child
        return children if stands_for_none else [row, *children]

    def _still_shown(self, mark: Mark, row: Row) -> None:
        """An event that asks must not be left with the link to a room that is cancelled."""
        if any(other.text == mark.text and each.id != row.id for other, each in self.marked()):
            return
        there = self.calendars.everything()
        asking = {
            href: told[-1]
            for href, told in self.calendars.shown.items()
            if href in there and told[-1] is not None and told[-1].asks and told[-1].tag == mark.tag
        }
        showing = [href for href, told in asking.items() if told is not None and self._shows(told, mark)]
        if showing and len(showing) == len(asking):  # of an event that is in two places, one has the room
            raise Violation("cancel after write-back", f"{showing[0]} still shows {mark.text}")

    def _shows(self, told: events.Told, mark: Mark) -> bool:
        to_come = [event for event in told.events if events.is_to_come(told, event, self.world.now)]
        return mark.text in {event.text("X-CALBRIDGE-REF") for event in to_come}

    def _readings(self, mark: Mark) -> list[events.Told]:
        """The meeting's event as calbridge read it in this pass, and last before it."""
        found = (told for each in self.calendars.shown.values() for told in each if told is not None)
        return [told for told in found if told.tag == mark.tag]

    def _replaced(self, mark: Mark, row: Row, readings: list[events.Told]) -> bool:
        """Whether other conferences stand for all that this one stands for, or all of it that a reading still wants."""
        taken = [self.conferences.rows[n] for n, at in self.conferences.taken.items() if at >= self.passes[-1]]
        there = [*self.marked(), *((mark_of(each.agenda), each) for each in taken)]
        same = [(o, each) for o, each in there if o is not None and o.tag == mark.tag and each.id != row.id]
        linked = {reference for told in readings for reference, _ in told.links}
        if any(o.part == mark.part and (o.gen >= mark.gen or o.text in linked) for o, _ in same):
            return True
        mine = set(self.upcoming(row))
        theirs = {start for _, each in same for start, _ in self.upcoming(each)}
        for told in readings:
            wanted = set(events.still_to_come(told, self.world.now))
            if mine != wanted and mark.text not in linked:
                return True  # nobody was ever shown it, and it is not what the event wants by now
            if {start for start, _ in mine} & {start for start, _ in wanted} <= theirs:
                return True
        return False

    def _cancel_child(self, row: Row) -> None:
        """One instance is to be cancelled: did any reading of this pass lack it?"""
        assert row.master is not None
        mark = mark_of(self.conferences.rows[row.master].agenda)
        readings = [] if mark is None else self._readings(mark)
        self._cancelled |= set() if mark is None else {mark.tag}
        wanted = [set(events.still_to_come(told, self.world.now)) for told in readings if told.asks]
        if row.start <= self.world.now < row.ends:
            raise Violation("a running meeting", f"instance {row.id} is running")
        if wanted and all((row.start.astimezone(UTC), row.minutes) in each for each in wanted):
            raise Violation("cancel needs evidence", f"instance {row.id} at {row.start} is wanted")

    def _end(self, mark: Mark, readings: list[events.Told]) -> None:
        """The meeting is not asked for: was that so for long enough, and seen often enough?"""
        if not self.absences.is_known(mark.tag):
            return
        mains = [event for told in readings for event in told.events if event.instance is None]
        says_so = any(event.text("STATUS") == "CANCELLED" for event in mains)
        since = self.absences.since(mark.tag, self.passes[-1])
        if since is None and says_so and not self._was_shown_asking(mark):
            since = self.world.now
        if since is None:
            raise Violation("cancel needs evidence", f"{mark.text} was asked for all the while")
        if says_so:
            self._breaker(mark)
            return
        held = {href for (href,) in self.disk.rows("SELECT href FROM objects WHERE uid <> ''")}
        silent = self._still_silent(mark, held)
        if self._is_remembered(mark) and not silent and self.absences.is_elsewhere(mark.tag, held):
            raise Violation("cancel needs evidence", f"{mark.text}: another calendar holds its UID")
        if self.world.now - since < SAFETY.cancel_grace:
            raise Violation("grace", f"{mark.text} has been away for {self.world.now - since} only")
        self._breaker(mark)
        if sum(end >= since for end in (*self.passes[1:], self.world.now)) < 2:  # each ends before the next begins
            raise Violation("two passes", f"{mark.text} was missed by one pass only")

    def _still_silent(self, mark: Mark, held: set[str]) -> bool:
        """Whether an event that asked for nothing when it was last read went, and calbridge was never told."""
        there = self.calendars.everything()
        gone = (told[-1] for href, told in self.calendars.shown.items() if href in held and href not in there)
        return any(told is not None and told.tag == mark.tag and not told.asks for told in gone)

    def _was_shown_asking(self, mark: Mark) -> bool:
        """Whether calbridge ever saw the object that asks: what says that it is cancelled needs no look elsewhere."""
        asking = {href for href, told in self.calendars.asking() if told.tag == mark.tag}
        return not asking.isdisjoint(self.calendars.shown)

    def _is_remembered(self, mark: Mark) -> bool:
        """Whether anything is known of its meeting; a stray of a meeting that is over already has audits for proof."""
        uids = self.disk.rows("SELECT uid FROM mappings UNION SELECT uid FROM intents")
        return mark.tag in {events.tag(uid) for (uid,) in uids}

    def _breaker(self, mark: Mark) -> None:
        """One more meeting ends."""
        hour = self.world.now - timedelta(hours=1)
        self.ended = [each for each in self.ended if each[0] > hour and each[1] != mark.tag]
        self.ended.append((self.world.now, mark.tag))
        if len(self.ended) > SAFETY.max_cancels and not self.allowed:
            raise Violation("breaker", f"{len(self.ended)} meetings ended within an hour")

    # --- what the platform holds --------------------------------------------------------------------------------------

    def upcoming(self, row: Row) -> list[tuple[datetime, int]]:
        """The occurrences that a conference stands for."""
        rows = [row] if row.schedule is None else self.conferences.children(row.id)
        if row.schedule is not None and not self.conferences.habits.first_instance_child:
            rows = [row, *rows]
        now = self.world.now
        starts = [(each.start.astimezone(now.tzinfo), each.minutes) for each in rows]
        return sorted(each for each in starts if now + events.MARGIN < each[0] < now + events.FAR)

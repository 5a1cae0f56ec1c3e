"""Cancels: each needs its evidence, and not too many may come at once (design.md, sections 5.7 and 5.10)."""

from datetime import UTC, datetime, timedelta

from calbridge.core.policy import Safety
from simulation import events
from simulation.absences import Absences
from simulation.calendars import CalendarServer
from simulation.claims import Claims
from simulation.conferences import Conferences, Row
from simulation.disk import Disk
from simulation.marks import Mark, mark_of
from simulation.strays import Strays
from simulation.world import Violation, World

SAFETY = Safety()


class Cancels:
    """Watches them. `passes` are the times at which passes began; `allowed`: the administrator let this one cancel.

    `of` are the tags of the meetings of which any conference or instance was cancelled.
    """

    def __init__(
        self, world: World, calendars: CalendarServer, conferences: Conferences, claims: Claims, disk: Disk
    ) -> None:
        self._world, self._calendars, self._conferences = world, calendars, conferences
        self._claims, self._disk = claims, disk
        self.absences = Absences(world, calendars)
        self._strays = Strays(world, disk)
        self.passes: list[datetime] = []
        self.allowed = False
        self.of: set[str] = set()
        self._ended: list[tuple[datetime, str]] = []

    def pass_begins(self, *, allowed: bool, full: bool) -> None:
        """A pass, perhaps a full one."""
        self.passes.append(self._world.now)
        self.allowed = allowed
        if full:
            self._strays.audit_begins({row.id for _, row in self._claims.unclaimed()})

    def pass_was_none(self) -> None:
        """It was only a glance, and counts for nothing."""
        self.passes.pop()

    def database_replaced(self) -> None:
        """The database may not know what ended, nor what came back."""
        self._ended.clear()
        self.absences.forget()

    def cancel(self, number: int) -> None:
        """We ask the platform to cancel a conference."""
        row = self._conferences.rows.get(number)
        if row is None or row.cancelled:
            return
        if row.is_child:
            self._cancel_child(row)
            return
        mark = mark_of(row.agenda)
        fetched = mark_of(self._conferences.fetched.get(row.id, ""))
        if mark is None and (fetched is not None or row.id in self._claims.remembered()[1]):
            return  # ours when it was last fetched, or remembered: a person took the marker out
        if mark is None:
            raise Violation("cancel of ours only", f"conference {row.id} carries no marker of ours")
        if any(each.start <= self._world.now < each.ends for each in self._instances(row)):
            raise Violation("a running meeting", f"{mark.text} is running")
        self._still_shown(mark, row)
        self.of.add(mark.tag)
        readings = self._readings(mark)
        asks = any(told.asks for told in readings)
        if not self.allowed and not asks and row.id in {each.id for _, each in self._claims.unclaimed()}:
            self._strays.cancel(mark, row, is_lost=row.id in self._claims.excused)
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
        there = self._calendars.everything()
        known = self._last_read(mark).items()
        return any(told.asks or (told.hidden and events.read(there[href]).asks) for href, told in known)

    def _last_read(self, mark: Mark) -> dict[str, events.Told]:
        """The meeting's objects that are there, as calbridge read them last, as far as its database knows them."""
        there = self._calendars.everything()
        held = {href for (href,) in self._disk.rows("SELECT href FROM objects") if href in there}
        last = ((href, told[-1]) for href, told in self._calendars.shown.items() if href in held)
        return {href: told for href, told in last if told is not None and told.tag == mark.tag}

    def _is_out_of_reach(self, mark: Mark) -> bool:
        """Whether all that asks is in calendars that were not found in this pass, and not remembered from before."""
        held = {href for (href,) in self._disk.rows("SELECT href FROM objects")}
        asking = [href for href, told in self._calendars.asking() if told.tag == mark.tag]
        polled = self._calendars.polled
        return bool(asking) and all(h.rsplit("/", 1)[0] + "/" not in polled and h not in held for h in asking)

    def _instances(self, row: Row) -> list[Row]:
        """What may be running of a conference: of a series whose children stand for all, the children."""
        children = self._conferences.children(row.id)
        stands_for_none = row.schedule is not None and self._conferences.habits.first_instance_child
        return children if stands_for_none else [row, *children]

    def _still_shown(self, mark: Mark, row: Row) -> None:
        """An event that asks must not be left with the link to a room that is cancelled."""
        if any(other.text == mark.text and each.id != row.id for other, each in self._claims.marked()):
            return
        asking = {href: told for href, told in self._last_read(mark).items() if told.asks}
        showing = [href for href, told in asking.items() if self._shows(told, mark)]
        if showing and len(showing) == len(asking):  # of an event that is in two places, one has the room
            raise Violation("cancel after write-back", f"{showing[0]} still shows {mark.text}")

    def _shows(self, told: events.Told, mark: Mark) -> bool:
        to_come = [event for event in told.events if events.is_to_come(told, event, self._world.now)]
        return mark.text in {event.text("X-CALBRIDGE-REF") for event in to_come}

    def _readings(self, mark: Mark) -> list[events.Told]:
        """The meeting's event as calbridge read it in this pass, and last before it."""
        found = (told for each in self._calendars.shown.values() for told in each if told is not None)
        return [told for told in found if told.tag == mark.tag]

    def _replaced(self, mark: Mark, row: Row, readings: list[events.Told]) -> bool:
        """Whether other conferences stand for all that this one stands for, or all of it that a reading still wants."""
        taken = [self._conferences.rows[n] for n, at in self._conferences.taken.items() if at >= self.passes[-1]]
        there = [*self._claims.marked(), *((mark_of(each.agenda), each) for each in taken)]
        same = [(o, each) for o, each in there if o is not None and o.tag == mark.tag and each.id != row.id]
        linked = {reference for told in readings for reference, _ in told.links}
        if any(o.part == mark.part and (o.gen >= mark.gen or o.text in linked) for o, _ in same):
            return True
        mine = set(self._claims.upcoming(row))
        theirs = {start for _, each in same for start, _ in self._claims.upcoming(each)}
        for told in readings:
            wanted = set(events.still_to_come(told, self._world.now))
            if mine != wanted and mark.text not in linked:
                return True  # nobody was ever shown it, and it is not what the event wants by now
            if {start for start, _ in mine} & {start for start, _ in wanted} <= theirs:
                return True
        return False

    def _cancel_child(self, row: Row) -> None:
        """One instance is to be cancelled: did any reading of this pass lack it?"""
        assert row.master is not None
        mark = mark_of(self._conferences.rows[row.master].agenda)
        readings = [] if mark is None else self._readings(mark)
        self.of |= set() if mark is None else {mark.tag}
        wanted = [set(events.still_to_come(told, self._world.now)) for told in readings if told.asks]
        if row.start <= self._world.now < row.ends:
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
            since = self._world.now
        if since is None:
            raise Violation("cancel needs evidence", f"{mark.text} was asked for all the while")
        if says_so:
            self._breaker(mark)
            return
        held = {href for (href,) in self._disk.rows("SELECT href FROM objects WHERE uid <> ''")}
        silent = self._still_silent(mark, held)
        if self._is_remembered(mark) and not silent and self.absences.is_elsewhere(mark.tag, held):
            raise Violation("cancel needs evidence", f"{mark.text}: another calendar holds its UID")
        if self._world.now - since < SAFETY.cancel_grace:
            raise Violation("grace", f"{mark.text} has been away for {self._world.now - since} only")
        self._breaker(mark)
        if sum(end >= since for end in (*self.passes[1:], self._world.now)) < 2:  # each ends before the next begins
            raise Violation("two passes", f"{mark.text} was missed by one pass only")

    def _still_silent(self, mark: Mark, held: set[str]) -> bool:
        """Whether an event that asked for nothing when it was last read went, and calbridge was never told."""
        there = self._calendars.everything()
        gone = (told[-1] for href, told in self._calendars.shown.items() if href in held and href not in there)
        return any(told is not None and told.tag == mark.tag and not told.asks for told in gone)

    def _was_shown_asking(self, mark: Mark) -> bool:
        """Whether calbridge ever saw the object that asks: what says that it is cancelled needs no look elsewhere."""
        asking = {href for href, told in self._calendars.asking() if told.tag == mark.tag}
        return not asking.isdisjoint(self._calendars.shown)

    def _is_remembered(self, mark: Mark) -> bool:
        """Whether anything is known of its meeting; a stray of a meeting that is over already has audits for proof."""
        uids = self._disk.rows("SELECT uid FROM mappings UNION SELECT uid FROM intents")
        return mark.tag in {events.tag(uid) for (uid,) in uids}

    def _breaker(self, mark: Mark) -> None:
        """One more meeting ends."""
        hour = self._world.now - timedelta(hours=1)
        self._ended = [each for each in self._ended if each[0] > hour and each[1] != mark.tag]
        self._ended.append((self._world.now, mark.tag))
        if len(self._ended) > SAFETY.max_cancels and not self.allowed:
            raise Violation("breaker", f"{len(self._ended)} meetings ended within an hour")

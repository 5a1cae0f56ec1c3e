"""Which conferences carry our marker, and what the database knows of them."""

from datetime import datetime

from simulation import events
from simulation.conferences import Conferences, Row
from simulation.disk import Disk
from simulation.marks import Mark, mark_of
from simulation.world import World


class Claims:
    """Looks at both sides. `excused` are conferences that a database was put back without.

    `answered` are those that a database ever had the id of.
    """

    def __init__(self, world: World, conferences: Conferences, disk: Disk) -> None:
        self._world, self._conferences, self._disk = world, conferences, disk
        self.excused: set[int] = set()
        self.answered: set[int] = set()

    def note(self) -> None:
        """Something was committed."""
        self.answered |= self.remembered()[1]

    def database_replaced(self) -> None:
        """Of what it does not know it can't tell whose it is."""
        self.excused |= {row.id for _, row in self.unclaimed()}

    def marked(self) -> list[tuple[Mark, Row]]:
        """Live conferences that carry our marker."""
        found = ((mark_of(row.agenda), row) for row in self._conferences.live())
        return [(mark, row) for mark, row in found if mark is not None]

    def remembered(self) -> tuple[set[str], set[int]]:
        """Markers of the intents and ids of the mappings that are committed."""
        intents = {marker for (marker,) in self._disk.rows("SELECT marker FROM intents")}
        return intents, {number for (number,) in self._disk.rows("SELECT conference_id FROM mappings")}

    def unclaimed(self) -> list[tuple[Mark, Row]]:
        """Conferences that carry our marker, and of which the database knows nothing."""
        intents, mappings = self.remembered()
        return [(mark, row) for mark, row in self.marked() if row.id not in mappings and mark.text not in intents]

    def is_uncertain(self, row: Row) -> bool:
        """Whether a conference was asked for, and no answer was ever taken in."""
        mark = mark_of(row.agenda)
        return mark is not None and row.id not in self.answered and mark.text in self.remembered()[0]

    def is_excused(self, row: Row) -> bool:
        """Whether it may be left over for the audit to report: a person's, a lost one, the platform's double."""
        return row.origin == "person" or row.id in self.excused or self.is_double(row)

    def is_double(self, row: Row) -> bool:
        """Whether the platform made several of one request, as of one that was delivered twice."""
        return sum(each.origin == row.origin and not each.is_child for each in self._conferences.rows.values()) > 1

    def upcoming(self, row: Row) -> list[tuple[datetime, int]]:
        """The occurrences that a conference stands for."""
        rows = [row] if row.schedule is None else self._conferences.children(row.id)
        if row.schedule is not None and not self._conferences.habits.first_instance_child:
            rows = [row, *rows]
        now = self._world.now
        starts = [(each.start.astimezone(now.tzinfo), each.minutes) for each in rows]
        return sorted(each for each in starts if now + events.MARGIN < each[0] < now + events.FAR)

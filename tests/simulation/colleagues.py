"""People who use the platform's own pages, and never ask what a conference is for."""

import re
from dataclasses import dataclass, field

from simulation.conferences import Conferences
from simulation.world import World


@dataclass
class Colleagues:
    """`cancelled` are tags of meetings whose conference somebody cancelled."""

    world: World
    conferences: Conferences
    cancelled: set[str] = field(default_factory=set)
    _renamed: int = 0

    def cancel(self) -> None:
        """Cancel a conference that is still to come."""
        rows = sorted((row for row in self.conferences.live() if row.start > self.world.now), key=lambda row: row.id)
        if rows and self.world.chance(0.3):
            row = self.world.random.choice(rows)
            self.world.say(f"  people cancel conference {row.id}")
            self.conferences.cancel(row)
            self.conferences.taken[row.id] = self.world.now
            self.cancelled |= set(re.findall("[a-z2-7]{26}", row.agenda.rsplit("\n", 1)[-1]))

    def copy(self) -> None:
        """Make a conference of one's own out of one of ours, and soon write another text into it."""
        rows = sorted((row for row in self.conferences.live() if row.schedule is None), key=lambda row: row.id)
        if rows:
            made = self.conferences.copy(self.world.random.choice(rows))
            self.world.say(f"  people copy a conference to {made.id}")
            self.world.later(
                self.world.random.choice((1, 20, 100, 1_000)),
                f"  people edit {made.id}",
                lambda: self.conferences.change(self.conferences.rows[made.id], agenda="Her own"),
            )

    def rename(self) -> None:
        """Give a conference another subject."""
        rows = sorted(self.conferences.live(), key=lambda row: row.id)
        if rows:
            row = self.world.random.choice(rows)
            self._renamed += 1
            self.world.say(f"  people rename conference {row.id}")
            self.conferences.change(row, subject=f"Renamed {self._renamed}")

"""Conferences with our marker that nothing asks for: in how many audits each stood there, and who made it."""

from datetime import datetime

from calbridge.core.policy import Safety
from simulation.conferences import Row
from simulation.disk import Disk
from simulation.marks import Mark
from simulation.world import Violation, World

_AUDITS = 2
_ASKED = "SELECT uid, part FROM history WHERE action = 'create-unknown'"


class Strays:
    """Watches their cancels (design.md, section 5.10)."""

    def __init__(self, world: World, disk: Disk) -> None:
        self._world, self._disk = world, disk
        self._audits: dict[int, list[datetime]] = {}

    def audit_begins(self, unclaimed: set[int]) -> None:
        """A full pass; `unclaimed` are the conferences of which the database knows nothing."""
        before = self._audits
        self._audits = {number: [*before.get(number, ()), self._world.now] for number in unclaimed}

    def cancel(self, mark: Mark, row: Row, *, is_lost: bool) -> None:
        """One is cancelled without anybody's word. `is_lost`: the database was put back to before it was made."""
        asked_for = mark.is_among(self._disk.rows(_ASKED))
        if (is_lost or row.origin == "person") and not asked_for:
            raise Violation("cancel of ours only", f"{mark.text} was not made by this database")
        audits = self._audits.get(row.id, [])
        if len(audits) < _AUDITS or self._world.now - audits[0] < Safety().cancel_grace:
            raise Violation("two audits", f"{mark.text} was found by {len(audits)} audits")

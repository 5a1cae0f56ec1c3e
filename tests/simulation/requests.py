"""What must hold of every request to create, to update or to write: not again what was refused, nothing of others."""

from dataclasses import dataclass, field
from typing import Literal

from simulation import faults
from simulation.calendars import CalendarServer
from simulation.conferences import Conferences, Json
from simulation.disk import Disk
from simulation.events import read
from simulation.marks import Mark, mark_of
from simulation.world import Violation, World

_DRAWN = ("request", "auth_token", "security_pin")
"""What differs between two requests for the same."""
_FORGOTTEN = (
    *faults.DISK,
    *faults.CRASHES,
    *faults.STORE,
    "dav partial",
    "dav empty",
    "dav change forgotten",
    "dav changes forgotten",
    "spell: calendar away",
    "spell: unlisted",
)
"""Faults after which calbridge may not know what was refused, or for which version of an event."""


@dataclass
class Requests:
    """Watches what is sent. `full`: the pass may repeat what was refused.

    `creates` are, by marker, what was refused last and in which circumstances; `writes` are that by href.
    """

    world: World
    calendars: CalendarServer
    conferences: Conferences
    disk: Disk
    on_platform_cancel: Literal["report", "recreate"] = "report"
    full: bool = False
    number: int = 0
    creates: dict[str, tuple[Json, object]] = field(default_factory=dict)
    writes: dict[str, tuple[str, int, object]] = field(default_factory=dict)

    def pass_begins(self, *, full: bool) -> None:
        """Another pass."""
        self.number += 1
        self.full = full

    def sent(self, path: str, asked: Json) -> None:
        """A create or an update."""
        if path == "conference/create":
            self._not_refused(asked)
            self._not_cancelled_by_people(asked)
        row = self.conferences.rows.get(asked.get("conference_id", 0))
        if row is not None and "cb1-other-" in row.agenda:
            raise Violation("other installation", f"conference {row.id} is another installation's")

    def was_refused(self, path: str, asked: Json) -> None:
        """A request was answered by a no that says that nothing was done."""
        mark = mark_of(asked["agenda"])
        if path == "conference/create" and mark is not None:
            self.creates[mark.text] = (_plain(asked), self._circumstances(mark))

    def put(self, href: str, etag: str, *, refused: bool) -> None:
        """An object is to be written, guarded by its ETag; one that was refused waits for an edit, or an audit."""
        guard, number, known = self.writes.get(href, ("", 0, 0))
        if guard == etag and number < self.number and known == self._forgotten() and not self.full:
            raise Violation("refused once", f"{href} is written again as it was refused")
        if refused:
            self.writes[href] = (etag, self.number, self._forgotten())

    def _not_refused(self, asked: Json) -> None:
        """The very same create is sent again only where the event changed, or by an audit."""
        mark = mark_of(asked["agenda"])
        before = None if mark is None else self.creates.pop(mark.text, None)
        if mark is not None and not self.full and before == (_plain(asked), self._circumstances(mark)):
            raise Violation("refused once", f"{mark.text} is asked for again as it was refused")

    def _circumstances(self, mark: Mark) -> object:
        """The versions of the meeting's event, and whatever may have made calbridge forget."""
        stored = [o for calendar in self.calendars.calendars.values() for o in calendar.objects.values()]
        return sorted(o.etag for o in stored if read(o.body).tag == mark.tag), self._forgotten()

    def _forgotten(self) -> int:
        return sum(self.world.struck[kind] for kind in _FORGOTTEN)

    def _not_cancelled_by_people(self, asked: Json) -> None:
        """What a person cancelled on the platform stays so, or comes back once; what nobody cancelled is not gone."""
        mark = mark_of(asked["agenda"])
        known = self.disk.rows("SELECT uid, part, state, conference_id FROM mappings")
        mine = [(state, number) for uid, part, state, number in known if mark is not None and mark.is_of(uid, part)]
        if {state for state, _ in mine} != {"lost"}:
            return
        if self.on_platform_cancel == "report" or len(mine) > 1:
            raise Violation("a person's cancel", f"{asked['subject']} is made although people cancelled it")
        if any(not self.conferences.rows[number].cancelled for _, number in mine):
            raise Violation("gone by fetch", f"{asked['subject']} is made anew, and its conference is there")


def _plain(asked: Json) -> Json:
    return {name: value for name, value in asked.items() if name not in _DRAWN}

"""Since when each meeting has not been asked for, as far as calbridge could know."""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime

from simulation import events
from simulation.calendars import CalendarServer
from simulation.world import World


@dataclass
class Asked:
    """Since when a meeting is not asked for (None: it is), and the spans before this one: (from, until).

    `calendars` are those in which it ever asked.
    """

    away: datetime | None = None
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    calendars: set[str] = field(default_factory=set)


class Absences:
    """Follows what the calendars ask for, by the meetings' tags; told of what calbridge has noticed by now."""

    def __init__(self, world: World, calendars: CalendarServer) -> None:
        self._world, self._calendars = world, calendars
        self._asked: dict[str, Asked] = {}
        self._noticed: defaultdict[str, list[datetime]] = defaultdict(list)
        calendars.changed = self._follow

    def notice(self, bodies: Iterable[bytes]) -> None:
        """Calbridge has committed these objects: those that ask are known to ask by now."""
        for told in map(events.read, bodies):
            if told.asks:
                self._noticed[told.tag].append(self._world.now)

    def forget(self) -> None:
        """Another database is in place: what calbridge had noticed it may not know any more."""
        self._noticed.clear()

    def is_known(self, tag: str) -> bool:
        """Whether it was ever asked for."""
        return tag in self._asked

    def since(self, tag: str, begun: datetime) -> datetime | None:
        """Since when, as far as calbridge could know: a return that it did not notice is none.

        None where it was asked for all through the pass that has `begun`.
        """
        asked = self._asked[tag]
        open_ = [(asked.away, self._world.now)] if asked.away is not None else []
        since: datetime | None = None
        for away, ended in reversed([*asked.spans, *open_]):
            if since is None:
                if ended < begun:
                    return None
            elif any(ended <= moment <= since for moment in self._noticed[tag]):
                return since
            since = away
        return since

    def is_elsewhere(self, tag: str, held: Set[str]) -> bool:
        """Whether only calendars in which it never asked hold its UID, without a word, and calbridge knows of that.

        Nobody can tell then whether the event was moved there, or whether what is there is the event at all. `held`
        are the hrefs of the objects that calbridge remembers.
        """
        told = ((href, events.read(body)) for href, body in self._calendars.everything().items())
        there = {href: each for href, each in told if each.tag == tag}
        asked = any(self._calendar(href) in self._asked[tag].calendars for href in there)
        declined = any(event.declines for each in there.values() for event in each.events)
        return not asked and not declined and not held.isdisjoint(there)

    def _follow(self) -> None:
        """Note who asks now."""
        asking: defaultdict[str, set[str]] = defaultdict(set)
        for href, told in self._calendars.asking():
            asking[told.tag].add(self._calendar(href))
        for tag, calendars in asking.items():
            self._asked.setdefault(tag, Asked()).calendars |= calendars
        for tag, asked in self._asked.items():
            if tag in asking and asked.away is not None:
                asked.spans.append((asked.away, self._world.now))
                asked.away = None
            elif tag not in asking and asked.away is None:
                asked.away = self._world.now

    def _calendar(self, href: str) -> str:
        return href.rsplit("/", 1)[0] + "/"

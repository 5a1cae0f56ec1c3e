"""A platform and a calendar account in memory that behave, and misbehave as a test says: what `apply` acts upon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, TypeVar

from calbridge.core.model import CalendarObject, Conference, Fields, HostProfile, Listing
from calbridge.core.problem import Problem
from calbridge.errors import NotFound, PlatformError, WriteFailed, WriteRefused, WriteUnmatched
from calbridge.ports import Calendar, Discovery, Glance, Poll, SyncState
from support.rooms import Rooms

T = TypeVar("T")
Verb: TypeAlias = str
"""`listing`, `fetch`, `create`, `update` or `cancel`."""


def platform_error(kind: type[PlatformError], message: str = "") -> PlatformError:
    """A failure of the platform, as its adapter raises it."""
    problem = Problem("the platform", f"platform.{kind.__name__.lower()}", "it failed as the test says", "none")
    return kind(problem, message=message)


@dataclass
class Fault:
    """The next `times` calls of a verb fail; with `effect` the platform does what was asked all the same."""

    verb: Verb
    error: PlatformError
    effect: bool
    times: int


class FakePlatform:
    """One account with one host. `calls` are the verbs of all calls.

    `tamper` is what becomes of a conference on its way to us. `keeps_cancelled`: it only says that it cancelled.
    `lists_heads_only`: its listings are incomplete, and lack every child.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.rooms = Rooms()
        self.calls: list[Verb] = []
        self.tamper: Callable[[Conference], Conference] = lambda conference: conference
        self.keeps_cancelled = False
        self.lists_heads_only = False
        self._clock = clock
        self._faults: list[Fault] = []

    @property
    def writes(self) -> list[Verb]:
        """What was asked of it that changes something."""
        return [verb for verb in self.calls if verb in {"create", "update", "cancel"}]

    def fails(
        self, verb: Verb, kind: type[PlatformError], *, effect: bool = False, times: int = 1, message: str = ""
    ) -> None:
        """Let the next calls of a verb fail."""
        self._faults.append(Fault(verb, platform_error(kind, message), effect, times))

    async def host(self, host_id: int) -> HostProfile:
        """The one host."""
        return HostProfile(host_id, "alice@example.com", "Alice", "Europe/Paris", "en")

    async def hosts(self, company_id: int | None) -> tuple[HostProfile, ...]:
        """The one host."""
        return (await self.host(9),)

    async def listing(self, host_id: int) -> Listing:
        """All conferences."""
        self._called("listing", lambda: None)
        listing = self.rooms.listing(self._clock())
        if self.lists_heads_only:
            listing = replace(listing, conferences=tuple(self.rooms.heads), complete=False)
        return replace(listing, conferences=tuple(map(self.tamper, listing.conferences)))

    async def fetch(self, conference_id: int) -> Conference | None:
        """One conference."""
        self._called("fetch", lambda: None)
        found = self.rooms.all.get(conference_id)
        return None if found is None else self.tamper(found)

    async def create(self, host_id: int, fields: Fields) -> Conference:
        """Create once."""
        return self.tamper(self._called("create", lambda: self.rooms.create(fields)))

    async def update(self, conference_id: int, fields: Fields) -> Conference:
        """Update, or 404."""
        if conference_id not in self.rooms.all:
            raise platform_error(NotFound)
        return self.tamper(self._called("update", lambda: self.rooms.update(conference_id, fields)))

    async def cancel(self, conference_id: int) -> None:
        """Cancel, unless it only says so."""
        self._called("cancel", lambda: None if self.keeps_cancelled else self.rooms.cancel(conference_id))

    def _called(self, verb: Verb, effect: Callable[[], T]) -> T:
        self.calls.append(verb)
        fault = next((f for f in self._faults if f.verb == verb and f.times), None)
        if fault is None:
            return effect()
        fault.times -= 1
        if fault.effect:
            effect()
        raise fault.error


class FakeCalendars:
    """One account. Objects are by href; every write gives a new strong ETag.

    `before_put` are edits that somebody makes just before our next writes, one each. `rewrite` is what the server
    makes of what it is given; `refuses` is why it stores nothing; one that `takes_no_etag` answers every write as if
    somebody had changed the object.
    """

    def __init__(self) -> None:
        self.objects: dict[str, CalendarObject] = {}
        self.before_put: list[Callable[[], None]] = []
        self.rewrite: Callable[[bytes], bytes] = lambda body: body
        self.refuses: Problem | None = None
        self.breaks_down = False
        self.takes_no_etag = False
        self.puts: list[str] = []
        self._etags = 0

    def store(self, source: CalendarObject) -> CalendarObject:
        """Somebody writes an object."""
        self._etags += 1
        stored = replace(source, etag=f'"{self._etags}"')
        self.objects[source.href] = stored
        return stored

    def edit(self, href: str, old: bytes, new: bytes) -> None:
        """Somebody edits an object."""
        before = self.objects[href]
        assert old in before.body
        self.store(replace(before, body=before.body.replace(old, new)))

    async def discover(self) -> Discovery:
        """The calendars that hold objects."""
        urls = sorted({source.calendar for source in self.objects.values()})
        return Discovery(tuple(Calendar(url, url, None, writable=True) for url in urls), frozenset())

    async def glance(self, found: Discovery, before: Glance | None) -> Glance | None:
        """It has no versions."""
        return None

    async def poll(self, calendar: str, state: SyncState, known: Mapping[str, str | None], *, full: bool) -> Poll:
        """A complete listing, whatever the state says."""
        here = {href: source for href, source in self.objects.items() if source.calendar == calendar}
        changed = tuple(source for href, source in here.items() if known.get(href) != source.etag)
        removed = frozenset(known.keys() - here.keys())
        return Poll(calendar, changed, removed, SyncState(), present=frozenset(here))

    async def get(self, calendar: str, href: str) -> CalendarObject | None:
        """One object."""
        return self.objects.get(href)

    async def put(self, source: CalendarObject, body: bytes) -> None:
        """Store a body, if the object is still the one that was read."""
        if self.before_put:
            self.before_put.pop(0)()
        self.puts.append(source.href)
        now = self.objects.get(source.href)
        if now is None or source.etag is None or now.etag != source.etag:
            raise WriteUnmatched(Problem(source.href, "write.conflict", "it changed", "none"))
        if self.takes_no_etag:
            raise WriteUnmatched(Problem(source.href, "write.conflict", "HTTP 412", "none"))
        if self.refuses is not None:
            raise WriteRefused(self.refuses)
        if self.breaks_down:
            raise WriteFailed(Problem(source.href, "write.failed", "HTTP 500", "none"))
        self.store(replace(source, body=self.rewrite(body)))

"""What a pass needs of the outside, as protocols: real adapters and the worst-case fakes of the tests satisfy both."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Protocol

from calbridge.core.model import CalendarObject, Conference, Fields, HostProfile, Listing
from calbridge.core.problem import Problem


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar collection. `url` is normalised, with a trailing slash; `zone` is its own, an IANA name."""

    url: str
    name: str
    zone: str | None
    writable: bool


@dataclass(frozen=True, slots=True)
class Discovery:
    """The calendars of one account, the addresses that its server knows the owner by, and what could not be used.

    `homes` are the collections that hold her calendars, empty where the account is one calendar.
    """

    calendars: tuple[Calendar, ...]
    addresses: frozenset[str]
    problems: tuple[Problem, ...] = ()
    homes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncState:
    """Where the last poll ended: a sync-token (RFC 6578), a ctag, or neither. Both are hints, never proof."""

    token: str | None = None
    ctag: str | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """The versions of an account's calendars, seen without looking into them: a hint, never proof.

    `versions` are those of the calendars that are polled, `others` all calendars beside them. `asked` is where this
    came from, each a URL and the depth of a PROPFIND, and `digest` that of the answers, byte by byte.
    """

    versions: frozenset[tuple[str, SyncState]]
    others: frozenset[str]
    asked: tuple[tuple[str, int], ...]
    digest: bytes = field(compare=False)


@dataclass(frozen=True, slots=True)
class Poll:
    """What changed in one calendar.

    `changed` are objects whose ETag differs from the known one; `removed` hrefs that the server reported as gone, or
    that a complete listing no longer holds. `present` is every href of the calendar where this poll was a complete
    listing (`complete`), else None. `problems` name objects that could not be read (too large, refused); such an
    object counts as present.
    """

    calendar: str
    changed: tuple[CalendarObject, ...]
    removed: frozenset[str]
    state: SyncState
    present: frozenset[str] | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it saw the whole calendar."""
        return self.present is not None


class Calendars(Protocol):
    """One CalDAV account. Every method raises `CalendarError`s only."""

    async def discover(self) -> Discovery:
        """Find the account's calendars that hold VEVENTs."""

    async def glance(self, found: Discovery, before: Glance | None) -> Glance | None:
        """See whether anything changed in what was found since `before`; None where the server does not tell."""

    async def poll(self, calendar: str, state: SyncState, known: Map[str, str | None], *, full: bool) -> Poll:
        """Fetch what changed since `state`; `known` is href -> ETag. `full` compares every ETag, token or not."""

    async def get(self, calendar: str, href: str) -> CalendarObject | None:
        """Fetch one object; None only for a 404 or 410."""

    async def put(self, source: CalendarObject, body: bytes) -> None:
        """Replace an object, guarded by its strong ETag (If-Match); `WriteConflict` if it changed or has none."""


class Platform(Protocol):
    """One account on the conferencing platform. Every method raises `PlatformError`s only."""

    async def host(self, host_id: int) -> HostProfile:
        """Fetch one host."""

    async def hosts(self, company_id: int | None) -> tuple[HostProfile, ...]:
        """Fetch the hosts of a company (zone, locale and dial-in are not part of this answer)."""

    async def listing(self, host_id: int) -> Listing:
        """Look at all of a host's conferences, page by page."""

    async def fetch(self, conference_id: int) -> Conference | None:
        """Fetch one conference; None only for a 404 in the platform's shape."""

    async def create(self, host_id: int, fields: Fields) -> Conference:
        """Create once; never repeated here. Raises `Refused`, `NotSent`, `Throttled` or `OutcomeUnknown`."""

    async def update(self, conference_id: int, fields: Fields) -> Conference:
        """Send the complete desired state."""

    async def cancel(self, conference_id: int) -> None:
        """Cancel one conference: an instance alone, or a master with all its instances. Gone already is fine."""

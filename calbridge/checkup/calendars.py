"""One host's calendars: whether they are found, whether they can be written, and what their server can do for them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from calbridge.app import dav_account
from calbridge.calendars import DavAccount
from calbridge.checkup.findings import Area, CalendarSeen, Finding, failed, fine, warned
from calbridge.config import HostConfig
from calbridge.core.problem import Problem
from calbridge.errors import CalendarError
from calbridge.ports import Discovery
from calbridge.store import Store


@dataclass(frozen=True, slots=True)
class Shelf:
    """A host's calendars. `addresses` are those that her servers know her by, lower case."""

    calendars: tuple[CalendarSeen, ...]
    addresses: frozenset[str]
    findings: tuple[Finding, ...]

    @property
    def scheduled(self) -> bool:
        """Whether a server of hers invites attendees by itself."""
        return any(each.abilities.scheduling == "automatic" for each in self.calendars)


async def look_at_calendars(host: HostConfig, store: Store, patience: timedelta) -> Shelf:
    """Log in to each of her accounts and ask about each calendar that would be synced. Changes nothing.

    `patience` bounds each request.
    """
    calendars: list[CalendarSeen] = []
    addresses: set[str] = set()
    findings: list[Finding] = []
    for account in host.accounts:
        try:
            async with dav_account(account, host.name, patience) as dav:
                found = await dav.discover()
                calendars += await _asked(dav, found, host.name, store)
        except CalendarError as error:
            findings.append(failed(Area.CALENDARS, error.problem))
            continue
        addresses |= found.addresses
        findings += [failed(Area.CALENDARS, problem) for problem in found.problems]
    findings += [finding for seen in calendars for finding in _judged(seen)]
    return Shelf(tuple(calendars), frozenset(addresses), tuple(findings))


async def _asked(dav: DavAccount, found: Discovery, host: str, store: Store) -> list[CalendarSeen]:
    seen = []
    for calendar in found.calendars:
        states = store.calendars.write_states(calendar.url)
        seen.append(
            CalendarSeen(
                host=host,
                url=calendar.url,
                writable=calendar.writable,
                abilities=await dav.abilities(calendar.url),
                asking=len(store.calendars.asking(calendar.url)),
                dropped=frozenset().union(*(state.dropped for state in states)),
                refused=tuple(state.problem for state in states if state.problem is not None),
            )
        )
    return seen


def shared(calendars: Iterable[CalendarSeen]) -> Iterator[Finding]:
    """Tell of calendars that two hosts would sync: only one of them does."""
    hosts: defaultdict[str, list[str]] = defaultdict(list)
    for seen in calendars:
        hosts[seen.url].append(seen.host)
    for url, names in hosts.items():
        if len(names) > 1:
            reason = f"it belongs to {' and '.join(sorted(names))}, and only one of them can have it"
            hint = "leave it out for the others: calendar.names in their host files"
            yield failed(Area.CALENDARS, Problem(url, "calendar.other-host", reason, hint))


def _judged(seen: CalendarSeen) -> Iterator[Finding]:
    where, abilities = f"{seen.host}: {seen.url}", seen.abilities
    if not seen.writable:
        hint = "give calbridge's login the right to write, or leave the calendar out with calendar.names"
        yield failed(Area.CALENDARS, Problem(where, "calendar.read-only", "it may not be written", hint))
    if abilities.etags in {"weak", "none"}:
        reason = (
            f"its objects have {'weak ETags' if abilities.etags == 'weak' else 'no ETags'}: no write can be guarded"
        )
        hint = (
            "have the server, or the proxy before it (which may compress), send strong ETags; nothing is written before"
        )
        yield failed(Area.CALENDARS, Problem(where, "calendar.etags", reason, hint))
    if not abilities.sync_token and not abilities.ctag:
        hint = "nothing has to be done; a longer daemon.poll_interval spares a server with large calendars"
        reason = "it has neither sync-token nor ctag: every poll lists the whole calendar"
        yield warned(Area.CALENDARS, Problem(where, "calendar.listing", reason, hint))
    if seen.refused:
        first = seen.refused[0]
        reason = f"it refused what was written into {len(seen.refused)} of its events, such as: {first.reason}"
        yield warned(Area.CALENDARS, Problem(where, "calendar.refused", reason, first.hint))
    if seen.dropped:
        hint = "nothing has to be done: the block in the description stays, and they are not written again"
        reason = f"its server does not keep {', '.join(sorted(seen.dropped))}"
        yield warned(Area.CALENDARS, Problem(where, "calendar.drops", reason, hint))
    if seen.writable and abilities.etags in {"strong", "empty"}:
        yield fine(Area.CALENDARS, where, "calendar.fit", "it can be read and, guarded by its ETags, written")

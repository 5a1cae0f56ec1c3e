"""Which host syncs which calendar: a collection has one host, or every meeting in it would get two rooms.

| the collection                                   | is synced by                                                 |
|--------------------------------------------------|--------------------------------------------------------------|
| was synced by a host who still sees it           | her                                                          |
| by one who is configured and can't tell now      | her: a failed login gives nothing away                       |
| by one who sees it no more, and has rooms in it  | her: it may come back, and its events have their rooms       |
| by one who may be a host that is yet to come     | nobody for now, where she has rooms in it                    |
| by nobody, or nobody who is here any more        | the first by name of those who see it                        |
| the same, and one with a smaller name may yet come | nobody for now: its meetings are neither made nor ended     |
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from calbridge.arrivals import Arrival
from calbridge.calendars import hrefs
from calbridge.config import HostConfig
from calbridge.core.problem import Problem
from calbridge.sync import Run, Seat

PATIENCE: Final = timedelta(minutes=10)
"""How long hosts are waited for: one whose password is refused may be left alone for hours."""

LOST: Final = timedelta(days=1)
"""How long after her last good pass a host who can't be found counts as one who will be back."""


class Seating:
    """The hosts of one process, as far as they have come; `expected` are those who may yet come."""

    def __init__(self, run: Run, expected: Iterable[HostConfig]) -> None:
        self._run = run
        self._arrivals: dict[str, Arrival] = {}
        self._names: dict[int, str] = {}
        self._viewers: defaultdict[str, set[str]] = defaultdict(set)
        self._configured: frozenset[str] = frozenset()
        self._awaited: set[str] = set()
        self._expected: frozenset[str] = frozenset()
        self._queues: dict[_Origin, list[str]] = {}
        self.expect(expected)

    def expect(self, hosts: Iterable[HostConfig]) -> None:
        """Begin to wait for these, and for nobody else; who is configured may have changed."""
        self._configured = frozenset(host.name for host in self._run.config.hosts)
        queues: defaultdict[_Origin, set[str]] = defaultdict(set)
        for host in hosts:
            for account in host.accounts:
                queues[hrefs.origin(account.url)].add(host.name)
        self._queues = {origin: sorted(names, reverse=True) for origin, names in queues.items()}
        self._awaited = set().union(*queues.values())
        self._expected |= self._awaited
        self._until = self._run.clock() + PATIENCE

    def arrived(self, arrival: Arrival) -> Problem | None:
        """The host is here, maybe not for the first time, and her calendars are known.

        A problem where another file's host is the same one on the platform: then this one is not here.
        """
        self.left(arrival.host.name)
        by_id = next((host.name for host in self._run.config.hosts if host.id == arrival.profile.id), None)
        other = by_id if by_id not in (None, arrival.host.name) else self._names.get(arrival.profile.id)
        if other is not None:
            self._awaited.discard(arrival.host.name)
            return _same_host(arrival, other)
        self._awaited.discard(arrival.host.name)
        self._arrivals[arrival.host.name] = arrival
        self._names[arrival.profile.id] = arrival.host.name
        for url in arrival.urls:
            self._viewers[url].add(arrival.host.name)
        profile = replace(arrival.profile, access_code=None)
        self._run.store.journal.save_profile(profile, arrival.host.name)
        return None

    def failed(self, name: str) -> None:
        """Nobody waits for this host any more; what was known of her stays."""
        self._awaited.discard(name)

    def left(self, name: str) -> None:
        """Forget a host."""
        arrival = self._arrivals.pop(name, None)
        if arrival is None:
            return
        if self._names.get(arrival.profile.id) == name:
            del self._names[arrival.profile.id]
        for url in arrival.urls:
            self._viewers[url].discard(name)
            if not self._viewers[url]:
                del self._viewers[url]

    def seat(self, arrival: Arrival) -> Seat:
        """Give an arrived host the calendars that are hers to sync, and keep them for her."""
        run, name, profile = self._run, arrival.host.name, arrival.profile
        holders = {url: self._holder(url) for url in arrival.urls}
        mine = tuple({c.url: (c, account) for c, account in arrival.calendars if holders[c.url] == name}.values())
        for calendar, _ in mine:
            if (record := run.store.calendars.get(calendar.url)) is None or record.host_id != profile.id:
                run.store.calendars.claim(calendar.url, profile.id)
        unseen = {url for url, holder in holders.items() if holder is None}
        if arrival.problems:  # a calendar that was not found may be one of those with rooms
            unseen |= {r.url for r in run.store.calendars.of_host(profile.id)}
        addresses = {address.lower() for _, found in arrival.discovered for address in found.addresses}
        return Seat(
            name=name,
            config=arrival.host,
            profile=profile,
            addresses=frozenset(arrival.host.emails or (*addresses, profile.email.lower())),
            calendars=mine,
            unseen=frozenset(unseen - {c.url for c, _ in mine}),
            problems=(*arrival.problems, *self._of_others(arrival, holders)),
            tended=self._is_tended,
        )

    def _of_others(self, arrival: Arrival, holders: dict[str, str | None]) -> Iterator[Problem]:
        for calendar, _ in arrival.calendars:
            holder = holders[calendar.url]
            if holder in (arrival.host.name, None):
                continue
            reason = f"this calendar is synced for the host {holder!r} already"
            hint = f"leave it out of one of the two: calendar.names in hosts.d/{arrival.host.name}.toml"
            if holder not in self._viewers[calendar.url]:
                reason = f"meetings of the host {holder!r}, who does not see this calendar any more, have rooms in it"
                hint = f"let her see it again, or let them go: `calbridge sync --host {holder} --allow-cancels N`"
            yield Problem(calendar.url, "calendar.other-host", reason, hint)

    def left_out(self) -> dict[str, Problem]:
        """Hosts that have rooms and are configured no more, or under another id, by name."""
        records = self._run.store.journal.hosts()
        names = {record.host_id: record.name for record in records}
        known = self._names.keys() | {r.host_id for r in records if self._is_away(r.name)}
        return {
            names.get(host_id, str(host_id)): left_out_problem(host_id, names.get(host_id))
            for host_id in sorted(self._run.store.meetings.host_ids() - known)
        }

    def _holder(self, url: str) -> str | None:
        """Who syncs a collection that somebody here sees; None while that can't be told."""
        record = self._run.store.calendars.get(url)
        if record is not None:
            before = self._before(record.host_id, url)
            if before is not None:
                return before
            if self._may_come(record.host_id) and self._run.store.meetings.has_rooms(record.host_id, url):
                return None
        first = min(self._viewers[url])
        return None if self._is_awaited(hrefs.origin(url), first) else first

    def _before(self, host_id: int, url: str) -> str | None:
        """The name of the host who synced it before; None where it may change hands."""
        name = self._names.get(host_id)
        if name is not None:
            sees_it = self._sees(name, url)
            return name if sees_it or self._run.store.meetings.has_rooms(host_id, url) else None
        record = self._run.store.journal.host(host_id)
        return record.name if record is not None and self._is_away(record.name) else None

    def _is_tended(self, host_id: int, url: str) -> bool:
        """Whether a host still has a calendar; one who can't tell now has it for a while."""
        name = self._names.get(host_id)
        if name is not None and url in self._arrivals[name].urls:
            return True
        record = self._run.store.journal.host(host_id)
        if record is None or record.last_good is None or self._run.clock() - record.last_good > LOST:
            return False
        return self._sees(name, url) if name is not None else self._is_away(record.name)

    def _sees(self, name: str, url: str) -> bool:
        """Whether a host who is here sees a calendar, or one of her accounts can't tell."""
        arrival = self._arrivals[name]
        return arrival.is_partial or url in arrival.urls

    def _may_come(self, host_id: int) -> bool:
        """Whether a host who is not here may be one who is configured by another name than before, and may yet come.

        Where this process is for some hosts only, the others come in another one.
        """
        self._lose_patience()
        ids = {record.name: record.host_id for record in self._run.store.journal.hosts()}
        others = (h for h in self._run.config.hosts if h.name in self._awaited or h.name not in self._expected)
        return host_id not in self._names and any((h.id or ids.get(h.name, host_id)) == host_id for h in others)

    def _is_away(self, name: str) -> bool:
        """Whether a host is configured but not here."""
        return name in self._configured and name not in self._arrivals

    def _lose_patience(self) -> None:
        if self._awaited and self._run.clock() >= self._until:
            self._awaited.clear()

    def _is_awaited(self, origin: "_Origin", before: str) -> bool:
        """Whether somebody with a smaller name may yet see what lies at this server."""
        self._lose_patience()
        queue = self._queues.get(origin, [])
        while queue and queue[-1] not in self._awaited:
            queue.pop()
        return bool(queue) and queue[-1] < before


_Origin = tuple[str, str, int]


def _same_host(arrival: Arrival, other: str) -> Problem:
    return Problem(
        f"hosts.d/{arrival.host.name}.toml",
        "host.twice",
        f"the platform's host {arrival.profile.id} is the one of hosts.d/{other}.toml, too; this file is not used",
        "put the calendars of both into one file: it may have several [[calendar]] tables",
    )


def left_out_problem(host_id: int, name: str | None) -> Problem:
    """What to say of a host who has rooms and is configured no more; her name is as last seen."""
    return Problem(
        f"host {name or host_id}",
        "host.left-out",
        f"meetings of the platform's host {host_id} have rooms, but no host file names her any more",
        f"their rooms stay; bring the host file or its id back, or let them go: `calbridge uninstall --host {host_id}`",
    )

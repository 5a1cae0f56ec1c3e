"""Leaving: hosts whose calendars and conferences calbridge lets go of, and what it remembers of them.

A host with a file is met like in any pass, with another plan (`core.plan_leaving`). One without is known from the
database alone: her conferences can be cancelled, her calendars can't be reached.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from calbridge.app import opened, sync_hosts, utc_now
from calbridge.apply import Held, Outcome
from calbridge.config import Config, HostConfig
from calbridge.core.breakers import Allowed
from calbridge.core.model import HostProfile
from calbridge.core.plan_leaving import plan_forgetting, plan_leaving
from calbridge.core.policy import ConferencePolicy, Select, Writeback
from calbridge.core.problem import Problem
from calbridge.errors import ConfigError
from calbridge.store import HostRecord, Store
from calbridge.sync import HostReport, Options, Run, Seat, sync_host


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves: hosts with a file, by name, and those that only the database knows, one for each platform host.

    `keep_rooms`: their conferences and events stay as they are.
    """

    configured: tuple[str, ...]
    remembered: tuple[HostRecord, ...]
    keep_rooms: bool

    @property
    def unreachable(self) -> frozenset[str]:
        """Names of those whose calendars nobody can reach."""
        return frozenset(record.name for record in self.remembered) - frozenset(self.configured)


def who_leaves(config: Config, store: Store, names: Iterable[str], *, keep_rooms: bool) -> Leaving:
    """The hosts of these names, all where none is given. Raises `ConfigError` for a name that nobody has.

    One that only the database knows may be named by her id on the platform: a file of her name may be another's now.
    """
    wanted = tuple(dict.fromkeys(names))
    files = {host.name for host in config.hosts}
    records = store.journal.hosts()
    current = _with_file(config, records)
    past = tuple(r for r in records if r.host_id not in current)
    by_id = {str(r.host_id): r.host_id for r in past if str(r.host_id) in wanted}
    by_id = {text: host_id for text, host_id in by_id.items() if text not in files}
    known = files | {record.name for record in records}
    unknown = [name for name in wanted if name not in known and name not in by_id]
    if unknown:
        hint = f"the hosts are: {', '.join(sorted(known)) or 'none'}"
        reason = "neither a host file nor the database names such a host"
        raise ConfigError(tuple(Problem(f"--host {name}", "config.no-host", reason, hint) for name in unknown))
    chosen = [name for name in sorted(known) if not wanted or name in wanted]
    by_file = () if keep_rooms else tuple(name for name in chosen if name in files)
    remembered = tuple(
        r
        for r in records
        if r.host_id in by_id.values() or (r.name in chosen and (r.name not in by_file or r.host_id not in current))
    )
    return Leaving(by_file, remembered, keep_rooms)


def _with_file(config: Config, records: Sequence[HostRecord]) -> frozenset[int]:
    """The platform's hosts whom a file names: without an id, of those of its name the one who was last well."""
    ids = {host.id for host in config.hosts if host.id is not None}
    for host in config.hosts:
        of_name = [r for r in records if r.name == host.name]
        if host.id is None and of_name:
            ids.add(max(of_name, key=lambda r: 0.0 if r.last_good is None else r.last_good.timestamp()).host_id)
    return frozenset(ids)


async def leave(
    leaving: Leaving,
    config: Config,
    store: Store,
    *,
    dry: bool,
    progress: Callable[[Outcome], None] = lambda _outcome: None,
    clock: Callable[[], datetime] = utc_now,
) -> tuple[HostReport, ...]:
    """Let them go, or, where `dry`, say what that would do. Of whom nothing is left, all is forgotten.

    It may be stopped at any moment and run again: what is not done yet is found again.
    """
    planner = plan_forgetting if leaving.keep_rooms else partial(plan_leaving, leaving=_ids(leaving, config, store))
    options = Options(dry=dry, full=True, allowed=Allowed(cancels=sys.maxsize), progress=progress, planner=planner)
    reports: list[HostReport] = []
    if leaving.configured:
        reports += await sync_hosts(config, store, options, names=leaving.configured, clock=clock)
    async with opened(config, store, clock) as run:
        reports += [await sync_host(_seat(record, run), run, options) for record in leaving.remembered]
    if not dry:
        reports = [_told(report) for report in reports]
        _forget(reports, leaving, config, store)
    return tuple(sorted(reports, key=lambda report: report.host))


def _ids(leaving: Leaving, config: Config, store: Store) -> frozenset[int]:
    """Who leaves, by their ids on the platform."""
    configured = {host.id for host in config.hosts if host.name in leaving.configured and host.id is not None}
    known = {r.host_id for r in store.journal.hosts() if r.name in leaving.configured}
    return frozenset(configured | known | {record.host_id for record in leaving.remembered})


def is_gone(report: HostReport) -> bool:
    """Whether nothing of the host is left, so that she is forgotten."""
    return not report.problems


def _told(report: HostReport) -> HostReport:
    """The report, with a problem where something had to wait: she is not gone yet."""
    held = [outcome.reason for outcome in report.outcomes if isinstance(outcome, Held)]
    if not held or report.problems:
        return report
    reason = f"something of hers is left: {'; '.join(dict.fromkeys(held))}"
    left = Problem(f"host {report.host}", "host.not-gone", reason, "run `calbridge uninstall` again later")
    return replace(report, problems=(left,))


def _forget(reports: Sequence[HostReport], leaving: Leaving, config: Config, store: Store) -> None:
    """Forget those of whom nothing is left: by their ids, for two may have one name."""
    records = store.journal.hosts()
    current = _with_file(config, records)
    ids = {r.host_id for r in leaving.remembered}
    ids |= {r.host_id for r in records if r.name in leaving.configured and r.host_id in current}
    gone = {report.host for report in reports if is_gone(report)}
    for record in records:
        memories = store.meetings.memories(record.host_id).values()
        left = any(memory.mappings or memory.intents for memory in memories)
        if record.host_id in ids and record.name in gone and not left:
            store.forget_host(record.host_id)


def _seat(record: HostRecord, run: Run) -> Seat:
    """A host who has no file: what is known of her is her id on the platform."""
    host = HostConfig(
        name=record.name,
        id=record.host_id,
        email=None,
        emails=(),
        accounts=(),
        select=Select(),
        conference=ConferencePolicy(),
        writeback=Writeback(),
        safety=run.config.safety,
        poll_interval=run.config.daemon.poll_interval,
    )
    profile = record.profile or HostProfile(record.host_id, "", record.name, None, None)
    return Seat(record.name, host, profile, frozenset(), ())

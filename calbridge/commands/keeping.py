"""What a one-shot sync leaves behind for `calbridge status`, as a daemon does."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

import structlog

from calbridge.config import Config
from calbridge.core.roomless import Roomless, of_skipped
from calbridge.errors import StoreError
from calbridge.standing import KEPT, after
from calbridge.store import Standing, Store
from calbridge.sync import HostReport
from calbridge.visits import Visit

_log = structlog.get_logger()


def told_before(reports: Sequence[HostReport], store: Store) -> frozenset[str]:
    """Hosts who have skipped events, and the same as in the pass before. To be asked before `keep`."""
    before = {standing.host: standing for standing in store.standings.all()}
    return frozenset(report.host for report in reports if _is_told(report, before.get(report.host)))


def _is_told(report: HostReport, before: Standing | None) -> bool:
    skipped = report.plan.skipped
    now = [_said(of_skipped(each)) for each in skipped if each.problem.rule != "event.past"]
    if before is None or not now or now[:KEPT] != [_said(each) for each in before.skipped]:
        return False
    return len(now) <= KEPT or len(skipped) == len(before.skipped) + before.more


def _said(event: Roomless) -> tuple[str, ...]:
    return (event.calendar, event.uid, event.recurrence_id or "", str(event.start), event.rule, event.reason)


def keep(reports: Iterable[HostReport], config: Config, store: Store, *, began: datetime, ended: datetime) -> None:
    """Save how each configured host fares, and forget hosts that are none any more, and history that is too old.

    Where that fails the sync itself is done all the same: it is said in the log, and the next one saves it.
    """
    try:
        _keep(reports, config, store, began=began, ended=ended)
    except StoreError as error:
        _log.warning("the status was not saved", **asdict(error.problem))


def _keep(reports: Iterable[HostReport], config: Config, store: Store, *, began: datetime, ended: datetime) -> None:
    hosts = {host.name: host for host in config.hosts}
    ids = {record.name: record.host_id for record in store.journal.hosts()}
    before = {standing.host: standing for standing in store.standings.all()}
    visits = [Visit(r.host, began, ended, r, ids.get(r.host), None) for r in reports if r.host in hosts]
    with store.transaction():
        store.standings.save(
            *(
                after(before.get(visit.host), visit, interval=hosts[visit.host].poll_interval, next_run=None)
                for visit in visits
            )
        )
        store.standings.delete(*(before.keys() - hosts.keys()))
        store.journal.prune(ended)

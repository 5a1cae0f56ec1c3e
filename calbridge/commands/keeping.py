"""What a one-shot sync leaves behind for `calbridge status`, as a daemon does."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from calbridge.config import Config
from calbridge.errors import StoreError
from calbridge.standing import after
from calbridge.store import Store
from calbridge.sync import HostReport
from calbridge.visits import Visit

_log = structlog.get_logger()


def keep(reports: Iterable[HostReport], config: Config, store: Store, *, began: datetime, ended: datetime) -> None:
    """Save how each configured host fares, and forget hosts that are none any more, and history that is too old.

    Where that fails the sync itself is done all the same: it is said in the log, and the next one saves it.
    """
    try:
        _keep(reports, config, store, began=began, ended=ended)
    except StoreError as error:
        _log.warning("the status was not saved", where=error.problem.where, reason=error.problem.reason)


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

"""The hosts of a running daemon: who they are, their calendars, and what each showed last."""

from dataclasses import dataclass
from datetime import datetime

from calbridge import app
from calbridge.arrivals import Arrival, arrive
from calbridge.calendars import Connections, DavAccount
from calbridge.config import Config, HostConfig
from calbridge.core.actions import Plan
from calbridge.errors import CalbridgeError
from calbridge.seating import Seating
from calbridge.sync import HostReport, Options, Run, sync_host


@dataclass(frozen=True, slots=True)
class Visit:
    """One poll of one host, as the daemon sees it. `began` and `ended` are aware, in UTC.

    `report` is None where a glance showed that nothing changed and nothing is due: no plan was made. `host_id` is the
    platform's, where known; `next_audit` is when her next full look is due.
    """

    host: str
    began: datetime
    ended: datetime
    report: HostReport | None
    host_id: int | None
    next_audit: datetime | None


@dataclass(slots=True)
class _Known:
    """What is kept of a host between visits; `arrival` is None where she has to be found anew."""

    host: HostConfig
    accounts: tuple[DavAccount, ...]
    next_audit: datetime
    arrival: Arrival | None = None
    host_id: int | None = None


class Visits:
    """The hosts of a running daemon. Visits of different hosts may run at once, of one host one after the other."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._connections = Connections(run.config.daemon.concurrency)
        self._seating = Seating(run, run.config.hosts)
        self._known: dict[str, _Known] = {}

    async def visit(self, host: HostConfig, *, full: bool = False) -> Visit:
        """Poll a host, and bring what changed in step. Never raises for what a server, the platform or an event does.

        `full` makes it an audit, with everything found anew; so does an audit that is due.
        """
        began = self._run.clock()
        known = self._of(host, began)
        full = full or began >= known.next_audit
        report = await self._pass(known, full=full)
        if full:
            known.next_audit = began + self._run.config.daemon.audit_interval * self._run.random.uniform(0.9, 1.0)
        return Visit(host.name, began, self._run.clock(), report, known.host_id, known.next_audit)

    def changed(self, config: Config) -> None:
        """Go on with another configuration: hosts that changed or went are forgotten."""
        self._run.config = config
        now = {host.name: host for host in config.hosts}
        for name in [name for name, known in self._known.items() if now.get(name) != known.host]:
            del self._known[name]
            self._seating.left(name)
        self._seating.expect(host for host in config.hosts if host.name not in self._known)

    async def close(self) -> None:
        """Close every connection; no visit may be under way."""
        await self._connections.__aexit__()

    def _of(self, host: HostConfig, now: datetime) -> _Known:
        known = self._known.get(host.name)
        if known is None or known.host is not host:
            config = self._run.config
            accounts = app.dav_accounts(host, config.platform.timeout, self._connections)
            # Spread over the interval: a daemon that starts with all its hosts would look at all of them at once.
            due = now + config.daemon.audit_interval * self._run.random.random()
            known = self._known[host.name] = _Known(host, accounts, due)
        return known

    async def _pass(self, known: _Known, *, full: bool) -> HostReport:
        try:
            if full or known.arrival is None:
                found = await arrive(known.host, self._run, known.accounts)
                if isinstance(found, HostReport):
                    known.arrival = None
                    self._seating.failed(known.host.name)
                    return found
                self._seating.arrived(found)
                known.arrival, known.host_id = found, found.profile.id
            seat = self._seating.seat(known.arrival)
        except CalbridgeError as error:  # the store's: all else is in the report already
            known.arrival = None
            return HostReport(known.host.name, Plan(), (), (error.problem,))
        report = await sync_host(seat, self._run, Options(full=full))
        if report.problems:
            known.arrival = None
        return report

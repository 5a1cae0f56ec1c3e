"""What Prometheus reads: counts of what the daemon did, and how its hosts fare at the moment of asking.

Labels are rules, actions and states only: never a host, an event or an address.
"""

import re
from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Map
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from calbridge.apply import Done, Failed, Held, Outcome
from calbridge.core.actions import NAMES, Create, WriteBack
from calbridge.standing import TOKEN_REFUSED, State, roomless_soon, state
from calbridge.store import Standing
from calbridge.sync import HostReport
from calbridge.visits import Visit

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_TO_LINK: Final = (1, 5, 10, 20, 30, 45, 60, 90, 120, 300, 900, 3600)
_HOUR: Final = timedelta(hours=1)
_A_DAY: Final = timedelta(days=1)


class Metrics:
    """The daemon's numbers.

    `standings` gives those of the configured hosts, at any time, and `sessions` how many were begun with the platform;
    `clock` gives aware UTC times.
    """

    def __init__(
        self,
        standings: Callable[[], Iterable[Standing]],
        clock: Callable[[], datetime],
        sessions: Callable[[], int] = lambda: 0,
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Present(standings, clock, sessions))
        self._visits = Counter("calbridge_visits", "Polls of a host, by result.", ["result"], registry=self._registry)
        for result in ("good", "quiet", "failed"):
            self._visits.labels(result)
        self._seconds = self._histogram("calbridge_visit_seconds", "How long a poll of a host took.", _SECONDS)
        self._lag = self._histogram("calbridge_lag_seconds", "How much later than meant a poll began.", _SECONDS)
        self._to_link = self._histogram(
            "calbridge_save_to_link_seconds", "From an event's last change by its user to the room in it.", _TO_LINK
        )
        self._actions = Counter(
            "calbridge_actions",
            "Planned actions, by what became of them.",
            ["action", "outcome"],
            registry=self._registry,
        )
        for action in NAMES.values():
            self._actions.labels(action, "done")

    def visited(self, visit: Visit, lag: timedelta) -> None:
        """Count a visit; `lag` is by how much later than meant it began."""
        report = visit.report
        self._visits.labels("quiet" if report is None else "good" if report.good else "failed").inc()
        self._seconds.observe((visit.ended - visit.began).total_seconds())
        self._lag.observe(lag.total_seconds())
        if report is not None:
            for outcome in report.outcomes:
                self._actions.labels(NAMES[type(outcome.action)], _word(outcome)).inc()
            waits = (visit.ended - saved for saved in _linked(report))
            for wait in waits:
                if timedelta() <= wait <= _A_DAY:  # what was saved before that was found, not waited for
                    self._to_link.observe(wait.total_seconds())

    def text(self) -> bytes:
        """All of them, as `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def _histogram(self, name: str, help_text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, help_text, buckets=buckets, registry=self._registry)


def _word(outcome: Outcome) -> str:
    match outcome:
        case Done():
            return "done"
        case Failed():
            return "failed"
        case Held():
            return "held"


def _linked(report: HostReport) -> Iterator[datetime]:
    """When the events were saved, according to themselves, that show a new room since this pass."""
    done = [outcome.action for outcome in report.outcomes if isinstance(outcome, Done)]
    made = {action.about.uid for action in done if isinstance(action, Create)}
    for action in done:
        if isinstance(action, WriteBack) and action.about.uid in made:
            saved = saved_at(action.source.body)
            if saved is not None:
                yield saved


def saved_at(body: bytes) -> datetime | None:
    """The latest LAST-MODIFIED or DTSTAMP of a calendar object (RFC 5545, section 3.8.7), None where it has none."""
    stamps = []
    for found in _CHANGED.findall(body):
        try:
            stamps.append(datetime.strptime(found.decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
        except ValueError:  # no such day or time: somebody's broken clock
            continue
    return max(stamps, default=None)


_CHANGED: Final = re.compile(rb"^(?:LAST-MODIFIED|DTSTAMP)[^:\r\n]*:(\d{8}T\d{6}Z)", re.MULTILINE)


class _Present(Collector):
    """What is counted when it is asked for."""

    def __init__(
        self,
        standings: Callable[[], Iterable[Standing]],
        clock: Callable[[], datetime],
        sessions: Callable[[], int],
    ) -> None:
        self._standings = standings
        self._clock = clock
        self._sessions = sessions

    def collect(self) -> Iterator[Metric]:
        """Give every gauge, also where nothing was visited yet."""
        now, standings = self._clock(), tuple(self._standings())
        states = Count(state(standing, now) for standing in standings)
        yield _by("calbridge_hosts", "Hosts, by how they fare.", "state", {s: states[s] for s in get_args(State)})
        problems = [problem for standing in standings for problem in standing.problems]
        rules = Count(problem.rule for problem in problems)
        yield _by("calbridge_problems", "Problems as of each host's last visit, by rule.", "rule", rules)
        skipped = Count(each.rule for standing in standings for each in standing.skipped)
        yield _by(
            "calbridge_skipped_events", "Events that ask for a room and can't have one, by rule.", "rule", skipped
        )
        yield _one("calbridge_meetings", "Meetings with a room.", sum(standing.meetings for standing in standings))
        soon = roomless_soon(standings, now, within=_HOUR)
        yield _one("calbridge_roomless_soon", "Meetings within the hour that wait for a room.", sum(1 for _ in soon))
        withheld = sum(standing.withheld for standing in standings)
        breakers, refused = _hosts_with("breaker.", standings), _hosts_with(TOKEN_REFUSED, standings)
        yield _one("calbridge_breaker_withheld", "Meetings that a breaker keeps from being ended or made.", withheld)
        yield _one("calbridge_breaker_open", "Hosts with a breaker's problem.", breakers)
        yield _one("calbridge_token_refused", "Hosts for which the API token is refused.", refused)
        help_text = "Sessions with the platform that were begun."
        yield CounterMetricFamily("calbridge_token_renewals", help_text, value=self._sessions())
        good = max((standing.good for standing in standings if standing.good is not None), default=None)
        if good is not None:
            help_text = "When the last good poll of any host ended."
            yield _one("calbridge_last_good_visit_timestamp_seconds", help_text, good.timestamp())


def _hosts_with(rule: str, standings: Iterable[Standing]) -> int:
    """How many hosts have a problem of that rule, or of one that begins so."""
    return sum(any(problem.rule.startswith(rule) for problem in standing.problems) for standing in standings)


def _one(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _by(name: str, help_text: str, label: str, counts: Map[str, int]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family

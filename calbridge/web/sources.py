"""Where the pages take what they show from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from calbridge.config import Config
from calbridge.core.problem import Problem
from calbridge.metrics import Metrics
from calbridge.standing import Verdict, verdict
from calbridge.store import Standing, Store


@dataclass(frozen=True, slots=True)
class Sources:
    """What a running daemon hands to its pages. `config` and `standings` are asked anew for each of them.

    `started` is when the daemon took its lock; `clock` gives aware UTC times. `store` is only read. `problems` are
    those of no single host that is configured: of a configuration that was not taken over, of the platform as a whole.
    """

    config: Callable[[], Config]
    standings: Callable[[], Iterable[Standing]]
    store: Store
    metrics: Metrics
    started: datetime
    clock: Callable[[], datetime]
    problems: Callable[[], Sequence[Problem]]

    def verdict(self) -> Verdict:
        """What is to be said of all hosts, as of now."""
        return verdict([host.name for host in self.config().hosts], self.standings(), self.clock())

    def is_ready(self) -> bool:
        """Whether a host was visited well since the start, or there is none."""
        return not self.config().hosts or any(
            standing.good is not None and standing.good >= self.started for standing in self.standings()
        )

"""What came of a run: outcomes, the slowest steps, the most memory."""

import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from fuzz.watch import TooLong, deadline

SLOWEST = 5


@dataclass
class Tally:
    """One run. `mistakes` name what must not be; `seconds` are of processor time, by input."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def take(self, name: str, outcomes: Callable[[], Iterable[str]], *, seconds: float) -> None:
        """Try one input within its deadline, and count what came of it."""
        with deadline(seconds) as taken:
            try:
                self.outcomes.update(outcomes())
            except TooLong:
                self.mistakes.append(f"{name}: not done in {seconds:g} s")
            except Exception as error:  # noqa: BLE001  whatever the code under test raises is what this looks for
                self.mistakes.append(f"{name}: {type(error).__name__}: {error}"[:300])
        self.seconds[name] = max(taken.seconds, self.seconds.get(name, 0.0))

    def table(self, title: str) -> Iterator[str]:
        """The lines to print."""
        yield f"{title}: {len(self.seconds)} inputs, {len(self.mistakes)} mistakes"
        yield from (f"{count:8} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        slowest = sorted(self.seconds.items(), key=lambda pair: -pair[1])[:SLOWEST]
        yield from (f"{seconds:7.2f}s {name}" for name, seconds in slowest)
        yield from (f"MISTAKE  {mistake}" for mistake in self.mistakes[:20])


def peak() -> int:
    """This process' peak resident memory so far, in MiB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // (2**20 if sys.platform == "darwin" else 2**10)

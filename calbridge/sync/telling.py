"""What a pass tells the history beside its effects: what it saw, what it decided, and what came of that."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from calbridge.apply import Done, Failed, Held, Outcome
from calbridge.core.actions import NAMES, Action, CancelStray, Plan
from calbridge.core.problem import Problem
from calbridge.core.wanted import MAIN
from calbridge.store import Entry

_REFUSED = "conference.refused"
_PAST = "event.past"


@dataclass(frozen=True, slots=True)
class Teller:
    """Whose history it is, and when."""

    host_id: int
    host: str
    at: datetime

    def seen(self, uid: str, detail: str) -> Entry:
        """An event came, or was edited."""
        return self._entry(uid, "", "seen", detail)

    def gone(self, uid: str, detail: str) -> Entry:
        """Its object is not there any more."""
        return self._entry(uid, "", "gone", detail)

    def decided(self, plan: Plan, uids: Iterable[str]) -> Iterator[Entry]:
        """What is planned for each event, and why one gets no room. `uids` are those that a problem may be about.

        That an event is over is no news.
        """
        for skipped in plan.skipped:
            if skipped.problem.rule != _PAST:
                yield self._entry(skipped.uid, skipped.recurrence_id or MAIN, "skipped", _why(skipped.problem))
        known = frozenset(uids)
        for problem in plan.problems:
            _, _, place = problem.where.partition(" ")
            uid = place if place in known else place.rpartition(" ")[0]
            if uid in known:
                yield self._entry(uid, MAIN, "problem", _why(problem))
        planned: dict[str, dict[str, None]] = {}
        for action in plan.actions:
            planned.setdefault(_uid(action), {})[NAMES[type(action)]] = None
        yield from (self._entry(uid, "", "planned", ", ".join(names)) for uid, names in planned.items())

    def became(self, outcomes: Iterable[Outcome]) -> Iterator[Entry]:
        """What came of it where it is no effect, which is written down as it happens."""
        for outcome in outcomes:
            action = outcome.action
            name = NAMES[type(action)]
            match outcome:
                case Failed(problem=problem):
                    word = "refused" if problem.rule == _REFUSED else "failed"
                    yield self._entry(_uid(action), action.about.part, word, f"{name}: {_why(problem)}")
                case Held(reason=reason):
                    yield self._entry(_uid(action), action.about.part, "waits", f"{name}: {reason}")
                case Done():
                    pass

    def _entry(self, uid: str, part: str, action: str, detail: str) -> Entry:
        return Entry(self.at, self.host_id, self.host, uid, part, action, None, detail)


def _uid(action: Action) -> str:
    return action.marker if isinstance(action, CancelStray) else action.about.uid


def _why(problem: Problem) -> str:
    return f"{problem.reason} [{problem.rule}]"

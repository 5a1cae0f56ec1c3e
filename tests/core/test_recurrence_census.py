"""The census of rules: every RRULE seen in the field, and every vector of other libraries, by what becomes of it.

    pytest tests/core/test_recurrence_census.py -s      # the tables

What is sent is proven here once more, in full and by other code: the sandbox's expansion of all schedules and dates
against the event's own instances.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from support.corpus import corpus_files, objects
from support.vectors import DISPUTED, Vector, vectors
from support.wants import HORIZON, meeting_at, wanted_of

from calbridge.core import rrule
from calbridge.core.clock import instant_of
from calbridge.core.dates import MAX_CONFERENCES
from calbridge.core.days import DAY, LAST_DAY
from calbridge.core.event import read_object
from calbridge.core.instances import gather
from calbridge.core.model import EventSet, Recurrence
from calbridge.core.problem import Misfit
from calbridge.core.wanted import Wanted
from calbridge.sandbox import expansion, schedule

ZONE = ZoneInfo("Europe/Berlin")
DATES = 5  # the tier


@dataclass
class Census:
    """Rules by what becomes of them, and the one that took longest."""

    outcomes: Counter[str] = field(default_factory=Counter)
    proven: int = 0
    longest: tuple[float, str] = (0.0, "")

    def take(self, recurrence: Recurrence) -> list[int] | None:
        """Translate one as on the eve of its start; the instants sent, proven, None where it is refused."""
        eve = recurrence.start.astimezone(UTC) - timedelta(days=1)
        begin = time.process_time()
        found = wanted_of(meeting_at(recurrence), eve)
        self.longest = max(self.longest, (time.process_time() - begin, " ".join(recurrence.rrules)))
        if isinstance(found, Misfit):
            assert found.reason
            assert found.hint
            self.outcomes[f"refused: {found.rule}"] += 1
            return None
        tier = max((each.tier for each in found), default=0)
        self.outcomes[f"tier {tier}" if tier else "nothing is left of it"] += 1
        said = proven(found, recurrence, eve)
        self.proven += 1
        return said

    @property
    def refused(self) -> set[str]:
        """The rules that stand against some."""
        return {name for name in self.outcomes if name.startswith("refused")}

    def report(self, title: str) -> None:
        """Print the table."""
        total, (seconds, rule) = self.outcomes.total(), self.longest
        print(f"\n{title}: {total}")  # noqa: T201 - the tables are what pytest -s is for
        for name, count in sorted(self.outcomes.items()):
            print(f"  {name:26} {count:5} {count / total:6.1%}")  # noqa: T201 - likewise
        print(f"  proven by the sandbox's expansion: {self.proven}; longest: {seconds * 1000:.0f} ms, {rule[:90]}")  # noqa: T201 - likewise


def proven(found: tuple[Wanted, ...], recurrence: Recurrence, now: datetime) -> list[int]:
    """What all schedules and dates say: the event's instances, for 28 years, or 10 where no months matter."""
    event = gather(recurrence, frozenset(), now)
    assert not isinstance(event, Misfit)
    years = (
        28 if any(rule.freq in {"MONTHLY", "YEARLY"} or rule.bymonth or rule.bymonthday for rule in event.rules) else 10
    )
    last = min(recurrence.start.toordinal() + years * 366, LAST_DAY - 2)
    low, high = instant_of(now), last * DAY
    kept = (wall for wall in event.members(low - 2 * DAY, high + 2 * DAY) if not event.removed(wall))
    due = sorted(at for at in set(map(event.zone.instant, kept)) if low <= at < high)

    said = sorted(at for each in found for at in _said(each, last) if at < high)

    if not found or found[0].tier < DATES:
        assert said == due, recurrence
    else:  # the next ones, as far ahead as the policy says
        near = max(1, sum(at <= instant_of(now + HORIZON) for at in due))
        assert said == due[: min(near, MAX_CONFERENCES)], recurrence
    return said


def _said(want: Wanted, last: int) -> Iterator[int]:
    zone, start = want.occasion.start.tzinfo, want.occasion.start
    if want.schedule is None:
        yield instant_of(start)
        return
    assert isinstance(zone, ZoneInfo)
    gone = {instant_of(each.instance) for each in want.instances}
    until = date.fromordinal(last + 1)
    for wall in expansion.wall_times(schedule.parse(want.schedule), start.replace(tzinfo=None), until):
        at = instant_of(expansion.instant(wall, zone))
        if at not in gone:
            yield at


def field_rules() -> Iterator[Recurrence]:
    """Each distinct RRULE of the corpus, also of tasks and time zones, with the first start that it is seen with."""
    seen: set[str] = set()
    for file in corpus_files():
        text = re.sub(r"\r?\n[ \t]", "", file.read_bytes().decode("utf-8", "replace"))
        for component in re.split(r"^(?:BEGIN|END):", text, flags=re.IGNORECASE | re.MULTILINE):
            start = re.search(r"^DTSTART[^\n]*:(\d{8})(T\d{6})?", component, re.IGNORECASE | re.MULTILINE)
            for rule in re.findall(r"^RRULE[^:\n]*:(.*?)\s*$", component, re.IGNORECASE | re.MULTILINE):
                if rule not in seen:
                    seen.add(rule)
                    yield Recurrence(_start(start), (rule,))


def _start(found: re.Match[str] | None) -> datetime:
    if found is None or int(found[1][:4]) < 2:
        return datetime(2026, 1, 5, 9, tzinfo=ZONE)
    return datetime.strptime(found[1] + (found[2] or "T000000"), "%Y%m%dT%H%M%S").replace(tzinfo=ZONE)


def field_events() -> Iterator[Recurrence]:
    """Each distinct recurrence, with its further dates and exceptions."""
    found: dict[Recurrence, None] = {}
    for file in corpus_files():
        for source in objects(file.read_bytes()):
            events = read_object(source, zone="Europe/Berlin")
            if isinstance(events, EventSet) and events.master and events.master.recurrence:
                found[events.master.recurrence] = None
    return iter(found)


def test_every_rule_seen_in_the_field_is_proven_or_refused() -> None:
    census = Census()
    for recurrence in field_rules():
        census.take(recurrence)
    census.report("distinct RRULEs of the corpus")

    assert census.outcomes.total() == 393
    assert census.refused <= {"refused: rrule.syntax", "refused: rrule.rscale"}
    assert census.proven >= 383


def test_every_recurring_event_seen_in_the_field_is_proven_or_refused() -> None:
    census = Census()
    for recurrence in field_events():
        census.take(recurrence)
    census.report("distinct recurring events of the corpus, with their further dates and exceptions")

    assert census.outcomes.total() == 171
    assert census.refused <= {"refused: rrule.syntax"}
    assert census.proven >= 167


def test_every_vector_is_sent_as_its_library_expects_or_refused() -> None:
    census = Census()
    for vector in vectors():
        said = None if vector.start is None else census.take(Recurrence(vector.start, (vector.text,)))
        if vector.start is None:
            census.outcomes["no DTSTART"] += 1
        if said is not None and vector.key not in DISPUTED:
            meant = _meant(vector)
            size = min(len(said), len(meant))
            assert said[:size] == meant[:size], vector.rule
            assert not vector.complete or len(said) <= len(meant), vector.rule
    census.report("vectors of other libraries")

    assert census.outcomes.total() == 381
    assert census.refused <= {f"refused: rrule.{why}" for why in ("frequency", "rscale", "syntax", "never", "limit")}
    assert census.proven >= 303


def _meant(vector: Vector) -> list[int]:
    """DTSTART is an instance and counts, also where the vector leaves it out (RFC 5545, section 3.8.5.3)."""
    assert vector.start is not None
    rule = rrule.parse(vector.text)
    assert isinstance(rule, rrule.Rule)
    found = sorted({instant_of(each) for each in (vector.start, *vector.expected)})
    return found[: rule.count] if rule.count else found

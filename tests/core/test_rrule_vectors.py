"""The RRULE vectors of four other libraries against our expansion: alike, or disputed by name."""

from datetime import date, datetime
from itertools import islice

from support.vectors import DISPUTED, Vector, vectors

from calbridge.core import rrule
from calbridge.core.clock import Zone
from calbridge.core.expansion import walls
from calbridge.core.problem import Misfit


def _walls(vector: Vector, rule: rrule.Rule) -> list[int]:
    assert vector.start is not None
    zone, end = Zone(vector.zone), 10**12
    match rule.until:
        case datetime(tzinfo=None) as local:
            end = zone.wall(local.replace(tzinfo=vector.zone))
        case datetime() as utc:
            end = zone.wall(utc)
        case date() as day:
            end = (day.toordinal() + 1) * 86_400 - 1
    begin = zone.wall(vector.start)
    # one more than expected shows a series that should have ended
    size = rule.count if rule.count and vector.complete else len(vector.expected) + vector.complete
    return list(islice(walls(rule, begin, begin, end), size))


def _daily_or_more(vector: Vector) -> bool:
    said = rrule.parse(vector.text)
    return not isinstance(said, Misfit) or said.rule not in {"rrule.frequency", "rrule.rscale"}


def test_every_vector_expands_as_expected_or_is_disputed() -> None:
    differing: set[tuple[str, str]] = set()
    for vector in filter(_daily_or_more, vectors()):
        rule = rrule.parse(vector.text)
        found = _walls(vector, rule) if isinstance(rule, rrule.Rule) else []
        if found != [Zone(vector.zone).wall(each) for each in vector.expected]:
            differing.add(vector.key)

    assert differing == DISPUTED.keys()

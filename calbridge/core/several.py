"""What one schedule can't say, by the next best way: several series (tier 4), or single dates (tier 5)."""

from collections.abc import Iterable
from collections.abc import Mapping as Map
from datetime import datetime, timedelta

from calbridge.core.dates import list_dates
from calbridge.core.model import Override, Recurrence, Several
from calbridge.core.problem import Misfit
from calbridge.core.union import unite


def say_by_several(
    recurrence: Recurrence,
    overrides: Iterable[Override],
    kept: Map[str, tuple[datetime, str]] | None,
    now: datetime,
    *,
    minutes: int,
    horizon: timedelta,
) -> Several | Misfit:
    """Say an event's recurrence, with what its overrides do, by several conferences.

    `kept` are start and schedule by part, as sent earlier; None where it was sent as dates, and so it stays. An
    instance of `minutes` that began before `now` may still be running. `horizon` is how far ahead dates are listed.
    """
    occasions = {o.recurrence_id: o.occasion for o in overrides if o.occasion is not None}
    changed = {each: occasion.start for each, occasion in occasions.items()}
    cancelled = frozenset(o.recurrence_id for o in overrides if o.occasion is None)
    longest = max(minutes, *(occasion.minutes for occasion in occasions.values()), minutes)
    since = now - timedelta(minutes=longest)
    if kept is not None:
        united = unite(recurrence, changed=changed.keys(), cancelled=cancelled, now=now, since=since, kept=kept)
        if isinstance(united, Several):
            return united
    return list_dates(recurrence, changed=changed, cancelled=cancelled, since=since, now=now, until=now + horizon)

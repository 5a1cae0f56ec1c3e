"""What says a span of a series: one schedule (tiers 1 to 3), several series (tier 4), or single dates (tier 5)."""

from collections.abc import Mapping as Map
from datetime import datetime, timedelta

from calbridge.core.dates import list_dates
from calbridge.core.model import Occasion, Series, Several, Span
from calbridge.core.problem import Misfit
from calbridge.core.recurrence import translate
from calbridge.core.union import unite


def say_by_one(span: Span, now: datetime, *, anchor: datetime | None) -> Series | Misfit:
    """Say it by one schedule; `anchor` is as for `recurrence.translate`."""
    return translate(span.recurrence, changed=_changed(span).keys(), cancelled=_cancelled(span), now=now, anchor=anchor)


def say_by_series(span: Span, kept: Map[str, tuple[datetime, str]], now: datetime) -> Several | Misfit:
    """Say it by several series; `kept` are start and schedule by part, as sent earlier."""
    return unite(
        span.recurrence,
        changed=_changed(span).keys(),
        cancelled=_cancelled(span),
        now=now,
        since=now - longest(span),
        kept=kept,
    )


def say_by_dates(span: Span, now: datetime, horizon: timedelta) -> Several | Misfit:
    """Say it by single dates, as far ahead as `horizon`."""
    changed = {each: occasion.start for each, occasion in _changed(span).items()}
    since = now - longest(span)
    return list_dates(
        span.recurrence, changed=changed, cancelled=_cancelled(span), since=since, now=now, until=now + horizon
    )


def longest(span: Span) -> timedelta:
    """An instance that began no longer ago than this may still be running."""
    minutes = (occasion.minutes for occasion in (span.occasion, *_changed(span).values()))
    return timedelta(minutes=max(minutes))


def _changed(span: Span) -> dict[datetime, Occasion]:
    return {each.recurrence_id: each.occasion for each in span.overrides if each.occasion is not None}


def _cancelled(span: Span) -> frozenset[datetime]:
    return frozenset(each.recurrence_id for each in span.overrides if each.occasion is None)

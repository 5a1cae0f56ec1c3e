"""From a meeting to the conferences that it wants: one for the series or the single event, one per instance apart."""

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from calbridge.core import marker, recurrence
from calbridge.core.actions import About, Terms
from calbridge.core.marker import Marker
from calbridge.core.model import Fields, Meeting, Occasion, Override, Series, Settings, Several
from calbridge.core.policy import ConferencePolicy, Policy, RoomKind
from calbridge.core.problem import Misfit
from calbridge.core.several import say_by_several

VIEW = timedelta(days=500)
"""How far ahead conferences are made and instances settled: safely within the platform's listing of 18 months."""

MAIN = "m"
"""The part of a meeting's master."""

ONE_SCHEDULE = 3
"""The last tier that says a recurrence with one schedule."""

_DATES = 5


@dataclass(frozen=True, slots=True)
class WantedInstance:
    """One instance of a series that must differ from it: `occasion` None means cancelled."""

    instance: datetime
    recurrence_text: str | None
    occasion: Occasion | None

    @property
    def name(self) -> str:
        """The instance as a part."""
        return marker.part_of(self.instance)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One conference that the calendar wants. `until` is the end of its last instance, None where it never ends.

    `rule` is the fingerprint of the event's own rule, start and zone. `instances` are the ones to settle now: still
    to come and within view; `exceptions` are all of them, as parts. `room` is the only kind that will do, None where
    the event or the policy decides.
    """

    part: str
    recurrence_text: str | None
    occasion: Occasion
    schedule: str | None
    tier: int
    until: datetime | None
    rule: str
    instances: tuple[WantedInstance, ...] = ()
    exceptions: frozenset[str] = frozenset()
    room: RoomKind | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A part as the platform has it: for which rule (its fingerprint), from when on, with which schedule and tier."""

    rule: str
    start: datetime
    schedule: str | None
    tier: int


def wanted(
    meeting: Meeting, *, policy: ConferencePolicy, sent: Map[str, Sent], cancelled: frozenset[str], now: datetime
) -> tuple[Wanted, ...] | Misfit:
    """All conferences that are still to come (or running), the master's or the first series' first.

    `sent` are the parts that the platform has. A meeting of several parts stays that until its rule changes.
    `cancelled` are instances already cancelled on the platform: one that is wanted changed gets a room apart.
    """
    if meeting.recurrence is None or meeting.master is None:
        return _singles(meeting, now)
    rule = rule_fingerprint(meeting)
    held = {part: each for part, each in sent.items() if each.rule == rule}
    numbered = {
        p: (each.start, each.schedule) for p, each in held.items() if is_number(p) and each.schedule is not None
    }
    dated = not numbered and any(each.tier == _DATES for each in held.values())
    irregular = policy.irregular == "dedicated"
    if not (irregular and (numbered or dated)):
        series = recurrence.translate(
            meeting.recurrence,
            changed=frozenset(o.recurrence_id for o in meeting.overrides if o.occasion is not None),
            cancelled=frozenset(o.recurrence_id for o in meeting.overrides if o.occasion is None),
            now=now,
            anchor=held[MAIN].start if MAIN in held else None,
        )
        if isinstance(series, Series):
            return _series(meeting, meeting.master, series, cancelled, now)
        if not irregular:
            return series
    several = say_by_several(
        meeting.recurrence,
        meeting.overrides,
        None if dated else numbered,
        now,
        minutes=meeting.master.minutes,
        horizon=policy.horizon,
    )
    match several:
        case Misfit():
            return several
        case Several():
            return _several(meeting, meeting.master, several, cancelled, now)
        case _:
            assert_never(several)


def is_number(part: str) -> bool:
    """Whether a part is one of several series."""
    return part != MAIN and "T" not in part


def rule_fingerprint(meeting: Meeting) -> str:
    """Of what decides when a series happens: its rules, start and zone; not of its exceptions."""
    if meeting.recurrence is None:
        return ""
    rule = meeting.recurrence
    return fingerprint(zoned(rule.start), rule.rrules, rule.exrules, tuple(map(str, rule.rdates)))


def fingerprint(*values: object) -> str:
    """A short stable digest of plain values (their `repr`)."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:20]


def zoned(start: datetime) -> tuple[str, str]:
    """A start as the platform takes it: local time as `YYYY-MM-DD HH:MM:SS`, and the zone's IANA name."""
    return start.strftime("%Y-%m-%d %H:%M:%S"), str(start.tzinfo)


def fields_of(wanted: Wanted, sign: Marker, settings: Settings) -> Fields:
    """The complete desired state of a conference whose agenda ends with the marker `sign`."""
    return occasion_fields(wanted.occasion, sign, settings, schedule=wanted.schedule)


def occasion_fields(occasion: Occasion, sign: Marker, settings: Settings, *, schedule: str | None) -> Fields:
    """The same for one occasion: a child carries no schedule."""
    return Fields(
        subject=occasion.subject,
        agenda=marker.sign(occasion.agenda, sign),
        start=occasion.start,
        duration=occasion.minutes,
        schedule=schedule,
        settings=replace(
            settings, participant_emails=None if settings.participant_emails is None else occasion.participants
        ),
    )


def fields_fingerprint(fields: Fields) -> str:
    """Of everything sent but the security PIN, which is drawn once and kept beside the mapping."""
    settings = replace(fields.settings, security_pin=None)
    plain = (settings.auto_record, settings.auto_stream, settings.auto_transcribe, settings.one_time_access_code)
    rest = (settings.mute_mode, settings.participant_emails)
    return fingerprint(fields.subject, fields.agenda, fields.duration, _timing(fields), plain, rest)


def request_fingerprint(fields: Fields, *, draw_pin: bool = False) -> str:
    """Of everything that a request sends, also what only a create takes: a refusal holds for this and nothing else."""
    settings = fields.settings
    own = (settings.secure_url, settings.host_initiated_recording, settings.security_pin, draw_pin)
    return fingerprint(fields_fingerprint(fields), own)


def terms_of(wanted: Wanted, fields: Fields, meeting: Meeting, policy: Policy, selected: str, gen: int) -> Terms:
    """What is remembered of a conference once it exists; `selected` is the fingerprint of what selects events."""
    return Terms(
        host_id=policy.owner.host_id,
        uid=meeting.uid,
        part=wanted.part,
        gen=gen,
        one_time=fields.settings.one_time_access_code,
        recurring=wanted.schedule is not None,
        sent=fields_fingerprint(fields),
        timing=fingerprint(*_timing(fields)),
        rule=wanted.rule,
        anchor=wanted.occasion.start,
        until=wanted.until,
        calendar=meeting.calendar,
        href=meeting.href,
        policy=selected,
        recurrence_text=wanted.recurrence_text,
        subject=fields.subject,
        minutes=fields.duration,
        schedule=fields.schedule,
        tier=wanted.tier,
    )


def about(meeting: Meeting, wanted: Wanted) -> About:
    """What is shown of an action on this conference."""
    return About(
        calendar=meeting.calendar,
        href=meeting.href,
        uid=meeting.uid,
        recurrence_id=wanted.recurrence_text,
        part=wanted.part,
        subject=wanted.occasion.subject,
        start=wanted.occasion.start,
        minutes=wanted.occasion.minutes,
        schedule=wanted.schedule,
        tier=wanted.tier,
    )


def _timing(fields: Fields) -> tuple[object, ...]:
    return (zoned(fields.start), fields.schedule)


def _singles(meeting: Meeting, now: datetime) -> tuple[Wanted, ...]:
    rule = rule_fingerprint(meeting)
    main = () if meeting.master is None else (_single(MAIN, None, meeting.master, rule),)
    apart = _apart(meeting.overrides, rule)
    return _to_come((*main, *apart), now)


def _single(part: str, recurrence_text: str | None, occasion: Occasion, rule: str) -> Wanted:
    return Wanted(
        part=part,
        recurrence_text=recurrence_text,
        occasion=occasion,
        schedule=None,
        tier=1,
        until=end_of(occasion.start, occasion.minutes),
        rule=rule,
    )


def _apart(overrides: Iterable[Override], rule: str) -> tuple[Wanted, ...]:
    return tuple(
        _single(marker.part_of(o.recurrence_id), o.recurrence_text, o.occasion, rule)
        for o in sorted(overrides, key=lambda o: o.recurrence_id)
        if o.occasion is not None
    )


def _series(
    meeting: Meeting, master: Occasion, series: Series, cancelled: frozenset[str], now: datetime
) -> tuple[Wanted, ...]:
    rule = rule_fingerprint(meeting)
    by_id = {o.recurrence_id: o for o in meeting.overrides}
    apart_ids = {*series.apart, *(c for c in series.changed if marker.part_of(c) in cancelled)}
    apart = _to_come(_apart((by_id[i] for i in apart_ids), rule), now)
    changed = tuple(by_id[c] for c in series.changed if c not in apart_ids)
    main = _master(MAIN, master, series, changed, rule, now)
    return apart if main is None else (main, *apart)


def _several(
    meeting: Meeting, master: Occasion, several: Several, cancelled: frozenset[str], now: datetime
) -> tuple[Wanted, ...]:
    """All of them in the dedicated room: one event shows one link."""
    rule = rule_fingerprint(meeting)
    by_id = {o.recurrence_id: o for o in meeting.overrides}
    on_series = {c for series in several.series.values() for c in series.changed}
    apart_ids = {*several.apart, *(c for c in on_series if marker.part_of(c) in cancelled)}
    masters = [
        _master(part, master, series, tuple(by_id[c] for c in series.changed if c not in apart_ids), rule, now)
        for part, series in several.series.items()
    ]
    dates = (_single(marker.part_of(d), None, replace(master, start=d), rule) for d in several.dates)
    apart = _apart((by_id[i] for i in apart_ids), rule)
    singles = sorted((*dates, *apart), key=lambda w: w.part)
    return tuple(
        replace(want, tier=several.tier, room="dedicated")
        for want in (*(m for m in masters if m is not None), *_to_come(singles, now))
    )


def _to_come(singles: Iterable[Wanted], now: datetime) -> tuple[Wanted, ...]:
    return tuple(w for w in singles if w.until is not None and w.until > now)


def _master(
    part: str, master: Occasion, series: Series, changed: tuple[Override, ...], rule: str, now: datetime
) -> Wanted | None:
    """The conference of a series, None where it is over."""
    if series.start is None:
        return None
    until = None if series.end is None else end_of(series.end, master.minutes)
    if until is not None and until <= now:
        return None
    return Wanted(
        part=part,
        recurrence_text=None,
        occasion=replace(master, start=series.start),
        schedule=series.schedule,
        tier=series.tier,
        until=_latest(until, changed),
        rule=rule,
        instances=_instances(series.gone, changed, now),
        exceptions=frozenset(map(marker.part_of, (*series.gone, *series.changed))),
    )


def _instances(gone: Iterable[datetime], changed: Iterable[Override], now: datetime) -> tuple[WantedInstance, ...]:
    """The ones to settle now; one that is over, as it was and as it is, is left alone."""
    out = [WantedInstance(g, None, None) for g in gone if g > now]
    for override in changed:
        occasion = override.occasion
        if occasion is not None and max(override.recurrence_id, end_of(occasion.start, occasion.minutes)) > now:
            out.append(WantedInstance(override.recurrence_id, override.recurrence_text, occasion))
    return tuple(sorted((i for i in out if i.instance <= now + VIEW), key=lambda i: i.instance))


def _latest(until: datetime | None, changed: Iterable[Override]) -> datetime | None:
    if until is None:
        return None
    ends = (end_of(o.occasion.start, o.occasion.minutes) for o in changed if o.occasion is not None)
    return max((until, *ends))


def end_of(start: datetime, minutes: int) -> datetime:
    """The end, in UTC: `minutes` are elapsed time, not wall-clock time."""
    return start.astimezone(UTC) + timedelta(minutes=minutes)

"""From a meeting to the conferences that it wants: one for the series or the single event, one per instance apart."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from calbridge.core import marker, recurrence
from calbridge.core.actions import About, Terms
from calbridge.core.marker import Marker
from calbridge.core.model import Fields, Meeting, Occasion, Override, Series, Settings
from calbridge.core.policy import Policy
from calbridge.core.problem import Misfit

VIEW = timedelta(days=500)
"""How far ahead conferences are made and instances settled: safely within the platform's listing of 18 months."""

MAIN = "m"
"""The part of a meeting's master."""


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
    to come and within view; `exceptions` are all of them, as parts.
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


def wanted(
    meeting: Meeting, *, anchor: tuple[str, datetime] | None, cancelled: frozenset[str], now: datetime
) -> tuple[Wanted, ...] | Misfit:
    """All conferences that are still to come (or running), the master's first.

    `anchor` is the start of the schedule that the platform has, with the fingerprint of the rule that it was chosen
    for. `cancelled` are instances already cancelled on the platform: one that is wanted changed gets a room apart.
    """
    if meeting.recurrence is None or meeting.master is None:
        return _singles(meeting, now)
    rule = rule_fingerprint(meeting)
    series = recurrence.translate(
        meeting.recurrence,
        changed=frozenset(o.recurrence_id for o in meeting.overrides if o.occasion is not None),
        cancelled=frozenset(o.recurrence_id for o in meeting.overrides if o.occasion is None),
        now=now,
        anchor=anchor[1] if anchor is not None and anchor[0] == rule else None,
    )
    match series:
        case Misfit():
            return series
        case Series():
            return _series(meeting, meeting.master, series, cancelled, now)


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
    return tuple(w for w in (*main, *apart) if w.until is not None and w.until > now)


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
    apart = tuple(w for w in _apart((by_id[i] for i in apart_ids), rule) if w.until is not None and w.until > now)
    if series.start is None:
        return apart
    until = None if series.end is None else end_of(series.end, master.minutes)
    if until is not None and until <= now:
        return apart
    changed = tuple(by_id[c] for c in series.changed if c not in apart_ids)
    main = Wanted(
        part=MAIN,
        recurrence_text=None,
        occasion=replace(master, start=series.start),
        schedule=series.schedule,
        tier=series.tier,
        until=_latest(until, changed),
        rule=rule,
        instances=_instances(series.gone, changed, now),
        exceptions=frozenset(map(marker.part_of, (*series.gone, *series.changed))),
    )
    return (main, *apart)


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

"""A conference that the calendar wants, what is sent of it, and by what it is known that one says something else."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from calbridge.core import marker, schedule
from calbridge.core.actions import About, Terms
from calbridge.core.marker import Marker
from calbridge.core.model import Fields, Meeting, Occasion, Recurrence, Settings
from calbridge.core.policy import Policy, RoomKind

VIEW = timedelta(days=500)
"""How far ahead conferences are made and instances settled: safely within the platform's listing of 18 months."""

MAIN = "m"
"""The part of a meeting's master."""

ONE_SCHEDULE = 3
"""The last tier that says a recurrence with one schedule."""


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


def is_number(part: str) -> bool:
    """Whether a part is one of several series."""
    return part != MAIN and "T" not in part


def rule_fingerprint(meeting: Meeting) -> str:
    """Of what decides when a series, or the first span of one, happens."""
    return "" if meeting.recurrence is None else rule_of(meeting.recurrence)


def rule_of(recurrence: Recurrence) -> str:
    """Of its rules, start, zone and window; not of its exceptions."""
    window, rdates = recurrence.window, tuple(map(str, recurrence.rdates))
    ends = () if window is None else (str(window.since), str(window.before), str(window.shift))
    return fingerprint(zoned(recurrence.start), recurrence.rrules, recurrence.exrules, rdates, *ends)


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


def end_of(start: datetime, minutes: int) -> datetime:
    """The end, in UTC: `minutes` are elapsed time, not wall-clock time."""
    return start.astimezone(UTC) + timedelta(minutes=minutes)


def is_running(start: datetime, minutes: int, said: str | None, now: datetime) -> bool:
    """Whether a conference, or by its schedule `said` an instance of it, has begun and is not over."""
    if said is None:
        return start <= now < end_of(start, minutes)
    rule = schedule.parse(said)
    if not isinstance(rule, schedule.Schedule):
        return False
    begun = schedule.expand(rule, start, after=now - timedelta(minutes=minutes), before=now)
    return next(iter(begun), None) is not None

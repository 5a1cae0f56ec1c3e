"""One meeting's case: all that is known of it, and the draft of what is to be done."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from calbridge.core import marker
from calbridge.core.actions import About, Action, Adopt, Create, Differs, Looks, Plan, Terms
from calbridge.core.link import Link
from calbridge.core.look import Look
from calbridge.core.marker import Marker
from calbridge.core.model import CalendarObject, Conference, Fields, Meeting, Reading, Settings, Skipped, Unasked
from calbridge.core.notes import Note
from calbridge.core.policy import Policy
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import Exceptional, Mapping, Memory, WriteState
from calbridge.core.wanted import MAIN, Wanted, WantedInstance, about, fields_of, occasion_fields, terms_of

DRAWN_PINS = frozenset({"random", "digits"})
"""Values of `security_pin` that draw a new one for each conference."""

NONE = 6
"""The tier of what can't be said to the platform."""


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for a whole pass over one host.

    `selected` is the fingerprint of what selects events. `look` is None until one was needed; `looked_before`: this
    process has seen the host's conferences, so a create needs no look of its own but for the TAGs that nothing
    claimed then (`unclaimed`). `full` sends refused requests again.
    """

    policy: Policy
    selected: str
    now: datetime
    look: Look | None
    looked_before: bool
    full: bool
    unclaimed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """One meeting, its event, and what is remembered of it. `source` is None where the event is gone."""

    meeting: Meeting
    source: CalendarObject | None
    memory: Memory
    write_state: WriteState
    context: Context

    @property
    def tag(self) -> str:
        """The TAG of the meeting's markers."""
        return marker.tag(self.context.policy.owner.host_id, self.meeting.uid)

    @property
    def live(self) -> dict[str, Mapping]:
        """The mappings in use, by part."""
        return {m.part: m for m in self.memory.mappings if m.state == "live"}

    def names_later(self, mapping: Mapping) -> bool:
        """The event names a later generation than the store: the database is older than the event."""
        named = (marker.parse(reference) for reference in self.meeting.references)
        ours = (self.context.policy.instance, self.tag, mapping.part)
        return any(m.gen > mapping.gen for m in named if m is not None and (m.instance, m.tag, m.part) == ours)

    def marker(self, part: str, gen: int) -> Marker:
        """What names a part's conference of this generation."""
        return Marker(self.context.policy.instance, self.tag, part, gen)

    def exceptional(self, mapping: Mapping | None) -> tuple[Exceptional, ...]:
        """Instances of this conference's series that were changed or cancelled; a conference apart has none."""
        if mapping is None:
            return ()
        return tuple(e for e in self.memory.exceptional if (e.part, e.gen) == (mapping.part, mapping.gen))

    def dropped(self, parts: frozenset[str]) -> tuple[Mapping, ...]:
        """Conferences still to come that are not of these parts, the only ones that the meeting has now.

        What stands for a master that is missing beside its overrides is none of them: it ends with evidence only.
        """
        ends_here = (m for m in self.live.values() if m.part not in parts and to_come(m, self.context.now))
        return tuple(m for m in ends_here if m.recurrence_text is not None or self.meeting.master is not None)

    def settings(self, *, one_time: bool, security_pin: str | None = None) -> Settings:
        """The configured fields. A policy's own digits are the PIN; a drawn one is kept beside the mapping."""
        policy = self.context.policy.conference
        fixed = policy.security_pin if policy.security_pin.isdigit() else None
        return Settings(
            auto_record=policy.auto_record,
            auto_stream=policy.auto_stream,
            auto_transcribe=policy.auto_transcribe,
            one_time_access_code=one_time,
            secure_url=policy.secure_url,
            host_initiated_recording=policy.host_initiated_recording,
            mute_mode=policy.mute_mode,
            security_pin=(security_pin or fixed) if one_time else None,
            participant_emails=() if policy.participants else None,
        )

    def fields(self, want: Wanted, gen: int, *, one_time: bool, security_pin: str | None = None) -> Fields:
        """The complete desired state of a wanted conference."""
        settings = self.settings(one_time=one_time, security_pin=security_pin)
        return fields_of(want, self.marker(want.part, gen), settings)

    def child_fields(self, instance: WantedInstance, gen: int, *, one_time: bool) -> Fields:
        """The complete desired state of a changed instance, which must have an occasion."""
        assert instance.occasion is not None
        sign = self.marker(instance.name, gen)
        return occasion_fields(instance.occasion, sign, self.settings(one_time=one_time), schedule=None)

    def terms(self, want: Wanted, fields: Fields, gen: int) -> Terms:
        """What will be remembered of it."""
        return terms_of(want, fields, self.meeting, self.context.policy, self.context.selected, gen)

    def link(self, mapping: Mapping) -> Link:
        """What the event shows of a conference."""
        return Link(
            reference=self.marker(mapping.part, mapping.gen).text,
            room_url=mapping.room_url,
            security_pin=mapping.security_pin,
            dial_in=mapping.dial_in if self.context.policy.writeback.dial_in else None,
        )

    def about(self, want: Wanted) -> About:
        """What is shown of an action on a wanted conference."""
        return about(self.meeting, want)

    def about_instance(self, want: Wanted, instance: WantedInstance) -> About:
        """The same for one instance: as it will be, or, where it is cancelled, as it was."""
        shown = replace(about(self.meeting, want), part=instance.name, schedule=None)
        occasion = instance.occasion
        if occasion is None:
            return replace(shown, start=instance.instance)
        return replace(
            shown,
            recurrence_id=instance.recurrence_text,
            subject=occasion.subject,
            start=occasion.start,
            minutes=occasion.minutes,
        )


def about_mapping(mapping: Mapping, href: str) -> About:
    """What is shown of an action on a conference that nothing wants any more: the meeting as it was last sent."""
    return About(
        calendar=mapping.calendar,
        href=href,
        uid=mapping.uid,
        recurrence_id=mapping.recurrence_text,
        part=mapping.part,
        subject=mapping.subject,
        start=mapping.anchor,
        minutes=mapping.minutes,
        schedule=mapping.schedule,
        tier=mapping.tier,
    )


def about_conference(meeting: Meeting, part: str, conference: Conference) -> About:
    """What is shown of an action on a conference that no mapping knows."""
    return About(
        calendar=meeting.calendar,
        href=meeting.href,
        uid=meeting.uid,
        recurrence_id=None,
        part=part,
        subject=conference.subject,
        start=conference.start,
        minutes=conference.duration,
        schedule=conference.schedule,
        tier=1,
    )


def shown_of(meeting: Meeting) -> tuple[str, datetime | None]:
    """What a meeting is called and when it begins: its master, else its first override."""
    occasions = (meeting.master, *(each.occasion for each in meeting.every_override))
    lead = next(filter(None, occasions), None)
    return ("", None) if lead is None else (lead.subject, lead.start)


def about_reading(reading: Reading, zone: str) -> About | None:
    """What is shown of an action on an event without a conference; None where it shows no start.

    `zone` is that of the midnight at which a day without a time begins.
    """
    match reading:
        case Meeting():
            subject, start = shown_of(reading)
        case Skipped():
            subject, start = reading.subject, _moment(reading.start, zone)
        case Unasked():
            return None
    if start is None:
        return None
    return About(reading.calendar, reading.href, reading.uid, None, MAIN, subject, start, 0, None, NONE)


def _moment(start: datetime | date | None, zone: str) -> datetime | None:
    if start is None or isinstance(start, datetime):
        return start
    return datetime.combine(start, time(), ZoneInfo(zone))


def to_come(mapping: Mapping, now: datetime) -> bool:
    """Whether something of it is still to come, or running."""
    return mapping.until is None or mapping.until > now


def instance_start(exceptional: Exceptional) -> datetime:
    """The original start of an instance, in UTC."""
    return datetime.strptime(exceptional.instance, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@dataclass(slots=True)
class Draft:
    """A plan while it is made. `wanted` are the parts that the meeting has.

    `unwritable`: the event does not show its rooms as it should and can't be brought to: what it shows must stay.
    """

    case: Case
    actions: list[Action] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    looks: Looks = field(default_factory=Looks)
    mailed: int = 0
    differs: list[Differs] = field(default_factory=list)
    wanted: frozenset[str] = frozenset()
    asked: tuple[About, ...] = ()
    unwritable: bool = False

    def skip(self, recurrence_id: str | None, misfit: Misfit) -> None:
        """The event, or one instance of it, can't have a room."""
        meeting = self.case.meeting
        problem = misfit.at(self._where(recurrence_id))
        place = (meeting.calendar, meeting.href, meeting.uid, recurrence_id)
        self.skipped.append(Skipped(*place, problem, *shown_of(meeting)))

    def trouble(self, recurrence_id: str | None, misfit: Misfit) -> None:
        """Somebody should look at this."""
        self.problems.append(misfit.at(self._where(recurrence_id)))

    def refused(self, part: str, sent: str) -> bool:
        """Whether the very same request was refused before: then that is said, and it is not sent again."""
        if self.case.context.full:
            return False
        found = [r for r in self.case.memory.refusals if (r.part, r.sent) == (part, sent)]
        self.problems.extend(r.problem for r in found)
        return bool(found)

    def making(self) -> dict[str, int]:
        """Generation by part of the conferences that this draft creates or adopts."""
        return {a.terms.part: a.terms.gen for a in self.actions if isinstance(a, Create | Adopt)}

    def plan(self) -> Plan:
        """The finished plan."""
        return Plan(
            actions=tuple(self.actions),
            skipped=tuple(self.skipped),
            problems=tuple(self.problems),
            notes=tuple(self.notes),
            looks=self.looks,
            mailed=self.mailed,
            differs=tuple(self.differs),
            wanted=frozenset((self.case.meeting.uid, part) for part in self.wanted),
            asked=self.asked,
        )

    def _where(self, recurrence_id: str | None) -> str:
        meeting = self.case.meeting
        return " ".join(filter(None, (meeting.calendar, meeting.uid, recurrence_id)))

"""What the instances of one series need: changed ones changed, cancelled ones cancelled, the others as the rest."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from calbridge.core import marker, schedule
from calbridge.core.actions import CancelInstance, Looks, UpdateInstance
from calbridge.core.case import Draft, instance_start
from calbridge.core.look import Look, comparable, differences, matches
from calbridge.core.model import Conference, Fields
from calbridge.core.notes import ForgetInstance, RememberInstance
from calbridge.core.problem import Misfit
from calbridge.core.remembered import Exceptional, Mapping
from calbridge.core.wanted import VIEW, Wanted, WantedInstance, fields_fingerprint, occasion_fields, request_fingerprint

_NO_CHILD = Misfit(
    "conference.no-instance",
    "the platform lists no conference for this changed instance of the series",
    "look whether it was cancelled there; the series' own room is open at any time",
)


_CANCELLED = Misfit(
    "conference.instance-cancelled",
    "somebody cancelled instances of this series on the platform, and a cancel can't be undone there",
    "delete those instances from the event, too; the series' own room is open at any time",
)


@dataclass(frozen=True, slots=True)
class Children:
    """The series whose instances are settled: its generation and room; `room_url` is None before it exists."""

    gen: int
    one_time: bool
    room_url: str | None


def settle_all(want: Wanted, series: Children, draft: Draft) -> None:
    """Settle every exception of a series whose children are about to be made."""
    for instance in want.instances:
        _settle(want, instance, series, None, draft, is_drift=False)


def compare_instances(want: Wanted, mapping: Mapping, draft: Draft) -> None:
    """Settle the exceptions that are not yet known to be settled, and restore those that are none any more."""
    known = {e.instance: e for e in draft.case.exceptional(mapping)}
    for instance in want.instances:
        _compare(want, instance, mapping, known.get(instance.name), draft)
    for exceptional in known.values():
        if exceptional.instance in want.exceptions:
            continue
        if instance_start(exceptional) <= draft.case.context.now:
            draft.notes.append(ForgetInstance(draft.case.meeting.uid, mapping.gen, exceptional.instance, mapping.part))
        elif exceptional.state == "changed":
            _restore(want, exceptional, mapping, draft)
    if draft.case.context.full and draft.case.context.look is not None:
        _set_back(want, mapping, draft.case.context.look, draft)


def _compare(want: Wanted, instance: WantedInstance, mapping: Mapping, known: Exceptional | None, draft: Draft) -> None:
    """Compare one exception with what is remembered of it and, where that is not enough, with a look."""
    case, look = draft.case, draft.case.context.look
    sent = ""
    if instance.occasion is not None:
        sent = fields_fingerprint(case.child_fields(instance, mapping.gen, one_time=mapping.one_time))
    state = "cancelled" if instance.occasion is None else "changed"
    is_known = known is not None and known.verified and (known.state, known.sent) == (state, sent)
    if is_known and not (case.context.full and look is not None):
        return
    if look is None:
        draft.looks |= Looks(listing=True)
        return
    child = look.child(mapping.conference_id, instance.instance, None if known is None else known.conference_id)
    if _settled(child, instance, mapping, draft, is_known=is_known):
        if is_known:
            return
        child_id = None if child is None else child.id
        uid = case.meeting.uid
        if instance.occasion is None:
            draft.notes.append(RememberInstance(uid, mapping.gen, instance.name, child_id, "cancelled", "", want.part))
        else:
            draft.notes.append(RememberInstance(uid, mapping.gen, instance.name, child_id, "changed", sent, want.part))
    elif child is not None:
        _settle(want, instance, children_of(mapping), child, draft, is_drift=is_known)
    elif look.complete:
        draft.trouble(instance.recurrence_text, _NO_CHILD)


def _settled(
    child: Conference | None, instance: WantedInstance, mapping: Mapping, draft: Draft, *, is_known: bool
) -> bool:
    if instance.occasion is None:
        look = draft.case.context.look
        return child is None and look is not None and look.complete
    fields = draft.case.child_fields(instance, mapping.gen, one_time=mapping.one_time)
    return child is not None and matches(child, comparable(fields, child) if is_known else fields)


def _settle(
    want: Wanted,
    instance: WantedInstance,
    series: Children,
    child: Conference | None,
    draft: Draft,
    *,
    is_drift: bool,
) -> None:
    case = draft.case
    part, child_id = (want.part, series.gen), None if child is None else child.id
    shown = case.about_instance(want, instance)
    if instance.occasion is None:
        draft.actions.append(CancelInstance(shown, part, instance.instance, child_id, series.room_url))
        return
    fields = case.child_fields(instance, series.gen, one_time=series.one_time)
    sent = fields_fingerprint(fields)
    drift = differences(child, comparable(fields, child)) if is_drift and child is not None else ()
    if not draft.refused(instance.name, request_fingerprint(fields)):
        draft.actions.append(
            UpdateInstance(
                shown, part, instance.instance, fields, sent, child_id, series.room_url, restores=False, drift=drift
            )
        )


def children_of(mapping: Mapping) -> Children:
    """The series of a conference that exists."""
    return Children(mapping.gen, mapping.one_time, mapping.room_url)


def _restore(want: Wanted, exceptional: Exceptional, mapping: Mapping, draft: Draft) -> None:
    """An override is gone: its instance becomes like the others again, with the series' own marker."""
    start = instance_start(exceptional).astimezone(want.occasion.start.tzinfo)
    _make_like_the_others(want, start, exceptional.conference_id, mapping, draft, drift=())


def _make_like_the_others(
    want: Wanted,
    start: datetime,
    child_id: int | None,
    mapping: Mapping,
    draft: Draft,
    *,
    drift: tuple[str, ...],
) -> None:
    case = draft.case
    shown = replace(case.about(want), start=start, part=marker.part_of(start), schedule=None)
    series, fields = (want.part, mapping.gen), _like_the_others(want, start, mapping, draft)
    draft.actions.append(
        UpdateInstance(shown, series, start, fields, "", child_id, mapping.room_url, restores=True, drift=drift)
    )


def _like_the_others(want: Wanted, start: datetime, mapping: Mapping, draft: Draft) -> Fields:
    case = draft.case
    settings = case.settings(one_time=mapping.one_time)
    sign = case.marker(want.part, mapping.gen)
    return occasion_fields(replace(want.occasion, start=start), sign, settings, schedule=None)


def _set_back(want: Wanted, mapping: Mapping, look: Look, draft: Draft) -> None:
    """Instances that are no exceptions: what somebody changed of one of them, or cancelled, on the platform.

    One that was moved away stands for any date that lacks its own, since they are all alike; one with an instance's own
    marker, an exception that a lost database knew of and the event has no more, stands for that instance. What all of
    them have in common is not what somebody did: so the platform, or a change of the master, makes them.
    """
    now, exceptional = draft.case.context.now, draft.case.exceptional(mapping)
    ours = {e.conference_id for e in exceptional}
    out = {*want.exceptions, *(e.instance for e in exceptional)}
    children = [c for c in look.children.get(mapping.conference_id, ()) if c.id not in ours and c.start > now]
    dates = {start: None for start in _dates(want, now) if marker.part_of(start) not in out}
    if not children or not dates:
        return
    placed = [(c.start.astimezone(want.occasion.start.tzinfo), c) for c in children if c.start in dates]
    lacking = {marker.part_of(at): at for at in dates.keys() - {at for at, _ in placed}}
    named = [(lacking[part], c) for c in children if c.start not in dates and (part := _own_part(c)) in lacking]
    free = sorted(set(lacking.values()) - {at for at, _ in named} - {want.occasion.start})
    moved = sorted((c for c in children if c.start not in dates and not _own_part(c)), key=lambda c: c.id)
    drifts = [(start, c, _drift(c, want, start, mapping, draft)) for start, c in placed]
    common = reduce(frozenset.intersection, (frozenset(d) for _, _, d in drifts)) if len(drifts) > 1 else frozenset()
    for start, child in (*named, *zip(free, moved, strict=False)):
        drifts.append((start, child, _drift(child, want, start, mapping, draft)))
    for start, child, drift in drifts:
        if own := tuple(name for name in drift if name not in common):
            _make_like_the_others(want, start, child.id, mapping, draft, drift=own)
    if look.complete and len(free) > len(moved):
        draft.trouble(want.recurrence_text, _CANCELLED)


def _drift(child: Conference, want: Wanted, start: datetime, mapping: Mapping, draft: Draft) -> tuple[str, ...]:
    return differences(child, comparable(_like_the_others(want, start, mapping, draft), child))


def _dates(want: Wanted, now: datetime) -> list[datetime]:
    """The series' instances that the platform lists."""
    rule = None if want.schedule is None else schedule.parse(want.schedule)
    if not isinstance(rule, schedule.Schedule):
        return []
    return list(schedule.expand(rule, want.occasion.start, after=now, before=now + VIEW))


def _own_part(child: Conference) -> str:
    """The instance whose own marker it carries, "" where it carries its series'."""
    found = marker.find(child.agenda)
    return found.part if found is not None and "T" in found.part else ""

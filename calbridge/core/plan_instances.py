"""What the instances of one series need: changed ones changed, cancelled ones cancelled, the others as the rest."""

from dataclasses import dataclass, replace

from calbridge.core.actions import CancelInstance, Looks, UpdateInstance
from calbridge.core.case import Draft, instance_start
from calbridge.core.look import matches
from calbridge.core.model import Conference
from calbridge.core.notes import ForgetInstance, RememberInstance
from calbridge.core.problem import Misfit
from calbridge.core.remembered import Exceptional, Mapping
from calbridge.core.wanted import Wanted, WantedInstance, fields_fingerprint, occasion_fields, request_fingerprint

_NO_CHILD = Misfit(
    "conference.no-instance",
    "the platform lists no conference for this changed instance of the series",
    "look whether it was cancelled there; the series' own room is open at any time",
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
        _settle(want, instance, series, None, draft)


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


def _compare(want: Wanted, instance: WantedInstance, mapping: Mapping, known: Exceptional | None, draft: Draft) -> None:
    """Compare one exception with what is remembered of it and, where that is not enough, with a look."""
    case, look = draft.case, draft.case.context.look
    sent = ""
    if instance.occasion is not None:
        sent = fields_fingerprint(case.child_fields(instance, mapping.gen, one_time=mapping.one_time))
    state = "cancelled" if instance.occasion is None else "changed"
    if known is not None and known.verified and (known.state, known.sent) == (state, sent):
        return
    if look is None:
        draft.looks |= Looks(listing=True)
        return
    child = look.child(mapping.conference_id, instance.instance, None if known is None else known.conference_id)
    if _settled(child, instance, mapping, draft):
        child_id = None if child is None else child.id
        uid = case.meeting.uid
        if instance.occasion is None:
            draft.notes.append(RememberInstance(uid, mapping.gen, instance.name, child_id, "cancelled", "", want.part))
        else:
            draft.notes.append(RememberInstance(uid, mapping.gen, instance.name, child_id, "changed", sent, want.part))
    elif child is not None:
        _settle(want, instance, children_of(mapping), child.id, draft)
    elif look.complete:
        draft.trouble(instance.recurrence_text, _NO_CHILD)


def _settled(child: Conference | None, instance: WantedInstance, mapping: Mapping, draft: Draft) -> bool:
    if instance.occasion is None:
        look = draft.case.context.look
        return child is None and look is not None and look.complete
    fields = draft.case.child_fields(instance, mapping.gen, one_time=mapping.one_time)
    return child is not None and matches(child, fields)


def _settle(want: Wanted, instance: WantedInstance, series: Children, child_id: int | None, draft: Draft) -> None:
    case = draft.case
    part = (want.part, series.gen)
    shown = case.about_instance(want, instance)
    if instance.occasion is None:
        draft.actions.append(CancelInstance(shown, part, instance.instance, child_id, series.room_url))
        return
    fields = case.child_fields(instance, series.gen, one_time=series.one_time)
    sent = fields_fingerprint(fields)
    if not draft.refused(instance.name, request_fingerprint(fields)):
        draft.actions.append(
            UpdateInstance(shown, part, instance.instance, fields, sent, child_id, series.room_url, restores=False)
        )


def children_of(mapping: Mapping) -> Children:
    """The series of a conference that exists."""
    return Children(mapping.gen, mapping.one_time, mapping.room_url)


def _restore(want: Wanted, exceptional: Exceptional, mapping: Mapping, draft: Draft) -> None:
    """An override is gone: its instance becomes like the others again, with the series' own marker."""
    case = draft.case
    start = instance_start(exceptional).astimezone(want.occasion.start.tzinfo)
    occasion = replace(want.occasion, start=start)
    sign = case.marker(want.part, mapping.gen)
    fields = occasion_fields(occasion, sign, case.settings(one_time=mapping.one_time), schedule=None)
    shown = replace(case.about(want), start=start, part=exceptional.instance, schedule=None)
    series = (want.part, mapping.gen)
    draft.actions.append(
        UpdateInstance(shown, series, start, fields, "", exceptional.conference_id, mapping.room_url, restores=True)
    )

"""The end of a history: what must be so once nothing goes wrong any more."""

from datetime import datetime

from calbridge.sync import HostReport
from simulation import events
from simulation.conferences import Row
from simulation.scene import Scene
from simulation.world import Violation

_CANCELLED = {"conference.cancelled-on-platform", "conference.instance-cancelled", "conference.no-instance"}


def check(scene: Scene, audit: HostReport, last: HostReport) -> None:
    """Every meeting has its conferences and shows them, nothing else has any, and the audit reports what is left."""
    reported = "\n".join(problem.reason for problem in audit.problems if problem.rule == "conference.stray")
    asking = {told.tag: told for _, told in reversed(scene.calendars.asking())}
    skipped = {skipped.uid for skipped in last.plan.skipped if skipped.recurrence_id is None}
    cancelled = {p.where.split(" ")[1] for p in (*last.problems, *audit.problems) if p.rule in _CANCELLED}
    for tag, told in asking.items():
        if tag in scene.invariants.forgotten and told.uid in cancelled:
            continue
        if told.uid not in skipped or not (_is_skippable(told, scene) or _is_anothers(told)):
            _meeting(tag, reported, scene)
    # A copy that asks for nothing keeps a room as long as nobody can tell which of the two is the event.
    unproven = {events.tag(p.where.rsplit(" ", 1)[-1]) for p in last.problems if p.rule == "event.unproven"}
    for mark, row in scene.invariants.claims.marked():
        if mark.tag in asking or mark.tag in unproven or not scene.invariants.claims.upcoming(row):
            continue
        if not scene.invariants.claims.is_excused(row):
            raise Violation("left over", f"{mark.text} is asked for by nothing")
        if mark.text not in reported and row.origin != "person":
            raise Violation("reported", f"{mark.text} is left over, and the audit does not say so")


def _is_skippable(told: events.Told, scene: Scene) -> bool:
    """The policy refuses a room to what needs several conferences."""
    irregular = scene.config.hosts[0].conference.irregular
    return irregular == "skip" and any(event.has("RRULE") for event in told.events)


def _is_anothers(told: events.Told) -> bool:
    return any(event.text("X-CALBRIDGE-REF").startswith("cb1-other-") for event in told.events)


def _meeting(tag: str, reported: str, scene: Scene) -> None:
    """One meeting; of a lost database's conferences those that the event no longer computes to may be left over.

    Of several copies that ask one has the room, and which is calbridge's choice: one of them must be as it should be.
    """
    rows = [
        row
        for mark, row in scene.invariants.claims.marked()
        if mark.tag == tag and not (mark.text in reported and scene.invariants.claims.is_excused(row))
    ]
    copies = [told for _, told in scene.calendars.asking() if told.tag == tag]
    found = [_misses(told, rows, scene) for told in copies if events.still_to_come(told, scene.world.now)]
    wrong = [each for each in found if each is not None]
    if found and any(row.subject.startswith("Renamed") and scene.invariants.claims.upcoming(row) for row in rows):
        raise Violation("set back", f"{copies[0].uid} goes by the name that somebody gave its conference")
    if wrong and len(wrong) == len(found) and tag not in scene.users.colleagues.cancelled:
        raise min(wrong, key=lambda each: each.invariant != "linked")


def _misses(told: events.Told, rows: list[Row], scene: Scene) -> Violation | None:
    now = scene.world.now
    wanted = events.still_to_come(told, now)
    has = sorted(each for row in rows for each in scene.invariants.claims.upcoming(row))
    if has != wanted:
        return Violation("complete", f"{told.uid} wants {_list(wanted)}, has {_list(has)}")
    rooms = {scene.conferences.url(row) for row in rows}
    for event in told.events:
        if events.is_to_come(told, event, now) and event.text("X-CALBRIDGE-URL") not in rooms:
            return Violation("linked", f"{told.uid} {event.instance} shows {event.text('X-CALBRIDGE-URL')!r}")
    return None


def _list(occurrences: list[tuple[datetime, int]]) -> str:
    return ", ".join(f"{start:%d %H:%M}+{minutes}" for start, minutes in occurrences)

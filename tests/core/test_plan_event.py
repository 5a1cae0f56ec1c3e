"""When the event's own text is written, and which rooms it then shows."""

from dataclasses import replace

import pytest
from support.carrying_out import carried_out, settled
from support.planning import (
    POLICY,
    Scene,
    at,
    event,
    meeting,
    moved,
    out,
    rules,
    scene,
    shown,
    steps,
    weekly,
)

from calbridge.core.actions import LinkTo, Plan, WriteBack
from calbridge.core.policy import Writeback
from calbridge.core.problem import Problem
from calbridge.core.remembered import WriteState

REFUSED = Problem("a", "write.refused", "the server said no", "give the account the right to write")


def written(plan: Plan) -> WriteBack:
    [action] = [a for a in plan.actions if isinstance(a, WriteBack)]
    return action


def stripped(before: Scene) -> Scene:
    """Somebody took everything of ours out of the event, but for the keyword."""
    return replace(before, source=event(before.meeting))


def test_an_event_that_shows_its_room_is_not_written() -> None:
    assert steps(settled().plan()) == []


def test_an_event_that_lost_its_room_is_written_again() -> None:
    plan = stripped(settled()).plan()
    assert steps(plan) == ["write-back"]
    assert (written(plan).conference_id, written(plan).room_url) == (101, "https://rooms.example.com/101")


def test_an_edit_around_our_lines_needs_no_write() -> None:
    before = settled()
    edited = before.source.body.replace(b"SUMMARY:Planning", b"SUMMARY:Planning\r\nX-MINE: yes")
    assert steps(replace(before, source=replace(before.source, body=edited)).plan()) == []


def test_a_write_says_no_room_yet_where_the_conference_is_still_to_be_made() -> None:
    action = written(scene().plan())
    assert (action.conference_id, action.room_url) == (None, None)


def test_every_part_with_a_room_of_its_own_is_linked_and_what_is_out_shows_none() -> None:
    plan = scene(weekly(moved(at(10), at(11)), out(at(24)), moved(at(31), at(31, 18)))).plan()
    assert written(plan).links == (
        LinkTo(None, "m"),
        LinkTo("20260310T100000", "20260310T090000Z"),
        LinkTo("20260324T100000", None),
    )


def test_single_instances_without_a_master_are_linked_each_to_its_own() -> None:
    alone = replace(weekly(moved(at(17))), master=None, recurrence=None)
    assert written(scene(alone).plan()).links == (LinkTo("20260317T100000", "20260317T090000Z"),)


def test_an_override_that_is_added_to_a_series_gets_the_block_too() -> None:
    before = settled(weekly())
    bare = event(weekly(moved(at(17), at(18))))
    edited = replace(before.becomes(weekly(moved(at(17), at(18)))), source=bare).looking()
    assert steps(edited.plan()) == ["update-instance", "write-back"]


def test_a_room_url_that_must_not_be_shown_is_never_written() -> None:
    before = settled()
    plan = stripped(before.remembers(mappings=(replace(before.mapping, room_url=""),))).plan()
    assert (steps(plan), rules(plan)) == ([], ["room.url"])


def test_an_event_without_a_strong_etag_is_not_written() -> None:
    before = scene()
    plan = replace(before, source=replace(before.source, etag=None)).plan()
    assert (steps(plan), rules(plan)) == (["create"], ["write.no-etag"])


def refusing(before: Scene, etag: str) -> Scene:
    """The server refused our write of the event with this ETag."""
    state = WriteState(before.meeting.calendar, before.meeting.href, refused_etag=etag, problem=REFUSED)
    return replace(before, state=state)


def test_a_refused_write_is_reported_and_not_repeated() -> None:
    plan = refusing(stripped(settled()), '"1"').plan()
    assert (steps(plan), rules(plan)) == ([], ["write.refused"])


def test_a_refused_write_is_tried_again_when_the_event_changes() -> None:
    assert steps(refusing(stripped(settled()), '"0"').plan()) == ["write-back"]


def test_a_refused_write_is_tried_again_with_full() -> None:
    assert steps(replace(refusing(stripped(settled()), '"1"'), full=True).plan()) == ["write-back"]


def test_what_the_server_drops_is_not_written_again() -> None:
    before = settled()
    body = b"".join(line for line in before.source.body.splitlines(keepends=True) if not line.startswith(b"X-MICRO"))
    lacking = replace(before, source=replace(before.source, body=body))
    dropped = WriteState(before.meeting.calendar, before.meeting.href, frozenset({"X-MICROSOFT-SKYPETEAMSMEETINGURL"}))
    assert steps(lacking.plan()) == ["write-back"]
    assert steps(replace(lacking, state=dropped).plan()) == []


@pytest.mark.parametrize(("notify", "mailed"), [("once", 7), ("always", 7), ("never", 0)])
def test_a_new_link_may_mail_every_attendee(notify: str, mailed: int) -> None:
    policy = replace(POLICY, writeback=Writeback(notify=notify))  # type: ignore[arg-type]  # a table of literals
    assert scene(meeting(attendees=7), policy=policy).plan().mailed == mailed


def test_a_repaired_link_mails_nobody() -> None:
    assert stripped(settled(meeting(attendees=7))).plan().mailed == 0


def test_a_replaced_room_mails_again() -> None:
    assert settled(meeting(attendees=7)).becomes(meeting(attendees=7, room="dedicated")).plan().mailed == 7


def test_a_write_leaves_an_event_that_needs_no_other() -> None:
    before = scene(weekly(moved(at(10), at(11)), out(at(24))))
    after = carried_out(before, before.plan())
    assert after.source.body == shown(after.meeting, after.memory.mappings).body
    assert steps(after.plan()) == []

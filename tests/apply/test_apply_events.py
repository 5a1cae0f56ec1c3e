"""What becomes of a write-back: a user's edit comes first, and nothing is written that does not hold."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.planning import POLICY, WORK, meeting, sign
from support.stage import Stage

from calbridge.core.problem import Problem
from calbridge.store import Store

HREF = f"{WORK}a.ics"
REFUSED = Problem("a", "write.refused", "the server said no", "give the account the right to write")
SUMMARY = b"SUMMARY:Planning @meet\r\n"


def dropping(*names: bytes) -> Callable[[bytes], bytes]:
    """A server that does not keep these properties, folded lines included."""
    lines = re.compile(rb"^(?:%s)[;:].*?\r\n(?![ \t])" % b"|".join(names), re.MULTILINE | re.DOTALL)
    return lambda body: lines.sub(b"", body)


def test_an_edit_between_our_read_and_our_write_survives_and_the_room_is_there_too(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.before_put.append(lambda: stage.calendars.edit(HREF, SUMMARY, SUMMARY + b"COMMENT:bring cake\r\n"))
    assert stage.sync() == ["create", "write-back"]
    assert "COMMENT:bring cake" in stage.text()
    assert f"X-CALBRIDGE-REF:{sign()}" in stage.text().replace("\r\n ", "")
    assert len(stage.calendars.puts) == 2


def test_somebody_who_keeps_editing_is_not_raced(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.before_put += [lambda: stage.calendars.edit(HREF, SUMMARY, SUMMARY)] * 3
    assert stage.sync() == ["create", "write-back failed: write.contested"]
    assert len(stage.calendars.puts) == 3
    assert stage.sync() == ["write-back"]


def test_a_server_that_breaks_down_over_an_event_is_not_asked_in_every_pass(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.breaks_down = True
    assert stage.sync() == ["create", "write-back failed: write.failed"]
    assert (stage.sync(), len(stage.calendars.puts)) == (["write.failed"], 3)
    stage.calendars.breaks_down = False
    stage.calendars.edit(HREF, SUMMARY, SUMMARY)
    assert stage.sync() == ["write-back"]


def test_a_server_that_never_takes_the_etag_that_it_gives_is_not_asked_in_every_pass(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.takes_no_etag = True
    assert stage.sync() == ["create", "write-back failed: write.conflict"]
    assert (stage.sync(), len(stage.calendars.puts)) == (["write.conflict"], 3)
    assert (stage.sync(full=True), len(stage.calendars.puts)) == (["write-back failed: write.conflict"], 6)
    stage.calendars.takes_no_etag = False
    stage.calendars.edit(HREF, SUMMARY, SUMMARY)
    assert stage.sync() == ["write-back"]


def test_an_event_that_was_edited_meanwhile_and_no_longer_asks_is_not_written(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.before_put.append(lambda: stage.calendars.edit(HREF, b" @meet", b""))
    assert stage.sync() == ["create", "write-back waits"]
    assert "CALBRIDGE" not in stage.text()


def test_an_event_that_was_damaged_meanwhile_is_not_written_and_keeps_its_room(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    stage.calendars.edit(HREF, SUMMARY, SUMMARY + b"STATUS:CANCELLED\r\n")
    plan = stage.plan()
    stage.calendars.edit(HREF, b"END:VEVENT\r\n", b"")
    before = stage.text()
    assert {type(o).__name__ for o in stage.run(plan)} == {"Held"}
    assert (stage.text(), stage.mapping.conference_id in stage.platform.rooms.all) == (before, True)


def test_an_event_that_was_deleted_meanwhile_is_not_brought_back(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.before_put.append(stage.calendars.objects.clear)
    assert stage.sync() == ["create", "write-back waits"]
    assert stage.calendars.objects == {}


def test_an_event_that_shows_its_room_by_now_is_not_written(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    before = stage.calendars.objects[HREF]
    stage.replace_event(meeting())
    plan = stage.plan()
    stage.calendars.store(before)
    stage.calendars.puts.clear()
    assert [type(o).__name__ for o in stage.run(plan)] == ["Done"]
    assert stage.calendars.puts == []


def test_what_a_server_drops_is_remembered_and_not_written_again(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.rewrite = dropping(b"CONFERENCE", b"X-MICROSOFT-SKYPETEAMSMEETINGURL")
    assert stage.sync() == ["create", "write-back"]
    [state] = store.calendars.write_states(WORK)
    assert state.dropped == {"CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL"}
    assert (stage.sync(), len(stage.calendars.puts)) == ([], 1)


def test_a_server_that_drops_the_block_is_a_problem(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.rewrite = dropping(b"DESCRIPTION")
    assert stage.sync() == ["create", "write-back failed: write.contested"]
    assert (stage.sync(), len(stage.calendars.puts)) == (["write.contested"], 3)


def test_a_server_that_folds_and_orders_lines_otherwise_is_content(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.rewrite = lambda body: body.replace(b"\r\n ", b"")
    assert stage.sync() == ["create", "write-back"]
    assert (stage.sync(), len(stage.calendars.puts)) == ([], 1)


def test_our_own_write_is_no_edit(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    stored = store.calendars.object(WORK, HREF)
    assert stored is not None
    assert stored.object == stage.calendars.objects[HREF]


def test_a_refused_write_is_a_problem_and_not_repeated(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.refuses = REFUSED
    assert stage.sync() == ["create", "write-back failed: write.refused"]
    assert stage.sync() == ["write.refused"]
    assert len(stage.calendars.puts) == 1


def test_a_refused_write_is_tried_again_when_the_event_changes_and_then_forgotten(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.calendars.refuses = REFUSED
    stage.sync()
    stage.calendars.refuses = None
    stage.calendars.edit(HREF, SUMMARY, SUMMARY + b"COMMENT:x\r\n")
    assert (stage.sync(), stage.sync()) == (["write-back"], [])


def test_a_refused_write_leaves_the_old_room_open_until_the_event_shows_the_new_one(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    stage.calendars.edit(HREF, b"@meet", b"@meet:room")
    stage.calendars.refuses = REFUSED
    assert stage.sync() == ["create", "write-back failed: write.refused", "cancel replaced waits"]
    assert len(stage.platform.rooms.heads) == 2
    stage.calendars.refuses = None
    assert stage.sync(full=True) == ["write-back", "cancel replaced"]


def test_the_end_of_a_meeting_takes_out_what_is_ours_and_nothing_else(store: Store) -> None:
    quiet = replace(POLICY, writeback=replace(POLICY.writeback, notify="never"))
    stage = Stage(store, meeting(), policy=quiet)
    before = stage.text()
    stage.sync()
    stage.calendars.edit(HREF, SUMMARY, SUMMARY + b"STATUS:CANCELLED\r\n")
    assert stage.sync() == ["write-back", "cancel ended"]
    assert stage.text().replace("STATUS:CANCELLED\r\n", "") == before


def test_a_meeting_that_is_asked_for_again_when_its_event_is_cleared_keeps_its_room(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    stage.calendars.edit(HREF, SUMMARY, SUMMARY + b"STATUS:CANCELLED\r\n")
    stage.calendars.before_put.append(lambda: stage.calendars.edit(HREF, b"STATUS:CANCELLED\r\n", b""))
    assert stage.sync() == ["write-back waits", "cancel ended waits"]
    assert (len(stage.platform.rooms.heads), stage.sync()) == (1, [])


def test_a_meeting_that_is_asked_for_again_just_after_its_event_was_cleared_keeps_its_room(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    stage.calendars.edit(HREF, SUMMARY, SUMMARY + b"STATUS:CANCELLED\r\n")
    stage.calendars.rewrite = lambda body: body.replace(b"STATUS:CANCELLED\r\n", b"")
    assert stage.sync() == ["write-back waits", "cancel ended waits"]
    assert (stage.sync(), len(stage.platform.rooms.heads)) == (["write-back"], 1)


@pytest.mark.parametrize("notify", ["once", "never"])
def test_attendees_hear_of_a_new_link_only_where_the_policy_says_so(store: Store, notify: str) -> None:
    stage = Stage(store, meeting())
    writeback = replace(stage.policy.writeback, notify=notify)  # type: ignore[arg-type]  # a table of literals
    stage.policy = replace(stage.policy, writeback=writeback)
    stage.sync()
    assert ("LAST-MODIFIED" in stage.text()) == (notify == "once")

"""One look at a host's conferences: children under their masters, markers read, meanings compared."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.carrying_out import settled
from support.planning import NOW, at, look, moved, sign, weekly
from support.rooms import Rooms, conference

from calbridge.core.look import differences, fold, matches, unlisted_masters
from calbridge.core.marker import tag
from calbridge.core.model import Conference, Fields, Listing, Settings

FIELDS = Fields("Planning", f"Budget\n\nRef. {sign()}", at(10), 60, "FREQ=WEEKLY;BYDAY=TU", Settings())
SERIES = conference(7, FIELDS)


def rooms() -> Rooms:
    return settled(weekly(moved(at(17), at(18)))).rooms


def test_children_are_folded_under_their_master_and_are_no_heads() -> None:
    seen = look(rooms())
    assert [c.id for c in seen.heads] == [101]
    assert {c.master_id for c in seen.children[101]} == {101}


def test_a_child_is_never_a_match_for_a_marker() -> None:
    seen = look(rooms())
    assert [c.id for _, c in seen.marked("main", tag(9, "a"), "m")] == [101]
    assert seen.marked("main", tag(9, "a"), "20260317T090000Z") == ()
    assert seen.head(102) is None


def test_conferences_with_one_marker_come_oldest_first() -> None:
    listed = Listing(NOW, tuple(replace(SERIES, id=n, master_id=n) for n in (9, 3, 5)), complete=True)
    assert [c.id for _, c in fold(listed, (), (), complete=True).marked("main", tag(9, "a"), "m")] == [3, 5, 9]


@pytest.mark.parametrize("other", [("x", tag(9, "a"), "m"), ("main", tag(9, "b"), "m"), ("main", tag(9, "a"), "1")])
def test_a_marker_of_another_instance_meeting_or_part_is_not_ours(other: tuple[str, str, str]) -> None:
    assert look(rooms()).marked(*other) == ()


def test_a_master_that_only_its_children_name_must_be_fetched() -> None:
    listed = [c for c in rooms().all.values() if c.is_child]
    assert unlisted_masters(Listing(NOW, tuple(listed), complete=True)) == {101}


def test_a_fetched_master_is_a_head_like_any_other() -> None:
    [master] = rooms().heads
    listed = tuple(c for c in rooms().all.values() if c.is_child)
    assert fold(Listing(NOW, listed, complete=True), [master], (), complete=True).heads == (master,)


@pytest.mark.parametrize(
    ("listed", "checked", "complete"), [(True, True, True), (False, True, False), (True, False, False)]
)
def test_a_look_is_complete_when_both_the_listing_and_the_checks_are(
    listed: bool, checked: bool, complete: bool
) -> None:
    assert fold(Listing(NOW, (), listed), (), (), complete=checked).complete == complete


# --- finding an instance --------------------------------------------------------------------------------------------

CHILD = replace(conference(8, replace(FIELDS, schedule=None), master_id=7), start=at(17))
MOVED = replace(CHILD, id=9, start=at(18), agenda=f"Ref. {sign(part='20260317T090000Z')}")


@pytest.mark.parametrize(
    ("children", "known", "found"),
    [
        ((CHILD,), None, 8),  # by its start
        ((MOVED,), None, 9),  # by its marker, wherever it is
        ((CHILD, MOVED), None, 9),
        ((CHILD, MOVED), 8, 8),  # by its id
        ((MOVED,), 8, 9),  # an id that is gone proves nothing
        ((replace(CHILD, start=at(17).astimezone(UTC)),), None, 8),
        ((replace(CHILD, agenda=""),), None, 8),
        ((replace(MOVED, start=at(24)),), None, 9),
        ((replace(CHILD, start=at(24)),), None, None),
        # another instance that was moved to this one's time is not this one
        ((replace(CHILD, agenda=f"Ref. {sign(part='20260324T090000Z')}"),), None, None),
    ],
)
def test_an_instance_is_found_by_id_then_by_marker_then_by_start(
    children: tuple[Conference, ...], known: int | None, found: int | None
) -> None:
    seen = fold(Listing(NOW, children, complete=True), (), (), complete=True)
    child = seen.child(7, at(17), known)
    assert (None if child is None else child.id) == found


# --- comparing ------------------------------------------------------------------------------------------------------


def test_a_conference_says_what_was_sent() -> None:
    assert matches(SERIES, FIELDS)


@pytest.mark.parametrize(
    "reported",
    [
        replace(SERIES, schedule="RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=TU"),
        replace(SERIES, agenda=FIELDS.agenda.replace("\n", "\r\n") + " \r\n"),
        replace(SERIES, mute_mode=None, auto_record=None, auto_stream=None, auto_transcribe=None),
        replace(SERIES, active=True, room_url="https://elsewhere.example.com", access_code="9"),
    ],
)
def test_what_the_platform_reformats_or_does_not_report_is_the_same(reported: Conference) -> None:
    assert matches(reported, FIELDS)


@pytest.mark.parametrize(
    "reported",
    [
        replace(SERIES, subject="Budget"),
        replace(SERIES, agenda="Budget"),
        replace(SERIES, start=at(10) + timedelta(minutes=1)),
        replace(SERIES, start=at(10).astimezone(ZoneInfo("Europe/Berlin"))),
        replace(SERIES, duration=61),
        replace(SERIES, schedule="FREQ=WEEKLY;BYDAY=WE"),
        replace(SERIES, schedule=None),
        replace(SERIES, mute_mode="q&a"),
        replace(SERIES, auto_record="audio"),
        replace(SERIES, auto_stream="video"),
        replace(SERIES, auto_transcribe=True),
    ],
)
def test_what_somebody_changed_differs(reported: Conference) -> None:
    assert not matches(reported, FIELDS)


def test_two_names_of_one_zone_are_the_same() -> None:
    start = at(10).replace(tzinfo=ZoneInfo("Asia/Kolkata"))
    reported = replace(SERIES, start=start.replace(tzinfo=ZoneInfo("Asia/Calcutta")))
    assert differences(reported, replace(FIELDS, start=start)) == ()


@pytest.mark.parametrize(
    ("reported", "sent", "same"),
    [
        (None, None, True),
        (("a@x", "b@x"), None, True),  # not ours to decide
        (("b@x", "a@x"), ("a@x", "b@x"), True),
        (("a@x",), ("a@x", "b@x"), False),
        (None, ("a@x",), False),  # what is not reported can't be told from another list
    ],
)
def test_participants_are_compared_as_a_set(
    reported: tuple[str, ...] | None, sent: tuple[str, ...] | None, same: bool
) -> None:
    wanted = replace(FIELDS, settings=Settings(participant_emails=sent))
    assert matches(replace(SERIES, participant_emails=reported), wanted) == same


def test_a_childs_schedule_is_its_masters_business() -> None:
    assert matches(SERIES, replace(FIELDS, schedule=None))

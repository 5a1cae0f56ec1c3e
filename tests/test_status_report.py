"""What `calbridge status` says, line by line."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from support.carrying_out import settled
from support.planning import meeting
from support.standings import DENIED, DOWN, MINUTE, NOW, roomless, standing

from calbridge.core.model import HostProfile
from calbridge.standing import verdict
from calbridge.status_report import FEW, ago, host_lines, host_row, shown, status_json, story_lines, who
from calbridge.store import Entry, Store
from calbridge.story import sentence, stories

ENTRY = Entry(NOW, 9, "alice", "a", "m", "create", 4711)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_a_length_of_time_is_said_in_one_unit(length: timedelta, said: str) -> None:
    assert ago(length) == said


def test_a_host_is_one_row() -> None:
    found = standing(skipped=[roomless()], good=2 * MINUTE)

    assert host_row(found, NOW) == ("alice", "fine", "2 min ago", "1 s", "3", "1", "in 30 s")
    assert host_row(replace(found, good=None, next_run=None, lag=timedelta()), NOW)[2:4] == ("never", "")


def test_what_is_wrong_what_waits_and_what_was_skipped_stand_below() -> None:
    all_day = replace(roomless("b"), start=date(2026, 1, 6), subject="", rule="event.all-day")
    found = replace(
        standing(problems=[DOWN], waiting=[roomless()], skipped=[all_day, replace(all_day, start=None)], withheld=6),
        more=3,
    )

    assert [line.partition(":")[0] for line in host_lines(found)][1:] == [
        "a breaker keeps 6 from being done",
        "waits Planning, 2026-01-05 10",
        "skipped b, 2026-01-06",
        "skipped b, at no time that could be read",
        "skipped 3 more, past ones included",
    ]


def test_no_line_steers_a_terminal() -> None:
    found = standing(waiting=[replace(roomless(), subject="\x1b[31mred\nline")])

    assert all(line.isprintable() for line in host_lines(found))


def test_of_many_hosts_those_in_trouble_are_shown() -> None:
    many = [standing(f"host{number:02}") for number in range(FEW)]
    many.append(standing("zoe", good=MINUTE, failures=1, problems=[DENIED]))
    found = verdict([each.host for each in many], many, NOW)

    assert [each.host for each in shown(found, many, everybody=False)] == ["zoe"]
    assert len(shown(found, many, everybody=True)) == FEW + 1
    assert len(shown(found, many[:FEW], everybody=False)) == FEW
    assert who([each.host for each in many]).endswith("host19 and 1 more")


def test_the_json_names_the_next_meeting_without_a_room() -> None:
    standings = [standing(waiting=[roomless(start=MINUTE)])]

    told = status_json(verdict(["alice"], standings, NOW), standings, ())["verdict"]

    assert isinstance(told, dict)
    assert told["next_roomless"] == {
        "host": "alice",
        "calendar": "https://dav.example.com/alice/work/",
        "uid": "a",
        "recurrence_id": None,
        "subject": "Planning",
        "start": "2026-01-05T10:01:00+01:00",
        "time_zone": "Europe/Paris",
        "rule": "meeting.waiting",
        "reason": "no room yet",
        "hint": "wait",
    }


def test_a_story_is_told_for_each_host_that_knows_the_event() -> None:
    [mapping] = settled(meeting()).memory.mappings
    with Store.memory() as store:
        store.journal.save_profile(HostProfile(9, "a@example.com", "Alice", None, None), "alice")
        store.meetings.save_mapping(mapping)
        store.journal.record(replace(ENTRY, host="her old name"), replace(ENTRY, host_id=10, host="bob"))

        alice, bob, carol = stories("a", store, [standing("carol", skipped=[roomless(), roomless("b")])])

    assert (alice.host, alice.conferences, len(alice.entries)) == ("alice", (mapping,), 1)
    assert (bob.host, bob.conferences, bob.entries) == ("bob", (), (replace(ENTRY, host_id=10, host="bob"),))
    assert (carol.host, carol.roomless) == ("carol", (roomless(),))
    assert list(story_lines(bob, UTC)) == ["2026-01-05 09:00:00 UTC  the platform made a conference (conference 4711)"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (replace(ENTRY, action="seen", part="", conference_id=None, detail="new in X"), "the event was seen: new in X"),
        (
            replace(ENTRY, action="cancel-instance", part="20260105T090000Z"),
            "an instance was cancelled (conference 4711, part 20260105T090000Z)",
        ),
        (replace(ENTRY, action="of-a-later-version"), "of-a-later-version (conference 4711)"),
    ],
)
def test_an_entry_is_a_sentence(entry: Entry, said: str) -> None:
    assert sentence(entry) == said

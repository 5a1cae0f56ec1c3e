"""Meetings that one schedule can't say: several conferences in the dedicated room, one link in the event."""

import pytest
from support.bridge import Bridge
from support.ical import moved, override, vevent, without_master

TWICE_A_MONTH = "FREQ=MONTHLY;BYDAY=2MO,4MO"
FIRST_WORKDAY = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1"
SECOND = "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=MONTHLY;INTERVAL=1;BYDAY=2MO"
FOURTH = "Weekly, 2026-03-23 10:00 Europe/Paris, 60, FREQ=MONTHLY;INTERVAL=1;BYDAY=4MO"

SEVERAL = {
    "two days of a month": ([f"RRULE:{TWICE_A_MONTH}"], [SECOND, FOURTH]),
    "positions": (["RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2,4"], [SECOND, FOURTH]),
    "two rules": (["RRULE:FREQ=MONTHLY;BYDAY=2MO", "RRULE:FREQ=MONTHLY;BYDAY=4MO"], [SECOND, FOURTH]),
    "twice a day": (
        ["RRULE:FREQ=WEEKLY;BYHOUR=10,15;COUNT=3"],
        [
            "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;UNTIL=20260316;INTERVAL=1;BYDAY=MO",
            "Weekly, 2026-03-09 15:00 Europe/Paris, 60",
        ],
    ),
    "further dates": (
        ["RRULE:FREQ=WEEKLY", "RDATE;TZID=Europe/Paris:20260311T140000,20260401T090000"],
        [
            "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
            "Weekly, 2026-03-11 14:00 Europe/Paris, 60",
            "Weekly, 2026-04-01 09:00 Europe/Paris, 60",
        ],
    ),
    "a start off the rule": (
        ["RRULE:FREQ=WEEKLY;BYDAY=WE"],
        [
            "Weekly, 2026-03-09 10:00 Europe/Paris, 60",
            "Weekly, 2026-03-11 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=WE",
        ],
    ),
}


def irregular(*rules: str, summary: str = "Weekly @meet") -> str:
    """An event from Monday, 9 March 2026, on, ten to eleven in Paris."""
    return vevent(*rules, uid="week@x", summary=summary, start="20260309T100000", end="20260309T110000")


def starts(bridge: Bridge) -> list[str]:
    return [shown.split(", ")[1][5:16] for shown in bridge.conferences()]


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_conferences_share_the_dedicated_room_and_the_event_shows_it_once(bridge: Bridge, kind: str) -> None:
    rules, conferences = SEVERAL[kind]
    bridge.put("week", irregular(*rules))
    done = bridge.settle()
    assert (done.actions, done.puts) == (["create"] * len(conferences) + ["write-back"], ("week",))
    assert bridge.conferences() == conferences
    assert set(bridge.platform_rooms()) == {bridge.room("week")}


def test_the_plan_is_what_the_sync_does(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{TWICE_A_MONTH}"))
    planned = [(a.about.part, a.about.tier, a.about.schedule) for a in bridge.plan().plan.actions]
    done = bridge.settle()
    assert planned == [(a.about.part, a.about.tier, a.about.schedule) for a in done.report.plan.actions]
    assert planned[:2] == [("1", 4, "FREQ=MONTHLY;BYDAY=2MO"), ("2", 4, "FREQ=MONTHLY;BYDAY=4MO")]


def test_weeks_that_go_by_change_nothing(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{TWICE_A_MONTH}"))
    bridge.settle()
    for _ in range(6):
        bridge.clock.advance(days=11)
        assert bridge.sync().is_quiet
    assert bridge.conferences() == [SECOND, FOURTH]


def test_changed_and_cancelled_instances_are_those_of_their_own_series(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{TWICE_A_MONTH}"))
    bridge.settle()
    later = ("DTSTART;TZID=Europe/Paris:20260427T150000", "DTEND;TZID=Europe/Paris:20260427T160000")
    bridge.edit("week", lambda text: override(text, "20260427T100000", *later))
    bridge.change("week", "EXDATE;TZID=Europe/Paris:20260413T100000", of=None)
    done = bridge.settle()
    assert sorted(done.actions) == ["cancel-instance", "update-instance"]
    assert bridge.instances(2) == ["Weekly, 2026-04-27 15:00", "Weekly, 2026-05-11 10:00"]


def test_a_cancelled_instance_that_comes_back_replaces_its_own_series(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{TWICE_A_MONTH}", "EXDATE;TZID=Europe/Paris:20260427T100000"))
    bridge.settle()
    bridge.change("week", drop=("EXDATE",))
    done = bridge.settle()
    assert (done.actions, done.puts) == (["create", "cancel"], ())
    assert bridge.conferences() == [SECOND, FOURTH]


def test_an_edit_updates_every_series(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{TWICE_A_MONTH}"))
    bridge.settle()
    bridge.change("week", "SUMMARY:Round @meet")
    done = bridge.settle()
    assert (done.actions, done.puts) == (["update", "update"], ())


def test_single_dates_are_topped_up_as_time_goes_by(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{FIRST_WORKDAY}"))
    bridge.settle()
    assert starts(bridge) == ["03-09 10:00", "04-01 10:00", "05-01 10:00", "06-01 10:00"]
    room = bridge.room("week")
    for _ in range(8):
        bridge.clock.advance(days=7)
        topped = bridge.settle()
        assert set(topped.actions) <= {"create"}
        assert (topped.puts, topped.problems) == ((), [])
    assert starts(bridge)[-3:] == ["06-01 10:00", "07-01 10:00", "08-03 10:00"]
    assert bridge.room("week") == room


def test_a_single_date_that_is_moved_or_taken_out_follows(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{FIRST_WORKDAY}"))
    bridge.settle()
    later = ("DTSTART;TZID=Europe/Paris:20260402T150000", "DTEND;TZID=Europe/Paris:20260402T160000")
    bridge.edit("week", lambda text: override(text, "20260401T100000", *later))
    bridge.change("week", "EXDATE;TZID=Europe/Paris:20260501T100000")
    bridge.settle()
    assert starts(bridge) == ["03-09 10:00", "04-02 15:00", "06-01 10:00"]
    assert len(set(bridge.rooms("week"))) == 1


def test_the_next_date_is_there_even_beyond_the_horizon(bridge: Bridge) -> None:
    bridge.configure(conference='horizon = "1d"')
    bridge.put("week", irregular("RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "EXDATE;TZID=Europe/Paris:20260309T100000"))
    bridge.settle()
    assert starts(bridge) == ["05-11 10:00"]


RULES = {
    1: "FREQ=WEEKLY;BYDAY=MO",
    4: TWICE_A_MONTH,
    5: FIRST_WORKDAY,
}


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (1, 5), (5, 1), (4, 5), (5, 4)])
def test_a_meeting_that_moves_between_tiers_takes_its_old_conferences_along(
    bridge: Bridge, before: int, after: int
) -> None:
    bridge.put("week", irregular(f"RRULE:{RULES[before]}"))
    bridge.settle()
    old = set(bridge.platform_rooms())
    bridge.change("week", f"RRULE:{RULES[after]}")
    planned = bridge.plan().plan.actions
    done = bridge.settle()
    assert list(done.report.plan.actions) == list(planned)
    assert {a.about.tier for a in planned if type(a).__name__ == "Create"} == {after}
    assert set(bridge.platform_rooms()) == {bridge.room("week")}
    assert (set(bridge.platform_rooms()) == old) == (1 not in (before, after))


@pytest.mark.parametrize("rule", [TWICE_A_MONTH, FIRST_WORKDAY])
def test_after_a_loss_of_the_database_nothing_is_made_twice(bridge: Bridge, rule: str) -> None:
    bridge.put("week", irregular(f"RRULE:{rule}"))
    bridge.settle()
    conferences = bridge.conferences()
    bridge.clock.advance(hours=2)
    bridge.lose_store()
    done = bridge.settle()
    assert set(done.actions) == {"adopt"}
    assert (done.writes, done.puts) == ((), ())
    assert bridge.conferences() == conferences


@pytest.mark.parametrize("rule", [TWICE_A_MONTH, FIRST_WORKDAY])
def test_all_conferences_of_a_deleted_event_go(bridge: Bridge, rule: str) -> None:
    bridge.put("week", irregular(f"RRULE:{rule}"))
    bridge.put("other", vevent())
    bridge.settle()
    bridge.delete("week")
    bridge.end_of_grace()
    assert starts(bridge) == ["03-10 10:00"]


def test_only_overrides_left_of_a_series_of_dates_end_it_after_the_grace(bridge: Bridge) -> None:
    own = moved("20260401T100000", "20260402T150000", "20260402T160000")
    bridge.put("week", irregular(f"RRULE:{FIRST_WORKDAY}"), own)
    bridge.put("other", vevent())
    bridge.settle()
    bridge.edit("week", without_master)
    bridge.end_of_grace()
    assert starts(bridge) == ["03-10 10:00", "04-02 15:00"]


def test_a_lost_answer_makes_no_second_conference(bridge: Bridge) -> None:
    bridge.put("week", irregular(f"RRULE:{TWICE_A_MONTH}"))
    bridge.wires.answers_lost = True
    bridge.sync()
    bridge.wires.answers_lost = False
    bridge.sync()
    assert bridge.sync().is_quiet
    assert bridge.conferences() == [SECOND, FOURTH]


def test_irregular_series_are_skipped_where_that_is_wanted(bridge: Bridge) -> None:
    bridge.configure(conference='irregular = "skip"')
    bridge.put("week", irregular(f"RRULE:{TWICE_A_MONTH}"))
    done = bridge.settle()
    assert (done.actions, done.skipped) == ([], ["schedule.monthly-byday-one"])


def test_a_rule_below_the_day_is_skipped(bridge: Bridge) -> None:
    bridge.put("week", irregular("RRULE:FREQ=HOURLY"))
    assert bridge.settle().skipped == ["rrule.frequency"]

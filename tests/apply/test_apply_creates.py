"""Once and only once: what becomes of a create, whatever the platform answers."""

from dataclasses import replace

import pytest
from support.fakes import FakePlatform
from support.planning import POLICY, at, meeting, moved, sign, weekly
from support.stage import Stage

from calbridge.apply import Failed
from calbridge.core.marker import find
from calbridge.core.model import Conference
from calbridge.errors import NotSent, OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized
from calbridge.store import Store

NEVER_SENT = [NotSent, Throttled, Unauthorized]
THREE = [meeting("a"), meeting("b"), meeting("c")]


def agendas(platform: FakePlatform) -> list[str]:
    """The markers of all heads."""
    return [found.text for c in platform.rooms.heads if (found := find(c.agenda)) is not None]


def test_a_new_meeting_gets_a_room_that_its_event_shows(store: Store) -> None:
    stage = Stage(store, meeting())
    assert stage.sync() == ["create", "write-back"]
    assert "https://rooms.example.com/101" in stage.text()
    assert stage.sync() == []


def test_what_was_done_is_told_as_it_happens_and_returned_in_the_plans_order(store: Store) -> None:
    stage = Stage(store, *THREE)
    outcomes = stage.run(stage.plan())
    assert [o.action.about.uid for o in outcomes] == ["a", "a", "b", "b", "c", "c"]
    assert sorted(map(id, stage.done)) == sorted(map(id, outcomes))


def test_an_intent_becomes_a_mapping(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    assert stage.memory().intents == ()
    assert (stage.mapping.conference_id, stage.mapping.created) == (101, True)


@pytest.mark.parametrize("happened", [True, False])
def test_an_unknown_outcome_keeps_the_intent_and_nothing_is_repeated(store: Store, happened: bool) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", OutcomeUnknown, effect=happened)
    assert stage.sync() == ["create failed: platform.outcomeunknown", "write-back waits"]
    assert [i.marker for i in stage.memory().intents] == [sign()]
    assert stage.platform.writes == ["create"]


def test_one_that_happened_is_adopted_by_the_next_pass(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", OutcomeUnknown, effect=True)
    stage.sync()
    assert stage.sync() == ["adopt", "write-back"]
    assert (stage.memory().intents, stage.platform.writes, stage.sync()) == ((), ["create"], [])


def test_one_that_never_happened_is_sent_again_after_two_late_looks(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", OutcomeUnknown)
    passes = [stage.sync()]
    for _ in range(3):
        stage.later(minutes=2)
        passes.append(stage.sync())
    assert passes[1:] == [["conference.pending"], ["create", "write-back"], []]
    assert agendas(stage.platform) == [sign()]


def test_a_look_that_fails_counts_for_nothing(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", OutcomeUnknown)
    stage.platform.fails("listing", OutcomeUnknown, times=5)
    for _ in range(6):
        stage.sync()
        stage.later(hours=1)
    assert stage.platform.writes == ["create"]


@pytest.mark.parametrize("kind", NEVER_SENT)
def test_a_create_that_was_never_sent_leaves_no_intent_and_stops_the_account(
    store: Store, kind: type[PlatformError]
) -> None:
    stage = Stage(store, *THREE)
    stage.platform.fails("create", kind)
    outcomes = stage.run(stage.plan())
    assert [type(o) for o in outcomes].count(Failed) == 1
    assert [stage.memory(uid).intents for uid in "abc"] == [(), (), ()]
    assert stage.platform.writes == ["create"]


@pytest.mark.parametrize("kind", NEVER_SENT)
def test_the_next_pass_sends_it(store: Store, kind: type[PlatformError]) -> None:
    stage = Stage(store, *THREE)
    stage.platform.fails("create", kind)
    stage.sync()
    assert stage.sync() == ["create", "write-back"] * 3
    assert len(agendas(stage.platform)) == 3


def test_a_refused_token_is_no_refusal_of_the_meeting(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", Unauthorized)
    stage.sync()
    assert stage.memory().refusals == ()


def test_a_refused_create_is_kept_in_the_platforms_words_and_not_sent_again(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", Refused, message="Subject is too long")
    assert stage.sync() == ["create failed: conference.refused", "write-back waits"]
    assert [r.problem.reason for r in stage.memory().refusals] == ["Subject is too long"]
    assert stage.sync() == ["conference.refused"]
    assert (stage.memory().intents, stage.platform.writes) == ((), ["create"])


def test_a_refused_create_is_sent_again_with_full_and_then_forgotten(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", Refused)
    stage.sync()
    assert stage.sync(full=True) == ["create", "write-back"]
    assert stage.memory().refusals == ()


def test_one_meetings_refusal_does_not_stop_the_others(store: Store) -> None:
    stage = Stage(store, *THREE)
    stage.platform.fails("create", Refused)
    assert stage.sync().count("create") == 2


def unmarked(conference: Conference) -> Conference:
    return replace(conference, agenda="cut off")


def test_an_answer_without_the_marker_stops_creating(store: Store) -> None:
    stage = Stage(store, *THREE)
    stage.platform.tamper = unmarked
    said = stage.sync()
    assert said[:2] == ["create failed: platform.marker", "write-back waits"]
    assert said[2:] == ["create waits", "write-back waits"] * 2
    assert stage.platform.writes == ["create"]


def test_what_was_created_without_the_marker_is_remembered_by_its_id(store: Store) -> None:
    stage = Stage(store, *THREE)
    stage.platform.tamper = unmarked
    stage.sync()
    assert stage.mapping.conference_id == 101
    assert [stage.memory(uid).intents for uid in "abc"] == [(), (), ()]


@pytest.mark.parametrize(
    "url", ["http://rooms.example.com/1", "https://u:p@rooms.example.com/1", "https://rooms.example.com/a b", ""]
)
def test_a_bad_room_url_is_never_written(store: Store, url: str) -> None:
    stage = Stage(store, meeting())
    stage.platform.tamper = lambda conference: replace(conference, room_url=url)
    first = stage.sync()
    assert first[0].startswith("create failed: room-url.")
    assert first[1:] == ["write-back waits"]
    assert stage.sync() == ["room.url"]
    assert (stage.calendars.puts, stage.mapping.room_url, stage.platform.writes) == ([], "", ["create"])


def test_a_room_url_that_becomes_usable_is_written(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.tamper = lambda conference: replace(conference, room_url="")
    stage.sync()
    stage.platform.tamper = lambda conference: conference
    stage.sync()
    assert stage.sync() == ["write-back"]
    assert "https://rooms.example.com/101" in stage.text()


def test_a_room_url_is_encoded_for_calendar_servers(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.tamper = lambda conference: replace(conference, room_url="https://rooms.example.com/a,b")
    stage.sync()
    assert stage.mapping.room_url == "https://rooms.example.com/a%2Cb"


def test_a_pin_is_drawn_sent_and_remembered(store: Store) -> None:
    pins = replace(POLICY, conference=replace(POLICY.conference, security_pin="random"))
    stage = Stage(store, meeting(), policy=pins)
    stage.sync()
    pin = stage.mapping.security_pin
    assert pin is not None
    assert len(pin) == 6
    assert [c.security_pin for c in stage.platform.rooms.heads] == [pin]
    assert pin in stage.text()


def test_what_is_adopted_is_not_adopted_twice(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", OutcomeUnknown, effect=True)
    stage.sync()
    plan = stage.plan()
    stage.run(plan)
    assert type(stage.run(plan)[0]).__name__ == "Held"
    assert len(stage.memory().mappings) == 1


def test_replacing_retires_the_old_one_until_the_event_is_written(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.sync()
    stage.replace_event(weekly(moved(at(17), at(18))))
    assert stage.sync() == ["create", "update-instance", "write-back", "cancel replaced"]
    assert [c.schedule for c in stage.platform.rooms.heads] == ["FREQ=WEEKLY;BYDAY=TU"]
    assert (stage.mapping.gen, stage.sync()) == (2, [])


def test_after_five_creates_that_nobody_answers_no_more_are_sent_in_this_pass(store: Store) -> None:
    stage = Stage(store, *(meeting(f"{number:03}") for number in range(40)))
    stage.platform.fails("create", OutcomeUnknown, times=40)
    said = stage.sync()
    sent = stage.platform.calls.count("create")
    assert 5 <= sent <= 16  # those of one batch are under way at once
    assert said.count("create failed: platform.outcomeunknown") == sent
    assert said.count("create waits") == 40 - sent
    assert sum(len(stage.memory(f"{number:03}").intents) for number in range(40)) == sent


def test_a_create_that_is_answered_ends_the_row_of_those_that_are_not(store: Store) -> None:
    stage = Stage(store, *(meeting(f"{number:03}") for number in range(40)))
    stage.platform.fails("create", OutcomeUnknown, times=4)
    said = stage.sync()
    assert (said.count("create"), said.count("create waits")) == (36, 0)

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.problem import Problem
from calbridge.core.remembered import Absence, Exceptional, Intent, Mapping, Memory, Refusal
from calbridge.errors import StoreError
from calbridge.store import Store

UID = "standup@example.com"
MAPPING = Mapping(
    host_id=9,
    uid=UID,
    part="m",
    gen=1,
    conference_id=4711,
    room_url="https://acme.example.com/room/4711",
    one_time=True,
    recurring=True,
    sent="f1",
    timing="t1",
    rule="r1",
    anchor=datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Paris")),
    until=None,
    calendar="https://dav.example.com/alice/work/",
    href="https://dav.example.com/alice/work/standup.ics",
    policy="p1",
)
INTENT = Intent("cb1-main-tag-m.1", 9, UID, "m", 1, datetime(2026, 1, 5, 8, tzinfo=UTC))
INSTANCE = Exceptional(9, UID, 1, "20260112T080000Z", None, "cancelled")
REFUSAL = Refusal(9, UID, "m", "f1", Problem("event", "platform.refused", "subject too long", "shorten it"))
ABSENCE = Absence(9, UID, "gone", datetime(2026, 1, 5, 8, tzinfo=UTC), 1)


def test_an_intent_becomes_a_mapping(store: Store) -> None:
    store.meetings.save_intents([INTENT, replace(INTENT, marker="cb1-main-tag-m.2", gen=2)])

    store.meetings.create_done(INTENT.marker, MAPPING)

    memory = store.meetings.memories(9)[UID]
    assert memory.mappings == (MAPPING,)
    assert [intent.gen for intent in memory.intents] == [2]


def test_an_intent_stays_where_its_mapping_cannot_be_saved(store: Store) -> None:
    store.meetings.save_intents([INTENT])

    with pytest.raises(StoreError):
        store.meetings.create_done(INTENT.marker, replace(MAPPING, anchor=datetime(2026, 1, 5, 9)))  # noqa: DTZ001 - it must be refused

    assert store.meetings.memories(9)[UID] == Memory(intents=(INTENT,))


def test_a_batch_of_intents_is_saved_whole_or_not_at_all(store: Store) -> None:
    naive = replace(INTENT, marker="other", posted=datetime(2026, 1, 5, 8))  # noqa: DTZ001 - it must be refused

    with pytest.raises(StoreError):
        store.meetings.save_intents([INTENT, naive])

    assert store.meetings.memories(9) == {}


def test_memory_holds_everything_of_a_meeting_and_of_this_host_only(store: Store) -> None:
    store.meetings.save_mapping(MAPPING)
    store.meetings.save_mapping(replace(MAPPING, host_id=10))
    store.meetings.save_exceptional(INSTANCE)
    store.meetings.save_intents([INTENT])
    store.meetings.save_refusal(REFUSAL)
    store.meetings.save_absence(ABSENCE)

    assert store.meetings.memories(9) == {UID: Memory((MAPPING,), (INSTANCE,), (INTENT,), (REFUSAL,), ABSENCE)}


def test_what_is_saved_again_replaces_what_was_said(store: Store) -> None:
    store.meetings.save_mapping(MAPPING)
    store.meetings.save_exceptional(INSTANCE)
    store.meetings.save_intents([INTENT])
    changed = replace(MAPPING, sent="f2", state="retired")
    verified = replace(INSTANCE, state="changed", conference_id=4712, sent="f3")
    missed = replace(INTENT, misses=1)

    store.meetings.save_mapping(changed)
    store.meetings.save_exceptional(verified)
    store.meetings.save_intents([missed])

    assert store.meetings.memories(9)[UID] == Memory((changed,), (verified,), (missed,))


def test_parts_and_generations_come_in_order(store: Store) -> None:
    for part, gen in (("m", 2), ("20260105T090000Z", 1), ("m", 1)):
        store.meetings.save_mapping(replace(MAPPING, part=part, gen=gen))

    found = [(mapping.part, mapping.gen) for mapping in store.meetings.memories(9)[UID].mappings]

    assert found == [("20260105T090000Z", 1), ("m", 1), ("m", 2)]


def test_a_series_takes_the_instances_of_its_generation_with_it(store: Store) -> None:
    next_one = replace(INSTANCE, gen=2)
    store.meetings.save_mapping(MAPPING)
    store.meetings.save_exceptional(INSTANCE, next_one)

    store.meetings.delete_mapping(MAPPING)

    assert store.meetings.memories(9)[UID] == Memory(exceptional=(next_one,))


def test_a_lone_instance_takes_nothing_else_with_it(store: Store) -> None:
    lone = replace(MAPPING, part="20260105T090000Z")
    store.meetings.save_mapping(MAPPING)
    store.meetings.save_mapping(lone)
    store.meetings.save_exceptional(INSTANCE)

    store.meetings.delete_mapping(lone)

    assert store.meetings.memories(9)[UID] == Memory((MAPPING,), (INSTANCE,))


def test_an_instance_like_the_others_again_is_forgotten(store: Store) -> None:
    other = replace(INSTANCE, instance="20260119T080000Z")
    store.meetings.save_exceptional(INSTANCE, other)

    store.meetings.delete_exceptional(INSTANCE)

    assert store.meetings.memories(9)[UID].exceptional == (other,)


def test_the_instances_of_one_meeting_are_read_alone(store: Store) -> None:
    later = replace(INSTANCE, instance="20260119T080000Z", gen=2)
    store.meetings.save_exceptional(later, INSTANCE, replace(INSTANCE, host_id=10), replace(INSTANCE, uid="other"))

    assert store.meetings.exceptional(9, UID) == (INSTANCE, later)


@pytest.mark.parametrize(("part", "left"), [("m", ["2"]), (None, [])])
def test_refusals_are_forgotten_by_part_or_together(store: Store, part: str | None, left: list[str]) -> None:
    store.meetings.save_refusal(REFUSAL)
    store.meetings.save_refusal(replace(REFUSAL, part="2"))

    store.meetings.delete_refusals(9, UID, part)

    assert [refusal.part for refusal in store.meetings.memories(9).get(UID, Memory()).refusals] == left


def test_an_absence_ends(store: Store) -> None:
    store.meetings.save_absence(ABSENCE)
    store.meetings.save_absence(replace(ABSENCE, passes=2))
    assert store.meetings.memories(9)[UID].absence == replace(ABSENCE, passes=2)

    store.meetings.delete_absence(9, UID)

    assert store.meetings.memories(9) == {}


def test_forgetting_a_meeting_leaves_the_others(store: Store) -> None:
    neighbour = replace(MAPPING, uid="other@example.com")
    for mapping in (MAPPING, neighbour):
        store.meetings.save_mapping(mapping)
    store.meetings.save_intents([INTENT])
    store.meetings.save_exceptional(INSTANCE)
    store.meetings.save_refusal(REFUSAL)
    store.meetings.save_absence(ABSENCE)

    store.meetings.forget(9, UID)

    assert store.meetings.memories(9) == {neighbour.uid: Memory((neighbour,))}


def test_meetings_are_counted_once_and_while_live(store: Store) -> None:
    store.meetings.save_mapping(MAPPING)
    store.meetings.save_mapping(replace(MAPPING, part="20260105T090000Z"))
    store.meetings.save_mapping(replace(MAPPING, uid="ended@example.com", state="retired"))
    store.meetings.save_mapping(replace(MAPPING, host_id=10))

    assert store.meetings.count(9) == 1
    assert store.meetings.count() == 2


def test_a_transaction_keeps_all_or_nothing(store: Store) -> None:
    def write_and_fail() -> None:
        with store.transaction():
            store.meetings.save_mapping(MAPPING)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()

    assert store.meetings.memories(9) == {}


def test_a_failure_inside_a_transaction_undoes_its_own_writes_only(store: Store) -> None:
    with store.transaction():
        store.meetings.save_mapping(MAPPING)
        with pytest.raises(StoreError):
            store.meetings.save_intents([INTENT, replace(INTENT, marker="b", host_id=2**70)])

    assert store.meetings.memories(9) == {UID: Memory((MAPPING,))}


def test_no_secret_shows_in_a_failure(store: Store) -> None:
    secret = replace(MAPPING, security_pin="8472", host_id=2**70)

    with pytest.raises(StoreError) as failed:
        store.meetings.save_mapping(secret)

    assert "8472" not in f"{failed.value} {failed.value.problem} {failed.value.__cause__!r}"
    assert "room/4711" not in f"{failed.value} {failed.value.problem} {failed.value.__cause__!r}"


def test_hundreds_of_meetings_are_five_queries(store: Store) -> None:
    with store.transaction():
        for number in range(500):
            store.meetings.save_mapping(replace(MAPPING, uid=f"{number}@example.com"))
    statements: list[str] = []
    store._database.raw.set_trace_callback(statements.append)

    found = store.meetings.memories(9)

    assert len(found) == 500
    assert sum(statement.startswith("SELECT") for statement in statements) == 5

"""What the store keeps in memory of itself is what it would count, and what is under way is never overlooked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.core.problem import Problem
from calbridge.core.remembered import Absence, Exceptional, Intent, Mapping, Refusal, Stray
from calbridge.store import Store

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MAPPING = Mapping(
    host_id=9,
    uid="a@example.com",
    part="m",
    gen=1,
    conference_id=1,
    room_url="https://acme.example.com/1",
    one_time=True,
    recurring=False,
    sent="f",
    timing="t",
    rule="r",
    anchor=NOW,
    until=None,
    calendar="https://dav.example.com/",
    href="https://dav.example.com/a.ics",
    policy="p",
)
STATES: tuple[Literal["live", "ending", "retired", "lost"], ...] = ("live", "ending", "retired", "lost")


class _Undone(Exception):
    """A transaction that is given up."""


mappings = st.builds(
    lambda uid, part, state: replace(MAPPING, uid=uid, part=part, state=state),
    st.sampled_from(["a@example.com", "b@example.com"]),
    st.sampled_from(["m", "2"]),
    st.sampled_from(STATES),
)
steps = st.lists(st.tuples(st.sampled_from(["save", "delete", "forget"]), mappings, st.booleans()), max_size=12)


@given(steps)
def test_the_count_of_rooms_follows_every_write_and_every_write_undone(
    done: list[tuple[Literal["save", "delete", "forget"], Mapping, bool]],
) -> None:
    with Store.memory() as store:
        for act, mapping, undone in done:
            _write(store, act, mapping, undone=undone)
            afresh = len(
                {(m.host_id, m.uid) for each in store.meetings.memories(9).values() for m in each.mappings if m.is_held}
            )
            assert store.meetings.count() == afresh


def _write(store: Store, act: str, mapping: Mapping, *, undone: bool) -> None:
    writes: dict[str, Callable[[], None]] = {
        "save": lambda: store.meetings.save_mapping(mapping),
        "delete": lambda: store.meetings.delete_mapping(mapping),
        "forget": lambda: store.meetings.forget(mapping.host_id, mapping.uid),
    }
    try:
        with store.transaction():
            writes[act]()
            store.meetings.count()
            if undone:
                raise _Undone
    except _Undone:
        pass


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.meetings.save_intents([Intent("cb1-main-a-m.1", 9, "a@example.com", "m", 1, NOW)]),
        lambda store: store.meetings.save_absence(Absence(9, "a@example.com", "gone", NOW, 1)),
        lambda store: store.meetings.save_refusal(Refusal(9, "a@example.com", "m", "f", Problem("a", "b.c", "d", "e"))),
        lambda store: store.meetings.save_stray(Stray(5, 9, "cb1-main-a-m.1", NOW, 1)),
        lambda store: store.meetings.save_mapping(replace(MAPPING, state="ending")),
        lambda store: store.meetings.save_exceptional(
            Exceptional(9, "a@example.com", 1, "20260112T080000Z", None, "changed", verified=False)
        ),
    ],
)
def test_what_is_under_way_is_unfinished(store: Store, write: Callable[[Store], None]) -> None:
    store.meetings.save_mapping(MAPPING)
    store.meetings.save_exceptional(Exceptional(9, "a@example.com", 1, "20260119T080000Z", None, "cancelled"))
    assert not store.meetings.unfinished(9)
    write(store)
    assert store.meetings.unfinished(9)
    assert not store.meetings.unfinished(10)

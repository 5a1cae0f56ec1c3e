from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.problem import Problem
from calbridge.core.roomless import Roomless
from calbridge.errors import StoreError
from calbridge.store import Standing, Store

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROOMLESS = Roomless(
    "https://dav.example.com/work/",
    "a@example.com",
    None,
    "Réunion",
    datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1),
    "conference.refused",
    "the platform said no",
    "ask it again",
)
ALICE = Standing(
    host="alice",
    host_id=9,
    tried=NOW,
    good=NOW - timedelta(minutes=1),
    failures=1,
    next_run=NOW + timedelta(minutes=1),
    interval=timedelta(minutes=1),
    lag=timedelta(milliseconds=1500),
    meetings=3,
    problems=(Problem("https://dav.example.com/", "calendar.unreachable", "no answer", "wait"),),
    skipped=(replace(ROOMLESS, start=date(2026, 3, 1)), replace(ROOMLESS, start=None, subject="\udcff")),
    more=2,
    waiting=(ROOMLESS,),
    withheld=0,
)


def test_standings_come_back_as_they_were_saved(store: Store) -> None:
    bob = replace(ALICE, host="bob", host_id=None, good=None, next_run=None, problems=(), skipped=(), waiting=())

    store.standings.save(bob, ALICE)

    assert store.standings.all() == (ALICE, bob)
    assert [each.start for each in store.standings.all()[0].waiting] == [ROOMLESS.start]
    assert store.standings.get("bob") == bob
    assert store.standings.get("carol") is None


def test_a_host_has_one_standing_and_none_once_she_is_forgotten(store: Store) -> None:
    store.standings.save(replace(ALICE, failures=7), ALICE)

    assert store.standings.all() == (ALICE,)
    store.standings.delete("alice", "nobody")
    assert store.standings.all() == ()


@pytest.mark.parametrize("said", ["[{}]", "nonsense", '[{"start": 5}]'])
def test_a_standing_that_was_edited_by_hand_is_a_damaged_database(store: Store, said: str) -> None:
    store.standings.save(ALICE)
    store._database.raw.execute("UPDATE standings SET waiting = ?", (said,))

    with pytest.raises(StoreError) as raised:
        store.standings.all()

    assert raised.value.problem.rule == "store.corrupt"

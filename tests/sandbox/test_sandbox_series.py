from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.sandbox_account import Account, Json, MovableClock, meeting

from calbridge.sandbox import Settings, running

WEEKLY = "FREQ=WEEKLY;BYDAY=MO;COUNT=4"
DAYS = ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"]


@contextmanager
def serving(clock: MovableClock | None = None, **settings: Any) -> Iterator[Account]:  # Any: fields of Settings
    with running(Settings(clock=clock or MovableClock(), **settings)) as sandbox:
        yield Account(sandbox)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with serving() as account:
        yield account


def days(conferences: list[Json]) -> list[str]:
    return [conference["start"][:10] for conference in conferences]


def ids(conferences: list[Json]) -> list[int]:
    return [conference["conference_id"] for conference in conferences]


def test_the_master_stands_for_the_first_instance(account: Account) -> None:
    master = account.create(schedule=WEEKLY)

    assert (master["is_master"], master["master_id"]) == (True, master["conference_id"])
    assert master["schedule"] == "FREQ=WEEKLY;COUNT=4;INTERVAL=1;BYDAY=MO"
    assert days(account.children(master)) == DAYS[1:]


def test_the_first_instance_has_a_child_of_its_own_where_that_is_the_reading() -> None:
    with serving(first_instance_child=True) as account:
        master = account.create(schedule=WEEKLY)

        assert days(account.children(master)) == DAYS
        assert len(account.listing()) == 5


def test_a_child_has_an_id_of_its_own_and_shares_the_series_room(account: Account) -> None:
    master = account.create(schedule=WEEKLY, secure_url=True)

    child = account.children(master)[0]

    assert child == account.fetch(child)
    assert child["conference_id"] != master["conference_id"]
    shared = ("room_url", "one_time_access_code", "moderator_token", "schedule", "subject", "master_id", "time_zone")
    assert [child[key] for key in shared] == [master[key] for key in shared]


def test_a_start_off_the_schedule_moves_to_its_first_date(account: Account) -> None:
    master = account.create(schedule=WEEKLY, start="2026-01-01 09:00:00")

    assert master["start"] == "2026-01-05 09:00:00"
    assert days(account.children(master)) == DAYS[1:]


def test_children_keep_their_wall_time_through_dst_and_move_on_with_a_gap(account: Account) -> None:
    master = account.create(schedule="FREQ=DAILY;COUNT=4", start="2026-03-27 02:30:00")

    times = [child["start"] for child in account.children(master)]

    assert times == ["2026-03-28 02:30:00", "2026-03-29 03:30:00", "2026-03-30 02:30:00"]


def test_updating_a_child_changes_this_instance_only(account: Account) -> None:
    master = account.create(schedule=WEEKLY)
    child = account.children(master)[1]

    account.update(child, subject="Moved", start="2026-01-20 15:00:00", duration=30)

    assert days(account.children(master)) == ["2026-01-12", "2026-01-20", "2026-01-26"]
    assert [one["subject"] for one in account.children(master)] == ["Planning", "Moved", "Planning"]
    assert account.fetch(child)["schedule"] == master["schedule"]


def test_a_child_can_not_carry_the_schedule(account: Account) -> None:
    child = account.children(account.create(schedule=WEEKLY))[0]
    fields = meeting(conference_id=child["conference_id"], schedule=WEEKLY)
    del fields["host_id"]

    status, content = account.post("conference/update", **fields)

    assert (status, content) == (400, {"message": "Can only include schedule details in the master conference"})
    assert account.fetch(child) == child


def test_cancelling_a_child_removes_this_instance_only(account: Account) -> None:
    master = account.create(schedule=WEEKLY)

    account.cancel(account.children(master)[0])

    assert days(account.children(master)) == DAYS[2:]
    assert account.fetch(master) == master


def test_cancelling_the_master_removes_every_instance(account: Account) -> None:
    master = account.create(schedule=WEEKLY)
    child = account.children(master)[0]

    account.cancel(master)

    assert account.children(master) == []
    for one in (master, child):
        assert account.post("conference/fetch", conference_id=one["conference_id"])[0] == 404


@pytest.mark.parametrize("schedule", [{}, {"schedule": WEEKLY}, {"schedule": "BYDAY=MO;FREQ=WEEKLY;COUNT=4"}])
def test_a_masters_other_fields_reach_all_children_but_changed_and_cancelled_ones(
    account: Account, schedule: dict[str, str]
) -> None:
    master = account.create(schedule=WEEKLY)
    moved, cancelled, plain = account.children(master)
    moved = account.update(moved, subject="Moved", start="2026-01-13 09:00:00")
    account.cancel(cancelled)

    account.update(master, subject="New", duration=90, **schedule)

    assert account.children(master) == [moved, account.fetch(plain)]
    assert (account.fetch(plain)["subject"], account.fetch(plain)["end_time"]) == ("New", "2026-01-26 10:30:00")


def test_every_update_of_a_master_resets_its_children_where_that_is_the_reading() -> None:
    with serving(reset_children_on_update=True) as account:
        master = account.create(schedule=WEEKLY)
        children = account.children(master)
        account.update(children[0], subject="Moved", start="2026-01-13 09:00:00", time_zone="UTC", duration=30)
        account.cancel(children[1])

        account.update(master, subject="New", duration=90)

        reset = account.children(master)
        assert ids(reset) == ids(children)
        assert [(one["subject"], one["start"], one["end_time"], one["time_zone"]) for one in reset] == [
            ("New", f"{day} 09:00:00", f"{day} 10:30:00", "Europe/Paris") for day in DAYS[1:]
        ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"schedule": "FREQ=WEEKLY;BYDAY=MO;COUNT=3"}, ["2026-01-12 09:00", "2026-01-19 09:00"]),
        (
            {"start": "2026-01-05 10:00:00"},
            ["2026-01-12 10:00", "2026-01-19 10:00", "2026-01-26 10:00"],
        ),
        (
            {"time_zone": "America/New_York"},
            ["2026-01-12 09:00", "2026-01-19 09:00", "2026-01-26 09:00"],
        ),
    ],
)
def test_a_new_schedule_start_or_zone_makes_all_children_anew(
    account: Account, fields: dict[str, str], expected: list[str]
) -> None:
    master = account.create(schedule=WEEKLY)
    before = account.children(master)
    account.cancel(before[0])
    account.update(before[1], subject="Changed")

    account.update(master, **fields)

    after = account.children(master)
    assert [one["start"][:16] for one in after] == expected
    assert {one["subject"] for one in after} == {"Planning"}
    assert not set(ids(before)) & set(ids(after))
    assert account.post("conference/fetch", conference_id=before[2]["conference_id"])[0] == 404


def test_the_access_code_keeps_when_the_children_are_made_anew(account: Account) -> None:
    master = account.create(schedule=WEEKLY)

    account.update(master, start="2026-01-05 11:00:00")

    assert {one["room_url"] for one in account.children(master)} == {master["room_url"]}


def test_children_of_an_endless_series_come_into_view_as_time_goes_by() -> None:
    clock = MovableClock()
    with serving(clock) as account:
        master = account.create(schedule="FREQ=MONTHLY;BYMONTHDAY=1")
        first = account.children(master)
        account.cancel(first[-1])

        clock.advance(days=62)
        account.renew()
        later = account.children(master)

    assert (days(first)[0], days(first)[-1], len(first)) == ("2026-03-01", "2027-06-01", 16)
    assert days(later)[-4:] == ["2027-05-01", "2027-07-01", "2027-08-01", "2027-09-01"]
    assert ids(later[:-3]) == ids(first[1:-1])


@pytest.mark.parametrize(("stays", "listed"), [(True, [True, False, False]), (False, [False, False])])
def test_whether_a_master_stays_listed_after_its_first_date_is_a_setting(stays: bool, listed: list[bool]) -> None:
    clock = MovableClock()
    with serving(clock, master_stays_listed=stays) as account:
        master = account.create(schedule=WEEKLY)
        clock.advance(days=12)
        account.renew()

        assert [one["is_master"] for one in account.listing()] == listed
        assert days(account.children(master)) == DAYS[2:]
        assert account.fetch(master)["is_master"] is True


def test_a_series_that_is_over_is_not_listed_at_all() -> None:
    clock = MovableClock()
    with serving(clock) as account:
        master = account.create(schedule=WEEKLY)
        clock.advance(days=40)
        account.renew()

        assert account.listing() == []
        assert account.fetch(master)["conference_id"] == master["conference_id"]


def test_a_series_long_begun_has_only_children_still_to_come() -> None:
    with serving() as account:
        master = account.create(schedule="FREQ=WEEKLY;BYDAY=WE;UNTIL=20260114", start="2025-10-01 09:00:00")

        assert days(account.children(master)) == ["2026-01-07", "2026-01-14"]
        assert [one["is_master"] for one in account.listing()] == [True, False, False]


def test_updating_a_begun_series_without_touching_its_timing_keeps_its_children() -> None:
    clock = MovableClock()
    with serving(clock, refuse_past_start=True) as account:
        master = account.create(schedule=WEEKLY)
        clock.advance(days=12)
        account.renew()
        before = account.children(master)

        account.update(master, subject="New", schedule=WEEKLY)

        after = account.children(master)
        assert ids(after) == ids(before)
        assert {one["subject"] for one in after} == {"New"}

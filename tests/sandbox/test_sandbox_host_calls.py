from collections.abc import Iterator
from pathlib import Path
from typing import Any

import niquests
import pytest
from support.sandbox_account import Account, MovableClock, meeting
from support.sandbox_client import Client, client

from calbridge.enterprise import conference, host
from calbridge.enterprise.endpoint import Endpoint
from calbridge.sandbox import RunningSandbox, Settings, attendance, bookings, running
from calbridge.sandbox.attendance import Guest, Participant
from calbridge.sandbox.bookings import Conference
from calbridge.sandbox.resources import open_state

NOT_A_DATE = "start_date is not a date of the calendar"


class Door:
    """The sandbox's rooms, entered without a browser."""

    def __init__(self, data: Path, clock: MovableClock) -> None:
        self._state = open_state(data)
        self._clock = clock

    def enter(self, conference_id: int, name: str, email: str | None = None) -> str:
        with self._state.transaction():
            guest = Guest(name, email, moderator=False)
            return attendance.join(self._state, bookings.live(self._state, conference_id), guest, self._clock.now)

    def leave(self, ticket: str) -> None:
        with self._state.transaction():
            who, where = self._found(ticket)
            attendance.leave(self._state, where, who, self._clock.now)

    def say(self, ticket: str, content: str) -> None:
        with self._state.transaction():
            who, where = self._found(ticket)
            attendance.say(self._state, where, who, content, self._clock.now)

    def visit(self, conference_id: int, name: str, email: str | None = None, **duration: float) -> None:
        ticket = self.enter(conference_id, name, email)
        self._clock.advance(**duration)
        self.leave(ticket)

    def close(self) -> None:
        self._state.close()

    def _found(self, ticket: str) -> tuple[Participant, Conference]:
        who = attendance.by_ticket(self._state, ticket)
        assert who is not None
        return who, bookings.live(self._state, who.conference_id)


@pytest.fixture
def settings(tmp_path: Path, clock: MovableClock) -> Settings:
    return Settings(data=tmp_path / "sandbox.db", clock=clock)


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[RunningSandbox]:
    with running(settings) as sandbox:
        yield sandbox


@pytest.fixture
def account(sandbox: RunningSandbox) -> Iterator[Client]:
    with client(sandbox, "sandbox-token") as account:
        yield account


@pytest.fixture
def door(sandbox: RunningSandbox, settings: Settings, clock: MovableClock) -> Iterator[Door]:
    assert settings.data is not None
    door = Door(settings.data, clock)
    yield door
    door.close()


def make(account: Client, start: str = "2026-01-01 00:30:00", **fields: Any) -> int:
    """A conference of an hour in UTC, half an hour after the clock's start."""
    made = account.call(conference.CREATE, **meeting(start=start, time_zone="UTC", **fields))
    return made.conference_id


def past(account: Client, **fields: Any) -> list[int]:
    """Ids of host 9's past conferences."""
    return [row.conference_id for page in account.pages(host.CONFERENCES, host_id=9, **fields) for row in page]


def test_a_past_conference_is_told_in_numbers(
    sandbox: RunningSandbox, account: Client, door: Door, clock: MovableClock
) -> None:
    id_ = make(account)
    clock.advance(minutes=30)
    door.visit(id_, "Ann", minutes=10)
    door.visit(id_, "Ben", minutes=4, seconds=1)
    assert past(account) == []
    clock.advance(minutes=50)

    [row] = account.call(host.CONFERENCES, host_id=9, time_zone="Asia/Tokyo")

    assert row.model_dump() == {
        "conference_id": id_,
        "start_time": "2026-01-01 09:30:00",
        "end_time": "2026-01-01 10:30:00",
        "total_participants": 2,
        "total_participant_minutes": 15,
        "meeting_summary_url": f"{sandbox.url}/conf/summary/{id_}",
    }
    assert account.call(host.CONFERENCES, host_id=9, output="summary")[0].start_time == "2026-01-01 00:30:00"


def test_a_conference_is_past_once_its_time_is_over_and_all_have_left(
    account: Client, door: Door, clock: MovableClock
) -> None:
    id_ = make(account)
    clock.advance(minutes=60)
    ticket = door.enter(id_, "Ann")
    clock.advance(minutes=50)
    assert past(account) == []

    door.leave(ticket)

    [row] = account.call(host.CONFERENCES, host_id=9)
    assert (row.end_time, row.total_participant_minutes) == ("2026-01-01 01:50:00", 50)


def test_cancelled_and_unattended_conferences_are_listed_too(account: Client, clock: MovableClock) -> None:
    cancelled, unattended = make(account), make(account, start="2026-01-01 00:40:00")
    account.call(conference.CANCEL, conference_id=cancelled)
    clock.advance(hours=2)

    in_detail = account.call(host.CONFERENCES_DETAIL, host_id=9)

    assert past(account) == [cancelled, unattended]
    assert [(row.conference_id, row.cancelled) for row in in_detail] == [(cancelled, True), (unattended, False)]


def test_past_conferences_come_in_pages_of_ten(account: Client, clock: MovableClock) -> None:
    make(account, schedule="FREQ=DAILY;COUNT=12")
    make(account, start="2026-01-03 00:30:00")
    clock.advance(days=30)

    pages = account.pages(host.CONFERENCES, host_id=9)

    assert [len(page) for page in pages] == [10, 3]
    starts = [row.start_time or "" for page in pages for row in page]
    assert starts == sorted(starts)
    assert [start[8:10] for start in starts] == [f"{day:02}" for day in (1, 2, 3, 3, *range(4, 13))]
    assert account.refused(host.CONFERENCES, host_id=9, page="2") == (
        400,
        "page is not the next_page of a previous response",
    )


def test_a_first_instance_with_a_child_is_past_once_and_a_bare_array_has_no_pages(clock: MovableClock) -> None:
    with (
        running(Settings(clock=clock, first_instance_child=True, listing="array")) as sandbox,
        client(sandbox, "sandbox-token") as account,
    ):
        make(account, schedule="FREQ=DAILY;COUNT=12")
        clock.advance(days=30)

        assert len(Account(sandbox).accepted("host/conferences", host_id=9)) == 12
        [page] = account.pages(host.CONFERENCES, host_id=9)
        assert len(page) == 12


# start_date, end_date, time_zone -> days of January of the daily conferences at 23:30 UTC
PERIODS = [
    ({}, [1, 2, 3]),
    ({"start_date": "2026-01-02"}, [2, 3]),
    ({"end_date": "2026-01-02"}, [1, 2]),
    ({"start_date": "2026-01-02", "end_date": "2026-01-02"}, [2]),
    ({"start_date": "2026-01-02", "end_date": "2026-01-02", "time_zone": "Asia/Tokyo"}, [1]),
    ({"start_date": "0001-01-01", "end_date": "9999-12-31", "time_zone": "Asia/Tokyo"}, [1, 2, 3]),
    ({"start_date": "2026-01-03", "end_date": "2026-01-02"}, []),
]


@pytest.mark.parametrize(("period", "days"), PERIODS)
def test_past_conferences_and_calls_are_limited_to_days_of_the_time_zone(
    account: Client, door: Door, clock: MovableClock, period: dict[str, str], days: list[int]
) -> None:
    ids = [make(account, start=f"2026-01-0{day} 23:30:00") for day in (1, 2, 3)]
    clock.advance(hours=23.5)
    for id_ in ids:
        door.visit(id_, "Ann", minutes=5)
        clock.advance(hours=24, minutes=-5)

    assert past(account, **period) == [ids[day - 1] for day in days]
    rows = account.call(host.CDRS, host_id=9, **period)
    assert [row.conference_id for row in rows] == [ids[day - 1] for day in days]


@pytest.mark.parametrize("endpoint", [host.CONFERENCES, host.CDRS])
def test_days_and_zones_that_there_are_not_are_refused(account: Client, endpoint: Endpoint[Any, Any]) -> None:
    assert account.refused(endpoint, host_id=9, start_date="2026-02-29") == (400, NOT_A_DATE)
    assert account.refused(endpoint, host_id=9, end_date="2026-13-01")[0] == 400
    assert account.refused(endpoint, host_id=9, time_zone="Mars") == (
        400,
        "time_zone is not in the IANA Time Zone database",
    )


def test_in_detail_a_past_conference_tells_how_many_came_and_what_was_said(
    account: Client, door: Door, clock: MovableClock
) -> None:
    id_ = make(account, subject="Planning")
    clock.advance(minutes=30)
    ticket = door.enter(id_, "Ann")
    door.say(ticket, "Hello")
    clock.advance(minutes=30)
    door.leave(ticket)
    clock.advance(minutes=30)

    [detail] = account.call(host.CONFERENCES_DETAIL, host_id=9, time_zone="Europe/Paris")

    assert (detail.conference_id, detail.subject, detail.participants) == (id_, "Planning", 1)
    assert (detail.start_time, detail.day, detail.month, detail.year) == (
        "2026-01-01 01:30:00",
        "Thursday",
        "January",
        "2026",
    )
    assert [post["content"] for post in detail.live_wall_posts or ()] == ["Hello"]
    assert (detail.uploaded_documents, detail.recordings) == ((), ())
    assert past(account, output="detail") == [id_]


def test_a_call_record_tells_who_was_there_and_for_how_long(account: Client, door: Door, clock: MovableClock) -> None:
    id_ = make(account, one_time_access_code=False)
    clock.advance(minutes=30)
    door.visit(id_, "Ann", "ann@example.com", minutes=9, seconds=30)
    door.enter(id_, "Ben")

    [row] = account.call(host.CDRS, host_id=9, time_zone="Europe/Paris")

    assert (row.conference_id, row.host_id, row.host_name, row.host_email) == (
        id_,
        9,
        "Alice Example",
        "alice@example.com",
    )
    assert (row.start_time, row.end_time, row.minutes) == ("2026-01-01 01:30:00", "2026-01-01 01:39:30", 10)
    assert (row.participant_name, row.participant_email) == ("Ann", "ann@example.com")
    assert row.participant_id is not None
    assert (row.from_, row.to) == (f"+1234567{row.participant_id}", "1234567")


def test_only_the_first_hundred_call_records_are_told(account: Client, door: Door, clock: MovableClock) -> None:
    one, other = make(account), make(account)
    clock.advance(minutes=30)
    for number in range(101):
        door.visit((one, other)[number % 2], f"Guest {number}", seconds=10)

    rows = account.call(host.CDRS, host_id=9)

    assert [row.participant_name for row in rows] == [f"Guest {number}" for number in range(100)]
    assert len(account.call(host.CDRS, host_id=9, conference_id=one)) == 51


def test_call_records_are_of_the_hosts_own_conferences(account: Client, door: Door, clock: MovableClock) -> None:
    others = make(account, host_id=10)
    clock.advance(minutes=30)
    door.visit(others, "Ann", minutes=1)

    assert account.call(host.CDRS, host_id=9) == []
    for conference_id in (others, 999):
        assert account.refused(host.CDRS, host_id=9, conference_id=conference_id) == (404, "Conference not found")


def test_a_call_is_active_while_somebody_is_there(account: Client, door: Door, clock: MovableClock) -> None:
    id_ = make(account, subject="Planning", agenda="What is next")
    assert account.call(host.ACTIVE_CALLS, host_id=9) == []
    clock.advance(minutes=35)
    ticket = door.enter(id_, "Alice", "alice@example.com")

    [row] = account.call(host.ACTIVE_CALLS, host_id=9, time_zone="Asia/Tokyo")

    assert row.model_dump() == {
        "conference_id": id_,
        "subject": "Planning",
        "agenda": "What is next",
        "start_time": "2026-01-01 09:30:00",
    }
    door.leave(ticket)
    assert account.call(host.ACTIVE_CALLS, host_id=9) == []


def test_a_host_is_seen_in_a_colleagues_conference(account: Client, door: Door, clock: MovableClock) -> None:
    id_ = make(account, host_id=10)
    clock.advance(minutes=30)

    door.enter(id_, "Alice", "Alice@example.com")

    assert [row.conference_id for row in account.call(host.ACTIVE_CALLS, host_id=9)] == [id_]


@pytest.mark.parametrize(("host_id", "status"), [(11, 403), (12, 403), (99, 404)])
def test_calls_of_hosts_beyond_the_scope_are_out_of_reach(admin: Client, host_id: int, status: int) -> None:
    for endpoint in (host.CONFERENCES, host.CONFERENCES_DETAIL, host.CDRS, host.ACTIVE_CALLS):
        assert admin.refused(endpoint, host_id=host_id)[0] == status


def test_a_summary_is_a_page_once_the_conference_is_over(account: Client, door: Door, clock: MovableClock) -> None:
    id_ = make(account, subject="Plan <A>")
    clock.advance(minutes=30)
    door.visit(id_, "Ann", minutes=10)
    clock.advance(minutes=50)
    url = account.call(host.CONFERENCES, host_id=9)[0].meeting_summary_url or ""

    page = niquests.get(url, timeout=10).text or ""

    assert "Plan &lt;A&gt;" in page
    assert "Participants: 1. Their minutes together: 10." in page
    ahead = make(account, start="2027-01-01 00:00:00")
    for other in (ahead, 999, "0" + str(id_), 10**30, "x"):
        assert niquests.get(f"{url.rpartition('/')[0]}/{other}", timeout=10).status_code == 404

from collections.abc import Iterator

import niquests
import pytest
from support.sandbox_account import Account, MovableClock

from calbridge.sandbox import RunningSandbox, Settings, running

clock = MovableClock()


@pytest.fixture(autouse=True)
def _turn_back() -> Iterator[None]:
    start = clock.now
    yield
    clock.now = start


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(Settings(clock=clock)) as sandbox:
        yield sandbox


@pytest.fixture
def account(sandbox: RunningSandbox) -> Account:
    return Account(sandbox)


def opened(url: str) -> tuple[int | None, str]:
    response = niquests.get(url, timeout=10)
    return response.status_code, response.text or ""


def test_a_room_names_the_meeting_its_times_its_host_and_what_to_do(account: Account) -> None:
    made = account.create(subject="Planning", agenda="First line\nSecond line")

    status, page = opened(made["room_url"])

    assert status == 200
    for shown in (
        "<h1>Planning</h1>",
        "Alice Example",
        "Monday 5 January 2026, 09:00 to 10:00",
        "Europe/Paris",
        "+33 1 55 50 12 34",
        "First line\nSecond line",
    ):
        assert shown in page


def test_a_room_shows_neither_moderator_token_nor_pin(account: Account) -> None:
    made = account.create(security_pin="738291")

    _, page = opened(made["room_url"])

    assert made["moderator_token"] not in page
    assert "738291" not in page
    assert "security PIN" in page


def test_what_people_wrote_is_escaped(account: Account) -> None:
    made = account.create(subject="<script>alert(1)</script>", agenda="</div><b>&")

    _, page = opened(made["room_url"])

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;/div&gt;&lt;b&gt;&amp;" in page


def test_a_room_loads_nothing_from_elsewhere(account: Account) -> None:
    response = niquests.get(account.create()["room_url"], timeout=10)

    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "<link" not in (response.text or "")


def test_a_series_room_lists_every_instance_still_to_come_with_its_changes(account: Account) -> None:
    master = account.create(schedule="FREQ=WEEKLY;BYDAY=MO;COUNT=4")
    cancelled, changed, _ = account.children(master)
    account.cancel(cancelled)
    account.update(changed, subject="Special", start="2026-01-20 15:00:00")
    clock.advance(days=5)

    _, page = opened(master["room_url"])

    assert page.count("<time") == 2
    assert "Tuesday 20 January 2026, 15:00 to 16:00" in page
    assert "Special" in page
    assert "Monday 26 January 2026" in page


def test_a_first_instance_with_a_child_is_shown_once() -> None:
    with running(Settings(clock=clock, first_instance_child=True)) as sandbox:
        account = Account(sandbox)
        made = account.create(schedule="FREQ=WEEKLY;BYDAY=MO;COUNT=4")

        assert opened(made["room_url"])[1].count("<time") == 4


def test_a_running_meeting_is_marked(account: Account) -> None:
    made = account.create(start="2026-01-01 00:30:00", time_zone="UTC")
    clock.advance(minutes=45)

    assert '<span class="now">now</span>' in opened(made["room_url"])[1]


def test_a_dedicated_room_shows_all_that_is_planned_in_it(account: Account, sandbox: RunningSandbox) -> None:
    one = account.create(host_id=10, one_time_access_code=False, subject="Here")
    account.create(host_id=10, subject="Elsewhere")

    _, page = opened(one["room_url"])

    assert one["room_url"] == f"{sandbox.url}/conf/call/1234568"
    assert "Bob Example: meeting room" in page
    assert "Here" in page
    assert "Elsewhere" not in page


def test_a_secure_url_opens_the_room_too(account: Account) -> None:
    made = account.create(subject="Quiet", secure_url=True)

    assert "<h1>Quiet</h1>" in opened(made["room_url"])[1]


def test_unknown_and_cancelled_rooms_are_404_pages(account: Account, sandbox: RunningSandbox) -> None:
    made = account.create()
    account.cancel(made)

    for url in (made["room_url"], f"{sandbox.url}/conf/call/4711", f"{sandbox.url}/conf/call/%3Cb%3E"):
        status, page = opened(url)
        assert (status, "<h1>No such room</h1>" in page) == (404, True)


def test_a_one_time_code_opens_the_room_until_72_hours_after_the_end(account: Account) -> None:
    made = account.create(start="2026-01-01 00:00:00", time_zone="UTC")

    told = []
    for hours in (1, 71, 2):
        clock.advance(hours=hours)
        told.append(opened(made["room_url"])[0])

    assert told == [200, 200, 404]


def test_the_front_page_lists_hosts_and_their_meetings(account: Account, sandbox: RunningSandbox) -> None:
    made = account.create(subject="On the front page")

    status, page = opened(sandbox.url)

    assert status == 200
    assert "Alice Example" in page
    assert f'<a href="{made["room_url"]}">On the front page</a>' in page
    assert "sandbox-token" not in page


def test_room_urls_follow_the_setting() -> None:
    with running(Settings(clock=clock, base_url="https://rooms.example.com/")) as sandbox:
        made = Account(sandbox).create()

    assert made["room_url"] == f"https://rooms.example.com/conf/call/{made['one_time_access_code']}"

"""The sandbox's room page in Chromium: joined, seen, moderated and left by clicking."""

import os
from collections.abc import Iterator

import pytest
from support.browser import Browser, browsing, chromium
from support.sandbox_account import Account

from calbridge.sandbox import RunningSandbox, Settings, running

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(chromium() is None and "CI" not in os.environ, reason="needs Debian's package chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running(Settings()) as sandbox:
        yield sandbox


@pytest.fixture
def account(sandbox: RunningSandbox) -> Account:
    return Account(sandbox)


def test_joining_leaving_and_what_the_api_tells_of_it(browser: Browser, account: Account) -> None:
    made = account.accepted("conference/create/reservationless", host_id=9, one_time_access_code=True)
    page = browser.page()
    page.open(made["room_url"])
    page.type("#name", "Ann")
    page.press("Join")
    active = account.accepted("host/active_calls", host_id=9)
    page.press("Leave")
    [record] = account.accepted("host/cdrs", host_id=9)

    assert [call["conference_id"] for call in active] == [made["conference_id"]]
    assert (record["participant_name"], record["conference_id"]) == ("Ann", made["conference_id"])
    assert account.accepted("host/active_calls", host_id=9) == []


def test_a_moderators_link_shows_controls_and_ends_it_for_all(browser: Browser, account: Account) -> None:
    made = account.accepted("conference/create/reservationless", host_id=9, one_time_access_code=True)
    ann, ben = browser.page(), browser.page()
    ann.open(f"{made['room_url']}?moderator_token={made['moderator_token']}")
    ann.type("#name", "Ann")
    ann.press("Join")
    ben.open(made["room_url"])
    ben.type("#name", "Ben")
    ben.press("Join")

    assert "End for all" not in ben.text()
    assert made["moderator_token"] not in ann.value("location.href + document.documentElement.outerHTML")
    ann.press("Refresh")
    assert "Ben" in ann.text()
    ann.press("End for all")
    ben.press("Refresh")
    assert "has ended" in ben.text()
    assert not account.fetch(made)["active"]


def test_a_security_pin_is_asked_for_and_a_message_reaches_the_others(browser: Browser, account: Account) -> None:
    made = account.create(start="2026-01-01 00:00:00", duration=500_000, security_pin="738291")
    page = browser.page()
    page.open(made["room_url"])
    page.type("#name", "Ann")
    page.type("#pin", "1")
    page.press("Join")
    assert "security PIN" in page.value("document.querySelector('[role=alert]').innerText")
    page.type("#pin", "738291")
    page.press("Join")
    page.type("#text", "Hello")
    page.press("Send")

    told = account.accepted("conference/fetch", conference_id=made["conference_id"], output="detail")
    assert [one["content"] for one in told["chat_messages"]] == ["Hello"]
    assert "Hello" in page.text()


def test_every_field_of_a_room_has_a_label(browser: Browser, account: Account) -> None:
    made = account.create(start="2026-01-01 00:00:00", duration=500_000, security_pin="738291")
    page = browser.page()
    page.open(made["room_url"])

    fields = "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
    assert page.value(f"{fields}.length") == 4
    assert page.value(f"{fields}.filter(one => !one.labels.length).length") == 0

"""Fields that hardly anybody sends: they are taken, kept, and read back wherever the platform shows them."""

from typing import Any, Final

import pytest
from support.sandbox_account import Account, Json, MovableClock

from calbridge.sandbox import RunningSandbox

COMPANY: Final = {"subdomain": "new", "name": "New"}
EVERYONES: Final = [{"name": "Carol", "email": "carol@elsewhere.example"}]


@pytest.fixture
def account(two_resellers: RunningSandbox) -> Account:
    account = Account(two_resellers, "reseller-token")
    account.accepted("contact/create", company_id=5, contacts=EVERYONES)
    return account


# endpoint, fields that change something, what the answer then shows
CHANGED: Final[list[tuple[str, Json, Json]]] = [
    ("company/update", {"company_id": 5, "partner_id": 77}, {"partner_id": 77, "subdomain": "five"}),
    (
        "host/update",
        {"host_id": 9, "company_id": 5, "public_username": "a-elsewhere"},
        {"company_id": 5, "public_username": "a-elsewhere"},
    ),
    ("contact/fetch", {"company_id": 5, "contact_id": 5}, {"name": "Carol", "has_host": False}),
    (
        "contact/update",
        {"company_id": 5, "contact_id": 5, "home_phone": "+15550100"},
        {"name": "Carol", "home_phone": "+15550100"},
    ),
]


@pytest.mark.parametrize(("path", "fields", "shown"), CHANGED, ids=lambda each: each if isinstance(each, str) else "")
def test_a_rare_field_is_taken_and_shown(account: Account, path: str, fields: Json, shown: Json) -> None:
    told: dict[str, Any] = account.accepted(path, **fields)  # Any: JSON
    assert {name: told[name] for name in shown} == shown


def test_a_companys_contact_can_be_deleted(account: Account) -> None:
    account.accepted("contact/delete", company_id=5, contact_id=5)
    assert account.accepted("contact/fetch_all", company_id=5) == []


def test_a_companys_looks_are_taken_where_they_are_colours_and_a_currency(account: Account) -> None:
    looks = {"primary_color": "#00ff00", "accent_color": "#0F0", "currency": "usd"}
    for name in looks:
        status, told = account.post("company/create", **COMPANY, **(looks | {name: "green"}))
        assert (status, name in told["message"]) == (400, True)
    assert account.accepted("company/create", **COMPANY, **looks)["id"] > 7


def test_suspend_all_suspends_all_whatever_slug_is_named(account: Account, clock: MovableClock) -> None:
    account.accepted("subscription/suspend_all", company_id=5, slug="small")
    clock.advance(minutes=1)
    found = account.accepted("subscription/fetch", company_id=5)
    assert {one["status"] for one in found} == {"Suspended"}


def test_an_update_sets_a_security_pin_and_without_one_takes_it_away(account: Account) -> None:
    conference = account.create(host_id=9)
    assert account.update(conference, security_pin="2468")["security_pin"] == "2468"
    assert account.fetch(conference)["security_pin"] == "2468"
    assert account.update(conference)["security_pin"] is None

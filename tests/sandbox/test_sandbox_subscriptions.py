from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.sandbox_account import Account, MovableClock, meeting

from calbridge.enterprise.subscription import DescribedProduct, Subscription
from calbridge.sandbox import RunningSandbox, Settings, running

SEED = """
reseller = [{ id = 1, domain = "one.example" }, { id = 2, domain = "two.example" }]
product = [
    { id = 1, reseller = 1, slug = "small", name = "Small", plan = true, default = true },
    { id = 2, reseller = 1, slug = "large", name = "L", plan = true, pricing = "per_host", features = ["recording"] },
    { id = 3, reseller = 1, slug = "codes", name = "Codes", plan = false, features = ["one_time_access_code"] },
    { id = 4, reseller = 2, slug = "other", name = "Other", plan = true, default = true },
]
company = [
    { id = 5, reseller = 1, name = "Five", subdomain = "five" },
    { id = 6, reseller = 1, name = "Six", subdomain = "six", host_limits_locked = true },
    { id = 7, reseller = 2, name = "Seven", subdomain = "seven" },
]
api_token = [
    { token = "company", role = "COMPANY_ADMIN", company = 5 },
    { token = "reseller", role = "RESELLER_ADMIN", reseller = 1 },
]
host = [
    { id = 9, company = 5, name = "A", email = "a@example.com", access_code = "1001", moderator_pin = "2001" },
    { id = 10, company = 5, name = "B", email = "b@example.com", access_code = "1002", moderator_pin = "2002" },
    { id = 11, company = 6, name = "C", email = "c@example.com", access_code = "1003", moderator_pin = "2003" },
    { id = 12, company = 6, name = "D", email = "d@example.com", access_code = "1004", moderator_pin = "2004" },
]
"""
OK = (200, "OK")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: MovableClock) -> Iterator[RunningSandbox]:
    (tmp_path / "seed.toml").write_text(SEED)
    with running(Settings(seed=tmp_path / "seed.toml", clock=clock)) as sandbox:
        yield sandbox


@pytest.fixture
def reseller(sandbox: RunningSandbox) -> Account:
    return Account(sandbox, "reseller")


def subscribed(account: Account, company_id: int = 5) -> dict[str, tuple[str, int | None]]:
    """A company's subscriptions: slug -> status, host limit."""
    rows = account.accepted("subscription/fetch", company_id=company_id)
    read = [Subscription.model_validate(row) for row in rows]
    return {row.product.slug: (row.status or "", row.host_limit) for row in read if row.product}


def assigned(account: Account, host_id: int = 9) -> tuple[str | None, list[str]]:
    """A host's plan and add-ons."""
    host = account.accepted("host/fetch", host_id=host_id)
    return host["plan_slug"], host["add_on_slugs"]


def subscribe(account: Account, slug: str, company_id: int = 5, **fields: Any) -> tuple[int, Any]:
    return account.post("subscription/create", company_id=company_id, slug=slug, **fields)


def test_products_are_listed_with_their_description_where_asked_for(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "company")

    rows = account.accepted("subscription/fetch_products", include_description=True)

    assert [DescribedProduct.model_validate(row).slug for row in rows] == ["small", "large", "codes"]
    assert rows[2] == {"slug": "codes", "name": "Codes", "plan": False, "description": ""}
    assert account.accepted("subscription/fetch_products")[0] == {"slug": "small", "name": "Small", "plan": True}


def test_a_subscription_is_listed_as_documented(reseller: Account) -> None:
    [row] = reseller.accepted("subscription/fetch", company_id=5)

    assert row == {
        "id": row["id"],
        "status": "Active",
        "host_limit": None,
        "product": {"slug": "small", "name": "Small", "plan": True},
    }


def test_a_new_plan_takes_the_current_ones_place_and_all_its_hosts(reseller: Account) -> None:
    assert subscribe(reseller, "large", host_limit=7) == OK

    assert subscribed(reseller) == {"large": ("Active", 7)}
    assert [assigned(reseller, host_id) for host_id in (9, 10)] == [("large", []), ("large", [])]


def test_with_switch_plan_null_the_current_plan_stays_beside_the_new_one(reseller: Account) -> None:
    assert subscribe(reseller, "large", switch_plan=None, subscribe_all_hosts=False) == OK

    assert list(subscribed(reseller)) == ["small", "large"]
    assert assigned(reseller) == ("small", [])


def test_switch_plan_ends_the_one_subscription_that_it_names(reseller: Account) -> None:
    subscribe(reseller, "large", switch_plan=None, host_limit=3)
    rows = reseller.accepted("subscription/fetch", company_id=5)
    ids = {row["product"]["slug"]: row["id"] for row in rows}
    reseller.accepted("subscription/cancel", company_id=5, slug="small")

    assert subscribe(reseller, "small", switch_plan=ids["small"])[0] == 400
    assert subscribe(reseller, "codes", switch_plan=ids["large"])[0] == 400
    assert subscribe(reseller, "small", switch_plan=ids["large"], subscribe_all_hosts=False) == OK
    assert list(subscribed(reseller)) == ["small"]
    assert assigned(reseller) == (None, [])


def test_an_add_on_switches_no_plan_and_reaches_all_hosts_unless_not_wanted(reseller: Account) -> None:
    assert subscribe(reseller, "codes", subscribe_all_hosts=False) == OK
    assert assigned(reseller) == ("small", [])
    reseller.accepted("subscription/cancel", company_id=5, slug="codes")

    assert subscribe(reseller, "codes") == OK
    assert [assigned(reseller, host_id) for host_id in (9, 10)] == [("small", ["codes"]), ("small", ["codes"])]


# request beyond the company -> status, message
REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"slug": "small"}, 400, "The company is already subscribed to small"),
    ({"slug": "other"}, 404, "Product not found"),
    ({"slug": "codes", "host_limit": 3}, 400, "codes is priced flat and takes no host_limit"),
    ({"slug": "large", "host_limit": 0}, 400, "Invalid parameter: host_limit: Input should be greater than 0"),
    (
        {"slug": "large", "switch_plan": 99},
        400,
        "switch_plan must be a current plan's subscription, to be switched to a plan",
    ),
]


@pytest.mark.parametrize(("fields", "status", "message"), REFUSED)
def test_a_refused_subscription_changes_nothing(
    reseller: Account, fields: dict[str, Any], status: int, message: str
) -> None:
    assert subscribe(reseller, **fields) == (status, {"message": message})
    assert subscribed(reseller) == {"small": ("Active", None)}


def test_a_host_limit_grows_with_the_hosts_and_is_never_below_them(reseller: Account) -> None:
    subscribe(reseller, "large", host_limit=1)
    assert subscribed(reseller) == {"large": ("Active", 2)}
    large = {"company_id": 5, "slug": "large"}

    assert reseller.put("subscription/update", **large, host_limit=1) == (
        400,
        {"message": "host_limit is less than the number of hosts assigned"},
    )
    assert reseller.put("subscription/update", **large, host_limit=10) == OK
    assert subscribed(reseller) == {"large": ("Active", 10)}
    assert reseller.post("subscription/update", **large, host_limit=10)[0] == 404


def test_a_flat_price_takes_no_host_limit(reseller: Account) -> None:
    status, content = reseller.put("subscription/update", company_id=5, slug="small", host_limit=3)

    assert (status, content) == (400, {"message": "small is priced flat and takes no host_limit"})


def test_a_locked_host_limit_neither_grows_nor_is_changed(reseller: Account) -> None:
    locked = (400, {"message": "Host limit changes are locked for this company"})

    assert subscribe(reseller, "large", company_id=6, host_limit=1) == locked
    assert subscribed(reseller, company_id=6) == {"small": ("Active", None)}
    assert subscribe(reseller, "large", company_id=6, host_limit=2) == OK
    assert reseller.put("subscription/update", company_id=6, slug="large", host_limit=3) == locked


def test_a_suspended_plan_holds_no_meetings_until_it_is_reactivated(reseller: Account) -> None:
    plain = meeting(one_time_access_code=False)
    small = {"company_id": 5, "slug": "small"}
    assert reseller.post("subscription/suspend", **small) == OK

    assert subscribed(reseller) == {"small": ("Suspended", None)}
    assert reseller.post("conference/create", **plain) == (
        400,
        {"message": "The host has no active plan, and can't host meetings"},
    )
    assert reseller.post("subscription/reactivate", **small) == OK
    assert reseller.post("conference/create", **plain)[0] == 200


def test_features_come_from_active_plans_and_add_ons(reseller: Account) -> None:
    no_codes = (400, {"message": "One time access code feature not available"})
    no_recording = (400, {"message": "Recording feature not enabled"})
    assert reseller.post("conference/create", **meeting()) == no_codes
    subscribe(reseller, "codes")
    assert reseller.post("conference/create", **meeting())[0] == 200
    assert reseller.post("conference/create", **meeting(auto_record="audio")) == no_recording
    subscribe(reseller, "large")
    assert reseller.post("conference/create", **meeting(auto_record="audio"))[0] == 200

    reseller.accepted("subscription/suspend", company_id=5, slug="codes")

    assert reseller.post("conference/create", **meeting()) == no_codes


def test_a_cancelled_subscription_is_not_listed_and_never_comes_back(reseller: Account) -> None:
    missing = (404, {"message": "Subscription not found"})
    subscribe(reseller, "codes")
    assert reseller.post("subscription/cancel", company_id=5, slug="codes") == OK

    assert list(subscribed(reseller)) == ["small"]
    assert assigned(reseller) == ("small", [])
    for path in ("reactivate", "suspend", "cancel"):
        assert reseller.post(f"subscription/{path}", company_id=5, slug="codes") == missing


def test_all_are_suspended_and_reactivated_a_moment_after_the_202(reseller: Account, clock: MovableClock) -> None:
    subscribe(reseller, "codes")
    reseller.accepted("subscription/suspend", company_id=5, slug="codes")

    assert reseller.post("subscription/suspend_all", company_id=5) == (202, "OK")
    assert subscribed(reseller)["small"] == ("Active", None)
    clock.advance(seconds=1)
    assert subscribed(reseller)["small"] == ("Suspended", None)

    assert reseller.post("subscription/reactivate_all", company_id=5, slug="small") == (202, "OK")
    clock.advance(seconds=1)
    assert subscribed(reseller) == {"small": ("Active", None), "codes": ("Active", None)}


def test_what_was_accepted_is_done_after_a_restart(tmp_path: Path, clock: MovableClock) -> None:
    settings = Settings(data=tmp_path / "sandbox.db", clock=clock)
    with running(settings) as sandbox:
        Account(sandbox, "reseller-token").accepted("subscription/suspend_all", company_id=5)
    clock.advance(minutes=1)

    with running(settings) as sandbox:
        assert set(subscribed(Account(sandbox, "reseller-token")).values()) == {("Suspended", 10), ("Suspended", None)}


RESELLER_ONLY = ["suspend", "reactivate", "cancel", "suspend_all", "reactivate_all", "fetch"]


@pytest.mark.parametrize("path", RESELLER_ONLY)
def test_a_company_admin_may_not_suspend_cancel_or_list(sandbox: RunningSandbox, path: str) -> None:
    status, content = Account(sandbox, "company").post(f"subscription/{path}", company_id=5, slug="small")

    assert (status, content) == (403, {"message": "Not allowed for this role"})


def test_a_company_admin_subscribes_her_own_company_only(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "company")

    assert subscribe(account, "large", host_limit=2) == OK
    assert account.put("subscription/update", company_id=5, slug="large", host_limit=4) == OK
    assert subscribe(account, "large", company_id=6)[0] == 403
    assert account.put("subscription/update", company_id=6, slug="small", host_limit=4)[0] == 403


@pytest.mark.parametrize("path", ["create", *RESELLER_ONLY])
def test_another_resellers_company_is_out_of_scope(reseller: Account, path: str) -> None:
    fields = {"slug": "other"} if path != "fetch" else {}

    assert reseller.post(f"subscription/{path}", company_id=7, **fields) == (
        403,
        {"message": "Not allowed to act on this company"},
    )
    assert reseller.post(f"subscription/{path}", company_id=8, **fields) == (404, {"message": "Company not found"})

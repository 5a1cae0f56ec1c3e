from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sandbox_account import Account, MovableClock, meeting

from calbridge.enterprise.company import CompanyResponse
from calbridge.sandbox import RunningSandbox, Settings, running

RESELLER, COMPANY = "reseller-token", "sandbox-token"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running(Settings(clock=MovableClock())) as sandbox:
        yield sandbox


@pytest.fixture
def reseller(sandbox: RunningSandbox) -> Account:
    return Account(sandbox, RESELLER)


def test_a_company_goes_its_way(reseller: Account) -> None:
    made = reseller.accepted("company/create", subdomain="joe", name="Joe", partner_id=7, customer_id=4711)
    joe = {"company_id": made["id"]}
    shown = {"subdomain": "joe", "name": "Joe", "host_count": 0, "hosts": []}
    assert reseller.accepted("company/fetch", **joe) == shown | {"partner_id": 7, "customer_id": "4711"}

    changed = reseller.accepted("company/update", **joe, subdomain="jane", customer_id="Acme")
    assert changed == shown | {"subdomain": "jane", "partner_id": 7, "customer_id": "Acme"}

    reseller.accepted("company/delete", **joe)
    for path in ("company/fetch", "company/update", "company/delete", "subscription/fetch"):
        assert reseller.post(path, **joe) == (404, {"message": "Company not found"})


def test_a_new_company_has_the_named_product_or_the_domains_default_one(reseller: Account) -> None:
    def subscribed(**fields: object) -> list[str]:
        made = reseller.accepted("company/create", name="Joe", **fields)
        rows = reseller.accepted("subscription/fetch", company_id=made["id"])
        return [row["product"]["slug"] for row in rows]

    assert subscribed(subdomain="one") == ["small_plan"]
    assert subscribed(subdomain="two", product_id=2) == ["large_plan"]
    refused = reseller.post("company/create", name="Joe", subdomain="three", product_id=99)
    assert refused == (400, {"message": "product_id is not one of the reseller's products"})


def test_all_companies_of_the_reseller_and_below_are_listed_and_no_deleted_one(reseller: Account) -> None:
    reseller.accepted("company/create", subdomain="joe", name="Joe", openid_provider=True)
    gone = reseller.accepted("company/create", subdomain="gone", name="Gone")
    reseller.accepted("company/delete", company_id=gone["id"])

    rows = reseller.accepted("company/fetch_all")

    assert rows == [
        {"subdomain": "example", "name": "Example Ltd", "host_count": 2, "hosts": [9, 10], "openid_provider": False},
        {"subdomain": "joe", "name": "Joe", "host_count": 0, "hosts": [], "openid_provider": True},
        {
            "subdomain": "customer",
            "name": "Partner's Customer",
            "host_count": 0,
            "hosts": [],
            "openid_provider": False,
        },
    ]
    assert [CompanyResponse.model_validate(row).host_count for row in rows] == [2, 0, 0]


def test_a_subdomain_is_unique_within_its_reseller_until_its_company_is_deleted(reseller: Account) -> None:
    taken = (400, {"message": "subdomain is already taken"})
    assert reseller.post("company/create", subdomain="Example", name="Joe") == taken
    assert reseller.post("company/update", company_id=5, subdomain="example")[0] == 200
    assert reseller.post("company/create", subdomain="customer", name="of another reseller")[0] == 200
    assert reseller.post("company/update", company_id=5, subdomain="customer") == taken

    reseller.accepted("company/delete", company_id=5)

    assert reseller.post("company/create", subdomain="example", name="Joe")[0] == 200


def test_a_deleted_company_takes_hosts_subscriptions_and_sessions_with_it(
    sandbox: RunningSandbox, reseller: Account
) -> None:
    admin = Account(sandbox, COMPANY)
    made = admin.create()

    reseller.accepted("company/delete", company_id="5")

    assert reseller.post("host/fetch", host_id=9) == (404, {"message": "Host not found"})
    assert reseller.post("conference/fetch", conference_id=made["conference_id"])[0] == 404
    assert admin.post("host/fetch", host_id=9) == (401, {"message": "Invalid token"})
    assert admin.post("authenticate", api_token=COMPANY, auth_token=None)[0] == 401


REFUSED = [
    ({"subdomain": "joe"}, "Missing parameter: name"),
    ({"name": "Joe"}, "Missing parameter: subdomain"),
    ({"name": "Joe", "subdomain": "joe", "currency": "USD"}, "Invalid parameter: currency: "),
    ({"name": "Joe", "subdomain": "joe", "customer_id": []}, "Invalid parameter: customer_id: "),
    ({"name": "Joe", "subdomain": "joe", "primary_color": "green"}, "Invalid parameter: primary_color: "),
]


@pytest.mark.parametrize(("fields", "message"), REFUSED)
def test_a_refused_field_of_a_company_is_named(reseller: Account, fields: dict[str, str], message: str) -> None:
    status, content = reseller.post("company/create", **fields)

    assert (status, content["message"].startswith(message)) == (400, True)


@pytest.mark.parametrize("path", ["create", "fetch", "update", "fetch_all", "delete"])
def test_a_company_admin_may_not_touch_companies(sandbox: RunningSandbox, path: str) -> None:
    fields = {"company_id": 5, "subdomain": "x", "name": "x"}

    assert Account(sandbox, COMPANY).post(f"company/{path}", **fields) == (
        403,
        {"message": "Not allowed for this role"},
    )


def test_a_reseller_acts_on_sub_resellers_companies_and_shows_them_as_its_descendants(reseller: Account) -> None:
    assert reseller.accepted("company/fetch", company_id=6)["name"] == "Partner's Customer"
    assert reseller.accepted("domain/descendants") == {
        "id": 1,
        "domain": "sandbox.example.com",
        "display_name": "Sandbox Meetings",
        "descendants": [
            {"id": 2, "domain": "partner.example.com", "display_name": "Partner Meetings", "descendants": []}
        ],
    }


def test_companies_outlive_a_restart(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "sandbox.db", clock=MovableClock())
    with running(settings) as sandbox:
        made = Account(sandbox, RESELLER).accepted("company/create", subdomain="joe", name="Joe")

    with running(settings) as sandbox:
        account = Account(sandbox, RESELLER)
        assert account.accepted("company/fetch", company_id=made["id"])["subdomain"] == "joe"
        assert account.post("conference/create", **meeting())[0] == 200

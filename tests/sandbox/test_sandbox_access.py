from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sandbox_account import Account, MovableClock, meeting

from calbridge.sandbox import RunningSandbox, Settings, running

SEED = """
reseller = [
    { id = 1, domain = "one.example" },
    { id = 2, domain = "two.example" },
    { id = 3, domain = "three.example", parent = 1 },
    { id = 4, domain = "four.example", parent = 3, display_name = "Four" },
]
company = [
    { id = 5, reseller = 1, name = "Five", subdomain = "five" },
    { id = 6, reseller = 1, name = "Six", subdomain = "six" },
    { id = 7, reseller = 2, name = "Seven", subdomain = "seven" },
    { id = 8, reseller = 4, name = "Eight", subdomain = "eight" },
]
api_token = [
    { token = "company", role = "COMPANY_ADMIN", company = 5 },
    { token = "reseller", role = "RESELLER_ADMIN", reseller = 1 },
    { token = "other-reseller", role = "RESELLER_ADMIN", reseller = 2 },
    { token = "sub-reseller", role = "RESELLER_ADMIN", reseller = 3 },
    { token = "host", role = "HOST", company = 5 },
]
host = [
    { id = 9, company = 5, name = "A", email = "a@example.com", access_code = "1001", moderator_pin = "2001" },
    { id = 10, company = 6, name = "B", email = "b@example.com", access_code = "1002", moderator_pin = "2002" },
    { id = 11, company = 7, name = "C", email = "c@example.com", access_code = "1003", moderator_pin = "2003" },
    { id = 13, company = 8, name = "D", email = "d@example.com", access_code = "1004", moderator_pin = "2004" },
]
"""

clock = MovableClock()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    seed: Path = tmp_path_factory.mktemp("seed") / "seed.toml"
    seed.write_text(SEED)
    with running(Settings(seed=seed, clock=clock)) as sandbox:
        yield sandbox


def test_a_wrong_api_token_is_401(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "company")

    status, content = account.post("authenticate", api_token="wrong", auth_token=None)

    assert (status, content) == (401, {"message": "Invalid api_token"})


def test_a_request_without_or_with_a_wrong_session_is_401_in_the_documents_words(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "company")

    assert account.post("host/fetch", host_id=9, auth_token=None) == (401, {"message": "Missing auth_token"})
    assert account.post("host/fetch", host_id=9, auth_token="no") == (401, {"message": "Invalid token"})
    assert account.post("host/fetch", host_id=9, auth_token=7) == (401, {"message": "Invalid token"})


def test_a_session_expires_60_minutes_after_its_last_successful_use(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "company")
    clock.advance(minutes=59)
    account.accepted("host/fetch", host_id=9)
    clock.advance(minutes=59)
    account.accepted("host/fetch", host_id=9)

    clock.advance(minutes=60)

    assert account.post("host/fetch", host_id=9) == (401, {"message": "Session expired"})


def test_a_refused_request_does_not_prolong_the_session(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "company")
    clock.advance(minutes=40)
    assert account.post("host/fetch", host_id=999)[0] == 404

    clock.advance(minutes=40)

    assert account.post("host/fetch", host_id=9) == (401, {"message": "Session expired"})


def test_a_host_may_not_use_the_api(sandbox: RunningSandbox) -> None:
    status, content = Account(sandbox, "company").post("authenticate", api_token="host", auth_token=None)

    assert (status, content) == (403, {"message": "Not allowed for this role"})


# token, host: the status of acting on that host
SCOPES = [
    ("company", 9, 200),
    ("company", 10, 403),
    ("company", 11, 403),
    ("company", 12, 404),
    ("reseller", 9, 200),
    ("reseller", 10, 200),
    ("reseller", 11, 403),
    ("other-reseller", 9, 403),
    ("other-reseller", 11, 200),
    ("reseller", 13, 200),
    ("sub-reseller", 13, 200),
    ("sub-reseller", 9, 403),
    ("other-reseller", 13, 403),
]


@pytest.mark.parametrize(("token", "host_id", "status"), SCOPES)
def test_each_role_acts_within_its_scope_only(sandbox: RunningSandbox, token: str, host_id: int, status: int) -> None:
    account = Account(sandbox, token)

    assert account.post("host/fetch", host_id=host_id)[0] == status
    assert account.post("conference/fetch_all", host_id=host_id)[0] == status
    assert account.post("conference/create", **meeting(host_id=host_id))[0] == status


@pytest.mark.parametrize("path", ["conference/fetch", "conference/cancel", "conference/update"])
def test_another_companys_conference_is_out_of_scope(sandbox: RunningSandbox, path: str) -> None:
    made = Account(sandbox, "other-reseller").create(host_id=11)
    fields = meeting() | {"conference_id": made["conference_id"]} if path == "conference/update" else {}
    fields.pop("host_id", None)

    status, content = Account(sandbox, "company").post(path, **{"conference_id": made["conference_id"]} | fields)

    assert (status, content) == (403, {"message": "Not allowed to act on this company"})


def test_a_company_admin_lists_her_own_hosts_whatever_company_she_names(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "company")

    hosts = account.accepted("host/fetch_all", company_id=7)

    assert [host["host_id"] for host in hosts] == [9]


def test_a_reseller_admin_must_name_a_company_of_hers(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "reseller")

    assert [host["host_id"] for host in account.accepted("host/fetch_all", company_id=6)] == [10]
    assert account.post("host/fetch_all") == (400, {"message": "Missing parameter: company_id"})
    assert account.post("host/fetch_all", company_id=7)[0] == 403
    assert account.post("host/fetch_all", company_id=99) == (404, {"message": "Company not found"})


def test_a_sub_reseller_sees_what_is_below_it(sandbox: RunningSandbox) -> None:
    account = Account(sandbox, "sub-reseller")

    four = {"id": 4, "domain": "four.example", "display_name": "Four", "descendants": []}
    three = {"id": 3, "domain": "three.example", "display_name": "three.example", "descendants": [four]}
    assert account.accepted("domain/descendants") == three
    assert [company["subdomain"] for company in account.accepted("company/fetch_all")] == ["eight"]


def test_only_a_reseller_admin_sees_domains(sandbox: RunningSandbox) -> None:
    assert Account(sandbox, "company").post("domain/descendants") == (403, {"message": "Not allowed for this role"})


@pytest.mark.parametrize("number", [10**30, -(10**19)])
def test_a_number_that_no_object_can_have_is_refused(sandbox: RunningSandbox, number: int) -> None:
    account = Account(sandbox, "reseller")

    assert account.post("host/fetch", host_id=number) == (400, {"message": "A number is out of range"})

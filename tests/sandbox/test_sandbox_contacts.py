from typing import Any

import pytest
from support.sandbox_account import meeting
from support.sandbox_client import Client

from calbridge.enterprise import conference, contact
from calbridge.enterprise.contact import ContactResponse

JOHN = {
    "name": "John Smith",
    "email": "john@smith.example",
    "business_phone": "+12345678901",
    "mobile_phone": "+12345678902",
    "home_phone": "+12345678903",
    "other_phone": "+12345678904",
    "time_zone": "US/Eastern",
}
MARY = {"name": "Mary", "email": "mary@smith.example"}
NOT_FOUND = (404, "Contact not found")


def add(client: Client, *people: dict[str, str], **owner: int) -> list[ContactResponse]:
    return client.call(contact.CREATE, contacts=people, **owner)


def emails(client: Client, **owner: int) -> list[str | None]:
    return [row.email for row in client.call(contact.FETCH_ALL, **owner)]


def test_several_contacts_are_made_at_once_and_fetched_with_all_they_have(admin: Client) -> None:
    john, mary = add(admin, JOHN, MARY, host_id=9)

    assert john.model_dump() == JOHN | {"contact_id": john.contact_id, "has_host": False}
    assert (mary.email, mary.home_phone, mary.time_zone) == ("mary@smith.example", None, None)
    assert admin.call(contact.FETCH, host_id=9, contact_id=john.contact_id) == john
    assert admin.call(contact.FETCH_ALL, host_id=9)[1:] == [john, mary]


def test_a_host_is_her_own_first_contact_and_a_colleague_is_known_as_a_host(admin: Client) -> None:
    add(admin, {"name": "B", "email": "B@example.com"}, {"name": "D", "email": "d@example.com"}, host_id=9)

    rows = admin.call(contact.FETCH_ALL, host_id=9)

    assert [(row.email, row.has_host) for row in rows] == [
        ("a@example.com", True),
        ("B@example.com", True),
        ("d@example.com", False),  # a host of another company
    ]


def test_an_update_changes_what_it_names_and_answers_as_documented_without_has_host(admin: Client) -> None:
    [john] = add(admin, JOHN, host_id=9)

    changed = admin.call(contact.UPDATE, host_id=9, contact_id=john.contact_id, name="Jack", home_phone="+1")

    expected = JOHN | {"contact_id": john.contact_id, "name": "Jack", "home_phone": "+1"}
    assert changed.model_dump() == expected | {"has_host": None}
    assert admin.call(contact.FETCH, host_id=9, contact_id=john.contact_id).model_dump() == expected | {
        "has_host": False
    }


def test_a_deleted_contact_is_gone_and_her_address_free_again(admin: Client) -> None:
    [john] = add(admin, JOHN, host_id=9)
    one = {"host_id": 9, "contact_id": john.contact_id}

    assert admin.call(contact.DELETE, **one).message == "OK"

    for endpoint in (contact.FETCH, contact.UPDATE, contact.DELETE):
        assert admin.refused(endpoint, **one) == NOT_FOUND
    assert add(admin, JOHN, host_id=9)[0].contact_id > john.contact_id


def test_a_companys_contacts_are_apart_from_its_hosts_but_each_may_invite_them(admin: Client) -> None:
    [john] = add(admin, JOHN)

    assert emails(admin) == ["john@smith.example"]
    assert emails(admin, host_id=9) == ["a@example.com"]
    assert admin.refused(contact.FETCH, host_id=9, contact_id=john.contact_id) == NOT_FOUND
    plain = meeting(one_time_access_code=False, participants=[john.contact_id])
    assert john.contact_id in (admin.call(conference.CREATE, **plain).participants or ())


def test_a_company_admins_company_id_is_ignored_and_a_reseller_admin_must_give_one(
    admin: Client, reseller: Client
) -> None:
    add(admin, JOHN, company_id=7)

    assert emails(reseller, company_id=5) == ["john@smith.example"]
    assert emails(reseller, company_id=6) == []
    assert reseller.refused(contact.FETCH_ALL) == (400, "Missing parameter: company_id")
    assert reseller.refused(contact.FETCH_ALL, company_id=8) == (404, "Company not found")


@pytest.mark.parametrize(("host_id", "status"), [(11, 403), (12, 403), (13, 404)])
def test_contacts_of_hosts_beyond_the_scope_are_out_of_reach(admin: Client, host_id: int, status: int) -> None:
    one = {"host_id": host_id, "contact_id": 1}

    assert admin.refused(contact.CREATE, host_id=host_id, contacts=[])[0] == status
    assert admin.refused(contact.FETCH_ALL, host_id=host_id)[0] == status
    for endpoint in (contact.FETCH, contact.UPDATE, contact.DELETE):
        assert admin.refused(endpoint, **one)[0] == status


def test_another_hosts_contact_is_not_found(admin: Client) -> None:
    [john] = add(admin, JOHN, host_id=9)

    assert admin.refused(contact.FETCH, host_id=10, contact_id=john.contact_id) == NOT_FOUND
    assert admin.refused(contact.FETCH, contact_id=john.contact_id) == NOT_FOUND


TAKEN = "A contact with this email already exists"
REFUSED: list[tuple[list[dict[str, str]], str]] = [
    ([MARY, {**MARY, "name": "Maria", "email": "Mary@smith.example"}], TAKEN),
    ([MARY, {"name": "A", "email": "a@example.com"}], TAKEN),
    ([MARY, {**JOHN, "time_zone": "Mars/Olympus"}], "time_zone is not in the IANA Time Zone database"),
]


@pytest.mark.parametrize(("people", "message"), REFUSED)
def test_where_one_contact_is_refused_none_is_made(admin: Client, people: list[dict[str, str]], message: str) -> None:
    assert admin.refused(contact.CREATE, host_id=9, contacts=people) == (400, message)
    assert emails(admin, host_id=9) == ["a@example.com"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"email": "A@example.com"}, TAKEN), ({"time_zone": ""}, "time_zone is not in the IANA Time Zone database")],
)
def test_a_refused_update_leaves_a_contact_as_it_was(admin: Client, fields: dict[str, Any], message: str) -> None:
    [john] = add(admin, JOHN, host_id=9)
    one = {"host_id": 9, "contact_id": john.contact_id}

    assert admin.refused(contact.UPDATE, **one, name="Jack", **fields) == (400, message)
    assert admin.call(contact.FETCH, **one) == john
    assert admin.call(contact.UPDATE, **one, email="JOHN@smith.example").email == "JOHN@smith.example"

from collections.abc import Iterator

import niquests
import pytest

from calbridge.sandbox import RunningSandbox, Settings, running
from calbridge.sandbox.reading import Entry, Field, entries
from calbridge.sandbox.resources import ROUTES


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(Settings()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def read(sandbox: RunningSandbox) -> dict[str, Entry]:
    described = niquests.get(f"{sandbox.url}/openapi.json", timeout=10).json()
    return {entry.path.removeprefix("/enterprise_api/"): entry for entry in entries(described)}


def test_every_endpoint_is_there_to_read(sandbox: RunningSandbox, read: dict[str, Entry]) -> None:
    page = niquests.get(f"{sandbox.url}/docs", timeout=10).text or ""

    assert set(read) == {"authenticate"} | {route.endpoint.path for route in ROUTES}
    assert [path for path in read if f" /enterprise_api/{path}</code>" not in page] == []
    assert "Suspend all of a company&#39;s active subscriptions." in page


def test_an_entry_says_method_roles_and_statuses(read: dict[str, Entry]) -> None:
    update, suspend_all = read["subscription/update"], read["subscription/suspend_all"]

    assert (update.method, update.roles) == ("PUT", "COMPANY_ADMIN or RESELLER_ADMIN")
    assert suspend_all.statuses == ("202", "400", "401", "403", "404", "500")


def test_fields_are_listed_with_their_types_and_the_required_ones(read: dict[str, Entry]) -> None:
    assert read["subscription/update"].request == (
        Field("company_id", "integer", required=True),
        Field("slug", "string", required=True),
        Field("host_limit", "integer", required=True),
        Field("auth_token", "string", required=True),
    )
    listed = {field.name: field.type for field in read["subscription/fetch"].response}
    assert listed["[].product"] == "object"
    assert listed["[].product.plan"] == "boolean"


def test_a_part_that_contains_itself_is_opened_once(read: dict[str, Entry]) -> None:
    names = [field.name for field in read["domain/descendants"].response]

    assert names == ["id", "domain", "display_name", "descendants"]

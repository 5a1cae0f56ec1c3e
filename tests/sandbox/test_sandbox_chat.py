from typing import Any

import niquests
import pytest
from support.sandbox_client import Client

from calbridge.enterprise import chat
from calbridge.sandbox import RunningSandbox


def said(sandbox: RunningSandbox) -> list[str]:
    """The chat page, a piece of text for each room."""
    return (niquests.get(f"{sandbox.url}/sandbox/chat", timeout=10).text or "").split("<section>")[1:]


def test_a_message_is_seen_in_its_channel_as_from_system(two_resellers: RunningSandbox, reseller: Client) -> None:
    assert reseller.call(chat.CREATE, company_id=5, slug="general", message="Lunch <at> noon").message == "OK"

    general, direct, elsewhere = said(two_resellers)

    assert "System" in general
    assert "Lunch &lt;at&gt; noon" in general
    assert "2026-01-01T00:00:00Z" in general
    assert "Nothing said yet" in direct
    assert "Nothing said yet" in elsewhere


def test_a_message_is_seen_among_direct_messages(two_resellers: RunningSandbox, reseller: Client) -> None:
    reseller.call(chat.CREATE, company_id=5, id=2, message="First")
    reseller.call(chat.CREATE, company_id=5, id=2, message="Second")

    _, direct, _ = said(two_resellers)

    assert direct.index("First") < direct.index("Second")


NO_ROOM = (404, "Chat room not found")
REFUSED: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"company_id": 5}, (400, "Missing parameter: id")),
    ({"company_id": 5, "id": 3}, NO_ROOM),
    ({"company_id": 5, "id": 99}, NO_ROOM),
    ({"company_id": 5, "slug": "lunch"}, NO_ROOM),
    ({"company_id": 5, "id": 2, "slug": "general"}, NO_ROOM),
    ({"company_id": 7, "id": 3}, (403, "Not allowed to act on this company")),
    ({"company_id": 8, "id": 3}, (404, "Company not found")),
]


@pytest.mark.parametrize(("fields", "refusal"), REFUSED)
def test_a_message_to_nowhere_is_refused(
    two_resellers: RunningSandbox, reseller: Client, fields: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert reseller.refused(chat.CREATE, **fields, message="Hello?") == refusal
    assert ["Nothing said yet" in room for room in said(two_resellers)] == [True] * 3


def test_a_company_admin_may_not_send(admin: Client) -> None:
    assert admin.refused(chat.CREATE, company_id=5, id=1, message="Hello") == (403, "Not allowed for this role")

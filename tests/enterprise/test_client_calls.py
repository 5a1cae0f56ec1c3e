"""The ways to call: by PUT, row by row, page by page; and the ways in which the platform says OK."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.accounts import account
from support.scripted_platform import ScriptedPlatform, reply, scripted

from calbridge.enterprise import conference, drive, host, subscription
from calbridge.enterprise.answer import Answer, read_response
from calbridge.enterprise.endpoint import Endpoint
from calbridge.errors import OutcomeUnknown

FILES = drive.FetchAllRequest(host_id=31)


def files(*ids: int, next_page: int | None) -> dict[str, Any]:  # Any: JSON
    return {"files": [{"id": n} for n in ids], "total_pages": 2, "current_page": 1, "next_page": next_page}


@pytest.mark.parametrize(
    ("endpoint", "status", "body"),
    [
        (subscription.CREATE, 200, b'"OK"'),
        (subscription.SUSPEND_ALL, 202, b'"OK"'),
        (subscription.SUSPEND_ALL, 202, b""),
        (conference.CANCEL, 200, b'{"message": "OK"}'),
        (host.DELETE, 202, b""),
        (host.DELETE, 200, b"{}"),
        (drive.DELETE, 204, b""),
    ],
)
def test_ok_comes_in_many_forms(endpoint: Endpoint[Any, Any], status: int, body: bytes) -> None:  # Any: any endpoint
    assert (
        read_response(endpoint, Answer(status, "application/json", None, datetime.now(UTC), body), "").message == "OK"
    )


@pytest.mark.parametrize(("endpoint", "body"), [(conference.CANCEL, b""), (host.DELETE, b"<html>"), (host.FETCH, b"")])
def test_what_is_no_ok_is_none(endpoint: Endpoint[Any, Any], body: bytes) -> None:  # Any: any endpoint
    with pytest.raises(OutcomeUnknown):
        read_response(endpoint, Answer(200, "application/json", None, datetime.now(UTC), body), "")


@scripted
async def test_rows_come_from_all_numbered_pages(platform: ScriptedPlatform) -> None:
    platform.on("drive/fetch_all", reply(200, files(1, 2, next_page=2)), reply(200, files(3, next_page=None)))
    async with account(platform) as api:
        assert [file.id async for file in api.rows(drive.FETCH_ALL, FILES)] == [1, 2, 3]
    assert [sent.get("page") for sent in platform.payloads("drive/fetch_all")] == [None, 2]


@scripted
async def test_a_call_of_a_listing_is_one_page_of_it(platform: ScriptedPlatform) -> None:
    platform.on("drive/fetch_all", reply(200, files(3, next_page=9)))
    async with account(platform) as api:
        assert [file.id for file in await api.call(drive.FETCH_ALL, FILES.model_copy(update={"page": 8}))] == [3]


@scripted
async def test_a_subscription_is_updated_by_put(platform: ScriptedPlatform) -> None:
    platform.on("subscription/update", reply(200, "OK"))
    async with account(platform) as api:
        await api.call(subscription.UPDATE, subscription.UpdateRequest(company_id=5, slug="small_plan", host_limit=10))
    assert platform.received[-1].head.startswith("put ")


def test_null_is_sent_only_where_it_means_something() -> None:
    added = subscription.CreateRequest(company_id=5, slug="small_plan", switch_plan=None, host_limit=None)
    assert added.payload() == {"company_id": 5, "slug": "small_plan", "switch_plan": None}


def test_a_request_knows_its_secrets() -> None:
    emails = (conference.ParticipantEmail(email="bob@example.com"),)
    booking = {"subject": "x", "agenda": "y", "start": "2026-01-05 09:00:00", "time_zone": "UTC", "duration": 1}
    request = conference.UpdateRequest(conference_id=1, security_pin="4711", participant_emails=emails, **booking)
    assert list(request.secrets()) == ["4711", "bob@example.com"]
    assert "4711" not in repr(request)

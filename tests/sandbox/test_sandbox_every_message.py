"""Every message that the platform's document has, from a request that deserves it, by way of calbridge's client."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import ValidationError
from support.sandbox_account import Account, Json, MovableClock, meeting

from calbridge.enterprise import conference, host
from calbridge.enterprise.client import Enterprise
from calbridge.enterprise.endpoint import Endpoint
from calbridge.enterprise.messages import FieldMessage, ScheduleMessage, SessionMessage
from calbridge.errors import Refused
from calbridge.sandbox import RunningSandbox, Settings, running

SEED: Final = """
reseller = [{ id = 1, domain = "one.example" }]
company = [{ id = 5, reseller = 1, name = "Five", subdomain = "five" }]
api_token = [{ token = "sandbox-token", role = "COMPANY_ADMIN", company = 5 }]

[[host]]
id = 9
company = 5
name = "Alice"
email = "alice@example.com"
access_code = "1001"
moderator_pin = "2001"

[[host]]
id = 10
company = 5
name = "Bob"
email = "bob@example.com"
access_code = "1002"
moderator_pin = "2002"
features = []
"""
BOB: Final[Json] = {"host_id": 10, "one_time_access_code": False}  # his plan has none of the features

# message -> what deserves it, beyond a valid meeting of host 9
DESERVED: Final[dict[StrEnum, list[Json]]] = {
    FieldMessage.RECORDING: [BOB | {"auto_record": "audio"}],
    FieldMessage.VIDEO_RECORDING: [BOB | {"auto_record": "video"}],
    FieldMessage.TRANSCRIPTION: [BOB | {"auto_transcribe": True}],
    FieldMessage.ONE_TIME_ACCESS_CODE: [{"host_id": 10}],
    FieldMessage.PIN_NEEDS_ONE_TIME: [{"one_time_access_code": False, "security_pin": "123456"}],
    FieldMessage.PARTICIPANTS_NO_ARRAY: [{"participants": 2}, {"participants": "2"}, {"participants": ["carol"]}],
    FieldMessage.PARTICIPANTS_UNKNOWN: [{"participants": [999]}],
    ScheduleMessage.UNPARSABLE: [
        {"schedule": "every day"},
        {"schedule": "FREQ=DAILY;INTERVAL=0"},
        {"schedule": "FREQ=DAILY;COUNT=2;UNTIL=20260201"},
        {"schedule": "FREQ=WEEKLY;BYDAY=XX"},
        {"schedule": 7},
    ],
    ScheduleMessage.FREQUENCY: [{"schedule": "FREQ=YEARLY"}, {"schedule": "COUNT=3"}],
    ScheduleMessage.MONTHLY_BYDAY_ONE: [{"schedule": "FREQ=MONTHLY;BYDAY=1MO,2MO"}],
    ScheduleMessage.MONTHLY_BYMONTHDAY_ONE: [{"schedule": "FREQ=MONTHLY;BYMONTHDAY=1,2"}],
    ScheduleMessage.MONTHLY_EITHER: [{"schedule": "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1"}],
    ScheduleMessage.MONTHLY_BYDAY_NUMBER: [{"schedule": "FREQ=MONTHLY;BYDAY=MO"}],
    ScheduleMessage.MONTHLY_NEEDS_DAY: [{"schedule": "FREQ=MONTHLY"}],
    ScheduleMessage.WEEKLY_NEEDS_DAY: [{"schedule": "FREQ=WEEKLY"}],
}
UPDATES: Final = frozenset({ScheduleMessage.MASTER_ONLY})  # a test of its own below
DETAILED: Final = frozenset({ScheduleMessage.UNPARSABLE})  # "will include additional details"
CASES: Final = [(message, fields) for message, requests in DESERVED.items() for fields in requests]


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, clock: MovableClock) -> Iterator[RunningSandbox]:
    seed: Path = tmp_path_factory.mktemp("seed") / "seed.toml"
    seed.write_text(SEED)
    with running(Settings(seed=seed, clock=clock)) as sandbox:
        yield sandbox


def by_client(sandbox: RunningSandbox, scenario: Callable[[Enterprise], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Enterprise(sandbox.url, "sandbox-token", timeout=10) as api:
            await scenario(api)

    asyncio.run(run())


async def refusal(api: Enterprise, endpoint: Endpoint[Any, Any], request: Any) -> str:  # Any: any endpoint
    with pytest.raises(Refused) as refused:
        await api.call(endpoint, request)
    return refused.value.message or ""


def misshapen(fields: Json) -> bool:
    """Whether the client's models would not let it out."""
    try:
        conference.CreateRequest.model_validate(meeting(**fields))
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(("message", "fields"), CASES)
def test_a_create_is_refused_word_for_word(sandbox: RunningSandbox, message: StrEnum, fields: Json) -> None:
    told = Account(sandbox).post("conference/create", **meeting(**fields))

    assert told[0] == 400
    assert _says(told[1]["message"], message)


@pytest.mark.parametrize(("message", "fields"), [case for case in CASES if not misshapen(case[1])])
def test_the_client_passes_the_message_on(sandbox: RunningSandbox, message: StrEnum, fields: Json) -> None:
    async def scenario(api: Enterprise) -> None:
        request = conference.CreateRequest.model_validate(meeting(**fields))
        assert _says(await refusal(api, conference.CREATE, request), message)

    by_client(sandbox, scenario)


@pytest.mark.parametrize(("message", "fields"), [case for case in CASES if "schedule" in case[1]])
def test_a_masters_update_is_refused_likewise(sandbox: RunningSandbox, message: StrEnum, fields: Json) -> None:
    account = Account(sandbox)
    made = account.create(schedule="FREQ=DAILY;COUNT=2")
    asked = meeting(**fields) | {"conference_id": made["conference_id"]}
    del asked["host_id"]

    status, told = account.post("conference/update", **asked)

    assert status == 400
    assert _says(told["message"], message)


def test_only_a_master_takes_a_schedule(sandbox: RunningSandbox) -> None:
    account = Account(sandbox)
    child = account.children(account.create(schedule="FREQ=DAILY;COUNT=2"))[0]
    asked = meeting(conference_id=child["conference_id"], schedule="FREQ=DAILY;COUNT=3")
    del asked["host_id"]

    async def scenario(api: Enterprise) -> None:
        request = conference.UpdateRequest.model_validate(asked)
        assert await refusal(api, conference.UPDATE, request) == ScheduleMessage.MASTER_ONLY

    by_client(sandbox, scenario)


def test_sessions_that_are_missing_unknown_or_over_are_refused(sandbox: RunningSandbox, clock: MovableClock) -> None:
    account = Account(sandbox)
    told = {
        SessionMessage.MISSING: account.post("host/fetch", host_id=9, auth_token=None),
        SessionMessage.INVALID: account.post("host/fetch", host_id=9, auth_token="made-up"),
    }
    clock.advance(minutes=60)
    told[SessionMessage.EXPIRED] = account.post("host/fetch", host_id=9)

    assert told == {message: (401, {"message": message.value}) for message in SessionMessage}


def test_the_client_takes_a_new_session_for_one_that_is_over(sandbox: RunningSandbox, clock: MovableClock) -> None:
    async def scenario(api: Enterprise) -> None:
        await api.call(host.FETCH, host.FetchRequest(host_id=9))
        clock.advance(minutes=60)
        assert (await api.call(host.FETCH, host.FetchRequest(host_id=9))).name == "Alice"

    by_client(sandbox, scenario)


def test_none_of_the_documented_messages_is_left_out() -> None:
    assert {*DESERVED} | UPDATES == {*FieldMessage, *ScheduleMessage}


def _says(told: str, message: StrEnum) -> bool:
    return told.startswith(f"{message} ") if message in DETAILED else told == message

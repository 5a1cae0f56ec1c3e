"""Who may use the endpoints of conferences: each of them, for each reason to say no."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from support.sandbox_account import Account, Json, MovableClock, meeting

from calbridge.enterprise import ALL
from calbridge.sandbox import RunningSandbox, Settings, running

SEED: Final = """
reseller = [{ id = 1, domain = "one.example" }, { id = 2, domain = "two.example" }]
company = [
    { id = 5, reseller = 1, name = "Five", subdomain = "five" },
    { id = 7, reseller = 2, name = "Seven", subdomain = "seven" },
]
api_token = [
    { token = "company", role = "COMPANY_ADMIN", company = 5 },
    { token = "other", role = "RESELLER_ADMIN", reseller = 2 },
    { token = "host", role = "HOST", company = 5 },
]
host = [{ id = 9, company = 5, name = "A", email = "a@example.com", access_code = "1001", moderator_pin = "2001" }]
"""
BOOKING: Final = {name: value for name, value in meeting().items() if name != "host_id"}

# endpoint -> what it needs besides the conference or the host
NEEDED: Final[dict[str, Json]] = {
    "conference/create": BOOKING,
    "conference/create/reservationless": {"one_time_access_code": False},
    "conference/update": BOOKING,
    "conference/fetch": {},
    "conference/fetch_all": {},
    "conference/cancel": {},
    "conference/end": {},
    "conference/fetch_participant_details": {},
    "conference/fetch_livestream_viewer_count": {},
    "conference/stop_streaming": {},
    "conference/dial_number": {"country_code": "CA", "phone_number": "14165551212"},
    "conference/message/create": {"message": "Hello"},
    "conference/delete_recordings": {},
    "conference/delete_transcriptions": {},
}
OF_HOSTS: Final = frozenset({"conference/create", "conference/create/reservationless", "conference/fetch_all"})
PATHS: Final = sorted(NEEDED)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    seed: Path = tmp_path_factory.mktemp("seed") / "seed.toml"
    seed.write_text(SEED)
    with running(Settings(seed=seed, clock=MovableClock())) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def conference_id(sandbox: RunningSandbox) -> int:
    made: int = Account(sandbox, "company").create()["conference_id"]
    return made


def asked(path: str, conference_id: int, host_id: int = 9) -> Json:
    return NEEDED[path] | ({"host_id": host_id} if path in OF_HOSTS else {"conference_id": conference_id})


def test_every_endpoint_of_conferences_is_here() -> None:
    assert {one.path for one in ALL if one.path.startswith("conference/")} == NEEDED.keys()


@pytest.mark.parametrize("path", PATHS)
def test_without_a_session_it_is_401(sandbox: RunningSandbox, conference_id: int, path: str) -> None:
    told = Account(sandbox, "company").post(path, **asked(path, conference_id), auth_token=None)

    assert told == (401, {"message": "Missing auth_token"})


@pytest.mark.parametrize("path", PATHS)
def test_another_resellers_is_403(sandbox: RunningSandbox, conference_id: int, path: str) -> None:
    told = Account(sandbox, "other").post(path, **asked(path, conference_id))

    assert told == (403, {"message": "Not allowed to act on this company"})


@pytest.mark.parametrize("path", PATHS)
def test_one_that_does_not_exist_is_404(sandbox: RunningSandbox, path: str) -> None:
    told = Account(sandbox, "company").post(path, **asked(path, conference_id=999, host_id=999))

    assert told == (404, {"message": "Host not found" if path in OF_HOSTS else "Conference not found"})


def test_a_hosts_own_token_gives_no_session(sandbox: RunningSandbox) -> None:
    told = Account(sandbox, "company").post("authenticate", api_token="host", auth_token=None)

    assert told == (403, {"message": "Not allowed for this role"})


@pytest.mark.parametrize("path", ["conference/create", "conference/create/reservationless"])
def test_a_host_without_a_plan_can_not_host(sandbox: RunningSandbox, path: str) -> None:
    reseller = Account(sandbox, "other")
    company = reseller.accepted("company/create", subdomain=path.replace("/", "-"), name="Eight")["id"]
    host = reseller.accepted(
        "host/create", company_id=company, name="E", email=f"{company}@example.com", subscription_ids=[]
    )

    status, told = reseller.post(path, **asked(path, 0, host["host_id"]) | {"one_time_access_code": False})

    assert (status, told["message"]) == (400, "The host has no active plan, and can't host meetings")

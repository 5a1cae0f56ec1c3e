"""Every request that the reference shows, sent to a running sandbox: it is accepted, and answered as is shown.

The examples are sent as they stand (mended as `support.reference` tells), but for the session's `auth_token`. What
their ids name is brought about before: who and what is seeded in `reference_seed.toml`, the rest by requests between
them, so that the platform's counters stand where the examples' ids begin.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import niquests
import pytest
from support.reference import Example, content, examples, names
from support.sandbox_account import Account, Json, MovableClock, meeting

from calbridge.enterprise import ALL
from calbridge.enterprise.answer import Answer, read_response
from calbridge.sandbox import Settings, running

EXAMPLES: Final = examples()
REQUESTS: Final = [example for example in EXAMPLES if example.kind == "request"]
ENDPOINTS: Final = {endpoint.path: endpoint for endpoint in ALL}
SEED: Final = Path(__file__).parents[1] / "data" / "reference_seed.toml"
NOW: Final = datetime(2020, 9, 19, 17, 10, tzinfo=UTC)
"""Ten minutes into the conference that the examples are about."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An example of a request to this endpoint; `given` is what a part of a request leaves out."""

    path: str
    nth: int = 0
    given: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """A request that brings about what the next example needs, `times` over with another {n} each."""

    path: str
    fields: Json
    times: int = 1


def series(conferences: int) -> Json:
    return meeting(host_id=8, start="2020-09-20 09:00:00", schedule=f"FREQ=DAILY;COUNT={conferences}")


PASSER_BY: Final = {"name": "Passer-by {n}", "email": "passer-by-{n}@elsewhere.example"}
SCRIPT: Final[tuple[Shown | Before, ...]] = (
    Shown("authenticate"),
    Shown("domain/descendants"),
    Shown("company/create"),
    Shown("company/fetch"),
    Shown("company/update"),
    Shown("company/fetch_all"),
    Shown("company/delete"),
    # subscriptions: so far each company has one
    Before("company/create", {"subdomain": "subscribed-{n}", "name": "Subscribed"}, times=96),
    Before("subscription/create", {"company_id": 5, "slug": "medium_plan", "switch_plan": None}),
    Before("company/create", {"subdomain": "between", "name": "Between"}),
    Before("subscription/create", {"company_id": 5, "slug": "recording", "subscribe_all_hosts": False}),
    Shown("host/update"),
    Before("host/update", {"host_id": 9, "access_code": "2345610", "moderator_pin": "6789010"}),
    Shown("host/create"),
    Shown("host/fetch"),
    Shown("host/fetch_all"),
    Shown("host/resend_invitation"),
    Shown("host/reset_password"),
    Shown("subscription/fetch_products"),
    Shown("subscription/create"),
    Shown("subscription/update"),
    Shown("subscription/suspend"),
    Shown("subscription/reactivate"),
    Shown("subscription/fetch"),
    Shown("subscription/cancel"),
    Shown("subscription/suspend_all"),
    Shown("subscription/reactivate_all"),
    # contacts: hosts and those of host 1 so far; 37 is made by an address of its own
    Before("contact/create", {"company_id": 5, "contacts": [PASSER_BY]}, times=26),
    Shown("contact/create"),
    Before("contact/create", {"host_id": 31, "contacts": [PASSER_BY]}),
    Shown("contact/fetch"),
    Shown("contact/fetch_all"),
    Shown("contact/update"),
    Shown("contact/delete"),
    Before("drive/create", {"host_id": 31, "filename": "{n}.png"}, times=37),
    Shown("drive/create"),
    Shown("drive/fetch_all"),
    Shown("drive/file/fetch"),
    Shown("drive/file/finish_upload"),
    Shown("drive/file/delete"),
    Shown("chat/create"),
    Before("conference/create", series(182)),
    Shown("conference/create"),
    Shown("conference/update"),
    Shown("conference/update", 1, given=("conference/update", 0)),
    Shown("conference/fetch"),
    Shown("conference/fetch_all"),
    Shown("conference/fetch_participant_details"),
    Shown("conference/fetch_livestream_viewer_count"),
    Shown("conference/stop_streaming"),
    Shown("conference/dial_number"),
    Shown("conference/message/create"),
    Shown("conference/end"),
    Shown("conference/delete_recordings"),
    Shown("conference/delete_transcriptions"),
    Shown("conference/cancel"),
    Before("conference/create", series(72)),
    Before("conference/create", meeting(host_id=8, start="2020-09-19 19:00:00")),
    Before("conference/dial_number", {"conference_id": 256, "country_code": "CA", "phone_number": "14165550123"}),
    Shown("host/active_calls"),
    Before("conference/end", {"conference_id": 256}),
    Shown("host/conferences"),
    Shown("host/cdrs"),
    Shown("host/delete"),
    Shown("conference/create", 1),
    Shown("conference/create/reservationless"),
)


def asked(shown: Shown) -> Json:
    """The example's fields, without a session."""
    [example] = [one for one in REQUESTS if (one.path, one.nth) == (shown.path, shown.nth)]
    rest = {} if shown.given is None else asked(Shown(*shown.given))
    return {name: value for name, value in (rest | content(example)).items() if name != "auth_token"}


def brought_about(account: Account, before: Before) -> None:
    for number in range(before.times):
        fields = json.loads(json.dumps(before.fields).replace("{n}", str(number)))
        answer = account.accepted(before.path, **fields)
        if before.path == "drive/create":
            niquests.put(answer["upload_url"], data=b"content").raise_for_status()


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, int], tuple[int, Any]]:  # Any: JSON
    """The status and the content that the sandbox answers to each example."""
    found: dict[tuple[str, int], tuple[int, Any]] = {}
    with running(Settings(seed=SEED, clock=MovableClock(NOW), listing="array")) as sandbox:
        account = Account(sandbox, "...api token...")
        for step in SCRIPT:
            match step:
                case Shown(path, nth):
                    send = account.put if ENDPOINTS[path].method == "PUT" else account.post
                    session = account.auth_token if ENDPOINTS[path].authenticated else None
                    found[path, nth] = send(path, **asked(step), auth_token=session)
                case Before():
                    brought_about(account, step)
    return found


@pytest.mark.parametrize("example", REQUESTS, ids=lambda one: f"{one.path} {one.nth}")
def test_the_sandbox_accepts_an_example_and_its_answer_is_read(
    answers: dict[tuple[str, int], tuple[int, Any]],  # Any: JSON
    example: Example,
) -> None:
    status, told = answers[example.path, example.nth]
    endpoint = ENDPOINTS[example.path]
    assert status == endpoint.status, told
    body = b"" if told is None else json.dumps(told).encode()
    read_response(endpoint, Answer(status, "application/json", None, NOW, body), "here")


ANSWERS: Final = [
    one for one in EXAMPLES if one.kind == "response" and (one.path, one.nth) in {(r.path, r.nth) for r in REQUESTS}
]


@pytest.mark.parametrize("example", ANSWERS, ids=lambda one: f"{one.path} {one.nth}")
def test_its_answer_has_what_the_reference_shows(
    answers: dict[tuple[str, int], tuple[int, Any]],  # Any: JSON
    example: Example,
) -> None:
    _, told = answers[example.path, example.nth]
    shown = content(example)
    if example.path == "conference/fetch":
        shown["recordings"] = []  # no example asks for one
    assert set(names(shown)) - set(names(told)) == set()


@pytest.mark.skipif(not REQUESTS, reason="the reference is not here")
def test_no_example_is_left_out() -> None:
    sent = [(step.path, step.nth) for step in SCRIPT if isinstance(step, Shown)]
    assert sorted(sent) == sorted((one.path, one.nth) for one in REQUESTS)

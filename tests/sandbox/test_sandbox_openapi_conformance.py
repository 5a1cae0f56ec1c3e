"""schemathesis: whatever /openapi.json allows is answered as it says, by a described status and shape, never by a 500.

Half of what is sent names what there is, so that it gets past the first look. The requests go out by niquests: its
urllib3 is not the one that schemathesis' own transport knows.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import niquests
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.sandbox_account import Account

from calbridge.enterprise import ALL
from calbridge.enterprise.endpoint import Paging
from calbridge.sandbox import Settings, create_app, running
from calbridge.sandbox.app import PREFIX

SEED: Final = Path(__file__).parents[1] / "data" / "reference_seed.toml"
LONG: Final = "CALBRIDGE_LONG" in os.environ
CASES: Final = 400 if LONG else 10
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
THERE: Final[dict[str, Any]] = {  # Any: JSON
    "host_id": 9,
    "company_id": 5,
    "conference_id": 1,
    "contact_id": 1,
    "id": 1,
    "participants": [2],
    "subscription_ids": [1],
    "slug": "large_plan",
    "plan_slug": "large_plan",
    "product_id": 2,
    "start": "2030-01-07 09:00:00",
    "start_date": "2020-01-01",
    "end_date": "2030-12-31",
    "time_zone": "Europe/Paris",
    "schedule": "FREQ=WEEKLY;COUNT=3;BYDAY=MO",
    "page": None,
    "output": "detail",
}
"""Values of fields by which a request finds something."""


@dataclass
class Caller:
    """Sends schemathesis' cases to one sandbox, over real HTTP."""

    url: str
    account: Account
    session: niquests.Session = field(default_factory=niquests.Session)

    def send(self, case: Any) -> Response:  # Any: a schemathesis case, whatever its operation
        sent = case.as_transport_kwargs(base_url=self.url)
        body = {name: sent[name] for name in ("json", "data") if name in sent}
        answer = self.session.request(sent["method"], sent["url"], headers=dict(sent["headers"]), timeout=10, **body)
        return Response(
            answer.status_code or 0,
            {name: [value] for name, value in answer.headers.items()},
            answer.content or b"",
            requests.Request(sent["method"], sent["url"]).prepare(),
            elapsed=0.0,
            verify=True,
        )


@cache
def described(listing: Literal["object", "array"]) -> Any:  # Any: schemathesis doesn't type its schemas
    return schemathesis.openapi.from_dict(create_app(Settings(listing=listing)).openapi())


@contextmanager
def caller(listing: Literal["object", "array"]) -> Iterator[Caller]:
    """A fresh platform: hosts, a conference, a file, and the reseller's session."""
    with running(Settings(seed=SEED, listing=listing)) as sandbox:
        account = Account(sandbox, "...api token...")
        account.create(host_id=9, one_time_access_code=True)
        account.accepted("drive/create", host_id=9, filename="slides.pdf")
        yield Caller(sandbox.url, account)


OBJECTS: Final = [(endpoint.path, "object") for endpoint in ALL]
ARRAYS: Final = [(endpoint.path, "array") for endpoint in ALL if endpoint.paging is not Paging.NONE]


@pytest.mark.parametrize(("path", "listing"), OBJECTS + ARRAYS)
def test_whatever_is_sent_is_answered_as_described(path: str, listing: Literal["object", "array"]) -> None:
    [operation] = [one.ok() for one in described(listing).get_all_operations() if one.ok().path == PREFIX + path]
    statuses: Counter[int] = Counter()
    with caller(listing) as call:

        @seed(5)
        @settings(max_examples=CASES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), there=st.sets(st.sampled_from(sorted(THERE))) | st.just(set(THERE)))
        def answers_as_described(case: Any, there: set[str]) -> None:  # Any: as above
            if isinstance(case.body, dict) and path != "authenticate":
                case.body |= {name: THERE[name] for name in there & case.body.keys()}
                case.body["auth_token"] = call.account.auth_token
            response = call.send(case)
            statuses[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        answers_as_described()
    assert statuses.total() >= CASES // 2

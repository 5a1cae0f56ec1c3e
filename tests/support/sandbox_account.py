"""A plain client of the sandbox, separate from calbridge's own, and a clock that tests move on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import niquests

from calbridge.enterprise.conference import ConferenceResponse
from calbridge.sandbox import RunningSandbox

Json = dict[str, Any]  # Any: JSON


@dataclass
class MovableClock:
    """Stands still until it is told to move."""

    now: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**duration)


class Account:
    """One API token's way to call endpoints."""

    def __init__(self, sandbox: RunningSandbox, api_token: str = "sandbox-token") -> None:
        self.url = f"{sandbox.url}/enterprise_api/"
        self.api_token = api_token
        self.auth_token: str | None = None
        self._session = niquests.Session()
        self.renew()

    def renew(self) -> None:
        """Authenticate (again): time moved on further than a session lives."""
        answer = self.accepted("authenticate", api_token=self.api_token, auth_token=None)
        self.auth_token = answer["auth_token"]

    def post(self, path: str, **fields: Any) -> tuple[int, Any]:  # Any: JSON
        """Send a request; the status and the JSON of the answer. `auth_token=None` leaves the token out."""
        return self._send("POST", path, fields)

    def put(self, path: str, **fields: Any) -> tuple[int, Any]:  # Any: JSON
        """The same for the endpoints that want to be PUT."""
        return self._send("PUT", path, fields)

    def _send(self, method: str, path: str, fields: Json) -> tuple[int, Any]:  # Any: JSON
        body = {"auth_token": self.auth_token} | fields
        if body["auth_token"] is None:
            del body["auth_token"]
        response = self._session.request(method, self.url + path, json=body, timeout=10)
        return response.status_code or 0, response.json() if response.content else None

    def accepted(self, path: str, **fields: Any) -> Any:  # Any: JSON
        """Send a request that must succeed."""
        status, content = self.post(path, **fields)
        assert status in {200, 202, 204}, content
        return content

    def create(self, **fields: Any) -> Json:  # Any: JSON
        """Create a conference for host 9, with defaults for what is not given."""
        content: Json = self.accepted("conference/create", **meeting(**fields))
        ConferenceResponse.model_validate(content)
        return content

    def update(self, conference: Json, **fields: Any) -> Json:  # Any: JSON
        """Update a conference with the defaults of `meeting` and `fields`."""
        request = meeting(**fields) | {"conference_id": conference["conference_id"]}
        del request["host_id"]
        content: Json = self.accepted("conference/update", **request)
        return content

    def cancel(self, conference: Json) -> None:
        """Cancel a conference."""
        assert self.accepted("conference/cancel", conference_id=conference["conference_id"]) == {"message": "OK"}

    def fetch(self, conference: Json) -> Json:
        """Fetch a conference that must exist."""
        content: Json = self.accepted("conference/fetch", conference_id=conference["conference_id"])
        return content

    def pages(self, host_id: int = 9) -> list[list[Json]]:
        """Every page of a host's listing."""
        content = self.accepted("conference/fetch_all", host_id=host_id)
        pages = [content["conferences"]]
        while content["next_page"] is not None:
            content = self.accepted("conference/fetch_all", host_id=host_id, page=content["next_page"])
            pages.append(content["conferences"])
        return pages

    def listing(self, host_id: int = 9) -> list[Json]:
        """Every conference of a host's listing."""
        return [conference for page in self.pages(host_id) for conference in page]

    def children(self, master: Json) -> list[Json]:
        """The listed children of a master, by start."""
        mine = [one for one in self.listing() if one.get("master_id") == master["conference_id"]]
        return [one for one in mine if not one["is_master"]]


def meeting(**fields: Any) -> Json:  # Any: JSON
    """A valid create for host 9: 5 January 2026 (a Monday), 09:00 in Paris, one hour."""
    return {
        "host_id": 9,
        "subject": "Planning",
        "agenda": "What is next",
        "start": "2026-01-05 09:00:00",
        "time_zone": "Europe/Paris",
        "duration": 60,
        "one_time_access_code": True,
    } | fields

"""What was asked of the sandbox, for whoever has to prove how often."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from calbridge.enterprise.endpoint import Retry

SECRETS: Final = frozenset({"auth_token", "api_token", "security_pin", "password", "moderator_pin"})
KEPT: Final = 20_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request to the Enterprise API. `path` follows /enterprise_api/; `body` is without tokens and PINs.

    `writes`: its endpoint changes something, as its declaration says.
    """

    at: datetime
    method: str
    path: str
    status: int
    writes: bool
    body: Mapping[str, Any] = field(repr=False)  # Any: JSON


class Journal:
    """The latest requests, oldest first; it ends with the process."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=KEPT)

    def note(self, at: datetime, method: str, path: str, status: int, *, retry: Retry | None, body: object) -> None:
        """Keep one request; `retry` is its declaration's, None for an endpoint that does not exist."""
        shown = {key: value for key, value in body.items() if key not in SECRETS} if isinstance(body, dict) else {}
        writes = retry is not None and retry is not Retry.READ
        self._requests.append(LoggedRequest(at, method, path, status, writes, shown))

    def requests(self) -> tuple[LoggedRequest, ...]:
        """All that are kept."""
        return tuple(self._requests)

    def as_json(self) -> list[dict[str, Any]]:  # Any: JSON
        """The same for /sandbox/requests."""
        return [asdict(request) | {"at": request.at.isoformat()} for request in self._requests]

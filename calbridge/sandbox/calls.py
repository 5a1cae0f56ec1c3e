"""What a running sandbox consists of, and what a route of it is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar

from starlette.requests import Request

from calbridge.enterprise.endpoint import Endpoint, WireRequest
from calbridge.sandbox import later
from calbridge.sandbox.journal import Journal
from calbridge.sandbox.people import Principal
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

RequestT = TypeVar("RequestT", bound=WireRequest)

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})

Json: TypeAlias = Any  # Any: JSON has no closed type in Python


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One running sandbox: what its endpoints and its pages share."""

    settings: Settings
    state: State
    journal: Journal
    works: Mapping[str, later.Work]

    @contextmanager
    def transaction(self) -> Iterator[datetime]:
        """Do what is due, then keep everything inside, or on any exception nothing of it. Gives the current time."""
        now = self.settings.clock()
        later.catch_up(self.state, self.works, now)
        with self.state.transaction():
            yield now

    def on_loopback(self, request: Request) -> bool:
        """Whether it comes from this machine: what is shown to whoever tests is shown to nobody else."""
        return request.client is not None and request.client.host in _LOOPBACK

    def base_url(self, request: Request) -> str:
        """What room URLs begin with, for whoever sent this request."""
        return (self.settings.base_url or str(request.base_url)).rstrip("/")


@dataclass(frozen=True, slots=True)
class Call:
    """One request's surroundings. `base_url` is what room URLs begin with, without a trailing slash."""

    state: State
    settings: Settings
    principal: Principal
    now: datetime
    base_url: str


@dataclass(frozen=True, slots=True)
class Route(Generic[RequestT]):
    """One endpoint, answered. `answer` raises `Refusal`s; what it wrote before one is undone.

    `detail` answers in its place where `output` is "detail". `conflicts`: it may also refuse with 409.
    """

    endpoint: Endpoint[RequestT, Any]  # Any: the answer is JSON, shaped by hand so that undocumented nulls are in it
    answer: Callable[[Call, RequestT], Json]
    detail: "Route[Any] | None" = None  # Any: its request is its own
    conflicts: bool = False


def room_url(base_url: str, code: str) -> str:
    """Where a room's page is; `code` is its access code, or the secret that stands for it."""
    return f"{base_url}/conf/call/{code}"

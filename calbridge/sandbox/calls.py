"""What a route of the sandbox is: a declaration of the platform's, and the function that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from calbridge.enterprise.endpoint import Endpoint, WireRequest
from calbridge.sandbox.people import Principal
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

RequestT = TypeVar("RequestT", bound=WireRequest)

Json: TypeAlias = Any  # Any: JSON has no closed type in Python


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
    """One endpoint, answered. `answer` raises `Refusal`s; what it wrote before one is undone."""

    endpoint: Endpoint[RequestT, Any]  # Any: the answer is JSON, shaped by hand so that undocumented nulls are in it
    answer: Callable[[Call, RequestT], Json]


def room_url(base_url: str, code: str) -> str:
    """Where a room's page is; `code` is its access code, or the secret that stands for it."""
    return f"{base_url}/conf/call/{code}"

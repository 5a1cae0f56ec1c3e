"""What an endpoint of the Enterprise API is: a value that the client and the sandbox share. No I/O.

    FETCH = Endpoint("host/fetch", FetchRequest, HostResponse, Retry.READ, ADMINS)

A resource's file holds its models and one such constant per endpoint. What we write is exact (unknown fields are
refused, None is not sent); what the platform sends is read leniently: unknown fields are ignored, and only ids are
required, so that one odd conference can't spoil a listing.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
"""How the platform writes a time; it is local to the `time_zone` beside it."""

LocalTime = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]
"""A time in `TIME_FORMAT`."""


class WireRequest(BaseModel):
    """What we write. `auth_token` is not part of it: the client adds it, the sandbox takes it out."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def payload(self) -> dict[str, Any]:  # Any: JSON
        """Shape it for the request's body; a field that is None is not sent."""
        return self.model_dump(mode="json", exclude_none=True)


class WireResponse(BaseModel):
    """What the platform sends."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True)


def _absent(value: Any, read: ValidatorFunctionWrapHandler) -> Any:  # Any: JSON, and what it is read as
    try:
        return read(value)
    except ValidationError:
        return None


T = TypeVar("T")
Aside = Annotated[T | None, WrapValidator(_absent)]
"""A field of a response that we pass on but never go by: of an unexpected shape, it reads as None."""


class Message(WireResponse):
    """The answer of endpoints that return nothing else ("OK"), and of every error."""

    message: str


class Retry(Enum):
    """What sending a request a second time does.

    `READ`: nothing, so the client itself may. `IDEMPOTENT`: the same again (update, cancel), so the caller may, after
    a look. `CREATE`: perhaps a second one, so nobody may before the first is known not to exist.
    """

    READ = "read"
    IDEMPOTENT = "idempotent"
    CREATE = "create"


class Role(StrEnum):
    """Who may call (reference: "REST APIs"), as hosts carry it in `role`."""

    HOST = "HOST"
    COMPANY_ADMIN = "COMPANY_ADMIN"
    RESELLER_ADMIN = "RESELLER_ADMIN"


ADMINS: Final = frozenset({Role.COMPANY_ADMIN, Role.RESELLER_ADMIN})

RequestT = TypeVar("RequestT", bound=WireRequest)
ResponseT = TypeVar("ResponseT")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[RequestT, ResponseT]):
    """One endpoint. `path` follows /enterprise_api/; `response` is a `WireResponse` or a list of one.

    `paged`: the response is a list that comes in pages; its request has a `page`, which the client fills in.
    `authenticated`: an `auth_token` goes with it. The HTTP method is always POST.
    """

    path: str
    request: type[RequestT]
    response: type[ResponseT]
    retry: Retry
    roles: frozenset[Role]
    paged: bool = False
    authenticated: bool = True
    method: str = "POST"

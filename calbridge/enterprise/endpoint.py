"""What an endpoint of the Enterprise API is: a value that the client and the sandbox share. No I/O.

    FETCH = Endpoint("host/fetch", FetchRequest, HostResponse, Retry.READ, ADMINS)

A resource's file holds its models and one such constant per endpoint; the docstring of the request's model says what
the endpoint does, and is its help. What we write is exact (unknown fields are refused, None is not sent); what the
platform sends is read leniently: unknown fields are ignored, and only ids are required, so that one odd conference
can't spoil a listing.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated, Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
"""How the platform writes a time; it is local to the `time_zone` beside it."""

LocalTime = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}){2} [0-9]{2}(:[0-9]{2}){2}$")]
"""A time in `TIME_FORMAT`."""

Date = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}){2}$")]
"""A day, as 2020-12-31."""

Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""An id as it is answered: what does not fit into 64 bits can't be kept, and is none."""

Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
"""A country in ISO 3166's two letters."""

Unused: TypeAlias = Any
"""A field that the reference tells one to ignore: it is there for strict deserialisers, and so it is here."""


class WireRequest(BaseModel):
    """What we write. `auth_token` is not part of it: the client adds it, the sandbox takes it out.

    `nullable` names the fields whose null means something else than their absence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    nullable: ClassVar[frozenset[str]] = frozenset()

    def payload(self) -> dict[str, Any]:  # Any: JSON
        """Shape it for the request's body; a field that is None is not sent, unless it is nullable and was given."""
        given = dict.fromkeys(self.nullable & self.model_fields_set)
        return given | self.model_dump(mode="json", exclude_none=True)

    def secrets(self) -> Iterator[str]:
        """Tell what must not show up in a log: the fields that its repr leaves out."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, WireRequest):
                    yield from part.secrets()
                elif part is not None and not field.repr:
                    yield str(part)


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


def uncapitalised(content: Any) -> Any:  # Any: JSON
    """Read `Conference_id` as `conference_id`: some of the reference's names begin with a capital, at random."""
    if not isinstance(content, Mapping):
        return content
    return {name[:1].lower() + name[1:]: value for name, value in content.items()}


class Message(WireResponse):
    """The answer of endpoints that return nothing else, and of every error: {"message": "OK"} or a bare "OK"."""

    message: str

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, content: Any) -> Any:  # Any: JSON
        return {"message": content} if isinstance(content, str) else content


class Done(Message):
    """The answer of endpoints for which the reference shows no content: what comes with a 2xx is often empty."""

    message: str = "OK"


class Retry(Enum):
    """What sending a request a second time does.

    `READ`: nothing, so the client itself may. `IDEMPOTENT`: the same again (update, cancel), so the caller may, after
    a look. `CREATE`: perhaps a second conference, mail, message or call, so nobody may before the first is known not
    to exist.
    """

    READ = "read"
    IDEMPOTENT = "idempotent"
    CREATE = "create"


class Role(StrEnum):
    """Who may call (reference: "REST APIs"), as hosts carry it in `role`."""

    HOST = "HOST"
    COMPANY_ADMIN = "COMPANY_ADMIN"
    RESELLER_ADMIN = "RESELLER_ADMIN"


class Paging(Enum):
    """How a listing comes.

    `NONE`: whole. `CURSOR`: more than ten rows come in pages, each with the `next_page` to ask for next. `NUMBER`:
    pages of 20 are numbered from 1; `next_page` is null on the last.
    """

    NONE = "none"
    CURSOR = "cursor"
    NUMBER = "number"


ADMINS: Final = frozenset({Role.COMPANY_ADMIN, Role.RESELLER_ADMIN})
"""Also where the reference names no role at an endpoint."""

RESELLER: Final = frozenset({Role.RESELLER_ADMIN})

RequestT = TypeVar("RequestT", bound=WireRequest)
ResponseT = TypeVar("ResponseT")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[RequestT, ResponseT]):
    """One endpoint. `path` follows /enterprise_api/; `response` is a `WireResponse` or a list of one.

    `status`: what it answers when it did what was asked. `paging`: the response is a list that comes in pages; its
    request has a `page`, which the client fills in. `page`: the object around such a list, where its other fields
    are documented. `detail`: the same endpoint asked with `output` = "detail", which answers something else.
    `authenticated`: an `auth_token` goes with it.
    """

    path: str
    request: type[RequestT]
    response: type[ResponseT]
    retry: Retry
    roles: frozenset[Role]
    status: int = 200
    paging: Paging = Paging.NONE
    page: type[WireResponse] | None = None
    detail: "Endpoint[Any, Any] | None" = None  # Any: its models are its own
    authenticated: bool = True
    method: str = "POST"

    @property
    def doc(self) -> str:
        """What it does, who may, and what its fields mean."""
        return inspect.cleandoc(self.request.__doc__ or "")

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        return self.doc.partition("\n")[0]

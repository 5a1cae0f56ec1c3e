"""The methods and their help, told by the declarations."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel

from calbridge.api_command.parameters import AnyEndpoint, parameters, part
from calbridge.core.problem import Problem
from calbridge.enterprise import ALL
from calbridge.enterprise.endpoint import RESELLER, Paging
from calbridge.report import Json

METHODS: Final[dict[str, AnyEndpoint]] = {endpoint.path: endpoint for endpoint in ALL}


def unknown_method(name: str) -> Problem:
    """Say that there is no such method, and which was probably meant."""
    nearest = get_close_matches(name, METHODS, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else "calbridge api --list names them all"
    return Problem("calbridge api", "api.unknown-method", f"there is no method {name!r}", hint)


def rows() -> list[tuple[str, str, str]]:
    """Each method with what it does and who may."""
    return [(endpoint.path, endpoint.summary, who(endpoint)) for endpoint in ALL]


def who(endpoint: AnyEndpoint) -> str:
    """The roles that may call it."""
    return "reseller admin" if endpoint.roles == RESELLER else "company admin, reseller admin"


def listing_json() -> list[Json]:
    """Every method for programs."""
    return [
        {
            "method": endpoint.path,
            "summary": endpoint.summary,
            "roles": sorted(endpoint.roles),
            "paged": endpoint.paging is not Paging.NONE,
            "keys": [
                {"key": each.key, "type": each.kind, "needed": each.needed, "secret": each.secret}
                for each in parameters(endpoint)
            ],
            "answer": list(answer_fields(endpoint)),
        }
        for endpoint in ALL
    ]


def page(endpoint: AnyEndpoint) -> Iterator[str]:
    """The help of one method, before its table of keys."""
    yield f"calbridge api {endpoint.path} [key=value ...]"
    yield ""
    yield from endpoint.doc.splitlines()
    yield ""
    yield f"Who may: {who(endpoint)}."
    many = item_model(endpoint) is not None
    yield f"Answers {'a list, each with' if many else 'with'}: {', '.join(answer_fields(endpoint))}."
    if endpoint.paging is not Paging.NONE:
        yield "All pages are fetched, unless --page (or page=) asks for one; --page first is the one to begin with."


KEY_HEADS: Final = ("key", "type", " ")


def key_rows(endpoint: AnyEndpoint) -> list[tuple[str, str, str]]:
    """Each key with its type and what is particular about it."""
    return [
        (each.key, each.kind, ", ".join([*(["needed"] * each.needed), *(["secret: by @FILE or @-"] * each.secret)]))
        for each in parameters(endpoint)
    ]


def answer_fields(endpoint: AnyEndpoint) -> Iterator[str]:
    """The fields of what it answers, or of each row of it."""
    model = item_model(endpoint) or endpoint.response
    if isinstance(model, type) and issubclass(model, BaseModel):
        yield from (field.alias or name for name, field in model.model_fields.items())


def item_model(endpoint: AnyEndpoint) -> type[BaseModel] | None:
    """What the rows are of an endpoint that answers a list."""
    arguments = getattr(endpoint.response, "__args__", ())
    return part(arguments[0]) if arguments else None

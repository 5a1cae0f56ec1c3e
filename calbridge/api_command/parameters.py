"""What can be given to an endpoint: its request's fields, as keys with types, told by the declarations."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from calbridge.enterprise.endpoint import Endpoint

AnyEndpoint: TypeAlias = Endpoint[Any, Any]  # Any: an endpoint, whichever
Hint: TypeAlias = Any  # a type, as typing's own functions hand it around


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key. `choices` are all its values where there are few; `secret`: it may not stand on a command line."""

    key: str
    kind: str
    choices: tuple[str, ...]
    needed: bool
    secret: bool


def parameters(endpoint: AnyEndpoint) -> tuple[Parameter, ...]:
    """Every key of an endpoint, the needed ones first; a part of an object is `object.part`."""
    return tuple(sorted(_of_model(endpoint.request), key=lambda parameter: not parameter.needed))


def _of_model(model: type[BaseModel], prefix: str = "") -> Iterator[Parameter]:
    for name, field in model.model_fields.items():
        inner = part(field.annotation)
        if inner is not None:
            yield from _of_model(inner, f"{prefix}{name}.")
            continue
        hint = field.annotation
        yield Parameter(
            prefix + name, kind(hint), choices(hint), needed=field.is_required() and not prefix, secret=_secret(field)
        )


def _secret(field: FieldInfo) -> bool:
    items = item(field.annotation)
    inner = part(items) if items is not None else None
    return not field.repr or (inner is not None and any(not each.repr for each in inner.model_fields.values()))


def find(model: type[BaseModel], key: str) -> tuple[FieldInfo, bool] | None:
    """Look a dotted key up: its field, and whether it or an object that it is part of is secret."""
    name, dot, rest = key.partition(".")
    field = model.model_fields.get(name)
    if field is None:
        return None
    if not dot:
        return field, not field.repr
    inner = part(field.annotation)
    found = None if inner is None else find(inner, rest)
    return None if found is None else (found[0], found[1] or not field.repr)


def hidden(hint: Hint, value: object) -> Iterator[str]:
    """List the secret fields that stand somewhere inside of a value."""
    inner = part(hint)
    if inner is not None and isinstance(value, dict):
        for name, field in inner.model_fields.items():
            if name in value and not field.repr:
                yield name
            elif name in value:
                yield from hidden(field.annotation, value[name])
    items = item(hint)
    if items is not None and isinstance(value, list):
        for each in value:
            yield from hidden(items, each)


def members(hint: Hint) -> tuple[Hint, ...]:
    """The types that a hint allows, None left out."""
    origin = _origin(hint)
    if origin is Annotated:
        return members(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return tuple(one for each in get_args(hint) for one in members(each))
    return () if hint is type(None) else (hint,)


def part(hint: Hint) -> type[BaseModel] | None:
    """The model of a field that is an object."""
    return next((one for one in members(hint) if isinstance(one, type) and issubclass(one, BaseModel)), None)


def item(hint: Hint) -> Hint | None:
    """What the members of a field are that is a list."""
    return next((get_args(one)[0] for one in members(hint) if _origin(one) is tuple), None)


def is_text(hint: Hint) -> bool:
    """Whether any text will do as it stands."""
    return any(one is str or bool(_texts(one)) for one in members(hint))


def choices(hint: Hint) -> tuple[str, ...]:
    """Every value that there is; empty for those without number."""
    found = members(hint)
    if found == (bool,):
        return ("true", "false")
    texts = [_texts(one) for one in found]
    return tuple(text for each in texts for text in each) if all(texts) else ()


def kind(hint: Hint) -> str:
    """A type in words for people."""
    return " or ".join(dict.fromkeys(_kind(one) for one in members(hint)))


def _kind(one: Hint) -> str:
    if _origin(one) is tuple:
        return f"list of {kind(get_args(one)[0])}"
    if texts := (("true", "false") if one is bool else _texts(one)):
        return "|".join(texts)
    if isinstance(one, type) and issubclass(one, BaseModel):
        return "{" + ", ".join(one.model_fields) + "}"
    return {int: "number", str: "text"}[one]


def _texts(one: Hint) -> tuple[str, ...]:
    if _origin(one) is Literal:
        return tuple(str(each) for each in get_args(one))
    return tuple(str(each.value) for each in one) if isinstance(one, type) and issubclass(one, Enum) else ()


def _origin(hint: Hint) -> Hint:
    return get_origin(hint)

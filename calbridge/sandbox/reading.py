"""GET /docs: the OpenAPI description as a page to read, each endpoint with its fields. No script."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import Response

from calbridge.sandbox import markup
from calbridge.sandbox.calls import Sandbox

Schema = Mapping[str, Any]  # Any: JSON
_REF: Final = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a table; `name` is dotted inside objects, with [] for each element of an array."""

    name: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One endpoint. `statuses` begins with that of its success."""

    resource: str
    method: str
    path: str
    about: str
    roles: str
    statuses: tuple[str, ...]
    request: tuple[Field, ...]
    response: tuple[Field, ...]


def serve(app: FastAPI, _: Sandbox) -> None:
    """Add the page to the app."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        resources = [(name, list(found)) for name, found in groupby(entries(app.openapi()), lambda one: one.resource)]
        return markup.page("docs.html", resources=resources)


def entries(described: Schema) -> Iterator[Entry]:
    """Read the endpoints of an OpenAPI description, in their order."""
    schemas = described.get("components", {}).get("schemas", {})
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            success, *refusals = operation["responses"].items()
            yield Entry(
                resource=operation["tags"][0],
                method=method.upper(),
                path=path,
                about=operation["description"],
                roles=" or ".join(operation["x-roles"]),
                statuses=(success[0], *sorted(status for status, _ in refusals)),
                request=tuple(_fields(_content(operation["requestBody"]), schemas)),
                response=tuple(_fields(_content(success[1]), schemas)),
            )


def _content(part: Schema) -> Schema:
    schema: Schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _fields(schema: Schema, schemas: Schema, prefix: str = "", inside: frozenset[str] = frozenset()) -> Iterator[Field]:
    """List what is inside a schema; a part that contains itself is not opened a second time."""
    for choice in schema.get("anyOf", [schema]):
        name = str(choice.get("$ref", "")).removeprefix(_REF)
        if name in inside:
            continue
        part, within = (schemas[name], inside | {name}) if name else (choice, inside)
        if "items" in part:
            yield from _fields(part["items"], schemas, f"{prefix}[].".removeprefix("."), within)
        for key, value in part.get("properties", {}).items():
            yield Field(prefix + key, _type(value, schemas), key in part.get("required", ()))
            yield from _fields(value, schemas, f"{prefix}{key}{'[]' if _is_array(value) else ''}.", within)


def _is_array(schema: Schema) -> bool:
    return any("items" in choice for choice in schema.get("anyOf", [schema]))


def _type(schema: Schema, schemas: Schema) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(choice, schemas) for choice in schema["anyOf"] if choice.get("type") != "null")
    if "$ref" in schema:
        return _type(schemas[schema["$ref"].removeprefix(_REF)], schemas)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "items" in schema:
        return f"array of {_type(schema['items'], schemas)}"
    return str(schema.get("type", "anything"))

"""The sandbox's OpenAPI description, from the declarations: requests are checked by hand, after the session is."""

from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import create_model

from calbridge.enterprise.endpoint import Endpoint, Message, Paging
from calbridge.sandbox.settings import Settings

_SESSIONS: Final = (
    "POST /enterprise_api/authenticate buys an `auth_token` for an API token. All other requests carry it in their"
    " body; 60 minutes after its last use it has expired."
)


def describe(app: FastAPI, endpoints: Sequence[Endpoint[Any, Any]], prefix: str) -> None:  # Any: any endpoint
    """Add each endpoint's request to what FastAPI tells of the app."""

    def schema() -> dict[str, Any]:  # Any: JSON
        if app.openapi_schema is None:
            described = get_openapi(title=app.title, version=app.version, description=_SESSIONS, routes=app.routes)
            for endpoint in endpoints:
                _add_request(described, endpoint, prefix)
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]  # the documented way to extend it


def answer(endpoint: Endpoint[Any, Any], settings: Settings) -> Any:  # Any: any endpoint; a type, however it is built
    """Tell what an endpoint's success holds, as these settings have it; None for nothing."""
    if endpoint.status == 204:
        return None
    if endpoint.response is Message:  # of the subscriptions, without an object around it
        return Message | Literal["OK"]
    if endpoint.page is not None:
        return endpoint.page
    told = endpoint.response if settings.listing == "array" or endpoint.paging is Paging.NONE else _page(endpoint)
    return told if endpoint.detail is None else told | answer(endpoint.detail, settings)


def _page(endpoint: Endpoint[Any, Any]) -> Any:  # Any: as above
    [row] = get_args(endpoint.response)
    return create_model(f"PageOf{row.__name__}", conferences=(endpoint.response, ...), next_page=(str | None, ...))


def _add_request(
    described: dict[str, Any], endpoint: Endpoint[Any, Any], prefix: str
) -> None:  # Any: JSON; any endpoint
    name = endpoint.path.replace("/", "_")
    model = endpoint.request.model_json_schema(ref_template=f"#/components/schemas/{name}_{{model}}")
    for part, part_schema in model.pop("$defs", {}).items():
        described["components"]["schemas"][f"{name}_{part}"] = part_schema
    if endpoint.authenticated:
        model["properties"]["auth_token"] = {"type": "string"}
        model["required"] = ["auth_token", *model.get("required", ())]
    operation = described["paths"][prefix + endpoint.path][endpoint.method.lower()]
    operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": model}}}

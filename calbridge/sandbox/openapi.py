"""The sandbox's OpenAPI description, from the declarations: requests are checked by hand, after the session is."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from calbridge.enterprise.endpoint import Endpoint


def describe(app: FastAPI, endpoints: Sequence[Endpoint[Any, Any]], prefix: str) -> None:  # Any: any endpoint
    """Add each endpoint's request to what FastAPI tells of the app."""

    def schema() -> dict[str, Any]:  # Any: JSON
        if app.openapi_schema is None:
            described = get_openapi(title=app.title, version=app.version, routes=app.routes)
            for endpoint in endpoints:
                _add_request(described, endpoint, prefix)
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]  # the documented way to extend it


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

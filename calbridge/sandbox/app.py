"""The sandbox as a web application: the resources' endpoints and pages, and the doors for tests.

POST /enterprise_api/...   the platform's endpoints, as declared
GET  /sandbox/requests     what was asked of it, on loopback only
GET  /healthz              whether it is up
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from calbridge import __version__
from calbridge.enterprise.authentication import AUTHENTICATE
from calbridge.enterprise.endpoint import Endpoint, Message
from calbridge.sandbox import demands, openapi, resources, seed, sessions
from calbridge.sandbox.calls import Call, Json, Route, Sandbox
from calbridge.sandbox.journal import Journal
from calbridge.sandbox.refusals import Conflict, Forbidden, Missing, Refusal, Refused, Unauthenticated
from calbridge.sandbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PREFIX: Final = "/enterprise_api/"
_VERBS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_log: Final = logging.getLogger(__name__)


def create_app(settings: Settings, journal: Journal | None = None) -> FastAPI:
    """Open the state, seeded if new, and serve it. Raises `ConfigError` for a seed or file that can't be used.

    The app's `state.seed` is the seed that was read, None where the state is an earlier sandbox's.
    """
    state = resources.open_state(settings.data)
    planted = (settings.seed or seed.BUILT_IN) if state.is_empty else None
    if planted is not None:
        seed.fill(state, planted)
    sandbox = Sandbox(settings, state, journal or Journal(), resources.WORKS)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> "AsyncIterator[None]":
        yield
        state.close()

    app = FastAPI(title="calbridge sandbox", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.seed = planted
    app.add_exception_handler(ClientDisconnect, _nobody_there)
    _serve(app, sandbox, AUTHENTICATE, partial(_authenticate, sandbox), conflicts=False)
    for route in resources.ROUTES:
        _serve(app, sandbox, route.endpoint, partial(_answer, sandbox, route), conflicts=route.conflicts)
    for serve in resources.PAGES:
        serve(app, sandbox)
    _serve_doors(app, sandbox)
    openapi.describe(app, [AUTHENTICATE, *(route.endpoint for route in resources.ROUTES)], PREFIX)
    return app


Answer = Callable[[Request, dict[str, Any], datetime], Json]  # Any: the body, JSON


def _serve(
    app: FastAPI,
    sandbox: Sandbox,
    endpoint: Endpoint[Any, Any],  # Any: any endpoint
    answer: Answer,
    *,
    conflicts: bool,
) -> None:
    async def handle(request: Request) -> Response:
        now, body = sandbox.settings.clock(), _parsed(await request.body())
        status, content = _outcome(sandbox, endpoint, answer, request, body)
        sandbox.journal.note(now, request.method, endpoint.path, status, retry=endpoint.retry, body=body)
        return Response(status_code=204) if status == 204 else JSONResponse(content, status)

    refusals = {sandbox.settings.refused_status, 401, 403, 404, 500} | ({409} if conflicts else set())
    app.add_api_route(
        PREFIX + endpoint.path,
        handle,
        methods=[endpoint.method],
        name=endpoint.path,
        summary=endpoint.summary,
        description=endpoint.doc,
        tags=[endpoint.path.partition("/")[0]],
        openapi_extra={"x-roles": sorted(endpoint.roles)},
        status_code=endpoint.status,
        response_model=openapi.answer(endpoint, sandbox.settings),
        responses={status: {"model": Message} for status in sorted(refusals)},
    )


def _outcome(
    sandbox: Sandbox,
    endpoint: Endpoint[Any, Any],  # Any: any endpoint
    answer: Answer,
    request: Request,
    body: object,
) -> tuple[int, Json]:
    try:
        if not isinstance(body, dict):
            raise Refused("The request body must be a JSON dictionary")
        with sandbox.transaction() as now:
            return endpoint.status, answer(request, body, now)
    except Refusal as refusal:
        return _status(refusal, sandbox.settings), {"message": refusal.message}
    except ValidationError as error:
        return sandbox.settings.refused_status, {"message": demands.misshapen(error).message}
    except Exception:  # noqa: BLE001 - the platform answers 500 to what it did not expect, and so does this
        _log.exception("the sandbox failed")
        return 500, {"message": "Internal server error"}


async def _nobody_there(_: Request, __: Exception) -> Response:
    """A client that left within its request asked for nothing and reads no answer."""
    return Response(status_code=400)


def _authenticate(sandbox: Sandbox, _: Request, body: Mapping[str, Json], now: datetime) -> Json:
    asked = AUTHENTICATE.request.model_validate(body)
    return sessions.authenticate(sandbox.state, asked, AUTHENTICATE.roles, now)


def _answer(sandbox: Sandbox, route: Route[Any], request: Request, body: Mapping[str, Json], now: datetime) -> Json:
    principal = sessions.enter(sandbox.state, body.get("auth_token"), route.endpoint.roles, now)
    fields = {key: value for key, value in body.items() if key != "auth_token"}
    call = Call(sandbox.state, sandbox.settings, principal, now, sandbox.base_url(request))
    if route.detail is not None and fields.get("output") == "detail":
        route = route.detail
    return route.answer(call, route.endpoint.request.model_validate(fields))


def _status(refusal: Refusal, settings: Settings) -> int:
    match refusal:
        case Unauthenticated():
            return 401
        case Forbidden():
            return 403
        case Missing():
            return 404
        case Conflict():
            return 409
        case _:
            return settings.refused_status


def _parsed(body: bytes) -> Json:
    try:
        return from_json(body)
    except ValueError:
        return None


def _serve_doors(app: FastAPI, sandbox: Sandbox) -> None:
    @app.api_route(PREFIX + "{path:path}", methods=_VERBS, include_in_schema=False)
    async def unknown_endpoint(request: Request, path: str) -> Response:
        body = _parsed(await request.body())
        sandbox.journal.note(sandbox.settings.clock(), request.method, path, 404, retry=None, body=body)
        return JSONResponse({"message": "No such method"}, 404)

    @app.get("/sandbox/requests", include_in_schema=False)
    async def requests(request: Request) -> Response:
        if not sandbox.on_loopback(request):
            return JSONResponse({"message": "Only on loopback"}, 403)
        return JSONResponse(sandbox.journal.as_json())

    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        return JSONResponse({"status": "ok"})

"""The sandbox as a web application: the endpoints, the rooms, and the doors for tests.

POST /enterprise_api/...   the platform's endpoints, as declared
GET  /conf/call/CODE       a room
GET  /                     what this is
GET  /sandbox/requests     what was asked of it, on loopback only
GET  /healthz              whether it is up
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import ValidationError
from pydantic_core import from_json

from calbridge import __version__
from calbridge.enterprise.authentication import AUTHENTICATE
from calbridge.enterprise.endpoint import Endpoint, Message
from calbridge.sandbox import conferences, demands, hosts, openapi, rooms, seed, sessions
from calbridge.sandbox.calls import Call, Json, Route
from calbridge.sandbox.journal import Journal
from calbridge.sandbox.refusals import Forbidden, Missing, Refusal, Refused, Unauthenticated
from calbridge.sandbox.settings import Settings
from calbridge.sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PREFIX: Final = "/enterprise_api/"
ROUTES: Final[tuple[Route[Any], ...]] = (*hosts.ROUTES, *conferences.ROUTES)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What one running sandbox consists of."""

    settings: Settings
    state: State
    journal: Journal

    def base_url(self, request: Request) -> str:
        """What room URLs begin with, for whoever sent this request."""
        return (self.settings.base_url or str(request.base_url)).rstrip("/")


def create_app(settings: Settings, journal: Journal | None = None) -> FastAPI:
    """Open the state, seeded if new, and serve it. Raises `ConfigError` for a seed or file that can't be used."""
    state = State(settings.data)
    if state.is_empty:
        seed.plant(seed.read(settings.seed or seed.BUILT_IN), state)
    sandbox = Sandbox(settings, state, journal or Journal())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> "AsyncIterator[None]":
        yield
        state.close()

    app = FastAPI(title="calbridge sandbox", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    _serve(app, sandbox, AUTHENTICATE, partial(_authenticate, sandbox))
    for route in ROUTES:
        _serve(app, sandbox, route.endpoint, partial(_answer, sandbox, route))
    _serve_rest(app, sandbox)
    openapi.describe(app, [AUTHENTICATE, *(route.endpoint for route in ROUTES)], PREFIX)
    return app


Answer = Callable[[Request, dict[str, Any], datetime], Json]  # Any: the body, JSON


def _serve(app: FastAPI, sandbox: Sandbox, endpoint: Endpoint[Any, Any], answer: Answer) -> None:  # Any: any endpoint
    async def handle(request: Request) -> Response:
        now, body = sandbox.settings.clock(), _parsed(await request.body())
        status, content = _outcome(sandbox, answer, request, body, now)
        sandbox.journal.note(now, request.method, endpoint.path, status, retry=endpoint.retry, body=body)
        return JSONResponse(content, status)

    app.add_api_route(
        PREFIX + endpoint.path,
        handle,
        methods=[endpoint.method],
        name=endpoint.path,
        response_model=endpoint.response,
        responses={status: {"model": Message} for status in (400, 401, 403, 404)},
    )


def _outcome(sandbox: Sandbox, answer: Answer, request: Request, body: object, now: datetime) -> tuple[int, Json]:
    try:
        if not isinstance(body, dict):
            raise Refused("The request body must be a JSON dictionary")
        with sandbox.state.transaction():
            return 200, answer(request, body, now)
    except Refusal as refusal:
        return _status(refusal, sandbox.settings), {"message": refusal.message}
    except ValidationError as error:
        return sandbox.settings.refused_status, {"message": demands.misshapen(error).message}
    except Exception:  # noqa: BLE001 - the platform answers 500 to what it did not expect, and so does this
        _log.exception("the sandbox failed")
        return 500, {"message": "Internal server error"}


def _authenticate(sandbox: Sandbox, _: Request, body: Mapping[str, Json], now: datetime) -> Json:
    asked = AUTHENTICATE.request.model_validate(body)
    return sessions.authenticate(sandbox.state, asked, AUTHENTICATE.roles, now)


def _answer(sandbox: Sandbox, route: Route[Any], request: Request, body: Mapping[str, Json], now: datetime) -> Json:
    principal = sessions.enter(sandbox.state, body.get("auth_token"), route.endpoint.roles, now)
    fields = {key: value for key, value in body.items() if key != "auth_token"}
    call = Call(sandbox.state, sandbox.settings, principal, now, sandbox.base_url(request))
    return route.answer(call, route.endpoint.request.model_validate(fields))


def _status(refusal: Refusal, settings: Settings) -> int:
    match refusal:
        case Unauthenticated():
            return 401
        case Forbidden():
            return 403
        case Missing():
            return 404
        case _:
            return settings.refused_status


def _parsed(body: bytes) -> Json:
    try:
        return from_json(body)
    except ValueError:
        return None


def _serve_rest(app: FastAPI, sandbox: Sandbox) -> None:
    @app.api_route(PREFIX + "{path:path}", methods=["GET", "POST", "PUT", "DELETE"], include_in_schema=False)
    async def unknown_endpoint(request: Request, path: str) -> Response:
        body = _parsed(await request.body())
        sandbox.journal.note(sandbox.settings.clock(), request.method, path, 404, retry=None, body=body)
        return JSONResponse({"message": "No such method"}, 404)

    @app.get("/conf/call/{code}", include_in_schema=False)
    async def room(code: str) -> Response:
        try:
            with sandbox.state.transaction():
                page = rooms.room_page(sandbox.state, sandbox.settings, code, sandbox.settings.clock())
        except Missing:
            return HTMLResponse(rooms.missing_page(), 404, _PAGE_HEADERS)
        return HTMLResponse(page, 200, _PAGE_HEADERS)

    @app.get("/", include_in_schema=False)
    async def front(request: Request) -> Response:
        with sandbox.state.transaction():
            now, base_url = sandbox.settings.clock(), sandbox.base_url(request)
            page = rooms.front_page(sandbox.state, sandbox.settings, base_url, now)
        return HTMLResponse(page, 200, _PAGE_HEADERS)

    @app.get("/sandbox/requests", include_in_schema=False)
    async def requests(request: Request) -> Response:
        if request.client is None or request.client.host not in _LOOPBACK:
            return JSONResponse({"message": "Only on loopback"}, 403)
        return JSONResponse(sandbox.journal.as_json())

    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        return JSONResponse({"status": "ok"})

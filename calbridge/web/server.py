"""The routes. Everything is a GET; the daemon serves this in its own loop."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from calbridge import metrics
from calbridge.standing import verdict_line
from calbridge.web.guard import Guard
from calbridge.web.sources import Sources


def build(sources: Sources) -> Starlette:
    """The pages over what a daemon knows."""
    answers = _Answers(sources)
    routes = [
        Route("/", answers.index),
        Route("/healthz", answers.health),
        Route("/readyz", answers.ready),
        Route("/metrics", answers.metrics),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, daemon=lambda: sources.config().daemon)])


class _Answers:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def index(self, _request: Request) -> Response:
        """The verdict."""
        return PlainTextResponse(verdict_line(self._sources.verdict(), subjects=False) + "\n")

    async def health(self, _request: Request) -> Response:
        """The loop turns: else nobody would answer."""
        return PlainTextResponse("ok\n")

    async def ready(self, _request: Request) -> Response:
        """There is a configuration, the lock is held, and a host was visited well, if there is one."""
        return PlainTextResponse("ready\n") if self._sources.is_ready() else PlainTextResponse("not yet\n", 503)

    async def metrics(self, _request: Request) -> Response:
        """For Prometheus."""
        return Response(self._sources.metrics.text(), media_type=metrics.CONTENT_TYPE)

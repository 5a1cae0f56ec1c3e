"""The routes. Everything is a GET; the daemon serves this in its own loop."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from calbridge import metrics
from calbridge.errors import StoreError
from calbridge.web.guard import Guard, Whole
from calbridge.web.pages import Pages
from calbridge.web.sources import Sources


def build(sources: Sources) -> Starlette:
    """The pages over what a daemon knows."""
    pages, answers = Pages(sources), _Answers(sources)
    routes = [
        Route("/", pages.overview),
        Route("/hosts/{name}", pages.host),
        Route("/skipped", pages.skipped),
        Route("/events", pages.event),
        Route("/style.css", _file("style.css", "text/css")),
        Route("/icon.svg", _file("icon.svg", "image/svg+xml")),
        Route("/healthz", answers.health),
        Route("/readyz", answers.ready),
        Route("/metrics", answers.metrics),
    ]
    # Starlette itself would answer for every other Exception outside of the guard.
    middleware = [Middleware(Guard, daemon=lambda: sources.config().daemon), Middleware(Whole, broken=pages.broken)]
    return Starlette(
        routes=routes, middleware=middleware, exception_handlers={404: pages.missing, StoreError: pages.failed}
    )


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    """A file of the package."""
    content = files("calbridge.web").joinpath(name).read_bytes()

    async def answer(_request: Request) -> Response:
        return Response(content, media_type=media_type)

    return answer


class _Answers:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def health(self, _request: Request) -> Response:
        """The loop turns: else nobody would answer."""
        return PlainTextResponse("ok\n")

    async def ready(self, _request: Request) -> Response:
        """There is a configuration, the lock is held, and a host was visited well, if there is one."""
        return PlainTextResponse("ready\n") if self._sources.is_ready() else PlainTextResponse("not yet\n", 503)

    async def metrics(self, _request: Request) -> Response:
        """For Prometheus."""
        return Response(self._sources.metrics.text(), media_type=metrics.CONTENT_TYPE)

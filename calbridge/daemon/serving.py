"""A daemon from its first signal to its last: everything begins, goes on beside each other, and ends in good order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from collections.abc import Mapping as Map
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Final

import structlog

from calbridge import app
from calbridge.config import Config
from calbridge.daemon.notify import Notifier
from calbridge.daemon.service import Service
from calbridge.store import Store

_LOOK: Final = 5.0
_PRUNE: Final = 86400.0
"""Seconds between two looks at the configuration's files, and between two times that old history is forgotten."""

_log = structlog.get_logger()


async def serve(
    config: Config,
    store: Store,
    load: Callable[[], Config],
    environ: Map[str, str],
    clock: Callable[[], datetime] = app.utc_now,
) -> None:
    """Run until SIGTERM or SIGINT; the database's lock is held by the caller.

    `load` reads the configuration again, and raises `ConfigError`. Raises `PageError` where the page can't be served.
    """
    asked = _Signals()
    notifier = Notifier(environ)
    async with AsyncExitStack() as stack:
        run = await stack.enter_async_context(app.opened(config, store, clock))
        service = Service(run, load, notifier, stack)
        stack.push_async_callback(service.visits.close)
        await service.begin()
        async with _chores(service, notifier, asked):
            await asked.stop.wait()
        await service.end(asked.hurry)


class _Signals:
    """What was asked for from outside: SIGHUP `reload`, SIGTERM or SIGINT `stop`, and the second of these `hurry`."""

    def __init__(self) -> None:
        self.reload, self.stop, self.hurry = asyncio.Event(), asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)

    def _end(self) -> None:
        (self.hurry if self.stop.is_set() else self.stop).set()


@asynccontextmanager
async def _chores(service: Service, notifier: Notifier, asked: _Signals) -> AsyncIterator[None]:
    """What goes on beside the visits while the block runs."""
    reloading = asyncio.Lock()

    async def reload() -> None:
        await asked.reload.wait()
        asked.reload.clear()
        async with reloading:
            await service.reload(asked=True)

    async def look() -> None:
        await asyncio.sleep(_LOOK)
        async with reloading:
            await service.look()

    async def keep() -> None:
        await asyncio.sleep(service.flush_pause)
        service.keep()

    async def prune() -> None:
        service.prune()
        await asyncio.sleep(_PRUNE)

    async def feed(seconds: float) -> None:
        service.feed()
        await asyncio.sleep(seconds)

    works = [reload, look, keep, prune]
    if notifier.watchdog is not None:
        pulse = notifier.watchdog.total_seconds() / 3
        works.append(lambda: feed(pulse))
    chores = [asyncio.create_task(_over_and_over(work)) for work in works]
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)


async def _over_and_over(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001  a chore that breaks our code, or finds the database in trouble, ends nothing else
            _log.exception("chore failed")
            await asyncio.sleep(_LOOK)

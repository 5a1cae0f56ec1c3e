"""How much is under way at once: over all, and at one server, so that one that answers late delays nobody else.

A visit gets all that it needs at once or waits without holding anything; while it waits for the platform, it lends
what it has.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Hashable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

SERVERS: Final = 8
"""With as many servers or more, one of them gets this part of all visits at most; with fewer, its fair part."""

LEAST: Final = 2
"""How many visits any server gets at once, be there ever so many servers."""


class _All:
    """The key under which all visits count."""


_ALL: Final = _All()


@dataclass(eq=False, slots=True)
class _Claim:
    """What one visit needs, and whether it has it. `lent` counts those of its tasks that wait for the platform."""

    keys: tuple[Hashable, ...]
    held: bool = False
    waits: bool = False
    lent: int = 0
    over: bool = False


_claim: ContextVar[_Claim | None] = ContextVar("_claim", default=None)


class Budgets:
    """`concurrency` visits at once, `share` of them at any one server."""

    def __init__(self, concurrency: int, servers: int) -> None:
        self._used: defaultdict[Hashable, int] = defaultdict(int)
        self._queues: defaultdict[Hashable, deque[tuple[_Claim, asyncio.Future[None]]]] = defaultdict(deque)
        self.resize(concurrency, servers)

    def resize(self, concurrency: int, servers: int) -> None:
        """Take a new configuration; what is under way beyond it ends by itself."""
        self._concurrency = concurrency
        self.share = min(concurrency, max(LEAST, concurrency // max(1, min(servers, SERVERS))))
        for key in list(self._queues):
            self._serve(key)

    @property
    def used(self) -> int:
        """How many visits are under way."""
        return self._used[_ALL]

    @asynccontextmanager
    async def taken(self, servers: Iterable[Hashable]) -> AsyncIterator[None]:
        """Wait for a place at each of these servers and one over all; the block is the visit."""
        claim = _Claim((*dict.fromkeys(servers), _ALL))
        await self._take(claim)
        token = _claim.set(claim)
        try:
            yield
        finally:
            _claim.reset(token)
            claim.over = True
            self._release(claim)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Let others have this visit's places while it waits for the platform; outside of a visit, does nothing."""
        claim = _claim.get()
        if claim is None:
            yield
            return
        try:
            with self._lending(claim):
                yield
        except Exception:
            await self._retake(claim)
            raise
        await self._retake(claim)

    @contextmanager
    def _lending(self, claim: _Claim) -> Iterator[None]:
        if not claim.lent:
            self._release(claim)
        claim.lent += 1
        try:
            yield
        finally:
            claim.lent -= 1

    async def _retake(self, claim: _Claim) -> None:
        """The last of a visit's tasks to come back waits for the places that it lent."""
        if not (claim.lent or claim.held or claim.waits or claim.over):
            await self._take(claim)
            self._reclaim(claim)

    def _reclaim(self, claim: _Claim) -> None:
        """Let go of what came to a visit that had ended without waiting for all its tasks."""
        if claim.over:
            self._release(claim)

    async def _take(self, claim: _Claim) -> None:
        if self._granted(claim):
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues[self._full(claim)].append((claim, waiter))
        claim.waits = True
        try:
            await waiter
        except asyncio.CancelledError:
            self._release(claim)  # it may have been granted in the same turn of the loop in which it was cancelled
            raise
        finally:
            claim.waits = False

    def _release(self, claim: _Claim) -> None:
        if not claim.held:
            return
        claim.held = False
        for key in claim.keys:
            self._used[key] -= 1
            if not self._used[key]:
                del self._used[key]
        for key in claim.keys:
            self._serve(key)

    def _serve(self, key: Hashable) -> None:
        """Let those go on who waited for this; who now waits for something else queues up there."""
        queue = self._queues.get(key)
        while queue and self._used.get(key, 0) < self._limit(key):
            claim, waiter = queue.popleft()
            if waiter.done():
                continue
            if self._granted(claim):
                waiter.set_result(None)
            else:
                self._queues[self._full(claim)].append((claim, waiter))
        if queue is not None and not queue:
            self._queues.pop(key, None)

    def _granted(self, claim: _Claim) -> bool:
        if any(self._used.get(key, 0) >= self._limit(key) for key in claim.keys):
            return False
        for key in claim.keys:
            self._used[key] += 1
        claim.held = True
        return True

    def _full(self, claim: _Claim) -> Hashable:
        return next(key for key in claim.keys if self._used.get(key, 0) >= self._limit(key))

    def _limit(self, key: Hashable) -> int:
        return self._concurrency if key is _ALL else self.share

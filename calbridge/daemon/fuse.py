"""The platform's account, left alone as a whole while the platform does not answer or refuses the token.

What is asked of it meanwhile fails at once, as not sent, with the problem that blew the fuse: calendars are polled on,
and nothing is created in doubt. After a pause one request goes through, and if that is answered all the others do.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from typing import Final

import structlog

from calbridge.core.model import Conference, Fields, HostProfile, Listing
from calbridge.core.problem import Problem
from calbridge.errors import NotSent, OutcomeUnknown, PlatformError, Throttled, Unauthorized
from calbridge.ports import Platform

FAILURES: Final = 5
"""Requests in a row without an answer after which the account is left alone; a refused token needs no second one."""

SHORTEST: Final = 15.0
LONGEST: Final = 900.0
"""The first pause, in seconds; each further one is twice as long, up to the longest."""

_log = structlog.get_logger()


class Fuse:
    """Satisfies `calbridge.ports.Platform` over another, which may be exchanged.

    `lending` surrounds every request: what the visit holds is lent while it waits. `mended` is called when the
    platform answers again. `clock` counts seconds.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        lending: Callable[[], AbstractAsyncContextManager[None]],
        mended: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._platform = platform
        self._lending = lending
        self._mended = mended
        self._clock = clock
        self._failures = 0
        self._pause = SHORTEST
        self._until = 0.0
        self._trying = False
        self.problem: Problem | None = None

    def exchange(self, platform: Platform) -> None:
        """Go on with another account, at once."""
        self._platform = platform
        self.reset()

    def reset(self) -> None:
        """Try again at once: somebody changed something."""
        self._until, self._pause = 0.0, SHORTEST

    async def host(self, host_id: int) -> HostProfile:
        """As the port says; likewise the others."""
        async with self._asked():
            return await self._platform.host(host_id)

    async def hosts(self, company_id: int | None) -> tuple[HostProfile, ...]:
        async with self._asked():
            return await self._platform.hosts(company_id)

    async def listing(self, host_id: int) -> Listing:
        async with self._asked():
            return await self._platform.listing(host_id)

    async def fetch(self, conference_id: int) -> Conference | None:
        async with self._asked():
            return await self._platform.fetch(conference_id)

    async def create(self, host_id: int, fields: Fields) -> Conference:
        async with self._asked():
            return await self._platform.create(host_id, fields)

    async def update(self, conference_id: int, fields: Fields) -> Conference:
        async with self._asked():
            return await self._platform.update(conference_id, fields)

    async def cancel(self, conference_id: int) -> None:
        async with self._asked():
            await self._platform.cancel(conference_id)

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        if self.problem is not None and (self._trying or self._clock() < self._until):
            raise NotSent(self.problem)
        trying = self._trying = self.problem is not None
        try:
            async with self._lending():
                yield
        except Unauthorized as error:
            self._failed(error.problem, FAILURES)
            raise
        except Throttled:
            raise  # the client itself keeps quiet for as long as the platform asked
        except (NotSent, OutcomeUnknown) as error:
            self._failed(error.problem, 1)
            raise
        except PlatformError:
            self._answered()
            raise
        else:
            self._answered()
        finally:
            if trying:
                self._trying = False

    def _failed(self, problem: Problem, weight: int) -> None:
        self._failures += weight
        if self._failures < FAILURES or self._clock() < self._until:
            return
        if self.problem is None:
            _log.warning("platform left alone", **asdict(problem))
        else:
            self._pause = min(2 * self._pause, LONGEST)
        self.problem = problem
        self._until = self._clock() + self._pause

    def _answered(self) -> None:
        self._failures, self._pause = 0, SHORTEST
        if self.problem is not None:
            self.problem = None
            _log.info("platform answers again")
            self._mended()

"""calbridge's own client of the sandbox, for tests without an event loop of their own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from calbridge.enterprise.client import Enterprise
from calbridge.enterprise.endpoint import Endpoint, WireResponse
from calbridge.errors import PlatformError
from calbridge.sandbox import RunningSandbox

ResponseT = TypeVar("ResponseT")
ItemT = TypeVar("ItemT", bound=WireResponse)


class Client:
    """One API token's client. `api` and `runner` are for what is no plain call."""

    def __init__(self, api: Enterprise, runner: asyncio.Runner) -> None:
        self.api = api
        self.runner = runner

    def call(self, endpoint: Endpoint[Any, ResponseT], **fields: Any) -> ResponseT:  # Any: its request's fields
        """Call an endpoint that must accept it."""
        return self.runner.run(self.api.call(endpoint, endpoint.request(**fields)))

    def refused(self, endpoint: Endpoint[Any, Any], **fields: Any) -> tuple[int | None, str]:
        """Call an endpoint that must refuse it: the status and the message."""
        with pytest.raises(PlatformError) as raised:
            self.call(endpoint, **fields)
        return raised.value.status, raised.value.message

    def pages(self, endpoint: Endpoint[Any, list[ItemT]], **fields: Any) -> list[list[ItemT]]:
        """Walk through a listing, page by page."""

        async def walk(pages: AsyncIterator[list[ItemT]]) -> list[list[ItemT]]:
            return [page async for page in pages]

        return self.runner.run(walk(self.api.pages(endpoint, endpoint.request(**fields))))


@contextmanager
def client(sandbox: RunningSandbox, api_token: str) -> Iterator[Client]:
    """Open a client; it authenticates with its first call."""
    with asyncio.Runner() as runner:
        api = Enterprise(sandbox.url, api_token, timeout=10)
        runner.run(api.__aenter__())
        try:
            yield Client(api, runner)
        finally:
            runner.run(api.__aexit__())

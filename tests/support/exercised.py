"""Which endpoints and fields a test run reaches over real HTTP: noted at the sandbox's door, whoever knocks.

With CALBRIDGE_EXERCISED=FILE in the environment, a run adds what it reached to FILE, which `support.api_table` joins to
what is documented and declared. Only what was done counts: requests answered with a 2xx.
"""

import json
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from support.reference import names

Message = MutableMapping[str, Any]  # Any: as ASGI has it
PREFIX = "/enterprise_api/"


@dataclass
class Exercised:
    """The names in requests and in responses, by endpoint."""

    fields: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)

    def note(self, path: str, asked: bytes, answered: bytes) -> None:
        """Take down one exchange."""
        request, response = self.fields.setdefault(path, (set(), set()))
        request.update(set(names(_parsed(asked))) - ({"auth_token"} if path != "authenticate" else set()))
        response.update(names(_parsed(answered)))
        if not response:
            response.add("message")  # a bare OK, or none at all

    def add_to(self, file: Path) -> None:
        """Join it to what earlier runs reached."""
        before = json.loads(file.read_text()) if file.exists() else {}
        for path, (asked, answered) in before.items():
            request, response = self.fields.setdefault(path, (set(), set()))
            request.update(asked)
            response.update(answered)
        file.write_text(json.dumps({path: [sorted(side) for side in sides] for path, sides in self.fields.items()}))


@contextmanager
def recording() -> Iterator[Exercised]:
    """Note what reaches any sandbox of this process."""
    exercised, answer = Exercised(), FastAPI.__call__

    async def noted(self: FastAPI, scope: Any, receive: Any, send: Any) -> None:  # Any: as ASGI has it
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await answer(self, scope, receive, send)
            return
        asked, answered, status = bytearray(), bytearray(), 0

        async def hear() -> Message:
            message: Message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def tell(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            answered.extend(message.get("body", b""))
            await send(message)

        await answer(self, scope, hear, tell)
        if 200 <= status < 300:
            exercised.note(scope["path"].removeprefix(PREFIX), bytes(asked), bytes(answered))

    FastAPI.__call__ = noted  # type: ignore[method-assign]  # every app that is served passes here
    try:
        yield exercised
    finally:
        FastAPI.__call__ = answer  # type: ignore[method-assign]


def _parsed(body: bytes) -> Any:  # Any: JSON
    try:
        return json.loads(body)
    except ValueError:
        return None

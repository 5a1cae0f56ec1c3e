"""The platform below HTTP: its Enterprise API as documented, with every way to fail that HTTP allows."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from calbridge.core.problem import Problem
from calbridge.enterprise import transport
from calbridge.enterprise.answer import Answer, unknown
from calbridge.enterprise.messages import FieldMessage
from calbridge.enterprise.transport import Post
from calbridge.errors import NotSent
from calbridge.sandbox import refusals
from simulation import faults
from simulation.conferences import Conferences, Json
from simulation.events import HOST
from simulation.world import Violation, World

API_TOKEN = "CANARY-api-token"
SETTLED = 119.0
"""Seconds within which a create must have taken effect and show in every listing: less than settle_time."""


@dataclass
class PlatformServer:
    """One account with one host. `down` and `lists_nothing` are spells; `requests` counts the writes that were sent.

    `seen_cancel` is told of every cancel that is asked for, by id, before anything becomes of it; so is `seen_write` of
    every create and update, and `seen_refusal` of those that are refused.
    """

    world: World
    conferences: Conferences
    down: bool = False
    lists_nothing: bool = False
    requests: int = 0
    refusal_status: int = 400
    seen_cancel: Callable[[int], None] = lambda _id: None
    seen_write: Callable[[str, Json], None] = lambda _path, _asked: None
    seen_refusal: Callable[[str, Json], None] = lambda _path, _asked: None
    _sessions: int = 0
    _expires: datetime | None = None

    async def send(self, post: Post) -> Answer:
        """One request and its complete answer, or not."""
        world, path, asked = self.world, post.path, dict(post.payload)
        kinds: tuple[str, ...] = faults.PLATFORM
        if path in _WRITES:
            kinds = faults.WRITES
            self.requests += 1
            asked["request"] = self.requests
        elif path == "conference/fetch_all":
            kinds = faults.LISTING
        share = world.rate * (2.5 if path in _WRITES else 0.8)
        down = self.down or (self.lists_nothing and path == "conference/fetch_all")
        fault = "api 5xx" if down else world.draw(kinds, share)
        world.say(f"  {path} {_brief(asked)} [{fault}]")
        if path == "conference/cancel":
            self.seen_cancel(asked["conference_id"])
        elif path in _WRITES:
            self.seen_write(path, asked)
        return self._mishap(fault, path, asked) or self._reply(path, asked, fault)

    def _mishap(self, fault: str | None, path: str, asked: Json) -> Answer | None:
        """What comes in the place of an answer, where nothing was done; None where it will be."""
        match fault:
            case "api no connection":
                raise NotSent(Problem("acme.example.com", "platform.unreachable", "no connection", "check"))
            case "api request lost":
                self._time_out()
                raise unknown(path, "no complete answer: the connection broke off")
            case "api late":
                self._late(path, asked, fault)
                self._time_out()
                raise unknown(path, "no complete answer: not done within 30 s")
            case "api 401":
                self._expires = None
        return self._unwell(fault, path, asked)

    def _unwell(self, fault: str | None, path: str, asked: Json) -> Answer | None:
        """An answer that is not the one to what was asked."""
        random = self.world.random
        match fault:
            case "api 5xx":
                return self._json(random.choice((500, 502, 503)), {"message": f"Failure of {API_TOKEN}"})
            case "api 429":
                return self._json(429, {"message": "Slow down"}, str(random.choice((1, 5, 60))))
            case "api html":
                return self._html(200)
            case "api proxy page":
                return self._html(random.choice((404, 403, 502, 504)))
            case "api refused" if path != "conference/cancel":
                self.seen_refusal(path, asked)
                return self._json(self.refusal_status, {"message": FieldMessage.RECORDING.value})
            case "api forbidden" if path in {"conference/create", "conference/update"}:
                self.seen_refusal(path, asked)
                return self._json(403, {"message": f"Not this one, {asked.get('auth_token')}"})
            case _:
                return None

    def _reply(self, path: str, asked: Json, fault: str | None) -> Answer:
        if fault == "api twice, once late":
            self._answer(path, asked, fault)
            self._late(path, asked, fault)
            raise unknown(path, "no complete answer: the connection broke off")
        if fault == "api twice":
            self._answer(path, asked, fault)
            answer = self._answer(path, asked, fault)
        else:
            answer = self._answer(path, asked, fault)
        match fault:
            case "api reply lost":
                self._time_out()
                raise unknown(path, "no complete answer: the connection broke off")
            case "api 5xx with effect":
                return self._json(502, {"message": "Bad gateway"})
            case "api cut":
                return replace(answer, body=answer.body[: len(answer.body) // 2])
        return answer

    def _late(self, path: str, asked: Json, fault: str) -> None:
        """Do it in a while."""
        sent, delay = self.world.now, self.world.random.uniform(self.world.random.choice((1, 80)), SETTLED)
        self.world.later(delay, f"  late {path}", lambda: self._answer(path, asked, fault, sent))

    def _time_out(self) -> None:
        if self.world.chance(0.3):
            self.world.pass_time(30)

    def _answer(self, path: str, asked: Json, fault: str | None, sent: datetime | None = None) -> Answer:
        """Do what is asked; `sent` where that was a while ago."""
        if path == "authenticate":
            return self._authenticate(asked)
        if sent is None and not self._is_session(asked):
            return self._json(401, {"message": f"Session expired: {asked.get('auth_token')}"})
        try:
            return self._json(200, self._do(path, asked, fault, sent or self.world.now))
        except refusals.Missing as error:
            return self._json(404, {"message": error.message})
        except refusals.Refusal as error:
            return self._json(self.refusal_status, {"message": error.message})

    def _do(self, path: str, asked: Json, fault: str | None, sent: datetime) -> Any:  # Any: JSON
        held = self.conferences
        match path:
            case "host/fetch":
                return _HOST
            case "conference/create":
                return held.written(held.create(asked, sent), fault)
            case "conference/update":
                return held.written(held.update(asked), fault)
            case "conference/fetch":
                found = held.existing(asked)
                held.fetched[found.id] = found.agenda
                return held.shaped(found)
            case "conference/fetch_all":
                return held.listing(asked, fault)
            case "conference/cancel":
                held.cancel(held.existing(asked))
                return {"message": "OK"}
        raise Violation("documented requests", path)

    # --- sessions -----------------------------------------------------------------------------------------------------

    def _authenticate(self, asked: Json) -> Answer:
        if asked.get("api_token") != API_TOKEN:
            raise Violation("credentials", "authenticate with another token")
        self._sessions += 1
        self._expires = self.world.now + timedelta(hours=1)
        return self._json(200, {"auth_token": f"CANARY-session-{self._sessions}"})

    def _is_session(self, asked: Json) -> bool:
        current = asked.get("auth_token") == f"CANARY-session-{self._sessions}"
        if not current or self._expires is None or self._expires < self.world.now:
            return False
        self._expires = self.world.now + timedelta(hours=1)
        return True

    # --- answers ------------------------------------------------------------------------------------------------------

    def _json(self, status: int, content: Any, retry_after: str | None = None) -> Answer:  # Any: JSON
        return Answer(status, "application/json", retry_after, self.world.now, json.dumps(content).encode())

    def _html(self, status: int) -> Answer:
        return Answer(status, "text/html", None, self.world.now, b"<html>CANARY-portal CANARY-api-token</html>")


class PlatformWire:
    """In the place of the product's HTTP transport."""

    def __init__(self, server: PlatformServer, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._server, self._before, self._after = server, before, after

    async def __aenter__(self) -> "PlatformWire":
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    def where(self, path: str) -> str:
        """As the real one names a request."""
        return f"acme.example.com {path}"

    async def send(self, post: Post) -> Answer:
        """Send once, or die on the way."""
        self._before()
        await self._server.world.step()
        self._before()
        try:
            answer = await self._server.send(post)
            if answer.status >= 300:  # as the real transport does
                answer = replace(answer, body=transport._without(post.secrets, answer.body))
        finally:
            self._after()
        await self._server.world.step()
        self._before()
        return answer


_WRITES = frozenset({"conference/create", "conference/update", "conference/cancel"})
_HOST = {
    "host_id": HOST,
    "name": "Alice",
    "email": "alice@example.com",
    "time_zone": "Europe/Paris",
    "locale": "en-GB",
    "primary_dialin_number": {"international_format": "+1 555 0100"},
    "access_code": {"number": "4711"},
    "moderator_pin": {"number": "CANARY-moderator-pin"},
}


def _brief(asked: Json) -> str:
    keep = ("conference_id", "subject", "start", "duration", "schedule", "page")
    marker = [str(asked["agenda"]).rsplit("-", 1)[-1]] if "agenda" in asked else []
    return " ".join(str(asked[name]) for name in keep if asked.get(name) is not None) + "".join(f" {m}" for m in marker)

"""The platform's account, left alone as a whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from support.fakes import FakePlatform

from calbridge.daemon.fuse import FAILURES, LONGEST, SHORTEST, Fuse
from calbridge.errors import NotSent, OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized


class Wired:
    """A fuse before a platform, and a clock that counts seconds."""

    def __init__(self) -> None:
        self.platform = FakePlatform(lambda: datetime(2026, 3, 2, tzinfo=UTC))
        self.now = 1000.0
        self.mended = 0
        self.fuse = Fuse(self.platform, lending=self._lending, mended=self._mended, clock=lambda: self.now)

    @asynccontextmanager
    async def _lending(self) -> AsyncIterator[None]:
        await asyncio.sleep(0)  # a request takes a while
        yield

    def _mended(self) -> None:
        self.mended += 1

    def asks(self, times: int = 1) -> list[str]:
        """Ask for a listing so often; the kinds of failures, or `fine`."""
        return [asyncio.run(_kind(lambda: self.fuse.listing(9))) for _ in range(times)]


async def _kind(ask: Callable[[], Awaitable[object]]) -> str:
    try:
        await ask()
    except PlatformError as error:
        return type(error).__name__
    return "fine"


@pytest.fixture(name="wired")
def _wired() -> Wired:
    return Wired()


def blow(wired: Wired) -> None:
    wired.platform.fails("listing", OutcomeUnknown, times=FAILURES)
    assert wired.asks(FAILURES) == ["OutcomeUnknown"] * FAILURES


def test_after_several_failures_in_a_row_nothing_is_sent_any_more(wired: Wired) -> None:
    blow(wired)
    asked = len(wired.platform.calls)
    assert wired.asks(50) == ["NotSent"] * 50
    assert len(wired.platform.calls) == asked


def test_a_refused_token_is_not_asked_with_again(wired: Wired) -> None:
    wired.platform.fails("listing", Unauthorized)
    assert wired.asks(3) == ["Unauthorized", "NotSent", "NotSent"]


@pytest.mark.parametrize("kind", [Refused, Throttled])
def test_an_answer_is_no_failure_of_the_account(wired: Wired, kind: type[PlatformError]) -> None:
    wired.platform.fails("listing", kind, times=FAILURES + 1)
    assert wired.asks(FAILURES + 2) == [kind.__name__] * (FAILURES + 1) + ["fine"]


def test_failures_with_answers_between_them_are_single_ones(wired: Wired) -> None:
    for _ in range(FAILURES + 1):
        wired.platform.fails("listing", NotSent)
        assert wired.asks(2) == ["NotSent", "fine"]


def test_one_request_finds_out_that_the_platform_answers_again(wired: Wired) -> None:
    blow(wired)
    wired.now += SHORTEST
    assert (wired.asks(2), wired.mended, wired.fuse.problem) == (["fine", "fine"], 1, None)


def test_while_one_request_finds_out_the_others_wait_for_their_next_turn(wired: Wired) -> None:
    blow(wired)
    wired.now += SHORTEST

    async def together() -> list[str]:
        return list(await asyncio.gather(*(_kind(lambda: wired.fuse.listing(9)) for _ in range(3))))

    assert asyncio.run(together()) == ["fine", "NotSent", "NotSent"]


def test_pauses_grow_up_to_a_quarter_of_an_hour(wired: Wired) -> None:
    blow(wired)
    pauses = []
    for _ in range(9):
        began = wired.now
        wired.platform.fails("listing", NotSent)
        asked = len(wired.platform.calls)
        while len(wired.platform.calls) == asked:
            wired.now += 1
            wired.asks()
        pauses.append(wired.now - began)
    assert pauses == [15, 30, 60, 120, 240, 480, LONGEST, LONGEST, LONGEST]


def test_an_administrator_who_changes_something_is_believed_at_once(wired: Wired) -> None:
    blow(wired)
    wired.fuse.reset()
    assert wired.asks() == ["fine"]

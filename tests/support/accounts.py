"""An account on a scripted platform, in a time of its own."""

from datetime import UTC, datetime

from calbridge.enterprise.client import Enterprise, Pace
from support.scripted_platform import ScriptedPlatform

API_TOKEN = "api-token-of-the-account"


class Clock:
    """Time that passes only when somebody sleeps; it is 2026-01-05 09:00 UTC."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Seconds."""
        return 1000.0 + sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)

    def pace(self) -> Pace:
        """The default pace, by this clock and without chance."""
        return Pace(
            monotonic=self.monotonic,
            now=lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
            sleep=self.sleep,
            random=lambda: 0.5,
        )


def account(platform: ScriptedPlatform, clock: Clock | None = None, timeout: float = 5.0) -> Enterprise:
    """A client of it."""
    return Enterprise(platform.url, API_TOKEN, timeout=timeout, pace=(clock or Clock()).pace())

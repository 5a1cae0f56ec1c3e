"""How values that SQLite does not know are kept: instants, local times, calendar text, small records."""

import json
import zlib
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Float, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from calbridge.core.model import HostProfile
from calbridge.core.problem import Problem
from calbridge.core.roomless import Roomless

V = TypeVar("V")


class UnreadableValueError(SQLAlchemyError):
    """A stored value is not what this program writes: the database was damaged, or edited by hand."""


class _Encoded(TypeDecorator[V]):
    """A value that is stored as text or bytes; None is NULL."""

    def process_bind_param(self, value: V | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """Write; Any is whatever the column's `impl` takes."""
        return None if value is None else self.encode(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> V | None:  # noqa: ARG002 - likewise
        """Read; raises `UnreadableValueError`."""
        try:
            return None if value is None else self.decode(value)
        except (ValueError, TypeError, AttributeError, KeyError, OSError, zlib.error) as error:  # also: no such zone
            raise UnreadableValueError(str(error)) from error

    def encode(self, value: V) -> str | bytes | float:
        """As stored."""
        raise NotImplementedError

    def decode(self, stored: Any) -> V:  # Any: the column's `impl` decides
        """As before `encode`."""
        raise NotImplementedError


class Instant(_Encoded[datetime]):
    """A point in time, as UTC in ISO 8601 with microseconds, so that text order is time order. Read back in UTC."""

    impl = Text
    cache_ok = True

    def encode(self, value: datetime) -> str:
        """Write UTC; a naive time is refused."""
        if value.tzinfo is None:
            raise ValueError("only aware datetimes are stored")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def decode(self, stored: str) -> datetime:
        """Read UTC."""
        return datetime.fromisoformat(stored).astimezone(UTC)


class WallClock(_Encoded[datetime]):
    """A local time with its zone: `2026-10-25T02:30:00+01:00[Europe/Paris]` (RFC 9557, section 4).

    The local time is what counts: should the zone's rules change, it stays and its offset moves. The offset only says
    which of two equal local times is meant.
    """

    impl = Text
    cache_ok = True

    def encode(self, value: datetime) -> str:
        """Write local time, offset and zone; anything but a `ZoneInfo` or `UTC` is refused."""
        key = "UTC" if value.tzinfo is UTC else getattr(value.tzinfo, "key", None)
        if key is None:
            raise ValueError("only datetimes in a named zone are stored")
        return f"{value.isoformat()}[{key}]"

    def decode(self, stored: str) -> datetime:
        """Read the local time in its zone."""
        text, _, key = stored.removesuffix("]").partition("[")
        stamped = datetime.fromisoformat(text)
        first = stamped.replace(tzinfo=ZoneInfo(key))
        if first.utcoffset() == stamped.utcoffset():
            return first
        second = first.replace(fold=1)
        return second if second.utcoffset() == stamped.utcoffset() else first


class EventText(_Encoded[str]):
    """Text out of an event: as UTF-8, or as a blob where bytes that were none survived as lone surrogates."""

    impl = Text
    cache_ok = True

    def encode(self, value: str) -> str | bytes:
        """Write what SQLite takes; equal texts are equal as stored."""
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-8", "surrogatepass")
        return value

    def decode(self, stored: str | bytes) -> str:
        """Read either form."""
        return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogatepass")


class Packed(_Encoded[bytes]):
    """Calendar text, compressed."""

    impl = LargeBinary
    cache_ok = True

    def encode(self, value: bytes) -> bytes:
        """Compress."""
        return zlib.compress(value, level=6)

    def decode(self, stored: bytes) -> bytes:
        """Decompress."""
        return zlib.decompress(stored)


class Names(_Encoded[frozenset[str]]):
    """A set of names, as a sorted JSON array."""

    impl = Text
    cache_ok = True

    def encode(self, value: frozenset[str]) -> str:
        """Write JSON."""
        return json.dumps(sorted(value))

    def decode(self, stored: str) -> frozenset[str]:
        """Read JSON."""
        return frozenset(json.loads(stored))


class ProblemText(_Encoded[Problem]):
    """A problem, as a JSON object."""

    impl = Text
    cache_ok = True

    def encode(self, value: Problem) -> str:
        """Write JSON."""
        return json.dumps(asdict(value))

    def decode(self, stored: str) -> Problem:
        """Read JSON."""
        return Problem(**json.loads(stored))


def _flat(value: Problem | Roomless) -> dict[str, object]:
    """Its fields; `asdict` would copy each of them, and ten thousand standings a minute notice that."""
    return {name: getattr(value, name) for name in value.__slots__}


class ProblemTexts(_Encoded[tuple[Problem, ...]]):
    """Problems, as a JSON array."""

    impl = Text
    cache_ok = True

    def encode(self, value: tuple[Problem, ...]) -> str:
        """Write JSON, which holds lone surrogates too."""
        return json.dumps([_flat(problem) for problem in value]) if value else "[]"

    def decode(self, stored: str) -> tuple[Problem, ...]:
        """Read JSON."""
        return tuple(Problem(**problem) for problem in json.loads(stored))


class RoomlessTexts(_Encoded[tuple[Roomless, ...]]):
    """Events without a room, as a JSON array. A start is `2026-11-25`, or as a `WallClock`."""

    impl = Text
    cache_ok = True

    def encode(self, value: tuple[Roomless, ...]) -> str:
        """Write JSON."""
        return json.dumps([{**_flat(each), "start": self._start(each.start)} for each in value]) if value else "[]"

    def decode(self, stored: str) -> tuple[Roomless, ...]:
        """Read JSON."""
        return tuple(Roomless(**{**each, "start": self._started(each["start"])}) for each in json.loads(stored))

    def _start(self, start: datetime | date | None) -> str | None:
        match start:
            case datetime():
                return WallClock().encode(start)
            case date():
                return start.isoformat()
            case None:
                return None

    def _started(self, stored: str | None) -> datetime | date | None:
        if stored is None:
            return None
        return WallClock().decode(stored) if stored.endswith("]") else date.fromisoformat(stored)


class Seconds(_Encoded[timedelta]):
    """A length of time, as seconds."""

    impl = Float
    cache_ok = True

    def encode(self, value: timedelta) -> float:
        """Write seconds."""
        return value.total_seconds()

    def decode(self, stored: float) -> timedelta:
        """Read seconds."""
        return timedelta(seconds=stored)


class ProfileText(_Encoded[HostProfile]):
    """What the platform said of a host, as a JSON object."""

    impl = Text
    cache_ok = True

    def encode(self, value: HostProfile) -> str:
        """Write JSON."""
        return json.dumps(asdict(value))

    def decode(self, stored: str) -> HostProfile:
        """Read JSON."""
        return HostProfile(**json.loads(stored))

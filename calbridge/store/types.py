"""How values that SQLite does not know are kept as text or bytes: instants, wall-clock times, packed bodies, records."""

import json
import zlib
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from calbridge.core.model import HostProfile
from calbridge.core.problem import Problem


class UnreadableValue(SQLAlchemyError):
    """A stored value is not what this program writes: the database was damaged, or edited by hand."""


class Instant(TypeDecorator[datetime]):
    """A point in time, as UTC in ISO 8601 with microseconds, so that text order is time order. Read back in UTC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write UTC; a naive time is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("only aware datetimes are stored")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError as error:
            raise UnreadableValue(str(error)) from error


class WallClock(TypeDecorator[datetime]):
    """A local time with its zone: `2026-10-25T02:30:00+01:00[Europe/Paris]` (RFC 9557, section 4).

    The local time is what counts: should the zone's rules change, it stays and its offset moves. The offset only says
    which of two equal local times is meant.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write local time, offset and zone; anything but a `ZoneInfo` or `UTC` is refused."""
        match value:
            case None:
                return None
            case datetime(tzinfo=ZoneInfo(key=str(key))):
                return f"{value.isoformat()}[{key}]"
            case _ if value.tzinfo is UTC:
                return f"{value.isoformat()}[UTC]"
            case _:
                raise ValueError("only datetimes in a named zone are stored")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read the local time in its zone."""
        if value is None:
            return None
        text, _, key = value.removesuffix("]").partition("[")
        try:
            stamped, zone = datetime.fromisoformat(text), ZoneInfo(key)
        except (ValueError, OSError, KeyError) as error:  # ZoneInfo raises all three for keys that it does not know
            raise UnreadableValue(str(error)) from error
        first = stamped.replace(tzinfo=zone)
        second = first.replace(fold=1)
        is_second = first.utcoffset() != stamped.utcoffset() == second.utcoffset()
        return second if is_second else first


class Packed(TypeDecorator[bytes]):
    """Calendar text, compressed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Compress."""
        return None if value is None else zlib.compress(value, 6)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Decompress."""
        try:
            return None if value is None else zlib.decompress(value)
        except zlib.error as error:
            raise UnreadableValue(str(error)) from error


class Names(TypeDecorator[frozenset[str]]):
    """A set of names, as a sorted JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:
        """Write JSON."""
        return None if value is None else json.dumps(sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        """Read JSON."""
        try:
            return None if value is None else frozenset(json.loads(value))
        except (ValueError, TypeError) as error:
            raise UnreadableValue(str(error)) from error


class ProblemText(TypeDecorator[Problem]):
    """A problem, as a JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Problem | None, dialect: Dialect) -> str | None:
        """Write JSON."""
        return None if value is None else json.dumps(asdict(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Problem | None:
        """Read JSON."""
        try:
            return None if value is None else Problem(**json.loads(value))
        except (ValueError, TypeError) as error:
            raise UnreadableValue(str(error)) from error


class ProfileText(TypeDecorator[HostProfile]):
    """What the platform said of a host, as a JSON object. One that a later version wrote differently reads as None."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: HostProfile | None, dialect: Dialect) -> str | None:
        """Write JSON."""
        return None if value is None else json.dumps(asdict(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> HostProfile | None:
        """Read JSON; it is only a cache, so a stranger's shape is as good as none."""
        try:
            return None if value is None else HostProfile(**json.loads(value))
        except (ValueError, TypeError):
            return None

"""What the administrator answered, as values."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PlatformAnswers:
    """The platform's account. `company_id` is for a reseller's token, `ca_file` for an authority of one's own."""

    url: str
    api_token: str = field(repr=False)
    company_id: int | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class HostAnswers:
    """The first host: her id and address on the platform, and the name of her file."""

    id: int
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class CalendarAnswers:
    """Her login, and which calendars; no `names` stands for all that she owns and we may write, later ones included."""

    url: str
    username: str
    password: str = field(repr=False)
    names: tuple[str, ...] = ()
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything. `database` is absolute."""

    platform: PlatformAnswers
    host: HostAnswers
    calendar: CalendarAnswers
    database: Path

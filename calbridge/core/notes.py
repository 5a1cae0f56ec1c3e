"""What the store should remember although nothing is done on either side."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from calbridge.core.remembered import Mapping, Stray


@dataclass(frozen=True, slots=True)
class RememberMapping:
    """Save a mapping that changed without a call: its calendar after a move, what selected it, that it is lost."""

    mapping: Mapping


@dataclass(frozen=True, slots=True)
class RememberInstance:
    """An instance that a listing shows as settled already."""

    uid: str
    gen: int
    instance: str
    conference_id: int | None
    state: Literal["changed", "cancelled"]
    sent: str
    part: str


@dataclass(frozen=True, slots=True)
class ForgetInstance:
    """An instance that is past."""

    uid: str
    gen: int
    instance: str
    part: str


@dataclass(frozen=True, slots=True)
class ForgetDate:
    """A single date of a series that is over, as one of the parts of a meeting that goes on."""

    uid: str
    part: str
    gen: int


@dataclass(frozen=True, slots=True)
class CountMiss:
    """One more complete listing, later than the settle time, without the conference of an intent."""

    marker: str


@dataclass(frozen=True, slots=True)
class DropIntent:
    """An intent whose meeting is no longer wanted and whose conference never came to be."""

    marker: str


@dataclass(frozen=True, slots=True)
class RememberAbsence:
    """An event stays away: since when, and over how many passes."""

    uid: str
    why: Literal["gone", "no-trigger", "stop-word", "no-master", "no-calendar"]
    since: datetime
    passes: int


@dataclass(frozen=True, slots=True)
class ForgetAbsence:
    """An event asks for its room again."""

    uid: str


@dataclass(frozen=True, slots=True)
class ForgetRefusals:
    """A refused request that is no longer wanted as it was."""

    uid: str


@dataclass(frozen=True, slots=True)
class RememberStray:
    """A conference that nothing asks for: since when, and over how many audits."""

    stray: Stray


@dataclass(frozen=True, slots=True)
class ForgetStray:
    """Something asks for the conference after all, or it is gone."""

    conference_id: int


Note: TypeAlias = (
    RememberMapping
    | RememberInstance
    | ForgetInstance
    | ForgetDate
    | CountMiss
    | DropIntent
    | RememberAbsence
    | ForgetAbsence
    | ForgetRefusals
    | RememberStray
    | ForgetStray
)

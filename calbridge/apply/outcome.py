"""What became of one action."""

from dataclasses import dataclass, field
from typing import TypeAlias

from calbridge.core.actions import Action
from calbridge.core.problem import Problem


@dataclass(frozen=True, slots=True)
class Done:
    """It is done, or was found done. The conference's id and room URL are known by now, where there is one."""

    action: Action
    conference_id: int | None
    room_url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """It is not done, or nobody knows; the next pass looks again."""

    action: Action
    problem: Problem


@dataclass(frozen=True, slots=True)
class Held:
    """It waits for something that is no fault of its own: an action before it, a meeting that is running."""

    action: Action
    reason: str


Outcome: TypeAlias = Done | Failed | Held

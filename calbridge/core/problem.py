"""What went wrong, in words that a person can act on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One misfit: where it is, which rule it breaks, why that is so, and what to do about it.

    `rule` is a stable dotted id (`event.all-day`, `rrule.frequency`); `where` may hold an RRULE or a file's key.
    No field ever holds a secret, a room URL or an attendee's address.
    """

    where: str
    rule: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """A problem whose place is not known yet: what a pure function finds wrong with the value in its hands."""

    rule: str
    reason: str
    hint: str

    def at(self, where: str) -> Problem:
        """Say where it is."""
        return Problem(where, self.rule, self.reason, self.hint)


def printable(text: str) -> str:
    """The text with nothing in it that could steer a terminal, break a line or turn the direction of writing."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)

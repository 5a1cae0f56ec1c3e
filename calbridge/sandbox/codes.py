"""Access codes: the digits that open a room, a host's dedicated one or a conference's own."""

import secrets

from calbridge.sandbox.state import State


def is_taken(state: State, code: str, *, but: int | None = None) -> bool:
    """Whether a host but this one has it, or a conference has or had it."""
    taken = (
        "SELECT 1 FROM conference WHERE access_code = ?"
        " UNION SELECT 1 FROM host WHERE access_code = ? AND deleted_at IS NULL AND id IS NOT ?"
    )
    return state.row(taken, code, code, but) is not None


def fresh(state: State, digits: int) -> str:
    """Draw a code of so many digits, the first not 0, that is not taken."""
    lowest: int = 10 ** (digits - 1)
    while True:
        code = str(lowest + secrets.randbelow(9 * lowest))
        if not is_taken(state, code):
            return code

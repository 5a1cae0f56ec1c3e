"""Resellers: who sells conferencing under a domain of her own, directly or through sub-resellers below her."""

from typing import Final

from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE reseller (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES reseller,  -- of a sub-reseller
    domain TEXT NOT NULL UNIQUE COLLATE NOCASE,
    display_name TEXT NOT NULL
);
"""

_BELOW: Final = """
WITH RECURSIVE below (id) AS (
    VALUES (?) UNION SELECT reseller.id FROM reseller JOIN below ON reseller.parent_id = below.id
)
SELECT id FROM below ORDER BY id
"""
_ABOVE: Final = """
WITH RECURSIVE above (id, steps) AS (
    VALUES (?, 0) UNION SELECT reseller.parent_id, steps + 1 FROM reseller JOIN above ON reseller.id = above.id
    WHERE reseller.parent_id IS NOT NULL
)
SELECT id FROM above ORDER BY steps
"""


def at_or_below(state: State, reseller_id: int) -> tuple[int, ...]:
    """List a reseller and every sub-reseller below it."""
    return tuple(row["id"] for row in state.rows(_BELOW, reseller_id))


def at_or_above(state: State, reseller_id: int) -> tuple[int, ...]:
    """List a reseller and those it sells for, the nearest first."""
    return tuple(row["id"] for row in state.rows(_ABOVE, reseller_id))

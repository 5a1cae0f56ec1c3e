"""domain/descendants."""

from typing import Any, Final

from calbridge.enterprise import domain as declared
from calbridge.sandbox.calls import Call, Json, Route
from calbridge.sandbox.state import State


def descendants(call: Call, _: declared.DescendantsRequest) -> Json:
    """The caller's own domain, with the tree below it."""
    return _tree(call.state, call.principal.reseller_id)


def _tree(state: State, reseller_id: int) -> Json:
    [row] = state.rows("SELECT id, domain, display_name FROM reseller WHERE id = ?", reseller_id)
    below = state.rows("SELECT id FROM reseller WHERE parent_id = ? ORDER BY id", reseller_id)
    return {**row, "descendants": [_tree(state, child["id"]) for child in below]}


ROUTES: Final[tuple[Route[Any], ...]] = (Route(declared.DESCENDANTS, descendants),)

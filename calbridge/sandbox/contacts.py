"""Contacts: a host's own, whom she herself is one of, and a company's, which all of its hosts may invite."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from calbridge.sandbox.calls import Route
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_id INTEGER REFERENCES host,        -- NULL: the company's
    company_id INTEGER REFERENCES company,  -- NULL: the host's
    name TEXT NOT NULL,
    email TEXT NOT NULL COLLATE NOCASE,
    business_phone TEXT,
    mobile_phone TEXT,
    home_phone TEXT,
    other_phone TEXT,
    time_zone TEXT,
    CHECK ((host_id IS NULL) <> (company_id IS NULL)),
    UNIQUE (host_id, email),
    UNIQUE (company_id, email)
);
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone whom a host may invite."""

    id: int
    email: str


def contacts(state: State, host_id: int, ids: Sequence[int]) -> tuple[Contact, ...]:
    """Find those of a host's contacts, her company's included, that have one of these ids, in their order."""
    rows = state.rows(
        "SELECT id, email FROM contact"
        " WHERE (host_id = ?1 OR company_id = (SELECT company_id FROM host WHERE id = ?1))"
        " AND id IN (SELECT value FROM json_each(?2))",
        host_id,
        json.dumps(list(ids)),
    )
    found = {row["id"]: Contact(row["id"], row["email"]) for row in rows}
    return tuple(found[id_] for id_ in ids if id_ in found)


def contact_for(state: State, host_id: int, email: str, name: str = "") -> Contact:
    """Find a host's contact by address, in any case, or add one."""
    row = state.row("SELECT id, email FROM contact WHERE host_id = ? AND email = ?", host_id, email)
    if row is not None:
        return Contact(row["id"], row["email"])
    insert = "INSERT INTO contact (host_id, name, email) VALUES (?, ?, ?)"
    return Contact(state.write(insert, host_id, name or email, email), email)


ROUTES: Final[tuple[Route[Any], ...]] = ()

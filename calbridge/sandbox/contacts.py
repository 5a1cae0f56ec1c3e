"""contact/create, fetch, fetch_all, update and delete.

A host has contacts of her own, one of them herself; a company's may be invited by all of its hosts. Within one list
an address stands for one person: conferences find their participants by it.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from calbridge.enterprise import contact as declared
from calbridge.enterprise.messages import OK
from calbridge.sandbox.calls import Call, Json, Route
from calbridge.sandbox.people import host_within, own_or_named, zone_asked_for
from calbridge.sandbox.refusals import Missing, Refused
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


_WITH_HOST: Final = """
SELECT contact.*, EXISTS (
    SELECT 1 FROM host WHERE host.email = contact.email AND deleted_at IS NULL
    AND host.company_id = ifnull(contact.company_id, (SELECT company_id FROM host WHERE id = contact.host_id))
) AS has_host FROM contact WHERE
"""
_SHOWN: Final = ("name", "email", "business_phone", "mobile_phone", "home_phone", "other_phone", "time_zone")


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


def follow(state: State, host_id: int, email: str, name: str, *, was: str) -> None:
    """Give a host's contact of herself her new address and name."""
    update = "UPDATE OR IGNORE contact SET email = ?, name = ? WHERE host_id = ? AND email = ?"
    state.write(update, email, name, host_id, was)


def in_full(state: State, ids: Sequence[int]) -> list[Json]:
    """Shape those that there still are, in the order of `ids`."""
    listed = json.dumps(list(ids))
    rows = state.rows(f"{_WITH_HOST} id IN (SELECT value FROM json_each(?))", listed)  # noqa: S608 - constants
    return sorted(map(_shaped, rows), key=lambda contact: ids.index(contact["contact_id"]))


def create(call: Call, request: declared.CreateRequest) -> Json:
    """Several at once; if one is refused, none is made."""
    column, owner = _owner(call, request)
    ids = []
    for contact in request.contacts:
        values = _checked(call, column, owner, contact.model_dump(exclude_none=True))
        insert = f"INSERT INTO contact ({column}, {', '.join(values)}) VALUES (?{', ?' * len(values)})"  # noqa: S608 - the declaration's names
        ids.append(call.state.write(insert, owner, *values.values()))
    return in_full(call.state, ids)


def fetch(call: Call, request: declared.FetchRequest) -> Json:
    """One of the owner's."""
    return _shaped(_find(call, request))


def fetch_all(call: Call, request: declared.FetchAllRequest) -> Json:
    """A host's own, without her company's; or a company's, without its hosts'."""
    column, owner = _owner(call, request)
    return [_shaped(row) for row in call.state.rows(f"{_WITH_HOST} contact.{column} = ? ORDER BY id", owner)]


def update(call: Call, request: declared.UpdateRequest) -> Json:
    """New values for the fields that are given. The answer has no `has_host`, as documented."""
    row = _find(call, request)
    column, owner = _owner(call, request)
    given = request.model_dump(include=set(_SHOWN), exclude_none=True)
    for name, value in _checked(call, column, owner, given, but=row["id"]).items():
        call.state.write(f"UPDATE contact SET {name} = ? WHERE id = ?", value, row["id"])  # noqa: S608 - the declaration's names
    shown: dict[str, Json] = _shaped(_find(call, request))
    del shown["has_host"]
    return shown


def delete(call: Call, request: declared.DeleteRequest) -> Json:
    """One of the owner's; conferences that she is invited to keep her."""
    call.state.write("DELETE FROM contact WHERE id = ?", _find(call, request)["id"])
    return {"message": OK}


def _owner(call: Call, request: declared.Owner) -> tuple[str, int]:
    """Whose contacts are meant, as a column and its value."""
    if request.host_id is not None:
        return "host_id", host_within(call.state, call.principal, request.host_id).id
    return "company_id", own_or_named(call.state, call.principal, request.company_id)


def _find(call: Call, request: declared.ContactRequest) -> sqlite3.Row:
    column, owner = _owner(call, request)
    row = call.state.row(f"{_WITH_HOST} contact.{column} = ? AND id = ?", owner, request.contact_id)
    if row is None:
        raise Missing("Contact not found")
    return row


def _checked(call: Call, column: str, owner: int, values: dict[str, str], *, but: int | None = None) -> dict[str, str]:
    if "time_zone" in values:
        zone_asked_for(values["time_zone"])
    taken = f"SELECT 1 FROM contact WHERE {column} = ? AND email = ? AND id IS NOT ?"  # noqa: S608 - two names
    if "email" in values and call.state.row(taken, owner, values["email"], but) is not None:
        raise Refused("A contact with this email already exists")
    return values


def _shaped(row: sqlite3.Row) -> dict[str, Json]:
    shown = {name: row[name] for name in _SHOWN}
    return {"contact_id": row["id"], **shown, "has_host": bool(row["has_host"])}


ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.CREATE, create),
    Route(declared.FETCH, fetch),
    Route(declared.FETCH_ALL, fetch_all),
    Route(declared.UPDATE, update),
    Route(declared.DELETE, delete),
)

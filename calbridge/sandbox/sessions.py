"""Sessions: an API token buys an `auth_token`; 60 minutes after its last successful use it has expired."""

import sqlite3
from datetime import datetime
from typing import Final
from uuid import uuid4

from calbridge.enterprise.authentication import AuthenticateRequest
from calbridge.enterprise.endpoint import Role
from calbridge.enterprise.messages import SessionMessage
from calbridge.sandbox.calls import Json
from calbridge.sandbox.people import Principal
from calbridge.sandbox.refusals import Forbidden, Unauthenticated
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE api_token (
    token TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    company_id INTEGER REFERENCES company,  -- of a company admin or a host
    reseller_id INTEGER NOT NULL REFERENCES reseller
);
CREATE TABLE session (
    auth_token TEXT PRIMARY KEY,
    api_token TEXT NOT NULL REFERENCES api_token ON DELETE CASCADE,
    last_used INTEGER NOT NULL
);
"""
LIFETIME: Final = 60 * 60
"""Seconds."""


def authenticate(state: State, request: AuthenticateRequest, roles: frozenset[Role], now: datetime) -> Json:
    """Answer `authenticate`, the one endpoint that comes before a session."""
    row = state.row("SELECT * FROM api_token WHERE token = ?", request.api_token)
    if row is None:
        raise Unauthenticated("Invalid api_token")
    _check(_principal(row), roles)
    auth_token = str(uuid4())
    state.write("INSERT INTO session VALUES (?, ?, ?)", auth_token, request.api_token, int(now.timestamp()))
    return {"auth_token": auth_token}


def enter(state: State, auth_token: object, roles: frozenset[Role], now: datetime) -> Principal:
    """Tell who holds this `auth_token` and touch it. Raises `Unauthenticated` or `Forbidden`."""
    if auth_token is None or auth_token == "":
        raise Unauthenticated(SessionMessage.MISSING)
    row = state.row(
        "SELECT * FROM session JOIN api_token ON api_token.token = session.api_token WHERE auth_token = ?",
        auth_token if isinstance(auth_token, str) else "",
    )
    if row is None:
        raise Unauthenticated(SessionMessage.INVALID)
    if now.timestamp() - row["last_used"] >= LIFETIME:
        raise Unauthenticated(SessionMessage.EXPIRED)
    state.write("UPDATE session SET last_used = ? WHERE auth_token = ?", int(now.timestamp()), auth_token)
    principal = _principal(row)
    _check(principal, roles)
    return principal


def _principal(row: sqlite3.Row) -> Principal:
    return Principal(Role(row["role"]), row["reseller_id"], row["company_id"])


def _check(principal: Principal, roles: frozenset[Role]) -> None:
    if principal.role not in roles:
        raise Forbidden("Not allowed for this role")

"""Resellers' companies, their hosts and the hosts' contacts; who may act on whom."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from calbridge.enterprise.endpoint import Role
from calbridge.sandbox.refusals import Forbidden, Missing
from calbridge.sandbox.state import State


class Feature(StrEnum):
    """What a host may be assigned and conferences ask for."""

    RECORDING = "recording"
    VIDEO_RECORDING = "video_recording"
    TRANSCRIPTION = "transcription"
    ONE_TIME_ACCESS_CODE = "one_time_access_code"


def known_zone(name: str) -> str:
    """Check an IANA name. Raises `ValueError`."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # empty, a folder of the database, unknown
        raise ValueError(f"{name!r} is not a time zone of the IANA database") from None
    return name


Zone = Annotated[str, AfterValidator(known_zone)]
Digits = Annotated[str, Field(pattern=r"^\d{3,9}$")]


class DialIn(BaseModel):
    """A phone number; `phone_number` is E.164 without the plus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone_number: str
    domestic_format: str
    international_format: str
    country_code: str
    location: str


class Profile(BaseModel):
    """What is known of a host, besides her id and company."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    email: str
    role: Role = Role.HOST
    access_code: Digits
    moderator_pin: Digits
    time_zone: Zone = "UTC"
    locale: str = "en-US"
    country_code: str = "US"
    features: frozenset[Feature] = frozenset(Feature)
    dial_in: DialIn | None = None
    plan_slug: str = "small_plan"
    add_on_slugs: tuple[str, ...] = ()
    subscription_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """The platform's person."""

    id: int
    company_id: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone in a host's list of contacts; the host herself is in it, too."""

    id: int
    email: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `company_id` is None for a reseller admin."""

    role: Role
    reseller_id: int
    company_id: int | None


def host_within(state: State, principal: Principal, host_id: int) -> Host:
    """Find a host that the caller may act on. Raises `Missing` or `Forbidden`."""
    host = host_by_id(state, host_id)
    company_within(state, principal, host.company_id)
    return host


def company_within(state: State, principal: Principal, company_id: int) -> None:
    """Check that a company exists and is the caller's. Raises `Missing` or `Forbidden`."""
    row = state.row("SELECT reseller_id FROM company WHERE id = ?", company_id)
    if row is None:
        raise Missing("Company not found")
    own = company_id == principal.company_id
    if not own and (principal.role is not Role.RESELLER_ADMIN or row["reseller_id"] != principal.reseller_id):
        raise Forbidden("Not allowed to act on this company")


def hosts_of(state: State, company_id: int) -> tuple[Host, ...]:
    """List a company's hosts."""
    return tuple(map(_host, state.rows("SELECT * FROM host WHERE company_id = ? ORDER BY id", company_id)))


def all_hosts(state: State) -> tuple[Host, ...]:
    """List every host."""
    return tuple(map(_host, state.rows("SELECT * FROM host ORDER BY id")))


def host_by_id(state: State, host_id: int) -> Host:
    """Find a host. Raises `Missing`."""
    row = state.row("SELECT * FROM host WHERE id = ?", host_id)
    if row is None:
        raise Missing("Host not found")
    return _host(row)


def host_by_access_code(state: State, code: str) -> Host | None:
    """Find the host whose dedicated room this is."""
    row = state.row("SELECT * FROM host WHERE access_code = ?", code)
    return None if row is None else _host(row)


def contacts(state: State, host_id: int, ids: Sequence[int]) -> tuple[Contact, ...]:
    """Find those of a host's contacts that have one of these ids, in their order."""
    rows = state.rows(
        "SELECT id, email FROM contact WHERE host_id = ? AND id IN (SELECT value FROM json_each(?))",
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


def _host(row: sqlite3.Row) -> Host:
    return Host(row["id"], row["company_id"], Profile.model_validate_json(row["profile"]))

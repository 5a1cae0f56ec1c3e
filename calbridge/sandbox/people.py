"""Companies' hosts, and who may act on whom."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from calbridge.core.policy import Media
from calbridge.enterprise.endpoint import Role
from calbridge.sandbox import plans, resellers
from calbridge.sandbox.plans import Feature, Held
from calbridge.sandbox.refusals import Forbidden, Missing, Refused
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE host (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL REFERENCES company,
    email TEXT NOT NULL COLLATE NOCASE,
    access_code TEXT NOT NULL,
    moderator_pin TEXT NOT NULL,
    profile TEXT NOT NULL,  -- people.Profile as JSON
    deleted_at INTEGER      -- seconds of UTC since 1970, like every time of this database
);
CREATE INDEX host_company ON host (company_id);
CREATE UNIQUE INDEX host_access_code ON host (access_code) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX host_moderator_pin ON host (moderator_pin) WHERE deleted_at IS NULL;
"""


def known_zone(name: str) -> str:
    """Check an IANA name. Raises `ValueError`."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # empty, a folder of the database, unknown
        raise ValueError(f"{name!r} is not a time zone of the IANA database") from None
    return name


def zone_asked_for(name: str) -> str:
    """Check an IANA name in a request. Raises `Refused`."""
    try:
        return known_zone(name)
    except ValueError:
        raise Refused("time_zone is not in the IANA Time Zone database") from None


Zone = Annotated[str, AfterValidator(known_zone)]
Digits = Annotated[str, Field(pattern=r"^[0-9]{3,9}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DialIn(_Part):
    """A phone number; `phone_number` is E.164 without the plus."""

    phone_number: str
    domestic_format: str
    international_format: str
    country_code: str
    location: str


class DisabledEmails(_Part):
    """Which mails the platform does not send."""

    conference_invitations: bool = False
    conference_reminders: bool = False
    conference_summaries: bool = False
    transcription_summaries: bool = False


class TimeFormat(_Part):
    """How times and dates are shown to her."""

    time_24hr: bool = False
    hm_separator: str = ":"
    md_format: str = "M D"
    md_y_comma: bool = True


class StreamPreview(_Part):
    """A clip of `duration` seconds every `interval` seconds while it records or streams."""

    duration: int
    interval: int
    image_preview: bool = False


class Profile(_Part):
    """What is known of a host, besides her id, company and subscriptions. `features`, where given, replace theirs."""

    name: str
    email: str
    role: Role = Role.HOST
    access_code: Digits
    moderator_pin: Digits
    time_zone: Zone = "UTC"
    locale: str = "en-US"
    country_code: str = "US"
    features: frozenset[Feature] | None = None
    dial_in: DialIn | None = None
    openid_sub: str | None = None
    public_username: str | None = None
    image_url: str | None = None
    auto_record: Media = "none"
    auto_stream: Media = "none"
    native_streaming: bool = False
    host_initiated_recording: bool = False
    waiting_room: bool = False
    stream_preview: StreamPreview | None = None
    disable_emails: DisabledEmails = DisabledEmails()
    time_format: TimeFormat = TimeFormat()
    no_login: bool = False
    password_creation_link: str | None = Field(default=None, repr=False)
    login_token_public_key: str | None = Field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Host:
    """The platform's person, and what she is subscribed to."""

    id: int
    company_id: int
    profile: Profile
    held: Held

    @property
    def features(self) -> frozenset[Feature]:
        """What her conferences may ask for."""
        return self.held.features if self.profile.features is None else self.profile.features


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
    """Check that a company exists and is the caller's. Raises `Missing` or `Forbidden`.

    A reseller admin's are those of her reseller and of the sub-resellers below it.
    """
    row = state.row("SELECT reseller_id FROM company WHERE id = ? AND deleted_at IS NULL", company_id)
    if row is None:
        raise Missing("Company not found")
    if principal.role is Role.RESELLER_ADMIN:
        own = row["reseller_id"] in resellers.at_or_below(state, principal.reseller_id)
    else:
        own = company_id == principal.company_id
    if not own:
        raise Forbidden("Not allowed to act on this company")


def own_or_named(state: State, principal: Principal, company_id: int | None) -> int:
    """Tell which company is meant where a company admin's `company_id` is ignored and a reseller admin must give one.

    Raises `Refused`, `Missing` or `Forbidden`.
    """
    meant = company_id if principal.role is Role.RESELLER_ADMIN else principal.company_id
    if meant is None:
        raise Refused("Missing parameter: company_id")
    company_within(state, principal, meant)
    return meant


def hosts_of(state: State, company_id: int) -> tuple[Host, ...]:
    """List a company's hosts."""
    rows = state.rows("SELECT * FROM host WHERE company_id = ? AND deleted_at IS NULL ORDER BY id", company_id)
    return tuple(_host(state, row) for row in rows)


def all_hosts(state: State) -> tuple[Host, ...]:
    """List every host."""
    return tuple(_host(state, row) for row in state.rows("SELECT * FROM host WHERE deleted_at IS NULL ORDER BY id"))


def host_by_id(state: State, host_id: int) -> Host:
    """Find a host. Raises `Missing`."""
    row = state.row("SELECT * FROM host WHERE id = ? AND deleted_at IS NULL", host_id)
    if row is None:
        raise Missing("Host not found")
    return _host(state, row)


def host_by_access_code(state: State, code: str) -> Host | None:
    """Find the host whose dedicated room this is."""
    row = state.row("SELECT * FROM host WHERE access_code = ? AND deleted_at IS NULL", code)
    return None if row is None else _host(state, row)


def add_host(state: State, company_id: int, profile: Profile, host_id: int | None = None) -> int:
    """Add a host, who is assigned to nothing yet; `host_id` None takes the next free one."""
    values = (host_id, company_id, *_columns(profile))
    columns = "id, company_id, email, access_code, moderator_pin, profile"
    return state.write(f"INSERT INTO host ({columns}) VALUES (?, ?, ?, ?, ?, ?)", *values)  # noqa: S608 - constant


def change_host(state: State, host_id: int, profile: Profile) -> None:
    """Give a host another profile."""
    update = "UPDATE host SET email = ?, access_code = ?, moderator_pin = ?, profile = ? WHERE id = ?"
    state.write(update, *_columns(profile), host_id)


def remove_host(state: State, host_id: int, now: datetime) -> None:
    """Delete a host; her codes and her places in subscriptions are free again."""
    state.write("DELETE FROM host_subscription WHERE host_id = ?", host_id)
    state.write("UPDATE host SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL", int(now.timestamp()), host_id)


def _columns(profile: Profile) -> tuple[str, str, str, str]:
    return profile.email, profile.access_code, profile.moderator_pin, profile.model_dump_json()


def _host(state: State, row: sqlite3.Row) -> Host:
    profile = Profile.model_validate_json(row["profile"])
    return Host(row["id"], row["company_id"], profile, plans.held(state, row["id"]))

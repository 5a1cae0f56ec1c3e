"""The configuration as it counts: frozen, complete, with paths absolute, defaults filled in and secrets read."""

import hashlib
import json
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import SecretStr

from calbridge.config.sections import Section
from calbridge.core.policy import ConferencePolicy, Safety, Select, Writeback

Auth: TypeAlias = Literal["auto", "basic", "digest", "bearer"]
OnPlatformCancel: TypeAlias = Literal["report", "recreate"]


@dataclass(frozen=True, slots=True)
class PlatformConfig:
    """The conferencing platform. `url` has no trailing slash and no `/enterprise_api`; `room_hosts` are lower case."""

    url: str
    api_token: SecretStr
    company_id: int | None
    room_hosts: tuple[str, ...]
    on_platform_cancel: OnPlatformCancel
    timeout: timedelta
    ca_file: Path | None
    proxy: str | None = field(repr=False)  # may hold a password


@dataclass(frozen=True, slots=True)
class DaemonConfig:
    """How often and how much at once. `status_address` is (host, port), None where the status page is off.

    Its `status_password` is None on loopback only. `show_subjects`: the page shows what meetings are called, and links
    to their rooms.
    """

    poll_interval: timedelta
    audit_interval: timedelta
    concurrency: int
    status_address: tuple[str, int] | None
    status_password: SecretStr | None = None
    show_subjects: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """One login at one CalDAV server.

    `username` is None with `auth = "bearer"` only, whose token is `password`. `names` are the display names of the
    calendars to read; empty means every calendar that the host owns and may write.
    """

    url: str
    username: str | None
    password: SecretStr
    auth: Auth
    names: tuple[str, ...]
    ca_file: Path | None
    proxy: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class HostConfig:
    """One host file with the defaults filled in. `name` is the file's stem.

    With `id` the platform's host is known, without it `email` is set and must be looked up. Addresses are lower case.
    """

    name: str
    id: int | None
    email: str | None
    emails: tuple[str, ...]
    accounts: tuple[Account, ...]
    select: Select
    conference: ConferencePolicy
    writeback: Writeback
    safety: Safety
    poll_interval: timedelta


@dataclass(frozen=True, slots=True)
class Installation:
    """What `calbridge.toml` says without its host files. `defaults` are the tables of `[defaults]`, paths absolute."""

    path: Path
    platform: PlatformConfig
    hosts_dir: Path
    defaults: Map[str, Section]


@dataclass(frozen=True, slots=True)
class Config:
    """Everything. `path` is the absolute path of `calbridge.toml`; `hosts` are in the order of their names."""

    path: Path
    hosts_dir: Path
    instance: str
    platform: PlatformConfig
    store_path: Path
    daemon: DaemonConfig
    safety: Safety
    hosts: tuple[HostConfig, ...]


def select_fingerprint(host: HostConfig) -> str:
    """Tell which events of a host are asked for, in 16 hex digits: kept in mappings (design: cancel needs evidence).

    Neither the order of a list nor a key that stands at its default counts, so that a key which a later version adds
    changes no fingerprint.
    """
    chosen = {
        "select": dict(_beyond_defaults(host.select)),
        "names": [sorted(account.names) for account in host.accounts if account.names],
        "host": host.id if host.id is not None else host.email,
    }
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]


def _beyond_defaults(select: Select) -> Iterator[tuple[str, str | list[str]]]:
    for key in fields(select):
        value = getattr(select, key.name)
        settled = sorted(value) if isinstance(value, tuple) else value
        usual = sorted(key.default) if isinstance(key.default, tuple) else key.default
        if settled != usual:
            yield key.name, settled

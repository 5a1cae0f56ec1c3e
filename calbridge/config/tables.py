"""The tables of the TOML files, as pydantic models: which keys there are, of which type, with which default.

`[select]`, `[conference]`, `[writeback]` and `[safety]` are declared once, as dataclasses in `core/policy.py`: their
models here are derived from those.
"""

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, get_origin, get_type_hints

from annotated_types import Ge, Le, MinLen
from pydantic import BaseModel, BeforeValidator, ConfigDict, create_model

from calbridge.config.kinds import (
    SQLITE,
    Address,
    Addresses,
    Command,
    Count,
    Duration,
    Instance,
    Languages,
    Number,
    Patience,
    PlatformUrl,
    Proxy,
    RoomHosts,
    SecurityPin,
    ServerUrl,
    SqliteUrl,
    StatusAddress,
    Strings,
    Text,
    Word,
    one_or_more,
)
from calbridge.config.values import Auth, OnPlatformCancel
from calbridge.core.policy import ConferencePolicy, Safety, Select, Writeback

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Table(BaseModel):
    """Any table: unknown keys and loose types are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# --- calbridge.toml -------------------------------------------------------------------------------------------------


class TopTable(Table):
    """The keys of `calbridge.toml` that stand in no table."""

    instance: Instance = "main"
    hosts_dir: Text = "hosts.d"


class PlatformTable(Table):
    """`[platform]`. Of the four keys of a secret exactly one is needed: `secret.py` sees to that."""

    url: PlatformUrl
    api_token_file: Text | None = None
    api_token_env: Text | None = None
    api_token_credential: Text | None = None
    api_token_command: Command | None = None
    company_id: Number | None = None
    room_hosts: RoomHosts = ()
    on_platform_cancel: OnPlatformCancel = "report"
    timeout: Patience = timedelta(seconds=30)
    ca_file: str = ""
    proxy: Proxy = None


class StoreTable(Table):
    """`[store]`."""

    url: SqliteUrl = SQLITE + "calbridge.db"


class DaemonTable(Table):
    """`[daemon]` of `calbridge.toml`. The secret `status_password` may be missing on loopback: see `load.py`."""

    poll_interval: Patience = timedelta(seconds=60)
    audit_interval: Patience = timedelta(hours=24)
    concurrency: Number = 64
    status_address: StatusAddress = ("127.0.0.1", 8787)
    status_password_file: Text | None = None
    status_password_env: Text | None = None
    status_password_credential: Text | None = None
    status_password_command: Command | None = None
    show_subjects: bool = False


# --- hosts.d/*.toml -------------------------------------------------------------------------------------------------


class HostTable(Table):
    """`[host]`. `id` decides; beside it `email` is what `{email}` stands for."""

    id: Number | None = None
    email: Address | None = None
    emails: Addresses = ()


class CalendarTable(Table):
    """`[calendar]`, or one of `[[calendar]]`."""

    url: ServerUrl
    username: Text | None = None
    password_file: Text | None = None
    password_env: Text | None = None
    password_credential: Text | None = None
    password_command: Command | None = None
    auth: Auth = "auto"
    names: Strings = ()
    ca_file: str = ""
    proxy: Proxy = None


class HostDaemonTable(Table):
    """`[daemon]` of a host file; None stands for the interval of `calbridge.toml`."""

    poll_interval: Patience | None = None


def _derived(policy: "type[DataclassInstance]", **narrower: object) -> type[Table]:
    """Make a policy table from its dataclass; `narrower` types are for keys that Python types limit too little."""
    hints = get_type_hints(policy)
    columns: dict[str, Any] = {  # create_model takes (type, default) pairs of any type
        key.name: (narrower.get(key.name, _from_toml(hints[key.name])), key.default) for key in fields(policy)
    }
    return create_model(f"{policy.__name__}Table", __base__=Table, __doc__=policy.__doc__, **columns)


def _from_toml(hint: Any) -> Any:  # a type, as typing's own functions hand it around
    if hint is timedelta:
        return Duration
    return Annotated[hint, BeforeValidator(one_or_more)] if get_origin(hint) is tuple else hint


_trigger = get_type_hints(Select)["trigger"]
SelectTable = _derived(
    Select,
    trigger=Annotated[_trigger, BeforeValidator(one_or_more), MinLen(1)],
    keyword=Word,
    stop_keyword=Word,
    category=Text,
    organizers=Addresses,
)
ConferenceTable = _derived(ConferencePolicy, horizon=Patience, security_pin=SecurityPin)
WritebackTable = _derived(Writeback, language=Languages)
SafetyTable = _derived(Safety, max_cancels=Count, max_cancel_share=Annotated[float, Ge(0), Le(1)], max_creates=Count)

MAIN_TABLES: dict[str, type[Table]] = {
    "platform": PlatformTable,
    "store": StoreTable,
    "daemon": DaemonTable,
    "safety": SafetyTable,
}
HOST_TABLES: dict[str, type[Table]] = {
    "host": HostTable,
    "calendar": CalendarTable,
    "daemon": HostDaemonTable,
    "select": SelectTable,
    "conference": ConferenceTable,
    "writeback": WritebackTable,
}

"""The kinds of values in the configuration: durations, URLs, addresses ..., as annotated types for pydantic.

A value that is none of its kind is a `PydanticCustomError` of type "misfit": its context has rule, reason and hint.
"""

import re
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from annotated_types import Ge, MinLen
from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from calbridge.core.problem import Misfit

DURATION = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
ROOM_HOST = re.compile(r"[a-z0-9._:\[\]-]+")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", re.ASCII)
INSTANCE = re.compile(r"[a-z0-9]{1,12}")
SQLITE = "sqlite:///"


def _misfit(rule: str, reason: str, hint: str) -> PydanticCustomError:
    # pydantic formats braces in the reason from the context: the reason goes through it whole
    return PydanticCustomError("misfit", "{reason}", {"rule": rule, "reason": reason, "hint": hint})


def one_or_more(value: object) -> object:
    """Take one string for a list of one; pydantic's strict mode wants a tuple where TOML has an array."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _duration(value: object) -> timedelta:
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _misfit(
            "config.duration", "is no duration", 'write a whole number and a unit, as "30s", "2m", "24h" or "120d"'
        )
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _positive(value: timedelta) -> timedelta:
    if not value:
        raise _misfit("config.duration", "must be longer than nothing", "give at least one second")
    return value


def _security_pin(value: str) -> str:
    if value in {"none", "random", "digits"} or re.fullmatch(r"[0-9]{4,12}", value):
        return value
    raise _misfit("config.value", "is no kind of PIN", 'choose "none", "random", or the 4 to 12 digits themselves')


def is_loopback(host: str) -> bool:
    """Whether a URL's host is this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _server_url(value: str, example: str = "https://dav.example.com/") -> str:
    parts = _split(value, example)
    if parts.scheme not in {"http", "https"}:
        raise _misfit("config.url", "is no https:// URL", f'write it whole, as "{example}"')
    if parts.username is not None or parts.password is not None:
        raise _misfit("config.url", "has a login in it", "take the login out of the URL; the other keys are for it")
    if parts.query or parts.fragment:
        raise _misfit("config.url", "has a query or a fragment", "leave out what follows the path")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise _misfit(
            "config.http", "would send the login unencrypted", "use https://; http:// is for this machine only"
        )
    return value


def _platform_url(value: str) -> str:
    return _server_url(value, "https://acme.example.com").rstrip("/").removesuffix("/enterprise_api")


def _proxy(value: str) -> str | None:
    example = "http://proxy.example.com:3128"
    if value and _split(value, example).scheme not in {"http", "https", "socks5", "socks5h"}:
        raise _misfit("config.url", "is no proxy's URL", f'write it as "{example}"')
    return value or None


def _split(value: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        if parts.hostname and parts.port != 0 and value.isprintable() and " " not in value:
            return parts
    except ValueError:  # a port or an IPv6 address that is none
        pass
    raise _misfit("config.url", "is no URL with a server's name", f'write it whole, as "{example}"')


def _address(value: str) -> str:
    bare = value.lower().removeprefix("mailto:")
    if not ADDRESS.fullmatch(bare):
        raise _misfit("config.value", "is no e-mail address", 'write the address alone, as "alice@example.com"')
    return bare


def _word(value: str) -> str:
    if not re.fullmatch(r"\S+", value):
        raise _misfit("config.value", "is not one word", "choose a word without white space")
    return value


def _languages(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or (value != ("auto",) and not all(LANGUAGE.fullmatch(tag) and tag != "auto" for tag in value)):
        raise _misfit("config.value", "is no list of languages", 'write "auto", or language tags as ["de", "en"]')
    return value


def _instance(value: str) -> str:
    if not INSTANCE.fullmatch(value):
        raise _misfit("config.value", "is no name for an installation", "use 1 to 12 of a-z and 0-9")
    return value


def _room_host(value: str) -> str:
    if not ROOM_HOST.fullmatch(value.lower()):
        raise _misfit("config.value", "is no server's name", 'write the name alone, as "rooms.example.com"')
    return value.lower()


def _sqlite(value: str) -> str:
    name = value.removeprefix(SQLITE)
    if name == value or not name or "?" in name or name.endswith("/") or name == ":memory:":
        raise _misfit("config.value", "names no SQLite file", 'write it as "sqlite:///calbridge.db"')
    return value


def _status_address(value: object) -> tuple[str, int] | None:
    if value == "":
        return None
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not host or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or not 0 < int(port) < 65536:
        raise _misfit("config.value", "is no address with a port", 'write "127.0.0.1:8787", or "" to turn it off')
    return host.removeprefix("[").removesuffix("]"), int(port)


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(_duration)]
Patience: TypeAlias = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_positive)]
Strings: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(one_or_more)]
Addresses: TypeAlias = Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], BeforeValidator(one_or_more)]
Text: TypeAlias = Annotated[str, MinLen(1)]
Word: TypeAlias = Annotated[str, AfterValidator(_word)]
Count: TypeAlias = Annotated[int, Ge(0)]
Number: TypeAlias = Annotated[int, Ge(1)]
Proxy: TypeAlias = Annotated[str | None, AfterValidator(_proxy)]
Command: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(one_or_more), MinLen(1)]
ServerUrl: TypeAlias = Annotated[str, AfterValidator(_server_url)]
PlatformUrl: TypeAlias = Annotated[str, AfterValidator(_platform_url)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
Instance: TypeAlias = Annotated[str, AfterValidator(_instance)]
SqliteUrl: TypeAlias = Annotated[str, AfterValidator(_sqlite)]
RoomHosts: TypeAlias = Annotated[tuple[Annotated[str, AfterValidator(_room_host)], ...], BeforeValidator(one_or_more)]
StatusAddress: TypeAlias = Annotated[tuple[str, int] | None, BeforeValidator(_status_address)]
Languages: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(one_or_more), AfterValidator(_languages)]

SecurityPin: TypeAlias = Annotated[str, AfterValidator(_security_pin)]


def taken(kind: Any, value: str) -> str | Misfit:  # Any: an annotated type is no `type`
    """Take one value of a kind by itself, as `calbridge init` asks for it; a misfit says what is wrong with it.

    `kind` is one of the annotated strings above.
    """
    try:
        found: str = TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        context = wrong.get("ctx", {})
        rule, reason = context.get("rule", "config.value"), context.get("reason", "is no such value")
        return Misfit(rule, f"that {reason}", context.get("hint", "give another value"))
    return found

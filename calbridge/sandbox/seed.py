"""Who is on a new sandbox: resellers, companies, hosts, contacts and API tokens, from a TOML file."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calbridge.core.problem import Problem
from calbridge.enterprise.endpoint import Role
from calbridge.errors import ConfigError
from calbridge.sandbox.people import Profile, contact_for
from calbridge.sandbox.state import State

BUILT_IN: Final = Path(__file__).with_name("default_seed.toml")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ResellerSeed(_Table):
    """[[reseller]]"""

    id: int
    domain: str


class CompanySeed(_Table):
    """[[company]]"""

    id: int
    reseller: int
    name: str
    subdomain: str


class ApiTokenSeed(_Table):
    """[[api_token]]: names its company, or its reseller if it is a reseller admin's."""

    token: str = Field(repr=False)
    role: Role
    company: int | None = None
    reseller: int | None = None


class ContactSeed(_Table):
    """Someone in a host's list of contacts."""

    name: str
    email: str


class HostSeed(Profile):
    """[[host]]"""

    id: int
    company: int
    contacts: tuple[ContactSeed, ...] = ()


class Seed(_Table):
    """The whole file."""

    reseller: tuple[ResellerSeed, ...]
    company: tuple[CompanySeed, ...]
    api_token: tuple[ApiTokenSeed, ...]
    host: tuple[HostSeed, ...] = ()


def read(path: Path) -> Seed:
    """Read a seed. Raises `ConfigError` with every problem of the file."""
    try:
        seed = Seed.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(
            (_problem(path, error.strerror or "can't be read", "name a file that can be read"),)
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError((_problem(path, f"is not TOML: {error}", "mend the file"),)) from error
    except ValidationError as error:
        problems = tuple(_problem(f"{path}: {_key(wrong['loc'])}", wrong["msg"], _HINT) for wrong in error.errors())
        raise ConfigError(problems) from error
    problems = tuple(_problem(f"{path}: {key}", reason, _HINT) for key, reason in _contradictions(seed))
    if problems:
        raise ConfigError(problems)
    return seed


def plant(seed: Seed, state: State) -> None:
    """Fill a new state."""
    resellers = {company.id: company.reseller for company in seed.company}
    with state.transaction():
        for reseller in seed.reseller:
            state.write("INSERT INTO reseller VALUES (?, ?)", reseller.id, reseller.domain)
        for company in seed.company:
            row = (company.id, company.reseller, company.name, company.subdomain)
            state.write("INSERT INTO company VALUES (?, ?, ?, ?)", *row)
        for token in seed.api_token:
            reseller_id = token.reseller if token.company is None else resellers[token.company]
            state.write(
                "INSERT INTO api_token VALUES (?, ?, ?, ?)", token.token, token.role, token.company, reseller_id
            )
        for host in seed.host:
            _plant_host(host, state)


def _plant_host(host: HostSeed, state: State) -> None:
    profile = Profile.model_validate(host.model_dump(exclude={"id", "company", "contacts"}))
    row = (host.id, host.company, host.access_code, profile.model_dump_json())
    state.write("INSERT INTO host VALUES (?, ?, ?, ?)", *row)
    contact_for(state, host.id, host.email, host.name)
    for contact in host.contacts:
        contact_for(state, host.id, contact.email, contact.name)


def _contradictions(seed: Seed) -> Iterator[tuple[str, str]]:
    """What each table alone can't show: references to nothing, and the same thing twice."""
    resellers = {reseller.id for reseller in seed.reseller}
    companies = {company.id for company in seed.company}
    for company in seed.company:
        if company.reseller not in resellers:
            yield f"company {company.id}.reseller", "names no [[reseller]]"
    for host in seed.host:
        if host.company not in companies:
            yield f"host {host.id}.company", "names no [[company]]"
    for number, token in enumerate(seed.api_token):
        if token.role is Role.RESELLER_ADMIN and (token.company is not None or token.reseller not in resellers):
            yield f"api_token.{number}", "a reseller admin's token names a [[reseller]] and no company"
        if token.role is not Role.RESELLER_ADMIN and (token.reseller is not None or token.company not in companies):
            yield f"api_token.{number}", "this role's token names a [[company]] and no reseller"
    yield from _doubles("reseller.id", [reseller.id for reseller in seed.reseller])
    yield from _doubles("company.id", [company.id for company in seed.company])
    yield from _doubles("host.id", [host.id for host in seed.host])
    yield from _doubles("host.access_code", [host.access_code for host in seed.host])
    if len({token.token for token in seed.api_token}) < len(seed.api_token):
        yield "api_token.token", "is given twice"


def _doubles(key: str, values: list[int] | list[str]) -> Iterator[tuple[str, str]]:
    for value, times in Counter(values).items():
        if times > 1:
            yield key, f"{value} is given {times} times"


_HINT: Final = "mend the file; calbridge/sandbox/default_seed.toml is an example"


def _problem(where: Path | str, reason: str, hint: str) -> Problem:
    return Problem(str(where), "sandbox.seed", reason, hint)


def _key(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc))

"""Who is on a new sandbox: resellers, products, companies, hosts, contacts and API tokens, from a TOML file."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from calbridge.core.problem import Problem
from calbridge.errors import ConfigError
from calbridge.sandbox import plans
from calbridge.sandbox.contacts import contact_for
from calbridge.sandbox.people import Profile, add_host
from calbridge.sandbox.plans import Feature, Status
from calbridge.sandbox.refusals import Refused
from calbridge.sandbox.seed_tables import (
    CompanySeed,
    ContactSeed,
    HostSeed,
    ProductSeed,
    Seed,
    SubscriptionSeed,
    contradictions,
)
from calbridge.sandbox.state import State

BUILT_IN: Final = Path(__file__).with_name("default_seed.toml")


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
    problems = tuple(_problem(f"{path}: {key}", reason, _HINT) for key, reason in contradictions(seed))
    if problems:
        raise ConfigError(problems)
    return seed


def fill(state: State, path: Path) -> None:
    """Fill a new state with what a file says. Raises `ConfigError`, whose problems name the file."""
    found = read(path)
    try:
        plant(found, state)
    except ConfigError as error:
        raise ConfigError(tuple(replace(each, where=f"{path}: {each.where}") for each in error.problems)) from error


def plant(seed: Seed, state: State) -> None:
    """Fill a new state. Raises `ConfigError` for subscriptions that the companies and hosts can't have."""
    resellers = {company.id: company.reseller for company in seed.company}
    with state.transaction():
        for reseller in seed.reseller:
            row = (reseller.id, reseller.parent, reseller.domain, reseller.display_name or reseller.domain)
            state.write("INSERT INTO reseller VALUES (?, ?, ?, ?)", *row)
        for product in seed.product or _one_plan_each(seed):
            _plant_product(product, state)
        for company in seed.company:
            _plant_company(company, [each for each in seed.subscription if each.company == company.id], state)
        for token in seed.api_token:
            reseller_id = token.reseller if token.company is None else resellers[token.company]
            state.write(
                "INSERT INTO api_token VALUES (?, ?, ?, ?)", token.token, token.role, token.company, reseller_id
            )
        for host in seed.host:
            _plant_host(host, state)
        for room in seed.chat_room:
            state.write("INSERT INTO chat_room VALUES (?, ?, ?, ?)", room.id, room.company, room.slug, room.name)
        for subscription in seed.subscription:
            if subscription.suspended:
                found = plans.by_slug(state, subscription.company, subscription.slug)
                plans.set_status(state, found, Status.SUSPENDED)


def _one_plan_each(seed: Seed) -> list[ProductSeed]:
    return [
        ProductSeed(
            id=number,
            reseller=reseller.id,
            slug="small_plan",
            name="Small Conference Plan",
            plan=True,
            default=True,
            features=frozenset(Feature),
        )
        for number, reseller in enumerate(seed.reseller, start=1)
    ]


def _plant_product(product: ProductSeed, state: State) -> None:
    features = json.dumps(sorted(product.features))
    state.write(
        "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(product.id, product.reseller, product.slug, product.name, product.description),
        *(product.plan, product.pricing, product.default, features),
    )


def _plant_company(company: CompanySeed, subscriptions: Sequence[SubscriptionSeed], state: State) -> None:
    state.write(
        "INSERT INTO company (id, reseller_id, subdomain, name, partner_id, customer_id, openid_provider,"
        " host_limits_locked) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(company.id, company.reseller, company.subdomain, company.name, company.partner_id, company.customer_id),
        *(company.openid_provider, company.host_limits_locked),
    )
    for contact in company.contacts:
        _plant_contact(contact, state, host_id=None, company_id=company.id)
    products = {product.slug: product for product in plans.offered(state, company.reseller)}
    for subscription in subscriptions:
        if subscription.slug not in products:
            raise _contradiction(f"subscription of company {company.id}", f"no product {subscription.slug!r} is sold")
        try:
            plans.subscribe(state, company.id, products[subscription.slug], subscription.host_limit)
        except Refused as refused:
            raise _contradiction(f"subscription of company {company.id}", refused.message) from refused
    default = plans.default_product(state, company.reseller)
    if not subscriptions and default is not None:
        plans.subscribe(state, company.id, default, host_limit=None)


def _plant_host(host: HostSeed, state: State) -> None:
    profile = Profile.model_validate(host.model_dump(include=set(Profile.model_fields)))
    add_host(state, host.company, profile, host.id)
    contact_for(state, host.id, host.email, host.name)
    for contact in host.contacts:
        _plant_contact(contact, state, host_id=host.id, company_id=None)
    plan = host.plan_slug or plans.first_plan(state, host.company)
    try:
        ids = plans.ids_for_host(state, host.company, plan, host.add_on_slugs)
        plans.assign(state, host.company, host.id, ids)
    except Refused as refused:
        raise _contradiction(f"host {host.id}", refused.message) from refused


def _plant_contact(contact: ContactSeed, state: State, *, host_id: int | None, company_id: int | None) -> None:
    values = contact.model_dump()
    state.write(
        f"INSERT OR IGNORE INTO contact (host_id, company_id, {', '.join(values)})"  # noqa: S608 - the model's names
        f" VALUES (?, ?{', ?' * len(values)})",
        *(host_id, company_id, *values.values()),
    )


_HINT: Final = "mend the file; calbridge/sandbox/default_seed.toml is an example"


def _contradiction(where: str, reason: str) -> ConfigError:
    return ConfigError((_problem(where, reason, _HINT),))


def _problem(where: Path | str, reason: str, hint: str) -> Problem:
    return Problem(str(where), "sandbox.seed", reason, hint)


def _key(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc))

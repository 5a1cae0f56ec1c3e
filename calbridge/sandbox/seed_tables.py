"""The tables of a seed, and what can be wrong between them."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from calbridge.enterprise.endpoint import Id, Role
from calbridge.sandbox.people import Profile, Zone
from calbridge.sandbox.plans import Feature, Pricing

Limit = Annotated[int, Field(gt=0, lt=2**63)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ResellerSeed(_Table):
    """[[reseller]]: `parent` is the reseller above a sub-reseller."""

    id: Id
    domain: str
    display_name: str | None = None
    parent: Id | None = None


class ProductSeed(_Table):
    """[[product]]: what a reseller and its sub-resellers sell."""

    id: Id
    reseller: Id
    slug: str = Field(min_length=1)
    name: str
    description: str = ""
    plan: bool
    pricing: Pricing = "flat"
    default: bool = False
    features: frozenset[Feature] = frozenset()


class ContactSeed(_Table):
    """Someone in a host's or a company's list of contacts."""

    name: str
    email: str
    business_phone: str | None = None
    mobile_phone: str | None = None
    home_phone: str | None = None
    other_phone: str | None = None
    time_zone: Zone | None = None


class CompanySeed(_Table):
    """[[company]]"""

    id: Id
    reseller: Id
    name: str
    subdomain: str
    partner_id: Id | None = None
    customer_id: str | None = None
    openid_provider: bool = False
    host_limits_locked: bool = False
    contacts: tuple[ContactSeed, ...] = ()


class SubscriptionSeed(_Table):
    """[[subscription]]: a company without one is subscribed to its reseller's default product."""

    company: Id
    slug: str
    host_limit: Limit | None = None
    suspended: bool = False


class ApiTokenSeed(_Table):
    """[[api_token]]: names its company, or its reseller if it is a reseller admin's."""

    token: str = Field(repr=False)
    role: Role
    company: Id | None = None
    reseller: Id | None = None


class HostSeed(Profile):
    """[[host]]: on the first of her company's plans unless `plan_slug` names another."""

    id: Id
    company: Id
    contacts: tuple[ContactSeed, ...] = ()
    plan_slug: str | None = None
    add_on_slugs: tuple[str, ...] = ()


class ChatRoomSeed(_Table):
    """[[chat_room]]: a company's channel, or with no `slug` a place for direct messages."""

    id: Id
    company: Id
    name: str
    slug: str | None = None


class Seed(_Table):
    """The whole file. Without any [[product]], every reseller sells one plan with all features."""

    reseller: tuple[ResellerSeed, ...]
    product: tuple[ProductSeed, ...] = ()
    company: tuple[CompanySeed, ...]
    subscription: tuple[SubscriptionSeed, ...] = ()
    api_token: tuple[ApiTokenSeed, ...]
    host: tuple[HostSeed, ...] = ()
    chat_room: tuple[ChatRoomSeed, ...] = ()


def contradictions(seed: Seed) -> Iterator[tuple[str, str]]:
    """Tell, as key and reason, what each table alone can't show: references to nothing, and the same thing twice."""
    yield from _loose_ends(seed)
    yield from _doubles("reseller.id", [reseller.id for reseller in seed.reseller])
    yield from _doubles("reseller.domain", [reseller.domain.lower() for reseller in seed.reseller])
    yield from _doubles("product.id", [product.id for product in seed.product])
    yield from _doubles("product.slug", [(product.reseller, product.slug) for product in seed.product])
    yield from _doubles("company.id", [company.id for company in seed.company])
    yield from _doubles("company.subdomain", [(each.reseller, each.subdomain.lower()) for each in seed.company])
    yield from _doubles("subscription", [(each.company, each.slug) for each in seed.subscription])
    yield from _doubles("host.id", [host.id for host in seed.host])
    yield from _doubles("host.access_code", [host.access_code for host in seed.host])
    yield from _doubles("host.moderator_pin", [host.moderator_pin for host in seed.host])
    yield from _doubles("chat_room.id", [room.id for room in seed.chat_room])
    yield from _doubles(
        "chat_room.slug", [(room.company, room.slug) for room in seed.chat_room if room.slug is not None]
    )
    if len({token.token for token in seed.api_token}) < len(seed.api_token):
        yield "api_token.token", "is given twice"


def _loose_ends(seed: Seed) -> Iterator[tuple[str, str]]:
    resellers = {reseller.id for reseller in seed.reseller}
    companies = {company.id for company in seed.company}
    of_reseller = [(f"product {each.id}", each.reseller) for each in seed.product]
    of_reseller += [(f"company {each.id}", each.reseller) for each in seed.company]
    of_company = [(f"subscription.{number}", each.company) for number, each in enumerate(seed.subscription)]
    of_company += [(f"host {each.id}", each.company) for each in seed.host]
    of_company += [(f"chat_room {each.id}", each.company) for each in seed.chat_room]
    yield from ((f"{key}.reseller", "names no [[reseller]]") for key, id_ in of_reseller if id_ not in resellers)
    yield from ((f"{key}.company", "names no [[company]]") for key, id_ in of_company if id_ not in companies)
    yield from _orphans(seed)
    for number, token in enumerate(seed.api_token):
        if token.role is Role.RESELLER_ADMIN and (token.company is not None or token.reseller not in resellers):
            yield f"api_token.{number}", "a reseller admin's token names a [[reseller]] and no company"
        if token.role is not Role.RESELLER_ADMIN and (token.reseller is not None or token.company not in companies):
            yield f"api_token.{number}", "this role's token names a [[company]] and no reseller"


def _orphans(seed: Seed) -> Iterator[tuple[str, str]]:
    above: set[int | None] = {None}
    for reseller in seed.reseller:
        if reseller.parent not in above:
            yield f"reseller {reseller.id}.parent", "names no [[reseller]] further up in the file"
        above.add(reseller.id)


def _doubles(key: str, values: list[int] | list[str] | list[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    for value, times in Counter(values).items():
        if times > 1:
            yield key, f"{value} is given {times} times"

"""Products, companies' subscriptions to them, and which host is assigned to which: the rows and their rules.

A company has at most one subscription to a product that is not cancelled. A host is assigned to at most one plan and
to any number of add-ons, all of her own company. What she may do follows from those of them that are active.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from calbridge.sandbox import resellers
from calbridge.sandbox.refusals import Missing, Refused
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    reseller_id INTEGER NOT NULL REFERENCES reseller,  -- its sub-resellers sell it, too
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    plan INTEGER NOT NULL,          -- 0: an add-on
    pricing TEXT NOT NULL,          -- flat or per_host
    is_default INTEGER NOT NULL,    -- for companies that are made without naming a product
    features TEXT NOT NULL,         -- JSON array
    UNIQUE (reseller_id, slug)
);
CREATE TABLE subscription (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    company_id INTEGER NOT NULL REFERENCES company,
    product_id INTEGER NOT NULL REFERENCES product,
    status TEXT NOT NULL,           -- Status
    host_limit INTEGER              -- NULL: priced flat, without a limit
);
CREATE UNIQUE INDEX subscription_live ON subscription (company_id, product_id) WHERE status <> 'Cancelled';
CREATE TABLE host_subscription (
    host_id INTEGER NOT NULL REFERENCES host,
    subscription_id INTEGER NOT NULL REFERENCES subscription,
    PRIMARY KEY (host_id, subscription_id)
) WITHOUT ROWID;
"""


class Feature(StrEnum):
    """What a product may give to its hosts: all but the last are for their conferences to ask for."""

    RECORDING = "recording"
    VIDEO_RECORDING = "video_recording"
    TRANSCRIPTION = "transcription"
    ONE_TIME_ACCESS_CODE = "one_time_access_code"
    SIP_GATEWAY = "sip_gateway"


class Status(StrEnum):
    """Of a subscription; a cancelled one is not listed and never comes back."""

    ACTIVE = "Active"
    SUSPENDED = "Suspended"
    CANCELLED = "Cancelled"


Pricing = Literal["flat", "per_host"]


@dataclass(frozen=True, slots=True)
class Product:
    """A plan or an add-on."""

    id: int
    slug: str
    name: str
    description: str
    plan: bool
    pricing: Pricing


@dataclass(frozen=True, slots=True)
class Subscription:
    """A company's, to a product. `host_limit` is None where the product is priced flat."""

    id: int
    company_id: int
    product: Product
    status: Status
    host_limit: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """What one host is assigned to. `features` and `may_host` leave out what is suspended."""

    plan_slug: str | None
    add_on_slugs: tuple[str, ...]
    subscription_ids: tuple[int, ...]
    features: frozenset[Feature]
    may_host: bool


def offered(state: State, reseller_id: int) -> tuple[Product, ...]:
    """List what a reseller sells: its own products, then those of the resellers above it."""
    found: dict[str, Product] = {}
    for seller in resellers.at_or_above(state, reseller_id):
        for row in state.rows("SELECT * FROM product WHERE reseller_id = ? ORDER BY id", seller):
            found.setdefault(row["slug"], _product(row))
    return tuple(found.values())


def default_product(state: State, reseller_id: int) -> Product | None:
    """Find what a reseller's companies are subscribed to unless another product is named."""
    for seller in resellers.at_or_above(state, reseller_id):
        row = state.row("SELECT * FROM product WHERE reseller_id = ? AND is_default ORDER BY id", seller)
        if row is not None:
            return _product(row)
    return None


_SUBSCRIPTIONS: Final = """
SELECT subscription.id AS subscription_id, company_id, status, host_limit, product.*
FROM subscription JOIN product ON product.id = product_id
WHERE status <> 'Cancelled' AND
"""


def live(state: State, company_id: int) -> tuple[Subscription, ...]:
    """List a company's subscriptions that are not cancelled."""
    rows = state.rows(f"{_SUBSCRIPTIONS} company_id = ? ORDER BY subscription.id", company_id)
    return tuple(map(_subscription, rows))


def first_plan(state: State, company_id: int) -> str | None:
    """Find the plan of a company's hosts for whom no other is named."""
    return next((each.product.slug for each in live(state, company_id) if each.product.plan), None)


def by_slug(state: State, company_id: int, slug: str) -> Subscription:
    """Find a company's subscription to a product. Raises `Missing`."""
    for subscription in live(state, company_id):
        if subscription.product.slug == slug:
            return subscription
    raise Missing("Subscription not found")


def subscribe(state: State, company_id: int, product: Product, host_limit: int | None) -> Subscription:
    """Subscribe a company, but none of its hosts.

    Raises `Refused` where it is subscribed already, and for the host limit of a product that is priced flat.
    """
    if product.pricing == "flat" and host_limit is not None:
        raise Refused(f"{product.slug} is priced flat and takes no host_limit")
    if any(subscription.product.id == product.id for subscription in live(state, company_id)):
        raise Refused(f"The company is already subscribed to {product.slug}")
    limit = None if product.pricing == "flat" else host_limit or 1
    insert = "INSERT INTO subscription (company_id, product_id, status, host_limit) VALUES (?, ?, ?, ?)"
    id_ = state.write(insert, company_id, product.id, Status.ACTIVE, limit)
    return Subscription(id_, company_id, product, Status.ACTIVE, limit)


def set_status(state: State, subscription: Subscription, status: Status) -> None:
    """Suspend, reactivate or cancel; a cancelled one loses its hosts."""
    state.write("UPDATE subscription SET status = ? WHERE id = ?", status, subscription.id)
    if status is Status.CANCELLED:
        state.write("DELETE FROM host_subscription WHERE subscription_id = ?", subscription.id)


def held(state: State, host_id: int) -> Held:
    """Tell what a host is assigned to."""
    condition = "subscription.id IN (SELECT subscription_id FROM host_subscription WHERE host_id = ?)"
    rows = state.rows(f"{_SUBSCRIPTIONS} {condition} ORDER BY subscription.id", host_id)
    active = [row for row in rows if row["status"] == Status.ACTIVE]
    return Held(
        plan_slug=next((row["slug"] for row in rows if row["plan"]), None),
        add_on_slugs=tuple(row["slug"] for row in rows if not row["plan"]),
        subscription_ids=tuple(row["subscription_id"] for row in rows),
        features=frozenset(Feature(feature) for row in active for feature in json.loads(row["features"])),
        may_host=any(row["plan"] for row in active),
    )


def assign(state: State, company_id: int, host_id: int, subscription_ids: Iterable[int]) -> None:
    """Give a host exactly these subscriptions, whose limits grow as needed.

    Raises `Refused` for one that is not her company's, for two plans, and where limits are locked and reached.
    """
    wanted = set(subscription_ids)
    found = [subscription for subscription in live(state, company_id) if subscription.id in wanted]
    if len(found) < len(wanted):
        raise Refused("subscription_ids has one or more subscriptions that the company does not have")
    if sum(subscription.product.plan for subscription in found) > 1:
        raise Refused("A host can be assigned to one plan only")
    state.write("DELETE FROM host_subscription WHERE host_id = ?", host_id)
    for subscription in found:
        state.write("INSERT INTO host_subscription VALUES (?, ?)", host_id, subscription.id)
        _make_room(state, subscription)


def ids_for_host(state: State, company_id: int, plan: str | None, add_ons: Sequence[str]) -> tuple[int, ...]:
    """Find the subscriptions of a host on a plan and with add-ons, by their slugs. Raises `Refused`."""
    is_plan = {each.product.slug: each.product.plan for each in live(state, company_id)}
    if plan is not None and not is_plan.get(plan, True):
        raise Refused(f"{plan} is not a plan")
    if mistaken := [slug for slug in add_ons if is_plan.get(slug, False)]:
        raise Refused(f"{mistaken[0]} is not an add-on")
    return ids_by_slugs(state, company_id, add_ons if plan is None else [plan, *add_ons])


def ids_by_slugs(state: State, company_id: int, slugs: Iterable[str]) -> tuple[int, ...]:
    """Find a company's subscriptions by the slugs of their products. Raises `Refused`."""
    ids = {subscription.product.slug: subscription.id for subscription in live(state, company_id)}
    asked = tuple(slugs)
    if unknown := [slug for slug in asked if slug not in ids]:
        raise Refused(f"The company is not subscribed to {unknown[0]}")
    return tuple(ids[slug] for slug in asked)


def assign_all(state: State, subscription: Subscription) -> None:
    """Add a subscription to all of its company's hosts; a plan takes the place of the one they are on."""
    hosts = "SELECT id FROM host WHERE company_id = ? AND deleted_at IS NULL"
    if subscription.product.plan:
        state.write(
            "DELETE FROM host_subscription WHERE subscription_id IN"
            " (SELECT subscription.id FROM subscription JOIN product ON product.id = product_id"
            " WHERE company_id = ? AND plan)",
            subscription.company_id,
        )
    state.write(
        f"INSERT OR IGNORE INTO host_subscription SELECT id, ? FROM ({hosts})",  # noqa: S608 - constant
        *(subscription.id, subscription.company_id),
    )
    _make_room(state, subscription)


def set_limit(state: State, subscription: Subscription, host_limit: int) -> None:
    """Set a host limit. Raises `Refused` for flat prices, locked limits, and fewer than the hosts assigned."""
    if subscription.host_limit is None:
        raise Refused(f"{subscription.product.slug} is priced flat and takes no host_limit")
    if host_limit < assigned(state, subscription):
        raise Refused("host_limit is less than the number of hosts assigned")
    _raise_if_locked(state, subscription)
    state.write("UPDATE subscription SET host_limit = ? WHERE id = ?", host_limit, subscription.id)


def assigned(state: State, subscription: Subscription) -> int:
    """Count the hosts assigned to a subscription."""
    [row] = state.rows("SELECT count(*) FROM host_subscription WHERE subscription_id = ?", subscription.id)
    return int(row[0])


def _make_room(state: State, subscription: Subscription) -> None:
    hosts = assigned(state, subscription)
    if subscription.host_limit is not None and hosts > subscription.host_limit:
        _raise_if_locked(state, subscription)
        state.write("UPDATE subscription SET host_limit = ? WHERE id = ?", hosts, subscription.id)


def _raise_if_locked(state: State, subscription: Subscription) -> None:
    [row] = state.rows("SELECT host_limits_locked FROM company WHERE id = ?", subscription.company_id)
    if row["host_limits_locked"]:
        raise Refused("Host limit changes are locked for this company")


def _subscription(row: sqlite3.Row) -> Subscription:
    return Subscription(
        row["subscription_id"], row["company_id"], _product(row), Status(row["status"]), row["host_limit"]
    )


def _product(row: sqlite3.Row) -> Product:
    return Product(row["id"], row["slug"], row["name"], row["description"], bool(row["plan"]), row["pricing"])

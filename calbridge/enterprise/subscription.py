"""Subscriptions: a company's to plans and add-ons. Each host is on one plan at a time, and on any number of add-ons."""

from typing import ClassVar, Final

from pydantic import Field

from calbridge.enterprise.endpoint import ADMINS, RESELLER, Endpoint, Message, Retry, WireRequest, WireResponse


class FetchProductsRequest(WireRequest):
    """Fetch the plans and add-ons that the reseller offers.

    `include_description` is in the reference's example only: whether the rows have a `description`.
    """

    include_description: bool | None = None


class Product(WireResponse):
    """A plan (`plan` True) or an add-on (False); `slug` is its unique alphabetic id."""

    slug: str
    name: str | None = None
    plan: bool | None = None


class DescribedProduct(Product):
    """A product on offer."""

    description: str | None = None


class SubscriptionRequest(WireRequest):
    """One of a company's subscriptions; `slug` is that of its product."""

    company_id: int
    slug: str = Field(min_length=1)


class CreateRequest(SubscriptionRequest):
    """Subscribe a company to a plan or an add-on.

    `switch_plan`: omitted, the new plan takes the current one's place; the id of a subscription, it takes that one's;
    null, it is added to the current ones. `host_limit`, for products priced per host only: how many hosts may be
    assigned to it, each of whom is paid for; more of them raise it. `subscribe_all_hosts`, True where omitted, also
    assigns all of the company's hosts.
    """

    nullable: ClassVar[frozenset[str]] = frozenset({"switch_plan"})
    switch_plan: int | None = None
    host_limit: int | None = Field(default=None, gt=0)
    subscribe_all_hosts: bool | None = None


class UpdateRequest(SubscriptionRequest):
    """Set a subscription's host limit, for products priced per host."""

    host_limit: int = Field(gt=0)


class SuspendRequest(SubscriptionRequest):
    """Suspend a subscription until it is reactivated.

    Hosts lose its features meanwhile; with a plan's, that of holding meetings.
    """


class ReactivateRequest(SubscriptionRequest):
    """Reactivate a suspended subscription."""


class CancelRequest(SubscriptionRequest):
    """Cancel a subscription for good; a new one to the same product may follow."""


class SuspendAllRequest(WireRequest):
    """Suspend all of a company's active subscriptions. Asynchronous: 202 means accepted, not yet done.

    `slug` is in the reference's list of fields, but not in its example, and means nothing here.
    """

    company_id: int
    slug: str | None = None


class ReactivateAllRequest(SuspendAllRequest):
    """Reactivate all of a company's suspended subscriptions. Asynchronous: 202 means accepted, not yet done.

    `slug` is in the reference's list of fields, but not in its example, and means nothing here. The reference names
    no role; it is taken to be the one that may suspend.
    """


class FetchRequest(WireRequest):
    """Fetch a company's subscriptions, those that were cancelled left out."""

    company_id: int


class Subscription(WireResponse):
    """A subscription. `status` is Active or Suspended; `host_limit` counts for products priced per host only."""

    id: int
    status: str | None = None
    host_limit: int | None = None
    product: Product | None = None


FETCH_PRODUCTS: Final = Endpoint(
    "subscription/fetch_products", FetchProductsRequest, list[DescribedProduct], Retry.READ, ADMINS
)
CREATE: Final = Endpoint("subscription/create", CreateRequest, Message, Retry.CREATE, ADMINS)
UPDATE: Final = Endpoint("subscription/update", UpdateRequest, Message, Retry.IDEMPOTENT, ADMINS, method="PUT")
SUSPEND: Final = Endpoint("subscription/suspend", SuspendRequest, Message, Retry.IDEMPOTENT, RESELLER)
REACTIVATE: Final = Endpoint("subscription/reactivate", ReactivateRequest, Message, Retry.IDEMPOTENT, RESELLER)
CANCEL: Final = Endpoint("subscription/cancel", CancelRequest, Message, Retry.IDEMPOTENT, RESELLER)
SUSPEND_ALL: Final = Endpoint(
    "subscription/suspend_all", SuspendAllRequest, Message, Retry.IDEMPOTENT, RESELLER, status=202
)
REACTIVATE_ALL: Final = Endpoint(
    "subscription/reactivate_all", ReactivateAllRequest, Message, Retry.IDEMPOTENT, RESELLER, status=202
)
FETCH: Final = Endpoint("subscription/fetch", FetchRequest, list[Subscription], Retry.READ, RESELLER)

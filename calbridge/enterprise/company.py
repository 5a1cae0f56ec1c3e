"""Companies: a reseller's customers, which subscribe to products and have hosts."""

from typing import Annotated, Final

from pydantic import Field

from calbridge.enterprise.endpoint import RESELLER, Aside, Done, Endpoint, Retry, WireRequest, WireResponse

Colour = Annotated[str, Field(pattern=r"^#([0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$")]
"""A colour as CSS writes it in hexadecimal, such as `#00ff00`."""


class CreateRequest(WireRequest):
    """Add a company.

    `subdomain` begins the URLs of its meetings, and is unique within the reseller's domain. `name` is for billing.
    `partner_id` (a number, for reports, not shown) and `customer_id` (any text or number) are the reseller's own.
    `openid_provider` True lets hosts sign in by OpenID Connect, once that is agreed with the platform. `currency` is
    ISO 4217 in lower case. `product_id` is the product to subscribe to; without it the domain's default.
    """

    subdomain: str = Field(min_length=1)
    name: str
    partner_id: int | None = None
    customer_id: str | int | None = None
    openid_provider: bool | None = None
    primary_color: Colour | None = None
    accent_color: Colour | None = None
    currency: str | None = Field(default=None, pattern="^[a-z]{3}$")
    product_id: int | None = None


class CreateResponse(WireResponse):
    """The new company's id."""

    id: int


class FetchRequest(WireRequest):
    """Fetch one company."""

    company_id: int


class UpdateRequest(WireRequest):
    """Change a company's subdomain, name, or the reseller's own ids; what is omitted stays (not stated: assumed)."""

    company_id: int
    subdomain: str | None = Field(default=None, min_length=1)
    name: str | None = None
    partner_id: int | None = None
    customer_id: str | int | None = None


class FetchAllRequest(WireRequest):
    """Fetch all companies of the reseller."""


class DeleteRequest(WireRequest):
    """Delete a company, with its subscriptions and its hosts."""

    company_id: int


class CompanyResponse(WireResponse):
    """A company, without its id. `hosts` are the ids of its hosts, `host_count` their number.

    `openid_provider` is documented for company/fetch_all only; `partner_id` and `customer_id` for fetch and update.
    """

    subdomain: str | None = None
    name: str | None = None
    host_count: int | None = None
    hosts: Aside[tuple[int, ...]] = None
    partner_id: int | None = None
    customer_id: str | None = None
    openid_provider: bool | None = None


CREATE: Final = Endpoint("company/create", CreateRequest, CreateResponse, Retry.CREATE, RESELLER)
FETCH: Final = Endpoint("company/fetch", FetchRequest, CompanyResponse, Retry.READ, RESELLER)
UPDATE: Final = Endpoint("company/update", UpdateRequest, CompanyResponse, Retry.IDEMPOTENT, RESELLER)
FETCH_ALL: Final = Endpoint("company/fetch_all", FetchAllRequest, list[CompanyResponse], Retry.READ, RESELLER)
DELETE: Final = Endpoint("company/delete", DeleteRequest, Done, Retry.IDEMPOTENT, RESELLER)

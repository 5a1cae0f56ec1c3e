"""Companies, subscriptions and domains by way of calbridge's own client: both ends of the same declarations."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from calbridge.enterprise import company, domain, subscription
from calbridge.enterprise.client import Enterprise
from calbridge.errors import NotFound, Refused
from calbridge.sandbox import Settings, running


def as_reseller(scenario: Callable[[Enterprise], Awaitable[None]]) -> None:
    async def run(url: str) -> None:
        async with Enterprise(url, "reseller-token", timeout=10) as api:
            await scenario(api)

    with running(Settings()) as sandbox:
        asyncio.run(run(sandbox.url))


async def _slugs(api: Enterprise, company_id: int) -> dict[str | None, str | None]:
    rows = await api.call(subscription.FETCH, subscription.FetchRequest(company_id=company_id))
    return {row.product.slug: row.status for row in rows if row.product}


def test_a_company_is_made_changed_listed_and_deleted() -> None:
    async def scenario(api: Enterprise) -> None:
        made = await api.call(company.CREATE, company.CreateRequest(subdomain="joe", name="Joe"))
        changed = await api.call(company.UPDATE, company.UpdateRequest(company_id=made.id, name="Jane"))
        assert (changed.subdomain, changed.name) == ("joe", "Jane")
        assert await api.call(company.FETCH, company.FetchRequest(company_id=made.id)) == changed
        rows = await api.call(company.FETCH_ALL, company.FetchAllRequest())
        assert [row.subdomain for row in rows] == ["example", "joe", "customer"]
        await api.call(company.DELETE, company.DeleteRequest(company_id=made.id))
        with pytest.raises(NotFound):
            await api.call(company.FETCH, company.FetchRequest(company_id=made.id))

    as_reseller(scenario)


def test_a_plan_is_switched_or_with_null_added() -> None:
    async def scenario(api: Enterprise) -> None:
        beside = subscription.CreateRequest(company_id=5, slug="small_plan", switch_plan=None)
        await api.call(subscription.CREATE, beside)
        assert list(await _slugs(api, 5)) == ["large_plan", "recording", "small_plan"]
        await api.call(subscription.CANCEL, subscription.CancelRequest(company_id=5, slug="large_plan"))
        await api.call(subscription.CREATE, subscription.CreateRequest(company_id=5, slug="large_plan", host_limit=4))
        assert list(await _slugs(api, 5)) == ["recording", "large_plan"]

    as_reseller(scenario)


def test_a_subscription_is_updated_by_put_suspended_and_reactivated() -> None:
    large = {"company_id": 5, "slug": "large_plan"}

    async def scenario(api: Enterprise) -> None:
        await api.call(subscription.UPDATE, subscription.UpdateRequest.model_validate(large | {"host_limit": 40}))
        rows = await api.call(subscription.FETCH, subscription.FetchRequest(company_id=5))
        assert rows[0].host_limit == 40
        await api.call(subscription.SUSPEND, subscription.SuspendRequest.model_validate(large))
        assert await _slugs(api, 5) == {"large_plan": "Suspended", "recording": "Active"}
        await api.call(subscription.REACTIVATE, subscription.ReactivateRequest.model_validate(large))
        accepted = await api.call(subscription.SUSPEND_ALL, subscription.SuspendAllRequest(company_id=5))
        assert accepted.message == "OK"
        await api.call(subscription.REACTIVATE_ALL, subscription.ReactivateAllRequest(company_id=5))
        with pytest.raises(Refused, match="less than the number of hosts"):
            await api.call(subscription.UPDATE, subscription.UpdateRequest.model_validate(large | {"host_limit": 1}))

    as_reseller(scenario)


def test_products_and_domains_are_read() -> None:
    async def scenario(api: Enterprise) -> None:
        request = subscription.FetchProductsRequest(include_description=True)
        products = await api.call(subscription.FETCH_PRODUCTS, request)
        assert [(product.slug, product.plan) for product in products] == [
            ("small_plan", True),
            ("large_plan", True),
            ("recording", False),
        ]
        assert products[2].description == "Recordings in sound and picture"
        own = await api.call(domain.DESCENDANTS, domain.DescendantsRequest())
        assert [below.domain for below in own.descendants] == ["partner.example.com"]

    as_reseller(scenario)

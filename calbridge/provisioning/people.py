"""The platform's side: who its hosts are, and which plans are suspended."""

from dataclasses import replace

from calbridge.enterprise import Enterprise, host, subscription
from calbridge.errors import NotFound, Refused, Unauthorized
from calbridge.provisioning.host_file import Person


async def people_of(api: Enterprise, company_id: int | None) -> tuple[Person, ...]:
    """Every host of a company. Raises `PlatformError`s only."""
    try:
        rows = await api.call(host.FETCH_ALL, host.FetchAllRequest(company_id=company_id))
    except Unauthorized:
        raise
    except Refused as error:
        hint = "name a company that the API token may see, by --company ID or platform.company_id"
        raise Refused(replace(error.problem, hint=hint), message=error.message, status=error.status) from None
    return tuple(_person(row) for row in rows)


async def person(api: Enterprise, host_id: int) -> Person | None:
    """One host of any company; None where there is none that the account may see."""
    try:
        row = await api.call(host.FETCH, host.FetchRequest(host_id=host_id))
    except NotFound:
        return None
    return _person(row)


def _person(row: host.HostSummary | host.HostResponse) -> Person:
    return Person(row.host_id, (row.email or "").lower(), row.plan_slug or "", row.role or "")


async def suspended(api: Enterprise, company_id: int | None) -> frozenset[str] | None:
    """The slugs of a company's suspended subscriptions; None where the account may not know: a reseller admin's may."""
    if company_id is None:
        return None
    try:
        held = await api.call(subscription.FETCH, subscription.FetchRequest(company_id=company_id))
    except Refused:
        return None
    return frozenset(each.product.slug for each in held if each.product and each.status == "Suspended")

"""subscription/fetch_products, create, update, suspend, reactivate, cancel, suspend_all, reactivate_all and fetch."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from calbridge.enterprise import subscription as declared
from calbridge.enterprise.messages import OK
from calbridge.sandbox import later, plans
from calbridge.sandbox.calls import Call, Json, Route
from calbridge.sandbox.people import company_within
from calbridge.sandbox.plans import Product, Status, Subscription
from calbridge.sandbox.refusals import Missing, Refused
from calbridge.sandbox.state import State


def fetch_products(call: Call, request: declared.FetchProductsRequest) -> Json:
    """What the caller's reseller sells; descriptions only for who asks for them."""
    return [
        _short(product) | ({"description": product.description} if request.include_description else {})
        for product in plans.offered(call.state, call.principal.reseller_id)
    ]


def create(call: Call, request: declared.CreateRequest) -> Json:
    """Subscribe a company, in place of plans that it has or beside them, and its hosts unless that is not wanted."""
    company_within(call.state, call.principal, request.company_id)
    product = _product(call.state, request.company_id, request.slug)
    replaced = _replaced(call.state, product, request)
    made = plans.subscribe(call.state, request.company_id, product, request.host_limit)
    for old in replaced:
        plans.set_status(call.state, old, Status.CANCELLED)
    if request.subscribe_all_hosts is not False:
        plans.assign_all(call.state, made)
    return OK


def update(call: Call, request: declared.UpdateRequest) -> Json:
    """Set a host limit."""
    plans.set_limit(call.state, _named(call, request), request.host_limit)
    return OK


def suspend(call: Call, request: declared.SuspendRequest) -> Json:
    """Suspend one; suspended already is fine."""
    plans.set_status(call.state, _named(call, request), Status.SUSPENDED)
    return OK


def reactivate(call: Call, request: declared.ReactivateRequest) -> Json:
    """Reactivate one; active already is fine."""
    plans.set_status(call.state, _named(call, request), Status.ACTIVE)
    return OK


def cancel(call: Call, request: declared.CancelRequest) -> Json:
    """Cancel one for good."""
    plans.set_status(call.state, _named(call, request), Status.CANCELLED)
    return OK


def suspend_all(call: Call, request: declared.SuspendAllRequest) -> Json:
    """Suspend a moment later what is active then."""
    company_within(call.state, call.principal, request.company_id)
    later.postpone(call.state, declared.SUSPEND_ALL.path, request.company_id, call.now)
    return OK


def reactivate_all(call: Call, request: declared.ReactivateAllRequest) -> Json:
    """Reactivate a moment later what is suspended then."""
    company_within(call.state, call.principal, request.company_id)
    later.postpone(call.state, declared.REACTIVATE_ALL.path, request.company_id, call.now)
    return OK


def fetch(call: Call, request: declared.FetchRequest) -> Json:
    """What a company is subscribed to, without what was cancelled."""
    company_within(call.state, call.principal, request.company_id)
    return [
        {
            "id": subscription.id,
            "status": subscription.status,
            "host_limit": subscription.host_limit,
            "product": _short(subscription.product),
        }
        for subscription in plans.live(call.state, request.company_id)
    ]


def _replaced(state: State, product: Product, request: declared.CreateRequest) -> list[Subscription]:
    """The plans that end with the new one: the one that is named; with null none; else all that the company has."""
    current = [each for each in plans.live(state, request.company_id) if each.product.plan]
    if request.switch_plan is not None:
        named = [each for each in current if each.id == request.switch_plan]
        if not named or not product.plan:
            raise Refused("switch_plan must be a current plan's subscription, to be switched to a plan")
        return named
    if "switch_plan" in request.model_fields_set or not product.plan:
        return []
    return current


def _product(state: State, company_id: int, slug: str) -> Product:
    [company] = state.rows("SELECT reseller_id FROM company WHERE id = ?", company_id)
    for product in plans.offered(state, company["reseller_id"]):
        if product.slug == slug:
            return product
    raise Missing("Product not found")


def _named(call: Call, request: declared.SubscriptionRequest) -> Subscription:
    company_within(call.state, call.principal, request.company_id)
    return plans.by_slug(call.state, request.company_id, request.slug)


def _short(product: Product) -> dict[str, Json]:
    return {"slug": product.slug, "name": product.name, "plan": product.plan}


def _turn_all(state: State, company_id: int, *, old: Status, new: Status) -> None:
    for subscription in plans.live(state, company_id):
        if subscription.status is old:
            plans.set_status(state, subscription, new)


def _suspend_all(state: State, company_id: int, _: datetime) -> None:
    _turn_all(state, company_id, old=Status.ACTIVE, new=Status.SUSPENDED)


def _reactivate_all(state: State, company_id: int, _: datetime) -> None:
    _turn_all(state, company_id, old=Status.SUSPENDED, new=Status.ACTIVE)


WORKS: Final[Mapping[str, later.Work]] = {
    declared.SUSPEND_ALL.path: _suspend_all,
    declared.REACTIVATE_ALL.path: _reactivate_all,
}
ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.FETCH_PRODUCTS, fetch_products),
    Route(declared.CREATE, create),
    Route(declared.UPDATE, update),
    Route(declared.SUSPEND, suspend),
    Route(declared.REACTIVATE, reactivate),
    Route(declared.CANCEL, cancel),
    Route(declared.SUSPEND_ALL, suspend_all),
    Route(declared.REACTIVATE_ALL, reactivate_all),
    Route(declared.FETCH, fetch),
)

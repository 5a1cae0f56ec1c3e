"""company/create, fetch, update, fetch_all and delete."""

from typing import Any, Final

from calbridge.enterprise import company as declared
from calbridge.enterprise.messages import OK
from calbridge.sandbox import plans, resellers
from calbridge.sandbox.calls import Call, Json, Route
from calbridge.sandbox.people import company_within, remove_host
from calbridge.sandbox.refusals import Refused

SCHEMA: Final = """
CREATE TABLE company (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reseller_id INTEGER NOT NULL REFERENCES reseller,
    subdomain TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL,
    partner_id INTEGER,
    customer_id TEXT,
    openid_provider INTEGER NOT NULL DEFAULT 0,
    primary_color TEXT,
    accent_color TEXT,
    currency TEXT,
    host_limits_locked INTEGER NOT NULL DEFAULT 0,
    deleted_at INTEGER
);
CREATE UNIQUE INDEX company_subdomain ON company (reseller_id, subdomain) WHERE deleted_at IS NULL;
"""


def create(call: Call, request: declared.CreateRequest) -> Json:
    """A company of the caller's reseller, subscribed to a product or to the domain's default one."""
    reseller_id = call.principal.reseller_id
    _check_subdomain(call, reseller_id, request.subdomain)
    columns = ("subdomain", "name", "partner_id", "customer_id", "primary_color", "accent_color", "currency")
    values = [getattr(request, column) for column in columns]
    company_id = call.state.write(
        f"INSERT INTO company (reseller_id, openid_provider, {', '.join(columns)})"  # noqa: S608 - constants
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(reseller_id, bool(request.openid_provider), *values),
    )
    product = _product(call, reseller_id, request.product_id)
    if product is not None:
        plans.subscribe(call.state, company_id, product, host_limit=None)
    return {"id": company_id}


def fetch(call: Call, request: declared.FetchRequest) -> Json:
    """One company."""
    company_within(call.state, call.principal, request.company_id)
    return _shaped(call, request.company_id, "partner_id", "customer_id")


def update(call: Call, request: declared.UpdateRequest) -> Json:
    """Give a company new values for the fields that are named."""
    company_within(call.state, call.principal, request.company_id)
    if request.subdomain is not None:
        [company] = call.state.rows("SELECT reseller_id FROM company WHERE id = ?", request.company_id)
        _check_subdomain(call, company["reseller_id"], request.subdomain, but=request.company_id)
    for column, value in request.model_dump(exclude={"company_id"}, exclude_none=True).items():
        call.state.write(f"UPDATE company SET {column} = ? WHERE id = ?", value, request.company_id)  # noqa: S608 - the declaration's names
    return _shaped(call, request.company_id, "partner_id", "customer_id")


def fetch_all(call: Call, _: declared.FetchAllRequest) -> Json:
    """Every company of the caller's reseller and of those below it."""
    return [
        _shaped(call, row["id"], "openid_provider")
        for reseller_id in resellers.at_or_below(call.state, call.principal.reseller_id)
        for row in call.state.rows(
            "SELECT id FROM company WHERE reseller_id = ? AND deleted_at IS NULL ORDER BY id", reseller_id
        )
    ]


def delete(call: Call, request: declared.DeleteRequest) -> Json:
    """A company with its subscriptions, its hosts and its admins' tokens; the company's row stays, marked."""
    company_id = request.company_id
    company_within(call.state, call.principal, company_id)
    for subscription in plans.live(call.state, company_id):
        plans.set_status(call.state, subscription, plans.Status.CANCELLED)
    for host in call.state.rows("SELECT id FROM host WHERE company_id = ? AND deleted_at IS NULL", company_id):
        remove_host(call.state, host["id"], call.now)
    call.state.write("DELETE FROM api_token WHERE company_id = ?", company_id)
    call.state.write("UPDATE company SET deleted_at = ? WHERE id = ?", int(call.now.timestamp()), company_id)
    return {"message": OK}


def _check_subdomain(call: Call, reseller_id: int, subdomain: str, *, but: int | None = None) -> None:
    taken = "SELECT 1 FROM company WHERE reseller_id = ? AND subdomain = ? AND deleted_at IS NULL AND id IS NOT ?"
    if call.state.row(taken, reseller_id, subdomain, but) is not None:
        raise Refused("subdomain is already taken")


def _product(call: Call, reseller_id: int, product_id: int | None) -> plans.Product | None:
    if product_id is None:
        return plans.default_product(call.state, reseller_id)
    for product in plans.offered(call.state, reseller_id):
        if product.id == product_id:
            return product
    raise Refused("product_id is not one of the reseller's products")


def _shaped(call: Call, company_id: int, *more: str) -> Json:
    """A company with the fields that all endpoints report, and `more` of its columns."""
    [row] = call.state.rows("SELECT * FROM company WHERE id = ?", company_id)
    hosts = call.state.rows("SELECT id FROM host WHERE company_id = ? AND deleted_at IS NULL ORDER BY id", company_id)
    return {
        "subdomain": row["subdomain"],
        "name": row["name"],
        "host_count": len(hosts),
        "hosts": [host["id"] for host in hosts],
    } | {column: bool(row[column]) if column == "openid_provider" else row[column] for column in more}


ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.CREATE, create),
    Route(declared.FETCH, fetch),
    Route(declared.UPDATE, update),
    Route(declared.FETCH_ALL, fetch_all),
    Route(declared.DELETE, delete),
)

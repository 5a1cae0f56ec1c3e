"""The platform's account: whose token it is, what it may see, and who is there."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from calbridge.checkup.findings import Area, Finding, failed, fine
from calbridge.config import Config
from calbridge.core.problem import Problem
from calbridge.enterprise import Enterprise, domain, host, subscription
from calbridge.enterprise.endpoint import Role
from calbridge.errors import PlatformError, Refused, Unauthorized


@dataclass(frozen=True, slots=True)
class Directory:
    """What the account sees. `role` is None where the platform could not be asked.

    `hosts` are the company's, ids by address in lower case, None where they can't be listed. `products` is what a plan
    or add-on calls itself (name and description) by its slug, `suspended` the slugs of subscriptions that are, None
    where nobody may know.
    """

    role: Role | None = None
    hosts: Mapping[str, tuple[int, ...]] | None = None
    products: tuple[tuple[str, str], ...] = ()
    suspended: frozenset[str] | None = None

    def about(self, slugs: tuple[str, ...]) -> str:
        """All that these products say of themselves, in lower case."""
        return " ".join((*slugs, *(text for slug, text in self.products if slug in slugs))).lower()


async def look_at_account(api: Enterprise, config: Config) -> tuple[Directory, tuple[Finding, ...]]:
    """Authenticate, find out the token's role, and list the company's hosts. Changes nothing."""
    where = config.platform.url
    try:
        role = await _role(api)
    except PlatformError as error:
        return Directory(), (failed(Area.PLATFORM, error.problem),)
    if role is Role.RESELLER_ADMIN and config.platform.company_id is None:
        return Directory(role), (_without_company(config),)
    try:
        request = host.FetchAllRequest(company_id=config.platform.company_id)
        people = await api.call(host.FETCH_ALL, request)
    except PlatformError as error:
        return Directory(role), (failed(Area.PLATFORM, _no_hosts(error)),)
    company = "its company" if config.platform.company_id is None else f"company {config.platform.company_id}"
    token = "a reseller admin's" if role is Role.RESELLER_ADMIN else "a company admin's"
    told = fine(Area.PLATFORM, where, "platform.token", f"the token is {token}; {company} has {len(people)} hosts")
    by_address: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
    for person in people:
        by_address[(person.email or "").lower()] += (person.host_id,)
    return Directory(role, by_address, await _products(api), await _suspended(api, config, role)), (told,)


async def _role(api: Enterprise) -> Role:
    """Whose token it is: only a reseller admin may see a domain's descendants."""
    try:
        await api.call(domain.DESCENDANTS, domain.DescendantsRequest())
    except Unauthorized:
        raise
    except Refused:
        return Role.COMPANY_ADMIN
    return Role.RESELLER_ADMIN


def _without_company(config: Config) -> Finding:
    looked_up = sorted(host.name for host in config.hosts if host.id is None)
    if not looked_up:
        what = "the token is a reseller admin's; every host file has an id, so that no company is needed"
        return fine(Area.PLATFORM, config.platform.url, "platform.token", what)
    reason = f"the token is a reseller's, and {len(looked_up)} hosts are to be found by address ({looked_up[0]} first)"
    hint = "set platform.company_id to their company, or host.id in each host file"
    return failed(Area.PLATFORM, Problem("calbridge.toml: platform.company_id", "platform.company", reason, hint))


def _no_hosts(error: PlatformError) -> Problem:
    if not isinstance(error, Refused):
        return error.problem
    reason = f"the token may not list the company's hosts: {error.problem.reason}"
    hint = "take the token of a company admin or a reseller admin; check platform.company_id"
    return Problem(error.problem.where, "platform.role", reason, hint)


async def _products(api: Enterprise) -> tuple[tuple[str, str], ...]:
    """What is on offer; nothing where that can't be seen: it only helps to tell what a plan is for."""
    try:
        request = subscription.FetchProductsRequest(include_description=True)
        offered = await api.call(subscription.FETCH_PRODUCTS, request)
    except PlatformError:
        return ()
    return tuple((each.slug, f"{each.name or ''} {each.description or ''}") for each in offered)


async def _suspended(api: Enterprise, config: Config, role: Role) -> frozenset[str] | None:
    if role is not Role.RESELLER_ADMIN or config.platform.company_id is None:
        return None
    try:
        held = await api.call(subscription.FETCH, subscription.FetchRequest(company_id=config.platform.company_id))
    except PlatformError:
        return None
    return frozenset(each.product.slug for each in held if each.product and each.status == "Suspended")

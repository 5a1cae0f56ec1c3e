"""The platform's Enterprise API: what it is (declarations, no I/O) and how to call it.

from calbridge.enterprise import Enterprise, conference

async with Enterprise("https://acme.example.com", api_token) as api:
    held = await api.call(conference.FETCH, conference.FetchRequest(conference_id=183))
"""

from typing import Any, Final

from calbridge.enterprise import (
    authentication,
    chat,
    company,
    conference,
    contact,
    domain,
    drive,
    host,
    subscription,
)
from calbridge.enterprise.client import Enterprise
from calbridge.enterprise.endpoint import Endpoint
from calbridge.enterprise.files import Content

_RESOURCES: Final = (authentication, domain, company, subscription, host, contact, drive, chat, conference)
_DECLARED: Final = [
    value for resource in _RESOURCES for value in vars(resource).values() if isinstance(value, Endpoint)
]

ALL: Final[tuple[Endpoint[Any, Any], ...]] = tuple(  # Any: any endpoint
    endpoint for endpoint in _DECLARED if all(endpoint is not other.detail for other in _DECLARED)
)
"""Every endpoint, once, in the reference's order; asked for details, it is its `detail`."""

__all__ = [
    "ALL",
    "Content",
    "Enterprise",
    "authentication",
    "chat",
    "company",
    "conference",
    "contact",
    "domain",
    "drive",
    "host",
    "subscription",
]

"""Domains: a reseller's, and those of the resellers below it (reference: "A Reseller has the following attributes")."""

from typing import Final

from calbridge.enterprise.endpoint import RESELLER, Endpoint, Retry, WireRequest, WireResponse


class DescendantsRequest(WireRequest):
    """Fetch the reseller's domain with all sub-resellers below it."""


class DescendantsResponse(WireResponse):
    """A domain (`abc-conferencing.com`), the name it shows to the public, and the domains below it, likewise."""

    id: int
    domain: str | None = None
    display_name: str | None = None
    descendants: "tuple[DescendantsResponse, ...]" = ()


DESCENDANTS: Final = Endpoint("domain/descendants", DescendantsRequest, DescendantsResponse, Retry.READ, RESELLER)

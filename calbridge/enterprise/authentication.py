"""Sessions: an API token buys an `auth_token`, which expires 60 minutes after its last successful use."""

from typing import Final

from pydantic import Field

from calbridge.enterprise.endpoint import ADMINS, Endpoint, Retry, WireRequest, WireResponse


class AuthenticateRequest(WireRequest):
    """Begin a session: an API token, from the Developers section of the platform's admin pages, buys its token.

    The account that the API token belongs to must be a company admin's or a reseller admin's.
    """

    api_token: str = Field(repr=False)


class AuthenticateResponse(WireResponse):
    """The session's token; it goes with every other request, and expires 60 minutes after its last successful use."""

    auth_token: str = Field(min_length=1, repr=False)


AUTHENTICATE: Final = Endpoint(
    "authenticate", AuthenticateRequest, AuthenticateResponse, Retry.READ, ADMINS, authenticated=False
)

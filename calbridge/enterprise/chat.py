"""Chat: messages to rooms that exist apart from conferences."""

from typing import Final

from calbridge.enterprise.endpoint import RESELLER, Endpoint, Message, Retry, WireRequest


class CreateRequest(WireRequest):
    """Send a message, which shows as from "System", to a direct-message room (`id`) or to a channel (`slug`).

    The reference's rule makes every field but `slug` required; as a channel has no `id` here, one of the two will do.
    """

    company_id: int
    id: int | None = None
    slug: str | None = None
    message: str


CREATE: Final = Endpoint("chat/create", CreateRequest, Message, Retry.CREATE, RESELLER)

"""Contacts: people whom a host, or every host of a company, may invite."""

from typing import Final

from pydantic import BaseModel, Field

from calbridge.enterprise.endpoint import ADMINS, Done, Endpoint, Retry, WireRequest, WireResponse


class Owner(WireRequest):
    """Whose contacts: the host's with `host_id`, else the company's.

    A reseller admin must give one of the two; a company admin's `company_id` is ignored, her own company's is taken.
    """

    host_id: int | None = None
    company_id: int | None = None


class ContactRequest(Owner):
    """One of the owner's contacts."""

    contact_id: int


class Phones(BaseModel):
    """What a contact may have besides a name and an address. `time_zone` is an IANA name."""

    business_phone: str | None = Field(default=None, repr=False)
    mobile_phone: str | None = Field(default=None, repr=False)
    home_phone: str | None = Field(default=None, repr=False)
    other_phone: str | None = Field(default=None, repr=False)
    time_zone: str | None = None


class NewContact(WireRequest, Phones):
    """Someone to add."""

    name: str
    email: str = Field(repr=False)


class CreateRequest(Owner):
    """Add contacts, to one host's or to those that all hosts of a company see.

    `host_id` or `company_id` says whose; a company admin who gives neither means her own company's.
    """

    contacts: tuple[NewContact, ...]


class FetchRequest(ContactRequest):
    """Fetch one contact.

    `host_id` or `company_id` says whose; a company admin who gives neither means her own company's.
    """


class FetchAllRequest(Owner):
    """Fetch all contacts of a host or a company.

    `host_id` or `company_id` says whose; a company admin who gives neither means her own company's.
    """


class UpdateRequest(ContactRequest, Phones):
    """Change a contact; what is omitted stays.

    `host_id` or `company_id` says whose; a company admin who gives neither means her own company's. The phones are in
    the reference's example, but not in its list of fields.
    """

    name: str | None = None
    email: str | None = Field(default=None, repr=False)


class DeleteRequest(ContactRequest):
    """Delete a contact.

    `host_id` or `company_id` says whose; a company admin who gives neither means her own company's.
    """


class ContactResponse(WireResponse, Phones):
    """A contact. `has_host`: a host's own card rather than just an entry; not in what contact/update documents."""

    contact_id: int
    name: str | None = None
    email: str | None = Field(default=None, repr=False)
    has_host: bool | None = None


CREATE: Final = Endpoint("contact/create", CreateRequest, list[ContactResponse], Retry.CREATE, ADMINS)
FETCH: Final = Endpoint("contact/fetch", FetchRequest, ContactResponse, Retry.READ, ADMINS)
FETCH_ALL: Final = Endpoint("contact/fetch_all", FetchAllRequest, list[ContactResponse], Retry.READ, ADMINS)
UPDATE: Final = Endpoint("contact/update", UpdateRequest, ContactResponse, Retry.IDEMPOTENT, ADMINS)
DELETE: Final = Endpoint("contact/delete", DeleteRequest, Done, Retry.IDEMPOTENT, ADMINS)

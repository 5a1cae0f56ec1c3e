"""Hosts: the people who hold conferences."""

from typing import Final

from pydantic import Field

from calbridge.enterprise.endpoint import ADMINS, Aside, Endpoint, Retry, WireRequest, WireResponse


class DialInNumber(WireResponse):
    """A phone number in three writings; `phone_number` is E.164 without the plus."""

    phone_number: str | None = None
    domestic_format: str | None = None
    international_format: str | None = None
    country_code: str | None = None
    location: str | None = None


class Code(WireResponse):
    """An access code or a moderator PIN: digits."""

    number: str | None = Field(default=None, repr=False)


class DisableEmails(WireResponse):
    """Which mails the platform does not send (True: disabled)."""

    conference_invitations: bool | None = None
    conference_reminders: bool | None = None
    conference_summaries: bool | None = None
    transcription_summaries: bool | None = None


class TimeFormat(WireResponse):
    """How the platform shows times and dates to her."""

    time_24hr: bool | None = None
    hm_separator: str | None = None
    md_format: str | None = None
    md_y_comma: bool | None = None


class FetchRequest(WireRequest):
    """One host."""

    host_id: int


class HostResponse(WireResponse):
    """A host in full. `time_zone` is an IANA name, `locale` a BCP 47 tag, `country_code` ISO 3166."""

    host_id: int
    company_id: int | None = None
    name: str | None = None
    email: str | None = None
    primary_dialin_number: DialInNumber | None = None
    meeting_url: str | None = Field(default=None, repr=False)
    role: str | None = None
    openid_sub: str | None = Field(default=None, repr=False)
    access_code: Code | None = None
    moderator_pin: Code | None = None
    password_creation_link: str | None = Field(default=None, repr=False)
    login_token_public_key: str | None = Field(default=None, repr=False)
    plan_slug: str | None = None
    add_on_slugs: Aside[tuple[str, ...]] = None
    subscription_ids: Aside[tuple[int, ...]] = None
    sip_uri: str | None = Field(default=None, repr=False)
    disable_emails: Aside[DisableEmails] = None
    public_username: str | None = None
    time_format: Aside[TimeFormat] = None
    locale: str | None = None
    country_code: str | None = None
    time_zone: str | None = None


class FetchAllRequest(WireRequest):
    """The hosts of a company; a company admin's own where `company_id` is None, a reseller admin must name one."""

    company_id: int | None = None


class HostSummary(WireResponse):
    """A host in short. Unlike in `HostResponse`, the access code is plain text."""

    host_id: int
    name: str | None = None
    email: str | None = None
    meeting_url: str | None = Field(default=None, repr=False)
    role: str | None = None
    access_code: str | None = Field(default=None, repr=False)
    plan_slug: str | None = None
    add_on_slugs: Aside[tuple[str, ...]] = None


FETCH: Final = Endpoint("host/fetch", FetchRequest, HostResponse, Retry.READ, ADMINS)
FETCH_ALL: Final = Endpoint("host/fetch_all", FetchAllRequest, list[HostSummary], Retry.READ, ADMINS)

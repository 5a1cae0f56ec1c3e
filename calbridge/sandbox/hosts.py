"""host/fetch and host/fetch_all, with the nulls that the platform adds for strict deserialisers."""

from collections.abc import Mapping
from typing import Any, Final

from calbridge.enterprise import host as declared
from calbridge.sandbox import later
from calbridge.sandbox.calls import Call, Json, Route, room_url
from calbridge.sandbox.people import DialIn, Host, host_within, hosts_of, own_or_named

_DIAL_IN_NULLS: Final = dict.fromkeys((
    "id", "created_at", "updated_at", "feature_id", "locale", "carrier", "state", "billing_group", "display",
    "organization_id", "grouped_billing_id", "site_domain_id", "billing_code", "active", "referral_number",
))  # fmt: skip
_CODE_NULLS: Final = dict.fromkeys((
    "id", "participant_id", "lock_version", "updated_at", "conference_call_id", "person_id", "account_id",
    "recording_id", "site_domain_id", "organization_id",
))  # fmt: skip


def fetch(call: Call, request: declared.FetchRequest) -> Json:
    """One host in full."""
    return _in_full(host_within(call.state, call.principal, request.host_id), call.base_url)


def fetch_all(call: Call, request: declared.FetchAllRequest) -> Json:
    """A company's hosts in short: a company admin's own, whatever company was asked for."""
    company_id = own_or_named(call.state, call.principal, request.company_id)
    return [_in_short(host, call.base_url) for host in hosts_of(call.state, company_id)]


def _in_full(host: Host, base_url: str) -> Json:
    profile = host.profile
    return {
        "host_id": host.id,
        "company_id": host.company_id,
        "name": profile.name,
        "email": profile.email,
        "primary_dialin_number": _dial_in(profile.dial_in),
        "meeting_url": room_url(base_url, profile.access_code),
        "role": profile.role,
        "openid_sub": profile.openid_sub,
        "access_code": {"number": profile.access_code, **_CODE_NULLS},
        "moderator_pin": {"number": profile.moderator_pin, **_CODE_NULLS},
        "password_creation_link": profile.password_creation_link,
        "login_token_public_key": profile.login_token_public_key,
        "plan_slug": host.held.plan_slug,
        "add_on_slugs": host.held.add_on_slugs,
        "subscription_ids": host.held.subscription_ids,
        "sip_uri": None,
        "disable_emails": profile.disable_emails.model_dump(),
        "time_format": profile.time_format.model_dump(),
        "locale": profile.locale,
        "country_code": profile.country_code,
        "time_zone": profile.time_zone,
    }


def _in_short(host: Host, base_url: str) -> Json:
    profile = host.profile
    return {
        "host_id": host.id,
        "name": profile.name,
        "email": profile.email,
        "meeting_url": room_url(base_url, profile.access_code),
        "role": profile.role,
        "access_code": profile.access_code,
        "plan_slug": host.held.plan_slug,
        "add_on_slugs": host.held.add_on_slugs,
    }


def _dial_in(number: DialIn | None) -> Json:
    return None if number is None else {**number.model_dump(), **_DIAL_IN_NULLS}


WORKS: Final[Mapping[str, later.Work]] = {}
ROUTES: Final[tuple[Route[Any], ...]] = (Route(declared.FETCH, fetch), Route(declared.FETCH_ALL, fetch_all))

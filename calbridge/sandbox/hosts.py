"""host/create, fetch, update, delete, resend_invitation, reset_password and fetch_all.

What is asked for is read in `host_demands.py`. The answers have the nulls that the platform adds for strict
deserialisers.
"""

from collections.abc import Mapping
from typing import Any, Final

from calbridge.enterprise import host as declared
from calbridge.enterprise.messages import OK
from calbridge.sandbox import host_demands, later, mails, plans
from calbridge.sandbox.calls import Call, Json, Route, room_url
from calbridge.sandbox.contacts import contact_for, follow
from calbridge.sandbox.people import (
    DialIn,
    Host,
    add_host,
    change_host,
    host_by_id,
    host_within,
    hosts_of,
    own_or_named,
    remove_host,
)
from calbridge.sandbox.plans import Feature
from calbridge.sandbox.refusals import Refused
from calbridge.sandbox.state import State

_DIAL_IN_NULLS: Final = dict.fromkeys((
    "id", "created_at", "updated_at", "feature_id", "locale", "carrier", "state", "billing_group", "display",
    "organization_id", "grouped_billing_id", "site_domain_id", "billing_code", "active", "referral_number",
))  # fmt: skip
_CODE_NULLS: Final = dict.fromkeys((
    "id", "participant_id", "lock_version", "updated_at", "conference_call_id", "person_id", "account_id",
    "recording_id", "site_domain_id", "organization_id",
))  # fmt: skip


def create(call: Call, request: declared.CreateRequest) -> Json:
    """A host of a company, assigned to subscriptions and, unless that is not wanted, mailed her welcome."""
    state = call.state
    company_id = own_or_named(state, call.principal, request.company_id)
    profile = host_demands.new_profile(state, call.principal, request)
    host_id = add_host(state, company_id, profile)
    contact_for(state, host_id, profile.email, profile.name)
    plans.assign(state, company_id, host_id, host_demands.new_subscriptions(state, company_id, request))
    if not profile.no_login:
        profile = profile.model_copy(update={"password_creation_link": mails.password_link(call, host_id)})
        change_host(state, host_id, profile)
        if not request.no_welcome_email:
            mails.welcome(call, profile)
    return _in_full(call, host_by_id(state, host_id))


def fetch(call: Call, request: declared.FetchRequest) -> Json:
    """One host in full."""
    return _in_full(call, host_within(call.state, call.principal, request.host_id))


def update(call: Call, request: declared.UpdateRequest) -> Json:
    """New values for the fields that are given."""
    state = call.state
    host = host_within(state, call.principal, request.host_id)
    profile = host_demands.changed_profile(state, call.principal, host, request)
    change_host(state, host.id, profile)
    follow(state, host.id, profile.email, profile.name, was=host.profile.email)
    subscriptions = host_demands.changed_subscriptions(state, host, request)
    if subscriptions is not None:
        plans.assign(state, host.company_id, host.id, subscriptions)
    return _in_full(call, host_by_id(state, host.id))


def delete(call: Call, request: declared.DeleteRequest) -> Json:
    """A host, a moment later."""
    host = host_within(call.state, call.principal, request.host_id)
    later.postpone(call.state, declared.DELETE.path, host.id, call.now)
    return {"message": OK}


def resend_invitation(call: Call, request: declared.ResendInvitationRequest) -> Json:
    """The welcome mail, once more."""
    mails.welcome(call, host_within(call.state, call.principal, request.host_id).profile)
    return {"message": OK}


def reset_password(call: Call, request: declared.ResetPasswordRequest) -> Json:
    """A mail with a new link."""
    host = host_within(call.state, call.principal, request.host_id)
    if host.profile.no_login:
        raise Refused("The host can't sign in by password")
    mails.password_reset(call, host.profile, mails.password_link(call, host.id))
    return {"message": OK}


def fetch_all(call: Call, request: declared.FetchAllRequest) -> Json:
    """A company's hosts in short: a company admin's own, whatever company was asked for."""
    company_id = own_or_named(call.state, call.principal, request.company_id)
    return [_in_short(host, call.base_url) for host in hosts_of(call.state, company_id)]


def _in_full(call: Call, host: Host) -> Json:
    profile = host.profile
    return {
        "host_id": host.id,
        "company_id": host.company_id,
        "name": profile.name,
        "email": profile.email,
        "primary_dialin_number": _dial_in(profile.dial_in),
        "meeting_url": room_url(call.base_url, profile.access_code),
        "role": profile.role,
        "openid_sub": profile.openid_sub,
        "access_code": {"number": profile.access_code, **_CODE_NULLS},
        "moderator_pin": {"number": profile.moderator_pin, **_CODE_NULLS},
        "password_creation_link": profile.password_creation_link,
        "login_token_public_key": profile.login_token_public_key,
        "plan_slug": host.held.plan_slug,
        "add_on_slugs": host.held.add_on_slugs,
        "subscription_ids": host.held.subscription_ids,
        "sip_uri": _sip_uri(call.state, host),
        "disable_emails": profile.disable_emails.model_dump(),
        "public_username": profile.public_username,
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
    """A number, its place under both of the names that the document has for it."""
    return None if number is None else {**number.model_dump(), "city": number.location, **_DIAL_IN_NULLS}


def _sip_uri(state: State, host: Host) -> str | None:
    if Feature.SIP_GATEWAY not in host.features:
        return None
    [row] = state.rows(
        "SELECT domain FROM company JOIN reseller ON reseller.id = reseller_id WHERE company.id = ?", host.company_id
    )
    return f"sip:{host.profile.access_code}-0@sipgw.{row['domain']}"


WORKS: Final[Mapping[str, later.Work]] = {declared.DELETE.path: remove_host}
ROUTES: Final[tuple[Route[Any], ...]] = (
    Route(declared.CREATE, create),
    Route(declared.FETCH, fetch),
    Route(declared.UPDATE, update),
    Route(declared.DELETE, delete),
    Route(declared.RESEND_INVITATION, resend_invitation),
    Route(declared.RESET_PASSWORD, reset_password),
    Route(declared.FETCH_ALL, fetch_all),
)

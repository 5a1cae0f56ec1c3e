"""From a host/create or a host/update to the host that it asks for, or to the message that refuses it.

ASSUMPTION: a new host for whom no plan is asked for is on the first of her company's plans; without one she could hold
no meeting. `plan_slug` and `add_on_slugs` change what each of them names, `subscription_ids` replaces both.
"""

import re
from secrets import randbelow, token_hex
from typing import Any, Final

from calbridge.enterprise.endpoint import Role
from calbridge.enterprise.host import CreateRequest, HostFields, UpdateRequest
from calbridge.sandbox import codes, plans
from calbridge.sandbox.demands import check_media
from calbridge.sandbox.people import DialIn, Host, Principal, Profile, zone_asked_for
from calbridge.sandbox.refusals import Forbidden, Refused
from calbridge.sandbox.state import State

CODE_DIGITS: Final = 7
DIAL_IN: Final = DialIn(
    phone_number="14165550100",
    domestic_format="(416) 555-0100",
    international_format="+1 416-555-0100",
    country_code="CA",
    location="Toronto",
)
"""The platform's default number; 555-01xx is nobody's."""

_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_PICTURE_URL: Final = re.compile(r"https?://[^\s?#]+\.(gif|png|jpe?g)([?#]\S*)?", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+")
_HASHES: Final = ("disable_emails", "time_format", "stream_preview")


def new_profile(state: State, principal: Principal, request: CreateRequest) -> Profile:
    """Read a create, with codes made up where none are asked for. Raises `Refusal`s and `ValidationError`."""
    _check_role(principal, request)
    _check_email(state, request.email, no_login=request.no_login or False)
    made_up = {
        "access_code": codes.fresh(state, CODE_DIGITS),
        "moderator_pin": _fresh_pin(state),
        "dial_in": DIAL_IN,
        "login_token_public_key": token_hex(16),
    }
    return _profile(made_up, _given(state, request))


def changed_profile(state: State, principal: Principal, host: Host, request: UpdateRequest) -> Profile:
    """Read an update: what it leaves out stays. Raises `Refusal`s and `ValidationError`."""
    _check_role(principal, request)
    if request.company_id not in {None, host.company_id}:
        raise Refused("The host belongs to another company")
    if request.email is not None:
        _check_email(state, request.email, no_login=host.profile.no_login, but=host.id)
    if request.image_url is not None and _PICTURE_URL.fullmatch(request.image_url) is None:
        raise Refused("image_url must be the URL of a gif, png, jpg or jpeg")
    return _profile(host.profile.model_dump(), _given(state, request, but=host.id))


def new_subscriptions(state: State, company_id: int, request: CreateRequest) -> tuple[int, ...]:
    """Find what a new host is to be assigned to. Raises `Refused`."""
    plan = request.plan_slug or plans.first_plan(state, company_id)
    asked_for = _asked_for(state, company_id, request, plan, ())
    return asked_for if asked_for is not None else plans.ids_for_host(state, company_id, plan, ())


def changed_subscriptions(state: State, host: Host, request: UpdateRequest) -> tuple[int, ...] | None:
    """Find what a host is to be assigned to from now on; None: to the same. Raises `Refused`."""
    plan = request.plan_slug or host.held.plan_slug
    return _asked_for(state, host.company_id, request, plan, host.held.add_on_slugs)


def _asked_for(
    state: State, company_id: int, request: HostFields, plan: str | None, add_ons: tuple[str, ...]
) -> tuple[int, ...] | None:
    by_slug = request.plan_slug is not None or request.add_on_slugs is not None
    if request.subscription_ids is not None and by_slug:
        raise Refused("subscription_ids can't be combined with plan_slug or add_on_slugs")
    if not by_slug:
        return request.subscription_ids
    wanted = add_ons if request.add_on_slugs is None else request.add_on_slugs
    return plans.ids_for_host(state, company_id, plan, wanted)


def _profile(before: dict[str, Any], given: dict[str, Any]) -> Profile:  # Any: fields of many types
    """Put what is given over what was before; of the hashes key by key. Raises `ValidationError`."""
    merged = {key: (before.get(key) or {}) | given[key] for key in _HASHES if key in given}
    profile = Profile.model_validate(before | given | merged)
    check_media(profile.auto_record, profile.auto_stream)
    return profile


def _given(state: State, request: HostFields, *, but: int | None = None) -> dict[str, Any]:  # Any: as above
    given = request.model_dump(include=set(Profile.model_fields), exclude_none=True)
    if "access_code" in given:
        given["access_code"] = _free_code(state, str(given["access_code"]), but)
    if "moderator_pin" in given:
        given["moderator_pin"] = _free_pin(state, str(given["moderator_pin"]), but)
    if "time_zone" in given:
        zone_asked_for(given["time_zone"])
    if _LANGUAGE_TAG.fullmatch(given.get("locale", "en")) is None:
        given["locale"] = "en"  # as for every language that is not supported
    return given


def _check_role(principal: Principal, request: HostFields) -> None:
    if request.role is Role.RESELLER_ADMIN and principal.role is not Role.RESELLER_ADMIN:
        raise Forbidden("Only a reseller admin can grant this role")


def _check_email(state: State, email: str, *, no_login: bool, but: int | None = None) -> None:
    """An address is one host's, who signs in by it, or that of several who all can't sign in."""
    if _ADDRESS.fullmatch(email) is None:
        raise Refused("email is not an address")
    others = state.rows(
        "SELECT json_extract(profile, '$.no_login') AS no_login FROM host"
        " WHERE email = ? AND deleted_at IS NULL AND id IS NOT ?",
        *(email, but),
    )
    if not all(no_login and other["no_login"] for other in others):
        raise Refused("email is already taken")


def _free_code(state: State, code: str, host_id: int | None) -> str:
    if codes.is_taken(state, code, but=host_id):
        raise Refused("access_code is already taken")
    return code


def _free_pin(state: State, pin: str, host_id: int | None) -> str:
    if state.row(f"{_OF_PIN} AND id IS NOT ?", pin, host_id) is not None:
        raise Refused("moderator_pin is already taken")
    return pin


_OF_PIN: Final = "SELECT 1 FROM host WHERE moderator_pin = ? AND deleted_at IS NULL"


def _fresh_pin(state: State) -> str:
    while True:
        pin = f"{randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        if state.row(_OF_PIN, pin) is None:
            return pin

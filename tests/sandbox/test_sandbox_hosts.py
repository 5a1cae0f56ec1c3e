from typing import Any

import niquests
import pytest
from support.sandbox_account import Account, MovableClock, meeting
from support.sandbox_client import Client

from calbridge.enterprise import conference, contact, host, subscription
from calbridge.enterprise.host import HostResponse
from calbridge.sandbox import RunningSandbox

JOHN: dict[str, Any] = {"name": "John Host", "email": "john@example.com"}
EVERYTHING: dict[str, Any] = JOHN | {
    "password": "SoSecret5!",
    "no_welcome_email": True,
    "role": "COMPANY_ADMIN",
    "openid_sub": "23081912eca",
    "moderator_pin": 9876543,
    "access_code": 1234567,
    "native_streaming": True,
    "auto_record": "audio",
    "auto_stream": "audio",
    "host_initiated_recording": True,
    "waiting_room": True,
    "stream_preview": {"duration": 60, "interval": 300, "image_preview": True},
    "plan_slug": "large",
    "add_on_slugs": ["sip", "recording"],
    "disable_emails": {"conference_invitations": True},
    "public_username": "john",
    "time_format": {"time_24hr": True, "md_format": "D. M"},
    "no_login": False,
    "locale": "fr-CA",
    "country_code": "CA",
    "time_zone": "US/Eastern",
}


def nulls(names: str) -> dict[str, None]:
    return dict.fromkeys(names.split())


DIGITS_NULLS = nulls(
    "id participant_id lock_version updated_at conference_call_id person_id account_id recording_id site_domain_id"
    " organization_id"
)
NUMBER_NULLS = nulls(
    "id created_at updated_at feature_id locale carrier state billing_group display organization_id grouped_billing_id"
    " site_domain_id billing_code active referral_number"
)
TAKEN_CODE, TAKEN_PIN = "access_code is already taken", "moderator_pin is already taken"


def create(client: Client, **fields: Any) -> HostResponse:
    return client.call(host.CREATE, **JOHN | fields)


def limits(client: Client, company_id: int = 5) -> dict[str, int | None]:
    rows = client.call(subscription.FETCH, company_id=company_id)
    return {row.product.slug or "": row.host_limit for row in rows if row.product}


def test_a_host_is_made_with_all_that_is_asked_for_and_shown_with_the_documented_nulls(
    two_resellers: RunningSandbox,
) -> None:
    made = Account(two_resellers, "company-token").accepted("host/create", **EVERYTHING)

    assert made.pop("password_creation_link").startswith(f"{two_resellers.url}/password/")
    assert len(made.pop("login_token_public_key")) == 32
    assert made.pop("primary_dialin_number").items() >= (NUMBER_NULLS | {"country_code": "CA"}).items()
    asked = {key: EVERYTHING[key] for key in ("name", "email", "role", "openid_sub", "public_username", "plan_slug")}
    assert made == asked | {
        "host_id": 13,
        "company_id": 5,
        "meeting_url": f"{two_resellers.url}/conf/call/1234567",
        "access_code": {"number": "1234567"} | DIGITS_NULLS,
        "moderator_pin": {"number": "9876543"} | DIGITS_NULLS,
        "add_on_slugs": ["recording", "sip"],
        "subscription_ids": [2, 3, 4],
        "sip_uri": "sip:1234567-0@sipgw.one.example",
        "disable_emails": {
            "conference_invitations": True,
            "conference_reminders": False,
            "conference_summaries": False,
            "transcription_summaries": False,
        },
        "time_format": {"time_24hr": True, "hm_separator": ":", "md_format": "D. M", "md_y_comma": True},
        "locale": "fr-CA",
        "country_code": "CA",
        "time_zone": "US/Eastern",
    }


def test_a_host_of_whom_little_is_told_gets_codes_a_plan_and_defaults(admin: Client) -> None:
    made = create(admin)

    assert made.access_code is not None
    assert made.moderator_pin is not None
    assert len(made.access_code.number or "") == len(made.moderator_pin.number or "") == 7
    assert (made.role, made.plan_slug, made.add_on_slugs, made.sip_uri) == ("HOST", "small", (), None)
    assert (made.locale, made.time_zone, made.public_username) == ("en-US", "UTC", None)
    assert made.time_format is not None
    assert made.time_format.model_dump() == {
        "time_24hr": False,
        "hm_separator": ":",
        "md_format": "M D",
        "md_y_comma": True,
    }
    assert admin.call(host.FETCH, host_id=made.host_id) == made


def test_a_new_host_has_a_room_a_card_among_her_contacts_and_may_hold_meetings(admin: Client) -> None:
    made = create(admin)

    assert niquests.get(made.meeting_url or "", timeout=10).status_code == 200
    [own] = admin.call(contact.FETCH_ALL, host_id=made.host_id)
    assert (own.name, own.email, own.has_host) == ("John Host", "john@example.com", True)
    plain = meeting(host_id=made.host_id, one_time_access_code=False)
    assert admin.call(conference.CREATE, **plain).room_url == made.meeting_url


def test_hosts_join_a_company_admins_own_company_and_a_reseller_admin_names_one(
    admin: Client, reseller: Client
) -> None:
    assert create(admin, company_id=7).company_id == 5
    assert reseller.refused(host.CREATE, **JOHN) == (400, "Missing parameter: company_id")
    assert reseller.refused(host.CREATE, **JOHN, company_id=7)[0] == 403
    assert reseller.refused(host.CREATE, **JOHN, company_id=8)[0] == 404


def test_only_a_reseller_admin_makes_another(admin: Client, reseller: Client) -> None:
    forbidden = (403, "Only a reseller admin can grant this role")
    assert admin.refused(host.CREATE, **JOHN, role="RESELLER_ADMIN") == forbidden
    assert admin.refused(host.UPDATE, host_id=9, role="RESELLER_ADMIN") == forbidden

    assert admin.call(host.UPDATE, host_id=9, role="COMPANY_ADMIN").role == "COMPANY_ADMIN"
    assert create(reseller, company_id=5, role="RESELLER_ADMIN").role == "RESELLER_ADMIN"


# fields beyond name and address of a create -> the message that refuses it
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"access_code": 1002}, TAKEN_CODE),
    ({"moderator_pin": "2004"}, TAKEN_PIN),
    ({"email": "B@example.com"}, "email is already taken"),
    ({"email": ""}, "email is not an address"),
    ({"email": "john at company"}, "email is not an address"),
    ({"time_zone": "Mars"}, "time_zone is not in the IANA Time Zone database"),
    ({"auto_record": "audio", "auto_stream": "video"}, "auto_record and auto_stream must be the same value"),
    ({"plan_slug": "enormous"}, "The company is not subscribed to enormous"),
    ({"plan_slug": "recording"}, "recording is not a plan"),
    ({"add_on_slugs": ["large"]}, "large is not an add-on"),
    ({"subscription_ids": [5]}, "subscription_ids has one or more subscriptions that the company does not have"),
    ({"subscription_ids": [1, 2]}, "A host can be assigned to one plan only"),
    (
        {"subscription_ids": [], "plan_slug": "small"},
        "subscription_ids can't be combined with plan_slug or add_on_slugs",
    ),
    ({"stream_preview": {"duration": 60}}, "Missing parameter: stream_preview.interval"),
]


@pytest.mark.parametrize(("fields", "message"), REFUSED)
def test_a_refused_host_is_not_made(admin: Client, fields: dict[str, Any], message: str) -> None:
    assert admin.refused(host.CREATE, **JOHN | fields) == (400, message)
    assert [row.host_id for row in admin.call(host.FETCH_ALL)] == [9, 10]


def test_codes_and_pins_have_the_digits_that_the_document_says(two_resellers: RunningSandbox) -> None:
    account = Account(two_resellers, "company-token")
    for field, value in (("access_code", 12), ("access_code", "12a4"), ("access_code", 10**9), ("moderator_pin", "x")):
        status, content = account.post("host/create", **JOHN, **{field: value})
        assert (status, content["message"].startswith(f"Invalid parameter: {field}: ")) == (400, True)


def test_a_meetings_one_time_code_is_taken_too(admin: Client) -> None:
    code = admin.call(conference.CREATE, **meeting()).one_time_access_code

    assert admin.refused(host.CREATE, **JOHN, access_code=code) == (400, TAKEN_CODE)
    assert admin.refused(host.UPDATE, host_id=9, access_code=code) == (400, TAKEN_CODE)


def test_several_hosts_share_an_address_only_if_none_of_them_signs_in(admin: Client) -> None:
    made = [create(admin, no_login=True), create(admin, no_login=True)]

    assert [row.password_creation_link for row in made] == [None, None]
    assert admin.refused(host.CREATE, **JOHN) == (400, "email is already taken")
    assert admin.refused(host.CREATE, name="A", email="a@example.com", no_login=True)[0] == 400


def test_subscriptions_are_the_exact_list_and_limits_grow_with_the_hosts(admin: Client, reseller: Client) -> None:
    for number, name in enumerate("xyz", start=1):
        made = create(admin, email=f"{name}@example.com", subscription_ids=[2, 3])
        assert (made.plan_slug, made.add_on_slugs, made.subscription_ids) == ("large", ("recording",), (2, 3))
        assert limits(reseller)["large"] == number

    none = create(admin, subscription_ids=[])

    assert (none.plan_slug, none.subscription_ids) == (None, ())


def test_a_locked_limit_refuses_one_host_too_many(reseller: Client) -> None:
    locked = (400, "Host limit changes are locked for this company")

    assert reseller.refused(host.CREATE, **JOHN, company_id=6) == locked
    assert reseller.refused(host.CREATE, **JOHN, company_id=6, subscription_ids=[5]) == locked
    assert limits(reseller, company_id=6) == {"large": 1}
    assert create(reseller, company_id=6, subscription_ids=[]).plan_slug is None


def test_an_update_changes_what_it_names_and_nothing_else(admin: Client) -> None:
    made = admin.call(host.CREATE, **EVERYTHING)

    changed = admin.call(
        host.UPDATE,
        host_id=made.host_id,
        name="John Changed",
        disable_emails={"conference_reminders": True},
        time_format={"hm_separator": "."},
        image_url="https://example.com/john.JPG?size=2",
    )

    before, after = made.model_dump(), changed.model_dump()
    assert {key for key in before if before[key] != after[key]} == {"name", "disable_emails", "time_format"}
    assert after["disable_emails"] == before["disable_emails"] | {"conference_reminders": True}
    assert after["time_format"] == before["time_format"] | {"hm_separator": "."}


def test_a_new_code_moves_the_room(admin: Client) -> None:
    old = admin.call(host.FETCH, host_id=9)

    new = admin.call(host.UPDATE, host_id=9, access_code="007", moderator_pin="123")

    assert (new.access_code and new.access_code.number, new.moderator_pin and new.moderator_pin.number) == (
        "007",
        "123",
    )
    assert (new.meeting_url or "").endswith("/conf/call/007")
    assert niquests.get(old.meeting_url or "", timeout=10).status_code == 404
    assert admin.call(host.UPDATE, host_id=9, access_code="007", email="A@example.com").name == "A"


def test_by_slug_an_update_changes_the_plan_or_the_add_ons(admin: Client) -> None:
    assert admin.call(host.UPDATE, host_id=9, add_on_slugs=["recording"]).subscription_ids == (1, 3)
    assert admin.call(host.UPDATE, host_id=9, plan_slug="large").subscription_ids == (2, 3)
    assert admin.call(host.UPDATE, host_id=9, name="Anna").subscription_ids == (2, 3)
    assert admin.call(host.UPDATE, host_id=9, add_on_slugs=[]).subscription_ids == (2,)
    assert admin.call(host.UPDATE, host_id=9, subscription_ids=[]).subscription_ids == ()


def test_a_hosts_own_contact_follows_her_name_and_address(admin: Client) -> None:
    plain = meeting(one_time_access_code=False)
    before = admin.call(conference.CREATE, **plain)

    admin.call(host.UPDATE, host_id=9, name="Anna", email="anna@example.com")

    [own] = admin.call(contact.FETCH_ALL, host_id=9)
    assert (own.name, own.email, own.has_host) == ("Anna", "anna@example.com", True)
    assert admin.call(conference.CREATE, **plain).moderators == before.moderators


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"company_id": 6}, "The host belongs to another company"),
        ({"email": "b@example.com"}, "email is already taken"),
        ({"access_code": 1002}, TAKEN_CODE),
        ({"moderator_pin": 2002}, TAKEN_PIN),
        ({"image_url": "https://example.com/john.svg"}, "image_url must be the URL of a gif, png, jpg or jpeg"),
        ({"image_url": "ftp://["}, "image_url must be the URL of a gif, png, jpg or jpeg"),
        ({"auto_stream": "video"}, "auto_record and auto_stream must be the same value"),
    ],
)
def test_a_refused_update_changes_nothing(admin: Client, fields: dict[str, Any], message: str) -> None:
    admin.call(host.UPDATE, host_id=9, auto_record="audio")
    before = admin.call(host.FETCH, host_id=9)

    assert admin.refused(host.UPDATE, host_id=9, name="Anna", **fields) == (400, message)
    assert admin.call(host.FETCH, host_id=9) == before


def test_a_language_that_nobody_speaks_becomes_english(admin: Client) -> None:
    assert admin.call(host.UPDATE, host_id=9, locale="pt-BR").locale == "pt-BR"
    assert admin.call(host.UPDATE, host_id=9, locale="what ever").locale == "en"


def test_a_deleted_host_is_gone_a_moment_after_the_202(admin: Client, clock: MovableClock) -> None:
    made = create(admin, access_code="555", subscription_ids=[2])

    assert admin.call(host.DELETE, host_id=made.host_id).message == "OK"

    assert admin.call(host.FETCH, host_id=made.host_id).name == "John Host"
    clock.advance(seconds=1)
    for endpoint in (host.FETCH, host.UPDATE, host.DELETE, host.RESEND_INVITATION, host.RESET_PASSWORD):
        assert admin.refused(endpoint, host_id=made.host_id) == (404, "Host not found")
    assert create(admin, access_code="555").host_id > made.host_id
    assert niquests.get(made.password_creation_link or "", timeout=10).status_code == 404


@pytest.mark.parametrize(("host_id", "status"), [(11, 403), (12, 403), (99, 404)])
def test_hosts_beyond_the_scope_are_out_of_reach(admin: Client, host_id: int, status: int) -> None:
    for endpoint in (host.FETCH, host.UPDATE, host.DELETE, host.RESEND_INVITATION, host.RESET_PASSWORD):
        assert admin.refused(endpoint, host_id=host_id)[0] == status


def test_a_companys_hosts_are_listed_in_short(two_resellers: RunningSandbox) -> None:
    rows = Account(two_resellers, "company-token").accepted("host/fetch_all")

    assert rows[0] == {
        "host_id": 9,
        "name": "A",
        "email": "a@example.com",
        "meeting_url": f"{two_resellers.url}/conf/call/1001",
        "role": "HOST",
        "access_code": "1001",
        "plan_slug": "small",
        "add_on_slugs": [],
    }

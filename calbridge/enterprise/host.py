"""Hosts: the people who hold conferences, and what became of those."""

from typing import Final, Literal

from pydantic import Field, model_validator

from calbridge.core.policy import Media
from calbridge.enterprise.detail import ConferenceDetail
from calbridge.enterprise.endpoint import (
    ADMINS,
    Aside,
    Country,
    Date,
    Done,
    Endpoint,
    Id,
    Message,
    Paging,
    Retry,
    Role,
    WireRequest,
    WireResponse,
    uncapitalised,
)
from calbridge.enterprise.host_parts import (
    AccessCode,
    Code,
    DialInNumber,
    EmailSwitches,
    Pin,
    SetEmails,
    SetTimeFormat,
    StreamPreview,
    TimeDisplay,
)


class HostFields(WireRequest):
    """What create and update both take."""

    role: Role | None = None
    openid_sub: str | None = Field(default=None, repr=False)
    moderator_pin: Pin | None = Field(default=None, repr=False)
    access_code: AccessCode | None = Field(default=None, repr=False)
    auto_record: Media | None = None
    auto_stream: Media | None = None
    host_initiated_recording: bool | None = None
    waiting_room: bool | None = None
    stream_preview: StreamPreview | None = None
    subscription_ids: tuple[int, ...] | None = None
    plan_slug: str | None = None
    add_on_slugs: tuple[str, ...] | None = None
    disable_emails: SetEmails | None = None
    public_username: str | None = None
    time_format: SetTimeFormat | None = None
    locale: str | None = None
    country_code: Country | None = None
    time_zone: str | None = None


class CreateRequest(HostFields):
    """Add a host.

    `company_id`: needed from a reseller admin; a company admin's is ignored, the host joins her own company. `email`
    also signs in. `password` may be left to the host: the answer has a `password_creation_link`, and unless
    `no_welcome_email` she is mailed. `no_login`: she can't sign in by password (several such hosts may share an
    address), which implies `no_welcome_email`. `role`: HOST where omitted; only a reseller admin makes another.
    `access_code` (3 to 9 digits) and `moderator_pin`: refused if taken, made up where omitted. `native_streaming`
    turns live streaming on.

    `subscription_ids` is the exact list of subscriptions to assign; `plan_slug` and `add_on_slugs` may stand in its
    place. Host limits are raised as needed, unless the company's are locked.

    `auto_record` and `auto_stream`: none (where omitted), audio or video; the same where both are wanted.
    `host_initiated_recording`: they start once the host joins, too. `waiting_room`: participants are let in by the
    organizer. `stream_preview`: clips, kept for 24 hours. `disable_emails`: which mails she does not get (True).
    `public_username` links accounts elsewhere. `openid_sub` is her subject identifier for OpenID Connect.
    `locale` is a BCP 47 tag, `country_code` ISO 3166, `time_zone` an IANA name.
    """

    company_id: int | None = None
    name: str
    email: str
    password: str | None = Field(default=None, repr=False)
    no_welcome_email: bool | None = None
    native_streaming: bool | None = None
    no_login: bool | None = None


class FetchRequest(WireRequest):
    """Fetch one host in full."""

    host_id: int


class UpdateRequest(HostFields):
    """Change a host; what is omitted stays.

    `company_id` is that of the company she belongs to. `image_url` is her picture: gif, png or jpeg, on a server that
    lets others use it (CORS). `role`: only a reseller admin makes another one. `access_code` (3 to 9 digits) and
    `moderator_pin`: refused if taken.

    `subscription_ids` is the exact list of subscriptions to assign, an empty one none; `plan_slug` and `add_on_slugs`
    may stand in its place. Host limits are raised as needed, unless the company's are locked.

    The rest is as for host/create.
    """

    host_id: int
    company_id: int | None = None
    name: str | None = None
    email: str | None = None
    image_url: str | None = None


class DeleteRequest(WireRequest):
    """Delete a host. 202: accepted."""

    host_id: int


class ResendInvitationRequest(WireRequest):
    """Mail a host her welcome once more."""

    host_id: int


class ResetPasswordRequest(WireRequest):
    """Mail a host a link to set a new password."""

    host_id: int


class DisableEmails(WireResponse, EmailSwitches):
    """Which mails the platform does not send (True: disabled)."""


class TimeFormat(WireResponse, TimeDisplay):
    """How the platform shows times and dates to her."""


class HostResponse(WireResponse):
    """A host in full. `time_zone` is an IANA name, `locale` a BCP 47 tag, `country_code` ISO 3166.

    `access_code` is for participants, `moderator_pin` for moderators. `sip_uri` is null without the SIP gateway.
    """

    host_id: Id
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
    """Fetch all hosts of a company, in short.

    `company_id`: needed from a reseller admin; a company admin's is ignored, she gets her own company's.
    """

    company_id: int | None = None


class HostSummary(WireResponse):
    """A host in short. Unlike in `HostResponse`, the access code is plain text."""

    host_id: Id
    name: str | None = None
    email: str | None = None
    meeting_url: str | None = Field(default=None, repr=False)
    role: str | None = None
    access_code: str | None = Field(default=None, repr=False)
    plan_slug: str | None = None
    add_on_slugs: Aside[tuple[str, ...]] = None


class Period(WireRequest):
    """When something happened, in days of `time_zone` (IANA, UTC where omitted), both ends included (assumed)."""

    time_zone: str | None = None
    start_date: Date | None = None
    end_date: Date | None = None


class ConferencesRequest(Period):
    """Fetch a host's past conferences, ten to a page: their numbers (`output` summary, the default) or all (detail).

    `start_date` and `end_date` limit them; `time_zone` (IANA) is that of both and of the answer, UTC where omitted.
    `page` is the `next_page` of the answer before.
    """

    host_id: int
    output: Literal["summary", "detail"] | None = None
    page: str | int | None = None


class ConferencesDetailRequest(ConferencesRequest):
    """The same in detail."""

    output: Literal["detail"] = "detail"


class PastConference(WireResponse):
    """A past conference in numbers. The URL of its summary is a secret, like that of its room."""

    conference_id: int
    start_time: str | None = None
    end_time: str | None = None
    total_participants: int | None = None
    total_participant_minutes: int | None = None
    meeting_summary_url: str | None = Field(default=None, repr=False)


class CdrsRequest(Period):
    """Fetch who took part in a host's conferences, call by call: the first 100 only.

    `conference_id`, `start_date` and `end_date` limit them; `time_zone` (IANA) is that of both dates and of the
    answer, UTC where omitted.
    """

    host_id: int
    conference_id: int | None = None


class Cdr(WireResponse):
    """One call (call detail record): who took part, from and to which number, and for how many minutes."""

    id: int
    conference_id: int | None = None
    host_id: int | None = None
    host_name: str | None = None
    host_email: str | None = Field(default=None, repr=False)
    start_time: str | None = None
    end_time: str | None = None
    participant_id: int | None = None
    participant_name: str | None = None
    participant_email: str | None = Field(default=None, repr=False)
    from_: str | None = Field(default=None, alias="from", repr=False)
    to: str | None = Field(default=None, repr=False)
    minutes: int | None = None

    _names = model_validator(mode="before")(uncapitalised)


class ActiveCallsRequest(WireRequest):
    """Fetch the conferences that a host is in right now. `time_zone` (IANA) is the answer's, UTC where omitted."""

    host_id: int
    time_zone: str | None = None


class ActiveCall(WireResponse):
    """A conference under way."""

    conference_id: int
    subject: str | None = None
    agenda: str | None = None
    start_time: str | None = None


CREATE: Final = Endpoint("host/create", CreateRequest, HostResponse, Retry.CREATE, ADMINS)
FETCH: Final = Endpoint("host/fetch", FetchRequest, HostResponse, Retry.READ, ADMINS)
UPDATE: Final = Endpoint("host/update", UpdateRequest, HostResponse, Retry.IDEMPOTENT, ADMINS)
DELETE: Final = Endpoint("host/delete", DeleteRequest, Done, Retry.IDEMPOTENT, ADMINS, status=202)
RESEND_INVITATION: Final = Endpoint("host/resend_invitation", ResendInvitationRequest, Message, Retry.CREATE, ADMINS)
RESET_PASSWORD: Final = Endpoint("host/reset_password", ResetPasswordRequest, Message, Retry.CREATE, ADMINS)
CONFERENCES_DETAIL: Final = Endpoint(
    "host/conferences",
    ConferencesDetailRequest,
    list[ConferenceDetail],
    Retry.READ,
    ADMINS,
    paging=Paging.CURSOR,
)
CONFERENCES: Final = Endpoint(
    "host/conferences",
    ConferencesRequest,
    list[PastConference],
    Retry.READ,
    ADMINS,
    paging=Paging.CURSOR,
    detail=CONFERENCES_DETAIL,
)
CDRS: Final = Endpoint("host/cdrs", CdrsRequest, list[Cdr], Retry.READ, ADMINS)
ACTIVE_CALLS: Final = Endpoint("host/active_calls", ActiveCallsRequest, list[ActiveCall], Retry.READ, ADMINS)
FETCH_ALL: Final = Endpoint("host/fetch_all", FetchAllRequest, list[HostSummary], Retry.READ, ADMINS)

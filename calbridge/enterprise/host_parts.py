"""What a host is made of, besides plain fields: codes, numbers and switches."""

from typing import Annotated

from pydantic import BaseModel, Field

from calbridge.enterprise.endpoint import Unused, WireRequest, WireResponse

AccessCode = Annotated[int, Field(ge=100, lt=10**9)] | Annotated[str, Field(pattern=r"^[0-9]{3,9}$")]
"""3 to 9 digits, as a number or as text."""

Pin = Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=r"^[0-9]+$")]


class EmailSwitches(BaseModel):
    """Which mails the platform does not send her (True: not sent)."""

    conference_invitations: bool | None = None
    conference_reminders: bool | None = None
    conference_summaries: bool | None = None
    transcription_summaries: bool | None = None


class TimeDisplay(BaseModel):
    """How times and dates are shown to her.

    `time_24hr`: default False, AM and PM. `hm_separator` stands between hours and minutes: default `:`, letters in
    square brackets. `md_format` places month (M) and day (D): default `M D`. `md_y_comma`: a comma before the year,
    default True.
    """

    time_24hr: bool | None = None
    hm_separator: str | None = None
    md_format: str | None = None
    md_y_comma: bool | None = None


class SetEmails(WireRequest, EmailSwitches):
    """Mails to turn off (True) or on (False)."""


class SetTimeFormat(WireRequest, TimeDisplay):
    """A new way to show times."""


class StreamPreview(WireRequest):
    """Clips of a recording or stream: `duration` seconds every `interval` seconds, and a still where asked for.

    The reference names no unit; seconds is how its example reads.
    """

    duration: int | None = None
    interval: int | None = None
    image_preview: bool | None = None


class DialInNumber(WireResponse):
    """A phone number in three writings; `phone_number` is E.164 without the plus.

    The place is `location` in the reference's example, and `city` in its text.
    """

    phone_number: str | None = None
    domestic_format: str | None = None
    international_format: str | None = None
    country_code: str | None = None
    location: str | None = None
    city: str | None = None
    id: Unused = None
    created_at: Unused = None
    updated_at: Unused = None
    feature_id: Unused = None
    locale: Unused = None
    carrier: Unused = None
    state: Unused = None
    billing_group: Unused = None
    display: Unused = None
    organization_id: Unused = None
    grouped_billing_id: Unused = None
    site_domain_id: Unused = None
    billing_code: Unused = None
    active: Unused = None
    referral_number: Unused = None


class Code(WireResponse):
    """An access code or a moderator PIN: digits."""

    number: str | None = Field(default=None, repr=False)
    id: Unused = None
    participant_id: Unused = None
    lock_version: Unused = None
    updated_at: Unused = None
    conference_call_id: Unused = None
    person_id: Unused = None
    account_id: Unused = None
    recording_id: Unused = None
    site_domain_id: Unused = None
    organization_id: Unused = None

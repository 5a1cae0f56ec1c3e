"""Conferences, single and recurring, scheduled and at once; what happens in them, and what is left of them."""

from typing import Final, Literal

from pydantic import Field, model_validator

from calbridge.core.policy import Media
from calbridge.enterprise.contact import ContactResponse
from calbridge.enterprise.detail import ConferenceDetail, Recording
from calbridge.enterprise.endpoint import (
    ADMINS,
    Aside,
    Country,
    Endpoint,
    Id,
    LocalTime,
    Message,
    Paging,
    Retry,
    WireRequest,
    WireResponse,
    uncapitalised,
)

MuteMode = Literal["conversation", "q&a", "presentation"]


class ParticipantEmail(WireRequest):
    """Someone by address; joins the host's contacts if new there."""

    email: str = Field(repr=False)
    moderator: bool = False


class ParticipantHost(WireRequest):
    """Another host of the same company. The reference shows no example: the shape follows `ParticipantEmail`."""

    host_id: int
    moderator: bool = False


class ConferenceRequest(WireRequest):
    """One conference."""

    conference_id: int


class Booking(WireRequest):
    """What create and update both take."""

    subject: str
    agenda: str
    start: LocalTime
    time_zone: str
    duration: int = Field(gt=0)
    auto_record: Media | None = None
    auto_stream: Media | None = None
    auto_transcribe: bool | None = None
    security_pin: str | None = Field(default=None, repr=False)
    mute_mode: MuteMode | None = None
    participants: tuple[int, ...] | None = None
    participant_emails: tuple[ParticipantEmail, ...] | None = Field(default=None, repr=False)
    schedule: str | None = None


class CreateRequest(Booking):
    """Schedule a conference, or with a `schedule` a series of them.

    `start` is local to `time_zone` (IANA), `duration` in minutes. `one_time_access_code` asks for a code of its own,
    good until 72 hours later; False takes the host's dedicated room. `secure_url` hides the code in the room's URL.
    `security_pin`, asked of everyone who enters, needs a one-time code.

    `participants` are contacts' ids, `participant_emails` addresses (new ones join the host's contacts),
    `participant_hosts` other hosts of the company; the last two say who moderates. `mute_mode`: conversation (where
    omitted: nobody muted), q&a (muted, may unmute) or presentation (muted).

    `auto_record` and `auto_stream`: none (where omitted), audio or video; the same where both are wanted.
    `auto_transcribe` writes recordings out. `host_initiated_recording`: they start once the host joins, too.
    `broadcast_stream_url` is a public MP4 file, streamed from the start on.

    `schedule` is a subset of iCalendar's RRULE: FREQ (DAILY, WEEKLY with BYDAY, MONTHLY with one numbered BYDAY or
    one BYMONTHDAY), INTERVAL, and COUNT or UNTIL (a date, included).
    """

    host_id: int
    one_time_access_code: bool
    secure_url: bool | None = None
    host_initiated_recording: bool | None = None
    participant_hosts: tuple[ParticipantHost, ...] | None = None
    broadcast_stream_url: str | None = Field(default=None, repr=False)


class CreateReservationlessRequest(WireRequest):
    """Start a conference at once, with a one-time access code or a secure URL.

    Without either there is no need to: a dedicated room's URL does it. `one_time_access_code` asks for a code of its
    own, good for 72 hours; `secure_url` hides the code in the room's URL.
    """

    host_id: int
    one_time_access_code: bool
    secure_url: bool | None = None


class UpdateRequest(ConferenceRequest, Booking):
    """Change a conference; of a master, its whole series.

    Fields are as for conference/create. Only a master takes `schedule`. `end_time` and `active` are documented too,
    though they follow from the rest. `secure_url`, `host_initiated_recording`, `participant_hosts` and
    `broadcast_stream_url` are documented for a create only. The reference's example has `Participants` with a
    capital, which is read as `participants`; another one shows `participant_emails` alone, as a part of a request.
    """

    one_time_access_code: bool | None = None
    end_time: LocalTime | None = None
    active: bool | None = None

    _names = model_validator(mode="before")(uncapitalised)


class FetchRequest(ConferenceRequest):
    """Fetch one conference, past or to come; with `output` detail, all that came of it."""

    output: Literal["detail"] | None = None


class FetchDetailRequest(FetchRequest):
    """Fetch one conference and all that came of it."""

    output: Literal["detail"] = "detail"


class FetchAllRequest(WireRequest):
    """Fetch a host's conferences up to 18 months ahead, ten to a page; with `output` detail, all that came of them.

    `page` is the `next_page` of the answer before.
    """

    host_id: int
    output: Literal["detail"] | None = None
    page: str | int | None = None


class FetchAllDetailRequest(FetchAllRequest):
    """Fetch a host's conferences and all that came of them."""

    output: Literal["detail"] = "detail"


class CancelRequest(ConferenceRequest):
    """Cancel a conference; a master goes with all its instances, one of them alone."""


class EndRequest(ConferenceRequest):
    """End an active conference: everyone is out."""


class FetchParticipantDetailsRequest(ConferenceRequest):
    """Fetch a conference's participants and moderators, as contacts."""


class FetchLivestreamViewerCountRequest(ConferenceRequest):
    """Fetch how many are watching a conference's livestream right now."""


class StopStreamingRequest(ConferenceRequest):
    """Stop a conference's livestream."""


class DialNumberRequest(ConferenceRequest):
    """Call someone up and bring her into an active conference.

    `phone_number` is E.164, with or without the plus; `country_code` is its country. `name` is shown for her, by
    default the number. `invitation_text` is read to her before she is told which key to press; by default it names
    the host and the subject.
    """

    country_code: Country
    phone_number: str = Field(pattern=r"^\+?[0-9]{3,15}$", repr=False)
    name: str | None = None
    invitation_text: str | None = None


class CreateMessageRequest(ConferenceRequest):
    """Send a message, which shows as from "System", to everyone in an active conference."""

    message: str


class DeleteRecordingsRequest(ConferenceRequest):
    """Delete a past conference's recordings, and with them their transcriptions."""


class DeleteTranscriptionsRequest(ConferenceRequest):
    """Delete a past conference's transcriptions."""


class ListedParticipant(WireResponse):
    """Someone invited by address, as the platform reports her."""

    email: str | None = Field(default=None, repr=False)
    moderator: bool | None = None


class BroadcastStream(WireResponse):
    """A video that is streamed at the start. `state`: None, NEW, STARTED, STOPPED or FAILED."""

    source: str | None = Field(default=None, repr=False)
    state: str | None = None


class ConferenceResponse(WireResponse):
    """A conference as create, update, fetch and fetch_all report it.

    `participants` and `moderators` are contacts' ids, the organizer's among them. `moderator_token`, put into the
    room's URL under that name, makes its bearer a moderator. `one_time_access_code` is the code (a number) where
    there is one, else false, null or absent. `master_id` of a master is its own `conference_id`; both recurring fields
    are absent from a conference that happens once. The stream is `broadcast_stream_url` in the reference's example
    and `broadcast_stream` in its list of fields.
    """

    conference_id: Id
    subject: str | None = None
    agenda: str | None = None
    start: str | None = None
    end_time: str | None = None
    active: bool | None = None
    time_zone: str | None = None
    duration: int | None = None
    auto_record: str | None = None
    auto_stream: str | None = None
    auto_transcribe: bool | None = None
    one_time_access_code: bool | int | str | None = Field(default=None, repr=False)
    security_pin: str | None = Field(default=None, repr=False)
    mute_mode: str | None = None
    room_url: str | None = Field(default=None, repr=False)
    recordings: Aside[tuple[Recording, ...]] = None
    participants: Aside[tuple[int, ...]] = None
    moderators: Aside[tuple[int, ...]] = None
    is_streaming: bool | None = None
    moderator_token: str | None = Field(default=None, repr=False)
    participant_emails: Aside[tuple[ListedParticipant, ...]] = Field(default=None, repr=False)
    broadcast_stream_url: Aside[BroadcastStream | str] = Field(default=None, repr=False)
    broadcast_stream: Aside[BroadcastStream | str] = Field(default=None, repr=False)
    is_master: bool | None = None
    master_id: Id | None = None
    schedule: str | None = None


class FetchParticipantDetailsResponse(WireResponse):
    """Who is invited, and who of them moderates."""

    participants: tuple[ContactResponse, ...]
    moderators: tuple[ContactResponse, ...] = ()


class FetchLivestreamViewerCountResponse(WireResponse):
    """How many are watching. The reference's example has the number as text."""

    count: int


class DialNumberResponse(WireResponse):
    """What became of the call so far: always "new"."""

    dialout_status: str


CREATE: Final = Endpoint("conference/create", CreateRequest, ConferenceResponse, Retry.CREATE, ADMINS)
CREATE_RESERVATIONLESS: Final = Endpoint(
    "conference/create/reservationless", CreateReservationlessRequest, ConferenceResponse, Retry.CREATE, ADMINS
)
UPDATE: Final = Endpoint("conference/update", UpdateRequest, ConferenceResponse, Retry.IDEMPOTENT, ADMINS)
FETCH_DETAIL: Final = Endpoint("conference/fetch", FetchDetailRequest, ConferenceDetail, Retry.READ, ADMINS)
FETCH: Final = Endpoint("conference/fetch", FetchRequest, ConferenceResponse, Retry.READ, ADMINS, detail=FETCH_DETAIL)
FETCH_ALL_DETAIL: Final = Endpoint(
    "conference/fetch_all", FetchAllDetailRequest, list[ConferenceDetail], Retry.READ, ADMINS, paging=Paging.CURSOR
)
FETCH_ALL: Final = Endpoint(
    "conference/fetch_all",
    FetchAllRequest,
    list[ConferenceResponse],
    Retry.READ,
    ADMINS,
    paging=Paging.CURSOR,
    detail=FETCH_ALL_DETAIL,
)
CANCEL: Final = Endpoint("conference/cancel", CancelRequest, Message, Retry.IDEMPOTENT, ADMINS)
END: Final = Endpoint("conference/end", EndRequest, Message, Retry.IDEMPOTENT, ADMINS)
FETCH_PARTICIPANT_DETAILS: Final = Endpoint(
    "conference/fetch_participant_details",
    FetchParticipantDetailsRequest,
    FetchParticipantDetailsResponse,
    Retry.READ,
    ADMINS,
)
FETCH_LIVESTREAM_VIEWER_COUNT: Final = Endpoint(
    "conference/fetch_livestream_viewer_count",
    FetchLivestreamViewerCountRequest,
    FetchLivestreamViewerCountResponse,
    Retry.READ,
    ADMINS,
)
STOP_STREAMING: Final = Endpoint("conference/stop_streaming", StopStreamingRequest, Message, Retry.IDEMPOTENT, ADMINS)
DIAL_NUMBER: Final = Endpoint("conference/dial_number", DialNumberRequest, DialNumberResponse, Retry.CREATE, ADMINS)
CREATE_MESSAGE: Final = Endpoint("conference/message/create", CreateMessageRequest, Message, Retry.CREATE, ADMINS)
DELETE_RECORDINGS: Final = Endpoint(
    "conference/delete_recordings", DeleteRecordingsRequest, Message, Retry.IDEMPOTENT, ADMINS
)
DELETE_TRANSCRIPTIONS: Final = Endpoint(
    "conference/delete_transcriptions", DeleteTranscriptionsRequest, Message, Retry.IDEMPOTENT, ADMINS
)

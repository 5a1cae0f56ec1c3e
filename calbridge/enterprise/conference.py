"""Scheduled conferences, single and recurring (reference: "Schedule Conference", "Recurring conferences")."""

from typing import Final, Literal

from pydantic import Field

from calbridge.core.policy import Media
from calbridge.enterprise.endpoint import (
    ADMINS,
    Aside,
    Endpoint,
    LocalTime,
    Message,
    Paging,
    Retry,
    WireRequest,
    WireResponse,
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


class CreateRequest(WireRequest):
    """A new conference. `start` is local to `time_zone` (IANA), `duration` in minutes, `schedule` an RRULE subset.

    `one_time_access_code` asks for a code of its own; False takes the host's dedicated room. `security_pin` needs it.
    """

    host_id: int
    subject: str
    agenda: str
    start: LocalTime
    time_zone: str
    duration: int = Field(gt=0)
    one_time_access_code: bool
    auto_record: Media | None = None
    auto_stream: Media | None = None
    auto_transcribe: bool | None = None
    secure_url: bool | None = None
    host_initiated_recording: bool | None = None
    security_pin: str | None = Field(default=None, repr=False)
    mute_mode: MuteMode | None = None
    participants: tuple[int, ...] | None = None
    participant_emails: tuple[ParticipantEmail, ...] | None = Field(default=None, repr=False)
    participant_hosts: tuple[ParticipantHost, ...] | None = None
    broadcast_stream_url: str | None = Field(default=None, repr=False)
    schedule: str | None = None


class UpdateRequest(WireRequest):
    """New values for a conference; of a master they reach the whole series, and only a master takes `schedule`.

    `end_time` and `active` are documented too, though they follow from the rest. `secure_url`,
    `host_initiated_recording`, `participant_hosts` and `broadcast_stream_url` are documented for a create only.
    """

    conference_id: int
    subject: str
    agenda: str
    start: LocalTime
    time_zone: str
    duration: int = Field(gt=0)
    one_time_access_code: bool | None = None
    end_time: LocalTime | None = None
    active: bool | None = None
    auto_record: Media | None = None
    auto_stream: Media | None = None
    auto_transcribe: bool | None = None
    security_pin: str | None = Field(default=None, repr=False)
    mute_mode: MuteMode | None = None
    participants: tuple[int, ...] | None = None
    participant_emails: tuple[ParticipantEmail, ...] | None = Field(default=None, repr=False)
    schedule: str | None = None


class FetchRequest(WireRequest):
    """One conference."""

    conference_id: int


class FetchAllRequest(WireRequest):
    """A host's conferences up to 18 months ahead, ten to a page. `page` is the `next_page` of the answer before."""

    host_id: int
    page: str | int | None = None


class CancelRequest(WireRequest):
    """One conference to cancel; a master goes with all its instances."""

    conference_id: int


class Recording(WireResponse):
    """What was recorded; `download_link` works once `publishing_state` is `published`."""

    id: int | None = None
    start_time: str | None = None
    end_time: str | None = None
    type: str | None = None
    publishing_state: str | None = None
    download_link: str | None = Field(default=None, repr=False)


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

    `one_time_access_code` is the code (a number) where there is one, else false, null or absent. `master_id` of a
    master is its own `conference_id`; both recurring fields are absent from a conference that happens once. The
    stream is `broadcast_stream_url` in the reference's example and `broadcast_stream` in its list of fields.
    """

    conference_id: int
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
    master_id: int | None = None
    schedule: str | None = None


CREATE: Final = Endpoint("conference/create", CreateRequest, ConferenceResponse, Retry.CREATE, ADMINS)
UPDATE: Final = Endpoint("conference/update", UpdateRequest, ConferenceResponse, Retry.IDEMPOTENT, ADMINS)
FETCH: Final = Endpoint("conference/fetch", FetchRequest, ConferenceResponse, Retry.READ, ADMINS)
FETCH_ALL: Final = Endpoint(
    "conference/fetch_all", FetchAllRequest, list[ConferenceResponse], Retry.READ, ADMINS, paging=Paging.CURSOR
)
CANCEL: Final = Endpoint("conference/cancel", CancelRequest, Message, Retry.IDEMPOTENT, ADMINS)

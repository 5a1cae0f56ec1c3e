"""A conference in detail, as `output` = "detail" tells of it: who was there, what was said, shown and recorded.

The names are those of the reference's example under conference/fetch. Its list under host/conferences ("Detail") has
some more, and capitals at random. Times are local to the `time_zone` asked for (UTC where none was), but for those
that carry an offset: `live_cdrs` and `chat_messages`.
"""

from typing import Any

from pydantic import Field, model_validator

from calbridge.enterprise.endpoint import Aside, WireResponse, uncapitalised


class Recording(WireResponse):
    """What was recorded (`type`: audio or video); `download_link` works once `publishing_state` is `published`."""

    id: int | None = None
    start_time: str | None = None
    end_time: str | None = None
    type: str | None = None
    publishing_state: str | None = None
    download_link: str | None = Field(default=None, repr=False)


class RecordingSize(WireResponse):
    """Bytes of a recording, by format."""

    mp4: int | None = None
    mp3: int | None = None


class TranscribedRecording(Recording):
    """A recording with what was said; the reference shows no segment and no tag."""

    transcription_segments: Aside[tuple[Any, ...]] = Field(default=None, repr=False)  # Any: not documented
    transcription_tags: Aside[tuple[Any, ...]] = Field(default=None, repr=False)  # Any: not documented
    size: Aside[RecordingSize] = None


class MinuteUsage(WireResponse):
    """What a call cost, in minutes and money."""

    minutes: int | None = None
    billing_group: str | None = None
    rate: float | None = None
    cost: float | None = None
    chargeable_minutes: float | None = None


class LiveCdr(WireResponse):
    """One call into a conference: from (`ani`), to (`dnis`), and whether it came by the internet."""

    id: int | None = None
    ani: str | None = Field(default=None, repr=False)
    dnis: str | None = Field(default=None, repr=False)
    start_time: str | None = None
    end_time: str | None = None
    is_internet: bool | None = Field(default=None, alias="is_internet?")
    minute_usage: Aside[MinuteUsage] = None


class Attendee(WireResponse):
    """Someone who was invited; `live_cdrs` are her calls."""

    id: int | None = None
    person_id: int | None = None
    name: str | None = None
    email: str | None = Field(default=None, repr=False)
    live_cdrs: Aside[tuple[LiveCdr, ...]] = None


class ChatMessage(WireResponse):
    """A public message; without `content` where it only brought a document."""

    id: int | None = None
    content: str | None = Field(default=None, repr=False)
    participant_id: int | None = None
    created_at: str | None = None


class Slide(WireResponse):
    """A page of a presentation; its size is in pixels."""

    page_number: int | None = None
    width: int | None = None
    height: int | None = None
    image_preview_link: str | None = Field(default=None, repr=False)


class UploadedDocument(WireResponse):
    """A file that came by chat; its `size` is in bytes."""

    id: int | None = None
    filename: str | None = None
    size: int | None = None
    key: str | None = Field(default=None, repr=False)
    presentation_status: str | None = None
    content_library: bool | None = None
    participant_id: int | None = None
    chat_message_id: int | None = None
    mimetype: str | None = None
    download_link: str | None = Field(default=None, repr=False)
    image_preview_link: str | None = Field(default=None, repr=False)
    presentation_slides: Aside[tuple[Slide, ...]] = None


class Moderator(WireResponse):
    """Who led it."""

    person_id: int | None = None
    name: str | None = None
    email: str | None = Field(default=None, repr=False)


class ConferenceDetail(WireResponse):
    """A conference and all that came of it; `day` and `month` are English names, `duration` is in minutes.

    `participants` is a list of people under conference/fetch, and their number under host/conferences, which alone
    has `live_wall_posts`.
    """

    conference_id: int
    subject: str | None = None
    agenda: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    day: str | None = None
    month: str | None = None
    year: str | None = None
    conference_mode: str | None = None
    recurrence: Aside[str] = None
    one_time_access_code: bool | int | str | None = Field(default=None, repr=False)
    additional_security_type: int | None = None
    cancelled: bool | None = None
    participants: Aside[tuple[Attendee, ...] | int] = Field(default=None, repr=False)
    invited_count: int | None = None
    attended_count: int | None = None
    chat_messages: Aside[tuple[ChatMessage, ...]] = None
    live_wall_posts: Aside[tuple[Any, ...]] = Field(default=None, repr=False)  # Any: not documented
    uploaded_documents: Aside[tuple[UploadedDocument, ...]] = None
    recordings: Aside[tuple[TranscribedRecording, ...]] = None
    sentiment_available: bool | None = None
    sentiment_mean: float | None = None
    sentiment_max: float | None = None
    sentiment_min: float | None = None
    has_video: bool | None = None
    has_audio: bool | None = None
    moderators: Aside[tuple[Moderator, ...]] = None
    is_streaming: bool | None = None
    time_zone: str | None = None
    room_url: str | None = Field(default=None, repr=False)
    moderator_token: str | None = Field(default=None, repr=False)
    duration: int | None = None
    mute_mode: str | None = None

    _names = model_validator(mode="before")(uncapitalised)

"""What the administrator decides about events, conferences and write-back: the tables of a host file, as values.

Names, values and defaults are those of the configuration file; `config` reads them from TOML.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

Trigger: TypeAlias = Literal["keyword", "category", "all"]
Explicit: TypeAlias = Literal["explicit", "skip", "include"]
RoomKind: TypeAlias = Literal["one-time", "dedicated"]
Media: TypeAlias = Literal["none", "audio", "video"]


@dataclass(frozen=True, slots=True)
class Select:
    """Which events ask for a room."""

    trigger: tuple[Trigger, ...] = ("keyword", "category")
    keyword: str = "@meet"
    stop_keyword: str = "@nomeet"
    category: str = "Conference"
    existing: Literal["include", "skip"] = "include"
    organizers: tuple[str, ...] = ()
    private: Literal["mask", "skip", "full"] = "mask"
    transparent: Explicit = "explicit"
    other_links: Explicit = "explicit"


@dataclass(frozen=True, slots=True)
class ConferencePolicy:
    """What the conferences are like."""

    room: RoomKind = "one-time"
    irregular: Literal["dedicated", "skip"] = "dedicated"
    horizon: timedelta = timedelta(days=120)
    participants: bool = False
    agenda: Literal["description", "none"] = "description"
    secure_url: bool = False
    auto_record: Media = "none"
    auto_stream: Media = "none"
    auto_transcribe: bool = False
    host_initiated_recording: bool = False
    mute_mode: Literal["conversation", "q&a", "presentation"] = "conversation"
    security_pin: str = "none"  # "none"; "random" or "digits": six digits drawn for each; or the digits themselves


@dataclass(frozen=True, slots=True)
class Writeback:
    """What of a conference is written into its event, and how loudly."""

    description: bool = True
    location: Literal["if-empty", "always", "never"] = "if-empty"
    url: Literal["if-empty", "always", "never"] = "never"
    conference_property: bool = True
    microsoft_property: bool = True
    notify: Literal["once", "never", "always"] = "once"
    explain: bool = False
    language: tuple[str, ...] = ("auto",)
    dial_in: bool = True
    template: str = ""


@dataclass(frozen=True, slots=True)
class Safety:
    """How much proof and how much patience it takes before something is created again or cancelled."""

    settle_time: timedelta = timedelta(minutes=2)
    cancel_grace: timedelta = timedelta(minutes=10)
    max_cancels: int = 5
    max_cancel_share: float = 0.2
    max_creates: int = 500


@dataclass(frozen=True, slots=True)
class Owner:
    """The host whose calendars are read: her id on the platform, her addresses (lower case), her IANA time zone.

    `dial_in` is her number for the telephone, `access_code` the code of her dedicated room.
    """

    host_id: int
    addresses: frozenset[str]
    zone: str
    language: str = "en"
    dial_in: str | None = None
    access_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that decides what an event becomes. `template` in `writeback` is the text, not the file's name."""

    instance: str
    owner: Owner
    select: Select = Select()
    conference: ConferencePolicy = ConferencePolicy()
    writeback: Writeback = Writeback()
    safety: Safety = Safety()
    room_hosts: tuple[str, ...] = ()
    allow_http_rooms: bool = False
    on_platform_cancel: Literal["report", "recreate"] = "report"

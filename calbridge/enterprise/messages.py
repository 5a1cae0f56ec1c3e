"""The platform's own wording, where it has a meaning: protocol values, word for word.

Sources in the reference: the two error tables at its end, and "REST APIs" for sessions. One entry of the first table
ends in a stray apostrophe; it is kept as documented, and `is_documented` does not insist on it.
"""

from enum import StrEnum
from typing import Final

OK: Final = "OK"


class SessionMessage(StrEnum):
    """Why a 401 was answered; all of them are cured by a new `auth_token`."""

    MISSING = "Missing auth_token"
    INVALID = "Invalid token"
    EXPIRED = "Session expired"


class FieldMessage(StrEnum):
    """The first table: a conference's fields."""

    RECORDING = "Recording feature not enabled"
    VIDEO_RECORDING = "Video recording feature not enabled"
    TRANSCRIPTION = "Transcription feature not enabled"
    ONE_TIME_ACCESS_CODE = "One time access code feature not available"
    PIN_NEEDS_ONE_TIME = "Must enable one_time_access_code to use security_pin"
    PARTICIPANTS_NO_ARRAY = "Participants must be an array of contacts'"
    PARTICIPANTS_UNKNOWN = "Participants has one or more contact that does not exist in the host's contact list."


class ScheduleMessage(StrEnum):
    """The second table: the `schedule` parameter. `UNPARSABLE` may be followed by details."""

    MASTER_ONLY = "Can only include schedule details in the master conference"
    UNPARSABLE = "Failed to parse the schedule rule."
    FREQUENCY = "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"
    MONTHLY_BYDAY_ONE = "Schedule MONTHLY BYDAY only supports one item"
    MONTHLY_BYMONTHDAY_ONE = "Schedule MONTHLY BYMONTHDAY only supports one item"
    MONTHLY_EITHER = "Schedule MONTHLY supports BYDAY or BYMONTHDAY, cannot use both"
    MONTHLY_BYDAY_NUMBER = "Schedule MONTHLY BYDAY must include number and day"
    MONTHLY_NEEDS_DAY = "Schedule MONTHLY must include BYDAY or BYMONTHDAY"
    WEEKLY_NEEDS_DAY = "Schedule WEEKLY must include BYDAY"


def is_documented(message: str) -> bool:
    """Whether it is of the two error tables, so that its request was refused and nothing was done.

    Case, surrounding white space and a final full stop or apostrophe don't matter.
    """
    told = _bare(message)
    return told in _TABLES or told.startswith(_bare(ScheduleMessage.UNPARSABLE))


def _bare(message: str) -> str:
    return message.strip().rstrip(".' ").casefold()


_TABLES: Final = frozenset(_bare(message) for table in (FieldMessage, ScheduleMessage) for message in table)

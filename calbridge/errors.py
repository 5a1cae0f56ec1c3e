"""Failures, as exceptions. Misfits that are expected of calendars are values (`Skipped`, `Problem`), not exceptions.

CalbridgeError
|-- ConfigError              every problem of the configuration at once; exit 78
|-- LockedError              another instance holds the lock; exit 75
|-- StoreError               the database can't be used
|-- PageError                the status page can't be served
|-- CalendarError            a calendar server, for one request or one calendar
|   |-- CalendarUnreachable      no answer in time, or no connection
|   |-- CalendarDenied           401 or 403: wrong password, missing right
|   |-- CalendarMissing          404 or 410, or a collection that is no calendar
|   |-- CalendarGarbled          an answer that is not what it must be: HTML, a cut body, too large
|   |-- WriteConflict            404, 423: the object changed in between; read again
|   |   |-- WriteUnmatched             412: the object changed, or the server never takes the ETag that it gave
|   |   `-- WriteFailed                500: as some servers answer in a race, or to an event that they can't store
|   `-- WriteRefused             the server understood and said no (attendee-allowed, no-uid-conflict, quota)
`-- PlatformError            the conferencing platform; `message` is the platform's own wording
    |-- NotSent                  nothing reached it: no connection
    |-- Refused                  it answered no: nothing was done
    |   |-- NotFound                 404 in the platform's shape
    |   `-- Unauthorized             the token is refused after renewal, or the API token itself
    |-- Throttled                429: nothing was done, try later
    `-- OutcomeUnknown           it may or may not have been done: 5xx, a timeout, a reset, HTML, a cut body
"""

from calbridge.core.problem import Problem


class CalbridgeError(Exception):
    """The root. `problem` says where, which rule, why and what to do; no secret is ever part of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.where}: {problem.reason}")
        self.problem = problem


class ConfigError(CalbridgeError):
    """The configuration can't be used. `problems` are all of them, each `where` a `file: key`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0])
        self.problems = problems


class LockedError(CalbridgeError):
    """Another process holds the lock of this database."""


class StoreError(CalbridgeError):
    """The database can't be opened, read or written."""


class PageError(CalbridgeError):
    """The status page's address can't be had."""


class CalendarError(CalbridgeError):
    """A calendar server failed."""


class CalendarUnreachable(CalendarError):
    """No connection, or no complete answer in time."""


class CalendarDenied(CalendarError):
    """The server refused the credentials, or the right."""


class CalendarMissing(CalendarError):
    """What was asked for does not exist, or is no calendar."""


class CalendarGarbled(CalendarError):
    """The answer is not what the protocol says."""


class WriteConflict(CalendarError):
    """The object changed since it was read: read it again."""


class WriteUnmatched(WriteConflict):
    """The ETag is not the object's: somebody changed it, or something on the way changes ETags."""


class WriteFailed(WriteConflict):
    """The server broke down over the write: a race, or an event that it will never store."""


class WriteRefused(CalendarError):
    """The server will not store what was sent."""


class PlatformError(CalbridgeError):
    """The platform failed. `message` is its own wording, empty where it gave none; `status` the HTTP status or None."""

    def __init__(self, problem: Problem, *, message: str = "", status: int | None = None) -> None:
        super().__init__(problem)
        self.message = message
        self.status = status


class NotSent(PlatformError):
    """Nothing reached the platform."""


class Refused(PlatformError):
    """The platform said no; nothing was done."""


class NotFound(Refused):
    """The platform knows no such object (404 in its own shape)."""


class Unauthorized(Refused):
    """The platform accepts neither the session nor a renewed one."""


class Throttled(PlatformError):
    """The platform asks for patience; nothing was done. `retry_after` is in seconds."""

    def __init__(
        self, problem: Problem, *, message: str = "", status: int | None = 429, retry_after: float = 1.0
    ) -> None:
        super().__init__(problem, message=message, status=status)
        self.retry_after = retry_after


class OutcomeUnknown(PlatformError):
    """The platform may or may not have done it."""

"""What a calendar server did wrong, as errors with problems that a person can act on. Never a secret in any of them."""

from calbridge.core.problem import Problem
from calbridge.errors import (
    CalendarDenied,
    CalendarError,
    CalendarGarbled,
    CalendarMissing,
    CalendarUnreachable,
    WriteConflict,
    WriteFailed,
    WriteRefused,
    WriteUnmatched,
)


class Forbidden(CalendarDenied):
    """A 403: the login is good, the right is missing."""


class AnswerTooLarge(CalendarGarbled):
    """The body is longer than what we are willing to hold."""


class ObjectTooLarge(CalendarGarbled):
    """One calendar object is."""


def denied(where: str) -> CalendarDenied:
    """The server refuses the credentials."""
    return CalendarDenied(
        Problem(
            where,
            "calendar.denied",
            "the server refuses the user name or the password",
            "check username, password and auth of the host's [calendar]; many servers want an app password",
        )
    )


def anonymous(where: str) -> CalendarDenied:
    """The server answers without asking who we are, and then knows nobody (seen where it offers Basic only)."""
    return CalendarDenied(
        Problem(
            where,
            "calendar.anonymous",
            "the server took the request as nobody's: it did not ask for a login",
            'set auth = "basic" in the host\'s [calendar]',
        )
    )


def forbidden(where: str) -> Forbidden:
    """The server knows the user, and refuses the right."""
    return Forbidden(
        Problem(
            where,
            "calendar.forbidden",
            "the server refuses access to this (403)",
            "check that the user may read it, and that url points to the user's own calendars",
        )
    )


def missing(where: str, reason: str = "the server knows no such calendar") -> CalendarMissing:
    """What was asked for is not there, or is no calendar."""
    return CalendarMissing(
        Problem(where, "calendar.missing", reason, "check url and names of the host's [calendar], and the user name")
    )


def unreachable(where: str, reason: str) -> CalendarUnreachable:
    """No connection, or no complete answer."""
    return CalendarUnreachable(
        Problem(where, "calendar.unreachable", reason, "check the url, the network and that the server runs")
    )


def untrusted(where: str) -> CalendarUnreachable:
    """No TLS connection that we may trust."""
    return CalendarUnreachable(
        Problem(
            where,
            "calendar.untrusted",
            "the server's TLS certificate is not trusted, or not its own",
            "check the url's host name; set ca_file where the server has a certificate authority of its own",
        )
    )


def not_caldav(where: str, reason: str) -> CalendarGarbled:
    """The answer is none that a CalDAV server gives: a login page, a proxy's page, cut XML."""
    return CalendarGarbled(
        Problem(
            where,
            "calendar.not-caldav",
            reason,
            "check that url is the server's CalDAV address, not its web page, and that no portal is in between",
        )
    )


def answer_too_large(where: str, limit: int) -> AnswerTooLarge:
    """The body went past `limit` bytes."""
    return AnswerTooLarge(
        Problem(
            where,
            "calendar.too-large",
            f"the server's answer is larger than {limit // 2**20} MiB",
            "check that url is the server's CalDAV address; split the calendar if it really holds that much",
        )
    )


def object_too_large(where: str, limit: int) -> ObjectTooLarge:
    """The object has, or says that it has, more than `limit` bytes."""
    return ObjectTooLarge(
        Problem(
            where,
            "object.too-large",
            f"the event is larger than {limit // 2**20} MiB",
            "remove attachments from the event; until then it gets no room",
        )
    )


def elsewhere(where: str, target: str) -> CalendarGarbled:
    """The server points to another host, where these credentials must not go."""
    return CalendarGarbled(
        Problem(
            where,
            "calendar.elsewhere",
            f"the server points to {target}, and credentials are not sent to another host",
            f"if that is right, set url to {target}",
        )
    )


def status(where: str, code: int) -> CalendarError:  # a table
    """What an HTTP status that is no answer means for one request or calendar."""
    match code:
        case 401:
            return denied(where)
        case 403:
            return forbidden(where)
        case 404 | 410:
            return missing(where)
        case 405 | 501:
            return not_caldav(where, f"the server does not know this request (HTTP {code})")
        case 429 | 503:
            return unreachable(where, f"the server is busy (HTTP {code})")
        case _ if code >= 500:
            return unreachable(where, f"the server failed (HTTP {code})")
        case _:
            return not_caldav(where, f"the server answered HTTP {code}")


def conflict(where: str, reason: str) -> WriteConflict:
    """The object is, or may be, another one than was read."""
    return WriteConflict(Problem(where, "write.conflict", reason, "nothing to do: it is read again and retried"))


def unmatched(where: str) -> WriteUnmatched:
    """The ETag is not the object's; said only where it still is what the server tells."""
    reason = "the server gives the event an ETag and does not take it (HTTP 412)"
    hint = (
        "turn off what changes ETags between here and the calendar server (compression in a proxy); it is tried "
        "again when the event changes, or with `calbridge sync --full`"
    )
    return WriteUnmatched(Problem(where, "write.conflict", reason, hint))


def failed(where: str) -> WriteFailed:
    """The server broke down over the object; some do in a race (RFC 9110 has no word for that)."""
    hint = "look into the server's log; it is tried again when the event changes, or with `calbridge sync --full`"
    return WriteFailed(Problem(where, "write.failed", "the calendar server fails to store the event (HTTP 500)", hint))


def refused(where: str, code: int, element: str | None) -> WriteRefused:
    """The server says no; `element` is the precondition that it names (RFC 4918, section 16)."""
    named = f" ({element})" if element else ""
    return WriteRefused(
        Problem(
            where,
            f"write.{element or 'refused'}",
            f"the server will not store the event: HTTP {code}{named}",
            _WRITE_HINTS.get(element or "", "check that the user may change this calendar, and its quota"),
        )
    )


_WRITE_HINTS = {
    "no-uid-conflict": "another event of this user has the same UID: delete one of the two",
    "unique-scheduling-object-resource": "another event of this user has the same UID: delete one of the two",
    "attendee-allowed": "the user is an attendee of this event and may not change it",
    "allowed-organizer-scheduling-object-change": "the user is not the organizer of this event and may not change it",
    "allowed-attendee-scheduling-object-change": "the user is an attendee of this event and may not change it",
    "quota-not-exceeded": "the user's storage is full: make room",
    "sufficient-disk-space": "the server's disk is full: make room",
    "max-resource-size": "the event is larger than the server allows: remove attachments",
    "need-privileges": "give the user the right to change this calendar",
}

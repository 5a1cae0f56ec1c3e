"""What an HTTP answer means: the response, or the exception that says what became of the request. Pure.

    the answer                                                          it means
    ------------------------------------------------------------------  --------------------------------------------
    2xx, JSON that the endpoint's response model takes (ids included)   yes: the response
    `message` is of the document's two error tables, whatever status    Refused
    429                                                                 Throttled, with Retry-After
    401 in the platform's shape                                         Unauthorized (the client renews first)
    404 in the platform's shape                                         NotFound
    4xx in the platform's shape, other than 401, 408, 429               Refused
    all else: 3xx, 5xx, 408, HTML, cut or odd JSON, no answer           OutcomeUnknown
    no connection, so that nothing was sent (the client's to see)       NotSent

The platform's shape is a JSON object with a `message`, sent as JSON (reference: "REST APIs"). A proxy's HTML is not,
so its 404 never means that a conference is gone.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from calbridge.core.problem import Problem
from calbridge.enterprise.endpoint import Done, Endpoint, Message, Paging, WireRequest, WireResponse
from calbridge.enterprise.messages import OK, is_documented
from calbridge.errors import NotFound, OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized

RETRY_AFTER: Final = 1.0
"""Seconds to wait after a 429 that does not say how long."""

LONGEST_RETRY_AFTER: Final = 3600.0
"""No Retry-After is believed beyond this."""

_ADDRESS = re.compile(r"[^\s@,;:<>()'\"]+@[^\s@,;:<>()'\"]+")

RequestT = TypeVar("RequestT", bound=WireRequest)
ResponseT = TypeVar("ResponseT")
ItemT = TypeVar("ItemT", bound=WireResponse)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer. `received` (aware) dates it: a Retry-After may be a date."""

    status: int
    content_type: str
    retry_after: str | None
    received: datetime
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, its rows not yet read. `next_page` is the cursor of the one after it, None at the end."""

    rows: list[Any]  # Any: JSON
    next_page: str | int | None


def read_response(endpoint: Endpoint[RequestT, ResponseT], answer: Answer, where: str) -> ResponseT:
    """Take the answer of a call as the table above says; or raise. `where` names the call in problems."""
    content = _content(answer)
    if not 200 <= answer.status < 300:
        raise _refusal(answer, content, where)
    if not answer.body and (answer.status in {202, 204} or endpoint.response is Done):
        content = OK
    if endpoint.paging is not Paging.NONE and (page := _page(content)) is not None:
        content = page.rows
    return _validate(endpoint.response, content, answer, where)


def read_page(
    endpoint: Endpoint[RequestT, list[ItemT]], answer: Answer, where: str
) -> tuple[list[ItemT], str | int | None]:
    """Take one page of a listing: its rows, and the cursor of the next page."""
    content = _content(answer)
    if not 200 <= answer.status < 300:
        raise _refusal(answer, content, where)
    page = _page(content)
    if page is None:
        raise _no_response(answer, content, where)
    return _validate(endpoint.response, page.rows, answer, where), page.next_page


def _page(content: Any) -> Page | None:  # Any: JSON
    """Tell a page's shape.

    ASSUMPTION (design, section 8.2): a listing is an object with exactly one array and, until the last page,
    `next_page`; or a bare array. A bare array is the whole listing, even of exactly ten rows: the reference pages
    only what has more than ten, and a bare array has no place for a cursor.
    """
    if isinstance(content, list):
        return Page(content, None)
    if not isinstance(content, dict):
        return None
    arrays = [value for value in content.values() if isinstance(value, list)]
    cursor = content.get("next_page")
    if len(arrays) != 1 or not isinstance(cursor, str | int | None):
        return None
    return Page(arrays[0], cursor or None)


def _validate(model: type[ResponseT], content: Any, answer: Answer, where: str) -> ResponseT:  # Any: JSON
    try:
        response = TypeAdapter(model).validate_python(content)
    except ValidationError:
        raise _no_response(answer, content, where) from None  # the error would quote the answer
    if isinstance(response, Message) and is_documented(response.message):
        raise _refused(answer, response.message, where)
    return response


def _content(answer: Answer) -> Any:  # Any: JSON
    """Parse the body; None where it is not JSON."""
    try:
        return from_json(answer.body)
    except ValueError:
        return None


def _platform_message(answer: Answer, content: Any) -> str | None:  # Any: JSON
    """The `message` of an answer in the platform's shape, in one line."""
    if not isinstance(content, dict) or "json" not in answer.content_type.lower():
        return None
    message = content.get("message")
    if not isinstance(message, str):
        return None
    line = " ".join("".join(c if c.isprintable() else " " for c in message[:500]).split())
    return _ADDRESS.sub("[address]", line)  # an attendee's, who is nobody's business in a log


def _no_response(answer: Answer, content: Any, where: str) -> PlatformError:  # Any: JSON
    """A 2xx that is not the endpoint's response: a documented refusal, or nobody can tell."""
    message = _platform_message(answer, content)
    if message is not None and is_documented(message):
        return _refused(answer, message, where)
    return unknown(where, f"it answered {answer.status} with something that is not its response", answer.status)


def _refusal(answer: Answer, content: Any, where: str) -> PlatformError:  # Any: JSON
    message = _platform_message(answer, content)
    if message is not None and is_documented(message):
        return _refused(answer, message, where)
    if answer.status == 429:
        return _throttled(answer, message, where)
    if message is None or not 400 <= answer.status < 500 or answer.status == 408:
        said = f": {message}" if message else ", and not as the platform does"
        return unknown(where, f"it answered {answer.status}{said}", answer.status)
    if answer.status == 401:
        hint = "check that the API token is active, and that [platform] names the right one"
        problem = Problem(where, "platform.unauthorized", message or "it refuses the token", hint)
        return Unauthorized(problem, message=message, status=401)
    return _refused(answer, message, where)


def _refused(answer: Answer, message: str, where: str) -> Refused:
    reason = message or f"it answered {answer.status} without saying why"
    if answer.status == 404 and not is_documented(message):
        problem = Problem(where, "platform.not-found", reason, "check the id")
        return NotFound(problem, message=message, status=404)
    hint = "change the event, the configuration or the host's features; then it is sent again"
    return Refused(Problem(where, "platform.refused", reason, hint), message=message, status=answer.status)


def _throttled(answer: Answer, message: str | None, where: str) -> Throttled:
    seconds = _seconds(answer)
    return throttled(where, message or "it answered 429", seconds, message=message or "")


def _seconds(answer: Answer) -> float:
    """Read Retry-After (RFC 9110, section 10.2.3): seconds or an HTTP date."""
    text = (answer.retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # no date, or none that a calendar has
        return RETRY_AFTER
    if until.tzinfo is None:  # "-0000": no zone is known
        return RETRY_AFTER
    return min(max((until - answer.received).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def throttled(where: str, reason: str, seconds: float, *, message: str = "") -> Throttled:
    """The platform wants to be left alone for `seconds`."""
    problem = Problem(where, "platform.throttled", reason, f"nothing: it is tried again in {seconds:.0f} s or later")
    return Throttled(problem, message=message, retry_after=seconds)


def unknown(where: str, reason: str, status: int | None = None) -> OutcomeUnknown:
    """Nobody can tell what became of the request."""
    hint = "nothing, unless it lasts: what was asked is looked up before anything is sent again"
    return OutcomeUnknown(Problem(where, "platform.unknown", reason, hint), status=status)


def unanswered(error: OutcomeUnknown) -> OutcomeUnknown:
    """The same for a request that changes nothing: what counts is that there is no answer, not what became of it."""
    hint = "check that [platform] url is the platform's own address, that it runs, and that no portal is in between"
    problem = Problem(error.problem.where, "platform.unreachable", error.problem.reason, hint)
    return OutcomeUnknown(problem, message=error.message, status=error.status)

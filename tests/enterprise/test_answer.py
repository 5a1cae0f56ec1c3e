"""What answers mean, as a table; no HTTP needed."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.enterprise import conference
from calbridge.enterprise.answer import LONGEST_RETRY_AFTER, Answer, read_page, read_response
from calbridge.enterprise.messages import FieldMessage, ScheduleMessage, is_documented
from calbridge.errors import NotFound, OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def answer(status: int, body: bytes, content_type: str = "application/json", retry_after: str | None = None) -> Answer:
    return Answer(status, content_type, retry_after, NOW, body)


def outcome(given: Answer) -> type[PlatformError] | None:
    try:
        read_response(conference.CREATE, given, "here")
    except PlatformError as error:
        return type(error)
    return None


def told(message: str) -> bytes:
    return json.dumps({"message": message}).encode()


@pytest.mark.parametrize("message", [*FieldMessage, *ScheduleMessage])
@pytest.mark.parametrize("status", [200, 400, 401, 404, 408, 422, 429, 500, 503])
def test_a_documented_message_is_a_no_whatever_the_status(message: str, status: int) -> None:
    assert outcome(answer(status, told(message))) is Refused


@pytest.mark.parametrize(
    ("message", "documented"),
    [
        ("Failed to parse the schedule rule. Unknown field BYHOUR", True),
        ("Failed to parse the schedule rule", True),
        ("Participants must be an array of contacts", True),
        ("recording feature not enabled.", True),
        ("Internal server error", False),
        ("Recording feature not enabled yet: try again", False),
        ("OK", False),
        ("", False),
    ],
)
def test_a_message_is_documented_by_its_words(message: str, documented: bool) -> None:
    assert is_documented(message) is documented


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Refused),
        (404, NotFound),
        (408, OutcomeUnknown),
        (422, Refused),
        (429, Throttled),
        (500, OutcomeUnknown),
        (200, OutcomeUnknown),
        (302, OutcomeUnknown),
    ],
)
def test_any_other_message_goes_by_the_status(status: int, expected: type[PlatformError]) -> None:
    assert outcome(answer(status, told("something else"))) is expected


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 451])
@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'"no"', b'{"error": "no"}', b'{"message": 7}', b'{"message'])
def test_a_4xx_in_another_shape_is_no_answer_of_the_platform(status: int, body: bytes) -> None:
    assert outcome(answer(status, body)) is OutcomeUnknown


def test_a_conference_that_talks_of_a_documented_error_was_created() -> None:
    body = json.dumps({"conference_id": 7, "message": FieldMessage.TRANSCRIPTION}).encode()
    assert outcome(answer(200, body)) is None


@given(
    status=st.integers(100, 599), body=st.binary(max_size=60), content_type=st.sampled_from(["application/json", ""])
)
def test_no_noise_is_a_yes_or_a_no(status: int, body: bytes, content_type: str) -> None:
    assert outcome(answer(status, body, content_type)) in {OutcomeUnknown, Throttled}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("Mon, 05 Jan 2026 09:02:00 GMT", 120.0),
        ("Mon, 05 Jan 2026 08:00:00 GMT", 0.0),
        ("99999999", LONGEST_RETRY_AFTER),
        ("soon", 1.0),
        ("-5", 1.0),
        ("²", 1.0),
        ("Mon, 05 Jan 99999999999 09:00:00 GMT", 1.0),
        ("Mon, 05 Jan 2026 09:00:00 +99999999", 1.0),
        (None, 1.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float) -> None:
    with pytest.raises(Throttled) as caught:
        read_response(conference.CREATE, answer(429, b"", retry_after=header), "here")
    assert caught.value.retry_after == seconds


def test_a_message_is_shown_in_one_short_line() -> None:
    with pytest.raises(Refused) as caught:
        read_response(conference.CREATE, answer(400, told("no\r\n\x1b[31m such\thost" + "!" * 9999)), "here")
    assert caught.value.message.startswith("no [31m such host!")
    assert len(caught.value.message) <= 500


def test_a_row_without_an_id_spoils_its_page() -> None:
    with pytest.raises(OutcomeUnknown):
        read_page(conference.FETCH_ALL, answer(200, b'[{"subject": "x"}]'), "here")

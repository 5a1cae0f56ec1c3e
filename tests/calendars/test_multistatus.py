import pytest
from caldav.elements import cdav, dav

from calbridge.calendars import multistatus

WRAP = b'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">%s</d:multistatus>'


def one(inner: bytes) -> multistatus.Resource:
    (resource,) = multistatus.parse(WRAP % (b"<d:response><d:href>/a</d:href>%s</d:response>" % inner)).resources
    return resource


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('"abc"', '"abc"'),
        ("abc", '"abc"'),
        (' "abc" ', '"abc"'),
        ('W/"abc"', None),
        ('w/"abc"', None),
        ("", None),
        ('""', None),
        (None, None),
        ('a"b\r\nX: y', None),
    ],
)
def test_only_a_strong_etag_counts(given: str | None, expected: str | None) -> None:
    assert multistatus.strong(given) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Log in</body></html>",
        b"<!DOCTYPE html><html></html>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d:multistatus xmlns:d="DAV:">&b;</d:multistatus>',
        (WRAP % b"<d:response>")[:60],
        b'<?xml version="1.0" encoding="klingon"?><d:multistatus xmlns:d="DAV:"/>',
        b'<d:error xmlns:d="DAV:"/>',
        b"\x00\xff",
    ],
)
def test_what_is_no_multistatus_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="no multistatus"):
        multistatus.parse(body)


def test_a_property_that_is_not_found_is_absent() -> None:
    missing = (
        b"<d:propstat><d:prop><d:getetag>x</d:getetag></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>"
    )
    assert one(missing).text(dav.GetEtag.tag) is None


def test_a_resource_has_its_own_status() -> None:
    assert one(b"<d:status>HTTP/1.1 404 Not Found</d:status>").status == 404


def test_the_line_ends_that_xml_takes_away_are_put_back() -> None:
    data = b"<c:calendar-data>BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n</c:calendar-data>"
    assert (
        one(b"<d:propstat><d:prop>%s</d:prop></d:propstat>" % data).calendar_data
        == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    )


def test_escaped_line_ends_are_not_doubled() -> None:
    data = b"<c:calendar-data>BEGIN:VCALENDAR&#13;\nEND:VCALENDAR&#13;\n</c:calendar-data>"
    assert (
        one(b"<d:propstat><d:prop>%s</d:prop></d:propstat>" % data).calendar_data
        == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    )


def test_names_are_those_below_the_property() -> None:
    kind = b"<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
    assert one(b"<d:propstat><d:prop>%s</d:prop></d:propstat>" % kind).names(dav.ResourceType.tag) == {
        dav.Collection.tag,
        cdav.Calendar.tag,
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict/></d:error>',
            ("no-uid-conflict",),
        ),
        (b'<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>X</s:exception></d:error>', ()),
        (b"<html/>", ()),
        (b"", ()),
    ],
)
def test_a_refusal_names_the_conditions_of_the_standards(body: bytes, expected: tuple[str, ...]) -> None:
    assert multistatus.preconditions(body) == expected

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.calendars import hrefs

CALENDAR = "https://dav.example.com/cal/alice@example.com/work/"


@pytest.mark.parametrize(
    "spelled",
    [
        "https://dav.example.com/cal/alice@example.com/work/a%2Bb.ics",
        "/cal/alice@example.com/work/a%2Bb.ics",
        "/cal/alice%40example.com/work/a+b.ics",
        "/cal/alice%40example.com/work/a%2bb.ics",
        "a+b.ics",
        "../work/a%2Bb.ics",
        "HTTPS://DAV.Example.com:443/cal/%61lice@example.com/work/a%2Bb.ics",
        "https://someone:word@dav.example.com/cal/alice@example.com/work/a%2Bb.ics#part",
        "  /cal/alice@example.com/work/a+b.ics\n",
    ],
)
def test_every_spelling_of_an_href_is_one_url(spelled: str) -> None:
    assert hrefs.normalise(spelled, CALENDAR) == "https://dav.example.com/cal/alice@example.com/work/a%2Bb.ics"


def test_an_encoded_slash_is_part_of_the_name() -> None:
    assert hrefs.normalise("/a%2fb/c", CALENDAR) == "https://dav.example.com/a%2Fb/c"


def test_an_encoded_percent_sign_stays_encoded() -> None:
    assert hrefs.normalise("/a%2540b", CALENDAR) == "https://dav.example.com/a%2540b"


def test_a_collection_gets_its_slash_back() -> None:
    assert hrefs.collection("/cal/alice@example.com/work", CALENDAR) == CALENDAR


def test_a_member_is_on_the_origin_that_we_know() -> None:
    assert hrefs.member("http://inner:8080/cal/x.ics", CALENDAR) == "https://dav.example.com/cal/x.ics"


def test_an_ipv6_host_keeps_its_brackets_and_port() -> None:
    assert hrefs.normalise("/a", "http://[::1]:5232/") == "http://[::1]:5232/a"


@pytest.mark.parametrize("spelled", ["mailto:alice@example.com", "http://", "http://example.com:x/", "file:///etc"])
def test_what_is_no_web_address_is_refused(spelled: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        hrefs.normalise(spelled, CALENDAR)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_normalising_twice_changes_nothing(name: str) -> None:
    try:
        once = hrefs.normalise(f"/{name}", CALENDAR)
    except ValueError:
        return
    assert hrefs.normalise(once, CALENDAR) == once


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("https://dav.example.com/other/", True),
        ("https://dav.example.com:443/", True),
        ("https://dav.example.com:8443/", False),
        ("https://dav.example.org/", False),
        ("http://dav.example.com/", False),
    ],
)
def test_credentials_stay_on_their_origin(target: str, allowed: bool) -> None:
    assert hrefs.same_site(target, CALENDAR) is allowed


def test_credentials_may_move_up_to_https() -> None:
    assert hrefs.same_site("https://dav.example.com/", "http://dav.example.com:8080/")


def test_a_shown_url_has_no_secrets() -> None:
    assert hrefs.shown("https://alice:word@dav.example.com:8443/a?key=token#x") == "https://dav.example.com:8443/a"

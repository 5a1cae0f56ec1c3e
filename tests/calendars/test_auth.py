import pytest

from calbridge.calendars import auth
from calbridge.calendars.auth import Challenge


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Basic realm="x"', (Challenge("basic", {"realm": "x"}),)),
        (
            'Digest realm="a, basic b", qop="auth,auth-int", nonce="n==", Basic realm="z"',
            (
                Challenge("digest", {"realm": "a, basic b", "qop": "auth,auth-int", "nonce": "n=="}),
                Challenge("basic", {"realm": "z"}),
            ),
        ),
        (
            'Digest nonce="n",algorithm=MD5,stale=TRUE',
            (Challenge("digest", {"nonce": "n", "algorithm": "MD5", "stale": "TRUE"}),),
        ),
        (r'Basic realm="a \"b\""', (Challenge("basic", {"realm": 'a "b"'}),)),
        ("Negotiate abc==, Bearer", (Challenge("negotiate"), Challenge("bearer"))),
        ("", ()),
        ('"', ()),
    ],
)
def test_challenges_are_read_with_several_in_one_line(header: str, expected: tuple[Challenge, ...]) -> None:
    assert auth.challenges(header) == expected


def test_basic_is_utf8() -> None:
    assert auth.basic("alice", "pä:ss") == "Basic YWxpY2U6cMOkOnNz"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_answers_as_rfc_7616_section_3_9_1_does(algorithm: str, response: str) -> None:
    challenge = Challenge(
        "digest",
        {
            "realm": "http-auth@example.org",
            "qop": "auth, auth-int",
            "algorithm": algorithm,
            "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        },
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    header = auth.Digest(challenge, "Mufasa", "Circle of Life", lambda: cnonce).header("GET", "/dir/index.html")
    assert f'response="{response}"' in header
    assert "qop=auth, nc=00000001" in header


def test_digest_answers_the_older_form_without_qop() -> None:
    challenge = Challenge("digest", {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"})
    header = auth.Digest(challenge, "Mufasa", "CircleOfLife", lambda: "x").header("GET", "/dir/index.html")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header
    assert "qop" not in header


def test_digest_sends_a_name_beyond_ascii_as_rfc_5987_does() -> None:
    header = auth.Digest(Challenge("digest", {"nonce": "n"}), "J\u00e4s\u00f8n", "b", lambda: "c").header("GET", "/")
    assert "username*=UTF-8''J%C3%A4s%C3%B8n," in header


def test_digest_counts_its_requests() -> None:
    answering = auth.Digest(Challenge("digest", {"nonce": "n", "qop": "auth"}), "a", "b", lambda: "c")
    counts = [answering.header("GET", "/").partition("nc=")[2][:8] for _ in range(3)]
    assert counts == ["00000001", "00000002", "00000003"]


@pytest.mark.parametrize(
    "parameters", [{"nonce": "n", "algorithm": "SHA-512"}, {"nonce": "n", "qop": "auth-int"}, {"qop": "auth"}]
)
def test_a_challenge_that_cannot_be_answered_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Digest challenge"):
        auth.Digest(Challenge("digest", parameters), "a", "b", lambda: "c")

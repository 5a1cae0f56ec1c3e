"""Whom the status page answers, and under which name."""

import pytest
from pydantic import SecretStr
from support.standings import NOW, standing
from web.conftest import Asking

from calbridge.web.guard import has_password, is_own_name

PASSWORD = SecretStr("pässword:1")


@pytest.mark.parametrize(
    ("host", "address", "own"),
    [
        ("127.0.0.1:8787", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("[::1]:8787", "127.0.0.1", True),
        ("LOCALHOST:8787", "127.0.0.1", True),
        ("evil.example", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("192.0.2.7:8787", "192.0.2.7", True),
        ("192.0.2.8:8787", "192.0.2.7", False),
        ("192.0.2.8", "0.0.0.0", True),
        ("[2001:db8::1]:80", "::", True),
        ("evil.example", "0.0.0.0", False),
        ("status.example.com", "status.example.com", True),
    ],
)
def test_only_names_of_this_machine_are_answered(host: str, address: str, own: bool) -> None:
    assert is_own_name(host, (address, 8787)) == own


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics"])
def test_a_foreign_name_learns_nothing(asking: Asking, path: str) -> None:
    answer = asking(standing()).get(path, headers={"host": "evil.example"})

    assert (answer.status, "alice" in answer.text) == (421, False)
    assert "ask for it by daemon.status_address" in answer.text


@pytest.mark.parametrize("path", ["/", "/metrics", "/hosts/alice", "/style.css"])
def test_with_a_password_nothing_is_shown_without_it(asking: Asking, path: str) -> None:
    client = asking(standing(), status_password=PASSWORD)

    assert client.get(path).status == 401
    assert client.get(path, login=("anybody", "wrong")).status == 401
    assert client.get(path).headers["www-authenticate"].startswith("Basic ")


def test_the_password_opens_under_any_user_name(asking: Asking) -> None:
    client = asking(standing(), status_password=PASSWORD)

    assert client.get("/", login=("anybody", PASSWORD.get_secret_value())).status == 200
    assert [client.get(path).status for path in ("/healthz", "/readyz")] == [200, 503]


@pytest.mark.parametrize(
    "said", ["", "Basic", "Basic !", "Basic YQ==", "Bearer cMOkc3N3b3JkOjE=", "Basic cMOkc3N3b3JkOjE"]
)
def test_what_is_no_login_is_no_password(said: str) -> None:
    assert not has_password(said, PASSWORD.get_secret_value())


def test_every_answer_forbids_scripts_frames_and_foreign_resources(asking: Asking) -> None:
    for path in ("/", "/nowhere", "/metrics"):
        headers = asking(standing()).get(path).headers

        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")


def test_nothing_can_be_sent_to_it(asking: Asking) -> None:
    assert [asking().request(method, "/").status for method in ("POST", "PUT", "DELETE")] == [405, 405, 405]


def test_ready_means_that_a_host_was_visited_well_since_the_start(asking: Asking) -> None:
    assert asking(standing()).get("/readyz").status == 503
    assert asking(standing(good=NOW - NOW)).get("/readyz").text == "ready\n"
    assert asking(names=()).get("/readyz").status == 200


def test_health_and_metrics_are_plain_text(asking: Asking) -> None:
    client = asking(standing())

    assert client.get("/healthz").text == "ok\n"
    assert 'calbridge_hosts{state="fine"} 1.0' in client.get("/metrics").text

from typing import Any

import niquests
from support.sandbox_client import Client

from calbridge.enterprise import host
from calbridge.enterprise.host import HostResponse
from calbridge.sandbox import RunningSandbox


def mails(sandbox: RunningSandbox) -> list[tuple[str, str, str]]:
    rows = niquests.get(f"{sandbox.url}/sandbox/mails", timeout=10).json()
    return [(row["to"], row["subject"], row["text"]) for row in rows]


def create(client: Client, **fields: Any) -> HostResponse:
    return client.call(host.CREATE, **{"name": "John Host", "email": "john@example.com"} | fields)


def test_a_new_host_is_welcomed_unless_that_is_not_wanted(two_resellers: RunningSandbox, admin: Client) -> None:
    made = create(admin)
    create(admin, email="x@example.com", no_welcome_email=True)
    create(admin, email="y@example.com", no_login=True)

    [(to, subject, text)] = mails(two_resellers)

    assert (to, subject) == ("john@example.com", "Welcome to your meeting room")
    assert (made.meeting_url or "-") in text
    assert (made.password_creation_link or "-") in text


def test_a_welcome_is_sent_again_and_a_password_reset_has_its_own_link(
    two_resellers: RunningSandbox, admin: Client
) -> None:
    made = create(admin, no_welcome_email=True)

    assert admin.call(host.RESEND_INVITATION, host_id=made.host_id).message == "OK"
    assert admin.call(host.RESET_PASSWORD, host_id=made.host_id).message == "OK"

    [welcome, reset] = mails(two_resellers)
    assert welcome[:2] == ("john@example.com", "Welcome to your meeting room")
    assert reset[:2] == ("john@example.com", "Reset your password")
    link = reset[2].rpartition(" ")[2]
    assert link != made.password_creation_link
    page = niquests.get(link, timeout=10)
    assert (page.status_code, "John Host" in (page.text or "")) == (200, True)


def test_who_can_not_sign_in_by_password_has_none_to_reset(two_resellers: RunningSandbox, admin: Client) -> None:
    made = create(admin, no_login=True)

    refusal = admin.refused(host.RESET_PASSWORD, host_id=made.host_id)
    admin.call(host.RESEND_INVITATION, host_id=made.host_id)

    assert refusal == (400, "The host can't sign in by password")
    assert "password" not in mails(two_resellers)[0][2]

from typing import Any

import niquests
from support.sandbox_client import Client

from calbridge.enterprise import conference, host
from calbridge.enterprise.conference import ConferenceResponse
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


def book(admin: Client, host_id: int) -> ConferenceResponse:
    when = {"start": "2027-01-04 09:00:00", "time_zone": "UTC", "duration": 30}
    fields = {"subject": "Planning", "agenda": "", "one_time_access_code": False} | when
    invited = [{"email": "bob@example.com", "moderator": False}]
    return admin.call(conference.CREATE, host_id=host_id, participant_emails=invited, **fields)


def test_a_conference_is_mailed_to_its_host_and_to_whom_she_invites(
    two_resellers: RunningSandbox, admin: Client
) -> None:
    made = book(admin, create(admin, no_welcome_email=True).host_id)

    sent = mails(two_resellers)

    subjects = [(to, subject) for to, subject, _ in sent]
    assert subjects == [(who, "Invitation: Planning") for who in ("john@example.com", "bob@example.com")]
    assert all((made.room_url or "-") in text for _, _, text in sent)


def test_a_host_who_wants_no_invitations_gets_none_and_her_guests_do(
    two_resellers: RunningSandbox, admin: Client
) -> None:
    made = create(admin, no_welcome_email=True, disable_emails={"conference_invitations": True})

    book(admin, made.host_id)

    assert [to for to, _, _ in mails(two_resellers)] == ["bob@example.com"]

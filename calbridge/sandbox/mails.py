"""Mails to hosts and whom they invite: none leaves this machine, they wait in an outbox.

GET /sandbox/mails     the outbox, on loopback only
GET /password/SECRET   where a mail or a `password_creation_link` leads
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from calbridge.sandbox import markup
from calbridge.sandbox.calls import Call, Sandbox, room_url
from calbridge.sandbox.people import Profile
from calbridge.sandbox.state import State

SCHEMA: Final = """
CREATE TABLE mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sent_at INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE password_link (
    secret TEXT PRIMARY KEY,
    host_id INTEGER NOT NULL REFERENCES host
);
"""


def password_link(call: Call, host_id: int) -> str:
    """Make a link under which a host may choose a password."""
    secret = token_urlsafe(24)
    call.state.write("INSERT INTO password_link VALUES (?, ?)", secret, host_id)
    return f"{call.base_url}/password/{secret}"


def welcome(call: Call, profile: Profile) -> None:
    """Tell a host of her room, and unless she can't sign in, where to choose a password."""
    link = profile.password_creation_link
    lines = [
        f"Welcome, {profile.name}.",
        f"Your meeting room: {room_url(call.base_url, profile.access_code)}",
        *([] if link is None else [f"Choose a password: {link}"]),
    ]
    _send(call.state, profile.email, "Welcome to your meeting room", lines, call.now)


def password_reset(call: Call, profile: Profile, link: str) -> None:
    """Tell a host where to choose another password."""
    _send(call.state, profile.email, "Reset your password", [f"Choose a new password: {link}"], call.now)


def invitations(call: Call, host: Profile, subject: str, lines: list[str], addresses: Iterable[str]) -> None:
    """Invite the host, unless she wants no such mails, and the others."""
    others = {address.lower(): address for address in addresses if address.lower() != host.email.lower()}
    mine = [] if host.disable_emails.conference_invitations else [host.email]
    for address in (*mine, *others.values()):
        _send(call.state, address, f"Invitation: {subject}", lines, call.now)


def serve(app: FastAPI, sandbox: Sandbox) -> None:
    """Add the outbox and the passwords' page to the app."""

    @app.get("/sandbox/mails", include_in_schema=False)
    async def mails(request: Request) -> Response:
        if not sandbox.on_loopback(request):
            return JSONResponse({"message": "Only on loopback"}, 403)
        with sandbox.transaction():
            rows = sandbox.state.rows("SELECT * FROM mail ORDER BY id")
        return JSONResponse(
            [
                {
                    "sent_at": datetime.fromtimestamp(row["sent_at"], UTC).isoformat(),
                    "to": row["recipient"],
                    "subject": row["subject"],
                    "text": row["text"],
                }
                for row in rows
            ]
        )

    @app.get("/password/{secret}", include_in_schema=False)
    async def password(secret: str) -> Response:
        with sandbox.transaction():
            row = sandbox.state.row(
                "SELECT profile FROM password_link JOIN host ON host.id = host_id"
                " WHERE secret = ? AND deleted_at IS NULL",
                secret,
            )
        if row is None:
            return markup.missing()
        return markup.page("password.html", host=Profile.model_validate_json(row["profile"]))


def _send(state: State, to: str, subject: str, lines: list[str], now: datetime) -> None:
    state.write(
        "INSERT INTO mail (sent_at, recipient, subject, text) VALUES (?, ?, ?, ?)",
        *(int(now.timestamp()), to, subject, "\n".join(lines)),
    )

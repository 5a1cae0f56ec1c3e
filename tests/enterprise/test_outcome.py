"""What becomes of a create when the platform or the way to it fails, over real HTTP."""

import asyncio
from pathlib import Path

import pytest
from support.accounts import API_TOKEN, Clock, account
from support.scripted_platform import (
    Reply,
    ScriptedPlatform,
    cut,
    drip,
    raw,
    reply,
    reset,
    scripted,
    scripted_tls,
    silence,
)

from calbridge.enterprise import conference, host
from calbridge.enterprise.client import Enterprise
from calbridge.enterprise.messages import FieldMessage
from calbridge.errors import NotFound, NotSent, OutcomeUnknown, PlatformError, Refused, Throttled

CERTIFICATE = Path(__file__).parent / "loopback.pem"
"""Self-signed for 127.0.0.1, with its key, until 2126."""

HOST = host.FetchRequest(host_id=9)
CONFERENCE = {"conference_id": 183, "subject": "Stand-up"}
CREATE = conference.CreateRequest(
    host_id=9,
    subject="Stand-up",
    agenda="Ref. cb1-main-x-m.1",
    start="2026-01-05 09:00:00",
    time_zone="Europe/Paris",
    duration=30,
    one_time_access_code=True,
)


UNKNOWN: dict[str, Reply] = {
    "reset": reset,
    "silence": silence,
    "drip": drip,
    "cut body": cut(CONFERENCE),
    "cut at a value": raw(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"conference_id": 18', close=True),
    "500": reply(500, {"message": "Internal server error"}),
    "HTML 404": reply(404, b"<html>not here</html>", content_type="text/html"),
    "HTML 200": reply(200, b"<html>sign in</html>", content_type="text/html"),
    "redirect": reply(307, b"", location="/enterprise_api/host/fetch"),
    "no id": reply(200, {"subject": "Stand-up"}),
    "not HTTP": raw(b"220 mail.example.com ESMTP\r\n\r\n"),
    "timeout status": reply(408, {"message": "Request timeout"}),
}


@pytest.mark.parametrize("case", UNKNOWN)
@scripted
async def test_a_create_in_doubt_is_unknown_and_reached_the_server_exactly_once(
    platform: ScriptedPlatform, case: str
) -> None:
    platform.on("conference/create", UNKNOWN[case])
    async with account(platform, timeout=0.4) as api:
        with pytest.raises(OutcomeUnknown):
            await api.call(conference.CREATE, CREATE)
        await asyncio.sleep(0.05)
    assert [request.path for request in platform.received] == ["authenticate", "conference/create"]


REFUSED: dict[str, tuple[Reply, type[PlatformError]]] = {
    "documented, 500": (reply(500, {"message": FieldMessage.RECORDING}), Refused),
    "documented, 200": (reply(200, {"message": FieldMessage.RECORDING}), Refused),
    "422": (reply(422, {"message": "duration is odd"}), Refused),
    "403": (reply(403, {"message": "beyond your role"}), Refused),
    "404": (reply(404, {"message": "no such host"}), NotFound),
    "429": (reply(429, {"message": "slow down"}, retry_after="7"), Throttled),
    "HTML 429": (reply(429, b"<html>", content_type="text/html"), Throttled),
}


@pytest.mark.parametrize("case", REFUSED)
@scripted
async def test_a_create_that_got_a_no_was_sent_once(platform: ScriptedPlatform, case: str) -> None:
    answer, expected = REFUSED[case]
    platform.on("conference/create", answer)
    async with account(platform) as api:
        with pytest.raises(expected) as caught:
            await api.call(conference.CREATE, CREATE)
    assert type(caught.value) is expected
    assert len(platform.payloads("conference/create")) == 1


@scripted
async def test_reads_share_a_connection_and_each_create_has_its_own(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    platform.on("conference/create", reply(200, CONFERENCE))
    async with account(platform) as api:
        await api.call(host.FETCH, HOST)
        await api.call(conference.CREATE, CREATE)
        await api.call(conference.CREATE, CREATE)
        await api.call(host.FETCH, HOST)
    _, kept, first, second, last = (request.connection for request in platform.received)
    assert kept == last
    assert len({kept, first, second}) == 3


def test_no_connection_means_not_sent() -> None:
    async def scenario() -> None:
        async with Enterprise("http://127.0.0.1:1", API_TOKEN, pace=Clock().pace()) as api:
            with pytest.raises(NotSent, match="Connection refused"):
                await api.call(conference.CREATE, CREATE)

    asyncio.run(scenario())


@scripted
async def test_a_handshake_that_never_ends_means_not_sent(platform: ScriptedPlatform) -> None:
    async with Enterprise(platform.url.replace("http:", "https:"), API_TOKEN, timeout=0.3, pace=Clock().pace()) as api:
        with pytest.raises(NotSent, match="not done within"):
            await api.call(conference.CREATE, CREATE)
    assert platform.received == []


@scripted_tls(CERTIFICATE)
async def test_a_certificate_that_nobody_vouches_for_means_not_sent(platform: ScriptedPlatform) -> None:
    async with account(platform) as api:
        with pytest.raises(NotSent, match="certificate is not accepted"):
            await api.call(conference.CREATE, CREATE)
    assert platform.received == []


@scripted_tls(CERTIFICATE)
async def test_a_ca_file_vouches_for_a_certificate(platform: ScriptedPlatform) -> None:
    platform.on("conference/create", reply(200, CONFERENCE))
    async with Enterprise(platform.url, API_TOKEN, ca_file=str(CERTIFICATE), pace=Clock().pace()) as api:
        assert (await api.call(conference.CREATE, CREATE)).conference_id == 183


@scripted
async def test_proxies_and_passwords_of_the_environment_are_ignored(
    platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    async with account(platform) as api:
        await api.call(host.FETCH, HOST)
    assert not any("authorization:" in request.head for request in platform.received)


@scripted
async def test_a_configured_proxy_is_used(platform: ScriptedPlatform) -> None:
    async with Enterprise("http://platform.invalid", API_TOKEN, proxy=platform.url, pace=Clock().pace()) as api:
        with pytest.raises(PlatformError):
            await api.call(host.FETCH, HOST)
    assert platform.received[0].path == "http://platform.invalid/enterprise_api/authenticate"


@pytest.mark.parametrize("written", ["guest/w\u00f6rt", "guest\\/w\\u00f6rt"])
@scripted
async def test_a_refusal_that_quotes_a_secret_does_not_tell_it_however_json_writes_it(
    platform: ScriptedPlatform, written: str
) -> None:
    platform.on("host/create", reply(422, f'{{"message": "odd: {written}"}}'.encode()))
    asked = host.CreateRequest(name="Bob", email="bob@example.com", password="guest/w\u00f6rt")
    async with account(platform) as api:
        with pytest.raises(Refused) as caught:
            await api.call(host.CREATE, asked)
    assert "[hidden]" in caught.value.problem.reason + caught.value.message
    assert "w\u00f6rt" not in f"{caught.value} {caught.value.problem} {caught.value.message}"

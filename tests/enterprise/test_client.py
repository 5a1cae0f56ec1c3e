"""The client against a platform that misbehaves, over real HTTP on loopback."""

import asyncio
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest
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
from calbridge.enterprise.client import Enterprise, Pace
from calbridge.enterprise.messages import FieldMessage
from calbridge.errors import (
    NotFound,
    NotSent,
    OutcomeUnknown,
    PlatformError,
    Refused,
    Throttled,
    Unauthorized,
)

CERTIFICATE = Path(__file__).parent / "loopback.pem"
"""Self-signed for 127.0.0.1, with its key, until 2126."""

API_TOKEN = "api-token-of-the-account"
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


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return 1000.0 + sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def pace(self, tries: int = 3) -> Pace:
        return Pace(
            tries=tries,
            monotonic=self.monotonic,
            now=lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
            sleep=self.sleep,
            random=lambda: 0.5,
        )


def account(platform: ScriptedPlatform, clock: Clock | None = None, timeout: float = 5.0) -> Enterprise:
    return Enterprise(platform.url, API_TOKEN, timeout=timeout, pace=(clock or Clock()).pace())


# --- the session ----------------------------------------------------------------------------------------------------


@scripted
async def test_many_calls_that_meet_an_expired_session_renew_it_once(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    async with account(platform) as api:
        await api.call(host.FETCH, HOST)
        platform.expire()
        answers = await asyncio.gather(*(api.call(host.FETCH, HOST) for _ in range(40)))
    assert {answer.host_id for answer in answers} == {9}
    assert platform.sessions == 2


@scripted
async def test_a_create_that_meets_an_expired_session_is_sent_again_with_the_new_one(
    platform: ScriptedPlatform,
) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    platform.on("conference/create", reply(200, CONFERENCE))
    async with account(platform) as api:
        await api.call(host.FETCH, HOST)
        platform.expire()
        created = await api.call(conference.CREATE, CREATE)
    assert created.conference_id == 183
    assert [sent["auth_token"] for sent in platform.payloads("conference/create")] == ["token-1", "token-2"]


@scripted
async def test_a_second_401_in_a_row_gives_up(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(401, {"message": "Invalid token"}))
    async with account(platform) as api:
        with pytest.raises(Unauthorized, match="Invalid token"):
            await api.call(host.FETCH, HOST)
    assert (platform.sessions, len(platform.payloads("host/fetch"))) == (2, 2)


@scripted
async def test_a_refused_api_token_is_tried_once_for_all_who_wait(platform: ScriptedPlatform) -> None:
    platform.on("authenticate", reply(401, {"message": "Unknown API token"}))
    async with account(platform) as api:
        failures = await asyncio.gather(*(api.call(host.FETCH, HOST) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(failure, Unauthorized) for failure in failures)
    assert len(platform.payloads("authenticate")) == 1


@pytest.mark.parametrize("failing", [reset, reply(502, b"<html>", content_type="text/html")])
@scripted
async def test_a_create_without_a_session_was_not_sent(platform: ScriptedPlatform, failing: Reply) -> None:
    platform.on("authenticate", failing)
    async with account(platform) as api:
        with pytest.raises(NotSent):
            await api.call(conference.CREATE, CREATE)
    assert platform.payloads("conference/create") == []


@scripted
async def test_one_callers_end_does_not_end_the_renewal_that_others_wait_for(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    async with account(platform) as api:
        first = asyncio.create_task(api.call(host.FETCH, HOST))
        second = asyncio.create_task(api.call(host.FETCH, HOST))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).host_id == 9
    assert platform.sessions == 1


@scripted
async def test_tokens_are_in_no_exception_and_no_repr(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(400, {"message": "no such field for token-1"}))
    async with account(platform) as api:
        with pytest.raises(Refused) as caught:
            await api.call(host.FETCH, HOST)
        shown = repr(api) + repr(caught.value.problem) + "".join(traceback.format_exception(caught.value))
    assert "no such field" in shown
    assert "token-1" not in shown
    assert API_TOKEN not in shown


# --- outcomes of a create -------------------------------------------------------------------------------------------

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
    assert len(platform.payloads("conference/create")) == 1


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
async def test_a_proxy_of_the_environment_is_ignored(
    platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", "/dev/null")
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    async with account(platform) as api:
        assert (await api.call(host.FETCH, HOST)).host_id == 9


@scripted
async def test_a_configured_proxy_is_used(platform: ScriptedPlatform) -> None:
    async with Enterprise("http://platform.invalid", API_TOKEN, proxy=platform.url, pace=Clock().pace()) as api:
        with pytest.raises(PlatformError):
            await api.call(host.FETCH, HOST)
    assert platform.received[0].path == "http://platform.invalid/enterprise_api/authenticate"


# --- reads ----------------------------------------------------------------------------------------------------------


@scripted
async def test_a_read_is_tried_three_times_with_growing_pauses(platform: ScriptedPlatform) -> None:
    clock = Clock()
    platform.on("host/fetch", reset, reply(503, b"down"), reply(200, {"host_id": 9}))
    async with account(platform, clock) as api:
        assert (await api.call(host.FETCH, HOST)).host_id == 9
    assert clock.slept == [0.5, 1.0]


@scripted
async def test_a_read_that_keeps_failing_gives_up_after_three_tries(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(500, {"message": "Internal server error"}))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await api.call(host.FETCH, HOST)
    assert len(platform.payloads("host/fetch")) == 3


@scripted
async def test_an_update_is_never_repeated(platform: ScriptedPlatform) -> None:
    platform.on("conference/cancel", reply(503, b"down"))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await api.call(conference.CANCEL, conference.CancelRequest(conference_id=183))
    assert len(platform.payloads("conference/cancel")) == 1


@pytest.mark.parametrize("retry_after", ["4", "Mon, 05 Jan 2026 09:00:04 GMT"])
@scripted
async def test_a_short_retry_after_is_waited_out(platform: ScriptedPlatform, retry_after: str) -> None:
    clock = Clock()
    platform.on("host/fetch", reply(429, {"message": "slow"}, retry_after=retry_after), reply(200, {"host_id": 9}))
    async with account(platform, clock) as api:
        await api.call(host.FETCH, HOST)
    assert clock.slept == [4.0]


@scripted
async def test_a_long_retry_after_stops_the_whole_account_for_its_while(platform: ScriptedPlatform) -> None:
    clock = Clock()
    platform.on("host/fetch", reply(429, {"message": "slow"}, retry_after="600"), reply(200, {"host_id": 9}))
    async with account(platform, clock) as api:
        for _ in range(3):
            with pytest.raises(Throttled) as caught:
                await api.call(host.FETCH, HOST)
        sent = len(platform.payloads("host/fetch"))
        await clock.sleep(600)
        assert (await api.call(host.FETCH, HOST)).host_id == 9
    assert (caught.value.retry_after, sent) == (600.0, 1)


@scripted
async def test_a_server_that_drips_does_not_outlive_the_deadline(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", drip)
    loop = asyncio.get_running_loop()
    async with account(platform, timeout=0.3) as api:
        started = loop.time()
        with pytest.raises(OutcomeUnknown, match="not done within"):
            await api.call(host.FETCH, HOST)
        assert loop.time() - started < 2.0


@scripted
async def test_an_answer_without_end_is_given_up(platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calbridge.enterprise.transport.MAX_BODY", 1024 * 1024)
    platform.on("host/fetch", reply(200, b" " * (1024 * 1024 + 1)))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown, match="larger than 1 MiB"):
            await api.call(host.FETCH, HOST)


@scripted
async def test_no_more_requests_than_the_budget_are_under_way(platform: ScriptedPlatform) -> None:
    running = most = 0

    async def slow(writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        await reply(200, {"host_id": 9})(writer)

    platform.on("host/fetch", slow)
    async with Enterprise(platform.url, API_TOKEN, pace=Pace(concurrency=3)) as api:
        await asyncio.gather(*(api.call(host.FETCH, HOST) for _ in range(12)))
    assert most == 3


# --- listings -------------------------------------------------------------------------------------------------------

LISTING = conference.FetchAllRequest(host_id=9)


async def ids(api: Enterprise) -> list[int]:
    return [row.conference_id async for rows in api.pages(conference.FETCH_ALL, LISTING) for row in rows]


@scripted
async def test_a_bare_array_is_the_whole_listing(platform: ScriptedPlatform) -> None:
    platform.on("conference/fetch_all", reply(200, [{"conference_id": n} for n in range(10)]))
    async with account(platform) as api:
        assert await ids(api) == list(range(10))
    assert len(platform.payloads("conference/fetch_all")) == 1


@scripted
async def test_pages_are_followed_by_their_cursor_to_the_end(platform: ScriptedPlatform) -> None:
    first = reply(200, {"conferences": [{"conference_id": 1}], "next_page": "abc"})
    second = reply(200, {"conferences": [{"conference_id": 2}], "next_page": 7})
    platform.on("conference/fetch_all", first, second, reply(200, {"conferences": [], "next_page": None}))
    async with account(platform) as api:
        assert await ids(api) == [1, 2]
    assert [sent.get("page") for sent in platform.payloads("conference/fetch_all")] == [None, "abc", 7]


@scripted
async def test_pages_that_go_round_in_a_circle_are_an_error(platform: ScriptedPlatform) -> None:
    platform.on("conference/fetch_all", reply(200, {"conferences": [{"conference_id": 1}], "next_page": "abc"}))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown, match="circle"):
            await ids(api)


@scripted
async def test_pages_without_end_are_an_error(platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calbridge.enterprise.client.MAX_PAGES", 5)
    platform.on("conference/fetch_all", *(reply(200, {"rows": [], "next_page": n}) for n in range(1, 9)))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown, match="more than 5 pages"):
            await ids(api)


@pytest.mark.parametrize("content", [{"a": [], "b": []}, {"next_page": 2}, "text", None, {"rows": [], "next_page": {}}])
@scripted
async def test_a_listing_of_another_shape_is_no_listing(platform: ScriptedPlatform, content: object) -> None:
    platform.on("conference/fetch_all", reply(200, content))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await ids(api)

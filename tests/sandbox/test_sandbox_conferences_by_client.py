"""Conferences by way of calbridge's own client: both ends of the same declarations."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import niquests
import pytest
from support.sandbox_account import MovableClock, meeting

from calbridge.enterprise import conference
from calbridge.enterprise.client import Enterprise
from calbridge.enterprise.conference import ConferenceRequest, ConferenceResponse
from calbridge.errors import NotFound
from calbridge.sandbox import Settings, running

clock = MovableClock()


def as_admin(scenario: Callable[[Enterprise], Awaitable[None]]) -> None:
    async def run(url: str) -> None:
        async with Enterprise(url, "sandbox-token", timeout=10) as api:
            await scenario(api)

    with running(Settings(clock=clock)) as sandbox:
        asyncio.run(run(sandbox.url))


async def at_once(api: Enterprise) -> ConferenceResponse:
    request = conference.CreateReservationlessRequest(host_id=9, one_time_access_code=True, secure_url=False)
    return await api.call(conference.CREATE_RESERVATIONLESS, request)


def came(made: ConferenceResponse, name: str) -> None:
    form = {"do": "join", "name": name, "moderator_token": made.moderator_token or ""}
    assert f"You are {name}, a moderator" in (niquests.post(made.room_url or "", data=form, timeout=10).text or "")


def test_a_conference_is_made_changed_read_and_cancelled() -> None:
    async def scenario(api: Enterprise) -> None:
        details = meeting(
            participant_hosts=[{"host_id": 10, "moderator": True}], broadcast_stream_url="https://v.example/a.mp4"
        )
        made = await api.call(conference.CREATE, conference.CreateRequest.model_validate(details))
        this = {"conference_id": made.conference_id}
        changed = meeting(subject="Two", end_time="2026-01-05 10:00:00", active=False) | this
        del changed["host_id"]
        updated = await api.call(conference.UPDATE, conference.UpdateRequest.model_validate(changed))
        assert (updated.subject, updated.broadcast_stream_url) == ("Two", made.broadcast_stream_url)
        assert await api.call(conference.FETCH, conference.FetchRequest.model_validate(this)) == updated
        await api.call(conference.CANCEL, conference.CancelRequest.model_validate(this))
        with pytest.raises(NotFound):
            await api.call(conference.FETCH, conference.FetchRequest.model_validate(this))

    as_admin(scenario)


def test_a_conference_under_way_is_written_to_dialled_out_of_and_ended() -> None:
    async def scenario(api: Enterprise) -> None:
        made = await at_once(api)
        this = {"conference_id": made.conference_id}
        came(made, "Ann")
        written = conference.CreateMessageRequest.model_validate(this | {"message": "Hello"})
        await api.call(conference.CREATE_MESSAGE, written)
        dialled = this | {"country_code": "CA", "phone_number": "14165551212", "invitation_text": "Please come"}
        told = await api.call(conference.DIAL_NUMBER, conference.DialNumberRequest.model_validate(dialled))
        assert told.dialout_status == "new"
        await api.call(conference.END, conference.EndRequest.model_validate(this))
        detail = await api.call(conference.FETCH_DETAIL, conference.FetchDetailRequest.model_validate(this))
        assert [one.content for one in detail.chat_messages or ()] == ["Hello", "Read to 14165551212: Please come"]
        assert detail.attended_count == 2

    as_admin(scenario)


def test_recordings_are_downloaded_and_deleted(tmp_path: Path) -> None:
    async def scenario(api: Enterprise) -> None:
        details = {"auto_record": "video", "auto_stream": "video", "host_initiated_recording": True}
        starting = details | {"start": "2026-01-01 00:00:00", "time_zone": "UTC"}
        made = await api.call(conference.CREATE, conference.CreateRequest.model_validate(meeting(**starting)))
        this = ConferenceRequest(conference_id=made.conference_id).model_dump()
        came(made, "Ann")
        watching = conference.FetchLivestreamViewerCountRequest.model_validate(this)
        assert (await api.call(conference.FETCH_LIVESTREAM_VIEWER_COUNT, watching)).count == 0
        await api.call(conference.STOP_STREAMING, conference.StopStreamingRequest.model_validate(this))
        await api.call(conference.END, conference.EndRequest.model_validate(this))
        clock.advance(minutes=5)
        [recording] = (await api.call(conference.FETCH, conference.FetchRequest.model_validate(this))).recordings or ()
        assert await api.download(recording.download_link or "", tmp_path / "call.mp4") > 1000
        forget = conference.DeleteTranscriptionsRequest.model_validate(this)
        await api.call(conference.DELETE_TRANSCRIPTIONS, forget)
        await api.call(conference.DELETE_RECORDINGS, conference.DeleteRecordingsRequest.model_validate(this))
        assert (await api.call(conference.FETCH, conference.FetchRequest.model_validate(this))).recordings == ()

    as_admin(scenario)


def test_all_pages_are_read_in_short_and_in_detail_and_participants_as_contacts() -> None:
    async def scenario(api: Enterprise) -> None:
        details = meeting(schedule="FREQ=DAILY;COUNT=12", participant_emails=[{"email": "carl@example.com"}])
        made = await api.call(conference.CREATE, conference.CreateRequest.model_validate(details))
        short = [one async for one in api.rows(conference.FETCH_ALL, conference.FetchAllRequest(host_id=9))]
        full = [one async for one in api.rows(conference.FETCH_ALL_DETAIL, conference.FetchAllDetailRequest(host_id=9))]
        assert [one.conference_id for one in short] == [one.conference_id for one in full]
        assert len(short) == 12
        people = conference.FetchParticipantDetailsRequest(conference_id=made.conference_id)
        told = await api.call(conference.FETCH_PARTICIPANT_DETAILS, people)
        assert [one.email for one in told.participants] == ["alice@example.com", "carl@example.com"]

    as_admin(scenario)

"""People join through the room's page, without a browser; what the Enterprise API then tells of it."""

from collections.abc import Iterator
from typing import Any

import niquests
import pytest
from support.sandbox_account import Account, Json, MovableClock

from calbridge.sandbox import RunningSandbox, Settings, running
from calbridge.sandbox.slides import empty_picture

START = {"start": "2026-01-01 00:00:00", "time_zone": "UTC"}
clock = MovableClock()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running(Settings(clock=clock)) as sandbox:
        yield sandbox


@pytest.fixture
def account(sandbox: RunningSandbox) -> Iterator[Account]:
    start = clock.now
    account = Account(sandbox)
    yield account
    clock.now = start
    for host_id in (9, 10):
        for call in account.accepted("host/active_calls", host_id=host_id):
            account.accepted("conference/end", conference_id=call["conference_id"])


class Visitor:
    """Someone's browser in one room."""

    def __init__(self, room_url: str) -> None:
        self.url = room_url
        self.session = niquests.Session()

    def do(self, what: str, **fields: str) -> str:
        """Press a button; the page that follows."""
        return self.session.post(self.url, data={"do": what, **fields}, timeout=10).text or ""

    def page(self) -> str:
        """Open the room again."""
        return self.session.get(self.url, timeout=10).text or ""


def joined(made: Json, name: str, *, moderator: bool = False, **fields: str) -> Visitor:
    visitor = Visitor(made["room_url"])
    token = {"moderator_token": made["moderator_token"]} if moderator else {}
    assert f"You are {name}" in visitor.do("join", name=name, **token, **fields)
    return visitor


def cdrs(account: Account, made: Json) -> list[Json]:
    found: list[Json] = account.accepted("host/cdrs", host_id=9, conference_id=made["conference_id"])
    return found


def detail(account: Account, made: Json) -> Json:
    told: Json = account.accepted("conference/fetch", conference_id=made["conference_id"], output="detail")
    return told


def test_who_joins_is_seen_until_she_leaves_and_has_a_record(account: Account) -> None:
    made = account.create(**START)
    ann = joined(made, "Ann", email="ann@example.com")
    active = account.accepted("host/active_calls", host_id=9)
    clock.advance(minutes=3)
    ann.do("leave")
    [record] = cdrs(account, made)

    assert made["conference_id"] in [call["conference_id"] for call in active]
    assert account.accepted("host/active_calls", host_id=9) == []
    assert (record["participant_name"], record["participant_email"], record["minutes"]) == ("Ann", "ann@example.com", 3)


def test_those_inside_see_each_other_and_others_only_a_number(account: Account) -> None:
    made = account.create(**START)
    ann, _ = joined(made, "Ann"), joined(made, "Ben")

    assert "Ben" in ann.page()
    outside = Visitor(made["room_url"]).page()
    assert "2 people are in this meeting" in outside
    assert "Ann" not in outside


def test_a_wrong_security_pin_keeps_out(account: Account) -> None:
    made = account.create(security_pin="738291", **START)

    refused = Visitor(made["room_url"]).do("join", name="Ann", pin="1")

    assert "not this meeting&#39;s security PIN" in refused
    assert 'value="Ann"' in refused
    assert account.accepted("host/active_calls", host_id=9) == []
    assert "738291" not in joined(made, "Ann", pin="738291").page()


def test_a_moderators_link_shows_controls_that_others_neither_see_nor_can_use(account: Account) -> None:
    made = account.create(**START)
    ann, ben = joined(made, "Ann", moderator=True), joined(made, "Ben")

    assert "End for all" in ann.page()
    assert "End for all" not in ben.page()
    assert made["moderator_token"] not in ben.page()
    ben.do("end")
    assert account.fetch(made)["active"]


def test_a_token_of_another_room_makes_nobody_a_moderator(account: Account) -> None:
    made, other = account.create(**START), account.create(**START)

    refused = Visitor(made["room_url"]).do("join", name="Ann", moderator_token=other["moderator_token"])

    assert "not one of this room" in refused


def test_a_form_of_another_site_does_nothing(account: Account) -> None:
    made = account.create(**START)
    forged = {"Sec-Fetch-Site": "cross-site"}

    response = niquests.post(made["room_url"], data={"do": "join", "name": "Eve"}, headers=forged, timeout=10)

    assert response.status_code == 404
    assert account.accepted("host/active_calls", host_id=9) == []


def test_ended_for_all_it_is_a_past_conference_with_minutes(account: Account) -> None:
    made = account.create(**START)
    ann, ben = joined(made, "Ann", moderator=True), joined(made, "Ben")
    clock.advance(minutes=10)
    ann.do("end")

    past = account.accepted("host/conferences", host_id=9)
    numbers = {one["conference_id"]: one["total_participant_minutes"] for one in _rows(past)}
    assert numbers[made["conference_id"]] == 20
    assert "has ended" in ben.page()
    assert not account.fetch(made)["active"]


def test_what_is_recorded_is_published_a_while_after_its_end(account: Account) -> None:
    made = account.create(auto_record="audio", auto_transcribe=True, **START)
    ann = joined(made, "Ann", moderator=True)
    joined(made, "Ben").do("say", text="Good morning")
    assert "Recording (audio)" in ann.page()
    ann.do("end")
    first = account.fetch(made)["recordings"]
    clock.advance(minutes=1)
    [recording] = account.fetch(made)["recordings"]

    assert (first[0]["publishing_state"], first[0]["download_link"]) == ("processing", None)
    assert (recording["publishing_state"], recording["type"]) == ("published", "audio")
    assert niquests.get(recording["download_link"], timeout=10).headers["Content-Type"] == "audio/mpeg"
    [detailed] = detail(account, made)["recordings"]
    assert detailed["transcription_segments"][0]["text"] == "Good morning"


def test_recordings_and_transcriptions_of_a_past_conference_can_be_deleted(account: Account) -> None:
    made = account.create(auto_transcribe=True, **START)
    ann = joined(made, "Ann", moderator=True)
    ann.do("record-video")
    ann.do("say", text="Hello")
    id_ = {"conference_id": made["conference_id"]}
    assert account.post("conference/delete_recordings", **id_) == (400, {"message": "Conference is not over"})
    account.accepted("conference/end", **id_)

    account.accepted("conference/delete_transcriptions", **id_)
    [kept] = detail(account, made)["recordings"]
    account.accepted("conference/delete_recordings", **id_)

    assert (kept["type"], kept["transcription_segments"]) == ("video", [])
    assert account.fetch(made)["recordings"] == []


def test_messages_of_the_system_and_of_participants_are_read_in_the_room_and_in_detail(account: Account) -> None:
    made = account.create(**START)
    ann = joined(made, "Ann")
    ann.do("say", text="<b>Hi</b>")
    account.accepted("conference/message/create", conference_id=made["conference_id"], message="Five minutes left")

    page = ann.page()

    assert "<strong>System</strong>" in page
    assert "&lt;b&gt;Hi&lt;/b&gt;" in page
    assert [one["content"] for one in detail(account, made)["chat_messages"]] == ["<b>Hi</b>", "Five minutes left"]


def test_whoever_is_dialled_is_there_until_the_last_browser_leaves(account: Account) -> None:
    made = account.create(**START)
    ann = joined(made, "Ann")
    asked = {"conference_id": made["conference_id"], "country_code": "CA", "phone_number": "14165551212"}

    told = account.accepted("conference/dial_number", **asked, name="Jane")

    assert told == {"dialout_status": "new"}
    assert "by phone" in ann.page()
    ann.do("leave")
    assert {one["from"] for one in cdrs(account, made)} >= {"+14165551212"}


def test_a_livestream_counts_who_watches_it_and_stops_for_good(account: Account) -> None:
    made = account.create(auto_stream="video", host_initiated_recording=True, **START)
    id_ = {"conference_id": made["conference_id"]}
    joined(made, "Ann", moderator=True)
    niquests.get(made["room_url"].replace("/call/", "/live/"), timeout=10)

    assert account.fetch(made)["is_streaming"] is True
    assert account.accepted("conference/fetch_livestream_viewer_count", **id_) == {"count": 1}
    account.accepted("conference/stop_streaming", **id_)
    assert account.fetch(made)["is_streaming"] is False
    assert account.post("conference/stop_streaming", **id_) == (400, {"message": "Conference is not streaming"})


def test_a_video_is_broadcast_from_the_start_to_the_end(account: Account) -> None:
    later = {"start": "2026-01-01 00:10:00", "time_zone": "UTC", "duration": 10}
    made = account.create(broadcast_stream_url="https://example.com/film.mp4", **later)
    told = [made["broadcast_stream_url"]["state"]]
    for _ in range(2):
        clock.advance(minutes=12)
        told.append(account.fetch(made)["broadcast_stream_url"]["state"])

    assert told == ["NEW", "STARTED", "STOPPED"]


def test_a_conference_at_once_is_active_and_over_when_all_have_left(account: Account) -> None:
    made = account.accepted("conference/create/reservationless", host_id=9, one_time_access_code=True, secure_url=True)
    assert made["active"] is True
    assert str(made["one_time_access_code"]) not in made["room_url"]

    joined(made, "Ann").do("leave")

    assert account.fetch(made)["active"] is False
    assert made["conference_id"] not in [one["conference_id"] for one in account.listing()]


def test_a_dedicated_room_makes_a_conference_when_someone_comes(account: Account, sandbox: RunningSandbox) -> None:
    host = account.accepted("host/fetch", host_id=10)
    visitor = Visitor(host["meeting_url"])
    assert "You are Bob, a moderator" in visitor.do("join", name="Bob", moderator_pin=host["moderator_pin"]["number"])

    [call] = account.accepted("host/active_calls", host_id=10)

    assert call["subject"] == "Bob Example's Meeting"
    visitor.do("leave")


def test_a_code_used_again_later_makes_another_conference(account: Account) -> None:
    made = account.create(duration=30, **START)
    clock.advance(hours=5)
    account.renew()

    ann = joined(made, "Ann")
    [call] = account.accepted("host/active_calls", host_id=9)

    assert call["conference_id"] != made["conference_id"]
    ann.do("leave")
    account.cancel(made)
    assert "No such room" in Visitor(made["room_url"]).page()


def test_in_a_waiting_room_one_waits_for_a_moderator(account: Account) -> None:
    account.accepted("host/update", host_id=9, waiting_room=True)
    made = account.create(**START)
    ann, ben = joined(made, "Ann", moderator=True), Visitor(made["room_url"])
    assert "Please wait" in ben.do("join", name="Ben")
    account.accepted("host/update", host_id=9, waiting_room=False)

    who = ann.page().split("Waiting to be let in")[1].split('name="who" value="')[1].split('"')[0]
    ann.do("admit", who=who)

    assert "You are Ben" in ben.page()


def test_a_file_of_the_hosts_drive_is_shown_and_told_as_a_document(account: Account) -> None:
    file = account.accepted("drive/create", host_id=9, filename="plan.pdf")
    niquests.put(file["upload_url"], data=b"%PDF-1.4", timeout=10)
    account.accepted("drive/file/finish_upload", host_id=9, id=file["id"])
    made = account.create(**START)
    joined(made, "Ann", moderator=True).do("show", file=str(file["id"]))

    [document] = detail(account, made)["uploaded_documents"]

    assert (document["filename"], document["download_link"]) == ("plan.pdf", file["download_link"])
    assert "plan.pdf" in joined(made, "Ben").page()


def test_a_moderator_removes_someone_who_may_come_back(account: Account) -> None:
    made = account.create(**START)
    ann, ben = joined(made, "Ann", moderator=True), joined(made, "Ben")
    who = detail(account, made)["participants"][1]["id"]

    ann.do("remove", who=str(who))

    assert "You have left, Ben" in ben.page()
    assert "You are Ben" in ben.do("return")


def test_who_was_invited_and_did_not_come_is_in_detail_without_records(account: Account) -> None:
    made = account.create(participant_emails=[{"email": "carl@example.com"}], **START)
    joined(made, "Alice", email="ALICE@example.com")

    told = detail(account, made)

    assert (told["invited_count"], told["attended_count"]) == (2, 1)
    assert [(one["email"], len(one["live_cdrs"])) for one in told["participants"]] == [
        ("ALICE@example.com", 1),
        ("carl@example.com", 0),
    ]
    assert told["participants"][0]["person_id"] == 9


def test_a_document_that_can_be_shown_has_its_slides_in_detail(account: Account) -> None:
    file = account.accepted("drive/create", host_id=9, filename="plan.pdf")
    niquests.put(file["upload_url"], data=b"%PDF-1.4 /MediaBox [0 0 640 360] /Type /Page /Type /Page", timeout=10)
    account.accepted("drive/file/finish_upload", host_id=9, id=file["id"])
    made = account.create(**START)
    joined(made, "Ann", moderator=True).do("show", file=str(file["id"]))
    assert detail(account, made)["uploaded_documents"][0]["presentation_slides"] == []

    clock.advance(seconds=1)

    [document] = detail(account, made)["uploaded_documents"]
    slides = document["presentation_slides"]
    assert [(one["page_number"], one["width"], one["height"]) for one in slides] == [(1, 640, 360), (2, 640, 360)]
    for link in (document["image_preview_link"], slides[1]["image_preview_link"]):
        picture = niquests.get(link, timeout=10)
        assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    assert niquests.get(slides[1]["image_preview_link"].replace("page=2", "page=3"), timeout=10).status_code == 404
    assert niquests.get(document["image_preview_link"].replace("key=", "key=x"), timeout=10).status_code == 404


def test_a_picture_that_can_be_shown_is_its_own_preview(account: Account) -> None:
    content = empty_picture((16, 9))
    file = account.accepted("drive/create", host_id=9, filename="network.png")
    niquests.put(file["upload_url"], data=content, timeout=10)
    account.accepted("drive/file/finish_upload", host_id=9, id=file["id"])
    made = account.create(**START)
    joined(made, "Ann", moderator=True).do("show", file=str(file["id"]))
    clock.advance(seconds=1)

    [slide] = detail(account, made)["uploaded_documents"][0]["presentation_slides"]

    assert (slide["width"], slide["height"]) == (16, 9)
    assert niquests.get(slide["image_preview_link"], timeout=10).content == content


def test_a_schedule_that_changes_leaves_the_instance_alone_that_people_are_in(account: Account) -> None:
    master = account.create(schedule="FREQ=DAILY;COUNT=5", start="2025-12-31 09:00:00", time_zone="UTC")
    clock.advance(hours=9)
    account.renew()
    [running_one] = [one for one in account.children(master) if one["active"]]
    joined(running_one, "Ann")

    account.update(master, schedule="FREQ=DAILY;COUNT=6", start="2025-12-31 09:00:00", time_zone="UTC")

    starts = [one["start"] for one in account.children(master)]
    assert account.fetch(running_one)["active"]
    assert len(starts) == len(set(starts))


@pytest.mark.parametrize("body", ["&".join(["a=1"] * 60), "name=" + "x" * 70_000, "do=join", "do=join&name=%ff%00"])
def test_an_odd_form_is_answered_by_the_page(account: Account, body: str) -> None:
    made = account.create(**START)

    response = niquests.post(made["room_url"], data=body, timeout=10)

    assert response.status_code in {200, 400}
    assert "<h1>Planning</h1>" in (response.text or "")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("conference/end", {}),
        ("conference/stop_streaming", {}),
        ("conference/message/create", {"message": "Hello"}),
        ("conference/dial_number", {"country_code": "CA", "phone_number": "+14165551212"}),
    ],
)
def test_what_needs_an_active_conference_says_so(account: Account, path: str, fields: Json) -> None:
    made = account.create()

    assert account.post(path, conference_id=made["conference_id"], **fields) == (
        400,
        {"message": "Conference is not active"},
    )


def test_participants_are_told_as_contacts(account: Account) -> None:
    made = account.create(
        participant_emails=[{"email": "carl@example.com", "moderator": True}, {"email": "d@example.com"}]
    )

    told = account.accepted("conference/fetch_participant_details", conference_id=made["conference_id"])

    assert [one["contact_id"] for one in told["participants"]] == made["participants"]
    assert [one["email"] for one in told["moderators"]] == ["alice@example.com", "carl@example.com"]


def _rows(content: Any) -> list[Json]:  # Any: JSON
    found: list[Json] = content if isinstance(content, list) else content["conferences"]
    return found

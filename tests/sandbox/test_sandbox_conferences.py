from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from support.sandbox_account import Account, MovableClock, meeting

from calbridge.enterprise.conference import ConferenceResponse
from calbridge.enterprise.host import HostResponse, HostSummary
from calbridge.enterprise.messages import FieldMessage, ScheduleMessage
from calbridge.sandbox import RunningSandbox, Settings, running

SEED = """
reseller = [{ id = 1, domain = "one.example" }]
company = [{ id = 5, reseller = 1, name = "Five", subdomain = "five" }]
api_token = [{ token = "sandbox-token", role = "COMPANY_ADMIN", company = 5 }]

[[host]]
id = 9
company = 5
name = "Alice"
email = "alice@example.com"
access_code = "1001"
moderator_pin = "2001"
contacts = [{ name = "Carol", email = "carol@example.com" }]

[[host]]
id = 10
company = 5
name = "Bob"
email = "bob@example.com"
access_code = "1002"
moderator_pin = "2002"
features = []
"""


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    seed: Path = tmp_path_factory.mktemp("seed") / "seed.toml"
    seed.write_text(SEED)
    return seed


@pytest.fixture(scope="module")
def sandbox(seed: Path) -> Iterator[RunningSandbox]:
    with running(Settings(seed=seed, clock=MovableClock())) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def account(sandbox: RunningSandbox) -> Account:
    return Account(sandbox)


# what is asked for beyond a valid meeting -> the message, word for word from the document's tables
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"host_id": 10, "one_time_access_code": False, "auto_record": "audio"}, "Recording feature not enabled"),
    ({"host_id": 10, "one_time_access_code": False, "auto_record": "video"}, "Video recording feature not enabled"),
    ({"host_id": 10, "one_time_access_code": False, "auto_transcribe": True}, "Transcription feature not enabled"),
    ({"host_id": 10}, "One time access code feature not available"),
    (
        {"one_time_access_code": False, "security_pin": "123456"},
        "Must enable one_time_access_code to use security_pin",
    ),
    ({"participants": "2"}, "Participants must be an array of contacts'"),
    ({"participants": 2}, "Participants must be an array of contacts'"),
    ({"participants": ["carol"]}, "Participants must be an array of contacts'"),
    (
        {"participants": [1, 999]},
        "Participants has one or more contact that does not exist in the host's contact list.",
    ),
    ({"schedule": "FREQ=DAILY;INTERVAL=0"}, "Failed to parse the schedule rule. INTERVAL must be a positive number"),
    ({"schedule": 7}, "Failed to parse the schedule rule. It must be text."),
    (
        {"schedule": "FREQ=DAILY;UNTIL=20251231"},
        "Failed to parse the schedule rule. It has no date at or after the start",
    ),
    ({"schedule": "FREQ=YEARLY"}, "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"),
    ({"schedule": "FREQ=MONTHLY;BYDAY=1MO,2MO"}, "Schedule MONTHLY BYDAY only supports one item"),
    ({"schedule": "FREQ=MONTHLY;BYMONTHDAY=1,2"}, "Schedule MONTHLY BYMONTHDAY only supports one item"),
    (
        {"schedule": "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1"},
        "Schedule MONTHLY supports BYDAY or BYMONTHDAY, cannot use both",
    ),
    ({"schedule": "FREQ=MONTHLY;BYDAY=MO"}, "Schedule MONTHLY BYDAY must include number and day"),
    ({"schedule": "FREQ=MONTHLY"}, "Schedule MONTHLY must include BYDAY or BYMONTHDAY"),
    ({"schedule": "FREQ=WEEKLY"}, "Schedule WEEKLY must include BYDAY"),
]

# not in the document: the wording is ours
REFUSED_OTHERWISE: list[tuple[dict[str, Any], str]] = [
    ({"time_zone": "Mars/Olympus"}, "time_zone is not in the IANA Time Zone database"),
    ({"time_zone": "Europe"}, "time_zone is not in the IANA Time Zone database"),
    ({"start": "2026-02-30 09:00:00"}, "start is not a time of the calendar"),
    ({"start": "9999-12-31 09:00:00"}, "start or duration is out of range"),
    ({"duration": 10**9}, "start or duration is out of range"),
    ({"auto_record": "audio", "auto_stream": "video"}, "auto_record and auto_stream must be the same value"),
    ({"surprise": 1}, "Unknown parameter: surprise"),
    ({"participant_emails": "x"}, "Invalid parameter: participant_emails: Input should be a valid array"),
    ({"participant_hosts": [10]}, "Invalid parameter: participant_hosts.0: Input should be a valid object"),
]


@pytest.mark.parametrize(("fields", "message"), REFUSED + REFUSED_OTHERWISE)
def test_a_refused_field_is_named_and_nothing_is_made(
    account: Account, sandbox: RunningSandbox, fields: dict[str, Any], message: str
) -> None:
    host_id = fields.get("host_id", 9)
    before = account.listing(host_id)

    assert account.post("conference/create", **meeting(**fields)) == (400, {"message": message})
    assert account.listing(host_id) == before


def test_every_documented_message_is_reached() -> None:
    documented = {*FieldMessage, *ScheduleMessage} - {ScheduleMessage.MASTER_ONLY}  # an update's: see the series

    assert [message for message in documented if not any(told.startswith(message) for _, told in REFUSED)] == []


@pytest.mark.parametrize("field", sorted(meeting()))
def test_a_missing_field_is_named(account: Account, field: str) -> None:
    request = meeting()
    del request[field]

    status, content = account.post("conference/create", **request)

    assert (status, content) == (400, {"message": f"Missing parameter: {field}"})


@pytest.mark.parametrize("status", [400, 422, 500])
def test_the_status_of_a_refused_field_is_a_setting(seed: Path, status: Literal[400, 422, 500]) -> None:
    with running(Settings(seed=seed, refused_status=status)) as sandbox:
        account = Account(sandbox)
        told = account.post("conference/create", **meeting(participants="x")), account.post("host/fetch", host_id=99)

    assert told[0] == (status, {"message": "Participants must be an array of contacts'"})
    assert told[1][0] == 404


def test_a_new_conference_has_every_documented_field(account: Account) -> None:
    made = account.create(subject="One", security_pin="123456", mute_mode="q&a", auto_record="video")

    absent = set(ConferenceResponse.model_fields) - set(made)
    assert absent == {"is_master", "master_id", "schedule"}
    assert (made["start"], made["end_time"], made["duration"]) == ("2026-01-05 09:00:00", "2026-01-05 10:00:00", 60)
    assert (made["security_pin"], made["mute_mode"], made["auto_record"]) == ("123456", "q&a", "video")
    assert made["room_url"].endswith(f"/conf/call/{made['one_time_access_code']}")
    assert account.fetch(made) == made


def test_one_time_codes_differ_and_a_dedicated_room_is_the_hosts(account: Account, sandbox: RunningSandbox) -> None:
    one, two = account.create(), account.create()
    dedicated = account.create(one_time_access_code=False)

    assert one["one_time_access_code"] != two["one_time_access_code"]
    assert dedicated["one_time_access_code"] is False
    assert dedicated["room_url"] == f"{sandbox.url}/conf/call/1001"
    assert one["moderator_token"] != two["moderator_token"]


def test_a_secure_url_holds_no_access_code(account: Account) -> None:
    made = account.create(secure_url=True)

    assert str(made["one_time_access_code"]) not in made["room_url"]


def test_the_organizer_is_always_a_participant_and_new_addresses_become_contacts(account: Account) -> None:
    invited = [{"email": "new@example.com", "moderator": True}, {"email": "CAROL@example.com"}]
    made = account.create(participant_emails=invited)
    alice, new, carol = made["participants"]

    again = account.create(participants=[new])

    assert made["moderators"] == [alice, new]
    assert again["participants"] == [alice, new]
    assert account.create(participants=[carol])["participant_emails"] == [
        {"email": "carol@example.com", "moderator": False}
    ]


def test_another_host_joins_as_a_contact(account: Account) -> None:
    made = account.create(participant_hosts=[{"host_id": 10, "moderator": True}])

    assert made["participant_emails"] == [{"email": "bob@example.com", "moderator": True}]


def test_a_refused_create_leaves_no_contact_behind(account: Account) -> None:
    fields = {"participant_emails": [{"email": "ghost@example.com"}], "auto_record": "audio", "auto_stream": "video"}
    before = max(account.create(participant_emails=[{"email": "last@example.com"}])["participants"])
    assert account.post("conference/create", **meeting(**fields))[0] == 400

    after = account.create(participant_emails=[{"email": "ghost@example.com"}])["participants"][-1]

    assert after == before + 1


def test_an_update_replaces_what_it_may_and_lets_optional_fields_fall_back(account: Account) -> None:
    made = account.create(security_pin="1234", mute_mode="q&a", participant_emails=[{"email": "x@example.com"}])

    updated = account.update(made, subject="Two", start="2026-01-06 10:00:00", time_zone="UTC", duration=30)

    assert updated["end_time"] == "2026-01-06 10:30:00"
    assert (updated["subject"], updated["security_pin"], updated["mute_mode"]) == ("Two", None, "conversation")
    assert (updated["participant_emails"], updated["participants"]) == ([], made["participants"][:1])
    assert account.fetch(made) == updated


@pytest.mark.parametrize(("made_with", "updated_with"), [(True, False), (False, True)])
def test_the_access_code_keeps_through_updates(account: Account, made_with: bool, updated_with: bool) -> None:
    made = account.create(one_time_access_code=made_with)

    updated = account.update(made, one_time_access_code=updated_with)

    assert updated["one_time_access_code"] == made["one_time_access_code"]
    assert updated["room_url"] == made["room_url"]
    assert updated["moderator_token"] == made["moderator_token"]


def test_a_pin_can_not_be_added_to_a_dedicated_room(account: Account) -> None:
    made = account.create(one_time_access_code=False)
    fields = meeting(conference_id=made["conference_id"], security_pin="1234")
    del fields["host_id"]

    status, content = account.post("conference/update", **fields)

    assert (status, content) == (400, {"message": "Must enable one_time_access_code to use security_pin"})


def test_only_a_series_takes_a_schedule_later(account: Account) -> None:
    made = account.create()
    fields = meeting(conference_id=made["conference_id"], schedule="FREQ=DAILY")
    del fields["host_id"]

    status, content = account.post("conference/update", **fields)

    assert (status, content) == (400, {"message": "Can only include schedule details in the master conference"})


def test_a_cancelled_conference_is_gone(account: Account) -> None:
    made = account.create()

    account.cancel(made)

    gone = (404, {"message": "Conference not found"})
    assert account.post("conference/fetch", conference_id=made["conference_id"]) == gone
    assert account.post("conference/cancel", conference_id=made["conference_id"]) == gone
    assert made["conference_id"] not in [one["conference_id"] for one in account.listing()]


def test_a_start_in_a_dst_gap_moves_on_with_it(account: Account) -> None:
    made = account.create(start="2026-03-29 02:30:00")

    assert (made["start"], made["end_time"]) == ("2026-03-29 03:30:00", "2026-03-29 04:30:00")


def test_a_conference_is_active_while_it_runs(seed: Path) -> None:
    clock = MovableClock()
    with running(Settings(seed=seed, clock=clock)) as sandbox:
        account = Account(sandbox)
        made = account.create(start="2026-01-01 00:30:00", time_zone="UTC", duration=20)
        told = [made["active"]]
        for _ in range(2):
            clock.advance(minutes=30)
            told.append(account.fetch(made)["active"])

    assert told == [False, True, False]


@pytest.mark.parametrize(("refuse", "status"), [(False, 200), (True, 400)])
def test_whether_a_start_in_the_past_is_refused_is_a_setting(seed: Path, refuse: bool, status: int) -> None:
    clock = MovableClock()
    with running(Settings(seed=seed, clock=clock, refuse_past_start=refuse)) as sandbox:
        account = Account(sandbox)
        soon = account.create(start="2026-01-01 00:10:00", time_zone="UTC")
        clock.advance(minutes=20)
        told = account.post("conference/create", **meeting(start="2025-12-31 09:00:00"))
        unchanged = account.update(soon, start="2026-01-01 00:10:00", time_zone="UTC", subject="Later")

    assert told[0] == status
    assert unchanged["subject"] == "Later"


def test_a_host_has_the_documented_shape(account: Account, sandbox: RunningSandbox) -> None:
    host = HostResponse.model_validate(account.accepted("host/fetch", host_id=9))
    summaries = [HostSummary.model_validate(one) for one in account.accepted("host/fetch_all")]

    assert host.access_code is not None
    assert (host.email, host.time_zone, host.access_code.number) == ("alice@example.com", "UTC", "1001")
    assert [one.access_code for one in summaries] == ["1001", "1002"]
    assert summaries[0].meeting_url == host.meeting_url == f"{sandbox.url}/conf/call/1001"

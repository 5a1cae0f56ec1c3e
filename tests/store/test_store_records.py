from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, Text, literal, update

from calbridge.core.model import CalendarObject, HostProfile
from calbridge.core.problem import Problem
from calbridge.core.remembered import Absence, Exceptional, Intent, Mapping, Memory, Refusal, WriteState
from calbridge.errors import StoreError
from calbridge.store import Entry, HostRecord, Seen, Store, StoredObject, tables

ZONES = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Monrovia",
    "Etc/GMT+5",
]
NAIVE = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1))  # noqa: DTZ001 - hypothesis adds the zones

instants = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - likewise
wall_clocks = st.builds(
    lambda naive, zone, fold: naive.replace(tzinfo=ZoneInfo(zone), fold=fold),
    NAIVE,
    st.sampled_from(ZONES),
    st.integers(0, 1),
)
names = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too: bytes that were no UTF-8
plain = st.text(max_size=20)
numbers = st.integers(0, 2**62)
problems = st.builds(Problem, names, plain, plain, plain)

mappings = st.builds(
    Mapping,
    host_id=numbers,
    uid=names,
    part=plain,
    gen=numbers,
    conference_id=numbers,
    room_url=plain,
    sent=plain,
    timing=plain,
    rule=plain,
    anchor=wall_clocks,
    until=st.none() | wall_clocks,
    calendar=plain,
    href=plain,
    policy=plain,
    subject=names,
    minutes=numbers,
    schedule=st.none() | plain,
    tier=st.integers(1, 5),
    recurrence_text=st.none() | names,
    security_pin=st.none() | plain,
    dial_in=st.none() | plain,
)
exceptionals = st.builds(Exceptional, numbers, names, numbers, plain, st.none() | numbers, sent=plain)
intents = st.builds(Intent, plain, numbers, names, plain, numbers, instants, numbers)
refusals = st.builds(Refusal, numbers, names, plain, plain, problems)
absences = st.builds(Absence, numbers, names, since=instants, passes=numbers)
write_states = st.builds(WriteState, plain, plain, st.frozensets(plain), st.none() | plain, st.none() | problems)
profiles = st.builds(
    HostProfile, id=numbers, email=plain, name=plain, zone=st.none() | plain, access_code=st.none() | plain
)
entries = st.builds(Entry, instants, numbers, plain, names, plain, plain, st.none() | numbers, names)


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (Mapping, tables.mappings),
        (Exceptional, tables.exceptional),
        (Intent, tables.intents),
        (Refusal, tables.refusals),
        (Absence, tables.absences),
        (WriteState, tables.write_states),
        (HostRecord, tables.hosts),
    ],
)
def test_a_record_is_its_tables_columns(record: type[Mapping], table: Table) -> None:
    assert [field.name for field in fields(record)] == [column.name for column in table.c]


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    with Store.memory() as store:
        yield store


@given(mapping=mappings)
def test_a_mapping_comes_back(shared: Store, mapping: Mapping) -> None:
    shared.meetings.save_mapping(mapping)
    (found,) = shared.meetings.memories(mapping.host_id)[mapping.uid].mappings
    shared.meetings.forget(mapping.host_id, mapping.uid)

    assert found == mapping
    assert found.anchor.tzinfo is mapping.anchor.tzinfo
    assert found.anchor.astimezone(UTC) == mapping.anchor.astimezone(UTC)  # equal by fold, too


@given(instance=exceptionals, intent=intents, refusal=refusals, absence=absences)
def test_what_belongs_to_a_meeting_comes_back(
    shared: Store, instance: Exceptional, intent: Intent, refusal: Refusal, absence: Absence
) -> None:
    expected = Memory(
        exceptional=(replace(instance, host_id=1, uid="u"),),
        intents=(replace(intent, host_id=1, uid="u"),),
        refusals=(replace(refusal, host_id=1, uid="u"),),
        absence=replace(absence, host_id=1, uid="u"),
    )
    save_all(shared, expected)
    found = shared.meetings.memories(1)
    shared.meetings.forget(1, "u")

    assert found == {"u": expected}


def save_all(store: Store, memory: Memory) -> None:
    store.meetings.save_exceptional(*memory.exceptional)
    store.meetings.save_intents(memory.intents)
    for refusal in memory.refusals:
        store.meetings.save_refusal(refusal)
    assert memory.absence is not None
    store.meetings.save_absence(memory.absence)


@given(state=write_states)
def test_a_write_state_comes_back(shared: Store, state: WriteState) -> None:
    shared.calendars.save_write_state(state)

    assert shared.calendars.write_state(state.calendar, state.href) == state


@given(profile=profiles, name=plain, at=instants)
def test_a_host_comes_back(shared: Store, profile: HostProfile, name: str, at: datetime) -> None:
    shared.journal.save_profile(profile, name)
    shared.journal.save_pass(profile.id, name, at)
    shared.journal.save_listing(profile.id, name, at)

    assert shared.journal.host(profile.id) == HostRecord(profile.id, name, at, at, profile)


@given(entry=entries)
def test_an_entry_comes_back(shared: Store, entry: Entry) -> None:
    shared.journal.record(entry)

    assert shared.journal.entries(entry.uid)[-1] == entry


@given(body=st.binary(), etag=st.none() | plain, uid=names, href=plain)
def test_an_object_comes_back_byte_for_byte(shared: Store, body: bytes, etag: str | None, uid: str, href: str) -> None:
    shared.calendars.claim("calendar", 1)
    written = CalendarObject("calendar", href, etag, body)
    shared.calendars.put_object(Seen(written, uid, asks=True))

    assert shared.calendars.object("calendar", href) == StoredObject(written, uid, existing=False)


@pytest.mark.parametrize("fold", [0, 1])
def test_each_of_two_equal_local_times_comes_back_as_itself(shared: Store, fold: int) -> None:
    anchor = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=fold)
    shared.meetings.save_mapping(a_mapping(anchor))

    found = shared.meetings.memories(2)["u"].mappings[0].anchor

    assert (found.fold, found.utcoffset()) == (fold, timedelta(hours=2 - fold))


def test_a_local_time_stays_when_the_rules_of_its_zone_change(shared: Store) -> None:
    shared.meetings.save_mapping(a_mapping(datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Paris"))))
    edit(shared, "anchor", "2026-07-01T09:00:00+01:00[Europe/Paris]")  # as if summer time were new

    found = shared.meetings.memories(2)["u"].mappings[0].anchor

    assert found == datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    "anchor", ["", "tomorrow", "2026-07-01T09:00:00+02:00[Europe/Atlantis]", "2026-07-01T09:00:00[..]"]
)
def test_a_value_that_we_never_wrote_is_a_problem(shared: Store, anchor: str) -> None:
    shared.meetings.save_mapping(a_mapping(datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Paris"))))
    edit(shared, "anchor", anchor)

    with pytest.raises(StoreError) as failed:
        shared.meetings.memories(2)

    assert failed.value.problem.rule == "store.corrupt"


def a_mapping(anchor: datetime) -> Mapping:
    return Mapping(
        2, "u", "m", 1, 4711, "https://acme.example.com/r", True, True, "", "", "", anchor, None, "c", "h", "p"
    )


def edit(store: Store, column: str, value: str) -> None:
    statement = update(tables.mappings).values({column: literal(value, Text)})
    store._database.run(statement)

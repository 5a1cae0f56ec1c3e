"""Which conferences a meeting wants, and by what it is known that one says something else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.planning import NOW, PARIS, POLICY, at, meeting, moved, out, weekly

from calbridge.core.conferences import wanted
from calbridge.core.marker import Marker
from calbridge.core.model import Fields, Meeting, Settings
from calbridge.core.policy import ConferencePolicy
from calbridge.core.problem import Misfit
from calbridge.core.wanted import (
    Sent,
    Wanted,
    end_of,
    fields_fingerprint,
    fields_of,
    rule_fingerprint,
    terms_of,
    zoned,
)

SIGN = Marker("main", "a" * 26, "m", 1)


def want(
    found: Meeting, *, now: datetime = NOW, anchor: tuple[str, datetime] | None = None, cancelled: tuple[str, ...] = ()
) -> tuple[Wanted, ...]:
    sent = {} if anchor is None else {"m": Sent(*anchor, schedule=None, tier=1)}
    result = wanted(found, policy=ConferencePolicy(), sent=sent, cancelled=frozenset(cancelled), now=now)
    assert not isinstance(result, Misfit)
    return result


def parts(found: tuple[Wanted, ...]) -> list[str]:
    return [w.part for w in found]


def test_a_single_event_wants_one_conference_that_ends_with_it() -> None:
    [one] = want(meeting(minutes=90))
    assert (one.part, one.schedule, one.tier) == ("m", None, 1)
    assert one.until == at(10, 11, 30)


@pytest.mark.parametrize(("minutes", "count"), [(59, 1), (60, 0)])
def test_a_running_event_is_wanted_until_it_ends(minutes: int, count: int) -> None:
    assert len(want(meeting(), now=at(10) + timedelta(minutes=minutes))) == count


def test_the_end_is_elapsed_time_across_the_change_of_the_clocks() -> None:
    night = datetime(2026, 3, 29, 1, 30, tzinfo=PARIS)
    assert end_of(night, 60).astimezone(PARIS) == datetime(2026, 3, 29, 3, 30, tzinfo=PARIS)


def test_a_series_wants_one_conference_from_its_next_instance_on() -> None:
    [one] = want(weekly(), now=at(18))
    assert (one.part, one.occasion.start, one.schedule, one.until) == ("m", at(24), "FREQ=WEEKLY;BYDAY=TU", None)


def test_a_series_keeps_the_start_that_was_sent() -> None:
    [one] = want(weekly(), now=at(18), anchor=(rule_fingerprint(weekly()), at(10)))
    assert one.occasion.start == at(10)


def test_a_new_rule_takes_a_new_start() -> None:
    [one] = want(weekly(rule="FREQ=DAILY"), now=at(18), anchor=(rule_fingerprint(weekly()), at(10)))
    assert one.occasion.start == at(18)


def test_a_series_ends_with_its_last_instance() -> None:
    [one] = want(weekly(rule="FREQ=WEEKLY;COUNT=3"))
    assert one.until == at(24, 11)


def test_a_series_is_wanted_until_an_instance_that_was_moved_beyond_its_end() -> None:
    found = weekly(moved(at(17), at(30)), rule="FREQ=WEEKLY;COUNT=2")
    [one] = want(found, now=at(28), anchor=(rule_fingerprint(found), at(10)))
    assert (one.part, one.until, len(one.instances)) == ("m", at(30, 11), 1)


def test_a_series_ends_with_an_instance_that_was_moved_beyond_its_end() -> None:
    [one] = want(weekly(moved(at(17), at(30)), rule="FREQ=WEEKLY;COUNT=3"))
    assert one.until == at(30, 11)


def test_a_series_that_is_over_is_not_wanted() -> None:
    assert want(weekly(rule="FREQ=WEEKLY;COUNT=3"), now=at(25)) == ()


def test_exceptions_are_settled_in_order_and_all_of_them_are_named() -> None:
    [one] = want(weekly(moved(at(31), at(31, 12)), out(at(17)), moved(at(24), at(24, 12))))
    assert [i.instance for i in one.instances] == [at(17), at(24), at(31)]
    assert [i.occasion is None for i in one.instances] == [True, False, False]
    assert one.exceptions == {"20260317T090000Z", "20260324T090000Z", "20260331T080000Z"}


def test_an_exception_that_is_over_stays_one_without_being_settled() -> None:
    anchor = (rule_fingerprint(weekly()), at(10))
    [one] = want(weekly(out(at(17)), moved(at(24), at(24, 12))), now=at(26), anchor=anchor)
    assert one.instances == ()
    assert "20260324T090000Z" in one.exceptions


def test_a_changed_first_instance_is_wanted_apart() -> None:
    main, apart = want(weekly(moved(at(10), at(10, 15))))
    assert (main.occasion.start, apart.part, apart.occasion.start) == (at(17), "20260310T090000Z", at(10, 15))
    assert apart.recurrence_text == "20260310T100000"


def test_an_instance_that_is_wanted_again_after_its_cancel_is_wanted_apart() -> None:
    found = want(weekly(moved(at(17), at(18))), cancelled=("20260317T090000Z",))
    assert parts(found) == ["m", "20260317T090000Z"]
    assert [i.occasion for i in found[0].instances] == [None]


def test_only_what_is_still_to_come_is_wanted_apart() -> None:
    assert parts(want(weekly(moved(at(10), at(10, 15))), now=at(11))) == ["m"]


def test_overrides_without_a_master_are_meetings_of_their_own() -> None:
    alone = replace(weekly(moved(at(17)), out(at(24)), moved(at(31))), master=None, recurrence=None)
    assert parts(want(alone)) == ["20260317T090000Z", "20260331T080000Z"]


def test_a_rule_that_can_not_be_said_is_a_misfit() -> None:
    found = wanted(weekly(rule="FREQ=HOURLY"), policy=ConferencePolicy(), sent={}, cancelled=frozenset(), now=NOW)
    assert isinstance(found, Misfit)


# --- fingerprints ---------------------------------------------------------------------------------------------------


def fields(found: Meeting, settings: Settings | None = None) -> Fields:
    return fields_of(want(found)[0], SIGN, settings or Settings())


@pytest.mark.parametrize(
    "other",
    [
        fields(meeting(subject="Budget")),
        fields(meeting(minutes=61)),
        fields(meeting(start=at(11))),
        fields(meeting(start=at(10).astimezone(UTC))),
        fields(weekly()),
        fields(meeting(), Settings(auto_record="audio")),
        fields(meeting(), Settings(mute_mode="q&a")),
        fields(meeting(), Settings(one_time_access_code=False)),
        replace(fields(meeting()), agenda="another"),
    ],
)
def test_whatever_an_update_can_change_changes_the_fingerprint(other: Fields) -> None:
    assert fields_fingerprint(other) != fields_fingerprint(fields(meeting()))


@pytest.mark.parametrize(
    "settings", [Settings(security_pin="123456"), Settings(secure_url=True), Settings(host_initiated_recording=True)]
)
def test_what_holds_for_new_conferences_only_changes_none(settings: Settings) -> None:
    assert fields_fingerprint(fields(meeting(), settings)) == fields_fingerprint(fields(meeting()))


def test_a_new_name_is_no_new_timing() -> None:
    before, after = (terms_of(want(m)[0], fields(m), m, POLICY, "s", 1) for m in (meeting(), meeting(subject="Budget")))
    assert (before.timing, before.rule) == (after.timing, after.rule)
    assert before.sent != after.sent


@pytest.mark.parametrize(
    "other", [weekly(rule="FREQ=DAILY"), weekly(start=at(11)), weekly(start=at(10).astimezone(UTC))]
)
def test_rule_start_and_zone_are_the_rule(other: Meeting) -> None:
    assert rule_fingerprint(other) != rule_fingerprint(weekly())


def test_exceptions_are_not_the_rule() -> None:
    assert rule_fingerprint(weekly(out(at(17)))) == rule_fingerprint(weekly())


def test_participants_are_sent_only_where_they_are_wanted() -> None:
    [one] = want(replace(meeting(), master=replace(meeting().master, participants=("bob@example.com",))))  # type: ignore[type-var]  # it has a master
    sent = [fields_of(one, SIGN, Settings(participant_emails=wish)).settings.participant_emails for wish in (None, ())]
    assert sent == [None, ("bob@example.com",)]


def test_a_start_is_told_in_local_time_and_its_zone() -> None:
    assert zoned(at(10)) == ("2026-03-10 10:00:00", "Europe/Paris")
    assert zoned(datetime(2026, 3, 10, 9, tzinfo=UTC)) == ("2026-03-10 09:00:00", "UTC")

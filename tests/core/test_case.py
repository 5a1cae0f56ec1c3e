"""One meeting's case: its settings, its links, and how a draft speaks of it."""

from dataclasses import replace

import pytest
from support.carrying_out import settled
from support.planning import POLICY, SELECTED, Scene, at, meeting, moved, scene, sign, weekly

from calbridge.core.case import Case, Draft
from calbridge.core.policy import ConferencePolicy
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import Refusal

MISFIT = Misfit("rule.id", "the reason", "the hint")


def case(one: Scene) -> Case:
    return Case(one.meeting, one.source, one.memory, one.state, one.context)


@pytest.mark.parametrize(
    ("configured", "one_time", "drawn", "sent"),
    [
        ("none", True, None, None),
        ("random", True, None, None),
        ("random", True, "123456", "123456"),
        ("246810", True, None, "246810"),
        ("246810", False, None, None),  # a dedicated room has its own
        ("random", False, "123456", None),
    ],
)
def test_a_pin_is_the_drawn_one_or_the_configured_digits(
    configured: str, one_time: bool, drawn: str | None, sent: str | None
) -> None:
    policy = replace(POLICY, conference=ConferencePolicy(security_pin=configured))
    assert case(scene(policy=policy)).settings(one_time=one_time, security_pin=drawn).security_pin == sent


def test_settings_are_the_configured_ones() -> None:
    configured = ConferencePolicy(auto_record="audio", auto_stream="video", auto_transcribe=True, mute_mode="q&a")
    settings = case(scene(policy=replace(POLICY, conference=configured))).settings(one_time=False)
    assert (settings.auto_record, settings.auto_stream, settings.auto_transcribe) == ("audio", "video", True)
    assert (settings.mute_mode, settings.one_time_access_code) == ("q&a", False)


@pytest.mark.parametrize(("dial_in", "shown"), [(True, "+1 2, 3#"), (False, None)])
def test_a_link_shows_the_telephone_where_the_policy_says_so(dial_in: bool, shown: str | None) -> None:
    policy = replace(POLICY, writeback=replace(POLICY.writeback, dial_in=dial_in))
    one = settled(policy=policy)
    link = case(one).link(replace(one.mapping, dial_in="+1 2, 3#", security_pin="123456"))
    assert (link.reference, link.room_url, link.security_pin) == (sign(), one.mapping.room_url, "123456")
    assert link.dial_in == shown


def test_only_what_is_live_is_in_use() -> None:
    one = settled()
    old, lost = replace(one.mapping, state="retired"), replace(one.mapping, gen=2, state="lost")
    states = (old, lost, replace(one.mapping, gen=3))
    assert [m.gen for m in case(one.remembers(mappings=states)).live.values()] == [3]


def test_exceptions_are_those_of_the_series_own_generation() -> None:
    one = settled(weekly(moved(at(17), at(18))))
    found = case(one)
    assert [e.instance for e in found.exceptional(one.mapping)] == ["20260317T090000Z"]
    assert found.exceptional(replace(one.mapping, gen=2)) == ()
    assert found.exceptional(replace(one.mapping, part="20260310T090000Z")) == ()


def test_a_draft_says_where() -> None:
    draft = Draft(case(scene()))
    draft.skip("20260317T100000", MISFIT)
    draft.trouble(None, MISFIT)
    assert draft.plan().skipped[0].problem.where == "https://dav.example.com/alice/work/ a 20260317T100000"
    assert draft.plan().problems[0].where == "https://dav.example.com/alice/work/ a"


@pytest.mark.parametrize(
    ("part", "sent", "full", "refused"),
    [("m", "s", False, True), ("m", "other", False, False), ("1", "s", False, False), ("m", "s", True, False)],
)
def test_only_the_very_same_request_counts_as_refused(part: str, sent: str, full: bool, refused: bool) -> None:
    problem = Problem("a", "conference.refused", "no", "none")
    one = replace(scene().remembers(refusals=(Refusal(9, "a", "m", "s", problem),)), full=full)
    draft = Draft(case(one))
    assert draft.refused(part, sent) == refused
    assert draft.problems == ([problem] if refused else [])


def test_terms_say_what_selected_the_event() -> None:
    assert settled(meeting()).mapping.policy == SELECTED

"""What an action promises to be remembered, and where it stands in a plan."""

from dataclasses import fields, replace

import pytest
from support.carrying_out import settled
from support.planning import at, meeting, moved, out, scene, weekly

from calbridge.core.actions import Adopt, Create, Looks, Terms, Update, order
from calbridge.core.model import Meeting
from calbridge.core.remembered import Mapping, Memory


def promised() -> tuple[Mapping, Terms]:
    """A mapping, and the terms of an update of it."""
    before = settled(weekly())
    master = replace(before.meeting, master=meeting(subject="Budget", minutes=90).master)
    [update] = [a for a in before.becomes(master).plan().actions if isinstance(a, Update)]
    return before.mapping, update.terms


def test_the_mapping_of_a_create_is_its_terms_and_the_conference() -> None:
    [create] = [a for a in scene(weekly()).plan().actions if isinstance(a, Create)]
    mapping = create.terms.mapping(7, "https://x/7", created=True, security_pin="123456", dial_in="+1, 2#")
    assert all(getattr(mapping, f.name) == getattr(create.terms, f.name) for f in fields(Terms))
    assert (mapping.conference_id, mapping.room_url, mapping.security_pin, mapping.dial_in, mapping.state) == (
        7,
        "https://x/7",
        "123456",
        "+1, 2#",
        "live",
    )


def test_an_update_renews_what_was_sent_and_keeps_what_the_conference_is() -> None:
    mapping, terms = promised()
    kept = replace(mapping, created=False, security_pin="1", dial_in="2", conference_id=5, room_url="https://x")
    renewed = terms.renewed(kept)
    assert (renewed.subject, renewed.minutes, renewed.sent) == ("Budget", 90, terms.sent)
    assert replace(renewed, subject=mapping.subject, minutes=60, sent=mapping.sent) == kept


@pytest.mark.parametrize("wanted", [meeting(), weekly()])
def test_an_adopted_conference_that_fits_is_remembered_as_if_it_had_been_sent(wanted: Meeting) -> None:
    before = settled(wanted)
    [adopt] = [a for a in replace(before, memory=Memory()).looking().plan().actions if isinstance(a, Adopt)]
    unknown = replace(before.mapping, created=False, secure_url=None, host_initiated_recording=None)
    assert adopt.mapping() == unknown


def test_one_that_does_not_fit_is_remembered_as_it_is_and_as_never_sent() -> None:
    before = replace(settled(), memory=Memory()).becomes(weekly()).looking()
    [adopt] = [a for a in before.plan().actions if isinstance(a, Adopt)]
    mapping = adopt.mapping()
    assert (mapping.sent, mapping.timing, mapping.recurring) == ("", "", False)


def test_the_order_of_one_meeting_is_the_order_in_which_it_is_shown() -> None:
    plan = scene(weekly(moved(at(17), at(30)), out(at(24)), moved(at(31), at(31, 8)))).plan()
    shown = [(type(a).__name__, getattr(a, "instance", None)) for a in sorted(plan.actions, key=order)]
    assert shown == [
        ("Create", None),
        ("UpdateInstance", at(17)),
        ("CancelInstance", at(24)),
        ("UpdateInstance", at(31)),
        ("WriteBack", None),
    ]


def test_looks_add_up() -> None:
    both = Looks(listing=True) | Looks(proofs=frozenset("a")) | Looks(proofs=frozenset("b"))
    assert both == Looks(listing=True, proofs=frozenset("ab"))
    assert [bool(x) for x in (Looks(), Looks(listing=True), Looks(proofs=frozenset("a")))] == [False, True, True]

"""The main job on the two servers that come from Debian's packages: run by .ci/run, skipped without them."""

from collections.abc import Iterator

import pytest
from support.bridge import Bridge
from support.caldav_servers import Server, request
from support.debian_servers import debian_or_skip
from support.ical import unfolded, vevent
from support.main_job import AGENDA, MainJob, invite_bob
from support.own_calendars import OwnCalendars


@pytest.mark.servers
class TestOnCyrus(MainJob):
    """Rewrites what it stores, puts invitations into attendees' calendars."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        """One server for all tests."""
        with debian_or_skip("cyrus") as running:
            yield running

    def test_an_answer_that_could_be_compressed_still_has_an_etag_to_write_with(
        self, bridge: Bridge, dav: OwnCalendars
    ) -> None:
        bridge.put("plan", vevent(AGENDA))
        assert dav.etag("work/plan", encoding="gzip").startswith("W/")
        assert bridge.settle().puts == ("plan",)

    def test_an_invitation_and_its_room_are_delivered(
        self, bridge: Bridge, dav: OwnCalendars, bobs: OwnCalendars
    ) -> None:
        invite_bob(bridge)
        [href] = bobs.etags()
        bridge.settle()
        status, copy = request(dav.url(href), "GET", "bob")
        assert status == 200
        assert bridge.room("plan") in unfolded(copy)

    def test_a_reply_that_arrives_while_we_write_is_kept(
        self, bridge: Bridge, dav: OwnCalendars, bobs: OwnCalendars
    ) -> None:
        invite_bob(bridge)
        [href] = bobs.etags()
        bridge.wires.before_put = lambda: accept(dav.url(href))
        bridge.settle()
        assert bridge.platform_rooms() == [bridge.room("plan")]
        assert "PARTSTAT=ACCEPTED" in bridge.text("plan")

    def test_a_reply_is_no_edit(self, bridge: Bridge, dav: OwnCalendars, bobs: OwnCalendars) -> None:
        invite_bob(bridge)
        bridge.settle()
        [href] = bobs.etags()
        accept(dav.url(href))
        assert "PARTSTAT=ACCEPTED" in bridge.text("plan")
        assert bridge.sync().is_quiet


def accept(url: str) -> None:
    """Do what bob's calendar app does: change the copy, so that the server tells the organizer."""
    _, copy = request(url, "GET", "bob")
    text = unfolded(copy).replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
    status, answer = request(url, "PUT", "bob", text.replace("\n", "\r\n"))
    assert status in (201, 204), answer


@pytest.mark.servers
class TestOnSabreDav(MainJob):
    """Wants Digest, knows ctags and no sync-tokens, stores what it gets."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Server]:
        """One server for all tests."""
        with debian_or_skip("sabredav") as running:
            yield running

"""Real passes over a server that sends damaged objects and cut XML: no crash, no write, and then all is well."""

import html
import os
import re
from collections.abc import Callable
from random import Random

from fuzz.mutations import mutated
from support.bridge import Dav
from support.desk import Desk, event
from support.gate import Gate, gate
from support.ical import calendar_object

from calbridge.core.soundness import unsound
from calbridge.sandbox import RunningSandbox

COUNT = int(os.environ.get("CALBRIDGE_FUZZ_PASSES", "15"))
_TEXT = re.compile(rb"BEGIN:VCALENDAR.*?END:VCALENDAR\s*", re.DOTALL)
_ETAG = re.compile(rb"(?<=getetag>)[^<]*[0-9a-f](?=[^0-9a-f<]*<)")


def _damaged(number: int) -> Callable[[bytes], bytes]:
    """What the server answers: every object is another version, and damaged; now and then the XML is cut."""
    random = Random(number)

    def edit(body: bytes) -> bytes:
        if body.startswith(b"BEGIN:VCALENDAR"):
            return _unsound(body, random)
        body = _ETAG.sub(lambda found: found[0] + b"%x" % number, body)
        body = _TEXT.sub(lambda found: _in_xml(found[0], random), body)
        return body[: random.randrange(len(body))] if random.random() < 0.1 else body

    return edit


def _unsound(body: bytes, random: Random) -> bytes:
    """Mutate until anybody can see that it is damaged: what else changes may be an edit, and is followed."""
    damaged = mutated(body, random)
    while unsound(damaged) is None or not damaged.startswith(b"BEGIN:VCALENDAR"):
        damaged = mutated(body, random)
    return damaged


def _in_xml(text: bytes, random: Random) -> bytes:
    """The same within XML, which can't hold everything that a file can."""
    damaged = _unsound(html.unescape(text.decode()).encode(), random).decode("utf-8", "replace")
    return html.escape("".join(c for c in damaged if c.isprintable() or c in "\r\n\t")).encode()


def test_damaged_answers_end_nothing_and_leave_nothing_behind(
    desk: Desk, alice: Dav, bob: Dav, sandbox: RunningSandbox
) -> None:
    for name, *more in (("One",), ("Weekly", "RRULE:FREQ=WEEKLY"), ("Some", "RRULE:FREQ=MONTHLY;BYMONTHDAY=3,9,22")):
        alice.put(f"work/{name}", calendar_object(event(name, *more)))
    desk.more = '[safety]\ncancel_grace = "0s"'
    with gate(alice.root) as through:
        desk.host("alice", 9, alice, url=f"{through.url}/{alice.user}/")
        assert desk.run("sync").code == 0
        before = (len(sandbox.writes()), _puts(through))
        unreadable = 0
        for number in range(COUNT):
            through.edit = _damaged(number)
            ran = desk.run("sync", "--json")
            assert "internal.error" not in ran.out, number
            unreadable += ran.out.count('"event.syntax"')
        assert unreadable > COUNT
        through.edit = lambda body: body
        last = [desk.run("sync", "--full", "--json") for _ in range(2)][-1]
        assert (last.code, last.host("alice")["actions"]) == (0, [])
        assert (len(sandbox.writes()), _puts(through)) == before


def _puts(through: Gate) -> int:
    return sum(request.method == "PUT" for request in through.requests)

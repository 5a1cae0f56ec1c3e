"""What is ours comes, changes and goes; nothing else moves by a byte."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from urllib.parse import quote, unquote

import pytest

from calbridge.core.block import END, START, squeezed
from calbridge.core.contentline import components, escape, parse, unescape, unfold
from calbridge.core.invite import check_room_url, encoded_url, lacking, written
from calbridge.core.link import Link, Links
from calbridge.core.policy import Writeback

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
QUIET = Writeback(notify="never")
LINK = Link("cb1-main-abc-m.1", "https://rooms.example.com/abc")
OTHER = Link("cb1-main-abc-m.2", "https://rooms.example.com/new", "12;34", "+49 30 1234")
BARE = Writeback(
    description=False, location="never", conference_property=False, microsoft_property=False, notify="never"
)


def event(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT")).encode()


def put(body: bytes, links: Links | Link | None, writeback: Writeback = QUIET, **given: object) -> bytes:
    links = {} if links is None else {None: links} if isinstance(links, Link) else links
    terms = {"language": "en", "keyword": "@meet", "now": NOW, **given}
    return written(body, links, writeback=writeback, **terms)  # type: ignore[arg-type]  # one table for all tests


def values(body: bytes, name: str, number: int = 0) -> list[str]:
    lines = components(body, "VEVENT")[number].properties
    return [unescape(parse(unfold(body[at.start : at.end]).content).value) for at in lines if at.name == name]


PLACES = [
    ([], "if-empty", [LINK.room_url], []),
    ([], "never", [], []),
    ([""], "if-empty", [LINK.room_url], ["\n"]),
    (["@meet"], "if-empty", [LINK.room_url], ["@meet"]),
    (["@Meet:room"], "if-empty", [LINK.room_url], ["@Meet:room"]),
    (["Room 5\\, left"], "if-empty", ["Room 5, left"], []),
    (["@meet Room 5"], "if-empty", ["@meet Room 5"], []),
    (["@meeting"], "if-empty", ["@meeting"], []),
    (["Room 5\\, left"], "always", [LINK.room_url], ["Room 5, left"]),
    (["@meet"], "never", ["@meet"], []),
]


@pytest.mark.parametrize("name", ["LOCATION", "URL"])
@pytest.mark.parametrize(("before", "mode", "after", "former"), PLACES)
def test_a_place_is_taken_as_configured_and_given_back(
    name: str, before: list[str], mode: str, after: list[str], former: list[str]
) -> None:
    body = event(*(f"{name};X-A=b:{value}" for value in before), "SUMMARY:x")
    writeback = replace(BARE, **{name.lower(): mode})  # type: ignore[arg-type]  # a table of literals
    result = put(body, LINK, writeback)
    assert values(result, name) == after
    assert values(result, f"X-CALBRIDGE-WAS-{name}") == former
    assert put(result, None, writeback) == body


def test_a_place_that_a_user_changed_stays_hers_and_the_former_one_is_forgotten() -> None:
    body = put(event("LOCATION:@meet"), LINK)
    edited = body.replace(b"LOCATION:https://rooms.example.com/abc", b"LOCATION:Room 5")
    assert values(put(edited, LINK), "LOCATION") == ["Room 5"]
    assert b"LOCATION:Room 5" in put(edited, None)
    assert b"WAS" not in put(edited, None)


def test_a_keyword_does_not_come_back_where_the_user_took_the_place_out() -> None:
    body = put(event("LOCATION:@meet"), LINK).replace(b"LOCATION:https://rooms.example.com/abc\r\n", b"")
    assert b"@meet" not in put(body, None)


def test_a_new_room_replaces_the_old_one_everywhere() -> None:
    body = event("DESCRIPTION:Hi", "LOCATION:@meet", "URL:")
    writeback = replace(QUIET, url="if-empty")
    result = put(put(body, LINK, writeback), OTHER, writeback)
    assert LINK.room_url.encode() not in result
    assert result == put(body, OTHER, writeback)


@pytest.mark.parametrize("name", ["CONFERENCE;VALUE=URI", "X-MICROSOFT-SKYPETEAMSMEETINGURL"])
def test_somebody_else_s_link_is_never_touched(name: str) -> None:
    body = event(f"{name}:https://teams.example.com/1")
    result = put(put(body, LINK), OTHER)
    assert f"{name}:https://teams.example.com/1\r\n".encode() in result
    assert put(result, None) == body


def test_each_event_gets_its_own_link_or_the_master_s_and_a_cancelled_one_none() -> None:
    body = event("SUMMARY:a") + event("RECURRENCE-ID:20260101T100000") + event("recurrence-id;X=1:20260102t100000")
    body += put(event("RECURRENCE-ID:20260103T100000"), LINK).replace(b"END:VEVENT", b"STATUS:cancelled\r\nEND:VEVENT")
    result = put(body, {None: LINK, "20260102T100000": OTHER})
    shown = [values(result, "X-CALBRIDGE-REF", number) for number in range(4)]
    assert shown == [[LINK.reference], [LINK.reference], [OTHER.reference], []]


def test_without_a_master_s_link_only_events_with_their_own_have_one() -> None:
    body = put(event("SUMMARY:a") + event("RECURRENCE-ID:20260101T100000"), LINK)
    result = put(body, {"20260101T100000": LINK})
    assert [values(result, "X-CALBRIDGE-REF", number) for number in range(2)] == [[], [LINK.reference]]


STAMPS = ("DTSTAMP:20250101T000000Z", "LAST-MODIFIED:20250101T000000Z", "SEQUENCE:3")


@pytest.mark.parametrize(
    ("notify", "first", "link", "result", "told"),
    [
        ("once", None, LINK, "20260102T030405Z", True),
        ("once", LINK, OTHER, "20260102T030405Z", True),
        ("once", LINK, replace(LINK, security_pin="1"), "20250101T000000Z", False),
        ("once", LINK, None, "20250101T000000Z", False),
        ("never", None, LINK, "20250101T000000Z", False),
        ("always", LINK, replace(LINK, security_pin="1"), "20260102T030405Z", True),
        ("always", LINK, None, "20260102T030405Z", True),
    ],
)
def test_stamps_move_as_notify_says(
    notify: str, first: Link | None, link: Link | None, result: str, told: bool
) -> None:
    body = put(event(*STAMPS), first)
    after = put(body, link, Writeback(notify=notify))  # type: ignore[arg-type]  # a table of literals
    assert values(after, "LAST-MODIFIED") == values(after, "DTSTAMP") == [result]
    assert values(after, "SEQUENCE") == ["3"]
    assert put(after, link, Writeback(notify="once"), now=NOW + timedelta(days=1)) == after


def test_a_description_of_ours_goes_as_a_whole_and_an_empty_one_stays() -> None:
    assert b"DESCRIPTION" not in put(put(event(), LINK), None)
    assert b"DESCRIPTION:\r\n" in put(put(event("DESCRIPTION:"), LINK), None)


def test_an_alarm_s_description_is_not_the_event_s() -> None:
    body = event("BEGIN:VALARM", "DESCRIPTION:ring", "END:VALARM")
    result = put(body, LINK)
    assert result.index(b"X-CALBRIDGE-REF") < result.index(b"BEGIN:VALARM")
    assert b"DESCRIPTION:ring\r\nEND:VALARM" in result


def block_texts(body: bytes) -> int:
    return sum(text.count(START) + text.count(END) for text in values(body, "DESCRIPTION"))


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (b"Hi", b"Ho", "Ho"),
        (START.encode(), b"", "Hi"),
        (END.encode(), b"and bring cake", "and bring cake"),
        (END.encode(), END.encode() + b"\\nPS.", "PS."),
        (b"Join", b"Bring cake\\nJoin", "Bring cake"),
        (b"Video conference\\n", b"", "Hi"),
        (b"rooms.example.com", b"evil.example.com", "Hi"),
    ],
)
def test_edits_around_and_inside_the_block_leave_one_block_and_the_user_s_words(
    old: bytes, new: bytes, kept: str
) -> None:
    writeback = replace(BARE, description=True)
    body = put(event("DESCRIPTION:Hi"), LINK, writeback).replace(b"\r\n ", b"").replace(old, new)
    result = put(body, LINK, writeback)
    assert block_texts(result) == 2
    assert kept in values(result, "DESCRIPTION")[0]
    assert LINK.room_url in values(result, "DESCRIPTION")[0]
    assert put(result, LINK, writeback) == result


def test_whatever_piece_a_user_cuts_out_of_the_block_one_write_makes_it_whole_again() -> None:
    text = values(put(event("DESCRIPTION:Hi"), OTHER), "DESCRIPTION")[0]
    block = text.removeprefix("Hi\n\n")
    ours = (f"X-CALBRIDGE-URL:{OTHER.room_url}", f"X-CALBRIDGE-REF:{OTHER.reference}")
    for start, end in combinations(range(4, len(text) + 1), 2):
        cut = event(f"DESCRIPTION:{escape(f'{text[:start]}{text[end:]}{chr(10)}bye')}", *ours)
        [again] = values(put(cut, OTHER), "DESCRIPTION")
        assert put(put(cut, OTHER), OTHER) == put(cut, OTHER), (start, end)
        assert squeezed(again).count(squeezed(block)) == 1, (start, end)
        assert again.startswith("Hi\n\n"), (start, end)
        assert "bye" in again.splitlines(), (start, end)


@pytest.mark.parametrize("left", [START[:-8], START[:-1], START[:13], START[14:], ":::"])
def test_what_is_left_of_a_delimiter_goes_with_the_block(left: str) -> None:
    text = values(put(event("DESCRIPTION:Hi"), OTHER), "DESCRIPTION")[0]
    for delimiter in (START, END):
        cut = text.replace(delimiter, left.replace("calb", "/calb") if delimiter == END else left)
        body = event(f"DESCRIPTION:{escape(cut)}", f"X-CALBRIDGE-URL:{OTHER.room_url}")
        assert values(put(body, None), "DESCRIPTION")[0].strip() == "Hi"


def test_a_block_whose_delimiters_a_user_took_out_is_not_doubled() -> None:
    body = put(event("DESCRIPTION:Hi"), LINK).replace(b"\r\n ", b"")
    bare = body.replace(f"{START}\\n".encode(), b"").replace(f"\\n{END}".encode(), b"\\nBring cake")
    assert values(put(bare, LINK), "DESCRIPTION")[0].count(LINK.room_url) == 1
    assert "Bring cake" in values(put(bare, LINK), "DESCRIPTION")[0]
    assert values(put(bare, None), "DESCRIPTION") == ["Hi\nBring cake"]


@pytest.mark.parametrize("lost", [START, END])
def test_an_html_block_that_lost_a_delimiter_is_not_doubled(lost: str) -> None:
    body = put(event("X-ALT-DESC;FMTTYPE=text/html:<p>Hi</p>", "DESCRIPTION:Hi"), OTHER).replace(b"\r\n ", b"")
    broken = body.replace(f"{lost}".encode(), b"Bring cake", 1)
    result = values(put(broken, OTHER), "X-ALT-DESC")[0]
    assert result.count(f'Join: <a href="{OTHER.room_url}">{OTHER.room_url}</a>') == 1
    assert result.count("Dial in") == result.count("PIN") == 1
    assert "Bring cake" in result
    assert "Bring cake" in values(put(broken, None), "X-ALT-DESC")[0]


def test_two_copies_of_the_block_become_one() -> None:
    body = put(event("DESCRIPTION:Hi"), LINK).replace(b"\r\n ", b"")
    doubled = body.replace(
        b"DESCRIPTION:Hi", b"DESCRIPTION:Hi" + body.partition(b"DESCRIPTION:Hi")[2].partition(b"\r\n")[0]
    )
    assert block_texts(doubled) == 4
    assert block_texts(put(doubled, LINK)) == 2


def test_a_template_s_text_stands_between_the_delimiters() -> None:
    result = put(event(), LINK, replace(QUIET, template="Komm: {{ room_url }}"))
    assert values(result, "DESCRIPTION") == [f"{START}\nKomm: {LINK.room_url}\n{END}"]


def test_a_pin_and_a_dial_in_stand_in_the_block_in_the_host_s_language() -> None:
    result = put(event(), OTHER, language="de-DE")
    inner = f"Videokonferenz\nTeilnehmen: {OTHER.room_url}\nTelefonische Einwahl: +49 30 1234\nPIN: 12;34"
    assert values(result, "DESCRIPTION") == [f"{START}\n{inner}\n{END}"]
    assert b"+49" not in put(event(), OTHER, replace(QUIET, dial_in=False))


HTML = "<html><body>a &amp; <b>ü</b>{}</body></html>"


def test_both_html_texts_get_the_block_and_lose_it() -> None:
    uri = "data:text/html," + quote(HTML.format("x" * 200), safe="'()*!~")
    escaped = HTML.format("\\, b" * 50)
    body = event(f'DESCRIPTION;ALTREP="{uri}":a & ü', f"X-ALT-DESC;FMTTYPE=text/html:{escaped}")
    link = replace(OTHER, security_pin='<"1">')
    result = put(body, link)
    flat = result.replace(b"\r\n ", b"").decode()
    assert unquote(flat).count(f"{START}<br>Video conference") == 2
    assert flat.count('PIN: &lt\\;"1"&gt\\;<br>') == 1
    assert flat.count(quote('PIN: &lt;"1"&gt;<br>', safe="")) == 1
    assert put(result, link) == result
    assert unfold(put(result, None)).content == body


@pytest.mark.parametrize("rewrite", ["<div>{}</div>", "<p class=x>\n{}\n</p>"])
def test_a_block_that_an_html_editor_rewrote_is_the_same_block(rewrite: str) -> None:
    body = put(event("DESCRIPTION:a", "X-ALT-DESC;FMTTYPE=text/html:<body>a</body>"), LINK).replace(b"\r\n ", b"")
    lines = [START, "Video conference", f"Join: <a href=x>{LINK.room_url}</a>", END]
    start, end = body.index(b"<p>"), body.index(b"</p>") + 4
    edited = body[:start] + "".join(rewrite.replace("\n", "").format(line) for line in lines).encode() + body[end:]
    assert put(edited, LINK) == edited
    assert b"calbridge" not in put(edited, None).lower()


def test_what_a_server_is_known_to_drop_is_neither_written_nor_missed() -> None:
    dropped = frozenset({"CONFERENCE", "X-CALBRIDGE-URL"})
    sent = put(event("DESCRIPTION:a"), LINK)
    assert lacking(sent, put(event("DESCRIPTION:a"), LINK, dropped=dropped)) == dropped
    result = put(event("DESCRIPTION:a"), LINK, dropped=dropped)
    assert put(result, LINK, dropped=dropped) == result
    assert put(result, None, dropped=dropped) == event("DESCRIPTION:a")


def test_a_lost_block_and_lost_properties_are_named() -> None:
    body = event("DESCRIPTION:a")
    sent = put(body, LINK)
    assert lacking(sent, sent) == frozenset()
    names = {"DESCRIPTION", "LOCATION", "CONFERENCE", "X-CALBRIDGE-REF", "X-CALBRIDGE-URL"}
    assert lacking(sent, event("DESCRIPTION:other")) == names | {"X-MICROSOFT-SKYPETEAMSMEETINGURL"}
    assert lacking(sent, b"") == frozenset()


@pytest.mark.parametrize(
    ("url", "hosts", "http", "rule"),
    [
        ("https://rooms.example.com/a,b", (), False, None),
        ("https://ROOMS.example.com:8443/a", ("rooms.example.com",), False, None),
        ("http://127.0.0.1:8000/a", (), True, None),
        ("http://rooms.example.com/a", (), False, "room-url.scheme"),
        ("javascript:alert(1)", (), True, "room-url.scheme"),
        ("https:///a", (), False, "room-url.host"),
        ("https://rooms.example.com@evil.example.org/", (), False, "room-url.user-info"),
        ("https://evil.example.org/", ("rooms.example.com",), False, "room-url.foreign-host"),
        ("https://rooms.example.com/a b", (), False, "room-url.characters"),
        ("https://rooms.example.com/\r\nX:1", (), False, "room-url.characters"),
        ("https://rooms.example.com\\@evil.example.org/", (), False, "room-url.characters"),
        ("https://[::1/", (), False, "room-url.malformed"),
        ("https://rooms.example.com:99999/", (), False, "room-url.malformed"),
        ("", (), False, "room-url.scheme"),
    ],
)
def test_only_a_safe_room_url_goes_into_a_calendar(
    url: str, hosts: tuple[str, ...], http: bool, rule: str | None
) -> None:
    misfit = check_room_url(url, room_hosts=hosts, allow_http=http)
    assert (misfit.rule if misfit else None) == rule


def test_what_servers_cut_in_a_uri_is_percent_encoded() -> None:
    assert encoded_url("https://x.example/a,b;c?d=%2C") == "https://x.example/a%2Cb%3Bc?d=%2C"

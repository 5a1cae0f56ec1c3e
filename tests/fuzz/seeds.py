"""Calendar objects that are whole: what apps write, with everything that the bridge looks at somewhere in them."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from support.corpus import CORPUS, objects

ODD = Path(__file__).parents[1] / "data" / "ics"
LARGEST = 20_000
"""Bytes of a corpus object that is worth mutating: of a larger one nothing else is hit."""

FROM_ONE_FILE = 5
"""Objects of one file of the corpus: some files are one program's, a hundred times over."""

_HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n"
_BERLIN = """\
BEGIN:VTIMEZONE\r
TZID:Customized Time Zone 1\r
BEGIN:STANDARD\r
DTSTART:16011028T030000\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:16010325T020000\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
END:DAYLIGHT\r
END:VTIMEZONE\r
"""
_RICH = """\
BEGIN:VEVENT\r
UID:rich@example.com\r
DTSTAMP:20260301T000000Z\r
LAST-MODIFIED:20260301T000000Z\r
SEQUENCE:2\r
SUMMARY:Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}ne Planung\\, lang @meet\r
DTSTART;TZID="Europe/Paris":20260310T100000\r
DURATION:PT1H30M\r
ORGANIZER;CN="Alice, A.":mailto:alice@example.com\r
ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:bob@example.net\r
ATTENDEE;CN=Carol;PARTSTAT=NEEDS-ACTION:mailto:carol@example.net\r
DESCRIPTION;ALTREP="data:text/html,%3Cbody%3EPlease%20read%3Cbr%3Eit%3C%2Fbody%3E":Please read\\nit\\; it is \r
 folded in the middle\\, as lines are that are longer than seventy-five octets: \r
 \N{SNOWMAN}\N{SNOWMAN}\r
X-ALT-DESC;FMTTYPE=text/html:<html><body><p>Please read</p></body></html>\r
LOCATION:Room 4\r
CATEGORIES:Work,Conference\r
X-FOREIGN;X-PARAM="a;b:c":anything\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
DESCRIPTION:Reminder\r
TRIGGER:-PT15M\r
END:VALARM\r
END:VEVENT\r
"""
_SERIES = """\
BEGIN:VEVENT\r
UID:series@example.com\r
SUMMARY:Weekly @meet\r
DTSTART;TZID=Customized Time Zone 1:20260309T100000\r
DTEND;TZID=Customized Time Zone 1:20260309T110000\r
RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=20\r
EXDATE;TZID=Customized Time Zone 1:20260323T100000\r
LOCATION:@meet\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:series@example.com\r
RECURRENCE-ID;TZID=Customized Time Zone 1:20260316T100000\r
SUMMARY:Weekly @meet\\, later\r
DTSTART;TZID=Customized Time Zone 1:20260317T150000\r
DTEND;TZID=Customized Time Zone 1:20260317T160000\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:series@example.com\r
RECURRENCE-ID;TZID=Customized Time Zone 1:20260330T100000\r
STATUS:TENTATIVE\r
SUMMARY:Weekly @meet\r
DTSTART;TZID=Customized Time Zone 1:20260330T110000\r
DTEND;TZID=Customized Time Zone 1:20260330T120000\r
END:VEVENT\r
"""
_OVERRIDE_FIRST = """\
BEGIN:VEVENT
RECURRENCE-ID:20260312T080000Z
UID:upside-down@example.com
SUMMARY:Daily @meet
DTSTART:20260312T090000Z
DTEND:20260312T093000Z
END:VEVENT
BEGIN:VEVENT
UID:upside-down@example.com
SUMMARY:Daily @meet
DTSTART:20260310T080000Z
DTEND:20260310T083000Z
RRULE:FREQ=DAILY;UNTIL=20260401T080000Z
END:VEVENT
"""
_IRREGULAR = """\
BEGIN:VEVENT\r
UID:irregular@example.com\r
SUMMARY:Board @meet\r
DTSTART;TZID=Europe/Paris:20260311T090000\r
DTEND;TZID=Europe/Paris:20260311T100000\r
RRULE:FREQ=MONTHLY;BYMONTHDAY=11,21;COUNT=12\r
RDATE;TZID=Europe/Paris:20260313T090000,20260417T090000\r
END:VEVENT\r
"""
_LONE = """\
BEGIN:VEVENT\r
UID:lone@example.com\r
RECURRENCE-ID;TZID=Europe/Paris:20260318T090000\r
SUMMARY:One of many @meet\r
DTSTART;TZID=Europe/Paris:20260318T093000\r
DTEND;TZID=Europe/Paris:20260318T100000\r
END:VEVENT\r
"""


def own() -> dict[str, bytes]:
    """Our own texts by name, and the odd calendars of `tests/data/ics`."""
    texts = {
        "rich": _HEAD + _RICH,
        "series": _HEAD + _BERLIN + _SERIES,
        "override first": _HEAD.replace("\r", "") + _OVERRIDE_FIRST,
        "irregular": _HEAD + _IRREGULAR,
        "lone": _HEAD + _LONE,
    }
    whole = {name: f"{text}END:VCALENDAR\r\n".encode() for name, text in texts.items()}
    return whole | {file.name: file.read_bytes() for file in sorted(ODD.glob("*.ics"))}


def corpus() -> Iterator[tuple[str, bytes]]:
    """The objects of the corpus; none where it is not here."""
    for file in sorted(CORPUS.rglob("*.ics")):
        for number, source in enumerate(islice(objects(file.read_bytes()), FROM_ONE_FILE)):
            if len(source.body) <= LARGEST:
                yield f"{file.relative_to(CORPUS)}#{number}", source.body

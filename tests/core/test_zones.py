"""TZIDs as calendar programs write them mean IANA zones; what none of them means is a misfit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calbridge.core.problem import Misfit
from calbridge.core.vtimezone import read_vtimezones
from calbridge.core.zones import contradicted, resolve

CENTRAL_EUROPE = (
    "STANDARD 16010101T030000 +0200 +0100 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "DAYLIGHT 16010101T020000 +0100 +0200 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
)
WRONG_HOUR = (
    "STANDARD 19501029T020000 +0200 +0100 RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=10",
    "DAYLIGHT 19500326T020000 +0100 +0200 RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=3",
)
EASTERN_ERAS = (
    "STANDARD 16711029T020000 -0400 -0500 RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "DAYLIGHT 16710404T020000 -0500 -0400 RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4",
    "STANDARD 20071104T020000 -0400 -0500 RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
    "DAYLIGHT 20070311T020000 -0500 -0400 RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
)
OLD_EASTERN = EASTERN_ERAS[:2]
MODERN_EASTERN = (
    "STANDARD 16010101T020000 -0400 -0500 RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
    "DAYLIGHT 16010101T020000 -0500 -0400 RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
)
BY_MONTHDAY = (
    "STANDARD 20001029T020000 -0700 -0800 RRULE:FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=SU",
    "DAYLIGHT 20000402T020000 -0800 -0700 RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU",
)
BY_DATES = (
    "STANDARD 20251026T030000 +0200 +0100 RDATE:20261025T030000,20271031T030000",
    "DAYLIGHT 20260329T020000 +0100 +0200 RDATE:20270328T020000",
)
INDIA = ("STANDARD 19700101T000000 +0530 +0530",)
GULF = ("STANDARD 19110601T000000 +034152 +0400",)
NOWHERE = (
    "STANDARD 20000101T020000 +0300 +0200 RRULE:FREQ=YEARLY;BYDAY=1MO;BYMONTH=8",
    "DAYLIGHT 20000101T020000 +0200 +0300 RRULE:FREQ=YEARLY;BYDAY=1MO;BYMONTH=5",
)
ENDLESS = ("STANDARD 19700101T000000 +0000 +0100 RRULE:FREQ=SECONDLY;INTERVAL=0",)


def vtimezone(tzid: str, observances: tuple[str, ...], *more: str) -> bytes:
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}", *more]
    for observance in observances:
        kind, start, before, after, *rest = observance.split(" ")
        lines += [f"BEGIN:{kind}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", *rest]
        lines.append(f"END:{kind}")
    return "\r\n".join([*lines, "END:VTIMEZONE", ""]).encode()


def key_of(tzid: str, body: bytes = b"", *, year: int = 2026) -> str | None:
    found = resolve(tzid, read_vtimezones(body), year=year)
    return None if isinstance(found, Misfit) else found.key


@pytest.mark.parametrize(
    ("tzid", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ('"America/New York"', "America/New_York"),
        ("US/Pacific", "US/Pacific"),
        ("UTC", "UTC"),
        ("Etc/GMT-2", "Etc/GMT-2"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Tokyo Standard Time", "Asia/Tokyo"),
        ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("/citadel.org/20190914_1/Asia/Tokyo", "Asia/Tokyo"),
        ("/Europe/Stockholm", "Europe/Stockholm"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("posix/Europe/Vaduz", "Europe/Vaduz"),
        ("Europe_Berlin", "Europe/Berlin"),
        ("America_New_York", "America/New_York"),
        ("TZID=Europe/Madrid", "Europe/Madrid"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC-05:00) Eastern Time (US and Canada)", "America/New_York"),
        ("(GMT-08:00) Pacific Time (US & Canada); Tijuana", "America/Los_Angeles"),
        ("(UTC-03:00) Brasília", "America/Sao_Paulo"),
        ("(UTC+05:30) Chennai\\, Kolkata\\, Mumbai\\, New Delhi", "Asia/Kolkata"),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("Kuala Lumpur, Singapore", "Asia/Kuala_Lumpur"),
        ("UTC+11", "Etc/GMT-11"),
        ("GMT+0100", "Etc/GMT-1"),
        ("UTC+05:45", "Asia/Kathmandu"),
        ("(UTC)", "Etc/UTC"),
        ("Z", "UTC"),
        ("W. Europe Standard Time 1", "Europe/Berlin"),
        ("W.Europe Standard Time", "Europe/Berlin"),
        ("Eastern Daylight Time", "America/New_York"),
        ("Eastern Standard Time (Mexico)", "America/Cancun"),
        ("Kamchatka Standard Time", "Asia/Kamchatka"),
        ("Europe/Berlin 1", "Europe/Berlin"),
        ("Europe/Berlin-1", "Europe/Berlin"),
        ("America/New_York (EST)", "America/New_York"),
        ("Asia/Beijing", "Asia/Shanghai"),
        ("Mitteleuropäische Zeit", "Europe/Berlin"),
        ("heure normale d’Europe centrale", "Europe/Paris"),  # noqa: RUF001 - as CLDR writes it
        ("Västeuropa, normaltid", "Europe/Stockholm"),
        ("中国标准时间", "Asia/Shanghai"),
        ("(GMT+01.00) Amsterdam / Berlin / Bern / Rome / Stockholm / Vienna", "Europe/Amsterdam"),
        ("(GMT+01.00) Sarajevo/Warsaw/Zagreb", "Europe/Sarajevo"),
        ("(GMT) Greenwich Mean Time/Dublin/Edinburgh/London", "Europe/London"),
        ("(UTC+01:00) Europe/Berlin", "Europe/Berlin"),
        ("(UTC-11:00) Coordinated Universal Time-11", "Etc/GMT+11"),
        ("(UTC+13:00) Samoa", "Pacific/Apia"),
        ("(UTC+04:00) Moscow, St. Petersburg, Volgograd", "Europe/Moscow"),
        ("(GMT -03:00)", "Etc/GMT+3"),
    ],
)
def test_a_name_alone_says_the_zone(tzid: str, key: str) -> None:
    assert key_of(tzid) == key


@pytest.mark.parametrize(
    "tzid", ["", "FOO", "Customized Time Zone", "CST", "Europe/Germany", "localtime", "UTC+05:20", "UTC+15", "()"]
)
def test_a_name_that_says_nothing_is_a_misfit_that_names_it(tzid: str) -> None:
    found = resolve(tzid, {}, year=2026)
    assert isinstance(found, Misfit)
    assert found.rule == "zone.unknown"
    assert repr(tzid) in found.reason


@pytest.mark.parametrize(
    ("observances", "year", "key"),
    [
        (CENTRAL_EUROPE, 2026, "Europe/Berlin"),
        (WRONG_HOUR, 2021, "Europe/Berlin"),
        (EASTERN_ERAS, 2026, "America/New_York"),
        (OLD_EASTERN, 2005, "America/New_York"),
        (BY_MONTHDAY, 2026, "America/Los_Angeles"),
        (BY_DATES, 2026, "Europe/Berlin"),
        (INDIA, 2026, "Asia/Kolkata"),
        (GULF, 2026, "Etc/GMT-4"),
        (MODERN_EASTERN, 2005, "America/New_York"),
        (OLD_EASTERN, 2026, None),
        (NOWHERE, 2026, None),
        (ENDLESS, 2026, None),
        ((), 2026, None),
    ],
)
def test_a_definition_is_matched_by_its_offsets(observances: tuple[str, ...], year: int, key: str | None) -> None:
    assert key_of("Customized Time Zone 1", vtimezone("Customized Time Zone 1", observances), year=year) == key


def test_a_place_name_wins_over_a_definition_that_says_otherwise() -> None:
    assert key_of("Europe/Berlin", vtimezone("Europe/Berlin", NOWHERE)) == "Europe/Berlin"


def test_a_definition_wins_over_a_vague_name() -> None:
    assert key_of("EST") == "EST"
    assert key_of("EST", vtimezone("EST", EASTERN_ERAS)) == "America/New_York"


def test_a_definition_wins_over_a_word_that_can_not_mean_it() -> None:
    assert key_of("Central") == "US/Central"
    assert key_of("Central", vtimezone("Central", CENTRAL_EUROPE)) == "Europe/Berlin"


def test_a_definition_that_is_cut_short_does_not_overrule_a_zone_list() -> None:
    text = "(UTC+01:00) Amsterdam\\, Berlin"
    assert key_of(text, vtimezone(text, ("STANDARD 16010101T000000 +0100 +0100",))) == "Europe/Amsterdam"


def test_a_zone_that_is_defined_twice_must_be_the_same() -> None:
    assert (
        key_of("Office", vtimezone("Office", EASTERN_ERAS) + vtimezone("Office", MODERN_EASTERN)) == "America/New_York"
    )
    twice = read_vtimezones(vtimezone("Office", EASTERN_ERAS) + vtimezone("Office", CENTRAL_EUROPE))
    found = resolve("Office", twice, year=2026)
    assert isinstance(found, Misfit)
    assert "defined 2 times" in found.reason


def test_a_name_that_its_definition_contradicts_is_told() -> None:
    body = vtimezone("Europe/Berlin", EASTERN_ERAS)
    assert contradicted("Europe/Berlin", read_vtimezones(body), year=2026)
    assert not contradicted("Europe/Berlin", read_vtimezones(vtimezone("Europe/Berlin", CENTRAL_EUROPE)), year=2026)
    assert not contradicted("Europe/Berlin", {}, year=2026)


def test_every_windows_zone_is_known() -> None:
    assert [name for name in WINDOWS_TO_OLSON if key_of(name) is None] == []


def test_libicals_location_says_the_zone_where_several_share_the_offsets() -> None:
    assert key_of("Office", vtimezone("Office", CENTRAL_EUROPE, "X-LIC-LOCATION:Europe/Oslo")) == "Europe/Oslo"


def test_a_definition_that_fits_no_zone_is_not_overruled_by_the_offset_in_its_name() -> None:
    assert key_of("(GMT+02:00)", vtimezone("(GMT+02:00)", NOWHERE)) is None


def test_escapes_and_quotes_do_not_part_a_name_from_its_definition() -> None:
    body = vtimezone("Here\\, there", CENTRAL_EUROPE)
    assert key_of('"Here, there"', body) == "Europe/Berlin"


def test_one_objects_definition_does_not_reach_another() -> None:
    assert key_of("Office", vtimezone("Office", CENTRAL_EUROPE)) == "Europe/Berlin"
    assert key_of("Office", vtimezone("Office", EASTERN_ERAS)) == "America/New_York"
    assert key_of("Office") is None


@given(st.text(max_size=60), st.integers(-5, 12000))
def test_no_name_and_no_year_is_an_exception(tzid: str, year: int) -> None:
    key_of(tzid, vtimezone("Office", CENTRAL_EUROPE), year=year)
    key_of("Office", vtimezone("Office", CENTRAL_EUROPE), year=year)


@given(
    st.lists(
        st.sampled_from(["FREQ=YEARLY", "BYMONTH=13", "BYMONTH=2", "BYDAY=5SU", "BYDAY=-5MO", "COUNT=x", "UNTIL=1"])
    )
)
def test_no_rule_of_a_definition_is_an_exception(parts: list[str]) -> None:
    key_of("Office", vtimezone("Office", (f"STANDARD 20000229T020000 +0300 +0200 RRULE:{';'.join(parts)}",)))

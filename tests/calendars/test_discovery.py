"""From a root URL to the right calendars, on servers with more in them than the real ones at hand."""

import asyncio

import pytest
from support.scripted_server import (
    CALENDAR,
    COLLECTION,
    Reply,
    Request,
    Script,
    Stream,
    etag,
    failed,
    found,
    multistatus,
    scripted,
)

from calbridge.calendars import DavAccount
from calbridge.errors import CalendarDenied, CalendarError, CalendarGarbled, CalendarMissing
from calbridge.ports import Discovery

READ = "<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set>"
WRITE = READ.replace("<d:read/>", "<d:write-content/>")
PRINCIPAL = "<d:current-user-principal><d:href>/people/alice/</d:href></d:current-user-principal>"
HOME = "<c:calendar-home-set><d:href>/home/alice</d:href></c:calendar-home-set>"
ADDRESSES = (
    "<c:calendar-user-address-set><d:href>mailto:Alice@Example.com</d:href><d:href>/people/alice/</d:href>"
    "<d:href>urn:uuid:1</d:href><d:href>MAILTO:a.lee%40example.org</d:href></c:calendar-user-address-set>"
)


def component(name: str) -> str:
    """A supported-calendar-component-set of one."""
    return f'<c:supported-calendar-component-set><c:comp name="{name}"/></c:supported-calendar-component-set>'


def named(name: str) -> str:
    """A displayname."""
    return f"<d:displayname>{name}</d:displayname>"


def owner(name: str) -> str:
    """An owner."""
    return f"<d:owner><d:href>/people/{name}</d:href></d:owner>"


FULL_HOME = (
    found("/home/alice/", COLLECTION),
    found("/home/alice/work/", CALENDAR + named("Work") + component("VEVENT") + WRITE + owner("alice")),
    found("/home/alice/bare", CALENDAR),
    found("/home/alice/tasks/", CALENDAR + named("Tasks") + component("VTODO") + WRITE),
    found("/home/alice/bobs/", CALENDAR + named("Bob's") + component("VEVENT") + WRITE + owner("bob")),
    found("/home/alice/shared/", "<d:resourcetype><d:collection/><c:calendar/><s:shared/></d:resourcetype>" + WRITE),
    found("/home/alice/web/", CALENDAR + "<s:source><d:href>https://example.org/x.ics</d:href></s:source>" + WRITE),
    found("/home/alice/contact_birthdays/", CALENDAR + named("Birthdays") + READ),
    found("/home/alice/inbox/", "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>" + WRITE),
    found("/home/alice/trash/", COLLECTION + WRITE),
    failed("/home/alice/broken/", 404),
)


def server(*home: str, root: Reply | None = None) -> Script:
    """A root that names alice's principal, her principal, and her home with these members."""
    answers = {
        "/": root or multistatus(found("/", COLLECTION + PRINCIPAL)),
        "/people/alice/": multistatus(found("/people/alice/", HOME + ADDRESSES)),
        "/home/alice/": multistatus(*home),
    }
    return lambda request: answers.get(request.path, Reply(404))


def discover(script: Script, path: str = "", names: tuple[str, ...] = ()) -> Discovery:
    """Discover from this path; the server's origin is cut from all URLs."""

    async def scenario() -> Discovery:
        async with (
            scripted(script) as running,
            DavAccount(running.url + path, "alice", "secret", host="alice", names=names, timeout=5) as account,
        ):
            return await account.discover()

    return asyncio.run(scenario())


def paths(discovery: Discovery) -> list[str]:
    """The calendars' paths."""
    return ["/" + each.url.split("/", 3)[3] for each in discovery.calendars]


def test_only_ones_own_calendars_that_take_events_and_may_be_written_are_found() -> None:
    assert paths(discover(server(*FULL_HOME))) == ["/home/alice/bare/", "/home/alice/work/"]


def test_a_calendar_without_a_name_is_called_by_its_path() -> None:
    assert [each.name for each in discover(server(*FULL_HOME)).calendars] == ["bare", "Work"]


def test_addresses_are_those_of_mail_in_lower_case() -> None:
    assert discover(server(*FULL_HOME)).addresses == {"alice@example.com", "a.lee@example.org"}


@pytest.mark.parametrize(
    ("name", "path", "writable"),
    [
        ("Work", "/home/alice/work/", True),
        ("work", "/home/alice/work/", True),
        ("Bob's", "/home/alice/bobs/", True),
        ("contact_birthdays", "/home/alice/contact_birthdays/", False),
    ],
)
def test_a_named_calendar_is_taken_whoevers_it_is(name: str, path: str, writable: bool) -> None:
    discovery = discover(server(*FULL_HOME), names=(name,))
    assert (paths(discovery), [each.writable for each in discovery.calendars]) == ([path], [writable])


def test_a_name_that_is_not_there_is_a_problem_that_lists_the_others() -> None:
    discovery = discover(server(*FULL_HOME), names=("Work", "Wrok"))
    assert paths(discovery) == ["/home/alice/work/"]
    (problem,) = discovery.problems
    assert (problem.rule, '"Wrok"' in problem.reason, "Work" in problem.hint) == ("calendar.name", True, True)


def test_calendars_that_may_not_be_written_are_named() -> None:
    team = found("/home/alice/team/", CALENDAR + named("Team") + READ)
    (problem,) = discover(server(team, found("/home/alice/contact_birthdays/", CALENDAR + READ))).problems
    assert (problem.rule, "(Team, contact_birthdays)" in problem.reason) == ("calendar.read-only", True)
    assert problem.hint.startswith("give the account write access")


def test_no_calendar_at_all_is_a_problem() -> None:
    discovery = discover(server(found("/home/alice/", COLLECTION)))
    assert (discovery.calendars, [each.rule for each in discovery.problems]) == ((), ["calendar.missing"])


def test_a_calendar_url_is_taken_even_if_it_is_a_share() -> None:
    share = multistatus(found("/shares/x/", CALENDAR + owner("bob") + PRINCIPAL))
    script: Script = lambda request: share if request.path == "/shares/x/" else server()(request)  # noqa: E731  # one line
    assert paths(discover(script, "shares/x/")) == ["/shares/x/"]


@pytest.mark.parametrize("root", [Reply(404), Reply(405), Reply(200, b"<html>Welcome</html>")])
def test_the_well_known_path_helps_where_the_root_does_not(root: Reply) -> None:
    def script(request: Request) -> Reply | Stream:
        match request.path:
            case "/.well-known/caldav":
                return Reply(301, b"", {"Location": "/dav/"})
            case "/dav/":
                return multistatus(found("/dav/", COLLECTION + PRINCIPAL))
            case _:
                return server(*FULL_HOME, root=root)(request)

    assert "/home/alice/work/" in paths(discover(script))


def test_the_well_known_path_does_not_replace_a_calendar_that_is_not_there() -> None:
    with pytest.raises(CalendarMissing):
        discover(server(*FULL_HOME), "home/alice/gone/")


def test_a_server_behind_a_proxy_may_name_its_inner_address() -> None:
    inner = "<d:current-user-principal><d:href>http://127.0.0.1:1/people/alice/</d:href></d:current-user-principal>"
    discovery = discover(server(*FULL_HOME, root=multistatus(found("/", COLLECTION + inner))))
    assert "/home/alice/work/" in paths(discovery)


def test_a_home_on_another_host_is_named_and_not_visited() -> None:
    elsewhere = "<c:calendar-home-set><d:href>https://p1.example.com/alice/</d:href></c:calendar-home-set>"
    with pytest.raises(CalendarGarbled) as raised:
        discover(server(root=multistatus(found("/", COLLECTION + PRINCIPAL + elsewhere))))
    assert raised.value.problem.rule == "calendar.elsewhere"
    assert "https://p1.example.com/alice/" in raised.value.problem.hint


def test_a_server_that_knows_nobody_is_no_calendar_server_without_calendars() -> None:
    nobody = "<d:current-user-principal><d:unauthenticated/></d:current-user-principal>"
    with pytest.raises(CalendarDenied) as raised:
        discover(lambda _: multistatus(found("/", COLLECTION + nobody)))
    assert raised.value.problem.rule == "calendar.anonymous"


@pytest.mark.parametrize(
    "answer",
    [
        multistatus(),
        multistatus(failed("/x/", 404)),
        multistatus(found("/x/", COLLECTION)),
        multistatus(found("/x/", etag('"1"'))),
        Reply(207, b""),
    ],
)
def test_what_leads_to_no_calendar_is_a_problem(answer: Reply) -> None:
    with pytest.raises(CalendarError):
        discover(lambda _: answer, "x/")


@pytest.mark.parametrize(
    ("properties", "zone"),
    [
        (
            "<c:calendar-timezone>BEGIN:VTIMEZONE\nTZID:Europe/\n Paris\nEND:VTIMEZONE</c:calendar-timezone>",
            "Europe/Paris",
        ),
        ("<c:calendar-timezone>BEGIN:VTIMEZONE\r\nTZID:Our office\r\nEND:VTIMEZONE</c:calendar-timezone>", None),
        (
            "<c:calendar-timezone>BEGIN:VTIMEZONE\nTZID:Our office\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
            "TZOFFSETFROM:+0530\nTZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE</c:calendar-timezone>",
            "Asia/Kolkata",
        ),
        ("<c:calendar-timezone-id>America/New_York</c:calendar-timezone-id>", "America/New_York"),
        ("<c:calendar-timezone-id>W. Europe Standard Time</c:calendar-timezone-id>", "Europe/Berlin"),
        ("<c:calendar-timezone/>", None),
    ],
)
def test_a_calendars_zone_is_its_iana_name(properties: str, zone: str | None) -> None:
    (calendar,) = discover(server(found("/home/alice/work/", CALENDAR + properties))).calendars
    assert calendar.zone == zone

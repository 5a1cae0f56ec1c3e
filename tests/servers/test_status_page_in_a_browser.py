"""The daemon's status page in Chromium, over what it really did: read, walked by keyboard, and judged by axe-core."""

import json
import os
import urllib.request
from collections.abc import Iterator
from importlib.resources import files
from time import monotonic, sleep
from urllib.error import URLError

import pytest
from support.browser import PATIENCE, Browser, Page, browsing, chromium
from support.caldav_servers import free_port
from support.desk import Desk, event
from support.ical import calendar_object
from support.people import newcomers

from calbridge.sandbox import Settings, running

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(chromium() is None and "CI" not in os.environ, reason="needs Debian's package chromium"),
]

AXE = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
PATHS = ["/", "/hosts/alice", "/hosts/bob", "/skipped", "/events", "/events?uid=Planning%40x", "/nowhere"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of a daemon that keeps alice's calendar, and whom bob's server refuses."""
    port = free_port()
    with newcomers(tmp_path_factory.mktemp("radicale")) as new, running(Settings()) as sandbox:
        alice, bob = new(), new()
        alice.put("work/plan", calendar_object(event("Planning", days=1)))
        alice.put("work/watch", calendar_object(event("Watch", "RRULE:FREQ=HOURLY")))
        desk = Desk(tmp_path_factory.mktemp("desk") / "desk", sandbox.url)
        desk.host("alice", 9, alice)
        desk.host("bob", 10, bob, password="wrong")
        desk.more = f'[daemon]\npoll_interval = "2s"\nstatus_address = "127.0.0.1:{port}"\nshow_subjects = true\n'
        daemon = desk.start("daemon")
        try:
            wait_for(f"http://127.0.0.1:{port}/", "Who needs you", 'Skipped events</dt><dd><a href="/skipped">1<')
            yield f"http://127.0.0.1:{port}"
        finally:
            daemon.terminate()
            daemon.communicate(timeout=30)


def wait_for(url: str, *texts: str) -> None:
    """Until the page says all of it."""
    deadline, page = monotonic() + 60, ""
    while not all(text in page for text in texts):
        assert monotonic() < deadline, page
        sleep(0.2)
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                page = answer.read().decode()
        except URLError:
            continue


def opened(browser: Browser, url: str, scheme: str = "light") -> Page:
    page = browser.page()
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.open(url)
    return page


def follow(page: Page, words: str) -> None:
    """Follow the first link that begins with these words."""
    before = page.value("location.href")
    page.value(f"[...document.links].find(one => one.innerText.startsWith({json.dumps(words)})).click()")
    page.wait_for(f"location.href !== {json.dumps(before)} && document.readyState === 'complete'")


def test_the_verdict_leads_to_a_skipped_events_reason_and_its_history(browser: Browser, url: str) -> None:
    page = opened(browser, url + "/")

    assert page.value("document.querySelector('h1').innerText") == "1 of 2 hosts fine, 1 needs you"
    assert "the server refuses the user name or the password" in page.text()
    follow(page, "Skipped events")
    assert "Schedule FREQ must be DAILY, WEEKLY or MONTHLY" in page.text()
    assert "repeat daily at most" in page.text()
    follow(page, "Watch")
    assert "the event was seen: new in" in page.text()
    assert "no room: Schedule FREQ must be" in page.text()


def test_a_host_shows_her_meeting_and_from_there_its_whole_story(browser: Browser, url: str) -> None:
    page = opened(browser, url + "/hosts/alice")

    assert "Next meetings" in page.text()
    follow(page, "Planning")
    told = page.value("[...document.querySelectorAll('.history li span')].map(one => one.innerText)")
    assert [line.partition(" (")[0].partition(":")[0] for line in told] == [
        "the event was seen",
        "planned",
        "sent to the platform",
        "the platform made a conference",
        "the event was written",
    ]
    assert page.value("[...document.links].filter(one => one.href.includes('/conf/call/')).length") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_no_serious_issue(browser: Browser, url: str, path: str, scheme: str) -> None:
    page = opened(browser, url + path, scheme)
    page.send("Runtime.evaluate", expression=AXE)

    script = "axe.run({resultTypes: ['violations']}).then(found => JSON.stringify(found))"
    answer = page.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)

    found = json.loads(answer["result"]["value"])
    assert [each["id"] for each in found["passes"]], "axe looked at nothing"
    bad = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    assert bad == [], [(each["id"], [node["html"] for node in each["nodes"]]) for each in bad]


def test_it_is_dark_where_the_browser_wants_it_so_and_asks_nobody_else(browser: Browser, url: str) -> None:
    pages = [opened(browser, url + "/", scheme) for scheme in ("light", "dark")]
    light, dark = (page.value("getComputedStyle(document.body).backgroundColor") for page in pages)

    assert light != dark
    loaded = pages[0].value("performance.getEntriesByType('resource').map(one => new URL(one.name).origin)")
    assert set(loaded) == {url}
    assert pages[0].value("document.scripts.length") == 0


def test_the_first_tab_skips_to_the_content_and_the_focus_is_seen(browser: Browser, url: str) -> None:
    page = opened(browser, url + "/")
    for kind in ("keyDown", "keyUp"):
        page.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    assert page.value("document.activeElement.innerText") == "Skip to the content"
    shown = "(box => box.left >= 0 && box.top >= 0 && box.width > 0)(document.activeElement.getBoundingClientRect())"
    assert page.value(shown)
    assert page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"

"""Chromium without a driver: it is told what to do over two pipes (the DevTools protocol), one message at a time."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any, Final

PATIENCE: Final = 20.0
"""Seconds to wait for what should appear."""


def chromium() -> str | None:
    """Where Debian's package puts it; None where it is missing."""
    return shutil.which("chromium")


class Page:
    """One tab. Elements are found by CSS selectors, buttons by their words."""

    def __init__(self, browser: "Browser", session: str) -> None:
        self._browser = browser
        self._session = session
        self.send("Page.enable")

    def send(self, method: str, **params: Any) -> Any:  # Any: JSON
        """Give a command of the DevTools protocol."""
        return self._browser.send(method, self._session, **params)

    def open(self, url: str) -> None:
        """Go to a URL, and wait until it is there."""
        self.send("Page.navigate", url=url)
        self.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def value(self, script: str) -> Any:  # Any: JSON
        """What a JavaScript expression is in the page; the page itself has no script."""
        told = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        return told["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until an expression is true."""
        deadline = monotonic() + PATIENCE
        while not self.value(script):
            assert monotonic() < deadline, f"{script} did not become true; the page says: {self.text()}"
            sleep(0.05)

    def text(self) -> str:
        """What can be read on it."""
        return str(self.value("document.body.innerText"))

    def type(self, selector: str, text: str) -> None:
        """Write into a field as a keyboard does."""
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        self.send("Input.insertText", text=text)

    def press(self, words: str) -> None:
        """Click the button that says so with the mouse, and wait for the page that follows."""
        button = f"[...document.querySelectorAll('button')].find(one => one.innerText === {json.dumps(words)})"
        self.wait_for(f"!!{button}")
        box = self.value(
            f"(b => {{ b.scrollIntoView({{block: 'center'}}); b = b.getBoundingClientRect();"
            f" return [b.x + b.width / 2, b.y + b.height / 2] }})({button})"
        )
        self.value("document.body.dataset.before = 'here'")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
        self.wait_for("!document.body?.dataset.before && document.readyState === 'complete'")


class Browser:
    """A running Chromium."""

    def __init__(self, to: int, answers: int) -> None:
        self._to = to
        self._answers = answers
        self._count = 0
        self._read = b""

    def page(self) -> Page:
        """Open a tab of somebody who shares no cookies with the others."""
        context = self.send("Target.createBrowserContext", None)["browserContextId"]
        target = self.send("Target.createTarget", None, url="about:blank", browserContextId=context)["targetId"]
        return Page(self, self.send("Target.attachToTarget", None, targetId=target, flatten=True)["sessionId"])

    def send(self, method: str, session: str | None, **params: Any) -> Any:  # Any: JSON
        """Give a command and wait for its answer; events in between are passed over."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": params}
        os.write(self._to, json.dumps(command | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def _message(self) -> Any:  # Any: JSON
        while b"\0" not in self._read:
            part = os.read(self._answers, 1 << 16)
            assert part, "Chromium has gone"
            self._read += part
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run Chromium with a profile of its own until the block ends."""
    program = chromium()
    assert program is not None
    commands, to = os.pipe()
    answers, back = os.pipe()
    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        started = _start(program, Path(profile), commands, back)
        try:
            yield Browser(to, answers)
        finally:
            for end in (to, answers):
                os.close(end)
            started.terminate()
            try:
                started.wait(timeout=10)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def _start(program: str, profile: Path, commands: int, back: int) -> "subprocess.Popen[bytes]":
    """Start it with the pipes where it looks for them: file descriptors 3 and 4."""
    # The shell moves them there: what Popen does itself before exec is not safe where threads run.
    moved = f'exec "$0" "$@" 3<&{commands} 4>&{back}'
    options = [
        "--headless=new",
        "--remote-debugging-pipe",
        "--no-sandbox",  # it refuses root otherwise, as which CI runs; it opens nothing but loopback
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--window-size=1000,1000",
        f"--user-data-dir={profile}",
    ]
    started = subprocess.Popen(
        ["/bin/bash", "-c", moved, program, *options],
        pass_fds=(commands, back),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(commands)
    os.close(back)
    return started

"""The alert rules and the dashboard that stand beside the configuration: what they ask for is there."""

import json
import re
from pathlib import Path

import pytest
from support.standings import NOW, standing

from calbridge.metrics import Metrics

CONFIG = Path(__file__).parents[1] / "config"
ALERTS = (CONFIG / "alerts.yml").read_text()
DASHBOARD = json.loads((CONFIG / "grafana-dashboard.json").read_text())
NAME = re.compile(r"\bcalbridge_[a-z_]+")


def told() -> dict[str, set[str]]:
    """Every metric with its labels' names, of a daemon that has visited a host."""
    found: dict[str, set[str]] = {}
    for line in Metrics(lambda: [standing()], lambda: NOW).text().decode().splitlines():
        if not line.startswith("#"):
            name, labels = re.match(r"(\w+)(?:\{(.*)\})?", line).groups()  # type: ignore[union-attr]  # every line fits
            found.setdefault(name, set()).update(re.findall(r"(\w+)=", labels or ""))
    helped = re.findall(r"# TYPE (\w+) gauge", Metrics(list, lambda: NOW).text().decode())
    return {**{name: {"rule"} for name in helped}, **found}


def expressions() -> list[str]:
    """Every query of both."""
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*re.findall(r"^ +expr: (.+)$", ALERTS, re.MULTILINE), *panels]


def test_every_metric_that_is_asked_for_is_there() -> None:
    asked = {name for expression in expressions() for name in NAME.findall(expression)}

    assert asked <= told().keys()
    assert len(asked) > 10


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    shown = {
        name for panel in DASHBOARD["panels"] for target in panel["targets"] for name in NAME.findall(target["expr"])
    }
    kept = {re.sub(r"_(bucket|count|sum)$", "_bucket", name) for name in told() if not name.endswith("_created")}

    assert kept == shown


@pytest.mark.parametrize("expression", expressions())
def test_every_label_that_is_asked_for_is_there(expression: str) -> None:
    known = told()
    for name, selector in re.findall(r"(calbridge_[a-z_]+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)=", selector)) <= known[name]


@pytest.mark.parametrize(
    "what",
    ["calbridge_roomless_soon", "last_good_visit.+ > 600", "breaker_open", "token_refused", r'refused"\}.+ > 0\.05'],
)
def test_what_must_wake_somebody_does(what: str) -> None:
    assert re.search(f"expr: .*{what}", ALERTS)


def test_a_daemon_that_never_had_a_good_visit_wakes_somebody() -> None:
    assert re.search("expr: .+ unless calbridge_last_good_visit_timestamp_seconds\n +for: 10m", ALERTS)


@pytest.mark.parametrize("expression", re.findall(r"^ +expr: (.+)$", ALERTS, re.MULTILINE))
def test_every_daemon_is_judged_by_itself(expression: str) -> None:
    assert not re.search(r"\bsum ?\(|\bon ?\(\)", expression)


def test_hosts_whose_token_is_refused_are_no_refused_logins() -> None:
    assert 'calbridge_hosts{state="refused"} - ignoring (state) calbridge_token_refused)' in ALERTS


def test_panels_do_not_lie_on_each_other() -> None:
    boxes = [tuple(panel["gridPos"][key] for key in "xywh") for panel in DASHBOARD["panels"]]
    cells = [(x + i, y + j) for x, y, w, h in boxes for i in range(w) for j in range(h)]

    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(boxes)

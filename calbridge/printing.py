"""What the commands print: the report on stdout, problems on stderr, or one JSON object."""

# ruff: noqa: T201  the commands' own output

import json
import sys
from collections.abc import Collection, Sequence

from rich.console import Console

from calbridge import report
from calbridge.apply import Done, Failed, Held, Outcome
from calbridge.core.actions import NAMES
from calbridge.core.problem import Problem, printable
from calbridge.sync import HostReport
from calbridge.tables import print_table


def host_json(found: HostReport, *, dry: bool) -> report.Json:
    """One host, as --json shows it: what would be done where `dry`, else what was done."""
    if dry:
        actions = [(a, *report.planned(a)) for a in found.plan.actions]
    else:
        actions = [(o.action, o.conference_id, o.room_url) for o in found.outcomes if isinstance(o, Done)]
    return report.host_json(found.host, actions, found.plan.skipped, found.problems, found.plan.differs)


def print_reports(reports: Sequence[HostReport], *, dry: bool, told: Collection[str] = ()) -> None:
    """Each host that has something to say, then those that have not; problems go to stderr.

    Of hosts in `told` the skipped events are known from the pass before: a number will do.
    """
    quiet = [r for r in reports if not _has_news(r, dry=dry)]
    for found in reports:
        if found not in quiet:
            _print_host(found, dry=dry, told=found.host in told)
    if quiet:
        print(report.quiet_line([r.host for r in quiet]))
    sys.stdout.flush()  # before the problems, where both go to one place
    print_problems([(r.host, p) for r in reports for p in r.problems])


def _has_news(found: HostReport, *, dry: bool) -> bool:
    plan = found.plan
    news = plan.actions or plan.skipped or plan.withheld or plan.fading or found.problems
    return bool(news or (dry and plan.differs))


def _print_host(found: HostReport, *, dry: bool, told: bool) -> None:
    done = [o for o in found.outcomes if isinstance(o, Done)]
    waiting = [o.reason for o in found.outcomes if isinstance(o, Held)]
    failed = len(found.outcomes) - len(done) - len(waiting)
    actions = found.plan.actions if dry else [o.action for o in done]
    said = report.summary(actions, failed=failed, waiting=len(waiting), withheld=found.plan.withheld)
    print(f"{found.host}: {said or ('nothing done' if found.problems else 'nothing to do')}")
    for line in (report.mailed_line(found.plan), report.shared_line(actions)) if dry else ():
        if line:
            print(f"  {line}")
    rows = [report.action_row(a, report.planned(a)[1]) for a in actions] if dry else _rows(done)
    if rows:
        print_table(report.HEADS, rows)
    if told:
        print(f"  {report.roomless_line(found.plan.skipped)}")
    for line in report.skipped_lines(found.plan.skipped) if not told else ():
        print(f"  skipped {line}")
    if fading := report.fading_line(found.plan):
        print(f"  {fading}")
    for line in report.waiting_lines(waiting):
        print(f"  waiting {line}")
    for line in report.drift_lines(actions):
        print(f"  {'to be set' if dry else 'set'} back: {line}")
    for line in report.differs_lines(found.plan.differs) if dry else ():
        print(f"  {line}")


def _rows(done: Sequence[Done]) -> list[tuple[str, ...]]:
    return [report.action_row(o.action, o.room_url) for o in done]


def print_outcome(say: Console, outcome: Outcome) -> None:
    """Show on a terminal how far a sync has come."""
    match outcome:
        case Done():
            mark = "[green]done[/]   "
        case Failed():
            mark = "[red]failed[/] "
        case Held():
            mark = "[yellow]waits[/]  "
    about = outcome.action.about
    say.print(f"{mark} {NAMES[type(outcome.action)]:<15} ", end="")
    say.print(printable(about.subject or about.uid), markup=False, highlight=False)


def print_problems(found: Sequence[tuple[str, Problem]]) -> None:
    """Say on stderr what went wrong, each problem with the host that has it, or ""."""
    for line in report.problem_lines(found):
        print(line, file=sys.stderr)


def print_json(value: report.Json) -> None:
    """Print a JSON object, in ASCII, which every locale can write."""
    print(json.dumps(value))

"""`calbridge status`: how the hosts fare, and the story of one event. Reads a copy of the database, takes no lock."""

import logging
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from calbridge import config as configuration
from calbridge import status_report
from calbridge.commands.reporting import bounded
from calbridge.commands.shared import EXIT_PROBLEM, ConfigOption, JsonOption, fail
from calbridge.config import Config
from calbridge.core.problem import Problem
from calbridge.logs import log_to_stderr
from calbridge.printing import print_json
from calbridge.report import problem_lines
from calbridge.seating import left_out_problem
from calbridge.standing import Verdict, stands_still, verdict, verdict_line
from calbridge.store import Standing, Store
from calbridge.story import Story, stories
from calbridge.tables import print_table


def status(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    event: Annotated[str | None, typer.Option("--event", help="The whole story of one event.", metavar="UID")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Every host, also where they are many.")] = False,
) -> None:
    """Show how the hosts fare. Exit code 1 where one's last good visit is too long ago."""
    log_to_stderr(logging.WARNING)
    if event is None:
        found, standings, problems = bounded(lambda: _hosts(configuration.load(config, os.environ)), as_json=as_json)
        if as_json:
            print_json(status_report.status_json(found, standings, problems))
        else:
            _print(found, standings, problems, everybody=everybody)
        raise typer.Exit(EXIT_PROBLEM if found.is_stale else 0)
    told = bounded(lambda: _stories(configuration.load(config, os.environ), event), as_json=as_json)
    _say_event(event, told, as_json=as_json)


def _hosts(loaded: Config) -> tuple[Verdict, tuple[Standing, ...], tuple[Problem, ...]]:
    names = frozenset(host.name for host in loaded.hosts)
    with Store.snapshot(loaded.store_path) as store:
        standings = tuple(standing for standing in store.standings.all() if standing.host in names)
        problems = tuple(_left_out(names, standings, store))
    return verdict(sorted(names), standings, datetime.now(UTC)), standings, problems


def _left_out(names: frozenset[str], standings: Sequence[Standing], store: Store) -> Iterator[Problem]:
    """Hosts who have rooms and are configured no more; one who was not visited yet may be any of her name."""
    records = {record.host_id: record.name for record in store.journal.hosts()}
    unvisited = names - {standing.host for standing in standings}
    known = {standing.host_id for standing in standings} | {i for i, name in records.items() if name in unvisited}
    yield from (
        left_out_problem(host_id, records.get(host_id)) for host_id in sorted(store.meetings.host_ids() - known)
    )


def _stories(loaded: Config, uid: str) -> tuple[Story, ...]:
    with Store.snapshot(loaded.store_path) as store:
        return stories(uid, store, store.standings.all())


def _print(found: Verdict, standings: Sequence[Standing], problems: Sequence[Problem], *, everybody: bool) -> None:
    print(verdict_line(found, subjects=True))
    if found.visited is None:
        print("no host was visited yet: start `calbridge daemon`, or run `calbridge sync`")
    elif stands_still(standings, found.now):
        print(f"the last visit ended {status_report.ago(found.now - found.visited)} ago: does the daemon run?")
    elif found.unvisited:
        print(f"not visited yet: {status_report.who(found.unvisited)}")
    print("".join(f"{line}\n" for line in problem_lines(("", problem) for problem in problems)), end="")
    shown = status_report.shown(found, standings, everybody=everybody)
    if shown:
        print()
        print_table(status_report.HEADS, [status_report.host_row(standing, found.now) for standing in shown])
    for standing in shown:
        lines = list(status_report.host_lines(standing))
        if lines:
            print("\n".join((f"\n{standing.host}:", *(f"  {line}" for line in lines))))
    hidden = len(standings) - len(shown)
    if hidden:
        print(f"\n{hidden} more hosts are fine: --all shows them")


def _say_event(uid: str, found: Sequence[Story], *, as_json: bool) -> NoReturn:
    if not found:
        hint = "check the UID: it is the event's, as in its calendar file; and whether the event asks for a room"
        fail((Problem(uid, "event.unknown", "nothing is known of such an event", hint),), EXIT_PROBLEM, as_json=as_json)
    if as_json:
        print_json(status_report.stories_json(uid, found))
    else:
        for story in found:
            print(f"{story.host}:")
            for line in status_report.story_lines(story, None):
                print(f"  {line}")
    raise typer.Exit(0)

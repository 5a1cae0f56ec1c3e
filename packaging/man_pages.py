"""calbridge(1) from the commands' own help, and calbridge.toml(5) from the commented examples in config/.

Run as `python packaging/man_pages.py FOLDER`, in an environment that has calbridge; writes both, compressed.
"""

import gzip
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import typer
import typer.core

from calbridge import __version__, cli
from calbridge.logs import Form, Level

ROOT = Path(__file__).parents[1]

_EXITS = (
    ("0", "fine, skipped events included"),
    ("1", "a problem of some host or meeting; everything else was done"),
    ("2", "wrong usage"),
    ("3", "a breaker stopped cancels or creates"),
    ("75", "another calbridge holds the lock of the database"),
    ("78", "the configuration is wrong, or cannot be read"),
)
_ENVIRONMENT = (
    ("CALBRIDGE_CONFIG", "calbridge.toml or its folder, where --config does not say it"),
    ("CALBRIDGE_LOG", f"the form of the log: {', '.join(Form)}; else what suits standard error"),
    ("CALBRIDGE_LOG_LEVEL", f"from where on there is a line: {', '.join(Level)}"),
)
_FILES = (
    ("/etc/calbridge/calbridge.toml, /etc/calbridge/hosts.d/NAME.toml", "the configuration, see calbridge.toml(5)"),
    ("/etc/default/calbridge", "variables of the environment for the services"),
    ("/var/lib/calbridge", "the database of calbridge.service and calbridge-sync.service"),
    ("/etc/calbridge/COMPANY, /var/lib/calbridge-COMPANY", "the same for calbridge@COMPANY.service"),
)


def commands_page() -> str:
    """Write calbridge(1)."""
    root = typer.main.get_command(cli.app)
    lines = [
        _title("CALBRIDGE", 1),
        ".SH NAME",
        "calbridge \\- keeps CalDAV calendars and a conferencing platform in step",
        ".SH SYNOPSIS",
        r".B calbridge",
        r"\fICOMMAND\fR [\fIoption\fR ...]",
        ".SH DESCRIPTION",
        "calbridge reads the CalDAV calendars of each configured host, makes a conference for every event that asks",
        "for one, and writes the address of its room into the event. A meeting keeps its room through all later edits.",
        ".SH COMMANDS",
        *_commands(root, "calbridge"),
        *_listed("EXIT STATUS", _EXITS),
        *_listed("ENVIRONMENT", _ENVIRONMENT),
        *_listed("FILES", _FILES),
        ".SH SEE ALSO",
        r".BR calbridge.toml (5),",
        r".BR systemd.exec (5)",
    ]
    return "\n".join(lines) + "\n"


def _commands(command: Any, path: str) -> Iterator[str]:  # Any: typer exports no base of its commands
    """A command, or those of a group, by name; hidden ones have nothing to tell."""
    context = typer.Context(command, info_name=path)
    if isinstance(command, typer.core.TyperGroup):
        for name in sorted(command.list_commands(context)):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _commands(found, f"{path} {name}")
        return
    yield f".SS {_plain(path)} {_plain(' '.join(command.collect_usage_pieces(context)))}"
    yield from (_plain(line.strip()) or ".PP" for line in (command.help or "").splitlines())
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield from (".TP", rf"\fB{_plain(record[0].strip())}\fR", _plain(record[1].strip()))


def configuration_page() -> str:
    """Write calbridge.toml(5)."""
    lines = [
        _title("CALBRIDGE.TOML", 5),
        ".SH NAME",
        "calbridge.toml \\- configuration of calbridge",
        ".SH DESCRIPTION",
        "Both files below are TOML. Keys that are commented out stand at their defaults.",
        ".SH CALBRIDGE.TOML",
        *_example((ROOT / "config" / "calbridge.toml").read_text("utf-8")),
        ".SH HOSTS.D/NAME.TOML",
        *_example((ROOT / "config" / "hosts.d" / "alice.toml").read_text("utf-8")),
        ".SH SEE ALSO",
        r".BR calbridge (1)",
    ]
    return "\n".join(lines) + "\n"


def _example(text: str) -> Iterator[str]:
    """A commented file as a page: comments as prose, tables as headings, and the keys as they are written."""
    for kind, group in groupby(text.splitlines(), key=_kind):
        found = list(group)
        match kind:
            case "prose":
                yield ".PP"
                yield from (_plain(line.removeprefix("#").strip()) for line in found)
            case "table":
                yield from (f".SS {_plain(line)}" for line in found)
            case "keys":
                yield from (".PP", ".RS 4", ".nf", *(_plain(line) for line in found), ".fi", ".RE")


def _kind(line: str) -> str:
    if re.fullmatch(r"\[.*\]", line):
        return "table"
    if line.startswith("# "):
        return "prose"
    return "keys" if line.strip("#") else "nothing"


def _listed(heading: str, rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f".SH {heading}"
    for term, words in rows:
        yield from (".TP", rf"\fB{_plain(term)}\fR", _plain(words))


def _title(name: str, section: int) -> str:
    return f'.TH {name} {section} "" "calbridge {__version__}" "calbridge"'


def _plain(text: str) -> str:
    """Text in which nothing means anything to roff."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


def main(folder: Path) -> None:
    """Write both pages below `folder`, as below /usr/share/man."""
    for section, name, page in ((1, "calbridge", commands_page()), (5, "calbridge.toml", configuration_page())):
        place = folder / f"man{section}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.{section}.gz").write_bytes(gzip.compress(page.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

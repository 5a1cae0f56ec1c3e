"""`calbridge api`: any endpoint of the platform from the shell."""

import asyncio
import logging
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, NoReturn

import structlog
import typer

from calbridge import config as configuration
from calbridge.api_command import calling, manual
from calbridge.api_command.answers import MASK, is_masked, jsonable, pairs_of, table_of
from calbridge.api_command.arguments import Asked, Payload, Problems, read_request, read_whole
from calbridge.api_command.calling import Answered
from calbridge.api_command.completion import bash_script
from calbridge.api_command.parameters import AnyEndpoint
from calbridge.app import account, utc_now
from calbridge.commands.shared import (
    EXIT_CONFIG,
    EXIT_PROBLEM,
    EXIT_USAGE,
    ConfigOption,
    JsonCommand,
    fail,
    internal_problem,
)
from calbridge.core.problem import Problem, printable
from calbridge.enterprise import authentication, drive
from calbridge.errors import ConfigError, PlatformError
from calbridge.logs import log_to_stderr
from calbridge.printing import print_json
from calbridge.report import Json
from calbridge.tables import print_table

_log = structlog.get_logger()


FIRST = "first"
"""What --page calls the page that has no number or cursor."""


class ApiCommand(JsonCommand):
    """Its JSON is `{"answer": ...}`."""

    beside: ClassVar[Json] = {"answer": None}


def api(  # noqa: PLR0917  typer passes them by name
    ctx: typer.Context,
    method: Annotated[str | None, typer.Argument(metavar="METHOD", help="Such as host/fetch.")] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="key=value",
            help="Text, or JSON where the type is no text; object.part=value; @FILE and @- read a value from there.",
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object; without any key, a request on a pipe is read as JSON."),
    ] = False,
    list_all: Annotated[bool, typer.Option("--list", help="List the methods.")] = False,
    request: Annotated[
        str | None, typer.Option(help="The request, a JSON object; - is standard input.", metavar="FILE")
    ] = None,
    page: Annotated[
        str | None, typer.Option(help=f"Only this page of a listing, or its `{FIRST}`, instead of all.")
    ] = None,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Show tokens, codes, PINs and links, which are masked otherwise.")
    ] = False,
    upload: Annotated[Path | None, typer.Option(help="With drive/create: the file itself, sent as well.")] = None,
    download: Annotated[Path | None, typer.Option(help="With drive/file/fetch: where to put the file.")] = None,
    completion: Annotated[str | None, typer.Option(help="Print the completion script of a shell: bash.")] = None,
    show_help: Annotated[
        bool, typer.Option("--help", help="Show this, or after METHOD what it does and its keys.")
    ] = False,
) -> None:
    """Call any method of the platform's Enterprise API."""
    if completion is not None:
        _complete(completion, as_json=as_json)
    elif list_all:
        _list(as_json=as_json)
    elif method is None:
        print(ctx.get_help())
        raise typer.Exit(0 if show_help else EXIT_USAGE)
    elif method not in manual.METHODS:
        _end((manual.unknown_method(method),), EXIT_USAGE, as_json=as_json)
    elif show_help:
        _help(manual.METHODS[method])
    else:
        words = [*(arguments or ()), *([f"page={page}"] if page not in {None, FIRST} else [])]
        if upload is not None and not any(word.startswith("filename=") for word in words):
            words.append(f"filename={upload.name}")
        line = _Line(
            manual.METHODS[method], tuple(words), request, upload, download, page is not None, as_json, show_secrets
        )
        with _boundary(as_json=as_json):
            _run(line, config)


@dataclass(frozen=True, slots=True)
class _Line:
    """What the command line asks for. `source` is where the whole request stands, a file's name or "-"."""

    endpoint: AnyEndpoint
    words: tuple[str, ...]
    source: str | None
    upload: Path | None
    download: Path | None
    one_page: bool
    as_json: bool
    secrets: bool


def _complete(shell: str, *, as_json: bool) -> None:
    if shell != "bash":
        problem = Problem("--completion", "usage.shell", f"there is no script for {shell!r}", "there is one for bash")
        _end((problem,), EXIT_USAGE, as_json=as_json)
    print(bash_script(), end="")


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json({"answer": manual.listing_json()})
    else:
        print_table(("method", "what it does", "who may"), manual.rows())


def _help(endpoint: AnyEndpoint) -> None:
    for line in manual.page(endpoint):
        print(line)
    if rows := manual.key_rows(endpoint):
        print(flush=True)
        print_table(manual.KEY_HEADS, rows)


@contextmanager
def _boundary(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        _end(error.problems, EXIT_CONFIG, as_json=as_json)
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001  the last boundary: JSON and exit code hold for our own mistakes, too
        _log.exception("failed")
        _end((internal_problem(error),), EXIT_PROBLEM, as_json=as_json)


def _run(line: _Line, config: Path | None) -> None:
    """Read the request, send it, and print what came back."""
    log_to_stderr(logging.WARNING)
    asked = _asked(line, config)
    installation = configuration.load_installation(config, os.environ)
    try:
        answered = asyncio.run(_answered(line, asked, installation.platform))
    except OSError as error:
        path = line.upload or line.download or Path()
        _end((calling.no_file(path, error),), EXIT_PROBLEM, as_json=line.as_json)
    except PlatformError as error:
        _end((calling.told(asked.endpoint, error),), EXIT_PROBLEM, as_json=line.as_json)
    if isinstance(answered, Problem):
        _end((answered,), EXIT_PROBLEM, as_json=line.as_json)
    _print(answered, line)


def _asked(line: _Line, config: Path | None) -> Asked:
    stdin = _Stdin()
    whole = _whole(line, stdin)
    if isinstance(whole, dict):
        if line.endpoint is authentication.AUTHENTICATE and not line.words and not whole:
            whole = {"api_token": _own_token(config)}
        found = read_request(line.endpoint, line.words, whole, stdin.read)
        found = found if isinstance(found, tuple) else _fitting(line, found)
    else:
        found = whole
    if isinstance(found, tuple):
        _end(found, EXIT_USAGE, as_json=line.as_json)
    return found


def _own_token(config: Path | None) -> str:
    """The token that every other method uses, where `authenticate` is given none."""
    return configuration.load_installation(config, os.environ).platform.api_token.get_secret_value()


def _whole(line: _Line, stdin: "_Stdin") -> Payload | Problems:
    """The request as a JSON object: a file's, or with --json and no key what a pipe brings."""
    source = line.source
    if source is None and line.as_json and not line.words and _is_pipe():
        source = "-"
    if source is None:
        return {}
    try:
        text = stdin.read() if source == "-" else Path(source).read_text("utf-8")
    except (OSError, ValueError) as error:  # ValueError: no UTF-8, a NUL in the name
        reason = f"it can't be read: {getattr(error, 'strerror', None) or 'it is no text'}"
        return (Problem(f"--request {source}", "api.file", reason, "name a text file (UTF-8) that is there"),)
    if line.source is None and not text.strip():
        return {}
    return read_whole(text, "standard input" if source == "-" else source)


def _is_pipe() -> bool:
    """Whether somebody feeds standard input; a terminal or an inherited device is not to be waited for."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):  # closed, or none at all
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


class _Stdin:
    """Standard input, which can be read once."""

    def __init__(self) -> None:
        self._text: str | None = None

    def read(self) -> str:
        """All of it. Raises `ValueError` the second time."""
        if self._text is not None:
            raise ValueError("standard input was read before")
        self._text = sys.stdin.read()
        return self._text


def _fitting(line: _Line, asked: Asked) -> Asked | Problems:
    """Refuse a file with a method that takes none."""
    for option, path, method in (("--upload", line.upload, drive.CREATE), ("--download", line.download, drive.FETCH)):
        if path is not None and asked.endpoint.path != method.path:
            reason = f"{asked.endpoint.path} takes no file"
            return (Problem(option, "usage.method", reason, f"it goes with {method.path}"),)
    return asked


async def _answered(line: _Line, asked: Asked, platform: configuration.PlatformConfig) -> Answered | Problem:
    seconds = platform.timeout.total_seconds()
    async with account(platform, utc_now) as api:
        match asked.request:
            case drive.CreateRequest() as request if line.upload is not None:
                return await calling.upload(api, request, line.upload, seconds)
            case drive.FetchRequest() as request if line.download is not None:
                return await calling.download(api, request, line.download, seconds)
            case request:
                return await calling.call(api, asked.endpoint, request, one_page=line.one_page)


def _print(answered: Answered, line: _Line) -> None:
    content = jsonable(answered.content, secrets=line.secrets)
    if is_masked(content):
        print(f"{MASK} stands for a secret; --show-secrets shows it", file=sys.stderr)
    more = {"next_page": answered.next_page, "received": answered.received}
    if line.as_json:
        print_json({"answer": content, **{key: value for key, value in more.items() if value is not None}})
        return
    if isinstance(content, list):
        heads, rows = table_of(content, cut=sys.stdout.isatty())
        print_table(heads, rows)
        print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}", file=sys.stderr)
    elif content.keys() == {"message"}:
        print(printable(content["message"]))
    else:
        print_table(("field", "value"), pairs_of(content))
    if answered.next_page is not None:
        print(f"the next page is --page {answered.next_page}", file=sys.stderr)
    if answered.received is not None:
        print(f"{line.download}: {answered.received} bytes", file=sys.stderr)


def _end(problems: Sequence[Problem], code: int, *, as_json: bool) -> NoReturn:
    fail(problems, code, as_json=as_json, beside=ApiCommand.beside)

"""What calbridge logs: one line per effect, for people on a terminal, for systemd's journal, or as lines on stderr.

Nothing else is logged. What a library says may quote an event or an address, and so may the text of an exception: of
both only our own words, the exception's type and the places in the code are kept, in whatever form.
"""

import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TypeVar, assert_never

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from calbridge.core.problem import printable
from calbridge.logs.journald import Journal, is_journal


class Form(StrEnum):
    """How a line is written: what $CALBRIDGE_LOG may say."""

    CONSOLE = "console"
    JOURNAL = "journal"
    JSON = "json"
    LOGFMT = "logfmt"


class Level(StrEnum):
    """What is written at least: what $CALBRIDGE_LOG_LEVEL may say."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_ORDER = ("timestamp", "level", "event", "host", "uid", "part", "conference")
_Setting = TypeVar("_Setting", Form, Level)
_log = structlog.get_logger()


def log_to_stderr(level: int | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Set up as the environment says; without it in the form that suits stderr, from `level` on.

    A terminal by default gets only what went wrong, since the report says the rest.
    """
    terminal = sys.stderr.isatty()
    suiting = Form.CONSOLE if terminal else Form.JOURNAL if is_journal(sys.stderr, environ) else Form.LOGFMT
    form = _setting("CALBRIDGE_LOG", Form, environ) or suiting
    chosen = _setting("CALBRIDGE_LOG_LEVEL", Level, environ)
    usual = level or (logging.WARNING if terminal else logging.INFO)
    structlog.configure(
        processors=[structlog.processors.add_log_level, _places, _clean, *_rendering(form, colors=terminal)],
        wrapper_class=structlog.make_filtering_bound_logger(chosen or usual),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(handlers=[logging.NullHandler()])
    for name, kind in (("CALBRIDGE_LOG", Form), ("CALBRIDGE_LOG_LEVEL", Level)):
        if environ.get(name, "") not in ("", *kind):
            _log.warning("unknown setting", variable=name, known=", ".join(kind))


def _setting(name: str, kind: type[_Setting], environ: Mapping[str, str]) -> _Setting | None:
    value = environ.get(name)
    return kind(value) if value in list(kind) else None


def _rendering(form: Form, *, colors: bool) -> tuple[Processor, ...]:
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    logfmt = structlog.processors.LogfmtRenderer(key_order=_ORDER, drop_missing=True)
    match form:
        case Form.CONSOLE:
            return stamp, structlog.dev.ConsoleRenderer(colors=colors)
        case Form.JOURNAL:
            return Journal(), stamp, logfmt  # what the journal does not take goes to stderr
        case Form.JSON:
            return stamp, structlog.processors.JSONRenderer(default=str)
        case Form.LOGFMT:
            return stamp, logfmt
        case _:
            assert_never(form)


def _places(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """An exception as its type and where in the code it came from, without its text and its causes' text."""
    if entry.pop("exc_info", None):
        error = sys.exc_info()[1]
        entry["error"] = " < ".join(_told(error)) if error is not None else None
    return entry


def _told(error: BaseException) -> Iterator[str]:
    link: BaseException | None = error
    while link is not None:
        frames = traceback.extract_tb(link.__traceback__)
        yield " ".join((type(link).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in frames)))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _clean(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """What calendars say can't break a line or steer a terminal; what is empty is left out."""
    return {
        key: printable(value) if isinstance(value, str) else value for key, value in entry.items() if value is not None
    }

"""What calbridge logs, on stderr: one line per effect, for people on a terminal and as logfmt for the journal.

Nothing else is logged. What a library says may quote an event or an address, and so may the text of an exception: of
both only our own words, the exception's type and the places in the code are kept.
"""

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog
from structlog.typing import EventDict, WrappedLogger

from calbridge.core.problem import printable

_ORDER = ("timestamp", "level", "event", "host", "uid", "part", "conference")


def log_to_stderr(level: int | None = None) -> None:
    """Set up; by default a terminal gets only what went wrong, since the report says the rest."""
    terminal = sys.stderr.isatty()
    usual = logging.WARNING if terminal else logging.INFO
    renderer = (
        structlog.dev.ConsoleRenderer()
        if terminal
        else structlog.processors.LogfmtRenderer(key_order=_ORDER, drop_missing=True)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _places,
            _clean,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(usual if level is None else level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(handlers=[logging.NullHandler()])


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

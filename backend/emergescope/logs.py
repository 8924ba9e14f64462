"""Structured logs: an event in words, and its facts as fields. Any room may use it.

    log = logs.get(__name__)
    log.info("run finished", run=run_id, status="succeeded", seconds=2.9)
    log.exception("frame lost", run=run_id)  # inside `except`: the traceback goes with it

`set_up` decides once per process what becomes of them; the command line and `api.serve` call it. Without it they are
records of Python's logging like any others. Fields never hold bodies, tokens or queries.
"""

import logging
import math
import sys
import threading
from typing import Literal

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.types import EventDict, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["text", "json"]

# `time` first: it is what people look for at the left. The same for our events and those of other libraries.
_COMMON: tuple[Processor, ...] = (
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
)


def get(name: str) -> BoundLogger:
    """The logger of a module."""
    # Of this logger alone, not structlog.configure(): a program that imports this package keeps its own choices.
    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, *_COMMON, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=BoundLogger,
        cache_logger_on_first_use=True,
    )
    return logger


def set_up(level: Level, form: Format) -> None:
    """Send this package's events from `level` on, and the warnings and errors of all others, to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form, colors=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    # uvicorn tells of each WebSocket at level info, with its query, which may hold a token.
    root.setLevel(logging.WARNING)
    logging.getLogger(__package__).setLevel(level.upper())
    logging.captureWarnings(True)
    threading.excepthook = _log_failed_thread


def formatter(form: Format, colors: bool = False) -> logging.Formatter:
    """One line per event, and in text its traceback below it."""
    renderer: list[Processor]
    if form == "json":
        renderer = [structlog.processors.format_exc_info, _ordered, structlog.processors.JSONRenderer()]
    else:
        # Not the renderer's own choice of tracebacks: where it finds rich, they hold local variables.
        plain = structlog.dev.plain_traceback
        columns = structlog.dev.ConsoleRenderer(
            colors=colors, timestamp_key="time", exception_formatter=plain, pad_event_to=0, pad_level=False
        )
        renderer = [columns]
    processors = [ProcessorFormatter.remove_processors_meta, *renderer]
    return ProcessorFormatter(processors=processors, foreign_pre_chain=[*_COMMON, _stripped])


def _stripped(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Events of others end with a newline now and then."""
    return {**event, "event": event["event"].strip()}


def _ordered(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """What each line has first; and null for what is not finite, since JSON has no number for it."""
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in event.items()
    }
    return {**{key: finite.pop(key) for key in ("time", "level", "event", "logger")}, **finite}


def _log_failed_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        name = args.thread and args.thread.name
        get(__name__).error("a thread failed", thread=name, exc_info=args.exc_value)

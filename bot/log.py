"""Logs: one JSON object a line, without secrets and without what customers and colleagues wrote."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

_SECRET_NAMES = re.compile(r"token|secret|password|authorization|signature|cookie|private", re.IGNORECASE)
_SECRET_VALUES = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe[.-][\w.-]+|eyJ[\w-]{10,}\.[\w-]+\.[\w-]*|Bearer \S+"
)


def redact(_: Any, __: str, event: EventDict) -> EventDict:
    """Blank values that are secret by their name or by their look."""
    return {name: _redacted(name, value) for name, value in event.items()}


def _redacted(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name) and name != "event":
        return "[redacted]"
    return _SECRET_VALUES.sub("[redacted]", value) if isinstance(value, str) else value


def configure_logging(*, level: int = logging.INFO) -> None:
    """Send our logs and the libraries' to standard error, through one redacting chain."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.PositionalArgumentsFormatter(),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("uvicorn.access", "slack_bolt", "slack_sdk", "msal", "alembic", "urllib3", "aiosqlite"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

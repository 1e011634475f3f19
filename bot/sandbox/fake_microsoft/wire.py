"""Reading requests and refusing them, shared by the servers."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class Refused(Exception):
    """A request that is answered with an error; each service has its own shape for it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        reason: str | None = None,
        empty: bool = False,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.reason = reason
        self.empty = empty


def is_guid(text: object) -> bool:
    return isinstance(text, str) and _GUID.fullmatch(text) is not None


async def read_object(request: web.Request, *, code: str) -> dict[str, Any]:
    """The JSON object in the body. Raises `Refused` 415 or 400 with `code`."""
    if request.content_type != "application/json":
        raise Refused(415, code, f"Content-Type {request.content_type} is not supported.")
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise Refused(400, code, "The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise Refused(400, code, "The request body must be a JSON object.")
    return body


def lower_keys(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in body.items()}


def retry_after(now: datetime, seconds: int, *, as_date: bool) -> str:
    """`Retry-After` as seconds or as an HTTP date."""
    return format_datetime(now + timedelta(seconds=seconds), usegmt=True) if as_date else str(seconds)


def path_of(request: web.Request) -> str:
    return unquote(request.rel_url.raw_path)

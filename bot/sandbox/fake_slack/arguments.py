"""Arguments of a Web API call, from JSON, forms or the query string. Shares nothing with any client."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.fake_slack.errors import SlackError, bad_arguments

TRUE = frozenset({True, "true", "True", "1"})


class Arguments:
    """Named values of one call; forms carry everything as text, JSON bodies carry types."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)

    def __contains__(self, name: object) -> bool:
        return self.values.get(str(name)) is not None

    def text(self, name: str) -> str | None:
        """Return a text argument, or None when it was not given."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise bad_arguments(f"must provide a string [json-pointer:/{name}]")

    def required(self, name: str) -> str:
        """Return a text argument. Raises `invalid_arguments` when it is missing or empty."""
        value = self.text(name)
        if not value:
            raise bad_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; forms write it `true` or `1`."""
        value = self.values.get(name)
        return isinstance(value, str | bool | int) and value in TRUE

    def integer(self, name: str, default: int) -> int:
        """Return a whole number. Raises `invalid_arguments`."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise bad_arguments(f"must provide an integer [json-pointer:/{name}]") from None

    def decoded(self, name: str, *, otherwise: str) -> Any:
        """Return a structure, decoding it where it came as text. Raises the code `otherwise`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(otherwise) from None


def read_arguments(content_type: str, body: bytes, query: Mapping[str, str]) -> Arguments:
    """Return the arguments of a request. Raises `invalid_json`, `json_not_object`, `invalid_post_type`."""
    if not body:
        return Arguments(query)
    if content_type == "application/json":
        return Arguments(dict(query) | _from_json(body))
    if content_type == "application/x-www-form-urlencoded":
        return Arguments(dict(query) | dict(parse_qsl(body.decode(), keep_blank_values=True)))
    raise SlackError("invalid_post_type")


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(values, dict):
        raise SlackError("json_not_object")
    return values

"""Secrets do not reach the logs."""

import pytest

from bot.log import redact


@pytest.mark.parametrize("name", ["bot_token", "client_secret", "Authorization", "x_signature"])
def test_a_value_that_is_secret_by_its_name_is_blanked(name: str) -> None:
    assert redact(None, "info", {"event": "x", name: "abc"})[name] == "[redacted]"


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-abcd",
        "xapp-1-A0-1234-abcd",
        "xoxe.xoxb-1-abc",
        "Bearer abc.def",
        "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln",
    ],
)
def test_a_secret_inside_a_text_is_blanked(secret: str) -> None:
    logged = redact(None, "info", {"event": f"answer was {secret} today"})["event"]

    assert secret not in logged
    assert logged.startswith("answer was [redacted]")


def test_everything_else_stays() -> None:
    event = {"event": "work_postponed", "queue": "outbox", "attempts": 3}

    assert redact(None, "info", event) == event

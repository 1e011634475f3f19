"""The two ways the fake refuses: as the Web API would, and as a person's screen would."""

from typing import Any


class SlackError(Exception):
    """A Web API refusal: HTTP 200 with `ok: false`, the code, and any extra members of the body."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """Return the response body Slack sends for this refusal."""
        return {"ok": False, "error": self.code, **self.extra}


class RateLimitedError(Exception):
    """HTTP 429 with `Retry-After` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class NotOnScreen(Exception):
    """A person was asked to do what their Slack client does not offer them at this moment."""


def bad_arguments(*messages: str) -> SlackError:
    """Return `invalid_arguments` with the messages where Slack puts them."""
    listed = [f"[ERROR] {message}" for message in messages]
    return SlackError("invalid_arguments", response_metadata={"messages": listed})

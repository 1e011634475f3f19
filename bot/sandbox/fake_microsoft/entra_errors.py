"""How Entra words its errors."""

from aiohttp import web

from bot.sandbox.fake_microsoft.hosting import Shape
from bot.sandbox.fake_microsoft.state import World, new_guid
from bot.sandbox.fake_microsoft.wire import Refused

_OAUTH_ERROR_OF_STATUS = {401: "invalid_client", 403: "access_denied", 429: "temporarily_unavailable"}

Form = dict[str, str]


class TokenError(Refused):
    """An Entra error; `number` is the AADSTS number."""

    def __init__(self, error: str, number: int, text: str) -> None:
        super().__init__(401 if error == "invalid_client" else 400, error, f"AADSTS{number}: {text}")
        self.number = number


class EntraShape(Shape):
    """`{"error", "error_description", "error_codes", ...}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def error(self, refused: Refused) -> web.Response:
        trace = new_guid()
        now = self._world.clock().strftime("%Y-%m-%d %H:%M:%SZ")
        fallback = "server_error" if refused.status >= 500 else "invalid_request"
        body = {
            "error": refused.code or _OAUTH_ERROR_OF_STATUS.get(refused.status, fallback),
            "error_description": f"{refused.message} Trace ID: {trace} Timestamp: {now}",
            "error_codes": [refused.number] if isinstance(refused, TokenError) else [],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": new_guid(),
        }
        return web.json_response(body, status=refused.status, headers=refused.headers)

    def throttled(self, seconds: int, header: str) -> web.Response:
        message = f"AADSTS90055: Too many requests. Try again in {seconds} seconds."
        return self.error(Refused(429, "", message, headers={"Retry-After": header}))


def required(form: Form, name: str) -> str:
    if not form.get(name):
        raise TokenError("invalid_request", 900144, f"The request body must contain '{name}'.")
    return form[name]

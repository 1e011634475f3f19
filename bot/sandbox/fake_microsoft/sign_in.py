"""Signing in in a browser: where the partner's user is sent, and the codes that come back from there."""

import hashlib
import html
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from bot.sandbox.fake_microsoft.entra_errors import Form, TokenError, required
from bot.sandbox.fake_microsoft.state import World
from bot.sandbox.fake_microsoft.tokens import b64

CODE_LIFETIME = timedelta(minutes=10)

_FORM = (
    '<!DOCTYPE html><title>Working...</title><form method="post" action="{action}">{fields}'
    "<noscript><button>Continue</button></noscript></form><script>document.forms[0].submit()</script>"
)
_FIELD = '<input type="hidden" name="{}" value="{}">'
_ERROR = "<!DOCTYPE html><title>Sign in</title><h1>We're having trouble signing you in.</h1><p>{}</p>"


@dataclass(frozen=True)
class SignedIn:
    """What a code stands for until it is redeemed. `challenge` is PKCE's, by S256."""

    redirect_uri: str
    challenge: str
    nonce: str
    mfa: bool
    expires_at: datetime


class SignIns:
    """
    The partner's user, in front of a browser, does what `world.partner.user_signs_in` says.

    Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow and reply-url.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, SignedIn] = {}

    async def authorize(self, request: web.Request) -> web.Response:
        """Send the browser back with a code; what is wrong with the application is shown to the person."""
        try:
            back_to = self._checked(dict(request.query))
        except TokenError as error:
            return web.Response(
                status=400, text=_ERROR.format(html.escape(error.message)), content_type="text/html"
            )
        answer = self._answer(dict(request.query)) | {"state": request.query.get("state", "")}
        if request.query.get("response_mode") != "form_post":
            return web.Response(status=302, headers={"Location": f"{back_to}?{urlencode(answer)}"})
        fields = "".join(_FIELD.format(name, html.escape(value)) for name, value in answer.items())
        return web.Response(
            text=_FORM.format(action=html.escape(back_to), fields=fields), content_type="text/html"
        )

    def redeem(self, form: Form) -> SignedIn:
        """Return what the code in a token request stands for. Raises `TokenError`."""
        signed_in = self._codes.pop(required(form, "code"), None)
        if signed_in is None:
            raise TokenError("invalid_grant", 54005, "The authorization code was already redeemed.")
        if self._world.clock() >= signed_in.expires_at:
            raise TokenError("invalid_grant", 70008, "The authorization code has expired.")
        if form.get("redirect_uri") != signed_in.redirect_uri:
            raise TokenError("invalid_grant", 500112, "The reply address does not match the one before.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if signed_in.challenge and b64(digest) != signed_in.challenge:
            raise TokenError("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")
        return signed_in

    def _checked(self, query: Form) -> str:
        partner = self._world.partner
        if required(query, "client_id") != partner.client_id:
            raise TokenError("unauthorized_client", 700016, "Application was not found in the directory.")
        if query.get("response_type") != "code":
            raise TokenError("unsupported_response_type", 70005, "The response type is not supported.")
        wanted = required(query, "redirect_uri")
        if _without_port(wanted) not in {_without_port(one) for one in partner.redirect_uris}:
            text = f"The redirect URI '{wanted}' does not match the redirect URIs of the application."
            raise TokenError("invalid_request", 50011, text)
        return wanted

    def _answer(self, query: Form) -> Form:
        if self._world.partner.user_signs_in == "declines":
            text = "AADSTS65004: User declined to consent to access the app."
            return {"error": "access_denied", "error_description": text}
        code = f"0.AX{secrets.token_urlsafe(48)}"
        self._codes[code] = SignedIn(
            query["redirect_uri"],
            query.get("code_challenge", ""),
            query.get("nonce", ""),
            self._world.partner.user_signs_in == "with_mfa",
            self._world.clock() + CODE_LIFETIME,
        )
        return {"code": code}


def _without_port(address: str) -> str:
    """The port of a redirect URI on localhost is not compared."""
    parts = urlsplit(address)
    return parts._replace(netloc="localhost").geturl() if parts.hostname == "localhost" else address

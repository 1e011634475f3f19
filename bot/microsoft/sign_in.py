"""A partner user signs in, once, in a browser."""

from collections.abc import Mapping
from typing import Any

from bot.microsoft.auth import Tokens


class SignIn:
    """
    From an address for the browser to a refresh token.

    The browser comes back by POST, so that the code stays out of addresses and histories.
    Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
    """

    def __init__(self, tokens: Tokens, resource: str, *, redirect_uri: str) -> None:
        self._tokens = tokens
        self._resource = resource
        self._redirect_uri = redirect_uri
        self._flow: dict[str, Any] = {}

    async def begin(self) -> str:
        """Return the address to open. Raises as `Tokens.get`."""
        options = {"redirect_uri": self._redirect_uri, "response_mode": "form_post"}
        scopes = [f"{self._resource}/user_impersonation"]
        self._flow = dict(
            await self._tokens.ask(
                lambda app: app.initiate_auth_code_flow(scopes, prompt="select_account", **options)
            )
        )
        return str(self._flow["auth_uri"])

    @property
    def state(self) -> str:
        """What the browser brings back, so that it is known to come from here."""
        return str(self._flow["state"])

    async def finish(self, form: Mapping[str, str]) -> str:
        """
        Redeem what the browser brought; return the name of who signed in.

        From now on this process uses their tokens; `Tokens.keep` keeps them. Raises as `Tokens.adopt`.
        """
        answer = await self._tokens.ask(
            lambda app: app.acquire_token_by_auth_code_flow(self._flow, dict(form))
        )
        self._tokens.adopt(self._resource, answer)
        return str(answer.get("id_token_claims", {}).get("preferred_username") or "Somebody")

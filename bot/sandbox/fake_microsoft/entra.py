"""The token authority: discovery, and tokens for an application or for its consenting user."""

import time
from dataclasses import dataclass
from typing import Any

from aiohttp import BasicAuth, web

from bot.sandbox.fake_microsoft.client_assertions import ClientAssertions
from bot.sandbox.fake_microsoft.entra_errors import Form, TokenError, required
from bot.sandbox.fake_microsoft.sign_in import SignIns
from bot.sandbox.fake_microsoft.state import Tenant, World
from bot.sandbox.fake_microsoft.tokens import (
    ACCESS_TOKEN_SECONDS,
    Caller,
    Mint,
    RefreshToken,
    RefreshTokens,
)

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OPENID_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})


@dataclass(frozen=True)
class Granted:
    """What a token request was given. There is a nonce where it came from a browser."""

    caller: Caller
    refresh_token: str | None = None
    nonce: str | None = None


class Entra:
    """`base_url` is known once the server listens."""

    def __init__(self, world: World, mint: Mint, refresh_tokens: RefreshTokens) -> None:
        self._world = world
        self._mint = mint
        self._refresh_tokens = refresh_tokens
        self.sign_ins = SignIns(world)
        self._assertions = ClientAssertions()
        self.base_url = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/common/discovery/instance", self.instance),
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self.openid_configuration),
            web.get("/{tenant}/.well-known/openid-configuration", self.openid_configuration),
            web.post("/{tenant}/oauth2/token", self.token_v1),
            web.post("/{tenant}/oauth2/v2.0/token", self.token_v2),
            web.get("/{tenant}/oauth2/v2.0/authorize", self.sign_ins.authorize),
        ]

    def accept_certificate(self, pem: str) -> None:
        """Let the application authenticate with assertions signed by this certificate's key."""
        self._assertions.accept(pem)

    async def instance(self, request: web.Request) -> web.Response:
        endpoint = request.query.get("authorization_endpoint", "")
        tenant = endpoint.removeprefix(self.base_url).strip("/").split("/")[0]
        discovery = f"{self.base_url}/{tenant}/v2.0/.well-known/openid-configuration"
        return web.json_response({"tenant_discovery_endpoint": discovery, "metadata": []})

    async def openid_configuration(self, request: web.Request) -> web.Response:
        tenant = self._tenant(request)
        base = f"{self.base_url}/{tenant.id}"
        return web.json_response(
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "issuer": f"{base}/v2.0",
                "response_types_supported": ["code", "id_token"],
                "tenant_region_scope": self._world.cloud.region_scope,
                "cloud_instance_name": self._world.cloud.instance,
            }
        )

    async def token_v1(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        audience = required(form, "resource").rstrip("/")
        granted = self._granted(form, audience, frozenset(), renews=True)
        return web.json_response(self._body_v1(audience, granted, form))

    async def token_v2(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        scopes = frozenset(required(form, "scope").split())
        audience, permissions = self._audience(scopes - _OPENID_SCOPES)
        if form.get("grant_type") == "client_credentials" and permissions != {".default"}:
            raise TokenError("invalid_scope", 1002012, "The scope must be {resource}/.default.")
        granted = self._granted(form, audience, permissions - {".default"}, renews="offline_access" in scopes)
        body: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS - 1,
            "ext_expires_in": ACCESS_TOKEN_SECONDS - 1,
            "access_token": self._mint.access_token(audience, granted.caller),
        }
        return web.json_response(body | self._user_part(granted, scopes, audience))

    async def _form(self, request: web.Request) -> Form:
        tenant = self._tenant(request)
        if request.content_type != "application/x-www-form-urlencoded":
            raise TokenError("invalid_request", 900144, "The request body must contain 'grant_type'.")
        form = {key: str(value) for key, value in (await request.post()).items()}
        self._authenticate(request, form)
        if tenant != self._world.partner.tenant:
            text = f"Application {form['client_id']} was not found in directory {tenant.name}."
            raise TokenError("unauthorized_client", 700016, text)
        return form

    def _tenant(self, request: web.Request) -> Tenant:
        wanted = request.match_info["tenant"]
        tenant = self._world.find_tenant(wanted)
        if tenant is None:
            raise TokenError("invalid_tenant", 90002, f"Tenant '{wanted}' not found.")
        return tenant

    def _authenticate(self, request: web.Request, form: Form) -> None:
        if "Authorization" in request.headers:
            form |= _basic(request.headers["Authorization"])
        if required(form, "client_id") != self._world.partner.client_id:
            raise TokenError("unauthorized_client", 700016, "Application was not found in the directory.")
        if form.get("client_assertion_type") == _ASSERTION_TYPE:
            self._check_assertion(required(form, "client_assertion"))
        elif "client_secret" not in form:
            raise TokenError("invalid_client", 7000218, "'client_assertion' or 'client_secret' is required.")
        elif form["client_secret"] != self._world.partner.client_secret:
            raise TokenError("invalid_client", 7000215, "Invalid client secret provided.")

    def _check_assertion(self, assertion: str) -> None:
        try:
            client_id = self._world.partner.client_id
            self._assertions.check(assertion, client_id=client_id, authority=self.base_url)
        except ValueError as error:
            text = "Client assertion failed signature validation."
            raise TokenError("invalid_client", 700027, text) from error

    def _audience(self, scopes: frozenset[str]) -> tuple[str, frozenset[str]]:
        split = [
            scope.rsplit("/", 1) if "/" in scope else [self._world.cloud.graph, scope] for scope in scopes
        ]
        audiences = {resource.rstrip("/") for resource, _ in split}
        if len(audiences) != 1:
            raise TokenError("invalid_scope", 28000, "Scopes must be for exactly one resource.")
        return audiences.pop(), frozenset(permission for _, permission in split)

    def _granted(self, form: Form, audience: str, wanted: frozenset[str], *, renews: bool) -> Granted:
        """
        Return whose token it will be, and the refresh token that follows the one given.

        The v2 endpoint gives one only where `offline_access` is asked for; else that given stays the newest.
        Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
        """
        if audience not in self._world.resources:
            raise TokenError("invalid_resource", 500011, f"The resource principal {audience} was not found.")
        grant = required(form, "grant_type")
        if grant == "client_credentials":
            return Granted(Caller("app", self._app_permissions(audience), mfa=False))
        if grant == "refresh_token":
            token = self._usable(required(form, "refresh_token"))
            caller = Caller("user", self._delegated(audience, wanted), token.mfa)
            return Granted(caller, self._refresh_tokens.rotate(token) if renews else None)
        if grant == "authorization_code":
            signed_in = self.sign_ins.redeem(form)
            caller = Caller("user", self._delegated(audience, wanted), signed_in.mfa)
            refresh_token = self._refresh_tokens.issue(mfa=signed_in.mfa) if renews else None
            return Granted(caller, refresh_token, signed_in.nonce)
        raise TokenError("unsupported_grant_type", 70003, f"The grant type '{grant}' is not supported.")

    def _usable(self, value: str) -> RefreshToken:
        token = self._refresh_tokens.find(value)
        if token is None:
            raise TokenError("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
        if token.revoked:
            raise TokenError(
                "invalid_grant", 50173, "The provided grant has expired due to it being revoked."
            )
        if self._world.clock() >= token.expires_at:
            raise TokenError("invalid_grant", 700082, "The refresh token has expired due to inactivity.")
        if token.replaced and self._world.behaviour.old_refresh_tokens_refused:
            raise TokenError("invalid_grant", 70008, "The refresh token was already redeemed.")
        return token

    def _app_permissions(self, audience: str) -> frozenset[str]:
        return self._world.partner.app_permissions if audience == self._world.cloud.graph else frozenset()

    def _delegated(self, audience: str, wanted: frozenset[str]) -> frozenset[str]:
        consented = frozenset({"user_impersonation"})
        if audience == self._world.cloud.graph:
            consented = self._world.partner.delegated_permissions
        if wanted - consented:
            raise TokenError("invalid_grant", 65001, "The user has not consented to use the application.")
        return consented

    def _body_v1(self, audience: str, granted: Granted, form: Form) -> dict[str, Any]:
        now = int(self._world.clock().timestamp())
        body: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": str(ACCESS_TOKEN_SECONDS - 1),
            "ext_expires_in": str(ACCESS_TOKEN_SECONDS - 1),
            "expires_on": str(now + ACCESS_TOKEN_SECONDS),
            "not_before": str(now),
            "resource": audience,
            "access_token": self._mint.access_token(audience, granted.caller),
        }
        return body | self._user_part(granted, frozenset(form.get("scope", "").split()), None)

    def _user_part(self, granted: Granted, scopes: frozenset[str], audience: str | None) -> dict[str, Any]:
        if granted.refresh_token is None:
            return {}
        prefix = f"{audience}/" if audience else ""
        scope = " ".join(f"{prefix}{permission}" for permission in sorted(granted.caller.permissions))
        part = {"scope": scope, "refresh_token": granted.refresh_token}
        return part | ({"id_token": self._id_token(granted.nonce)} if "openid" in scopes else {})

    def _id_token(self, nonce: str | None) -> str:
        partner = self._world.partner
        now = int(time.time())  # MSAL checks id tokens against the machine's clock
        return self._mint.sign(
            {
                "aud": partner.client_id,
                "iss": f"{self.base_url}/{partner.tenant.id}/v2.0",
                "tid": partner.tenant.id,
                "oid": partner.user_id,
                "sub": partner.user_id,
                "preferred_username": partner.user_principal_name,
                "iat": now,
                "nbf": now,
                "exp": now + ACCESS_TOKEN_SECONDS,
            }
            | ({"nonce": nonce} if nonce else {})
        )


def _basic(header: str) -> Form:
    try:
        basic = BasicAuth.decode(header)
    except ValueError as error:
        raise TokenError("invalid_client", 7000216, "The Authorization header is malformed.") from error
    return {"client_id": basic.login, "client_secret": basic.password}

"""The plainest of clients: it sends what a test says and returns what came back."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from yarl import URL

from bot.sandbox.fake_microsoft import FakeMicrosoft

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
RELATIONSHIPS = "/v1.0/tenantRelationships/delegatedAdminRelationships"
READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
SUPPORT = "f023fd81-a637-4b56-95fd-791ac0226033"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"

Kind = Literal["app", "user", "user without mfa"]


@dataclass(frozen=True)
class Answer:
    status: int
    reason: str | None
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content.decode("utf-8-sig"))

    @property
    def code(self) -> str:
        return str(self.json["code"])

    @property
    def graph_code(self) -> str:
        return str(self.json["error"]["code"])


class Client:
    def __init__(self, microsoft: FakeMicrosoft, session: aiohttp.ClientSession) -> None:
        self.microsoft = microsoft
        self._session = session
        self._trust = ssl.create_default_context(cafile=str(microsoft.ca_path))

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 5.0,
        **options: Any,
    ) -> Answer:
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        async with self._session.request(
            method, URL(url, encoded="%" in url), headers=headers, ssl=self._trust, timeout=timeout, **options
        ) as response:
            return Answer(response.status, response.reason, response.headers.copy(), await response.read())

    async def token_answer(self, version: str = "v1", tenant: str | None = None, **form: str) -> Answer:
        microsoft = self.microsoft
        path = "oauth2/token" if version == "v1" else "oauth2/v2.0/token"
        url = f"{microsoft.authority_url}/{tenant or microsoft.partner_tenant_id}/{path}"
        whole = {"client_id": microsoft.client_id, "client_secret": microsoft.client_secret} | form
        return await self.send("POST", url, data=whole)

    async def token(self, kind: Kind = "user", audience: str = PARTNER_CENTER) -> str:
        if kind == "app":
            answer = await self.token_answer(grant_type="client_credentials", resource=audience)
        else:
            refresh = self.microsoft.consent(mfa=kind == "user")
            answer = await self.token_answer(
                grant_type="refresh_token", resource=audience, refresh_token=refresh
            )
        return str(answer.json["access_token"])

    async def partner_center(self, method: str, path: str, *, kind: Kind = "user", **options: Any) -> Answer:
        headers = {"Authorization": f"Bearer {await self.token(kind)}"} | options.pop("headers", {})
        return await self.send(method, self.microsoft.partner_center_url + path, headers=headers, **options)

    async def graph(self, method: str, path: str, *, kind: Kind = "app", **options: Any) -> Answer:
        headers = {"Authorization": f"Bearer {await self.token(kind, GRAPH)}"} | options.pop("headers", {})
        url = path if path.startswith("http") else self.microsoft.graph_url + path
        return await self.send(method, url, headers=headers, **options)

    async def create(self, **changes: Any) -> dict[str, Any]:
        answer = await self.graph("POST", RELATIONSHIPS, json=a_relationship(**changes))
        assert answer.status == 201, answer.content
        body: dict[str, Any] = answer.json
        return body

    async def relationship(self, relationship_id: str) -> dict[str, Any]:
        body: dict[str, Any] = (await self.graph("GET", f"{RELATIONSHIPS}/{relationship_id}")).json
        return body

    async def act(self, relationship_id: str, action: str) -> Answer:
        path = f"{RELATIONSHIPS}/{relationship_id}/requests"
        return await self.graph("POST", path, json={"action": action})

    async def pending(self, **changes: Any) -> str:
        created = await self.create(**changes)
        await self.act(created["id"], "lockForApproval")
        await self.microsoft.settle()
        return str(created["id"])

    async def active(self, domain: str = "fabrikam.com", **changes: Any) -> str:
        relationship_id = await self.pending(**changes)
        link = self.microsoft.admin_access_link(relationship_id)
        await self.microsoft.customer(domain).approve_admin_access(link)
        await self.microsoft.settle()
        return relationship_id


def a_relationship(**changes: Any) -> dict[str, Any]:
    return {
        "displayName": "Contoso_Fabrikam_1",
        "duration": "P365D",
        "accessDetails": unified(READERS, SUPPORT),
    } | changes


def unified(*roles: str) -> dict[str, Any]:
    return {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}

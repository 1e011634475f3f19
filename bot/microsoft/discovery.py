"""What Entra tells everybody about a tenant, and what time it is there."""

from dataclasses import dataclass
from datetime import timedelta

from yarl import URL

from bot.domain.identifiers import TenantId
from bot.microsoft.api import quoted
from bot.microsoft.errors import failure
from bot.microsoft.retry_after import http_date
from bot.microsoft.transport import Request, Transport


@dataclass(frozen=True)
class Discovery:
    """
    `is_known`: this cloud has the tenant. `ahead`: how far our clock is ahead of Microsoft's, to the second
    and to the time the answer took; None where the answer names no time.
    """

    is_known: bool
    ahead: timedelta | None


async def discover(transport: Transport, authority: str, tenant_id: TenantId) -> Discovery:
    """
    Ask for the tenant's OpenID configuration, which is public. Raises `Temporary`, `Permanent`.

    Wire: GET {authority}/{tenant}/v2.0/.well-known/openid-configuration; 400 for an unknown tenant.
    """
    url = URL(f"{authority}/{quoted(tenant_id)}/v2.0/.well-known/openid-configuration", encoded=True)
    answer = await transport.send(Request("GET", url, {"Accept": "application/json"}))
    if answer.status not in {200, 400, 404}:
        raise failure(answer, changes_something=False)
    theirs = http_date(answer.headers.get("Date"))
    return Discovery(answer.status == 200, answer.received_at - theirs if theirs else None)

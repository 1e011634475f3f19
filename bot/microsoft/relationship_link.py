"""The link by which a customer accepts us as reseller: checked before it is sent, and sent as it came."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, urlsplit

from bot.domain.identifiers import TenantId
from bot.microsoft.clouds import is_loopback
from bot.ports.failures import Permanent, Reason

INVITATION_TYPES = frozenset({"resellerrelationship", "indirectresellerrelationship", "administration"})
_PRINTABLE = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
"""No white space and no backslash: browsers read both in their own way."""


def relationship_link(
    url: str, *, tenant_id: TenantId, hosts: Iterable[str], indirect_provider_id: TenantId | None = None
) -> str:
    """
    Return the link as it is to be sent: byte for byte, but for `indirectCSPId` before the `#`.

    `hosts`: `host`, meaning port 443, or `host:port`. Plain http is for loopback hosts among them only.
    Raises `Permanent` (UNTRUSTED_LINK) for another host, type or partner.
    """
    parts = _split(url)
    if not _is_allowed(parts, hosts):
        raise _untrusted("its host is not an admin portal of this cloud")
    query = parse_qsl(parts.query, keep_blank_values=True)
    if _only(query, "invtype").casefold() not in INVITATION_TYPES:
        raise _untrusted("its invType is unknown")
    if _only(query, "partnerid").casefold() != tenant_id:
        raise _untrusted("its partnerId is not our tenant")
    return url if indirect_provider_id is None else _with_provider(url, query, indirect_provider_id)


def _with_provider(url: str, query: list[tuple[str, str]], provider: TenantId) -> str:
    named = [value.casefold() for name, value in query if name.casefold() in {"indirectcspid", "indirectcsp"}]
    if named:
        if named != [provider]:
            raise _untrusted("it names another indirect provider")
        return url
    before, mark, fragment = url.partition("#")
    return f"{before}&indirectCSPId={provider}{mark}{fragment}"


def _split(url: str) -> SplitResult:
    if not _PRINTABLE.fullmatch(url):
        raise _untrusted("it holds characters no link has")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise _untrusted("it is not an address") from None
    return parts


def _is_allowed(parts: SplitResult, hosts: Iterable[str]) -> bool:
    host = parts.hostname or ""
    if "@" in parts.netloc or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        return False
    port = parts.port or (443 if parts.scheme == "https" else 80)
    name = f"[{host}]" if ":" in host else host
    ours = {f"{name}:{port}"} | ({name} if port == 443 else set())
    return any(allowed.lower() in ours for allowed in hosts)


def _only(query: list[tuple[str, str]], name: str) -> str:
    values = [value for key, value in query if key.casefold() == name]
    if len(values) != 1:
        raise _untrusted(f"it has {name} {len(values)} times")
    return values[0]


def _untrusted(why: str) -> Permanent:
    return Permanent(Reason.UNTRUSTED_LINK, f"the relationship link was not used: {why}")

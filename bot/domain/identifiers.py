"""Names for the ids that cross a boundary, so that no bare `str` does."""

import base64
import re
from typing import NewType
from uuid import UUID

WorkspaceId = NewType("WorkspaceId", str)
"""Slack team id, `T...`; for an organisation-wide installation the enterprise id, `E...`."""

SlackUserId = NewType("SlackUserId", str)
SlackChannelId = NewType("SlackChannelId", str)
UserGroupId = NewType("UserGroupId", str)
MessageTs = NewType("MessageTs", str)

TenantId = NewType("TenantId", str)
"""Entra tenant id: a lower-case GUID. Partner Center calls the same value "Microsoft ID"."""

DomainName = NewType("DomainName", str)
"""Lower-case DNS name in its ASCII form, without a trailing dot."""

RoleId = NewType("RoleId", str)
"""Template id of a built-in Entra role: a lower-case GUID."""

RelationshipId = NewType("RelationshipId", str)
"""Id of a delegated admin relationship (GDAP): two GUIDs joined by `-`, 73 characters."""

InvitationId = NewType("InvitationId", str)
"""Ours: 16 lower-case base32 characters, safe in Slack values and Microsoft display names."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.(?!\d+$){_LABEL}")
_WEB_SERVER = re.compile(r"^(?:www\.)+(?=[^.]+\.)")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")


def invitation_id(entropy: bytes) -> InvitationId:
    """Return the id that ten random bytes stand for."""
    if len(entropy) != 10:
        raise ValueError("an invitation id is made of exactly ten bytes")
    return InvitationId(base64.b32encode(entropy).decode().lower())


def parse_tenant_id(text: str) -> TenantId | None:
    """Return the tenant id in `text`, or None if it is not a GUID in its usual hyphenated form."""
    candidate = text.strip().lower()
    try:
        return TenantId(candidate) if str(UUID(candidate)) == candidate else None
    except ValueError:
        return None


def parse_domain_name(text: str) -> DomainName | None:
    """
    Return the domain in what a person typed or pasted: a name, a web address or a mail address.

    Internationalised names come back in their ASCII form, addresses of web servers without `www.`: no tenant
    is found by those.
    """
    host = _SCHEME.sub("", text.strip().lower()).split("/", 1)[0].rsplit("@", 1)[-1]
    host = host.split(":", 1)[0].rstrip(".")
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return DomainName(_WEB_SERVER.sub("", name)) if is_domain_name(name) else None


def is_domain_name(name: str) -> bool:
    """Return whether `name` is a DNS name of two labels or more, in lower case and in its ASCII form."""
    return len(name) <= 253 and _DOMAIN.fullmatch(name) is not None

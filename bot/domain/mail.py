"""The mail a customer gets: what must be in its text, and how the links get there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

RESELLER_LINK = "{reseller_link}"
ADMIN_ACCESS_LINK = "{admin_access_link}"

TEXT_LIMIT = 3000
"""What a Slack text input holds."""

SUBJECT_LIMIT = 150

MAILTO_LIMIT = 1600
"""Encoded characters of a whole `mailto:` address that every common mail program takes (RFC 6068)."""


class MailProblem(StrEnum):
    """Why a draft cannot be sent as it is."""

    RESELLER_LINK_MISSING = "reseller_link_missing"
    RESELLER_LINK_REPEATED = "reseller_link_repeated"
    RESELLER_LINK_UNEXPECTED = "reseller_link_unexpected"
    ADMIN_ACCESS_LINK_MISSING = "admin_access_link_missing"
    ADMIN_ACCESS_LINK_REPEATED = "admin_access_link_repeated"
    ADMIN_ACCESS_LINK_UNEXPECTED = "admin_access_link_unexpected"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Links:
    """The links of one invitation, exactly as Microsoft gave them; empty where not asked for."""

    reseller: str = ""
    admin_access: str = ""


def problems(text: str, *, reseller: bool, admin_access: bool) -> Sequence[MailProblem]:
    """Return what is wrong with the text of a draft that asks for these halves; empty if nothing is."""
    found = [
        *_placeholder(text, RESELLER_LINK, reseller),
        *_placeholder(text, ADMIN_ACCESS_LINK, admin_access),
    ]
    if len(text) > TEXT_LIMIT:
        found.append(MailProblem.TOO_LONG)
    return found


def _placeholder(text: str, placeholder: str, wanted: bool) -> list[MailProblem]:
    name, count = placeholder.strip("{}"), text.count(placeholder)
    if not wanted:
        return [MailProblem(f"{name}_unexpected")] if count else []
    if count == 1:
        return []
    return [MailProblem(f"{name}_missing" if count == 0 else f"{name}_repeated")]


def with_links(text: str, links: Links) -> str:
    """Return the text with each placeholder replaced by its link, byte for byte."""
    return text.replace(RESELLER_LINK, links.reseller).replace(ADMIN_ACCESS_LINK, links.admin_access)


def mailto(address: str, subject: str, text: str) -> str | None:
    """Return the address that opens the mail in a mail program, or None if it would be too long."""
    body = quote(text.replace("\r\n", "\n").replace("\n", "\r\n"), safe="")
    url = f"mailto:{quote(address, safe='@')}?subject={quote(subject, safe='')}&body={body}"
    return url if len(url) <= MAILTO_LIMIT else None

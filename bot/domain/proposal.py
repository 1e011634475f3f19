"""What a requester asks colleagues to approve, and what differs between two of those."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.clouds import Cloud
from bot.domain.identifiers import DomainName, RoleId, TenantId


class Delivery(StrEnum):
    """How the mail gets to the customer."""

    SEND_FOR_ME = "send_for_me"
    OPEN_IN_MAIL_APP = "open_in_mail_app"
    COPY_TEXT = "copy_text"


@dataclass(frozen=True)
class Prospect:
    """The customer as the requester knows it. `country` is an ISO 3166 two-letter code."""

    name: str
    domain: DomainName | None
    tenant_id: TenantId | None
    country: str
    cloud: Cloud


@dataclass(frozen=True)
class Contact:
    """The person at the customer who gets the mail."""

    name: str
    email: str


@dataclass(frozen=True)
class AdminAccess:
    """The delegated admin access asked for. `template` is a key of `ROLE_TEMPLATES`."""

    template: str
    roles: tuple[RoleId, ...]
    duration_days: int
    auto_extend: bool


@dataclass(frozen=True)
class Proposal:
    """
    What a requester asks colleagues to approve.

    `text` holds link placeholders; `language` is the mail's (`en`, `zh_Hans`, `zh_Hant`).
    `indirect_provider` is set where we are an indirect reseller.
    """

    customer: Prospect
    contact: Contact
    reseller: bool
    admin_access: AdminAccess | None
    subject: str
    text: str
    language: str
    delivery: Delivery
    reason: str
    indirect_provider: TenantId | None = None

    @property
    def fingerprint(self) -> str:
        """
        SHA-256 of everything the customer gets: recipient, subject, text, roles, duration, link options.

        The tenant id of a domain is Microsoft's answer and may be looked up later; it is not bound.
        """
        bound = without(self, "reason", "delivery")
        if self.customer.domain:
            bound["customer"] = without(self.customer, "tenant_id")
        canonical = json.dumps(bound, default=vars, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def without(value: object, *fields: str) -> dict[str, object]:
    """Return a dataclass's fields but for these. `asdict` would copy all of them, at every depth."""
    return {name: held for name, held in vars(value).items() if name not in fields}


class Difference(StrEnum):
    """A part of a proposal that is not what it was."""

    CUSTOMER = "customer"
    RECIPIENT = "recipient"
    SUBJECT = "subject"
    TEXT = "text"
    RESELLER = "reseller"
    ROLES = "roles"
    DURATION = "duration"
    AUTO_EXTEND = "auto_extend"
    LANGUAGE = "language"
    DELIVERY = "delivery"
    REASON = "reason"


def differences(before: Proposal, after: Proposal) -> tuple[Difference, ...]:
    """Return what is different for the customer, where one proposal follows another to the same one."""
    was, now = before.admin_access, after.admin_access
    pairs: dict[Difference, tuple[object, object]] = {
        Difference.CUSTOMER: (_known(before.customer), _known(after.customer)),
        Difference.RECIPIENT: (before.contact, after.contact),
        Difference.SUBJECT: (before.subject, after.subject),
        Difference.TEXT: (before.text, after.text),
        Difference.RESELLER: (before.reseller, after.reseller),
        Difference.ROLES: (was and frozenset(was.roles), now and frozenset(now.roles)),
        Difference.DURATION: (was and was.duration_days, now and now.duration_days),
        Difference.AUTO_EXTEND: (was and was.auto_extend, now and now.auto_extend),
        Difference.LANGUAGE: (before.language, after.language),
    }
    return _unequal(pairs)


def edits(before: Proposal, after: Proposal) -> tuple[Difference, ...]:
    """Return everything that an edit made different: also what only colleagues read."""
    pairs = {
        Difference.DELIVERY: (before.delivery, after.delivery),
        Difference.REASON: (before.reason, after.reason),
    }
    return differences(before, after) + _unequal(pairs)


def _known(customer: Prospect) -> Prospect:
    """Return it as a person knows it: where there is a domain, the tenant id is Microsoft's answer to it."""
    return replace(customer, tenant_id=None) if customer.domain else customer


def _unequal(pairs: Mapping[Difference, tuple[object, object]]) -> tuple[Difference, ...]:
    return tuple(part for part, (old, new) in pairs.items() if old != new)

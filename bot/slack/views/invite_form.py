"""What somebody has typed into the form so far."""

import re
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer
from bot.domain.findings import Findings
from bot.domain.identifiers import DomainName, TenantId, parse_domain_name, parse_tenant_id
from bot.domain.invitation import AdminAccess, Contact, Delivery, Proposal, Prospect
from bot.domain.mail import SUBJECT_LIMIT, TEXT_LIMIT
from bot.domain.partner import Partner
from bot.domain.roles import ROLE_TEMPLATES
from bot.slack import names

DURATIONS = (90, 180, 365, 730)
"""Days somebody can choose from. Microsoft allows one day to two years."""

LONGEST = {
    names.CUSTOMER_NAME: 120,
    names.CUSTOMER_DOMAIN: 253,
    names.CONTACT_NAME: 120,
    names.CONTACT_EMAIL: 254,
    names.REASON: 1000,
    names.MAIL_SUBJECT: SUBJECT_LIMIT,
    names.MAIL_TEXT: TEXT_LIMIT,
}
"""Characters each text input takes."""

_TICKED = frozenset({names.INCLUDE_ADMIN_ACCESS, names.AUTO_EXTEND})
_CHOSEN = frozenset({names.COUNTRY, names.CLOUD, names.ROLE_TEMPLATE, names.MAIL_LANGUAGE, names.DELIVERY})
_MULTILINE = frozenset({names.REASON, names.MAIL_TEXT})
# Control characters, and those that turn the direction of text around: both make a text look like another.
_MISLEADING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class InviteForm(BaseModel):
    """
    Everything the two steps of the form ask for. The names are those of the inputs.

    `duration` is in days. An empty `role_template` with `include_admin_access` means: not chosen yet.
    """

    model_config = ConfigDict(frozen=True)

    customer_name: str = ""
    customer_domain: str = ""
    contact_name: str = ""
    contact_email: str = ""
    country: str = ""
    cloud: str = ""
    include_admin_access: bool = False
    role_template: str = ""
    duration: int = 365
    auto_extend: bool = False
    mail_language: str = "en"
    reason: str = ""
    mail_subject: str = ""
    mail_text: str = ""
    delivery: str = ""

    @classmethod
    def from_state(cls, values: Mapping[str, Any], before: Self | None = None) -> Self:
        """Take in `view.state.values`. Inputs that are not in it keep what `before` had; nothing raises."""
        known = before.model_dump() if before else {}
        read = {name: _typed(name, values[name]) for name in cls.model_fields if name in values}
        return cls.from_draft(known | read)

    @classmethod
    def from_draft(cls, stored: Mapping[str, object]) -> Self:
        """Take in what `model_dump` once gave. A field that is not what it was is left at its default."""
        kinds = {name: type(field.default) for name, field in cls.model_fields.items()}
        return cls(**{name: value for name, value in stored.items() if type(value) is kinds.get(name)})

    @classmethod
    def from_proposal(cls, proposal: Proposal) -> Self:
        """Fill the form with what was asked for before."""
        customer, access = proposal.customer, proposal.admin_access
        return cls(
            customer_name=customer.name,
            customer_domain=customer.domain or customer.tenant_id or "",
            contact_name=proposal.contact.name,
            contact_email=proposal.contact.email,
            country=customer.country,
            cloud=customer.cloud,
            include_admin_access=access is not None,
            role_template=access.template if access else "",
            duration=access.duration_days if access else 365,
            auto_extend=access.auto_extend if access else False,
            mail_language=proposal.language,
            reason=proposal.reason,
            mail_subject=proposal.subject,
            mail_text=proposal.text,
            delivery=proposal.delivery,
        )

    @classmethod
    def from_customer(cls, customer: Customer, *, template: str) -> Self:
        """Fill the form for a customer nobody has invited from here, to ask for admin access."""
        return cls(
            customer_name=customer.name,
            customer_domain=customer.domain or customer.tenant_id,
            country=customer.country,
            cloud=customer.cloud,
            include_admin_access=True,
            role_template=template,
        )

    @property
    def domain(self) -> DomainName | None:
        return None if self.tenant_id else parse_domain_name(self.customer_domain)

    @property
    def tenant_id(self) -> TenantId | None:
        return parse_tenant_id(self.customer_domain)

    @property
    def admin_access(self) -> AdminAccess | None:
        """The access asked for, or None. Call it once `field_errors` finds nothing."""
        if not self.include_admin_access:
            return None
        roles = ROLE_TEMPLATES[self.role_template]
        return AdminAccess(self.role_template, roles, self.duration, self.auto_extend)

    def proposal(self, findings: Findings, partner: Partner) -> Proposal:
        """Return what colleagues are asked to approve. Call it once neither check finds anything."""
        customer = Prospect(
            name=self.customer_name,
            domain=self.domain,
            tenant_id=self.tenant_id or findings.tenant_id,
            country=self.country,
            cloud=Cloud(self.cloud),
        )
        return Proposal(
            customer=customer,
            contact=Contact(self.contact_name, self.contact_email),
            reseller=not findings.is_reseller_customer,
            admin_access=self.admin_access,
            subject=self.mail_subject,
            text=self.mail_text,
            language=self.mail_language,
            delivery=Delivery(self.delivery),
            reason=self.reason,
            indirect_provider=partner.indirect_provider,
        )


def typed(text: str, *, multiline: bool = False) -> str:
    """
    Return text from Slack as the person meant it: without entities and without characters that mislead.

    Whether Slack escapes what was typed differs by field and is not documented, so it is undone once, here.
    """
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n")
    clean = _MISLEADING.sub(" ", lines).strip()
    return clean if multiline else " ".join(clean.split())


def _typed(name: str, block: Any) -> object:
    element = _inside(block, name)
    chosen = str(_inside(element, "selected_option").get("value", ""))
    if name in _TICKED:
        return bool(element.get("selected_options"))
    if name == names.DURATION:
        return int(chosen) if re.fullmatch("[0-9]{1,4}", chosen) else 0
    if name in _CHOSEN:
        return chosen
    return typed(str(element.get("value") or ""), multiline=name in _MULTILINE)


def _inside(value: Any, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}

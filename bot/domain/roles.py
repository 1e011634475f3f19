"""
The Entra roles a partner may ask for, how risky each is, and the sets we suggest.

Source: learn.microsoft.com/partner-center/gdap-least-privileged-roles-by-task; template ids are the same in
every tenant.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.identifiers import RoleId


class Risk(StrEnum):
    """How much harm somebody with a role could do in the customer's tenant."""

    READ = "read"
    CHANGE = "change"
    PRIVILEGED = "privileged"


@dataclass(frozen=True)
class Role:
    """A built-in Entra role. `name` is Microsoft's English name; words for people are in the templates."""

    id: RoleId
    name: str
    risk: Risk

    @property
    def key(self) -> str:
        """What its templates are called."""
        return self.name.lower().replace(" ", "_")


def _role(name: str, role_id: str, risk: Risk) -> Role:
    return Role(RoleId(role_id), name, risk)


GLOBAL_ADMINISTRATOR = RoleId("62e90394-69f5-4237-9190-012177145e10")
"""Microsoft refuses to auto-extend a relationship that holds this role; no template of ours does."""

_ROLES = (
    _role("Directory Readers", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", Risk.READ),
    _role("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451", Risk.READ),
    _role("Message Center Reader", "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", Risk.READ),
    _role("Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf", Risk.READ),
    _role("Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509", Risk.READ),
    _role("Directory Writers", "9360feb5-f418-4baa-8175-e2a00bac4301", Risk.CHANGE),
    _role("License Administrator", "4d6ac14f-3453-41d0-bef9-a3e0c569773a", Risk.CHANGE),
    _role("Service Support Administrator", "f023fd81-a637-4b56-95fd-791ac0226033", Risk.CHANGE),
    _role("User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1", Risk.CHANGE),
    _role("Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8", Risk.CHANGE),
    _role("Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de", Risk.CHANGE),
    _role("SharePoint Administrator", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", Risk.CHANGE),
    _role("Teams Administrator", "69091246-20e8-4a56-aa4d-066075b2a7a8", Risk.CHANGE),
    _role("Groups Administrator", "fdd7a751-b60b-444a-984c-02652fe8fa1c", Risk.CHANGE),
    _role("Intune Administrator", "3a2c62db-5318-420d-8d74-23affee5d9d5", Risk.PRIVILEGED),
    _role("Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d", Risk.PRIVILEGED),
    _role("Cloud Application Administrator", "158c047a-c907-4556-b7ef-446551a6b5f7", Risk.PRIVILEGED),
    _role("Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814", Risk.PRIVILEGED),
    _role("Privileged Authentication Administrator", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", Risk.PRIVILEGED),
    _role("Global Administrator", GLOBAL_ADMINISTRATOR, Risk.PRIVILEGED),
)

ROLES = {role.id: role for role in _ROLES}
_BY_NAME = {role.name: role.id for role in _ROLES}

# Helpdesk is the least that tickets, licences and users need. Full management is the default set
# Microsoft gives for customers created by a partner, plus the workloads, without the roles that can make
# somebody Global Administrator.
_HELPDESK = (
    "Directory Readers",
    "Global Reader",
    "License Administrator",
    "Service Support Administrator",
    "User Administrator",
    "Helpdesk Administrator",
)
_FULL_MANAGEMENT = (
    *_HELPDESK,
    "Directory Writers",
    "Exchange Administrator",
    "SharePoint Administrator",
    "Teams Administrator",
    "Groups Administrator",
    "Intune Administrator",
    "Security Administrator",
    "Cloud Application Administrator",
)

ROLE_TEMPLATES = {
    "helpdesk": tuple(_BY_NAME[name] for name in _HELPDESK),
    "full_management": tuple(_BY_NAME[name] for name in _FULL_MANAGEMENT),
}
"""The sets of roles a requester picks from, by stable key."""


def fewer_roles_than(template: str) -> str | None:
    """Return the key of the next smaller template, or None if there is none."""
    return "helpdesk" if template != "helpdesk" else None

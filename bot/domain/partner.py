"""Who we are to Microsoft and to the customer."""

from dataclasses import dataclass

from bot.domain.clouds import Cloud
from bot.domain.identifiers import TenantId


@dataclass(frozen=True)
class Partner:
    """
    The partner this installation works for. `name` is what customers read in the mail.

    `indirect_provider` is the provider's tenant where we are an indirect reseller.
    """

    name: str
    tenant_id: TenantId
    country: str
    cloud: Cloud
    indirect_provider: TenantId | None = None

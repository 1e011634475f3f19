"""
Addresses at which people of the partner look after a customer.

Source: learn.microsoft.com/partner-center and, for the on-behalf-of forms, widely used public tools; they
work only with active admin access and a group of the person's assigned.
"""

from bot.domain.clouds import Cloud
from bot.domain.customer import Customer

_PUBLIC = (
    ("partner_center", "https://partner.microsoft.com/dashboard/commerce2/customers/list"),
    (
        "admin_center",
        "https://admin.microsoft.com/Partner/BeginClientSession.aspx?CTID={tenant}&CSDEST=o365admincenter",
    ),
    ("entra", "https://entra.microsoft.com/{tenant}"),
    ("azure", "https://portal.azure.com/{tenant}"),
)
_US_GOV = (
    ("partner_center", "https://partner.microsoft.com/dashboard/commerce2/customers/list"),
    ("entra", "https://entra.microsoft.us/{tenant}"),
    ("azure", "https://portal.azure.us/{tenant}"),
)
_CHINA = (("azure", "https://portal.azure.cn/{tenant}"),)

_PORTALS = {Cloud.PUBLIC: _PUBLIC, Cloud.US_GOV: _US_GOV, Cloud.CHINA: _CHINA}


def customer_links(customer: Customer) -> list[tuple[str, str]]:
    """Return the key of each portal's label with its address for this customer."""
    return [(key, url.replace("{tenant}", customer.tenant_id)) for key, url in _PORTALS[customer.cloud]]

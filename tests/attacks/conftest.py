"""Everything the attacks are aimed at: the whole bot, both databases, and hosts that serve certificates."""

from tests.integration.microsoft.conftest import certificates, delegated_admin, microsoft, partner_center
from tests.scenario.conftest import box, story

__all__ = [
    "box",
    "certificates",
    "delegated_admin",
    "microsoft",
    "partner_center",
    "story",
]

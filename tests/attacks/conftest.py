"""Everything the attacks are aimed at: the whole bot, both databases, and hosts that serve certificates."""

from tests.integration.microsoft.conftest import certificates, delegated_admin, microsoft, partner_center
from tests.scenario.conftest import box, kind, story, templates, url

__all__ = [
    "box",
    "certificates",
    "delegated_admin",
    "kind",
    "microsoft",
    "partner_center",
    "story",
    "templates",
    "url",
]

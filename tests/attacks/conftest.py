"""Everything the attacks are aimed at: the whole bot, both databases, and hosts that serve certificates."""

from tests.integration.microsoft.conftest import certificates, microsoft, partner_center
from tests.scenario.conftest import box, kind, story, templates, url

__all__ = ["box", "certificates", "kind", "microsoft", "partner_center", "story", "templates", "url"]

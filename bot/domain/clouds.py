"""Microsoft's clouds, and what a partner can ask of a customer in each."""

from dataclasses import dataclass
from enum import StrEnum


class Cloud(StrEnum):
    """The clouds that exist today. Public includes GCC; Germany closed on 29 October 2021."""

    PUBLIC = "public"
    US_GOV = "us_gov"
    CHINA = "china"


CLOSED_CLOUDS = frozenset({"germany"})


@dataclass(frozen=True)
class Capabilities:
    """What a cloud offers. `admin_access` is delegated admin access by GDAP."""

    reseller_link: bool
    admin_access: bool
    customer_agreement: bool


# GDAP in China is unconfirmed: not offered, so that nobody is promised what may not work.
# The Microsoft Customer Agreement calls exist in the public cloud only.
# Source: learn.microsoft.com/graph/deployments and the Partner Center agreement pages.
CAPABILITIES = {
    Cloud.PUBLIC: Capabilities(reseller_link=True, admin_access=True, customer_agreement=True),
    Cloud.US_GOV: Capabilities(reseller_link=True, admin_access=True, customer_agreement=False),
    Cloud.CHINA: Capabilities(reseller_link=True, admin_access=False, customer_agreement=False),
}

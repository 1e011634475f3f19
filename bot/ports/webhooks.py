"""What the webhook's door needs: proof that a delivery comes from Microsoft."""

from collections.abc import Mapping
from typing import Protocol


class MalformedDelivery(Exception):
    """The delivery is not of the documented form: answer 400."""


class ForgedDelivery(Exception):
    """The delivery is not signed by Microsoft: answer 401."""


class CertificateUnavailable(Exception):
    """
    The certificate could not be had, so nobody can say whether the delivery is genuine: answer 401.

    `host_allowed` is False where the host is not among the configured ones: a forgery, or Microsoft moved.
    """

    def __init__(self, detail: str, *, host_allowed: bool = True) -> None:
        super().__init__(detail)
        self.host_allowed = host_allowed


class DeliveryVerifier(Protocol):
    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Return if Microsoft signed `body`. Raises the three exceptions above."""

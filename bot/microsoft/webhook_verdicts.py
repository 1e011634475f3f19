"""Whether a certificate may vouch for deliveries, decided once for many of them."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.microsoft.webhook_certificates import Held
from bot.microsoft.webhook_chain import check_names
from bot.microsoft.webhook_intermediates import Paths
from bot.microsoft.webhook_revocation import Revocation, Revocations, Standing, Unknown
from bot.ports.clock import Clock
from bot.ports.webhooks import CertificateUnavailable

MOST_KEPT = 32
WARN_EVERY = timedelta(hours=1)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Verdict:
    key: RSAPublicKey
    until: datetime


class Verdicts:
    """Keeps "leads to a root and is not revoked" for as long as that is known; a refusal is not kept."""

    def __init__(self, paths: Paths, revocations: Revocations, mode: Revocation, clock: Clock) -> None:
        self._paths = paths
        self._revocations = revocations
        self._mode = mode
        self._clock = clock
        self._verdicts: OrderedDict[x509.Certificate, _Verdict] = OrderedDict()
        self._warned_at: datetime | None = None

    def key(self, certificate: x509.Certificate) -> RSAPublicKey:
        """Return the key of a certificate whose names are right. Raises `UntrustedCertificate`."""
        verdict = self._verdicts.get(certificate)
        return verdict.key if verdict else check_names(certificate)

    async def check(self, held: Held) -> None:
        """
        Return if the certificate counts.

        To be asked only after a signature was verified with `key`: it may cause requests to other hosts.
        Raises `UntrustedCertificate`, `CertificateUnavailable`.
        """
        verdict = self._verdicts.get(held.certificate)
        if verdict is None or self._clock.now() >= verdict.until:
            await self._decide(held)

    async def _decide(self, held: Held) -> None:
        chain = await self._paths.find(held.certificate, held.beside)
        end = min(each.not_valid_after_utc for each in chain)
        if self._mode is not Revocation.OFF:
            standing = await self._revocations.standing(chain)
            self._accept(standing)
            end = min(end, standing.until or end)
        self._verdicts[held.certificate] = _Verdict(self.key(held.certificate), end)
        while len(self._verdicts) > MOST_KEPT:
            self._verdicts.popitem(last=False)

    def _accept(self, standing: Standing) -> None:
        if self._mode is Revocation.STRICT and standing.unknown:
            first = standing.unknown[0]
            raise CertificateUnavailable(first.why, host_allowed=first.host_allowed)
        if nobody_said := [each for each in standing.unknown if each.named]:
            self._warn(nobody_said)

    def _warn(self, unknown: list[Unknown]) -> None:
        now = self._clock.now()
        if self._warned_at is None or now - self._warned_at >= WARN_EVERY:
            self._warned_at = now
            logger.warning("webhook certificate's revocation is unknown", why=[each.why for each in unknown])

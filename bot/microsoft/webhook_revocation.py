"""Whether the certificates of a chain still count, as their issuers say."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from bot.microsoft.webhook_chain import UntrustedCertificate
from bot.microsoft.webhook_crl import LONGEST_KEPT, crl_addresses, is_on, read_crl
from bot.microsoft.webhook_download import Downloads, UnusableAddress
from bot.microsoft.webhook_files import ocsp_responders
from bot.microsoft.webhook_kept import FAILURE_KEPT, Good, Kept
from bot.microsoft.webhook_ocsp import question, read_answer
from bot.ports.clock import Clock
from bot.ports.webhooks import CertificateUnavailable

LARGEST_ANSWER = 64 * 1024
LARGEST_CRL = 8 * 1024 * 1024
MOST_ANSWERS, MOST_CRLS = 64, 8
MOST_SOURCES = 2
"""Of each kind, for one certificate."""


class Revocation(StrEnum):
    """
    What to do about certificates their issuer has taken back.

    `OFF`: nothing. `SOFT`: refuse them; what nobody answers about counts. `STRICT`: refuse that as well.
    """

    OFF = "off"
    SOFT = "soft"
    STRICT = "strict"


@dataclass(frozen=True)
class Unknown:
    """Nobody said about a certificate. `named`: it names somebody who could have."""

    why: str
    named: bool = True
    host_allowed: bool = True


@dataclass(frozen=True)
class Standing:
    """Nothing in the chain is known to be revoked. `until` is when to ask again, None if there is no need."""

    until: datetime | None
    unknown: tuple[Unknown, ...]


class Revocations:
    """Asks OCSP responders first, being small, then reads CRLs; what they say is kept while it holds."""

    def __init__(self, downloads: Downloads, clock: Clock) -> None:
        self._downloads = downloads
        self._clock = clock
        self._answers: Kept[tuple[str, x509.Certificate], bool] = Kept(clock, most=MOST_ANSWERS)
        self._crls: Kept[tuple[str, x509.Certificate], x509.CertificateRevocationList] = Kept(
            clock, most=MOST_CRLS
        )

    async def standing(self, chain: list[x509.Certificate]) -> Standing:
        """
        Return how the chain, leaf first, stands; its root is beyond revocation.

        Raises `UntrustedCertificate` if one of its certificates is revoked.
        """
        links = list(pairwise(chain))
        results = await asyncio.gather(*(self._ask(*link) for link in links))
        for (certificate, _), result in zip(links, results, strict=True):
            if isinstance(result, Good) and result.value:
                raise UntrustedCertificate(f"{certificate.subject.rfc4514_string()!r} is revoked")
        ends = [result.until for result in results if isinstance(result, Good)]
        unknown = tuple(result for result in results if isinstance(result, Unknown))
        if any(each.named for each in unknown):
            ends.append(self._clock.now() + FAILURE_KEPT)
        return Standing(min(ends, default=None), unknown)

    async def _ask(self, certificate: x509.Certificate, issuer: x509.Certificate) -> Good[bool] | Unknown:
        about = f"whether {certificate.subject.rfc4514_string()!r} is revoked is not known"
        unknown = Unknown(f"{about}: it names nobody to ask", named=False)
        try:
            responders, lists = ocsp_responders(certificate), crl_addresses(certificate)
        except ValueError as error:
            return Unknown(f"{about}: {error}")
        asks = [(self._by_ocsp, url) for url in responders[:MOST_SOURCES]]
        asks += [(self._by_crl, url) for url in lists[:MOST_SOURCES]]
        for ask, url in asks:
            try:
                return await ask(url, certificate, issuer)
            except (UnusableAddress, ValueError) as error:
                unknown = Unknown(f"{about}: {error}")
            except CertificateUnavailable as error:
                unknown = Unknown(f"{about}: {error}", host_allowed=error.host_allowed)
        return unknown

    async def _by_ocsp(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> Good[bool]:
        return await self._answers.get((url, certificate), lambda: self._answer(url, certificate, issuer))

    async def _by_crl(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> Good[bool]:
        kept = await self._crls.get((url, issuer), lambda: self._crl(url, issuer))
        return Good(is_on(kept.value, certificate), kept.until)

    async def _answer(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> Good[bool]:
        asked = question(certificate, issuer)
        content = await self._downloads.post(
            url,
            asked.public_bytes(Encoding.DER),
            content_type="application/ocsp-request",
            largest=LARGEST_ANSWER,
        )
        answer = read_answer(content, asked=asked, issuer=issuer, at=self._clock.now())
        revoked = answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
        return Good(revoked, self._until(answer.next_update_utc))

    async def _crl(self, url: str, issuer: x509.Certificate) -> Good[x509.CertificateRevocationList]:
        content = await self._downloads.get(url, largest=LARGEST_CRL)
        crl = await asyncio.to_thread(read_crl, content, issuer=issuer, at=self._clock.now())
        return Good(crl, self._until(crl.next_update_utc))

    def _until(self, next_update: datetime | None) -> datetime:
        latest = self._clock.now() + LONGEST_KEPT
        return min(next_update or latest, latest)

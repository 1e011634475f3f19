"""Fetches the certificates that lead from a leaf to a root, from where the certificates say they are."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta

from cryptography import x509

from bot.microsoft.webhook_chain import TrustRoots, UntrustedCertificate
from bot.microsoft.webhook_download import Downloads, UnusableAddress
from bot.microsoft.webhook_files import ca_issuers, is_issued_by, parse_certificates
from bot.microsoft.webhook_kept import Good, Kept
from bot.ports.clock import Clock
from bot.ports.webhooks import CertificateUnavailable

LIFETIME = timedelta(days=1)
LARGEST = 64 * 1024
LEVELS = 2
"""The leaf's issuer and that one's: some of Microsoft's hang from a public root by a cross-signed one."""
MOST_FETCHED = 3
MOST_URLS = 2
MOST_KEPT = 32


class Paths:
    """Chains to the roots, with what certificates' `caIssuers` addresses (RFC 5280, 4.2.2.1) can add."""

    def __init__(self, roots: TrustRoots, downloads: Downloads, clock: Clock) -> None:
        self._roots = roots
        self._downloads = downloads
        self._clock = clock
        self._kept: Kept[str, list[x509.Certificate]] = Kept(clock, most=MOST_KEPT)

    async def find(
        self, leaf: x509.Certificate, beside: Iterable[x509.Certificate]
    ) -> list[x509.Certificate]:
        """
        Return the chain, leaf first, root last.

        Raises `UntrustedCertificate`; `CertificateUnavailable` where a missing link could not be fetched.
        """
        others, frontier, room = list(beside), [leaf], MOST_FETCHED
        for _ in range(LEVELS):
            with suppress(UntrustedCertificate):
                return self._path(leaf, others)
            frontier = (await self._above(frontier))[:room]
            others += frontier
            room -= len(frontier)
        return self._path(leaf, others)

    def _path(self, leaf: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
        return self._roots.path(leaf, others, at=self._clock.now())

    async def _above(self, children: list[x509.Certificate]) -> list[x509.Certificate]:
        found: list[x509.Certificate] = []
        problem: CertificateUnavailable | None = None
        for child, url in _addresses(children):
            try:
                found += await self._kept_at(url, child)
            except CertificateUnavailable as error:
                problem = error
        if problem is not None and not found:
            detail = f"issuing certificate not fetched: {problem}"
            raise CertificateUnavailable(detail, host_allowed=problem.host_allowed)
        return found

    async def _kept_at(self, url: str, child: x509.Certificate) -> list[x509.Certificate]:
        try:
            kept = await self._kept.get(url, lambda: self._fetch(url, child))
        except UnusableAddress as error:
            raise CertificateUnavailable(str(error)) from error
        return [each for each in kept.value if is_issued_by(child, each)]

    async def _fetch(self, url: str, child: x509.Certificate) -> Good[list[x509.Certificate]]:
        found = parse_certificates(await self._downloads.get(url, largest=LARGEST))
        if not any(is_issued_by(child, each) for each in found):
            raise ValueError("the file holds another issuer")
        return Good(found, self._clock.now() + LIFETIME)


def _addresses(children: Iterable[x509.Certificate]) -> Iterator[tuple[x509.Certificate, str]]:
    for child in children:
        for url in ca_issuers(child)[:MOST_URLS]:
            yield child, url

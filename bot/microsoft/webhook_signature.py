"""
Whether a webhook delivery comes from Partner Center.

What Microsoft documents is a signature over the raw body, by a certificate whose address is a header of the
same delivery. What that leaves open is closed here: where the certificate may come from, what it has to be,
and which algorithms count. Source: learn.microsoft.com/partner-center/developer/partner-center-webhooks
"""

import base64
import binascii
import re
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp.abc import AbstractResolver
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from bot.microsoft.transport import tls_context
from bot.microsoft.webhook_certificates import Certificates, Held
from bot.microsoft.webhook_chain import TrustRoots, UntrustedCertificate
from bot.microsoft.webhook_download import Downloads, UnusableAddress
from bot.microsoft.webhook_intermediates import Paths
from bot.microsoft.webhook_revocation import Revocation, Revocations
from bot.microsoft.webhook_verdicts import Verdicts
from bot.ports.clock import Clock
from bot.ports.webhooks import CertificateUnavailable, ForgedDelivery, MalformedDelivery

__all__ = ["CertificateUnavailable", "ForgedDelivery", "MalformedDelivery", "Revocation", "WebhookSignature"]

CERTIFICATE_HOSTS = ("3psostorageacct.blob.core.windows.net",)
"""Where Microsoft's sample delivery points; not documented as stable."""

CERTIFICATE_PATH = "/cert/pcnotifications-dispatch.microsoft.com.cer"
"""Where on it; as little documented."""

AUTHORITY_HOSTS = (
    "www.microsoft.com",
    "caissuers.microsoft.com",
    "crl.microsoft.com",
    "oneocsp.microsoft.com",
    "cacerts.digicert.com",
    "crl3.digicert.com",
    "crl4.digicert.com",
    "ocsp.digicert.com",
)
"""
Who serves the issuing certificates of Microsoft's and DigiCert's authorities, and says which are revoked.

Source: learn.microsoft.com/azure/security/fundamentals/azure-ca-details
"""

HASHES: dict[str, HashAlgorithm] = {"rsa-sha256": SHA256(), "rsa-sha384": SHA384(), "rsa-sha512": SHA512()}

SIGNATURE, OWN_SIGNATURE = "authorization", "x-ms-signature"
CERTIFICATE_URL, ALGORITHM = "x-ms-certificate-url", "x-ms-signature-algorithm"
ONCE = frozenset({SIGNATURE, OWN_SIGNATURE, CERTIFICATE_URL, ALGORITHM, "content-encoding", "content-length"})
_SIGNATURE = re.compile(r"signature +(?P<value>[A-Za-z0-9+/]{1,2048}={0,2})", re.IGNORECASE)
_SCHEME = re.compile(r"signature(?: |$)", re.IGNORECASE)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Claim:
    signature: bytes
    certificate_url: str
    algorithm: str


class WebhookSignature:
    """Verifies deliveries. It keeps certificates, so there is one for the whole process."""

    def __init__(
        self,
        *,
        clock: Clock,
        trust_roots: bytes | None = None,
        certificate_hosts: Iterable[str] = CERTIFICATE_HOSTS,
        algorithms: Iterable[str] = ("rsa-sha256",),
        tls: ssl.SSLContext | None = None,
        timeout: timedelta = timedelta(seconds=5),
        resolver: AbstractResolver | None = None,
        authority_hosts: Iterable[str] = AUTHORITY_HOSTS,
        revocation: Revocation = Revocation.SOFT,
    ) -> None:
        """
        `trust_roots`: PEM bundle, self-signed certificates in it being roots and others intermediates; None
        for the system's. Issuing certificates that are not in it are fetched from `authority_hosts`, over
        http or https, as is word of revocation.
        `certificate_hosts`, `authority_hosts`: `host` (the scheme's own port) or `host:port`. An entry that
        names a loopback host itself is the only way a private address is fetched. `tls`: trust for fetching.
        `timeout`: for one certificate; half of it for each answer about revocation.

        Raises `ValueError` for a bundle without a root, an unreadable host or an unknown algorithm.
        """
        self._algorithms = frozenset(algorithms)
        if not self._algorithms <= HASHES.keys():
            raise ValueError(f"signature algorithms are {', '.join(HASHES)}")
        tls = tls or tls_context()
        leaves = Downloads(hosts=certificate_hosts, tls=tls, timeout=timeout, resolver=resolver)
        self._certificates = Certificates(leaves, clock)
        hosts = frozenset(authority_hosts)
        schemes = frozenset({"http", "https"})
        issuers = Downloads(hosts=hosts, tls=tls, timeout=timeout, resolver=resolver, schemes=schemes)
        answers = Downloads(hosts=hosts, tls=tls, timeout=timeout / 2, resolver=resolver, schemes=schemes)
        self._verdicts = Verdicts(
            Paths(TrustRoots(trust_roots), issuers, clock), Revocations(answers, clock), revocation, clock
        )

    async def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """
        Return if Microsoft signed `body`, which is what arrived, byte for byte.

        `headers`: whatever `items()` yields is read, so a mapping that keeps repeated headers shows them.

        Raises:
            MalformedDelivery: headers missing, repeated or unreadable, or an encoded body.
            ForgedDelivery: no signature, or one that proves nothing.
            CertificateUnavailable: the certificate, or one between it and a root, is at a host that is not
                allowed or does not answer; with `STRICT`, word of its revocation as well.
        """
        claim = _claim(headers)
        if claim.algorithm not in self._algorithms:
            raise ForgedDelivery(f"algorithm {claim.algorithm[:40]!r} is not accepted")
        try:
            held = await self._certificates.get(claim.certificate_url)
            signer = await self._signer(held, claim, body)
            self._certificates.has_proved(claim.certificate_url, signer.certificate)
        except UnusableAddress as error:
            raise ForgedDelivery(str(error)) from error
        except CertificateUnavailable as error:
            _log_unavailable(claim, error)
            raise

    async def check_certificate(self, url: str) -> None:
        """
        Return if events signed with the certificate at `url` would count, without any event at hand.

        Raises `ForgedDelivery`, `CertificateUnavailable`.
        """
        try:
            held = await self._certificates.get(url)
            self._verdicts.key(held.certificate)
            await self._verdicts.check(held)
        except (UnusableAddress, UntrustedCertificate) as error:
            raise ForgedDelivery(str(error)) from error

    async def _signer(self, held: Held, claim: _Claim, body: bytes) -> Held:
        """Return the certificate that fits: what is at the address, what was there before, or what is now."""
        try:
            return await self._checked(held, claim, body)
        except ForgedDelivery:
            if (former := self._certificates.former(claim.certificate_url)) is not None:
                with suppress(ForgedDelivery):
                    return await self._checked(former, claim, body)
            newer = await self._certificates.newer(claim.certificate_url, than=held.certificate)
            if newer is None:
                raise
            return await self._checked(newer, claim, body)

    async def _checked(self, held: Held, claim: _Claim, body: bytes) -> Held:
        try:
            key = self._verdicts.key(held.certificate)
            key.verify(claim.signature, body, PKCS1v15(), HASHES[claim.algorithm])
            await self._verdicts.check(held)
        except InvalidSignature:
            raise ForgedDelivery("the signature does not fit the body") from None
        except UntrustedCertificate as error:
            logger.warning("webhook certificate is not trusted", url=claim.certificate_url, why=str(error))
            raise ForgedDelivery(f"the certificate is not trusted: {error}") from error
        return held


def _claim(headers: Mapping[str, str]) -> _Claim:
    named = _once(headers)
    if named.get("content-encoding", "identity").strip().lower() != "identity":
        raise MalformedDelivery("an encoded body is not signed as it arrives")
    signature = _signature(named)
    if not named.get(CERTIFICATE_URL) or not named.get(ALGORITHM):
        raise MalformedDelivery(f"{CERTIFICATE_URL} and {ALGORITHM} are required")
    return _Claim(signature, named[CERTIFICATE_URL].strip(), named[ALGORITHM].strip().lower())


def _once(headers: Mapping[str, str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        if key in ONCE and key in named:
            raise MalformedDelivery(f"{key} comes twice")
        named[key] = value
    return named


def _signature(named: Mapping[str, str]) -> bytes:
    given = [named.get(name, "").strip() for name in (SIGNATURE, OWN_SIGNATURE)]
    signed = [value for value in given if _SCHEME.match(value)]
    if not signed:
        raise ForgedDelivery("there is no signature")
    if len(set(signed)) > 1:
        raise MalformedDelivery("there are two signatures")
    match = _SIGNATURE.fullmatch(signed[0])
    value = match["value"] if match else ""
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error:
        decoded = b""
    # Base64 leaves bits of its last character unread; there is one way to write a signature.
    if not decoded or base64.b64encode(decoded).decode() != value:
        raise MalformedDelivery("the signature is not base64")
    return decoded


def _log_unavailable(claim: _Claim, error: CertificateUnavailable) -> None:
    what = "webhook certificate not available" if error.host_allowed else "webhook certificate host refused"
    logger.error(what, url=claim.certificate_url[:300], why=str(error))

"""Whether a certificate is one that Microsoft signs webhooks with."""

import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from bot.microsoft.webhook_files import extension
from bot.ports.unfit import Fault, SettingWrong

ISSUER_ORGANISATION = "Microsoft Corporation"
SUBJECT_SUFFIX = ".microsoft.com"
SMALLEST_KEY_BITS = 2048
_PEM_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class UntrustedCertificate(Exception):
    """The certificate is not one of Microsoft's; the message says why."""


class TrustRoots:
    """Whom to believe: the self-signed certificates of a bundle are roots, its others lead to them."""

    def __init__(self, pem: bytes | None = None) -> None:
        """`pem`: the bundle, or None for the system's. Raises `SettingWrong` for one without a root."""
        certificates = _system_roots() if pem is None else _certificates(pem)
        roots = [each for each in certificates if each.subject == each.issuer]
        if not roots:
            raise SettingWrong(Fault.TRUST_ROOTS)
        self._store = Store(roots)
        self._intermediates = [each for each in certificates if each.subject != each.issuer]

    def path(
        self, certificate: x509.Certificate, others: Iterable[x509.Certificate], *, at: datetime
    ) -> list[x509.Certificate]:
        """
        Return the chain, the certificate first and a root last, if there is one that holds at that time.

        `others` may be on the way and are not believed for it. The root need not be Microsoft's, and no
        extended key usage is asked for: neither is documented. Raises `UntrustedCertificate`.
        """
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(at)
            .extension_policies(ca_policy=_authorities(), ee_policy=_signers())
            .build_client_verifier()
        )
        try:
            return verifier.verify(certificate, [*self._intermediates, *others]).chain
        except VerificationError as error:
            issuer = certificate.issuer.rfc4514_string()
            raise UntrustedCertificate(f"no path from {issuer!r} to a trust root: {error}") from error
        except ValueError as error:
            raise UntrustedCertificate(f"the certificate cannot be read: {error}") from error


def check_names(certificate: x509.Certificate) -> RSAPublicKey:
    """Return the key. Raises `UntrustedCertificate` for another issuer, another subject or a weak key."""
    organisations = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if ISSUER_ORGANISATION not in {str(each.value) for each in organisations}:
        raise UntrustedCertificate(f"its issuer is not {ISSUER_ORGANISATION}")
    if not any(name.lower().endswith(SUBJECT_SUFFIX) for name in _names(certificate)):
        raise UntrustedCertificate(f"its subject is not under {SUBJECT_SUFFIX}")
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY_BITS:
        raise UntrustedCertificate(f"its key is not RSA with at least {SMALLEST_KEY_BITS} bits")
    return key


def _certificates(pem: bytes) -> list[x509.Certificate]:
    with suppress(ValueError):
        return x509.load_pem_x509_certificates(pem)
    return []


def _system_roots() -> list[x509.Certificate]:
    """One or another of the world's roots breaks RFC 5280 (a serial number of zero): it is left out."""
    blocks = _PEM_BLOCK.findall(Path(certifi.where()).read_bytes())
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for block in blocks:
            with suppress(ValueError, CryptographyDeprecationWarning):
                roots.append(x509.load_pem_x509_certificate(block))
    return roots


def _names(certificate: x509.Certificate) -> list[str]:
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        alternatives = extension(certificate, x509.SubjectAlternativeName)
    except ValueError as error:
        raise UntrustedCertificate(f"the certificate cannot be read: {error}") from error
    dns_names = alternatives.get_values_for_type(x509.DNSName) if alternatives else []
    return [str(each.value) for each in common] + dns_names


def _authorities() -> ExtensionPolicy:
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)  # its value is checked anyway
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign_certificates)
    )


def _signers() -> ExtensionPolicy:
    return (
        ExtensionPolicy.permit_all()
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_no_authority)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign_data)
    )


def _may_sign_certificates(
    _policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("an issuer that may not sign certificates")


def _is_no_authority(
    _policy: Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints | None
) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("a certificate authority instead of a signer")


def _may_sign_data(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.digital_signature:
        raise ValueError("a certificate that may not sign data")

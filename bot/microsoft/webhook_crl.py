"""Lists of revoked certificates (RFC 5280, section 5)."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from bot.microsoft.webhook_files import extension

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_KEPT = timedelta(days=7)
SOUND_HASHES = (SHA256, SHA384, SHA512)


def crl_addresses(certificate: x509.Certificate) -> list[str]:
    """Return where the issuer's own, complete lists are."""
    points = extension(certificate, x509.CRLDistributionPoints) or ()
    names = [
        name
        for point in points
        if not point.reasons and not point.crl_issuer
        for name in point.full_name or ()
    ]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]


def read_crl(content: bytes, *, issuer: x509.Certificate, at: datetime) -> x509.CertificateRevocationList:
    """Return the list, if the issuer signed it and it holds at that time. Raises `ValueError`."""
    try:
        crl = _parse(content)
        if crl.issuer != issuer.subject or not _may_sign_lists(issuer):
            raise ValueError("the list is of another issuer")
        if not isinstance(crl.signature_hash_algorithm, SOUND_HASHES):
            raise ValueError("the list's signature is of a weak kind")
        if not crl.is_signature_valid(_key(issuer)):
            raise ValueError("the list's signature does not fit")
    except (UnsupportedAlgorithm, x509.InvalidVersion, TypeError) as error:
        raise ValueError(f"the list cannot be read: {error}") from error
    check_fresh(crl.last_update_utc, crl.next_update_utc, at)
    _check_extensions(crl)
    return crl


def is_on(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Return whether the certificate is revoked or on hold. Raises `ValueError` if it is not in scope."""
    scope = extension(crl, x509.IssuingDistributionPoint)
    if scope is not None and not _covers(scope, certificate):
        raise ValueError("the list is about other certificates")
    return crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


def check_fresh(this_update: datetime, next_update: datetime | None, at: datetime) -> None:
    """Raise `ValueError` unless the statement holds at that time and says until when."""
    if this_update > at + CLOCK_SKEW:
        raise ValueError("the statement is from the future")
    if next_update is None or next_update <= at:
        raise ValueError("the statement has lapsed")


def _check_extensions(crl: x509.CertificateRevocationList) -> None:
    if extension(crl, x509.DeltaCRLIndicator) is not None:
        raise ValueError("the list holds changes only")
    if any(
        each.critical and not isinstance(each.value, x509.IssuingDistributionPoint) for each in crl.extensions
    ):
        raise ValueError("the list has an extension that would have to be understood")


def _parse(content: bytes) -> x509.CertificateRevocationList:
    if b"-----BEGIN X509 CRL-----" in content:
        return x509.load_pem_x509_crl(content)
    return x509.load_der_x509_crl(content)


def _key(issuer: x509.Certificate) -> RSAPublicKey | EllipticCurvePublicKey:
    key = issuer.public_key()
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        raise ValueError("the issuer's key is neither RSA nor ECDSA")
    return key


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    usage = extension(issuer, x509.KeyUsage)
    return usage is None or usage.crl_sign


def _covers(scope: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> bool:
    if scope.indirect_crl or scope.only_some_reasons or scope.only_contains_attribute_certs:
        return False
    constraints = extension(certificate, x509.BasicConstraints)
    is_authority = constraints is not None and constraints.ca
    if scope.only_contains_user_certs if is_authority else scope.only_contains_ca_certs:
        return False
    names = [name.value for name in scope.full_name or () if isinstance(name, x509.UniformResourceIdentifier)]
    return not (scope.full_name or scope.relative_name) or any(
        name in crl_addresses(certificate) for name in names
    )

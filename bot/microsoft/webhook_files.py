"""What certificate files hold, and what certificates say about themselves and their issuers."""

from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

MOST_IN_FILE = 10

E = TypeVar("E", bound=x509.ExtensionType)


def parse_certificates(content: bytes) -> list[x509.Certificate]:
    """
    Return the certificates of a `.cer`, `.crt`, `.pem`, `.p7b` or `.p7c` file, authorities last.

    PKCS#7 is a set and keeps no order: the leaf is the one that is no authority. Raises `ValueError`.
    """
    try:
        found = _parse(content)
    except (UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ValueError(f"the file holds no certificate: {error}") from error
    if not 0 < len(found) <= MOST_IN_FILE:
        raise ValueError(f"the file holds {len(found)} certificates")
    return sorted(found, key=_is_authority)


def extension(owner: x509.Certificate | x509.CertificateRevocationList, kind: type[E]) -> E | None:
    """Return the extension of that kind, if there is one. Raises `ValueError` for unreadable ones."""
    try:
        return owner.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(str(error)) from error


def ca_issuers(certificate: x509.Certificate) -> list[str]:
    """Return where the certificate says its issuer's is."""
    return _access(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


def ocsp_responders(certificate: x509.Certificate) -> list[str]:
    """Return whom the certificate names to ask about it."""
    return _access(certificate, AuthorityInformationAccessOID.OCSP)


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    described = extension(certificate, x509.AuthorityInformationAccess) or ()
    places = [each.access_location for each in described if each.access_method == method]
    return [place.value for place in places if isinstance(place, x509.UniformResourceIdentifier)]


def is_issued_by(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether name and signature fit."""
    try:
        child.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _parse(content: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN CERTIFICATE-----" in content:
        return x509.load_pem_x509_certificates(content)
    if b"-----BEGIN PKCS7-----" in content:
        return pkcs7.load_pem_pkcs7_certificates(content)
    try:
        return [x509.load_der_x509_certificate(content)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(content)


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca

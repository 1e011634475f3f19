"""Certificate authorities and leaf certificates, made at start and never written with their keys."""

import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

DISPATCH_NAME = "pcnotifications-dispatch.microsoft.com"
MICROSOFT = "Microsoft Corporation"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_FAR_AHEAD = datetime(2099, 12, 31, tzinfo=UTC)
_LEAF_LIFETIME = timedelta(days=365)


@dataclass(frozen=True)
class Signed:
    """A certificate and the key it speaks for."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True)
class Wanted:
    """What a certificate is to say."""

    common_name: str
    organisation: str | None = None
    authority: bool = False
    names: tuple[x509.GeneralName, ...] = ()
    not_before: datetime = _LONG_AGO
    not_after: datetime = _FAR_AHEAD
    extended_key_usage: bool = True
    ca_issuers: tuple[str, ...] = ()
    ocsp_responders: tuple[str, ...] = ()
    crls: tuple[str, ...] = ()


def issue(wanted: Wanted, key: PrivateKey, issuer: Signed | None) -> Signed:
    """Sign a certificate for `key` with `issuer`, or with itself."""
    subject = _name(wanted)
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(wanted.not_before)
        .not_valid_after(wanted.not_after)
    )
    for extension, critical in _extensions(wanted, key, signer):
        builder = builder.add_extension(extension, critical=critical)
    return Signed(builder.sign(signer, hashes.SHA256()), key)


def _name(wanted: Wanted) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, wanted.common_name)]
    if wanted.organisation:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, wanted.organisation))
    return x509.Name(attributes)


def _extensions(wanted: Wanted, key: PrivateKey, signer: PrivateKey) -> list[tuple[x509.ExtensionType, bool]]:
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=wanted.authority, path_length=None), True),
        (_key_usage(wanted.authority), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
    ]
    if wanted.names:
        extensions.append((x509.SubjectAlternativeName(wanted.names), False))
    if wanted.extended_key_usage and not wanted.authority:
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        extensions.append((x509.ExtendedKeyUsage(usages), False))
    return extensions + _addresses(wanted)


def _addresses(wanted: Wanted) -> list[tuple[x509.ExtensionType, bool]]:
    """Where to find the issuer's certificate, and whether this one is revoked."""
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, urls in (
            (AuthorityInformationAccessOID.OCSP, wanted.ocsp_responders),
            (AuthorityInformationAccessOID.CA_ISSUERS, wanted.ca_issuers),
        )
        for url in urls
    ]
    points = [
        x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in wanted.crls
    ]
    found: list[tuple[x509.ExtensionType, bool]] = []
    if access:
        found.append((x509.AuthorityInformationAccess(access), False))
    if points:
        found.append((x509.CRLDistributionPoints(points), False))
    return found


def _key_usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=not authority,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class TlsAuthority:
    """
    The authority behind the loopback https servers.

    Its certificates are valid from 2000 to 2099: TLS libraries read the machine's clock, which the
    injected one need not agree with.
    """

    def __init__(self) -> None:
        self._authority = issue(Wanted("Sandbox TLS Root", authority=True), _ec_key(), None)
        names = (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))
        self._leaf = issue(Wanted("localhost", names=names), _ec_key(), self._authority)
        self.ca_pem = self._authority.pem

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        key = self._leaf.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with tempfile.TemporaryDirectory() as directory:
            chain = Path(directory) / "chain.pem"
            chain.touch(mode=0o600)
            chain.write_bytes(key + self._leaf.pem.encode())
            context.load_cert_chain(chain)
        return context


class DispatchAuthority:
    """Root, Microsoft's issuing authority and the leaf that signs callbacks, plus forged leaves."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._root = issue(Wanted("Sandbox Trust Root", "Sandbox Trust", authority=True), _ec_key(), None)
        issuing = Wanted("Microsoft Sandbox Issuing CA 01", MICROSOFT, authority=True)
        self._issuing = issue(issuing, _ec_key(), self._root)
        self._forged: dict[str, Signed] = {}
        self.rotate()

    @property
    def trust_roots_pem(self) -> str:
        """Root and issuing authority, as one bundle."""
        return self._root.pem + self._issuing.pem

    @property
    def leaf(self) -> Signed:
        """The leaf in use; a new one when the clock has passed the old one's end."""
        if self._clock() >= self._leaf.certificate.not_valid_after_utc:
            self.rotate()
        return self._leaf

    def rotate(self, *, extended_key_usage: bool = True) -> None:
        self._leaf = issue(self._wanted(extended_key_usage=extended_key_usage), rsa_key(), self._issuing)

    def served(self, file_name: str) -> Signed | None:
        """The certificate behind `/cert/{file_name}`, or None."""
        if file_name == f"{DISPATCH_NAME}.cer":
            return self.leaf
        return self._forged.get(file_name.removesuffix(".cer"))

    def forge(self, kind: str) -> Signed:
        """`expired`, `self-signed`, `wrong-organisation` or `intermediate`; one of each per start."""
        if kind not in self._forged:
            self._forged[kind] = self._forge(kind)
        return self._forged[kind]

    def _forge(self, kind: str) -> Signed:
        if kind == "expired":
            wanted = self._wanted(end=self._clock() - timedelta(days=1))
            return issue(wanted, rsa_key(), self._issuing)
        if kind == "self-signed":
            return issue(self._wanted(organisation=MICROSOFT), rsa_key(), None)
        if kind == "wrong-organisation":
            return issue(self._wanted(), rsa_key(), self._root)
        if kind == "intermediate":
            return issue(self._wanted(authority=True), rsa_key(), self._issuing)
        raise KeyError(kind)

    def _wanted(
        self,
        *,
        end: datetime | None = None,
        organisation: str | None = None,
        authority: bool = False,
        extended_key_usage: bool = True,
    ) -> Wanted:
        not_after = end or self._clock() + _LEAF_LIFETIME
        return Wanted(
            DISPATCH_NAME,
            organisation,
            authority,
            names=(x509.DNSName(DISPATCH_NAME),),
            not_before=not_after - _LEAF_LIFETIME - timedelta(days=1),
            not_after=not_after,
            extended_key_usage=extended_key_usage,
        )

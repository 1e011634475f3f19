"""A tree of authorities on loopback: a root, an issuing authority, a leaf, and what is said about them."""

import base64
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from bot.microsoft.transport import tls_context
from bot.microsoft.webhook_signature import CertificateUnavailable, ForgedDelivery, WebhookSignature
from bot.sandbox.fake_microsoft.pki import DISPATCH_NAME, MICROSOFT, Signed, Wanted, issue, rsa_key
from tests.integration.microsoft.stub import NOON, Certificates, HandClock, Handler, Stub, serving

PATH = f"/cert/{DISPATCH_NAME}.cer"
BODY = b'{"EventName":"test-created","ResourceName":"test"}'
LEAF_KEY = rsa_key()
ISSUING_NAME = "Microsoft TLS Issuing CA"


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def an_authority(name: str, issuer: Signed | None = None, key: Any = None, **more: Any) -> Signed:
    usual: dict[str, Any] = {"organisation": MICROSOFT, "authority": True}
    return issue(Wanted(name, **(usual | more)), key or ec_key(), issuer)


def a_leaf(issuer: Signed, **more: Any) -> Signed:
    usual: dict[str, Any] = {
        "common_name": DISPATCH_NAME,
        "not_before": NOON - dt.timedelta(days=30),
        "not_after": NOON + dt.timedelta(days=300),
    }
    return issue(Wanted(**(usual | more)), LEAF_KEY, issuer)


ROOT = an_authority("Some Root", organisation="DigiCert Inc")


def pem(*signed: Signed) -> bytes:
    return "".join(each.pem for each in signed).encode()


def p7b(*signed: Signed, encoding: Encoding = Encoding.DER) -> bytes:
    return pkcs7.serialize_certificates([each.certificate for each in signed], encoding)


def a_crl(
    signer: Signed,
    *revoked: Signed,
    issuer: Signed | None = None,
    start: dt.datetime = NOON - dt.timedelta(days=1),
    end: dt.datetime = NOON + dt.timedelta(days=2),
    extensions: tuple[x509.ExtensionType, ...] = (),
    algorithm: Any = None,
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name((issuer or signer).certificate.subject)
        .last_update(start)
        .next_update(end)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    for each in revoked:
        entry = x509.RevokedCertificateBuilder(each.certificate.serial_number, start)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(signer.key, algorithm or hashes.SHA256()).public_bytes(Encoding.DER)


def a_responder(issuer: Signed, *, usage: bool = True, no_check: bool = True, **more: Any) -> Signed:
    key = ec_key()
    start, end = more.get("start", NOON - dt.timedelta(days=1)), more.get("end", NOON + dt.timedelta(days=9))
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string("CN=OCSP responder"))
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
    purpose = ExtendedKeyUsageOID.OCSP_SIGNING if usage else ExtendedKeyUsageOID.SERVER_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if no_check:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return Signed(builder.sign(issuer.key, hashes.SHA256()), key)


def an_answer(
    about: Signed,
    issuer: Signed,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    signer: Signed | None = None,
    start: dt.datetime = NOON - dt.timedelta(hours=1),
    end: dt.datetime | None = NOON + dt.timedelta(days=2),
) -> bytes:
    revoked_at = start if status is ocsp.OCSPCertStatus.REVOKED else None
    signer = signer or issuer
    return (
        ocsp.OCSPResponseBuilder()
        .add_response(
            about.certificate, issuer.certificate, hashes.SHA1(), status, start, end, revoked_at, None
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        .certificates([signer.certificate])
        .sign(signer.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


async def refused(verifier: WebhookSignature, tree: "Tree") -> Exception:
    with pytest.raises((ForgedDelivery, CertificateUnavailable)) as caught:
        await verifier.verify(tree.headers(), BODY)
    return caught.value


def redirecting(to: str, *, status: int = 302) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": to})

    return answer


@dataclass
class Tree:
    """The host of leaves (https), the authority's host (http), and a verifier that knows the root only."""

    host: Stub
    authority: Stub
    certificates: Certificates
    clock: HandClock = field(default_factory=HandClock)

    @property
    def place(self) -> str:
        return self.authority.url.removeprefix("http://")

    def url(self, path: str) -> str:
        return f"{self.authority.url}{path}"

    def issuing(self, issuer: Signed = ROOT, **more: Any) -> Signed:
        return an_authority(ISSUING_NAME, issuer, **more)

    def leaf(self, issuer: Signed, **more: Any) -> Signed:
        """A leaf of `issuer`, served by the host; it names `/issuing.crt` unless told otherwise."""
        leaf = a_leaf(issuer, **({"ca_issuers": (self.url("/issuing.crt"),)} | more))
        self.host.on(f"GET {PATH}", (200, leaf.der))
        return leaf

    def serves(self, path: str, *answers: Any) -> None:
        made = [(200, each) if isinstance(each, bytes) else each for each in answers]
        self.authority.on(f"GET {path}", *made)

    def answers(self, path: str, *answers: Any) -> None:
        made = [(200, each) if isinstance(each, bytes) else each for each in answers]
        self.authority.on(f"POST {path}", *made)

    def asked(self, path: str) -> int:
        return len([seen for seen in self.authority.seen if seen.target == path])

    def verifier(self, **more: Any) -> WebhookSignature:
        usual: dict[str, Any] = {
            "clock": self.clock,
            "trust_roots": pem(ROOT),
            "certificate_hosts": (self.host.url.removeprefix("https://"),),
            "authority_hosts": (self.place,),
            "tls": tls_context(self.certificates.ca_file),
            "timeout": dt.timedelta(seconds=1),
        }
        return WebhookSignature(**(usual | more))

    def headers(self, *, key: rsa.RSAPrivateKey = LEAF_KEY, path: str = PATH) -> dict[str, str]:
        signature = key.sign(BODY, padding.PKCS1v15(), hashes.SHA256())
        return {
            "authorization": f"Signature {base64.b64encode(signature).decode()}",
            "x-ms-certificate-url": f"{self.host.url}{path}",
            "x-ms-signature-algorithm": "rsa-sha256",
        }


class Asked(Tree):
    """A tree whose certificates say whom to ask: the leaf OCSP and a CRL, the issuing authority a CRL."""

    issuing_signed: Signed
    leaf_signed: Signed

    def grow(self, *, ocsp: bool = False, crl: bool = True) -> None:
        self.issuing_signed = self.issuing(crls=(self.url("/root.crl"),))
        self.leaf_signed = self.leaf(
            self.issuing_signed,
            ocsp_responders=(self.url("/ocsp"),) if ocsp else (),
            crls=(self.url("/issuing.crl"),) if crl else (),
        )
        self.serves("/issuing.crt", self.issuing_signed.der)
        self.serves("/root.crl", a_crl(ROOT, end=NOON + dt.timedelta(days=30)))
        self.serves("/issuing.crl", a_crl(self.issuing_signed))


@asynccontextmanager
async def a_tree(certificates: Certificates) -> AsyncIterator[Tree]:
    async with serving(Stub(), certificates.server()) as host, serving(Stub()) as authority:
        yield Tree(host, authority, certificates)

import asyncio
import base64
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from multidict import CIMultiDict

from bot.microsoft.transport import tls_context
from bot.microsoft.webhook_signature import (
    CertificateUnavailable,
    ForgedDelivery,
    MalformedDelivery,
    WebhookSignature,
)
from tests.integration.microsoft.resolver import Resolver
from tests.integration.microsoft.stub import NOON, Certificates, HandClock, Stub, never, serving

PATH = "/cert/pcnotifications-dispatch.microsoft.com.cer"
BODY = b'{"EventName":"test-created","ResourceName":"test"}'


def a_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


KEYS = {name: a_key() for name in ("root", "issuing", "leaf", "other")}


def a_key_usage(may_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=may_sign,
        key_cert_sign=may_sign,
        key_encipherment=True,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def an_issuing_certificate(**more: Any) -> x509.Certificate:
    usual: dict[str, Any] = {"signer": KEYS["root"], "issuer": "Some Root", "organisation": "DigiCert Inc"}
    return a_certificate(KEYS["issuing"], "Microsoft TLS Issuing CA", **(usual | more))


def a_certificate(
    key: rsa.RSAPrivateKey,
    common_name: str,
    *,
    signer: rsa.RSAPrivateKey,
    issuer: str,
    organisation: str = "Microsoft Corporation",
    subject_organisation: str = "Microsoft Corporation",
    ca: bool = False,
    start: dt.datetime = NOON - dt.timedelta(days=30),
    end: dt.datetime = NOON + dt.timedelta(days=30),
    usages: tuple[x509.ObjectIdentifier, ...] = (),
    names: tuple[str, ...] = (),
    constrained: bool = True,
    may_sign: bool | None = None,
) -> x509.Certificate:
    def name(common: str, organisation: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name, subject_organisation))
        .issuer_name(name(issuer, organisation))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
    if constrained:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if may_sign is not None:
        builder = builder.add_extension(a_key_usage(may_sign), critical=True)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(signer, hashes.SHA256())


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


ROOT = a_certificate(
    KEYS["root"],
    "Some Root",
    signer=KEYS["root"],
    issuer="Some Root",
    organisation="DigiCert Inc",
    subject_organisation="DigiCert Inc",
    ca=True,
)
ISSUING = an_issuing_certificate(ca=True)
BUNDLE = pem(ISSUING) + pem(ROOT)


def a_leaf(key: rsa.RSAPrivateKey | None = None, **more: Any) -> x509.Certificate:
    usual: dict[str, Any] = {
        "common_name": "pcnotifications-dispatch.microsoft.com",
        "signer": KEYS["issuing"],
        "issuer": "Microsoft TLS Issuing CA",
    }
    return a_certificate(key or KEYS["leaf"], **(usual | more))


LEAF = a_leaf()


def signed(body: bytes = BODY, key: rsa.RSAPrivateKey | None = None, algorithm: Any = None) -> str:
    signature = (key or KEYS["leaf"]).sign(body, padding.PKCS1v15(), algorithm or hashes.SHA256())
    return f"Signature {base64.b64encode(signature).decode()}"


@dataclass
class Dispatch:
    """The host that serves certificates, and a verifier that believes in it."""

    host: Stub
    certificates: Certificates
    clock: HandClock = field(default_factory=HandClock)

    @property
    def place(self) -> str:
        return self.host.url.removeprefix("https://")

    def serves(self, *certificates: Any, path: str = PATH) -> None:
        answers = [(200, der(each)) if isinstance(each, x509.Certificate) else each for each in certificates]
        self.host.on(f"GET {path}", *answers)

    def headers(self, **changed: str) -> dict[str, str]:
        usual = {
            "authorization": signed(),
            "x-ms-certificate-url": f"{self.host.url}{PATH}",
            "x-ms-signature-algorithm": "rsa-sha256",
        }
        return {name: value for name, value in (usual | changed).items() if value}

    def verifier(self, **more: Any) -> WebhookSignature:
        usual: dict[str, Any] = {
            "clock": self.clock,
            "trust_roots": BUNDLE,
            "certificate_hosts": (self.place,),
            "tls": tls_context(self.certificates.ca_file),
            "timeout": dt.timedelta(seconds=1),
        }
        return WebhookSignature(**(usual | more))


@pytest.fixture
async def dispatch(certificates: Certificates) -> AsyncIterator[Dispatch]:
    async with serving(Stub(), certificates.server()) as host:
        running = Dispatch(host, certificates)
        running.serves(LEAF)
        yield running


async def test_a_delivery_by_microsoft_is_accepted(dispatch: Dispatch) -> None:
    await dispatch.verifier().verify(dispatch.headers(), BODY)


async def test_the_scheme_and_header_names_have_no_letter_case(dispatch: Dispatch) -> None:
    headers = {name.title(): value for name, value in dispatch.headers().items()}
    headers["Authorization"] = headers["Authorization"].replace("Signature", "SIGNATURE")
    headers["X-Ms-Signature-Algorithm"] = "RSA-SHA256"

    await dispatch.verifier().verify(headers, BODY)


async def test_the_signature_may_come_in_microsofts_own_header(dispatch: Dispatch) -> None:
    headers = dispatch.headers(authorization="", **{"x-ms-signature": signed()})
    await dispatch.verifier().verify(headers, BODY)
    await dispatch.verifier().verify(headers | {"authorization": "Bearer of-a-proxy"}, BODY)


async def test_a_pem_certificate_will_do(dispatch: Dispatch) -> None:
    dispatch.serves((200, pem(LEAF)))

    await dispatch.verifier().verify(dispatch.headers(), BODY)


@pytest.mark.parametrize(
    "leaf",
    [
        a_leaf(usages=(ExtendedKeyUsageOID.CODE_SIGNING,)),
        a_leaf(common_name="pcnotifications", names=("dispatch.microsoft.com",)),
        a_leaf(common_name="PCNOTIFICATIONS.MICROSOFT.COM"),
    ],
)
async def test_a_name_in_either_place_and_any_usage_will_do(
    dispatch: Dispatch, leaf: x509.Certificate
) -> None:
    dispatch.serves(leaf)

    await dispatch.verifier().verify(dispatch.headers(), BODY)


@pytest.mark.parametrize("body", [BODY + b" ", BODY.replace(b":", b": "), b""])
async def test_another_body_is_refused(dispatch: Dispatch, body: bytes) -> None:
    with pytest.raises(ForgedDelivery):
        await dispatch.verifier().verify(dispatch.headers(), body)


@pytest.mark.parametrize(
    "leaf",
    [
        pytest.param(a_leaf(end=NOON - dt.timedelta(seconds=1)), id="expired"),
        pytest.param(a_leaf(start=NOON + dt.timedelta(seconds=1)), id="not yet valid"),
        pytest.param(
            a_leaf(signer=KEYS["leaf"], issuer="pcnotifications-dispatch.microsoft.com"), id="self-signed"
        ),
        pytest.param(a_leaf(signer=KEYS["other"]), id="foreign authority of the same name"),
        pytest.param(
            a_leaf(signer=KEYS["root"], issuer="Some Root", organisation="DigiCert Inc"), id="wrong issuer"
        ),
        pytest.param(a_leaf(common_name="dispatch.microsoft.com.contoso.example"), id="wrong subject"),
        pytest.param(a_leaf(common_name="notmicrosoft.com"), id="similar subject"),
        pytest.param(a_leaf(ca=True), id="an authority"),
        pytest.param(a_leaf(may_sign=False), id="not for signing"),
    ],
)
async def test_a_certificate_that_is_not_microsofts_is_refused(
    dispatch: Dispatch, leaf: x509.Certificate
) -> None:
    dispatch.serves(leaf)

    with pytest.raises(ForgedDelivery, match="not trusted"):
        await dispatch.verifier().verify(dispatch.headers(), BODY)


async def test_the_issuing_certificate_itself_signs_nothing(dispatch: Dispatch) -> None:
    dispatch.serves(ISSUING)

    with pytest.raises(ForgedDelivery):
        await dispatch.verifier().verify(dispatch.headers(authorization=signed(key=KEYS["issuing"])), BODY)


async def test_a_leaf_cannot_issue_certificates(dispatch: Dispatch) -> None:
    issuer_name = "pcnotifications-dispatch.microsoft.com"
    dispatch.serves(a_leaf(KEYS["other"], signer=KEYS["leaf"], issuer=issuer_name))
    verifier = dispatch.verifier(trust_roots=BUNDLE + pem(LEAF))

    with pytest.raises(ForgedDelivery):
        await verifier.verify(dispatch.headers(authorization=signed(key=KEYS["other"])), BODY)


@pytest.mark.parametrize(
    "issuing",
    [
        an_issuing_certificate(constrained=False),
        an_issuing_certificate(ca=False),
        an_issuing_certificate(ca=True, may_sign=False),
        an_issuing_certificate(ca=True, end=NOON - dt.timedelta(days=1)),
    ],
)
async def test_an_issuer_that_may_not_issue_is_refused(dispatch: Dispatch, issuing: x509.Certificate) -> None:
    with pytest.raises(ForgedDelivery):
        await dispatch.verifier(trust_roots=pem(issuing) + pem(ROOT)).verify(dispatch.headers(), BODY)


async def test_certificates_for_signing_are_accepted(dispatch: Dispatch) -> None:
    dispatch.serves(a_leaf(may_sign=True))
    bundle = pem(an_issuing_certificate(ca=True, may_sign=True)) + pem(ROOT)

    await dispatch.verifier(trust_roots=bundle).verify(dispatch.headers(), BODY)


async def test_a_weak_key_is_refused(dispatch: Dispatch) -> None:
    weak = a_key(1024)
    dispatch.serves(a_leaf(weak))

    with pytest.raises(ForgedDelivery, match="2048"):
        await dispatch.verifier().verify(dispatch.headers(authorization=signed(key=weak)), BODY)


async def test_sha1_is_refused_before_anything_is_fetched(dispatch: Dispatch) -> None:
    with pytest.raises(ForgedDelivery):
        await dispatch.verifier().verify(dispatch.headers(**{"x-ms-signature-algorithm": "rsa-sha1"}), BODY)

    assert not dispatch.host.seen


async def test_a_stronger_hash_counts_only_where_it_is_allowed(dispatch: Dispatch) -> None:
    headers = dispatch.headers(
        authorization=signed(algorithm=hashes.SHA512()), **{"x-ms-signature-algorithm": "rsa-sha512"}
    )
    with pytest.raises(ForgedDelivery):
        await dispatch.verifier().verify(headers, BODY)

    await dispatch.verifier(algorithms=("rsa-sha256", "rsa-sha512")).verify(headers, BODY)


@pytest.mark.parametrize("missing", ["x-ms-certificate-url", "x-ms-signature-algorithm"])
async def test_a_delivery_without_its_headers_is_malformed(dispatch: Dispatch, missing: str) -> None:
    with pytest.raises(MalformedDelivery):
        await dispatch.verifier().verify(dispatch.headers(**{missing: ""}), BODY)


@pytest.mark.parametrize("value", ["", "Bearer abc", "Signatures abc"])
async def test_a_delivery_without_a_signature_is_forged(dispatch: Dispatch, value: str) -> None:
    with pytest.raises(ForgedDelivery):
        await dispatch.verifier().verify(dispatch.headers(authorization=value), BODY)


@pytest.mark.parametrize(
    "value", ["Signature", "Signature !", "Signature a", "Signature abcd, efgh", "Signature Ä"]
)
async def test_an_unreadable_signature_is_malformed(dispatch: Dispatch, value: str) -> None:
    with pytest.raises(MalformedDelivery):
        await dispatch.verifier().verify(dispatch.headers(authorization=value), BODY)


@pytest.mark.parametrize(
    "name", ["Authorization", "X-MS-Certificate-Url", "x-ms-signature-algorithm", "Content-Encoding"]
)
async def test_a_doubled_header_is_refused(dispatch: Dispatch, name: str) -> None:
    headers = CIMultiDict(dispatch.headers(**{"content-encoding": "identity"}))
    headers.add(name, headers[name])

    with pytest.raises(MalformedDelivery, match="twice"):
        await dispatch.verifier().verify(headers, BODY)


async def test_two_different_signatures_are_refused(dispatch: Dispatch) -> None:
    with pytest.raises(MalformedDelivery):
        await dispatch.verifier().verify(dispatch.headers(**{"x-ms-signature": signed(b"other")}), BODY)


async def test_an_encoded_body_is_refused(dispatch: Dispatch) -> None:
    with pytest.raises(MalformedDelivery):
        await dispatch.verifier().verify(dispatch.headers(**{"content-encoding": "gzip"}), BODY)


@pytest.mark.parametrize(
    "url",
    [
        "https://contoso.example/cert/pcnotifications-dispatch.microsoft.com.cer",
        "https://localhost/cert/pcnotifications-dispatch.microsoft.com.cer",
        "https://127.0.0.1:{port}/cert/pcnotifications-dispatch.microsoft.com.cer",
        "https://localhost.contoso.example:{port}/cert/a.cer",
    ],
)
async def test_a_foreign_host_is_never_asked(dispatch: Dispatch, url: str) -> None:
    asked = url.format(port=dispatch.place.rsplit(":", 1)[1])

    with pytest.raises(CertificateUnavailable) as caught:
        await dispatch.verifier().verify(dispatch.headers(**{"x-ms-certificate-url": asked}), BODY)

    assert not caught.value.host_allowed
    assert not dispatch.host.seen


@pytest.mark.parametrize(
    "address",
    [
        "http://{place}/cert/a.cer",
        "https://user@{place}/cert/a.cer",
        "https://{place}/cert/a.cer?b",
        "https://{place}/cert/a.cer?",
        "https://{place}/cert/a.cer#b",
        "https://{place}/cert/a.cer#",
        "https://{place}/cert/../a.cer",
        "https://{place}/cert/..cer",
        "https://{place}/cert/%2e%2e/a.cer",
        "https://{place}/cert/a.pem",
        "https://{place}/cert/b/a.cer",
        "https://{place}/a.cer",
        "https://{place}:99999/cert/a.cer",
        "https://[::1/cert/a.cer",
        "https://{place}/cert/a\n.cer",
        "https://{place}/cert/ä.cer",
    ],
)
async def test_only_plain_certificate_addresses_are_fetched(dispatch: Dispatch, address: str) -> None:
    url = address.format(place=dispatch.place)

    with pytest.raises(ForgedDelivery):
        await dispatch.verifier().verify(dispatch.headers(**{"x-ms-certificate-url": url}), BODY)

    assert not dispatch.host.seen


async def test_a_redirect_leads_nowhere(dispatch: Dispatch) -> None:
    def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{dispatch.host.url}/cert/other.cer"})

    dispatch.serves(elsewhere)
    dispatch.serves(LEAF, path="/cert/other.cer")
    with pytest.raises(CertificateUnavailable):
        await dispatch.verifier().verify(dispatch.headers(), BODY)

    assert len(dispatch.host.seen) == 1


@pytest.mark.parametrize(
    "answer", [(404, b""), (200, b"no certificate"), (200, pem(LEAF) + b"\n" * 70_000), (200, b"")]
)
async def test_a_certificate_that_cannot_be_had_is_no_server_error(dispatch: Dispatch, answer: Any) -> None:
    dispatch.serves(answer)

    with pytest.raises(CertificateUnavailable) as caught:
        await dispatch.verifier().verify(dispatch.headers(), BODY)

    assert caught.value.host_allowed


async def test_a_host_that_never_answers_is_given_up(dispatch: Dispatch) -> None:
    dispatch.serves(never)
    with pytest.raises(CertificateUnavailable):
        await dispatch.verifier(timeout=dt.timedelta(milliseconds=200)).verify(dispatch.headers(), BODY)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1"],
)
async def test_a_public_name_for_a_private_address_is_not_followed(dispatch: Dispatch, address: str) -> None:
    resolver = Resolver(address)
    port = dispatch.place.rsplit(":", 1)[1]
    verifier = dispatch.verifier(
        certificate_hosts=(f"certificates.contoso.example:{port}",), resolver=resolver
    )
    url = f"https://certificates.contoso.example:{port}{PATH}"

    with pytest.raises(CertificateUnavailable, match="DNSError"):
        await verifier.verify(dispatch.headers(**{"x-ms-certificate-url": url}), BODY)

    assert resolver.asked == 1
    assert not dispatch.host.seen


async def test_a_private_address_written_out_is_not_fetched(dispatch: Dispatch) -> None:
    verifier = dispatch.verifier(certificate_hosts=("10.0.0.1:8443",))
    url = f"https://10.0.0.1:8443{PATH}"

    with pytest.raises(CertificateUnavailable, match="may not be fetched"):
        await verifier.verify(dispatch.headers(**{"x-ms-certificate-url": url}), BODY)


async def test_a_loopback_entry_reaches_loopback_and_nothing_else(dispatch: Dispatch) -> None:
    with pytest.raises(CertificateUnavailable, match="DNSError"):
        await dispatch.verifier(resolver=Resolver("93.184.216.34")).verify(dispatch.headers(), BODY)

    await dispatch.verifier(resolver=Resolver("127.0.0.1")).verify(dispatch.headers(), BODY)


async def test_many_deliveries_at_once_fetch_one_certificate(dispatch: Dispatch) -> None:
    verifier = dispatch.verifier()
    await asyncio.gather(*(verifier.verify(dispatch.headers(), BODY) for _ in range(50)))

    assert len(dispatch.host.seen) == 1


async def test_a_certificate_is_kept_for_hours(dispatch: Dispatch) -> None:
    verifier = dispatch.verifier()
    await verifier.verify(dispatch.headers(), BODY)
    dispatch.clock.forward(hours=5)
    await verifier.verify(dispatch.headers(), BODY)
    kept = len(dispatch.host.seen)
    dispatch.clock.forward(hours=2)
    await verifier.verify(dispatch.headers(), BODY)

    assert (kept, len(dispatch.host.seen)) == (1, 2)


async def test_a_kept_certificate_outlives_an_outage_of_its_host_but_not_itself(dispatch: Dispatch) -> None:
    dispatch.serves(a_leaf(end=NOON + dt.timedelta(days=1)), (500, b""))
    verifier = dispatch.verifier()
    await verifier.verify(dispatch.headers(), BODY)
    dispatch.clock.forward(hours=8)
    await verifier.verify(dispatch.headers(), BODY)
    dispatch.clock.forward(hours=20)

    with pytest.raises(ForgedDelivery):
        await verifier.verify(dispatch.headers(), BODY)


async def test_a_rotated_certificate_is_fetched_by_the_first_delivery_it_signs(dispatch: Dispatch) -> None:
    dispatch.serves(LEAF, a_leaf(KEYS["other"]))
    verifier = dispatch.verifier()
    await verifier.verify(dispatch.headers(), BODY)
    rotated = dispatch.headers(authorization=signed(key=KEYS["other"]))

    await asyncio.gather(*(verifier.verify(rotated, BODY) for _ in range(20)))

    assert len(dispatch.host.seen) == 2


async def test_keys_may_be_replaced_again_and_again(dispatch: Dispatch) -> None:
    verifier = dispatch.verifier()
    for name in ("leaf", "other", "leaf", "other"):
        dispatch.serves(LEAF if name == "leaf" else a_leaf(KEYS["other"]))
        await verifier.verify(dispatch.headers(authorization=signed(key=KEYS[name])), BODY)

    assert len(dispatch.host.seen) <= 4


async def test_what_was_signed_before_a_key_was_replaced_may_arrive_after(dispatch: Dispatch) -> None:
    dispatch.serves(LEAF, a_leaf(KEYS["other"]))
    verifier = dispatch.verifier()
    await verifier.verify(dispatch.headers(), BODY)
    await verifier.verify(dispatch.headers(authorization=signed(key=KEYS["other"])), BODY)

    await verifier.verify(dispatch.headers(), BODY)

    assert len(dispatch.host.seen) == 2


async def test_forgeries_beside_true_events_cause_one_fetch_more_and_then_one_an_hour(
    dispatch: Dispatch,
) -> None:
    verifier = dispatch.verifier()
    forged = dispatch.headers(authorization=signed(key=KEYS["other"]))
    for hour in (1, 2, 3):
        for _ in range(5):
            await verifier.verify(dispatch.headers(), BODY)
            with pytest.raises(ForgedDelivery):
                await verifier.verify(forged, BODY)

        assert len(dispatch.host.seen) == 1 + hour
        dispatch.clock.forward(minutes=61)


async def test_forgeries_cause_one_fetch_an_hour(dispatch: Dispatch) -> None:
    verifier = dispatch.verifier()
    forged = dispatch.headers(authorization=signed(key=KEYS["other"]))
    for hour in (1, 2, 3):
        for _ in range(5):
            with pytest.raises(ForgedDelivery):
                await verifier.verify(forged, BODY)

        assert len(dispatch.host.seen) == hour
        dispatch.clock.forward(minutes=61)


async def test_made_up_certificate_names_cannot_keep_us_fetching(dispatch: Dispatch) -> None:
    verifier = dispatch.verifier()
    for number in range(60):
        url = f"{dispatch.host.url}/cert/{number}.cer"
        with pytest.raises(CertificateUnavailable):
            await verifier.verify(dispatch.headers(**{"x-ms-certificate-url": url}), BODY)

    assert len(dispatch.host.seen) <= 31


async def test_proxies_of_the_environment_are_not_used(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    await dispatch.verifier().verify(dispatch.headers(), BODY)


async def test_the_systems_roots_do_not_know_our_authority(dispatch: Dispatch) -> None:
    with pytest.raises(ForgedDelivery, match="no path"):
        await dispatch.verifier(trust_roots=None).verify(dispatch.headers(), BODY)


@pytest.mark.parametrize(
    "settings",
    [
        {"trust_roots": pem(ISSUING)},
        {"trust_roots": b"nonsense"},
        {"certificate_hosts": ("https://contoso.example/",)},
        {"algorithms": ("rsa-sha1",)},
    ],
)
async def test_unusable_settings_are_refused_at_once(dispatch: Dispatch, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        dispatch.verifier(**settings)

"""The address of a certificate comes from whoever knocks: it cannot be made to lead elsewhere, or often."""

import asyncio
import itertools
import time
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.microsoft.webhook_certificates import LARGEST
from bot.microsoft.webhook_signature import CertificateUnavailable, ForgedDelivery, WebhookSignature
from bot.sandbox.fake_microsoft.pki import rsa_key
from tests.attacks.tripwire import tripwire
from tests.integration.microsoft.authorities import (
    BODY,
    PATH,
    ROOT,
    Tree,
    a_leaf,
    a_tree,
    an_authority,
    pem,
    redirecting,
)
from tests.integration.microsoft.resolver import Resolver
from tests.integration.microsoft.stub import Certificates, lost, never

ISSUING = an_authority("Microsoft TLS Issuing CA", ROOT)
LEAF = a_leaf(ISSUING)
TEN_GB = 10 * 1000**3
DOCUMENTED_HOST = "3psostorageacct.blob.core.windows.net"


@pytest.fixture
async def tree(certificates: Certificates) -> AsyncIterator[Tree]:
    async with a_tree(certificates) as grown:
        grown.host.on(f"GET {PATH}", (200, LEAF.der))
        yield grown


def verifier_in(tree: Tree, **more: Any) -> WebhookSignature:
    """Return a verifier that needs nothing but the leaf."""
    return tree.verifier(trust_roots=pem(ISSUING, ROOT), revocation="off", **more)


async def refused(verifier: WebhookSignature, headers: dict[str, str]) -> Exception:
    with pytest.raises((ForgedDelivery, CertificateUnavailable)) as caught:
        await verifier.verify(headers, BODY)
    return caught.value


def at(tree: Tree, url: str) -> dict[str, str]:
    return tree.headers() | {"x-ms-certificate-url": url}


ANSWERS: dict[str, Any] = {
    "the genuine certificate": (200, LEAF.der),
    "somebody else's certificate": (200, a_leaf(an_authority("Microsoft TLS Issuing CA")).der),
    "not found": (404, b""),
    "a server error": (500, b""),
    "nothing": (200, b""),
    "no certificate": (200, b"-----BEGIN CERTIFICATE-----"),
    "a broken connection": lost,
    "silence": never,
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_whatever_comes_back_an_address_is_fetched_once_an_hour(tree: Tree, name: str) -> None:
    """Deliveries are forged, in a row and at once, and spell the one address in every way it can be spelt."""
    tree.host.on(f"GET {PATH}", ANSWERS[name])
    verifier = verifier_in(tree)
    spelt = [tree.host.url + PATH, tree.host.url.upper().replace("HTTPS", "HttpS") + PATH]
    spelt.append(tree.host.url.replace("localhost", "LocalHost") + PATH)
    forged = [tree.headers(key=rsa_key()) | {"x-ms-certificate-url": each} for each in spelt]

    for hour in (1, 2, 3):
        await asyncio.gather(*(refused(verifier, each) for each in forged * 5))
        for each in forged * 5:
            await refused(verifier, each)

        # The HTTP client itself makes a connection anew, once, that broke before an answer began.
        assert len(tree.host.seen) == hour * (2 if name == "a broken connection" else 1)
        tree.clock.forward(minutes=61)


def test_the_usual_port_makes_no_other_address(tree: Tree) -> None:
    certificates = verifier_in(tree, certificate_hosts=(DOCUMENTED_HOST,))._certificates
    plain = f"https://{DOCUMENTED_HOST}{PATH}"

    spelt = [plain, f"https://{DOCUMENTED_HOST}:443{PATH}", f"HTTPS://{DOCUMENTED_HOST.upper()}{PATH}"]
    assert {certificates._checked(each) for each in spelt} == {plain}


async def endless(request: web.Request) -> web.StreamResponse:
    """Send ten gigabytes, as far as anybody takes them."""
    response = web.StreamResponse(headers={"Content-Length": str(TEN_GB)})
    await response.prepare(request)
    sent = 0
    while sent < TEN_GB:
        await response.write(bytes(LARGEST))
        sent += LARGEST
    return response


async def dripping(request: web.Request) -> web.StreamResponse:
    """Send a byte now and then, each well before anybody's patience with silence ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    for byte in itertools.cycle(LEAF.der):
        await response.write(bytes([byte]))
        await asyncio.sleep(0.05)
    return response


async def test_of_ten_gigabytes_no_more_is_read_than_a_certificate_can_have(tree: Tree) -> None:
    tree.host.on(f"GET {PATH}", endless)
    verifier = verifier_in(tree)
    tracemalloc.start()
    try:
        error = await refused(verifier, tree.headers())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert f"more than {LARGEST} bytes" in str(error)
    assert most < 8 * 1024 * 1024


async def test_a_host_that_drips_is_given_up_when_its_time_is_over(tree: Tree) -> None:
    tree.host.on(f"GET {PATH}", dripping)
    began = time.monotonic()

    await refused(verifier_in(tree), tree.headers())

    # A second is what this verifier was given; a whole certificate would take longer than half a minute.
    assert time.monotonic() - began < len(LEAF.der) * 0.05 / 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_nor_to_the_same_host(tree: Tree, status: int) -> None:
    async with tripwire() as elsewhere:
        for to in (f"{elsewhere.url}/cert/a.cer", "/cert/other.cer", f"{tree.host.url}/cert/other.cer"):
            tree.host.seen.clear()
            tree.host.on(f"GET {PATH}", redirecting(to, status=status))
            await refused(verifier_in(tree), tree.headers())

            assert [seen.target for seen in tree.host.seen] == [PATH]
    assert elsewhere.asked == []


PRIVATE = (
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", PRIVATE)
async def test_no_name_leads_into_our_own_network(tree: Tree, address: str) -> None:
    port = tree.host.url.rsplit(":", 1)[1]
    resolver = Resolver(address)
    verifier = verifier_in(tree, certificate_hosts=(f"{DOCUMENTED_HOST}:{port}",), resolver=resolver)

    error = await refused(verifier, at(tree, f"https://{DOCUMENTED_HOST}:{port}{PATH}"))

    assert "DNSError" in str(error)
    assert resolver.asked == 1
    assert tree.host.seen == []


SAME_HOST_ELSEWHERE = (
    "https://{place}./cert/a.cer",
    "https://{place}\\@contoso.example/cert/a.cer",
    "https://contoso.example\\@{place}/cert/a.cer",
    "https://contoso.example#@{place}/cert/a.cer",
    "https://contoso.example?@{place}/cert/a.cer",
    "https://contoso.example@{place}/cert/a.cer",
    "https://{place}@contoso.example/cert/a.cer",
    "https://:@{place}/cert/a.cer",
    "https:/{place}/cert/a.cer",
    "https:{place}/cert/a.cer",
    "https:///{place}/cert/a.cer",
    "//{place}/cert/a.cer",
    "{place}/cert/a.cer",
    "ftp://{place}/cert/a.cer",
    "http://{place}/cert/a.cer",
    "file://{place}/cert/a.cer",
    "jar:https://{place}/cert/a.cer",
    "https://{place}:/cert/a.cer",
    "https://{place}:0/cert/a.cer",
    "https://{place}:-1/cert/a.cer",
    "https://{place}:65536/cert/a.cer",
    "https://{place}/cert/./a.cer",
    "https://{place}/cert//a.cer",
    "https://{place}//cert/a.cer",
    "https://{place}/cert/a.cer/",
    "https://{place}/cert/a.cer;b",
    "https://{place}/cert/a%2ecer",
    "https://{place}/cert/%61.cer",
    "https://{place}/CERT/a.cer",
    "https://{place}/cert/a.cer%00.pem",
    "https://{place}/cert/a .cer",
    "https://{place}/cert/" + "a" * 500 + ".cer",
    "https://127.1{port}/cert/a.cer",
    "https://0x7f000001{port}/cert/a.cer",
    "https://2130706433{port}/cert/a.cer",
    "https://0177.0.0.1{port}/cert/a.cer",
    "https://[::ffff:127.0.0.1]{port}/cert/a.cer",
    "https://[::1%25lo]{port}/cert/a.cer",
    "https://localhost\u3002{port}/cert/a.cer",
    "https://\uff4cocalhost{port}/cert/a.cer",
    "https://loc\u00adalhost{port}/cert/a.cer",
    "https://localhost%2e{port}/cert/a.cer",
    "https://localhost%00.contoso.example{port}/cert/a.cer",
    "https://xn--localhost{port}/cert/a.cer",
)


@pytest.mark.parametrize("address", SAME_HOST_ELSEWHERE)
async def test_an_address_in_any_disguise_is_not_asked(tree: Tree, address: str) -> None:
    place = tree.host.url.removeprefix("https://")
    url = address.format(place=place, port=":" + place.rsplit(":", 1)[1])

    await refused(verifier_in(tree), at(tree, url))

    assert tree.host.seen == []

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from bot.microsoft.webhook_signature import CertificateUnavailable, ForgedDelivery, Revocation
from tests.integration.microsoft.authorities import (
    BODY,
    ISSUING_NAME,
    PATH,
    ROOT,
    Asked,
    a_leaf,
    a_responder,
    a_tree,
    an_answer,
    an_authority,
    pem,
    redirecting,
    refused,
)
from tests.integration.microsoft.stub import NOON, Certificates, never

REVOKED, GOOD = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.GOOD


@pytest.fixture
async def tree(certificates: Certificates) -> AsyncIterator[Asked]:
    async with a_tree(certificates) as bare:
        growing = Asked(bare.host, bare.authority, certificates)
        growing.grow()
        yield growing


async def test_the_responder_is_asked_before_any_list_is_read(tree: Asked) -> None:
    tree.grow(ocsp=True)
    tree.answers("/ocsp", an_answer(tree.leaf_signed, tree.issuing_signed))

    await tree.verifier(revocation=Revocation.STRICT).verify(tree.headers(), BODY)

    (seen,) = tree.authority.asked("POST /ocsp")
    assert seen.headers["Content-Type"] == "application/ocsp-request"
    assert ocsp.load_der_ocsp_request(seen.body).serial_number == tree.leaf_signed.certificate.serial_number
    assert tree.asked("/issuing.crl") == 0


async def test_a_responder_the_issuer_named_may_answer(tree: Asked) -> None:
    tree.grow(ocsp=True, crl=False)
    signer = a_responder(tree.issuing_signed)
    tree.answers("/ocsp", an_answer(tree.leaf_signed, tree.issuing_signed, signer=signer))

    await tree.verifier(revocation=Revocation.STRICT).verify(tree.headers(), BODY)


@pytest.mark.parametrize("mode", [Revocation.SOFT, Revocation.STRICT])
async def test_a_leaf_the_responder_calls_revoked_is_refused(tree: Asked, mode: Revocation) -> None:
    tree.grow(ocsp=True)
    tree.answers("/ocsp", an_answer(tree.leaf_signed, tree.issuing_signed, status=REVOKED))

    error = await refused(tree.verifier(revocation=mode), tree)

    assert isinstance(error, ForgedDelivery)


async def test_an_answer_is_kept_until_the_next_one_is_due(tree: Asked) -> None:
    tree.grow(ocsp=True, crl=False)
    tree.answers("/ocsp", an_answer(tree.leaf_signed, tree.issuing_signed))
    verifier = tree.verifier()
    await verifier.verify(tree.headers(), BODY)
    tree.clock.forward(hours=47)
    await verifier.verify(tree.headers(), BODY)
    before = tree.asked("/ocsp")
    tree.clock.forward(hours=2)
    await verifier.verify(tree.headers(), BODY)

    assert (before, tree.asked("/ocsp")) == (1, 2)


def useless_answers(tree: Asked) -> dict[str, Any]:
    leaf, issuing = tree.leaf_signed, tree.issuing_signed
    impostor = an_authority(ISSUING_NAME, ROOT)
    lapsed = a_responder(issuing, end=NOON - dt.timedelta(minutes=1))
    later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    return {
        "of an impostor": an_answer(leaf, issuing, signer=impostor),
        "of the leaf": an_answer(leaf, issuing, signer=leaf),
        "of a responder for nothing": an_answer(leaf, issuing, signer=a_responder(issuing, usage=False)),
        "of a responder to be checked": an_answer(leaf, issuing, signer=a_responder(issuing, no_check=False)),
        "of a lapsed responder": an_answer(leaf, issuing, signer=lapsed),
        "of another's responder": an_answer(leaf, issuing, signer=a_responder(ROOT)),
        "about another leaf": an_answer(a_leaf(issuing), issuing),
        "about another issuer's": an_answer(leaf, impostor, signer=issuing),
        "unknown": an_answer(leaf, issuing, status=ocsp.OCSPCertStatus.UNKNOWN),
        "lapsed": an_answer(leaf, issuing, end=NOON),
        "without an end": an_answer(leaf, issuing, end=None),
        "from the future": an_answer(leaf, issuing, start=NOON + dt.timedelta(hours=1)),
        "later": later.public_bytes(Encoding.DER),
        "garbage": b"no answer",
        "huge": b"\x30" * 70_000,
        "slow": never,
        "redirected": redirecting(tree.url("/other")),
    }


UNHEARD = (
    "of an impostor", "of the leaf", "of a responder for nothing", "of a responder to be checked",
    "of a lapsed responder", "of another's responder", "about another leaf", "about another issuer's",
    "unknown", "lapsed", "without an end", "from the future", "later", "garbage", "huge", "slow",
    "redirected",
)  # fmt: skip


@pytest.mark.parametrize("name", UNHEARD)
async def test_an_answer_that_says_nothing_leaves_it_to_the_list(tree: Asked, name: str) -> None:
    tree.grow(ocsp=True)
    tree.answers("/ocsp", useless_answers(tree)[name])
    await tree.verifier(revocation=Revocation.STRICT).verify(tree.headers(), BODY)
    tree.serves("/issuing.crl", (500, b""))

    error = await refused(tree.verifier(revocation=Revocation.STRICT), tree)

    assert isinstance(error, CertificateUnavailable)


async def test_every_useless_answer_is_tried(tree: Asked) -> None:
    assert set(useless_answers(tree)) == set(UNHEARD)


@pytest.mark.parametrize("name", ["of an impostor", "about another leaf"])
async def test_nobody_else_can_call_a_leaf_revoked(tree: Asked, name: str) -> None:
    tree.grow(ocsp=True, crl=False)
    leaf, issuing = tree.leaf_signed, tree.issuing_signed
    lies = {
        "of an impostor": an_answer(leaf, issuing, status=REVOKED, signer=an_authority(ISSUING_NAME, ROOT)),
        "about another leaf": an_answer(a_leaf(issuing), issuing, status=REVOKED),
    }
    tree.answers("/ocsp", lies[name])

    await tree.verifier().verify(tree.headers(), BODY)


async def test_a_responder_is_asked_about_each_certificate_by_itself(tree: Asked) -> None:
    upper = an_authority("Upper", ROOT, ocsp_responders=(tree.url("/ocsp"),))
    issuing = tree.issuing(upper, ocsp_responders=(tree.url("/ocsp"),))
    leaf = a_leaf(issuing, ocsp_responders=(tree.url("/ocsp"),))
    tree.host.on(f"GET {PATH}", (200, pem(leaf, issuing, upper)))
    known = {each.certificate.serial_number: (each, by) for each, by in ((leaf, issuing), (issuing, upper))}
    known[upper.certificate.serial_number] = (upper, ROOT)

    async def answer(request: web.Request) -> web.StreamResponse:
        asked = ocsp.load_der_ocsp_request(await request.read())
        return web.Response(body=an_answer(*known[asked.serial_number], status=GOOD))

    tree.answers("/ocsp", answer)

    await tree.verifier(revocation=Revocation.STRICT).verify(tree.headers(), BODY)

    assert tree.asked("/ocsp") == 3

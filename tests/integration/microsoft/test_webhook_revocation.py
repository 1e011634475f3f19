import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs

from bot.microsoft.webhook_signature import CertificateUnavailable, ForgedDelivery, Revocation
from bot.sandbox.fake_microsoft.pki import Signed
from tests.integration.microsoft.authorities import (
    BODY,
    ISSUING_NAME,
    LEAF_KEY,
    PATH,
    ROOT,
    Asked,
    a_crl,
    a_leaf,
    a_tree,
    an_authority,
    pem,
    redirecting,
    refused,
)
from tests.integration.microsoft.stub import NOON, Certificates, never

BOTH = pytest.mark.parametrize("mode", [Revocation.SOFT, Revocation.STRICT])


@pytest.fixture
async def tree(certificates: Certificates) -> AsyncIterator[Asked]:
    async with a_tree(certificates) as bare:
        growing = Asked(bare.host, bare.authority, certificates)
        growing.grow()
        yield growing


@BOTH
async def test_a_chain_nobody_took_back_is_accepted(tree: Asked, mode: Revocation) -> None:
    with capture_logs() as logs:
        await tree.verifier(revocation=mode).verify(tree.headers(), BODY)

    assert not logs
    assert (tree.asked("/issuing.crl"), tree.asked("/root.crl")) == (1, 1)


@BOTH
async def test_a_revoked_leaf_is_refused(tree: Asked, mode: Revocation) -> None:
    tree.serves("/issuing.crl", a_crl(tree.issuing_signed, tree.leaf_signed))

    error = await refused(tree.verifier(revocation=mode), tree)

    assert isinstance(error, ForgedDelivery)
    assert "revoked" in str(error)


@BOTH
async def test_a_revoked_issuer_is_refused(tree: Asked, mode: Revocation) -> None:
    tree.serves("/root.crl", a_crl(ROOT, tree.issuing_signed))
    tree.serves("/issuing.crl", (500, b""))

    error = await refused(tree.verifier(revocation=mode), tree)

    assert isinstance(error, ForgedDelivery)
    assert ISSUING_NAME in str(error)


async def test_without_revocation_nobody_is_asked(tree: Asked) -> None:
    tree.serves("/issuing.crl", a_crl(tree.issuing_signed, tree.leaf_signed))

    await tree.verifier(revocation=Revocation.OFF).verify(tree.headers(), BODY)

    assert tree.asked("/issuing.crl") == tree.asked("/root.crl") == 0


async def test_a_revoked_certificate_gives_way_to_its_successor(tree: Asked) -> None:
    verifier = tree.verifier()
    await verifier.verify(tree.headers(), BODY)
    end = NOON + dt.timedelta(days=5)
    tree.clock.forward(days=2)
    await verifier.verify(tree.headers(), BODY)  # the certificate is fetched anew, its list is not yet
    revoked = a_crl(tree.issuing_signed, tree.leaf_signed, start=tree.clock.now(), end=end)
    tree.serves("/issuing.crl", revoked)
    tree.leaf(tree.issuing_signed, crls=(tree.url("/issuing.crl"),))
    tree.clock.forward(hours=1, minutes=1)

    await verifier.verify(tree.headers(), BODY)

    assert len(tree.host.seen) == 3


async def test_a_list_is_kept_until_the_next_one_is_due(tree: Asked) -> None:
    verifier = tree.verifier()
    await verifier.verify(tree.headers(), BODY)
    tree.clock.forward(hours=47)
    await verifier.verify(tree.headers(), BODY)
    before = tree.asked("/issuing.crl")
    tree.serves("/issuing.crl", a_crl(tree.issuing_signed, end=NOON + dt.timedelta(days=60)))
    tree.clock.forward(hours=2)
    await verifier.verify(tree.headers(), BODY)

    assert (before, tree.asked("/issuing.crl")) == (1, 2)


async def test_a_list_is_kept_for_a_week_at_most(tree: Asked) -> None:
    far = NOON + dt.timedelta(days=60)
    tree.serves("/issuing.crl", a_crl(tree.issuing_signed, end=far))
    tree.serves("/root.crl", a_crl(ROOT, end=far))
    verifier = tree.verifier()
    counts = []
    for days in (0, 6.9, 0.2):
        tree.clock.forward(days=days)
        await verifier.verify(tree.headers(), BODY)
        counts.append(tree.asked("/issuing.crl"))

    assert counts == [1, 1, 2]


async def test_a_certificate_revoked_later_is_refused_later(tree: Asked) -> None:
    verifier = tree.verifier()
    await verifier.verify(tree.headers(), BODY)
    tree.clock.forward(days=2)
    start, end = tree.clock.now(), tree.clock.now() + dt.timedelta(days=2)
    tree.serves("/issuing.crl", a_crl(tree.issuing_signed, tree.leaf_signed, start=start, end=end))

    error = await refused(verifier, tree)

    assert isinstance(error, ForgedDelivery)


def useless_lists(tree: Asked) -> dict[str, Any]:
    issuing, leaf = tree.issuing_signed, tree.leaf_signed
    impostor = an_authority(ISSUING_NAME, ROOT)
    scoped = {
        "elsewhere": x509.IssuingDistributionPoint(
            [x509.UniformResourceIdentifier("http://contoso.example/a.crl")],
            None, False, False, None, False, False,
        ),
        "authorities only": x509.IssuingDistributionPoint(None, None, False, True, None, False, False),
        "some reasons": x509.IssuingDistributionPoint(
            None, None, False, False, frozenset({x509.ReasonFlags.key_compromise}), False, False
        ),
        "indirect": x509.IssuingDistributionPoint(None, None, False, False, None, True, False),
        "changes only": x509.DeltaCRLIndicator(1),
        "not understood": x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.32473.1"), b""),
    }  # fmt: skip
    return {
        "expired": a_crl(issuing, end=NOON),
        "from the future": a_crl(issuing, start=NOON + dt.timedelta(hours=1)),
        "forged": a_crl(impostor, leaf),
        "of another authority": a_crl(ROOT, leaf),
        "in another name": a_crl(issuing, leaf, issuer=ROOT),
        "signed by the leaf": a_crl(Signed(leaf.certificate, LEAF_KEY), leaf, issuer=issuing),
        "weak": a_crl(Signed(issuing.certificate, issuing.key), leaf, algorithm=hashes.SHA224()),
        "garbage": b"no list",
        "nothing": b"",
        "a certificate": issuing.der,
        "huge": _pem(a_crl(issuing)) + b"\n" * (8 * 1024 * 1024),
        "broken": (500, b""),
        "slow": never,
        "redirected": redirecting(tree.url("/other.crl")),
        **{name: a_crl(issuing, leaf, extensions=(each,)) for name, each in scoped.items()},
    }


def _pem(crl: bytes) -> bytes:
    return x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM)


USELESS = (
    "expired", "from the future", "forged", "of another authority", "in another name", "signed by the leaf",
    "weak", "garbage", "nothing", "a certificate", "huge", "broken", "slow", "redirected", "elsewhere",
    "authorities only", "some reasons", "indirect", "changes only", "not understood",
)  # fmt: skip


@pytest.mark.parametrize("name", USELESS)
async def test_a_list_that_says_nothing_is_tolerated_unless_strict(tree: Asked, name: str) -> None:
    tree.serves("/issuing.crl", useless_lists(tree)[name])
    tree.serves("/other.crl", a_crl(tree.issuing_signed, tree.leaf_signed))
    soft, strict = tree.verifier(), tree.verifier(revocation=Revocation.STRICT)
    with capture_logs() as logs:
        await soft.verify(tree.headers(), BODY)

    assert [log["log_level"] for log in logs] == ["warning"]
    assert isinstance(await refused(strict, tree), CertificateUnavailable)
    assert tree.asked("/other.crl") == 0


async def test_every_useless_list_is_tried(tree: Asked) -> None:
    assert set(useless_lists(tree)) == set(USELESS)


async def test_a_list_scoped_to_the_certificates_that_name_it_counts(tree: Asked) -> None:
    names = [x509.UniformResourceIdentifier(tree.url("/issuing.crl"))]
    scope = x509.IssuingDistributionPoint(names, None, True, False, None, False, False)
    tree.serves("/issuing.crl", a_crl(tree.issuing_signed, extensions=(scope,)))

    await tree.verifier(revocation=Revocation.STRICT).verify(tree.headers(), BODY)


async def test_a_list_in_pem_counts(tree: Asked) -> None:
    tree.serves("/issuing.crl", _pem(a_crl(tree.issuing_signed)))

    await tree.verifier(revocation=Revocation.STRICT).verify(tree.headers(), BODY)


@BOTH
async def test_a_silent_authority_is_asked_and_warned_about_once_an_hour(
    tree: Asked, mode: Revocation
) -> None:
    tree.serves("/issuing.crl", (503, b""))
    verifier = tree.verifier(revocation=mode)
    with capture_logs() as logs:
        for _ in range(5):
            await asyncio.gather(verifier.verify(tree.headers(), BODY), return_exceptions=True)
        within_the_hour = tree.asked("/issuing.crl")
        tree.clock.forward(minutes=61)
        await asyncio.gather(verifier.verify(tree.headers(), BODY), return_exceptions=True)

    warnings = [log for log in logs if log["log_level"] == "warning"]
    assert (within_the_hour, tree.asked("/issuing.crl")) == (1, 2)
    assert len(warnings) == (2 if mode is Revocation.SOFT else 0)


async def test_leaves_of_a_silent_authority_share_one_warning_an_hour(tree: Asked) -> None:
    tree.serves("/issuing.crl", (503, b""))
    verifier = tree.verifier()
    leaves = [a_leaf(tree.issuing_signed, crls=(tree.url("/issuing.crl"),)) for _ in range(3)]
    with capture_logs() as logs:
        for number, leaf in enumerate(leaves):
            path = f"/cert/{number}.cer"
            tree.host.on(f"GET {path}", (200, pem(leaf, tree.issuing_signed)))
            await verifier.verify(tree.headers(path=path), BODY)

    assert len(logs) == 1


async def test_strictness_ends_when_the_authority_answers_again(tree: Asked) -> None:
    tree.serves("/issuing.crl", (503, b""), a_crl(tree.issuing_signed))
    verifier = tree.verifier(revocation=Revocation.STRICT)
    await refused(verifier, tree)
    tree.clock.forward(minutes=61)

    await verifier.verify(tree.headers(), BODY)


async def test_a_host_that_is_not_listed_is_never_asked(tree: Asked) -> None:
    issuing = tree.issuing(crls=("http://contoso.example/root.crl",))
    leaf = a_leaf(issuing, ocsp_responders=("http://contoso.example/ocsp",))
    tree.host.on(f"GET {PATH}", (200, pem(leaf, issuing)))
    with capture_logs() as logs:
        await tree.verifier().verify(tree.headers(), BODY)
    error = await refused(tree.verifier(revocation=Revocation.STRICT), tree)

    assert [log["log_level"] for log in logs] == ["warning"]
    assert "contoso.example" in str(logs[0]["why"])
    assert isinstance(error, CertificateUnavailable)
    assert not error.host_allowed
    assert not tree.authority.seen


async def test_certificates_that_name_nobody_count_unless_strict(tree: Asked) -> None:
    issuing = tree.issuing()
    tree.host.on(f"GET {PATH}", (200, pem(a_leaf(issuing), issuing)))
    with capture_logs() as logs:
        await tree.verifier().verify(tree.headers(), BODY)
    error = await refused(tree.verifier(revocation=Revocation.STRICT), tree)

    assert not logs
    assert isinstance(error, CertificateUnavailable)


async def test_many_deliveries_at_once_ask_once(tree: Asked) -> None:
    tree.grow(ocsp=True)
    tree.answers("/ocsp", (500, b""))
    verifier = tree.verifier()
    await asyncio.gather(*(verifier.verify(tree.headers(), BODY) for _ in range(50)))

    asked = sorted(seen.target for seen in tree.authority.seen)
    assert asked == ["/issuing.crl", "/issuing.crt", "/ocsp", "/root.crl"]

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bot.microsoft.webhook_signature import (
    AUTHORITY_HOSTS,
    CertificateUnavailable,
    ForgedDelivery,
    Revocation,
)
from bot.sandbox.fake_microsoft.pki import DISPATCH_NAME, MICROSOFT, Signed, rsa_key
from tests.integration.microsoft.authorities import (
    BODY,
    ISSUING_NAME,
    PATH,
    ROOT,
    Tree,
    a_leaf,
    a_tree,
    an_authority,
    ec_key,
    p7b,
    pem,
    redirecting,
    refused,
)
from tests.integration.microsoft.resolver import Resolver
from tests.integration.microsoft.stub import NOON, Certificates, lost, never


@pytest.fixture
async def tree(certificates: Certificates) -> AsyncIterator[Tree]:
    async with a_tree(certificates) as growing:
        yield growing


@pytest.fixture
def issuing(tree: Tree) -> Signed:
    """The issuing authority of the leaf that is served; its certificate is at `/issuing.crt`."""
    issuing = tree.issuing()
    tree.leaf(issuing)
    tree.serves("/issuing.crt", issuing.der)
    return issuing


@pytest.mark.usefixtures("issuing")
async def test_only_the_root_need_be_configured(tree: Tree) -> None:
    await tree.verifier().verify(tree.headers(), BODY)

    assert tree.asked("/issuing.crt") == 1


async def test_an_authority_may_hang_from_a_cross_signed_one(tree: Tree) -> None:
    upper = an_authority("Microsoft TLS Root G2", ROOT)
    issuing = tree.issuing(upper, ca_issuers=(tree.url("/upper.crt"),))
    tree.leaf(issuing)
    tree.serves("/issuing.crt", issuing.der)
    tree.serves("/upper.crt", upper.der)

    await tree.verifier().verify(tree.headers(), BODY)


async def test_two_levels_are_climbed_and_no_more(tree: Tree) -> None:
    highest = an_authority("Highest", ROOT)
    upper = an_authority("Upper", highest, ca_issuers=(tree.url("/highest.crt"),))
    issuing = tree.issuing(upper, ca_issuers=(tree.url("/upper.crt"),))
    tree.leaf(issuing)
    for path, signed in (("/issuing.crt", issuing), ("/upper.crt", upper), ("/highest.crt", highest)):
        tree.serves(path, signed.der)

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, ForgedDelivery)
    assert [seen.target for seen in tree.authority.seen] == ["/issuing.crt", "/upper.crt"]


@pytest.mark.parametrize("form", ["pem", "p7b", "p7b pem", "among others"])
async def test_an_issuer_is_read_in_every_form_it_is_published_in(
    tree: Tree, issuing: Signed, form: str
) -> None:
    others = [an_authority(f"Another {number}", ROOT) for number in range(4)]
    forms = {
        "pem": pem(issuing),
        "p7b": p7b(issuing),
        "p7b pem": p7b(issuing, encoding=Encoding.PEM),
        "among others": pem(*others, issuing),
    }
    tree.serves("/issuing.crt", forms[form])

    await tree.verifier().verify(tree.headers(), BODY)


@pytest.mark.parametrize("form", ["pem", "pem, leaf last", "p7b", "p7b pem"])
async def test_what_comes_with_the_leaf_is_not_fetched_again(tree: Tree, issuing: Signed, form: str) -> None:
    leaf = a_leaf(issuing, ca_issuers=(tree.url("/issuing.crt"),))
    forms = {
        "pem": pem(leaf, issuing),
        "pem, leaf last": pem(issuing, leaf),
        "p7b": p7b(leaf, issuing),
        "p7b pem": p7b(leaf, issuing, encoding=Encoding.PEM),
    }
    tree.host.on(f"GET {PATH}", (200, forms[form]))

    await tree.verifier().verify(tree.headers(), BODY)

    assert not tree.authority.seen


async def test_a_root_that_comes_with_the_leaf_is_not_believed(tree: Tree) -> None:
    rogue = an_authority("Some Root", organisation="DigiCert Inc")
    issuing = tree.issuing(rogue)
    leaf = tree.leaf(issuing)
    tree.host.on(f"GET {PATH}", (200, pem(leaf, issuing, rogue)))
    tree.serves("/issuing.crt", p7b(issuing, rogue))

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, ForgedDelivery)


async def test_what_is_fetched_has_to_lead_to_a_configured_root(tree: Tree) -> None:
    rogue = an_authority("Rogue Root")
    issuing = tree.issuing(rogue, ca_issuers=(tree.url("/rogue.crt"),))
    tree.leaf(issuing)
    tree.serves("/issuing.crt", issuing.der)
    tree.serves("/rogue.crt", rogue.der)

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, ForgedDelivery)
    assert "no path" in str(error)


@pytest.mark.usefixtures("issuing")
@pytest.mark.parametrize(
    "hosts",
    [
        (),
        AUTHORITY_HOSTS,
        ("localhost",),
        ("localhost:1",),
        ("127.0.0.1:{port}",),
        ("contoso.example:{port}",),
    ],
)
async def test_a_host_that_is_not_listed_is_never_asked(tree: Tree, hosts: tuple[str, ...]) -> None:
    port = tree.place.rsplit(":", 1)[1]
    listed = [host.format(port=port) for host in hosts]

    error = await refused(tree.verifier(authority_hosts=listed), tree)

    assert isinstance(error, CertificateUnavailable)
    assert not error.host_allowed
    assert not tree.authority.seen


@pytest.mark.parametrize(
    "address",
    [
        "ftp://{place}/a",
        "ldap://{place}/a",
        "http://user@{place}/a",
        "http://{place}/a?b",
        "file:///etc/hosts",
    ],
)
async def test_only_plain_addresses_are_asked(tree: Tree, address: str) -> None:
    tree.leaf(tree.issuing(), ca_issuers=(address.format(place=tree.place),))

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, CertificateUnavailable)
    assert not tree.authority.seen


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1"])
async def test_a_public_name_for_a_private_address_is_not_followed(tree: Tree, address: str) -> None:
    port = tree.place.rsplit(":", 1)[1]
    named = f"authority.contoso.example:{port}"
    issuing = tree.issuing()
    leaf = a_leaf(issuing, ca_issuers=(f"http://{named}/issuing.crt",))
    tree.serves("/issuing.crt", issuing.der)
    tree.host.on(f"GET {PATH}", (200, leaf.der))
    resolver = _Split(address)

    error = await refused(tree.verifier(authority_hosts=(named,), resolver=resolver), tree)

    assert isinstance(error, CertificateUnavailable)
    assert error.host_allowed
    assert not tree.authority.seen


class _Split(Resolver):
    """Finds `localhost` where it is, and every other name at the address given."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> Any:
        found = await super().resolve(host, port)
        return [each | {"host": "127.0.0.1"} for each in found] if host == "localhost" else found


@pytest.mark.usefixtures("issuing")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"no certificate", id="garbage"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="garbage in pem"),
        pytest.param(b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", id="garbage in pkcs7"),
        pytest.param(b"\x30" * 70_000, id="huge"),
        pytest.param((404, b""), id="not found"),
        pytest.param((500, b""), id="broken"),
        pytest.param(never, id="slow"),
        pytest.param(p7b(*[ROOT] * 3), id="another issuer"),
        pytest.param(an_authority(ISSUING_NAME, ROOT).der, id="another issuer of that name"),
    ],
)
async def test_an_issuer_that_cannot_be_had_is_asked_for_once_an_hour(tree: Tree, answer: Any) -> None:
    tree.serves("/issuing.crt", answer)
    verifier = tree.verifier(timeout=dt.timedelta(milliseconds=400))
    for _ in range(3):
        assert isinstance(await refused(verifier, tree), CertificateUnavailable)
    within_the_hour = tree.asked("/issuing.crt")
    tree.clock.forward(minutes=61)
    await refused(verifier, tree)

    assert (within_the_hour, tree.asked("/issuing.crt")) == (1, 2)


async def test_a_file_that_is_too_large_is_not_read(tree: Tree, issuing: Signed) -> None:
    tree.serves("/issuing.crt", pem(issuing) + b"\n" * 70_000)

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, CertificateUnavailable)
    assert "65536 bytes" in str(error)


@pytest.mark.usefixtures("issuing")
async def test_a_broken_connection_is_made_again_once_and_then_left_alone(tree: Tree) -> None:
    tree.serves("/issuing.crt", lost)
    verifier = tree.verifier()
    for _ in range(3):
        await refused(verifier, tree)

    assert tree.asked("/issuing.crt") == 2


async def test_an_issuer_counts_once_it_can_be_had(tree: Tree, issuing: Signed) -> None:
    tree.serves("/issuing.crt", (503, b""), issuing.der)
    verifier = tree.verifier()
    await refused(verifier, tree)
    tree.clock.forward(minutes=61)

    await verifier.verify(tree.headers(), BODY)


async def test_a_redirect_leads_nowhere(tree: Tree, issuing: Signed) -> None:
    tree.serves("/issuing.crt", redirecting(tree.url("/elsewhere.crt")))
    tree.serves("/elsewhere.crt", issuing.der)

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, CertificateUnavailable)
    assert tree.asked("/elsewhere.crt") == 0


async def test_a_second_address_stands_in_for_the_first(tree: Tree) -> None:
    issuing = tree.issuing()
    urls = ("http://contoso.example/issuing.crt", tree.url("/second.crt"))
    tree.leaf(issuing, ca_issuers=urls)
    tree.serves("/second.crt", issuing.der)

    await tree.verifier().verify(tree.headers(), BODY)


async def test_authorities_that_vouch_for_each_other_lead_nowhere(tree: Tree) -> None:
    one_key, other_key = ec_key(), ec_key()
    seed = an_authority("Round", None, other_key)
    one = an_authority(ISSUING_NAME, seed, one_key, ca_issuers=(tree.url("/round.crt"),))
    other = an_authority("Round", one, other_key, ca_issuers=(tree.url("/issuing.crt"),))
    tree.leaf(one)
    tree.serves("/issuing.crt", p7b(one, other))
    tree.serves("/round.crt", p7b(other, one))

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, ForgedDelivery)
    assert len(tree.authority.seen) == 2


async def test_an_authority_that_names_itself_leads_nowhere(tree: Tree) -> None:
    upper = an_authority("Upper")
    issuing = tree.issuing(upper, ca_issuers=(tree.url("/issuing.crt"),))
    tree.leaf(issuing)
    tree.serves("/issuing.crt", issuing.der)

    await refused(tree.verifier(), tree)

    assert len(tree.authority.seen) == 1


@pytest.mark.usefixtures("issuing")
async def test_a_forged_signature_causes_no_request_to_an_authority(tree: Tree) -> None:
    with pytest.raises(ForgedDelivery, match="does not fit"):
        await tree.verifier().verify(tree.headers(key=rsa_key()), BODY)

    assert not tree.authority.seen


@pytest.mark.parametrize("wrong", ["subject", "organisation"])
async def test_a_leaf_of_other_names_causes_no_request_to_an_authority(tree: Tree, wrong: str) -> None:
    issuing = tree.issuing(organisation="Contoso" if wrong == "organisation" else MICROSOFT)
    tree.leaf(issuing, common_name="contoso.example" if wrong == "subject" else DISPATCH_NAME)
    tree.serves("/issuing.crt", issuing.der)

    error = await refused(tree.verifier(), tree)

    assert isinstance(error, ForgedDelivery)
    assert not tree.authority.seen


@pytest.mark.usefixtures("issuing")
async def test_many_deliveries_at_once_fetch_one_issuer(tree: Tree) -> None:
    verifier = tree.verifier()
    await asyncio.gather(*(verifier.verify(tree.headers(), BODY) for _ in range(50)))

    assert tree.asked("/issuing.crt") == 1


async def test_leaves_of_one_issuer_share_it_for_a_day(tree: Tree, issuing: Signed) -> None:
    verifier = tree.verifier()
    for number in range(5):
        leaf = a_leaf(issuing, ca_issuers=(tree.url("/issuing.crt"),))
        tree.host.on(f"GET /cert/{number}.cer", (200, leaf.der))
    await verifier.verify(tree.headers(path="/cert/0.cer"), BODY)
    await verifier.verify(tree.headers(path="/cert/1.cer"), BODY)
    same_day = tree.asked("/issuing.crt")
    tree.clock.forward(hours=25)
    await verifier.verify(tree.headers(path="/cert/2.cer"), BODY)

    assert (same_day, tree.asked("/issuing.crt")) == (1, 2)


async def test_leaves_of_one_issuer_that_come_at_once_fetch_it_once(tree: Tree, issuing: Signed) -> None:
    verifier = tree.verifier()
    paths = [f"/cert/{number}.cer" for number in range(10)]
    for path in paths:
        leaf = a_leaf(issuing, ca_issuers=(tree.url("/issuing.crt"),))
        tree.host.on(f"GET {path}", (200, leaf.der))
    await asyncio.gather(*(verifier.verify(tree.headers(path=path), BODY) for path in paths))

    assert tree.asked("/issuing.crt") == 1


@pytest.mark.usefixtures("issuing")
async def test_a_settled_chain_is_not_climbed_again(tree: Tree) -> None:
    verifier = tree.verifier(revocation=Revocation.OFF)
    await verifier.verify(tree.headers(), BODY)
    tree.clock.forward(days=3)
    await verifier.verify(tree.headers(), BODY)

    assert (len(tree.host.seen), tree.asked("/issuing.crt")) == (2, 1)


@pytest.mark.usefixtures("issuing")
async def test_a_repeated_delivery_asks_nobody(tree: Tree) -> None:
    verifier = tree.verifier()
    for _ in range(5):
        await verifier.verify(tree.headers(), BODY)

    assert (len(tree.host.seen), len(tree.authority.seen)) == (1, 1)


async def test_a_chain_counts_no_longer_than_its_shortest_certificate(tree: Tree) -> None:
    issuing = tree.issuing(not_after=NOON + dt.timedelta(hours=2))
    tree.leaf(issuing)
    tree.serves("/issuing.crt", issuing.der)
    verifier = tree.verifier(revocation=Revocation.OFF)
    await verifier.verify(tree.headers(), BODY)
    tree.clock.forward(hours=2, seconds=1)

    error = await refused(verifier, tree)

    assert isinstance(error, ForgedDelivery)


async def test_an_unusable_authority_host_is_refused_at_once(tree: Tree) -> None:
    with pytest.raises(ValueError):
        tree.verifier(authority_hosts=("https://contoso.example/",))

"""A partner user signs in in a browser; what comes back is redeemed, looked at, and only then kept."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.microsoft.auth import TokenKind, Tokens
from bot.microsoft.client_credential import ClientCredential
from bot.microsoft.sign_in import SignIn
from bot.microsoft.transport import tls_context
from bot.ports.failures import Permanent, Reason
from bot.sandbox.fake_microsoft import FakeMicrosoft
from tests.integration.fake_microsoft.signing_in import sent_on
from tests.integration.microsoft.stub import HandClock, Memory, Microsoft, granted, jwt

RESOURCE = "https://api.partnercenter.microsoft.com"
BACK = "http://localhost:8401/signed-in"


@dataclass
class Desk:
    """A person before a browser, and the tokens their sign-in is for."""

    fake: FakeMicrosoft
    tokens: Tokens
    memory: Memory
    session: aiohttp.ClientSession

    def sign_in(self) -> SignIn:
        return SignIn(self.tokens, RESOURCE, redirect_uri=BACK)

    async def brought_back(self, address: str) -> dict[str, str]:
        tls = tls_context(self.fake.ca_path)
        async with self.session.get(address, ssl=tls) as page:
            return sent_on(await page.text())[1]

    async def signs_in(self) -> str:
        signing_in = self.sign_in()
        return await signing_in.finish(await self.brought_back(await signing_in.begin()))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock, memory = HandClock(), Memory()
    async with (
        FakeMicrosoft.sample(clock=clock.now).serve(directory=tmp_path) as fake,
        aiohttp.ClientSession() as session,
    ):
        tokens = Tokens(
            authority=fake.authority_url,
            tenant_id=fake.partner_tenant_id,
            credential=ClientCredential(fake.client_id, secret=fake.client_secret),
            clock=clock,
            refresh_tokens=memory,
            ca_file=fake.ca_path,
        )
        yield Desk(fake, tokens, memory, session)
        tokens.close()


async def test_who_signed_in_is_named_and_their_token_is_used_at_once(desk: Desk) -> None:
    name = await desk.signs_in()
    asked = len(desk.fake.feed)
    await desk.tokens.get(TokenKind.USER, RESOURCE)

    assert name == "admin@contoso.com"
    assert len(desk.fake.feed) == asked


async def test_nothing_is_kept_before_somebody_says_so(desk: Desk) -> None:
    await desk.signs_in()
    before = list(desk.memory.tokens)
    await desk.tokens.keep()

    assert before == []
    assert [desk.fake.refresh_tokens.find(one) is not None for one in desk.memory.tokens] == [True]


async def test_there_is_a_sign_in_once_somebody_signed_in(desk: Desk) -> None:
    before = await desk.tokens.has_sign_in()
    await desk.signs_in()
    await desk.tokens.keep()

    assert (before, await desk.tokens.has_sign_in()) == (False, True)


async def test_the_browser_is_asked_which_account_and_comes_back_by_post(desk: Desk) -> None:
    address = await desk.sign_in().begin()

    assert "prompt=select_account" in address
    assert "response_mode=form_post" in address
    assert "code_challenge_method=S256" in address
    assert desk.fake.client_secret not in address


async def test_a_sign_in_without_a_second_factor_is_not_kept(desk: Desk) -> None:
    desk.fake.world.partner.user_signs_in = "without_mfa"
    with pytest.raises(Permanent) as caught:
        await desk.signs_in()
    await desk.tokens.keep()

    assert caught.value.reason is Reason.MFA_NEEDED
    assert desk.memory.tokens == []


async def test_who_declines_leaves_nothing(desk: Desk) -> None:
    desk.fake.world.partner.user_signs_in = "declines"
    with pytest.raises(Permanent, match="AADSTS65004") as caught:
        await desk.signs_in()

    assert caught.value.reason is Reason.ACCESS_DENIED
    assert desk.memory.tokens == []


async def test_what_another_sign_in_brought_back_is_refused(desk: Desk) -> None:
    ours, other = desk.sign_in(), desk.sign_in()
    await ours.begin()
    theirs = await desk.brought_back(await other.begin())
    with pytest.raises(Permanent, match="state mismatch"):
        await ours.finish(theirs)
    with pytest.raises(Permanent, match="AADSTS501481"):
        await ours.finish(theirs | {"state": ours.state})

    assert desk.memory.tokens == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (granted(), Reason.CONSENT_NEEDED),
        (granted(refresh_token="other", id_token=jwt(nonce="another's")), Reason.CLIENT_REJECTED),
    ],
    ids=["no refresh token", "the nonce of another sign-in"],
)
async def test_an_answer_that_does_not_fit_is_refused(
    microsoft: Microsoft, answer: dict[str, object], reason: Reason
) -> None:
    microsoft.on_token(answer)
    signing_in = SignIn(microsoft.tokens, RESOURCE, redirect_uri=BACK)
    await signing_in.begin()
    with pytest.raises(Permanent) as caught:
        await signing_in.finish({"code": "one", "state": signing_in.state})

    assert caught.value.reason is reason
    assert microsoft.memory.tokens == ["first-refresh-token"]

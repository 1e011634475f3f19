"""Microsoft refuses, throttles, breaks down or goes silent: what people read, and what does not happen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.domain.invitation import DELAY_TIME, Invitation, Status
from bot.ports.failures import Reason
from bot.ports.work import Queue
from bot.sandbox.fake_microsoft import DropAfter, DropBefore, MailSent, ServerError, Throttle
from bot.sandbox.fake_microsoft.faults import Effect, Service
from bot.sandbox.fake_slack import Message, Seen
from bot.sandbox.run import APPROVALS_CHANNEL, Sandbox
from bot.sandbox.story import Story, links
from bot.sandbox.waiting import at_rest, eventually
from tests.scenario.microsoft_side import (
    LINK,
    LOCK,
    MAIL,
    RELATIONSHIPS,
    Planned,
    calls,
    consent_again,
    gateway,
    imported,
    restart_with,
)
from tests.scenario.support import reads, said

MINUTE = timedelta(minutes=1)


async def approved(story: Story, *, admin_access: str = "helpdesk") -> None:
    await story.ana_invites(admin_access=admin_access)
    await story.ben_approves()


async def failed(story: Story, reason: Reason) -> Invitation:
    return await story.invitation(lambda one: one.status is Status.FAILED and one.problem == reason)


async def tries_again(story: Story, told: Seen) -> None:
    """Ana presses the button in what she was told."""
    await story.ana.click("retry_invitation", message=told)


async def mailed_once(story: Story) -> MailSent:
    mail = await story.mail()
    await story.status(Status.SENT)
    assert len(story.box.microsoft.mailbox) == 1
    return mail


def relationships(box: Sandbox) -> list[str]:
    return [one.display_name for one in box.microsoft.gdap.relationships.values()]


# The sign-in


async def test_a_sign_in_without_mfa_fails_the_invitation_and_is_not_repeated(
    box: Sandbox, story: Story
) -> None:
    await consent_again(box, mfa=False)
    await approved(story)

    await story.ana_hears("could not prepare", "multifactor", "an administrator gives consent again")
    await failed(story, Reason.MFA_NEEDED)
    await box.move(timedelta(hours=2))
    assert [one.status for one in calls(box.microsoft, "GET", LINK)] == [401]
    assert relationships(box) == []
    assert box.microsoft.mailbox == []


async def test_what_cannot_be_mended_can_be_withdrawn_and_the_customer_invited_anew(
    box: Sandbox, story: Story
) -> None:
    box.microsoft.refresh_tokens.revoke_all()
    await box.restart()
    await approved(story)
    await failed(story, Reason.CONSENT_NEEDED)
    card = await story.card(APPROVALS_CHANNEL, "retry_invitation")

    await story.ana.click("withdraw_invitation", message=card, confirm=True)

    await story.status(Status.WITHDRAWN)
    await story.ana_invites()
    await story.status(Status.AWAITING_APPROVAL)


async def test_consent_that_is_gone_is_told_and_trying_again_works_once_it_is_back(
    box: Sandbox, story: Story
) -> None:
    box.microsoft.refresh_tokens.revoke_all()
    await box.restart()
    await approved(story)
    told = await story.ana_hears("could not prepare", "no sign-in that Microsoft accepts", "gives consent")
    await failed(story, Reason.CONSENT_NEEDED)

    await consent_again(box)
    await tries_again(story, told)

    await mailed_once(story)
    assert len(relationships(box)) == 1


async def test_approvers_hear_that_the_sign_in_is_gone_before_anybody_invites(
    box: Sandbox, story: Story
) -> None:
    await restart_with(box, refresh_token=SecretStr("0.AXnobodyeverissuedthis"))
    await box.move(timedelta(days=21))

    told = await story.hears("no sign-in that Microsoft accepts", "gives consent", where=APPROVALS_CHANNEL)
    assert "you hear of changes late" in told.text


async def test_approvers_hear_once_a_day_that_nothing_could_be_compared_for_a_day(
    box: Sandbox, story: Story
) -> None:
    await imported(box)
    box.microsoft.faults.otherwise = lambda *_: ServerError(503)
    await box.move(DELAY_TIME + timedelta(hours=1))
    await story.hears("cannot read from Microsoft", "no useful answer", where=APPROVALS_CHANNEL)
    await box.move(timedelta(hours=1))

    told = [one for one in story.ben.channel_messages(APPROVALS_CHANNEL) if "no useful answer" in said(one)]
    assert len(told) == 1


async def test_a_secret_microsoft_refuses_is_not_taken_for_silence_when_a_domain_is_looked_up(
    box: Sandbox, story: Story
) -> None:
    await restart_with(box, client_secret=SecretStr("not the one"))

    await story.ana.command("/invite-customer", "fabrikam.com")

    await story.until(lambda: story.shows("invite_customer"), "the form opens")
    assert "Microsoft refused when I looked the customer up" in reads(story.ana)
    assert "did not answer" not in reads(story.ana)


async def test_the_rotated_refresh_token_is_the_one_used_after_a_restart(box: Sandbox, story: Story) -> None:
    box.microsoft.behaviour.old_refresh_tokens_refused = True
    given = box.microsoft.refresh_token

    def redeemed() -> bool:
        known = box.microsoft.refresh_tokens.find(given)
        return known is not None and known.replaced

    await story.until(redeemed, "the token of the settings is redeemed")
    await box.restart()
    await approved(story)

    await mailed_once(story)


async def test_a_sign_in_nobody_used_for_ninety_days_is_told_as_gone(box: Sandbox, story: Story) -> None:
    await box.stop()
    box.clock.move(timedelta(days=91))
    await box.start()
    await approved(story)

    await story.ana_hears("could not prepare", "gives consent")
    await failed(story, Reason.CONSENT_NEEDED)


async def test_a_sign_in_is_kept_alive_while_nobody_invites(box: Sandbox, story: Story) -> None:
    await box.move(timedelta(days=120))
    await approved(story, admin_access="")

    await mailed_once(story)


# Refusals

REFUSALS = [
    ("2030", Reason.PARTNER_NOT_READY, "status in the programme or the region"),
    ("2032", Reason.ACCESS_DENIED, "Admin agent"),
    ("13605", Reason.AGREEMENT_MISSING, "missing an accepted agreement"),
    ("800039", Reason.PARTNER_NOT_READY, "status in the programme or the region"),
    ("900123", Reason.AGREEMENT_MISSING, "Microsoft Partner Agreement"),
    ("900124", Reason.AGREEMENT_MISSING, "Microsoft Partner Agreement"),
    ("900149", Reason.PARTNER_NOT_READY, "status in the programme or the region"),
    ("900150", Reason.ACCESS_DENIED, "Admin agent"),
]


async def test_each_documented_refusal_is_told_with_its_next_step(box: Sandbox, story: Story) -> None:
    async with gateway(box.microsoft.partner_center_url) as standing:
        for code, _, _ in REFUSALS:
            standing.plan(LINK, Planned(403, f'{{"code":"{code}","description":"So it is.","data":[]}}'))
        await restart_with(box, partner_center_url=standing.url)
        await approved(story)
        for code, reason, words in REFUSALS:
            told = await story.ana_hears("could not prepare", words, "Next:", f"HTTP 403 {code}")
            await failed(story, reason)
            box.clock.move(timedelta(seconds=2))
            await tries_again(story, told)

        await mailed_once(story)
    assert len(relationships(box)) == 1


@pytest.mark.parametrize(
    "bare", [Planned(403), Planned(403, "<html>Forbidden</html>", "text/html")], ids=["empty", "html"]
)
async def test_a_refusal_without_words_is_told_too(box: Sandbox, story: Story, bare: Planned) -> None:
    async with gateway(box.microsoft.partner_center_url) as standing:
        standing.plan(LINK, bare)
        await restart_with(box, partner_center_url=standing.url)
        await approved(story)

        await story.ana_hears("could not prepare", "Microsoft denied us access", "Next:", "HTTP 403")
    assert box.microsoft.mailbox == []


# Waiting as long as Microsoft asks


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
@pytest.mark.parametrize(
    ("service", "method", "path"),
    [
        ("partner_center", "GET", LINK),
        ("graph", "POST", RELATIONSHIPS),
        ("graph", "POST", LOCK),
        ("graph", "POST", MAIL),
    ],
    ids=["link", "create", "lock", "mail"],
)
async def test_what_microsoft_asks_to_wait_for_waits_over_a_restart(
    box: Sandbox, story: Story, service: Service, method: str, path: str, as_date: bool
) -> None:
    box.microsoft.faults.plan(service, method, path, Throttle(100, as_date=as_date))
    await approved(story)
    await story.until(lambda: len(calls(box.microsoft, method, path)) == 1, "Microsoft asks to wait")
    await waits_longer(box, MINUTE)
    await box.restart()
    await box.move(MINUTE)

    assert len(calls(box.microsoft, method, path)) == 1
    await box.move(MINUTE)
    await mailed_once(story)
    assert len(calls(box.microsoft, method, path)) == 2
    assert len(relationships(box)) == 1


async def waits_longer(box: Sandbox, least: timedelta) -> None:
    """Return once the sender's next work is at least this far away."""

    async def waits() -> bool:
        due = await box.app.store.work.next_due(Queue.SENDER)
        return due is not None and due - box.clock.now() > least

    await eventually(waits, "the wait is written down")


# Breakdowns and lost answers

READS = [ServerError(500), ServerError(502, html=True), ServerError(503), DropBefore(), DropAfter()]


@pytest.mark.parametrize("effect", READS, ids=str)
async def test_a_link_that_could_not_be_read_is_asked_for_again(
    box: Sandbox, story: Story, effect: Effect
) -> None:
    box.microsoft.faults.plan("partner_center", "GET", LINK, effect, times=4)
    await approved(story, admin_access="")

    await mailed_once(story)
    assert story.count("could not prepare") == 0


WRITES = [
    (DropAfter(), 1),
    (DropBefore(), 2),
    (ServerError(500), 2),
    (ServerError(502, html=True), 2),
    (ServerError(503), 2),
]


@pytest.mark.parametrize(("effect", "attempts"), WRITES, ids=str)
async def test_a_relationship_whose_creation_got_no_answer_is_found_by_its_name(
    box: Sandbox, story: Story, effect: Effect, attempts: int
) -> None:
    box.microsoft.faults.plan("graph", "POST", RELATIONSHIPS, effect)
    await approved(story)

    await mailed_once(story)
    invitation = await story.status(Status.SENT)
    assert relationships(box) == [invitation.relationship_name]
    assert len(calls(box.microsoft, "POST", RELATIONSHIPS)) == attempts


@pytest.mark.parametrize(("effect", "attempts"), WRITES, ids=str)
async def test_a_lock_that_got_no_answer_is_looked_for_before_it_is_asked_for_again(
    box: Sandbox, story: Story, effect: Effect, attempts: int
) -> None:
    box.microsoft.faults.plan("graph", "POST", LOCK, effect)
    await approved(story)

    await mailed_once(story)
    (relationship,) = box.microsoft.gdap.relationships.values()
    assert relationship.status == "approvalPending"
    assert len(calls(box.microsoft, "POST", LOCK)) == attempts


async def test_a_lock_that_takes_effect_late_does_not_fail_the_invitation(box: Sandbox, story: Story) -> None:
    box.microsoft.behaviour.step_delay = timedelta(seconds=2)
    box.microsoft.faults.plan("graph", "POST", LOCK, DropAfter())
    await approved(story)

    await mailed_once(story)
    assert story.count("could not prepare") == 0


MAILS_IN_DOUBT = [
    (DropAfter(), 1),
    (DropBefore(), 0),
    (ServerError(500), 0),
    (ServerError(502, html=True), 0),
]


@pytest.mark.parametrize(("effect", "arrived"), MAILS_IN_DOUBT, ids=str)
async def test_a_mail_in_doubt_is_never_sent_again_by_itself(
    box: Sandbox, story: Story, effect: Effect, arrived: int
) -> None:
    box.microsoft.faults.plan("graph", "POST", MAIL, effect)
    await approved(story)
    told = await story.ana_hears("cannot tell whether the mail", "look among the sent mail")
    await box.move(timedelta(days=1))
    await box.restart()

    assert len(box.microsoft.mailbox) == arrived
    assert len(calls(box.microsoft, "POST", MAIL)) == 1
    if arrived:
        await story.ana.click("mark_sent", message=told)
    else:
        await tries_again(story, told)
    await mailed_once(story)


@pytest.mark.parametrize("effect", [ServerError(503), ServerError(503, html=True)], ids=str)
async def test_a_mail_that_was_surely_not_taken_is_sent_later(
    box: Sandbox, story: Story, effect: Effect
) -> None:
    box.microsoft.faults.plan("graph", "POST", MAIL, effect, times=2)
    await approved(story, admin_access="")

    await mailed_once(story)
    assert story.count("cannot tell") == 0


async def test_a_token_authority_that_is_down_is_waited_for(box: Sandbox, story: Story) -> None:
    box.clock.move(timedelta(hours=2))
    await story.ana_invites()
    box.microsoft.faults.plan("authority", "POST", "*/token", ServerError(503, html=True), times=3)
    await story.ben_approves()

    await mailed_once(story)
    assert story.count("could not prepare") == 0


@pytest.mark.parametrize(
    ("service", "method", "path", "effect", "says"),
    [
        ("partner_center", "GET", LINK, ServerError(503), "does not give me the links"),
        ("graph", "POST", RELATIONSHIPS, ServerError(500), "does not give me the links"),
    ],
    ids=["link", "create"],
)
async def test_a_long_wait_is_told_with_its_end_and_then_handed_to_a_person(
    box: Sandbox, story: Story, service: Service, method: str, path: str, effect: Effect, says: str
) -> None:
    box.microsoft.faults.plan(service, method, path, effect, times=10_000)
    await approved(story)
    await story.ana_hears("Fabrikam", says, "Nothing is lost", "keep trying until")
    await the_card_says(story, "nobody has to do anything")
    await waits_longer(box, timedelta(seconds=5))
    await box.move(DELAY_TIME + MINUTE)

    told = await story.ana_hears("no useful answer for a whole day", "Next: try again")
    assert len(waits_told(story)) == 1
    box.microsoft.faults.clear()
    await tries_again(story, told)
    await mailed_once(story)


async def test_a_mail_that_waits_is_told_and_goes_out_by_itself(box: Sandbox, story: Story) -> None:
    box.microsoft.faults.plan("graph", "POST", MAIL, Throttle(100))
    await approved(story)
    await story.ana_hears("Fabrikam", "the mail system does not take it", "Nothing is lost")
    await the_card_says(story, "nobody has to do anything")
    await waits_longer(box, timedelta(seconds=5))
    await box.move(2 * MINUTE)

    await mailed_once(story)


async def the_card_says(story: Story, words: str) -> None:
    await story.until(
        lambda: any(words in said(one) for one in story.ben.channel_messages(APPROVALS_CHANNEL)),
        f"the card says {words}",
    )


def waits_told(story: Story) -> list[Message]:
    return [one for one in story.ana.direct_messages if "Nothing is lost" in said(one)]


# The link


async def test_the_link_arrives_as_microsoft_gave_it(box: Sandbox, story: Story) -> None:
    given = (
        "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship"
        f"&partnerId={box.microsoft.partner_tenant_id.upper()}&msppId=0&x=a%2fb%20c&DAP=False"
        "#/BillingAccounts/partner-invitation"
    )
    async with gateway(box.microsoft.partner_center_url) as standing:
        standing.plan(LINK, Planned(200, f'\ufeff{{"Url":"{given}"}}'))
        await restart_with(box, partner_center_url=standing.url)
        await approved(story, admin_access="")
        mail = await mailed_once(story)

    assert links(mail) == [given]


async def test_an_indirect_resellers_link_names_the_provider_before_the_fragment(
    box: Sandbox, story: Story
) -> None:
    partner = box.microsoft.world.partner
    partner.kind = "indirect_reseller"
    (provider,) = box.microsoft.world.indirect_partners
    await restart_with(box, indirect_provider_id=provider)
    await approved(story, admin_access="")
    (link,) = links(await mailed_once(story))

    before, _, fragment = link.partition("#")
    assert before.endswith(
        f"partnerId={partner.tenant.id}&msppId={partner.mpn_id}&DAP=false&indirectCSPId={provider}"
    )
    assert fragment == "/BillingAccounts/partner-invitation"
    await story.customer().accept_reseller(link)
    await story.hears("Fabrikam", "accepted us as a reseller")
    assert (await story.status(Status.ACCEPTED)).links.reseller == link


UNTRUSTED = {
    "foreign host": "https://admin.microsoft.com.contoso.example/Adminportal/Home?invType=ResellerRelationship&partnerId={ours}",
    "http": "http://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId={ours}",
    "another partner": "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId=22222222-2222-4222-8222-222222222222",
    "two partners": "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId={ours}&partnerid=22222222-2222-4222-8222-222222222222",
}


@pytest.mark.parametrize("name", UNTRUSTED)
async def test_a_link_that_leads_elsewhere_is_not_sent(box: Sandbox, story: Story, name: str) -> None:
    url = UNTRUSTED[name].format(ours=box.microsoft.partner_tenant_id)
    async with gateway(box.microsoft.partner_center_url) as standing:
        standing.plan(LINK, Planned(200, f'{{"url":"{url}#/BillingAccounts/partner-invitation"}}'))
        await restart_with(box, partner_center_url=standing.url)
        await approved(story)
        await story.ana_hears(
            "could not prepare", "does not lead where it should", "partner tenant and the cloud"
        )

    await failed(story, Reason.UNTRUSTED_LINK)
    assert relationships(box) == []
    assert box.microsoft.mailbox == []


# What was approved, and what stands there meanwhile


async def prepared_in_a_while(box: Sandbox, story: Story) -> Invitation:
    """Approved, but Microsoft asks to wait before it gives the link."""
    box.microsoft.faults.plan("partner_center", "GET", LINK, Throttle(30))
    await approved(story)
    await waits_longer(box, timedelta(seconds=10))
    return await story.status(Status.PREPARING)


async def altered(box: Sandbox, invitation: Invitation) -> None:
    """Somebody changes the stored text behind our back."""
    proposal = replace(invitation.proposal, subject="Something nobody approved")
    store = box.app.store
    await store.commit(store.invitations.replacing(invitation, replace(invitation, proposal=proposal)))


async def test_what_was_altered_after_the_approval_is_not_prepared(box: Sandbox, story: Story) -> None:
    await altered(box, await prepared_in_a_while(box, story))
    await box.move(MINUTE)

    await story.ana_hears("could not prepare", "not what was approved", "ask for approval again")
    await failed(story, Reason.NOT_APPROVED)
    assert relationships(box) == []


async def test_what_was_altered_after_the_approval_is_not_sent(box: Sandbox, story: Story) -> None:
    box.microsoft.faults.plan("graph", "POST", MAIL, Throttle(100))
    await approved(story)
    await story.until(lambda: bool(calls(box.microsoft, "POST", MAIL)), "the mail is due")
    await at_rest(box)
    await altered(box, await story.status(Status.READY))
    await box.move(2 * MINUTE)

    await story.ana_hears("did not go out", "not what was approved", "ask for approval again")
    assert box.microsoft.mailbox == []


@pytest.mark.parametrize("status", ["active", "terminated"])
async def test_a_relationship_that_moved_on_already_is_not_asked_for_twice(
    box: Sandbox, story: Story, status: str
) -> None:
    invitation = await prepared_in_a_while(box, story)
    gdap = box.microsoft.gdap
    access = invitation.proposal.admin_access
    assert access is not None
    roles = {"unifiedRoles": [{"roleDefinitionId": role} for role in access.roles]}
    made = gdap.create(
        {"displayName": invitation.relationship_name, "duration": "P30D", "accessDetails": roles}
    )
    gdap.request(made, "lockForApproval")
    await box.microsoft.settle()
    await story.customer().approve_admin_access(box.microsoft.admin_access_link(made.id))
    await box.microsoft.settle()
    if status == "terminated":
        await story.customer().remove_roles(made.id)
        await box.microsoft.settle()
    await box.move(MINUTE)

    await story.ana_hears("could not prepare", "Microsoft refused", f"already {status}")
    assert relationships(box) == [invitation.relationship_name]
    assert box.microsoft.mailbox == []

"""Scripted customers: each is a story that ends as it says, or `WentWrong`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.invitation import ANSWER_TIME, Status
from bot.sandbox.fake_microsoft import Mode, Throttle
from bot.sandbox.run import TEAM_CHANNEL
from bot.sandbox.story import Story, first_option, links
from bot.sandbox.waiting import WentWrong, at_rest

Tell = Callable[[Story], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """A story and what has to be set up for it."""

    tell: Tell
    webhooks: bool = True


SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, *, webhooks: bool = True) -> Callable[[Tell], Tell]:
    def keep(tell: Tell) -> Tell:
        SCENARIOS[name] = Scenario(tell, webhooks)
        return tell

    return keep


@scenario("accepts")
async def accepts(story: Story) -> None:
    """The customer accepts everything; somebody assigns a group; everything works."""
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    await story.accepts(await story.mail())
    await story.hears("Fabrikam", "accepted")
    await story.ana_hears("Fabrikam", "accepted")
    await story.hears("admin access", "group")
    await story.assigns_groups()
    await story.invitation(lambda one: one.progress.groups_assigned_at is not None)
    await story.status(Status.ACCEPTED)


@scenario("accepts-without-webhooks", webhooks=False)
async def accepts_without_webhooks(story: Story) -> None:
    """No event ever comes; comparing with Microsoft's lists finds the acceptance."""
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    await story.accepts(await story.mail())
    await story.reconciles()
    await story.hears("Fabrikam", "accepted")
    await story.status(Status.ACCEPTED)


@scenario("accepts-wrong-order")
async def accepts_wrong_order(story: Story) -> None:
    """The second link first, and every event held back and delivered the newest first."""
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    story.box.microsoft.deliveries.mode = Mode.HELD
    reseller, admin_access = links(await story.mail())
    await story.customer().approve_admin_access(admin_access)
    await story.box.microsoft.settle()
    await story.customer().accept_reseller(reseller)
    story.box.microsoft.deliveries.release(reverse=True)
    await story.hears("Fabrikam", "accepted")
    await story.status(Status.ACCEPTED)
    story.was_told(1, "Fabrikam", "accepted us as a reseller")


@scenario("declines")
async def declines(story: Story) -> None:
    """Microsoft tells nobody of a refusal: the invitation waits, and nothing is claimed."""
    await story.ana_invites()
    await story.ben_approves()
    for link in links(await story.mail()):
        await story.customer().decline(link)
    await story.reconciles()
    await story.status(Status.SENT)
    story.was_told(0, "accepted")


@scenario("revokes")
async def revokes(story: Story) -> None:
    """Months later the customer takes the admin access away."""
    await accepts(story)
    await story.box.move(timedelta(days=60))
    await story.customer().remove_roles()
    await story.hears("admin access", "Fabrikam", "removed", "support")
    await story.ana_hears("admin access", "Fabrikam")
    await story.card(TEAM_CHANNEL, "ask_again")


@scenario("reasks")
async def reasks(story: Story) -> None:
    """After the loss Ana asks again; the former roles are filled in, and only access is asked for."""
    await revokes(story)
    lost = await story.card(TEAM_CHANNEL, "ask_again")
    await story.opens(story.ana, "invite_customer", lambda: story.ana.click("ask_again", message=lost))
    story.ana.fill("reason", "We still look after their tenant")
    await story.ana.submit()
    await story.ana_asks()
    await story.ben_approves()
    await story.accepts(await story.mail(2))
    again = await story.invitation(
        lambda one: one.asked_again_from is not None and one.status is Status.ACCEPTED
    )
    if again.proposal.reseller:
        raise WentWrong("the reseller relationship was asked for although it is there")


@scenario("rejected-by-approver")
async def rejected_by_approver(story: Story) -> None:
    """Ben says no; Ana hears why; no mail leaves."""
    await story.ana_invites()
    await story.ben_says_why("reject_invitation", "We do not sell to them")
    await story.ana_hears("rejected")
    await story.status(Status.REJECTED)
    if story.box.microsoft.mailbox:
        raise WentWrong("a mail went out that nobody approved")


@scenario("changes-requested")
async def changes_requested(story: Story) -> None:
    """Ben asks for another subject; Ana edits; what he then approves is what is sent."""
    await story.ana_invites()
    await story.ben_says_why("request_changes", "Please name the project")
    await story.ana_hears("changes")
    edit = await story.direct("edit_invitation")
    await story.opens(story.ana, "invite_customer", lambda: story.ana.click("edit_invitation", message=edit))
    await story.ana.submit()
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")
    story.ana.fill("mail_subject", "Contoso and the Alpine project")
    await story.ana.submit()
    await story.ben_approves()
    if (await story.mail()).subject != "Contoso and the Alpine project":
        raise WentWrong("another text was sent than the one approved")


@scenario("microsoft-throttles")
async def microsoft_throttles(story: Story) -> None:
    """Microsoft asks to wait at every step; everything happens once, a little later."""
    faults = story.box.microsoft.faults
    faults.plan("partner_center", "GET", "/v1/customers/relationshiprequests", Throttle(1), times=2)
    faults.plan("graph", "POST", "*delegatedAdminRelationships*", Throttle(1), times=2)
    faults.plan("graph", "POST", "*sendMail", Throttle(1, as_date=True))
    await story.ana_invites(admin_access="full_management")
    await story.ben_approves()
    await story.accepts(await story.mail())
    await story.status(Status.ACCEPTED)
    if len(story.box.microsoft.mailbox) != 1:
        raise WentWrong("more than one mail went out")


@scenario("slack-throttles")
async def slack_throttles(story: Story) -> None:
    """Slack asks to wait again and again; every message arrives, once."""
    for method in ("chat.postMessage", "chat.update", "conversations.open"):
        story.box.slack.faults.rate_limit(method, retry_after=1, count=2)
    await story.ana_invites()
    await story.ben_approves()
    await story.accepts(await story.mail())
    await story.hears("Fabrikam", "accepted")
    await story.ana_hears("Fabrikam", "accepted")
    story.was_told(1, "Fabrikam", "accepted us as a reseller")


@scenario("duplicate-webhooks")
async def duplicate_webhooks(story: Story) -> None:
    """Every event comes twice; everything is told once."""
    story.box.microsoft.deliveries.mode = Mode.DUPLICATED
    await accepts(story)
    await story.reconciles()
    story.was_told(1, "Fabrikam", "accepted us as a reseller")


@scenario("unknown-tenant-accepts")
async def unknown_tenant_accepts(story: Story) -> None:
    """A tenant accepts that no invitation names; a person recognises it."""
    # Whom the first comparison finds was there before us: nobody is asked about them.
    await at_rest(story.box)
    await story.ana_invites("fabrikam-sales.example", name="Fabrikam Sales")
    await story.ben_approves()
    await story.accepts(await story.mail(), "fabrikam.com")
    await story.hears("which invitation", "Fabrikam")
    question = await story.card(TEAM_CHANNEL, "link_invitation")
    option = first_option(question, "link_invitation")
    await story.ana.choose("link_invitation", option, message=question)
    await story.hears("Fabrikam", "accepted")
    await story.status(Status.ACCEPTED)


@scenario("expires-unanswered")
async def expires_unanswered(story: Story) -> None:
    """Nobody answers for ninety days; the channel hears that the invitation lapsed."""
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_approves()
    await story.mail()
    await story.status(Status.SENT)
    await story.box.move(ANSWER_TIME + timedelta(days=1))
    await story.status(Status.LAPSED)
    await story.hears("Fabrikam", "did not answer")
    await story.ana_hears("Fabrikam", "did not answer")

"""US Government and China: what works there, what is not offered, and where links may lead."""

from bot.domain.clouds import Cloud
from bot.domain.invitation import Status
from bot.ports.failures import Reason
from bot.sandbox.story import Story, links
from bot.sandbox.waiting import reconciled
from tests.scenario.microsoft_side import LINK, RELATIONSHIPS, before_the_start, calls


async def test_us_government_has_both_halves_and_no_customer_agreement() -> None:
    async with before_the_start(cloud="us_gov") as box:
        await box.start()
        story = Story(box)
        await story.ana_invites("proseware.com", admin_access="helpdesk")
        await story.ben_approves()
        mail = await story.mail()
        reseller, admin_access = links(mail)
        await story.accepts(mail, "proseware.com")
        await box.microsoft.settle()
        await reconciled(box)

        invitation = await story.status(Status.ACCEPTED)
        await story.hears("Proseware", "accepted us as a reseller")
        await story.hears("Admin access to", "Proseware", "no security group")
        assert invitation.proposal.customer.cloud is Cloud.US_GOV
        assert {link.split("/")[2] for link in (reseller, admin_access)} == {"portal.office365.us"}
        assert calls(box.microsoft, "GET", "*AgreementStatus") == []


async def test_china_has_the_reseller_relationship() -> None:
    async with before_the_start(cloud="china") as box:
        box.microsoft.add_tenant("Trey Research", "treyresearch.example", country="CN", cloud="china")
        await box.start()
        story = Story(box)
        await story.ana_invites("treyresearch.example")
        await story.ben_approves()
        mail = await story.mail()
        await story.accepts(mail, "treyresearch.example")
        await reconciled(box)

        await story.hears("Trey Research", "accepted us as a reseller")
        await story.status(Status.ACCEPTED)
        assert links(mail)[0].startswith("https://portal.partner.microsoftonline.cn/")
        assert calls(box.microsoft, "GET", "*AgreementStatus") == []


async def test_admin_access_is_not_offered_in_china() -> None:
    async with before_the_start(cloud="china") as box:
        box.microsoft.add_tenant("Trey Research", "treyresearch.example", country="CN", cloud="china")
        await box.start()
        story = Story(box)
        await story.ana.command("/invite-customer", "treyresearch.example")
        await story.until(lambda: story.shows("invite_customer"), "the form opens")
        story.fill_details("treyresearch.example", admin_access="helpdesk")
        await story.ana.submit()

        assert any("not offered in this cloud" in error for error in story.ana.errors.values())
        assert calls(box.microsoft, "POST", RELATIONSHIPS) == []


async def test_a_link_into_another_cloud_is_not_sent() -> None:
    async with before_the_start(cloud="us_gov") as box:
        box.microsoft.world.portal_url = "https://admin.microsoft.com"
        await box.start()
        story = Story(box)
        await story.ana_invites("proseware.com")
        await story.ben_approves()

        await story.ana_hears(
            "could not prepare", "does not lead where it should", "the cloud in the settings"
        )
        failed = await story.status(Status.FAILED)
        assert failed.problem == Reason.UNTRUSTED_LINK
        assert len(calls(box.microsoft, "GET", LINK)) == 1
        assert box.microsoft.mailbox == []

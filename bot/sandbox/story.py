"""The people of the sandbox as one can script them, and what they expect to see."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from bot.domain.identifiers import InvitationId
from bot.domain.invitation import Invitation, Status
from bot.sandbox.fake_microsoft import CustomerAdmin, MailSent
from bot.sandbox.fake_slack import Delivery, Message, Person, Seen
from bot.sandbox.fake_slack.delivery import TIMED_OUT
from bot.sandbox.run import ANA, APPROVALS_CHANNEL, BEN, TEAM_CHANNEL, Sandbox
from bot.sandbox.waiting import PATIENCE_SECONDS, WentWrong, quiet, reconciled

_MOST_TRIES = 3
_ADDRESS = re.compile(r"https://[^\s<>\"]+")

DETAILS = {
    "contact_name": "Adele Vance",
    "reason": "They signed our offer",
}


class Story:
    """
    One telling: Ana asks, Ben decides, a customer's administrator answers.

    What the bot says is promised in English. Where people read another language, `in_english=False` leaves of
    what somebody has to hear only the names, which are the same in every language, once all is said.
    """

    def __init__(self, box: Sandbox, *, in_english: bool = True) -> None:
        self.box = box
        self._in_english = in_english
        self.ana: Person = box.slack.person(ANA)
        self.ben: Person = box.slack.person(BEN)

    async def ana_invites(
        self,
        domain: str = "fabrikam.com",
        *,
        name: str = "",
        admin_access: str = "",
        delivery: str = "send_for_me",
    ) -> None:
        """Fill in both steps of the form; `admin_access` names a role template."""
        await self.opens(self.ana, "invite_customer", lambda: self.ana.command("/invite-customer", domain))
        self.fill_details(domain, name=name, admin_access=admin_access)
        await self.opens(self.ana, "invite_customer_draft", self.ana.submit)
        await self.ana_asks(delivery=delivery)

    async def opens(
        self, person: Person, callback_id: str, act: Callable[[], Awaitable[Delivery | None]]
    ) -> None:
        """Do what opens a modal; once more, as anybody would, where Slack had stopped waiting."""
        for _ in range(_MOST_TRIES):
            delivery = await act()
            if _shows(person, callback_id) or delivery is None or delivery.error != TIMED_OUT:
                break
        await self.until(lambda: _shows(person, callback_id), f"{callback_id} opens")

    def fill_details(self, domain: str, *, name: str = "", admin_access: str = "") -> None:
        for field, value in DETAILS.items():
            self.ana.fill(field, value)
        self.ana.fill("contact_email", f"admin@{domain}")
        if name:
            self.ana.fill("customer_name", name)
        if admin_access:
            self.ana.fill("include_admin_access", ["yes"])
            self.ana.fill("role_template", admin_access)

    async def ana_asks(self, *, delivery: str = "send_for_me") -> None:
        """Send the second step."""
        await self.until(lambda: _shows(self.ana, "invite_customer_draft"), "the mail is shown")
        self.ana.fill("delivery", delivery)
        await self.ana.submit()
        if self.ana.errors or self.ana.views:
            raise WentWrong(f"the form stayed open: {self.ana.errors}")

    async def ben_reviews(self) -> None:
        """Open the review from the newest card that offers one."""
        card = await self.card(APPROVALS_CHANNEL, "review_invitation")
        await self.opens(
            self.ben, "review_invitation", lambda: self.ben.click("review_invitation", message=card)
        )

    async def ben_approves(self) -> None:
        await self.ben_reviews()
        await self.ben.submit()

    async def ben_says_why(self, button: str, comment: str) -> None:
        """Reject or ask for changes, with a comment."""
        await self.ben_reviews()
        await self.ben.click(button)
        await self.until(lambda: _shows(self.ben, button), "a comment is asked for")
        self.ben.fill("comment", comment)
        await self.ben.submit()

    async def mail(self, number: int = 1) -> MailSent:
        """Wait for the customer's n-th mail."""

        def arrived() -> bool:
            return len(self.box.microsoft.mailbox) >= number

        await self.until(arrived, f"mail {number} arrives")
        return self.box.microsoft.mailbox[number - 1]

    def customer(self, domain: str = "fabrikam.com") -> CustomerAdmin:
        return self.box.microsoft.customer(domain)

    async def accepts(self, mail: MailSent, domain: str = "fabrikam.com") -> None:
        """The customer follows every link in the mail and says yes."""
        for link in links(mail):
            page = await self.customer(domain).follow(link)
            if page.kind == "reseller":
                await self.customer(domain).accept_reseller(link)
            else:
                await self.customer(domain).approve_admin_access(link)

    async def assigns_groups(self) -> None:
        """Somebody of ours gives a security group the new access, in Partner Center."""
        invitation = await self.invitation(lambda one: one.progress.admin_access_active_at is not None)
        self.box.microsoft.assign_group(str(invitation.relationship_id))

    async def reconciles(self) -> None:
        """Let everything that is so at Microsoft now be compared with what we know, and be told."""
        await self.box.microsoft.settle()
        await reconciled(self.box)
        await self.all_is_said()

    async def all_is_said(self) -> None:
        """Wait until nothing is on its way any more. Raises `WentWrong` when there is no end of it."""
        await self.box.microsoft.settle()
        await quiet(self.box)

    async def hears(self, *fragments: str, where: str = TEAM_CHANNEL, since: int = 0) -> Seen:
        """Wait until somebody can read all of the fragments in one message there."""
        if not self._in_english:
            await self.all_is_said()
        awaited = fragments if self._in_english else [one for one in fragments if one.istitle()]

        def said(seen: Seen) -> bool:
            told = seen.kind in {"message", "direct_message"} and seen.where == where
            return told and all(one.lower() in seen.text.lower() for one in awaited)

        try:
            return await self.box.slack.wait_for(said, timeout=PATIENCE_SECONDS, since=since)
        except TimeoutError:
            raise WentWrong(f"nobody heard {' … '.join(fragments)} in {where}") from None

    async def ana_hears(self, *fragments: str, since: int = 0) -> Seen:
        where = self.box.slack.workspace.direct_channel(ANA).id
        return await self.hears(*fragments, where=where, since=since)

    def count(self, *fragments: str, where: str = TEAM_CHANNEL) -> int:
        """Return how many messages there hold all of the fragments."""
        said = [one for one in self.box.slack.feed.since(0) if one.kind == "message" and one.where == where]
        return sum(all(part.lower() in one.text.lower() for part in fragments) for one in said)

    def was_told(self, times: int, *fragments: str) -> None:
        """Raise `WentWrong` unless so many messages in the team's channel hold all of the fragments."""
        heard = self.count(*fragments)
        if self._in_english and heard != times:
            raise WentWrong(f"{' … '.join(fragments)} was told {heard} times instead of {times}")

    async def card(self, channel: str, action_id: str) -> Message:
        """Wait for a message in the channel that has this button."""

        def found() -> Message | None:
            shown = reversed(self.ben.channel_messages(channel))
            return next((one for one in shown if _has_button(one, action_id)), None)

        await self.until(lambda: found() is not None, f"a message in {channel} offers {action_id}")
        message = found()
        if message is None:
            raise WentWrong(f"{action_id} went away")
        return message

    async def direct(self, action_id: str) -> Message:
        """Wait for a direct message to Ana that has this button."""

        def found() -> Message | None:
            shown = reversed(self.ana.direct_messages)
            return next((one for one in shown if _has_button(one, action_id)), None)

        await self.until(lambda: found() is not None, f"a direct message offers {action_id}")
        message = found()
        if message is None:
            raise WentWrong(f"{action_id} went away")
        return message

    def shows(self, callback_id: str) -> bool:
        """Return whether this modal is what Ana sees."""
        return _shows(self.ana, callback_id)

    async def status(self, status: Status) -> Invitation:
        """Wait until an invitation is in this status."""
        return await self.invitation(lambda one: one.status is status)

    async def invitation(self, fits: Callable[[Invitation], bool]) -> Invitation:
        """Wait for an invitation that fits."""
        end = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < end:
            known = await self.box.app.store.invitations.in_status(frozenset(Status), limit=50)
            found = next((one for one in known if fits(one)), None)
            if found is not None:
                return found
            await asyncio.sleep(0.05)
        raise WentWrong(f"no invitation came to where it should be: {[one.status for one in known]}")

    async def history(self, invitation_id: InvitationId) -> list[str]:
        """Return what the audit says happened to an invitation."""
        entries = await self.box.app.store.audit.of_subject(f"invitation:{invitation_id}")
        return [entry.action for entry in entries]

    async def until(self, fits: Callable[[], bool], what: str) -> None:
        """Wait until something can be seen in Slack or Microsoft."""
        end = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while not fits():
            if asyncio.get_running_loop().time() > end:
                raise WentWrong(f"it never happened that {what}")
            await asyncio.sleep(0.02)


def links(mail: MailSent) -> list[str]:
    """Return the invitation links of a mail, in their order."""
    found = dict.fromkeys(link.replace("&amp;", "&") for link in _ADDRESS.findall(mail.body))
    return [link for link in found if "partner-invitation" in link or "/partners/invitation" in link]


def first_option(message: Message, action_id: str) -> str:
    """Return the value of the first option of a select in a message."""
    elements = (one for block in message.blocks or () for one in block.get("elements", ()))
    select = next(one for one in elements if one.get("action_id") == action_id)
    return str(select["options"][0]["value"])


def _shows(person: Person, callback_id: str) -> bool:
    return person.view is not None and person.view.body.get("callback_id") == callback_id


def _has_button(message: Message, action_id: str) -> bool:
    return any(
        element.get("action_id") == action_id
        for block in message.blocks or ()
        for element in (*block.get("elements", ()), block.get("accessory") or {})
        if isinstance(element, dict)
    )

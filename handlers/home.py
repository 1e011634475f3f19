"""The App Home: what needs you, what is with others, what waits for the customer, and the customers."""

from bot.domain.customer import Customer, ResellerState
from bot.domain.errors import NotAllowed
from bot.domain.identifiers import SlackUserId, TenantId, parse_tenant_id
from bot.domain.invitation import OPEN, Invitation, Status
from bot.domain.policy import Member
from bot.services.invitations import needs_a_person
from bot.slack.routing import Interaction
from bot.slack.views.home import PAGE_SIZE, HomePage, home_view
from handlers.parts import Parts
from handlers.reading import clicked_value

_LOOKED_AT = 200
_READ_AT_ONCE = 2 * PAGE_SIZE
_GOES_ON_WITH_REQUESTER = frozenset({Status.CHANGES_REQUESTED, Status.FAILED})


class Home:
    """Published at every opening and after every click in it."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def opened(self, interaction: Interaction) -> None:
        """`app_home_opened` comes for both tabs; only one of them is ours."""
        await interaction.ack()
        if interaction.body["event"].get("tab") == "home":
            await self.publish(SlackUserId(interaction.body["event"]["user"]), after=None)

    async def page_clicked(self, interaction: Interaction) -> None:
        await interaction.ack()
        await self.publish(interaction.user_id, after=parse_tenant_id(clicked_value(interaction)))

    async def publish(self, user_id: SlackUserId, *, after: TenantId | None) -> None:
        """Show this person what they may see; to guests that is nothing but how to go on."""
        member = await self.parts.members.member(user_id)
        page = await self._page(member, after) if member.is_full_member else HomePage()
        words = await self.parts.words_for(user_id)
        await self.parts.messenger.publish_home(user_id, home_view(words, page))

    async def _page(self, member: Member, after: TenantId | None) -> HomePage:
        still_open = await self.parts.store.invitations.in_status(OPEN, limit=_LOOKED_AT)
        needed = [one for one in still_open if self._needs(member, one)]
        may_open = [one for one in still_open if self._may_open(member, one)]
        customers = await self._customers(after)
        shown = customers[:PAGE_SIZE]
        return HomePage(
            needs_you=needed,
            on_the_way=[one for one in may_open if one.status is not Status.SENT and one not in needed],
            may_open={one.id for one in may_open},
            waiting=[one for one in still_open if one.status is Status.SENT],
            customers=shown,
            next_after=shown[-1].tenant_id if len(customers) > PAGE_SIZE else None,
            is_first=after is None,
            may_invite=self._may_invite(member),
            now=self.parts.clock.now(),
        )

    async def _customers(self, after: TenantId | None) -> list[Customer]:
        """Return a page of customers and one more, if there are so many. A tenant we only asked is none."""
        found: list[Customer] = []
        while len(found) <= PAGE_SIZE:
            read = await self.parts.store.customers.page(after=after, limit=_READ_AT_ONCE)
            found += [one for one in read if _is_customer(one)]
            if len(read) < _READ_AT_ONCE:
                break
            after = read[-1].tenant_id
        return found

    def _needs(self, member: Member, invitation: Invitation) -> bool:
        """Whether the next step is this person's."""
        own = invitation.requested_by == member.id
        if invitation.status is Status.AWAITING_APPROVAL:
            return not own and member.among(self.parts.policy.approvers)
        waits = invitation.status in _GOES_ON_WITH_REQUESTER or needs_a_person(invitation)
        return waits and (own or self.parts.policy.is_administrator(member))

    def _may_open(self, member: Member, invitation: Invitation) -> bool:
        try:
            self.parts.policy.require_steward(member, invitation.requested_by)
        except NotAllowed:
            return False
        return True

    def _may_invite(self, member: Member) -> bool:
        try:
            self.parts.policy.require_requester(member)
        except NotAllowed:
            return False
        return True


def _is_customer(customer: Customer) -> bool:
    """Whether there is or was something between us: a tenant we only asked is not a customer yet."""
    return customer.reseller is not ResellerState.NONE or any(
        grant.activated_at or grant.gives_access for grant in customer.grants
    )

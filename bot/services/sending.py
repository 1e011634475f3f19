"""
From approval to the customer's mailbox, one Microsoft call at a time.

Every step may be killed and repeated: the admin relationship is found again by its name, the lock by the
relationship's status. A mail is never repeated by itself; where nobody knows whether it went out, a person is
asked.
"""

from collections.abc import Callable

from bot.domain import notifications
from bot.domain.errors import NotApproved
from bot.domain.identifiers import InvitationId
from bot.domain.invitation import AdminAccess, Delivery, Invitation, Status
from bot.domain.mail import Links, with_links
from bot.domain.notifications import Notice, Notification
from bot.domain.relationship import PENDING, AdminRelationship
from bot.ports.failures import OutcomeUnknown, Permanent, Reason, Temporary
from bot.ports.microsoft import (
    AdminRelationshipRequest,
    DelegatedAdmin,
    MailSender,
    OutgoingMail,
    PartnerCenter,
)
from bot.ports.store import Stale, Store, Write
from bot.services.changes import SYSTEM, Changes, retry_when_stale
from bot.services.identification import Identification

MailHtml = Callable[[str, str, str], str]
"""Subject, text with links, language -> the mail's HTML part."""


class Sending:
    """What the invitation sender does. Failures of the outside leave through its methods."""

    def __init__(
        self,
        *,
        changes: Changes,
        partner_center: PartnerCenter,
        delegated_admin: DelegatedAdmin,
        identification: Identification,
        mail: MailSender,
        mail_html: MailHtml,
    ) -> None:
        self.changes = changes
        self.store: Store = changes.store
        self.clock = changes.clock
        self.partner_center = partner_center
        self.delegated_admin = delegated_admin
        self.identification = identification
        self.mail = mail
        self.mail_html = mail_html

    async def prepare(self, invitation_id: InvitationId) -> None:
        """
        Get both links. Raises `Temporary` or `OutcomeUnknown` to be called again.

        What cannot work fails the invitation, with Microsoft's reason.
        """
        invitation = await self._started(invitation_id)
        if invitation is None:
            return
        try:
            invitation.require_approval()
            links = await self._links(await self.identification.identify(invitation))
        except NotApproved as error:
            await self._prepare_failed(invitation_id, Permanent(Reason.NOT_APPROVED, str(error)))
        except Permanent as error:
            await self._prepare_failed(invitation_id, error)
        else:
            await self._prepared(invitation_id, links)

    async def send(self, invitation_id: InvitationId, *, uncertain: bool) -> None:
        """
        Send the mail once. Raises `Temporary` to be called again, `OutcomeUnknown` to be so as `uncertain`.

        `uncertain` says that an earlier attempt began and nobody recorded how it ended.
        """
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.status is not Status.READY or invitation.problem:
            return
        problem = Permanent(Reason.SENDING_UNCERTAIN) if uncertain else await self._mailed(invitation)
        try:
            if problem is None:
                await self._sent(invitation_id)
            else:
                await self._could_not_send(invitation_id, problem.reason, problem.detail)
        except (Temporary, Stale) as error:
            # As `Temporary` it would be taken for a mail that did not go out, and be sent again.
            raise OutcomeUnknown(f"how the mail went was not recorded: {error}") from error

    @retry_when_stale
    async def delayed(self, invitation_id: InvitationId, *, detail: str) -> bool:
        """
        Tell people, once, that a step waits for Microsoft or the mail system. Return whether to go on trying.

        What waits longer than `DELAY_TIME` becomes a person's to decide.
        """
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.status not in {Status.PREPARING, Status.READY}:
            return False
        if invitation.tried_until is None:
            waiting = invitation.delay(at=self.clock.now())
            told = notifications.tell(waiting, Notice.DELAYED, detail=detail)
            await self._commit(invitation, waiting, "delay", told)
            return True
        if self.clock.now() < invitation.tried_until:
            return True
        if invitation.status is Status.PREPARING:
            await self._prepare_failed(invitation_id, Permanent(Reason.UNAVAILABLE, detail))
        else:
            await self._could_not_send(invitation_id, Reason.UNAVAILABLE, detail)
        return False

    async def _mailed(self, invitation: Invitation) -> Permanent | None:
        """Send it; return what kept it from going out, or from being known to have gone out."""
        try:
            invitation.require_approval()
            await self.mail.send(self._letter(invitation))
        except NotApproved as error:
            return Permanent(Reason.NOT_APPROVED, str(error))
        except OutcomeUnknown as error:
            return Permanent(Reason.SENDING_UNCERTAIN, str(error))
        except Permanent as error:
            return error
        return None

    @retry_when_stale
    async def _started(self, invitation_id: InvitationId) -> Invitation | None:
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.status is Status.PREPARING:
            return invitation
        if invitation.status is not Status.APPROVED:
            return None
        try:
            preparing = invitation.prepare()
        except NotApproved as error:
            refused = invitation.refuse(Reason.NOT_APPROVED, str(error))
            told = notifications.tell(refused, Notice.NOT_PREPARED, reason=Reason.NOT_APPROVED)
            await self._commit(invitation, refused, "fail", told)
            return None
        await self._commit(invitation, preparing, "prepare", notifications.cards(preparing))
        return await self.store.invitations.get(invitation_id)

    async def _links(self, invitation: Invitation) -> Links:
        proposal = invitation.proposal
        reseller = await self.partner_center.relationship_request_url() if proposal.reseller else ""
        if proposal.admin_access is None:
            return Links(reseller=reseller)
        relationship = await self._relationship(invitation, proposal.admin_access)
        if relationship.status == "created":
            await self.delegated_admin.lock_for_approval(relationship)
        elif relationship.status not in PENDING:
            raise Permanent(Reason.REQUEST_REFUSED, f"the admin request is already {relationship.status}")
        return Links(reseller=reseller, admin_access=self.delegated_admin.approval_url(relationship.id))

    async def _relationship(self, invitation: Invitation, access: AdminAccess) -> AdminRelationship:
        name = invitation.relationship_name
        relationship = await self.delegated_admin.find_by_display_name(name)
        if relationship is None:
            customer = invitation.proposal.customer
            relationship = await self.delegated_admin.create(
                AdminRelationshipRequest(
                    display_name=name,
                    roles=access.roles,
                    duration_days=access.duration_days,
                    auto_extend=access.auto_extend,
                    customer_tenant_id=customer.tenant_id,
                    customer_name=customer.name,
                )
            )
        await self._record_relationship(invitation.id, relationship)
        return relationship

    @retry_when_stale
    async def _record_relationship(
        self, invitation_id: InvitationId, relationship: AdminRelationship
    ) -> None:
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.relationship_id == relationship.id:
            return
        recorded = invitation.record_relationship(relationship.id)
        await self._commit(invitation, recorded, "record_relationship", [])

    @retry_when_stale
    async def _prepared(self, invitation_id: InvitationId, links: Links) -> None:
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.status is not Status.PREPARING:
            return
        now = self.clock.now()
        ready = invitation.prepared(links, at=now)
        for_us = ready.proposal.delivery is Delivery.SEND_FOR_ME
        await self._commit(
            invitation,
            ready,
            "prepared",
            notifications.ready(ready),
            self.changes.timer("answer", ready),
            *([self.changes.step(ready, "send")] if for_us else []),
        )

    @retry_when_stale
    async def _prepare_failed(self, invitation_id: InvitationId, error: Permanent) -> None:
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.status is not Status.PREPARING:
            return
        failed = invitation.fail(error.reason, error.detail)
        told = notifications.tell(failed, Notice.NOT_PREPARED, reason=error.reason, detail=error.detail)
        await self._commit(invitation, failed, "fail", told)

    @retry_when_stale
    async def _could_not_send(self, invitation_id: InvitationId, reason: Reason, detail: str) -> None:
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.status is not Status.READY:
            return
        waiting = invitation.could_not_send(reason, detail)
        uncertain = reason is Reason.SENDING_UNCERTAIN
        notice = Notice.SENDING_UNCERTAIN if uncertain else Notice.NOT_SENT
        told = notifications.tell(waiting, notice, reason=reason, detail=detail)
        await self._commit(invitation, waiting, "could_not_send", told)

    @retry_when_stale
    async def _sent(self, invitation_id: InvitationId) -> None:
        invitation = await self.store.invitations.get(invitation_id)
        if invitation is None or invitation.status is not Status.READY:
            return
        sent = invitation.mark_sent(at=self.clock.now())
        await self._commit(invitation, sent, "mark_sent", notifications.tell(sent, Notice.SENT))

    def _letter(self, invitation: Invitation) -> OutgoingMail:
        proposal = invitation.proposal
        text = with_links(proposal.text, invitation.links)
        return OutgoingMail(
            to_name=proposal.contact.name,
            to_address=proposal.contact.email,
            subject=proposal.subject,
            text=text,
            html=self.mail_html(proposal.subject, text, proposal.language),
        )

    async def _commit(
        self,
        before: Invitation,
        after: Invitation,
        action: str,
        told: list[Notification],
        *also: Write,
    ) -> None:
        await self.changes.replace(before, after, actor=SYSTEM, action=action, told=told, also=also)

"""What people can do with an invitation, by where it stands."""

from bot.domain.invitation import Delivery, Invitation, Status
from bot.slack import names
from bot.slack.blocks import Element
from bot.slack.parts import action_button
from bot.slack.words import Words

BUTTONS: dict[Status, tuple[str, ...]] = {
    Status.AWAITING_APPROVAL: (names.REVIEW_INVITATION, names.WITHDRAW_INVITATION),
    Status.CHANGES_REQUESTED: (names.EDIT_INVITATION, names.WITHDRAW_INVITATION),
    Status.APPROVAL_EXPIRED: (names.REOPEN_INVITATION,),
    Status.FAILED: (names.RETRY_INVITATION, names.WITHDRAW_INVITATION),
    Status.READY: (names.SHOW_MAIL, names.MARK_SENT, names.CANCEL_INVITATION),
    Status.SENT: (names.SHOW_MAIL, names.CANCEL_INVITATION),
    Status.ACCEPTED: (names.OPEN_CUSTOMER,),
    Status.CANCELLED: (names.ASK_AGAIN,),
    Status.LAPSED: (names.ASK_AGAIN,),
}
"""The first one is the next step."""

_READY_WITH_PROBLEM = (
    names.RETRY_INVITATION,
    names.SHOW_MAIL,
    names.MARK_SENT,
    names.CANCEL_INVITATION,
)
# Marking a mail as sent that is about to go out by itself would keep it from going out.
_READY_TO_GO_OUT = (names.SHOW_MAIL, names.CANCEL_INVITATION)
_WAITS_FOR_US = frozenset(
    {
        Status.AWAITING_APPROVAL,
        Status.CHANGES_REQUESTED,
        Status.APPROVAL_EXPIRED,
        Status.FAILED,
        Status.READY,
    }
)


def action_ids(invitation: Invitation) -> tuple[str, ...]:
    """Return the actions for an invitation where it stands, the next step first."""
    if invitation.status is Status.READY and invitation.problem:
        return _READY_WITH_PROBLEM
    if invitation.status is Status.READY and invitation.proposal.delivery is Delivery.SEND_FOR_ME:
        return _READY_TO_GO_OUT
    found = BUTTONS.get(invitation.status, ())
    known = invitation.customer_tenant_id is not None
    return tuple(one for one in found if one != names.OPEN_CUSTOMER or known)


def invitation_button(words: Words, invitation: Invitation, action_id: str) -> Element:
    """Return one button about an invitation; the next step stands out while it is ours."""
    tenant_id = invitation.customer_tenant_id
    value = tenant_id if action_id == names.OPEN_CUSTOMER and tenant_id else invitation.id
    is_next_step = invitation.status in _WAITS_FOR_US and action_id == action_ids(invitation)[0]
    return action_button(
        words,
        action_id,
        value,
        about=invitation.proposal.customer.name,
        style="primary" if is_next_step else None,
    )

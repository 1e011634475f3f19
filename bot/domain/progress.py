"""How a change at a customer moves the invitation that asked for it."""

from dataclasses import replace

from bot.domain.customer import Change, Changed, Customer
from bot.domain.invitation import Invitation, Progress


def progressed(invitation: Invitation, customer: Customer, change: Changed) -> Invitation:
    """Return the invitation with the half that `change` is about brought up to date."""
    progress = _reached(invitation.progress, change)
    grant = customer.grant(change.relationship_id) if change.relationship_id else None
    if grant is not None:
        progress = replace(progress, admin_access_status=grant.status)
    return invitation.with_progress(progress, at=change.at)


def _reached(progress: Progress, change: Changed) -> Progress:
    match change.change:
        case Change.RESELLER_ACCEPTED:
            return replace(progress, reseller_accepted_at=change.at)
        case Change.AGREEMENT_SIGNED:
            return replace(progress, agreement_signed_at=change.at)
        case Change.ADMIN_ACCESS_ACTIVE:
            return replace(progress, admin_access_active_at=change.at)
        case Change.GROUPS_ASSIGNED:
            return replace(progress, groups_assigned_at=change.at)
        case Change.GROUPS_UNASSIGNED:
            return replace(progress, groups_assigned_at=None)
        case _:
            return progress

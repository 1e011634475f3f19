"""Refusals: facts for the log. The words people read are in `templates/words/refusals/`."""

from bot.domain.identifiers import InvitationId, SlackUserId, TenantId


class DomainError(Exception):
    """Something a person or the system asked for is not allowed now."""


class WrongStatus(DomainError):
    """The invitation is not where this can happen to it."""

    def __init__(self, invitation_id: InvitationId, status: str, event: str) -> None:
        super().__init__(f"invitation {invitation_id}: {event} is not possible while {status}")
        self.invitation_id = invitation_id
        self.status = status
        self.event = event


class SelfApproval(DomainError):
    """The person who asked for the invitation tried to decide on it."""

    def __init__(self, invitation_id: InvitationId) -> None:
        super().__init__(f"invitation {invitation_id}: requester may not decide")
        self.invitation_id = invitation_id


class ReviewOutdated(DomainError):
    """What the approver saw is not what would be sent."""

    def __init__(self, invitation_id: InvitationId) -> None:
        super().__init__(f"invitation {invitation_id}: the reviewed text is no longer the current one")
        self.invitation_id = invitation_id


class NotApproved(DomainError):
    """What is about to be sent is not what was approved."""

    def __init__(self, invitation_id: InvitationId) -> None:
        super().__init__(f"invitation {invitation_id}: its fingerprint was not approved")
        self.invitation_id = invitation_id


class NotAllowed(DomainError):
    """The person has no right to do this. `action` names the right that is missing."""

    def __init__(self, user_id: SlackUserId, action: str) -> None:
        super().__init__(f"{user_id} may not {action}")
        self.user_id = user_id
        self.action = action


class UnknownInvitation(DomainError):
    """No invitation has this id in this workspace."""

    def __init__(self, invitation_id: InvitationId) -> None:
        super().__init__(f"invitation {invitation_id} does not exist here")
        self.invitation_id = invitation_id


class UnknownCustomer(DomainError):
    """No customer has this tenant id in this workspace."""

    def __init__(self, tenant_id: TenantId) -> None:
        super().__init__(f"customer {tenant_id} does not exist here")
        self.tenant_id = tenant_id


class AlreadyInvited(DomainError):
    """Another open invitation asks the same customer."""

    def __init__(self, invitation_id: InvitationId) -> None:
        super().__init__(f"invitation {invitation_id} already asks this customer")
        self.invitation_id = invitation_id


class AlreadyCustomer(DomainError):
    """The customer already has the reseller relationship, and nothing else was asked for."""


class NothingAskedFor(DomainError):
    """An invitation must ask for the reseller relationship, for admin access, or for both."""


class CloudRefused(DomainError):
    """The cloud is closed, is not ours, or does not offer what is asked for. `why` names which."""

    def __init__(self, cloud: str, why: str) -> None:
        super().__init__(f"cloud {cloud}: {why}")
        self.cloud = cloud
        self.why = why

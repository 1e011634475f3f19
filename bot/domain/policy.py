"""Who may request, who must approve, who administers."""

from dataclasses import dataclass

from bot.domain.errors import NotAllowed
from bot.domain.identifiers import SlackUserId, UserGroupId


@dataclass(frozen=True)
class Who:
    """People named one by one or by Slack user group."""

    users: frozenset[SlackUserId] = frozenset()
    groups: frozenset[UserGroupId] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.users or self.groups)


@dataclass(frozen=True)
class Member:
    """A person in Slack at the moment of an action, with the user groups they are in that matter to us."""

    id: SlackUserId
    is_full_member: bool
    groups: frozenset[UserGroupId] = frozenset()

    def among(self, who: Who) -> bool:
        return self.id in who.users or bool(self.groups & who.groups)


@dataclass(frozen=True)
class Rule:
    """Why somebody is asked: one stage, one approver. A rule language later yields more of these."""

    approvers: Who
    why: str


@dataclass(frozen=True)
class Policy:
    """The standing rules. Without `requesters`, every full member may request."""

    requesters: Who
    approvers: Who
    administrators: Who

    def rule_for(self, template: str | None) -> Rule:
        """Return the rule that decides on a request for this role template, or for none."""
        return Rule(self.approvers, "admin_access" if template else "reseller_only")

    def require_requester(self, member: Member) -> None:
        """Raise `NotAllowed` unless the person may ask for invitations. Guests and bots never may."""
        named = not self.requesters or member.among(self.requesters) or self.is_administrator(member)
        if not (member.is_full_member and named):
            raise NotAllowed(member.id, "request")

    def require_approver(self, member: Member) -> None:
        """Raise `NotAllowed` unless the person may decide."""
        if not (member.is_full_member and member.among(self.approvers)):
            raise NotAllowed(member.id, "decide")

    def is_administrator(self, member: Member) -> bool:
        return member.is_full_member and member.among(self.administrators)

    def require_steward(self, member: Member, requested_by: SlackUserId) -> None:
        """Raise `NotAllowed` unless the person asked for this invitation or looks after all of them."""
        own = member.is_full_member and member.id == requested_by
        if not (
            own or self.is_administrator(member) or (member.is_full_member and member.among(self.approvers))
        ):
            raise NotAllowed(member.id, "steward")

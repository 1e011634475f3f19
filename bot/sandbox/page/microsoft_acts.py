"""What people do outside Slack: the customer's administrator, a partner admin, whoever sends a mail."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.sandbox.fake_microsoft import CustomerAdmin, MailSent, PortalRefusal
from bot.sandbox.fake_microsoft.customer_admin import AdminRole
from bot.sandbox.page.stage import Stage
from bot.sandbox.page.world import role_name

Json = dict[str, Any]
Id = Annotated[str, Field(max_length=255)]
Link = Annotated[str, Field(max_length=4000)]


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Visit(_Act):
    """The administrator of the tenant with that domain is in the portal, signed in with `role`."""

    domain: Id
    role: AdminRole = "global_administrator"


class WithLink(Visit):
    act: Literal["follow", "accept_reseller", "decline", "approve_admin_access"]
    link: Link


class RemoveRoles(Visit):
    """End one relationship, or with None all of them."""

    act: Literal["remove_roles"]
    relationship_id: Id | None = None


class InPortal(Visit):
    act: Literal["sign_agreement", "remove_reseller_relationship"]


class AssignGroup(_Act):
    act: Literal["assign_group"]
    relationship_id: Id
    group_id: Id


class SendMail(_Act):
    """A person in Slack sends a mail with their own program."""

    act: Literal["send_mail"]
    person: Id
    to: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)]
    subject: Annotated[str, Field(max_length=1000)]
    text: Annotated[str, Field(max_length=40_000)]


MicrosoftAct = WithLink | RemoveRoles | InPortal | AssignGroup | SendMail
MICROSOFT_ACT: TypeAdapter[MicrosoftAct] = TypeAdapter(Annotated[MicrosoftAct, Field(discriminator="act")])


class MicrosoftActs:
    """Does what was asked. Raises PortalRefusal or the fake's Refused with words for the person."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def do(self, act: MicrosoftAct) -> Json:
        """Return `{}`, or for `follow` the page behind the link."""
        match act:
            case WithLink():
                return await _with_link(self._admin(act), act)
            case RemoveRoles():
                await self._admin(act).remove_roles(act.relationship_id)
            case InPortal(act="sign_agreement"):
                await self._admin(act).sign_agreement()
            case InPortal():
                await self._admin(act).remove_reseller_relationship()
            case AssignGroup():
                self._stage.microsoft.assign_group(act.relationship_id, act.group_id)
            case SendMail():
                self._send(act)
        return {}

    def _admin(self, act: Visit) -> CustomerAdmin:
        try:
            return self._stage.microsoft.customer(act.domain, role=act.role)
        except KeyError:
            raise PortalRefusal("unknown_tenant", f"Nobody here belongs to {act.domain}.") from None

    def _send(self, act: SendMail) -> None:
        sender = self._stage.slack.person(act.person).user.email
        now = self._stage.microsoft.world.clock()
        mail = MailSent(now, sender, (act.to,), (), (), (), act.subject, "text", act.text, True)
        self._stage.microsoft.feed.publish(mail)


async def _with_link(admin: CustomerAdmin, act: WithLink) -> Json:
    match act.act:
        case "follow":
            page = await admin.follow(act.link)
            roles = [role_name(role) for role in page.roles]
            return {
                "kind": page.kind,
                "partner": page.partner_name,
                "duration": page.duration,
                "roles": roles,
            }
        case "accept_reseller":
            await admin.accept_reseller(act.link)
        case "approve_admin_access":
            await admin.approve_admin_access(act.link)
        case "decline":
            await admin.decline(act.link)
    return {}

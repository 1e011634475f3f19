"""The sample workspace: Contoso, six people, three channels, one group of approvers."""

from bot.sandbox.fake_slack.identifiers import Clock
from bot.sandbox.fake_slack.state import Channel, User, UserGroup, Workspace

BOT = "U0OVERTURE"
ANA, BEN, CHRIS, DANA = "U0ANA", "U0BEN", "U0CHRIS", "U0DANA"
MEI, YUN = "U0MEI", "U0YUN"
APPROVALS, PARTNERS, RANDOM = "C0APPROVALS", "C0PARTNERS", "C0RANDOM"
APPROVERS = "S0APPROVERS"


TEAM = "T0CONTOSO"


def contoso(clock: Clock, team_id: str = TEAM) -> Workspace:
    """
    Return a fresh workspace. The bot is in every channel but `C0RANDOM`; Dana is a guest.

    Mei reads Simplified and Yun Traditional Chinese, everybody else English.
    """
    workspace = Workspace(
        clock=clock,
        team_id=team_id,
        team_name="Contoso",
        domain="contoso",
        app_id="A0OVERTURE",
        bot_user_id=BOT,
        bot_id="B0OVERTURE",
    )
    workspace.users = {user.id: user for user in _people()}
    staff = frozenset({ANA, BEN, CHRIS, MEI, YUN})
    workspace.channels = {
        channel.id: channel
        for channel in (
            Channel(APPROVALS, "approvals", staff | {BOT}),
            Channel(PARTNERS, "partner-news", staff | {DANA, BOT}),
            Channel(RANDOM, "random", staff),
        )
    }
    workspace.usergroups = {APPROVERS: UserGroup(APPROVERS, "approvers", (BEN, CHRIS))}
    return workspace


def _people() -> list[User]:
    return [
        User(ANA, "ana", "Ana Bowman", email="ana@contoso.com"),
        User(BEN, "ben", "Ben Andrews", locale="en-GB", tz="Europe/London", email="ben@contoso.com"),
        User(CHRIS, "chris", "Chris Green", is_admin=True, email="chris@contoso.com"),
        User(DANA, "dana", "Dana Birkby", is_restricted=True, email="dana@fabrikam.com"),
        User(MEI, "mei", "Mei Lin", locale="zh-CN", tz="Asia/Shanghai", email="mei@contoso.com"),
        User(YUN, "yun", "Yun Chen", locale="zh-TW", tz="Asia/Taipei", email="yun@contoso.com"),
        User(BOT, "overture", "Overture", is_bot=True),
    ]

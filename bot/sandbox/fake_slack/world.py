"""The sample workspace: Contoso, five people, three channels, one group of approvers."""

from bot.sandbox.fake_slack.identifiers import Clock
from bot.sandbox.fake_slack.state import Channel, User, UserGroup, Workspace

BOT = "U0OVERTURE"
ANA, BEN, CHRIS, DANA, EVA = "U0ANA", "U0BEN", "U0CHRIS", "U0DANA", "U0EVA"
APPROVALS, PARTNERS, RANDOM = "C0APPROVALS", "C0PARTNERS", "C0RANDOM"
APPROVERS = "S0APPROVERS"


TEAM = "T0CONTOSO"


def contoso(clock: Clock, team_id: str = TEAM) -> Workspace:
    """Return a fresh workspace. The bot is in every channel but `C0RANDOM`; Eva is new, Dana a guest."""
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
    staff = frozenset({ANA, BEN, CHRIS})
    workspace.channels = {
        channel.id: channel
        for channel in (
            Channel(APPROVALS, "approvals", staff | {BOT}),
            Channel(PARTNERS, "partner-news", staff | {DANA, EVA, BOT}),
            Channel(RANDOM, "random", staff | {EVA}),
        )
    }
    workspace.usergroups = {APPROVERS: UserGroup(APPROVERS, "approvers", (BEN, CHRIS))}
    return workspace


def _people() -> list[User]:
    return [
        User(ANA, "ana", "Ana Bowman", email="ana@contoso.com"),
        User(BEN, "ben", "Ben Andrews", locale="en-GB", tz="Europe/London", email="ben@contoso.com"),
        User(CHRIS, "chris", "Chris Green", is_admin=True, email="chris@contoso.com"),
        User(EVA, "eva", "Eva Corets", email="eva@contoso.com"),
        User(DANA, "dana", "Dana Birkby", is_restricted=True, email="dana@fabrikam.com"),
        User(BOT, "overture", "Overture", is_bot=True),
    ]

"""What people do in Slack, and what Microsoft tells us: one file per conversation."""

from bot.slack import names
from bot.slack.routing import Routes
from handlers.decide_invitation import DecideInvitation
from handlers.errors import Errors
from handlers.follow_up import FollowUp
from handlers.home import Home
from handlers.invite_customer import InviteCustomer
from handlers.parts import Parts
from handlers.relationships import CustomerRelationships
from handlers.workspace import Workspace


def register(routes: Routes, parts: Parts, errors: Errors) -> None:
    """The table of contents: what arrives, and who answers, one conversation after the other."""
    _home(routes, parts)
    _invite_customer(routes, parts)
    _decide_invitation(routes, parts, errors)
    _follow_up(routes, parts)
    _relationships(routes, parts)


def _home(routes: Routes, parts: Parts) -> None:
    home, workspace = Home(parts), Workspace(parts)
    routes.event("app_home_opened", home.opened)
    routes.action(names.HOME_PAGE, home.page_clicked)
    routes.other_actions(workspace.unknown_clicked)
    routes.event("app_uninstalled", workspace.uninstalled)
    routes.event("tokens_revoked", workspace.tokens_revoked)


def _invite_customer(routes: Routes, parts: Parts) -> None:
    invite = InviteCustomer(parts)
    routes.command("/invite-customer", invite.command)
    routes.shortcut(names.INVITE_CUSTOMER_SHORTCUT, invite.shortcut)
    routes.action(names.INVITE_CUSTOMER, invite.shortcut)
    routes.action(names.CHECK_CUSTOMER, invite.check_clicked)
    routes.view_submitted(names.INVITE_CUSTOMER, invite.details_submitted)
    routes.action(names.BACK_TO_DETAILS, invite.back_clicked)
    routes.view_submitted(names.INVITE_CUSTOMER_DRAFT, invite.draft_submitted)
    routes.action(names.EDIT_INVITATION, invite.edit_clicked)
    routes.action(names.ASK_AGAIN, invite.ask_again_clicked)
    routes.action(names.ASK_FOR_FEWER_ROLES, invite.ask_for_fewer_roles_clicked)


def _decide_invitation(routes: Routes, parts: Parts, errors: Errors) -> None:
    decide = DecideInvitation(parts, errors)
    routes.action(names.REVIEW_INVITATION, decide.review_clicked)
    routes.view_submitted(names.REVIEW_INVITATION, decide.approve_submitted)
    routes.action(names.REJECT_INVITATION, decide.reject_clicked)
    routes.action(names.BACK_TO_REVIEW, decide.back_clicked)
    routes.view_submitted(names.REJECT_INVITATION, decide.reject_submitted)
    routes.action(names.REQUEST_CHANGES, decide.request_changes_clicked)
    routes.view_submitted(names.REQUEST_CHANGES, decide.request_changes_submitted)


def _follow_up(routes: Routes, parts: Parts) -> None:
    follow_up = FollowUp(parts)
    routes.action(names.WITHDRAW_INVITATION, follow_up.withdraw_clicked)
    routes.action(names.RETRY_INVITATION, follow_up.retry_clicked)
    routes.action(names.REOPEN_INVITATION, follow_up.reopen_clicked)
    routes.action(names.CANCEL_INVITATION, follow_up.cancel_clicked)
    routes.action(names.SHOW_MAIL, follow_up.show_mail_clicked)
    routes.action(names.MARK_SENT, follow_up.mark_sent_clicked)
    routes.view_submitted(names.SHOW_MAIL, follow_up.mail_submitted)
    routes.action(names.LET_IT_GO, follow_up.let_it_go_clicked)
    routes.action(names.OPEN_LINK, follow_up.link_clicked)
    routes.action(names.OPEN_MAIL_APP, follow_up.link_clicked)


def _relationships(routes: Routes, parts: Parts) -> None:
    customers = CustomerRelationships(parts)
    routes.action(names.OPEN_CUSTOMER, customers.open_clicked)
    routes.action(names.LINK_INVITATION, customers.link_chosen)
    routes.action(names.ADOPT_CUSTOMER, customers.adopt_clicked)
    routes.action(names.NOT_AN_INVITATION, customers.not_an_invitation_clicked)

"""The card of an invitation: one message per channel, edited in place as things move on."""

from bot.domain.invitation import LINK_IS_OUT, Delivery, Invitation, Status
from bot.domain.notifications import Place
from bot.ports.failures import Reason
from bot.slack import names
from bot.slack.blocks import Block, actions, context, header, section
from bot.slack.limits import shorten
from bot.slack.messages.buttons import action_ids, invitation_button
from bot.slack.mrkdwn import Mrkdwn
from bot.slack.parts import asks, halves, lines, moment, person, quoted, shown
from bot.slack.words import Words

TEXT_LENGTH = 3900
"""What `chat.update` takes as text, with some room."""


def invitation_card(words: Words, invitation: Invitation, *, place: Place) -> tuple[list[Block], str]:
    """Return blocks and text of the card as it is now. Reviewing is for the approvers' channel."""
    customer = shown(invitation.proposal.customer.name)
    status = status_sentence(words, invitation)
    problem = problem_sentence(words, invitation.problem)
    text = words("card/text", customer=customer, status=lines(filter(None, (status, problem))))
    blocks = [
        header(words.plain("card/title", customer=customer)),
        section(status),
        *_problem(invitation, problem, words),
        *_comment(words, invitation),
        *_how_far(words, invitation),
        *_asked(words, invitation),
        *_buttons(words, invitation, place),
    ]
    return blocks, shorten(text, TEXT_LENGTH)


def status_sentence(words: Words, invitation: Invitation) -> Mrkdwn:
    """Return where the invitation stands, the next step and whose it is."""
    return words(
        f"card/status/{_status(invitation)}",
        requester=person(invitation.requested_by),
        decided_by=person(invitation.decided_by),
        decided_at=moment(invitation.decided_at),
        sent_at=moment(invitation.sent_at),
        ended_at=moment(invitation.ended_at),
        due=moment(invitation.due_at),
        since=moment(invitation.delayed_since),
        until=moment(invitation.tried_until),
    )


def _status(invitation: Invitation) -> str:
    if invitation.delayed_since:
        return f"{invitation.status}_delayed"
    if invitation.status is not Status.READY:
        return invitation.status
    if invitation.problem:
        return "ready_uncertain" if is_uncertain(invitation) else "ready_with_problem"
    by_itself = invitation.proposal.delivery is Delivery.SEND_FOR_ME
    return "ready_to_go_out" if by_itself else "ready_for_a_person"


def problem_sentence(words: Words, problem: str) -> Mrkdwn:
    """Return what happened and what to do, for the `Reason` an invitation carries; empty without one."""
    if not problem:
        return Mrkdwn("")
    return words(f"reasons/{problem if problem in set(Reason) else 'other'}")


def is_uncertain(invitation: Invitation) -> bool:
    """Return whether nobody knows if the mail went out."""
    return invitation.problem == Reason.SENDING_UNCERTAIN


def _problem(invitation: Invitation, problem: Mrkdwn, words: Words) -> list[Block]:
    if not problem:
        return []
    detail = invitation.problem_detail
    return [section(problem), *([context(words.plain("card/detail", detail=detail))] if detail else [])]


def _comment(words: Words, invitation: Invitation) -> list[Block]:
    """Return what was written with the decision that counts; what came before it is in the thread."""
    if not invitation.comment or invitation.decided_by is None:
        return []
    return [context(words("card/comment", who=person(invitation.decided_by))), quoted(invitation.comment)]


def _how_far(words: Words, invitation: Invitation) -> list[Block]:
    proposal = invitation.proposal
    if invitation.status in LINK_IS_OUT:
        told = halves(words, invitation)
    else:
        told = asks(words, reseller=proposal.reseller, access=proposal.admin_access)
    return [section(told)] if told else []


def _asked(words: Words, invitation: Invitation) -> list[Block]:
    asked = words("card/asked", requester=person(invitation.requested_by), at=moment(invitation.requested_at))
    reason = invitation.proposal.reason
    return [context(asked, *([words.plain("card/reason", reason=reason)] if reason else []))]


def _buttons(words: Words, invitation: Invitation, place: Place) -> list[Block]:
    shown_actions = [
        one for one in action_ids(invitation) if one != names.REVIEW_INVITATION or place is Place.APPROVALS
    ]
    if not shown_actions:
        return []
    return [actions(*(invitation_button(words, invitation, one) for one in shown_actions))]

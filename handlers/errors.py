"""A refusal or a failure becomes what the person reads."""

import re

import structlog

from bot.domain.errors import DomainError, WrongStatus
from bot.domain.identifiers import SlackChannelId
from bot.domain.invitation import Event
from bot.ports.failures import NotShown, OutcomeUnknown, Permanent, Temporary
from bot.ports.store import Stale
from bot.slack.background import where_failed
from bot.slack.blocks import section
from bot.slack.routing import Interaction, Kind
from bot.slack.views.told import told_view
from bot.slack.words import Mrkdwn, Words, date, mention
from handlers.parts import Parts

_log = structlog.get_logger(__name__)

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_UNTIL_DECIDED = frozenset({Event.APPROVE, Event.REJECT, Event.REQUEST_CHANGES, Event.WITHDRAW})
_EXPECTED = (DomainError, Permanent, Temporary, OutcomeUnknown, Stale)


class Errors:
    """Answers every error that leaves a handler, in the place where the person is looking."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def __call__(self, error: Exception, interaction: Interaction) -> None:
        """Say what happened and what to do next. Errors of our own making also go to the log."""
        if not isinstance(error, _EXPECTED):
            _log.error(
                "handler_failed", kind=interaction.kind, name=interaction.name, where=where_failed(error)
            )
        if interaction.kind is Kind.EVENT:
            # Nobody waits for an answer to an event, or would know what it is about.
            _log.warning("event_not_followed", name=interaction.name, why=str(error))
            return
        words = await self.parts.words_for(interaction.user_id)
        await try_to_tell(self.parts, interaction, words, await self.explain(error, words))

    async def explain(self, error: Exception, words: Words) -> Mrkdwn:
        """Return a sentence or two for a person."""
        match error:
            case WrongStatus():
                return await self._wrong_status(error, words)
            case DomainError():
                return words(f"refusals/{_snake(error)}", **vars(error))
            case Permanent(reason=reason):
                return words(f"reasons/{reason}")
            case Temporary() | Stale():
                return words("errors/busy")
            case NotShown():
                return words("errors/not_shown")
            case OutcomeUnknown():
                return words("errors/no_answer")
            case _:
                return words("errors/unexpected")

    async def _wrong_status(self, error: WrongStatus, words: Words) -> Mrkdwn:
        """Say who was first, where this is about a decision that somebody else has taken."""
        invitation = await self.parts.store.invitations.get(error.invitation_id)
        decided = invitation is not None and error.event in _UNTIL_DECIDED
        by, at = (invitation.decided_by, invitation.decided_at) if invitation and decided else (None, None)
        return words(
            "refusals/wrong_status",
            status=words.plain(f"statuses/{error.status}"),
            decided_by=mention(by) if by else "",
            decided_at=date(at) if at else "",
        )


async def tell(parts: Parts, interaction: Interaction, words: Words, text: Mrkdwn) -> None:
    """Say `text` where the person is: under the command, on top of the modal, or beside the message."""
    if interaction.kind is Kind.COMMAND and not interaction.acked:
        await interaction.ack(text=text, response_type="ephemeral")
        return
    view = told_view(words, words.plain("errors/title"), text)
    if interaction.kind is Kind.VIEW_SUBMITTED and not interaction.acked:
        # On top, so that whatever was typed below is still there.
        await interaction.ack(response_action="push", view=view)
        return
    if not interaction.acked:
        await interaction.ack()
    if in_modal(interaction):
        await parts.messenger.push_view(interaction.trigger_id, view)
    elif interaction.response_url:
        # Unlike a message of ours, this also arrives in a channel we are not in.
        await parts.messenger.respond(interaction.response_url, [section(text)], text)
    elif interaction.channel_id:
        channel = SlackChannelId(interaction.channel_id)
        await parts.messenger.ephemeral(channel, interaction.user_id, [section(text)], text)
    else:
        await parts.messenger.open_view(interaction.trigger_id, view)


async def try_to_tell(parts: Parts, interaction: Interaction, words: Words, text: Mrkdwn) -> None:
    """Say how something ended. It has ended so, and is not told as failed, if Slack lets us tell nobody."""
    try:
        await tell(parts, interaction, words, text)
    except (Permanent, Temporary, OutcomeUnknown) as failure:
        _log.warning("person_not_told", kind=interaction.kind, name=interaction.name, why=str(failure))


def in_modal(interaction: Interaction) -> bool:
    view = interaction.body.get("view") or {}
    return view.get("type") == "modal"


def _snake(error: Exception) -> str:
    return _CAPITAL.sub("_", type(error).__name__).lower()

"""What the handlers hold: services, the reader's words, and the way back to Slack."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.customer import Customer
from bot.domain.identifiers import SlackUserId
from bot.domain.partner import Partner
from bot.domain.policy import Policy
from bot.ports.clock import Clock
from bot.ports.failures import OutcomeUnknown, Permanent, Temporary
from bot.ports.members import Members
from bot.ports.store import Store
from bot.services.decisions import Decisions
from bot.services.drafts import Drafts
from bot.services.invitations import Invitations
from bot.services.prospects import Prospects
from bot.services.relationships import Relationships
from bot.slack.messenger import SlackMessenger
from bot.slack.people import People
from bot.slack.words import MailWords, Words


@dataclass(frozen=True)
class Parts:
    """Built once by the app, shared by every handler."""

    clock: Clock
    store: Store
    invitations: Invitations
    decisions: Decisions
    relationships: Relationships
    prospects: Prospects
    drafts: Drafts
    people: People
    messenger: SlackMessenger
    partner: Partner
    policy: Policy
    members: Members
    can_send: bool
    """Whether mails can be sent for people."""
    customer_links: Callable[[Customer], list[tuple[str, str]]]
    """Label keys and addresses of a customer's portals."""
    words_in: Callable[[str], Words]
    channel_words: Words
    """The words of messages in channels."""
    mail_words_in: Callable[[str], MailWords]
    background: Callable[[Awaitable[object]], None]

    async def words_for(self, user_id: SlackUserId) -> Words:
        """Return the words in the reader's language, or in English while Slack will not say which."""
        try:
            person = await self.people.person(user_id)
        except (Temporary, Permanent, OutcomeUnknown):
            return self.words_in("en")
        return self.words_in(person.locale)

"""What Slack tells about our installation, and clicks on what an earlier release has put there."""

import structlog

from bot.slack.routing import Interaction
from handlers.errors import try_to_tell
from handlers.parts import Parts

_log = structlog.get_logger(__name__)


class Workspace:
    """Uninstalling and revoking may come in any order and more than once; both are only taken note of."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def uninstalled(self, interaction: Interaction) -> None:
        """Slack refuses our calls from now on; the outbox keeps what is waiting until we are let in again."""
        await self._note(interaction, "app_uninstalled")

    async def tokens_revoked(self, interaction: Interaction) -> None:
        await self._note(interaction, "tokens_revoked")

    async def unknown_clicked(self, interaction: Interaction) -> None:
        """A button from before an upgrade: whoever pressed it is told where the present ones are."""
        words = await self.parts.words_for(interaction.user_id)
        await try_to_tell(self.parts, interaction, words, words("errors/unknown_action"))

    async def _note(self, interaction: Interaction, what: str) -> None:
        _log.error(what, next_step="install the app again and set its new bot token")
        now = self.parts.clock.now().isoformat()
        await self.parts.store.commit(self.parts.store.notes.setting(what, now))
        await interaction.ack()

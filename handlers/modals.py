"""Modals that are updated after they were opened."""

import asyncio

from bot.ports.failures import Permanent, Reason, Temporary
from handlers.parts import Parts

_RETRIES_SECONDS = (0.2, 0.5, 1.0, 2.0)
"""Slack may not have shown a view yet when its update arrives."""


async def update_when_shown(
    parts: Parts, view: dict[str, object], *, view_id: str = "", external_id: str
) -> bool:
    """
    Update a view that Slack may be about to show, and return whether it is there.

    Whoever closed it meanwhile keeps it closed.
    """
    for seconds in _RETRIES_SECONDS:
        try:
            await parts.messenger.update_view(view_id, view, external_id=external_id)
            return True
        except Temporary as error:
            seconds = error.retry_after.total_seconds() if error.retry_after else seconds
        except Permanent as error:
            if error.reason is not Reason.VIEW_GONE:
                raise
        await asyncio.sleep(seconds)
    return False

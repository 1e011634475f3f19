"""Views as plain dicts."""

from collections.abc import Sequence

from bot.slack.blocks.texts import Block, View, line, present


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = None,
    close: str | None = None,
    private_metadata: str | None = None,
    notify_on_close: bool = False,
    clear_on_close: bool = False,
    external_id: str | None = None,
) -> View:
    """Return a modal. `submit` is required as soon as there is an input."""
    return present(
        type="modal",
        callback_id=callback_id,
        title=line(title, 24),
        blocks=list(blocks),
        submit=None if submit is None else line(submit, 24),
        close=None if close is None else line(close, 24),
        private_metadata=private_metadata,
        notify_on_close=notify_on_close or None,
        clear_on_close=clear_on_close or None,
        external_id=external_id,
    )


def home(blocks: Sequence[Block], *, private_metadata: str | None = None) -> View:
    return present(type="home", blocks=list(blocks), private_metadata=private_metadata)

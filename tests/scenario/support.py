"""What people read, and what a database holds."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from bot.sandbox.fake_slack import Delivery, Message, Person, Seen, View, payloads
from bot.sandbox.fake_slack.reading import shown, view_text
from bot.sandbox.fake_slack.views import new_trigger
from bot.sandbox.run import Sandbox
from bot.sandbox.story import Story
from bot.slack import names

LOOK_UP = "*/findTenantInformationByDomainName*"
"""Where Graph is asked which tenant has a domain."""

ON_AN_INVITATION = (
    names.REVIEW_INVITATION,
    names.REJECT_INVITATION,
    names.REQUEST_CHANGES,
    names.EDIT_INVITATION,
    names.WITHDRAW_INVITATION,
    names.RETRY_INVITATION,
    names.MARK_SENT,
    names.CANCEL_INVITATION,
    names.REOPEN_INVITATION,
    names.SHOW_MAIL,
    names.ASK_AGAIN,
    names.ASK_FOR_FEWER_ROLES,
    names.LET_IT_GO,
)
"""The buttons that name an invitation."""


def reads(person: Person) -> str:
    """Return what is on the modal on top of this person's screen."""
    assert person.view is not None, f"{person.id} sees no modal"
    return view_text(person.view.body)


def told(person: Person) -> str:
    """Return the last thing that was said to this person alone, beside a message or under a command."""
    assert person.ephemerals, f"nobody said anything to {person.id}"
    last = person.ephemerals[-1]
    return shown(last.text, list(last.blocks))


def said(message: Message | Seen) -> str:
    return message.text if isinstance(message, Seen) else shown(message.text, list(message.blocks))


async def eventually(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so in the store. Raises `TimeoutError`."""
    async with asyncio.timeout(20):
        while not await happened():  # noqa: ASYNC110 - a database wakes nobody
            await asyncio.sleep(0.02)


async def is_told(story: Story, person: Person, *fragments: str, since: int = 0) -> str:
    """Wait until this person alone is told all of the fragments; return the whole of it."""

    def fits(seen: Seen) -> bool:
        return (
            seen.kind == "ephemeral" and seen.who == person.id and all(one in seen.text for one in fragments)
        )

    return (await story.box.slack.wait_for(fits, since=since)).text


async def begins(
    story: Story, domain: str = "fabrikam.com", *, name: str = "", admin_access: str = ""
) -> None:
    """Ana opens the form and fills in the first step, without sending it."""
    await story.opens(story.ana, "invite_customer", lambda: story.ana.command("/invite-customer", domain))
    story.fill_details(domain, name=name, admin_access=admin_access)


async def comes_to_the_mail(story: Story, domain: str = "fabrikam.com", **details: str) -> None:
    """Ana goes on to the second step."""
    await begins(story, domain, **details)
    await story.ana.submit()
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")


async def reviews(story: Story, person: Person) -> None:
    """Somebody opens the review from the card in the approvers' channel."""
    card = await story.card("C0APPROVALS", "review_invitation")
    await person.click("review_invitation", message=card)
    await story.until(lambda: person.view is not None, "the review opens")


def shown_calls(box: Sandbox, method: str, *fragments: str) -> list[Mapping[str, Any]]:
    """Return the arguments of calls to Slack that took effect and hold all of the fragments."""
    return [
        call.arguments
        for call in box.slack.traffic.called(method)
        if all(one in str(call.arguments) for one in fragments) and call.response.get("ok")
    ]


def stored(box: Sandbox) -> dict[str, list[Any]]:
    """Return every row that people's doing leaves behind, and what is to be told because of it."""
    rows = {
        "invitations": "SELECT * FROM invitations",
        "drafts": "SELECT * FROM drafts",
        "audit": "SELECT * FROM audit WHERE actor <> 'overture'",
        "outbox": "SELECT id, payload FROM work WHERE queue = 'outbox'",
    }
    path = box.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        return {name: database.execute(query).fetchall() for name, query in rows.items()}


def as_sent(story: Story, payload: Mapping[str, Any], *, by: str, **changes: Any) -> Delivery:
    """Return an interaction that no client of Slack's would send now, for `replay` to sign and deliver."""
    workspace = story.box.slack.workspace
    in_modal = payload.get("type") == "view_submission" or "view" in payload
    fresh = {"trigger_id": new_trigger(workspace, by, from_modal=in_modal), "user": {"id": by}}
    whole = {**payload, **fresh, **changes}
    return replace(story.box.slack.traffic.deliveries[-1], kind="interactive", payload=whole)


def submission(story: Story, view: View, *, by: str) -> Delivery:
    """Return the submission of somebody's view by whomever."""
    payload = payloads.view_submission(story.box.slack.workspace, story.box.slack.person(by).user, view)
    return as_sent(story, payload, by=by)

"""An id in a button or a view is a question and never a proof: others', made-up ones, one's own too late."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.identifiers import DomainName, InvitationId, SlackUserId, TenantId, WorkspaceId
from bot.domain.invitation import APPROVAL_TIME, Invitation, Status
from bot.ports.store import Draft
from bot.sandbox.fake_slack import Delivery
from bot.sandbox.run import ANA, APPROVALS_CHANNEL, BEN, CHRIS, TEAM_CHANNEL, sandbox
from bot.sandbox.story import Story
from bot.sandbox.waiting import quiet
from bot.slack import names
from storage.crypto import Cipher
from storage.database import Database, open_database
from storage.store import WorkspaceStore
from tests.attacks.bodies import MARK
from tests.builders import NOON, a_customer, a_proposal, an_invitation
from tests.scenario.support import ON_AN_INVITATION, as_sent, reads, submission

ELSEWHERE = WorkspaceId("T0ELSEWHERE")
FOREIGN = InvitationId("foreignforeignfo")
THEIR_CUSTOMER = TenantId("99999999-9999-4999-8999-999999999999")
THEIR_DOMAIN = "woodgrove.com"
THEIR_DRAFT = "draftdraftdraftd"
BUTTONS = (
    *ON_AN_INVITATION,
    names.OPEN_CUSTOMER,
    names.LINK_INVITATION,
    names.ADOPT_CUSTOMER,
    names.NOT_AN_INVITATION,
)
VIEWS = (
    names.INVITE_CUSTOMER,
    names.INVITE_CUSTOMER_DRAFT,
    names.REVIEW_INVITATION,
    names.REJECT_INVITATION,
    names.REQUEST_CHANGES,
    names.SHOW_MAIL,
)
TABLES = ("invitations", "customers", "drafts", "audit", "work", "messages")


async def clicks(story: Story, by: str, action_id: str, value: str) -> Delivery:
    """Deliver a click on a button of ours that holds another value."""
    payload = {
        "type": "block_actions",
        "team": {"id": story.box.slack.workspace.team_id},
        "channel": {"id": TEAM_CHANNEL},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": TEAM_CHANNEL},
        "actions": [
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "b",
                "value": value,
                "selected_option": {"value": value},
            }
        ],
    }
    return await story.box.slack.replay(as_sent(story, payload, by=by))


async def submits(story: Story, by: str, callback_id: str, metadata: str) -> Delivery:
    """Deliver the submission of a modal of ours that holds other metadata."""
    comment = {names.COMMENT: {names.COMMENT: {"type": "plain_text_input", "value": "all right"}}}
    view = {
        "id": "V0MADEUP01",
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "state": {"values": comment},
    }
    payload = {"type": "view_submission", "team": {"id": story.box.slack.workspace.team_id}, "view": view}
    return await story.box.slack.replay(as_sent(story, payload, by=by))


async def rows(database: Database, workspace_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is stored for a workspace, but for the timers that come and go by themselves."""
    found = {}
    for table in TABLES:
        timers = "AND queue <> 'timers'" if table == "work" else ""
        query = f"SELECT * FROM {table} WHERE workspace_id = :workspace_id {timers}"
        every: Any = await database.fetch(query, {"workspace_id": workspace_id})
        found[table] = [dict(row) for row in every]
    return found


def without_drafts(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leave out forms that were opened, empty, and never sent."""
    return {table: found[table] for table in found if table != "drafts"}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = open_database(url)
    await database.start()
    try:
        yield database
    finally:
        await database.close()


async def neighbours(database: Database) -> str:
    """
    Fill another workspace with an invitation Ana asked for, a customer and a draft, full of its own words.

    Return the fingerprint of what would be approved there.
    """
    store = WorkspaceStore(database, ELSEWHERE, Cipher(["c2FuZGJveC1zYW5kYm94LXNhbmRib3gtc2FuZGJveCE="]))
    proposal = a_proposal(subject=MARK, text=f"{MARK} {{reseller_link}} {{admin_access_link}}", reason=MARK)
    theirs = an_invitation(id=FOREIGN, requested_by=SlackUserId(ANA), proposal=proposal)
    await store.commit(
        store.invitations.adding(theirs, key="theirs"),
        store.customers.adding(
            a_customer(tenant_id=THEIR_CUSTOMER, name=MARK, domain=DomainName(THEIR_DOMAIN))
        ),
        store.drafts.saving(Draft(THEIR_DRAFT, SlackUserId(ANA), {"customer_name": MARK}, NOON)),
    )
    return proposal.fingerprint


async def test_no_id_of_another_workspace_opens_or_changes_anything(url: str) -> None:
    async with sandbox(database_url=url, administrators=(CHRIS,)) as box, opened(url) as database:
        story = Story(box)
        fingerprint = await neighbours(database)
        await story.ana_invites()
        await story.card(APPROVALS_CHANNEL, "review_invitation")
        await quiet(box)
        ours, theirs = await rows(database, box.slack.workspace.team_id), await rows(database, ELSEWHERE)
        values = (FOREIGN, THEIR_CUSTOMER, f"{THEIR_CUSTOMER}:{FOREIGN}", THEIR_DRAFT)

        for by in (ANA, BEN, CHRIS):
            for value in values:
                for button in BUTTONS:
                    assert (await clicks(story, by, button, value)).status == 200, (button, value)
                for view in VIEWS:
                    for metadata in (value, f"{value}:{fingerprint}"):
                        assert (await submits(story, by, view, metadata)).status == 200, (view, value)
        await quiet(box)

        assert theirs["invitations"]
        assert await rows(database, ELSEWHERE) == theirs
        assert without_drafts(await rows(database, box.slack.workspace.team_id)) == without_drafts(ours)
        assert MARK not in str(list(box.slack.traffic.calls))
        assert MARK not in str([one.answer for one in box.slack.traffic.deliveries])


def tampered(value: str) -> list[str]:
    """Return what somebody might make of an id of ours."""
    return [
        "",
        " ",
        f" {value}",
        f"{value} ",
        value.upper(),
        value[:-1],
        value[1:],
        f"{value}0",
        f"{value}\n",
        f"{value}%",
        "%",
        "_" * len(value),
        f"{value}' OR '1'='1",
        f"{value}; DROP TABLE invitations",
        f"../{value}",
        "null",
        "0",
        "[]",
        "\u202e" + value,
        "x" * 2000,
    ]


async def test_a_button_whose_value_was_tampered_with_does_nothing(url: str) -> None:
    async with sandbox(database_url=url, administrators=(CHRIS,)) as box, opened(url) as database:
        story, team_id = Story(box), box.slack.workspace.team_id
        await story.ana_invites()
        ours = (await story.status(Status.AWAITING_APPROVAL)).id
        await story.card(APPROVALS_CHANNEL, "review_invitation")
        await quiet(box)
        before = without_drafts(await rows(database, team_id))

        for by in (ANA, CHRIS):
            for value in tampered(ours):
                for button in BUTTONS:
                    assert (await clicks(story, by, button, value)).status == 200, (button, value)
        await quiet(box)

        assert without_drafts(await rows(database, team_id)) == before


async def test_an_approval_counts_for_what_was_shown_and_for_nothing_else(story: Story) -> None:
    """The fingerprint of another invitation is refused, and so is every one that is almost right."""
    await story.ana_invites("fabrikam.com")
    await story.ana_invites("wingtiptoys.com")
    (second,) = [one for one in await asked(story) if one.proposal.customer.domain == "wingtiptoys.com"]
    (first,) = [one for one in await asked(story) if one.id != second.id]
    right = second.proposal.fingerprint
    almost = [right[:at] + ("0" if right[at] != "0" else "1") + right[at + 1 :] for at in range(len(right))]
    wrong = [first.proposal.fingerprint, "", right[:-1], right + "0", right.upper() + " ", *almost]

    for fingerprint in wrong:
        answer = await submits(story, BEN, names.REVIEW_INVITATION, names.two_ids(second.id, fingerprint))
        assert "was changed after you opened it" in str(answer.json["view"]), fingerprint

    assert {one.status for one in await asked(story)} == {Status.AWAITING_APPROVAL}
    assert await story.history(second.id) == ["invitation.request"]


async def asked(story: Story) -> list[Invitation]:
    return list(await story.box.app.store.invitations.in_status(frozenset(Status), limit=9))


async def test_nobody_decides_on_their_own_request_by_any_of_the_three_ways() -> None:
    async with sandbox(approvers=(ANA, BEN), administrators=(ANA,)) as box:
        story = Story(box)
        await story.ana_invites()
        own = await story.status(Status.AWAITING_APPROVAL)
        metadata = names.two_ids(own.id, own.proposal.fingerprint)

        for view in (names.REVIEW_INVITATION, names.REJECT_INVITATION, names.REQUEST_CHANGES):
            answer = await submits(story, ANA, view, metadata)
            assert "somebody else has to decide" in str(answer.json["view"]), view

        assert (await story.status(Status.AWAITING_APPROVAL)).decided_by is None
        assert await story.history(own.id) == ["invitation.request"]


@pytest.mark.parametrize("became", ["is_restricted", "is_ultra_restricted", "is_stranger", "deleted"])
async def test_an_approver_who_is_no_full_member_any_more_decides_nothing(story: Story, became: str) -> None:
    await story.ana_invites()
    await story.ben_reviews()
    users = story.box.slack.workspace.users
    lost: dict[str, Any] = {became: True}
    users[BEN] = replace(users[BEN], **lost)

    assert story.ben.view is not None
    await story.box.slack.replay(submission(story, story.ben.view, by=BEN))

    assert (await story.invitation(lambda _: True)).status is Status.AWAITING_APPROVAL


async def test_an_approval_that_comes_after_the_time_for_it_is_refused(story: Story) -> None:
    await story.ana_invites()
    await story.ben_reviews()
    await story.box.move(APPROVAL_TIME + timedelta(minutes=1))
    await story.status(Status.APPROVAL_EXPIRED)

    await story.ben.submit()

    assert "Not decided in time" in reads(story.ben)
    assert story.box.microsoft.mailbox == []
    assert (await story.invitation(lambda _: True)).status is Status.APPROVAL_EXPIRED

"""A customer accepts whom no invitation names: the channel is asked once, and answered once."""

from bot.domain.customer import Customer
from bot.domain.identifiers import TenantId
from bot.domain.invitation import Progress, Status
from bot.domain.settlement import Answer
from bot.sandbox.fake_slack import Message, Person
from bot.sandbox.run import ANA, BEN, DANA, TEAM_CHANNEL
from bot.sandbox.story import Story, first_option
from bot.sandbox.waiting import reconciled
from bot.services.settlements import settlement_of
from tests.builders import NOON
from tests.scenario.microsoft_side import imported
from tests.scenario.support import as_sent, is_told, said


async def asked(story: Story) -> Message:
    """A tenant accepts that looks a little like the one Ana invited; return the question."""
    await imported(story.box)
    await story.ana_invites("fabrikam-sales.example", name="Fabrikam Sales")
    await story.ben_approves()
    await story.accepts(await story.mail(), "fabrikam.com")
    return await story.card(TEAM_CHANNEL, "link_invitation")


async def question_says(story: Story, question: Message, *fragments: str) -> Message:
    """Wait until the question, edited in place, can be read like this."""

    def now() -> Message:
        shown = story.ben.channel_messages(TEAM_CHANNEL)
        return next(one for one in shown if one.ts == question.ts)

    await story.until(
        lambda: all(fragment in said(now()) for fragment in fragments), f"the question says {fragments}"
    )
    return now()


async def recognised(story: Story, question: Message) -> None:
    await story.ana.choose("link_invitation", first_option(question, "link_invitation"), message=question)


async def clicks_later(story: Story, person: Person, action_id: str, question: Message) -> None:
    """Somebody clicks what their client still shows."""
    customer = await fabrikam(story)
    payload = {
        "type": "block_actions",
        "team": {"id": story.box.slack.workspace.team_id},
        "api_app_id": story.box.slack.workspace.app_id,
        "channel": {"id": TEAM_CHANNEL},
        "container": {"type": "message", "message_ts": question.ts, "channel_id": TEAM_CHANNEL},
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": customer.tenant_id}],
    }
    await story.box.slack.replay(as_sent(story, payload, by=person.id))


async def fabrikam(story: Story) -> Customer:
    found = await story.box.app.store.customers.get(TenantId(story.customer().tenant.id))
    assert found is not None
    return found


async def answers(story: Story) -> list[str]:
    customer = await fabrikam(story)
    entries = await story.box.app.store.audit.of_subject(f"customer:{customer.tenant_id}")
    return [one.action for one in entries if one.actor != "overture"]


async def test_a_question_names_each_invitation_with_its_domain_and_day(story: Story) -> None:
    question = await asked(story)

    assert "Fabrikam Sales · fabrikam-sales.example · " in str(question.blocks)


async def test_a_recognised_invitation_takes_the_place_of_the_question(story: Story) -> None:
    question = await asked(story)

    await recognised(story, question)

    settled = await question_says(story, question, f"Settled by <@{ANA}>", "they answered the invitation to")
    assert "fabrikam-sales.example" in said(settled)
    assert "link_invitation" not in str(settled.blocks)
    assert "not_an_invitation" not in str(settled.blocks)
    await story.status(Status.ACCEPTED)


async def test_whoever_answers_second_reads_how_it_was_settled_and_changes_nothing(story: Story) -> None:
    question = await asked(story)
    await recognised(story, question)
    await story.status(Status.ACCEPTED)

    await clicks_later(story, story.ben, "adopt_customer", question)

    await is_told(story, story.ben, "done already", f"Settled by <@{ANA}>", "they answered the invitation to")
    assert await answers(story) == []


async def test_an_invitation_somebody_else_accepted_meanwhile_is_not_given_away_twice(story: Story) -> None:
    question = await asked(story)
    store = story.box.app.store
    sent = await story.status(Status.SENT)
    other = TenantId("99999999-9999-4999-8999-999999999999")
    taken = sent.belongs_to(other).with_progress(Progress(reseller_accepted_at=NOON), at=NOON)
    await store.commit(store.invitations.replacing(sent, taken))

    await recognised(story, question)

    await is_told(story, story.ana, "answered by a customer already", "choose another")
    assert await settlement_of(store, await fabrikam(story)) is None
    assert (await story.status(Status.ACCEPTED)).customer_tenant_id == other


async def test_a_new_customer_is_adopted_once(story: Story) -> None:
    question = await asked(story)
    await story.ben.click("adopt_customer", message=question)
    settled = await question_says(story, question, f"Settled by <@{BEN}>", "adopted as a new customer")

    await clicks_later(story, story.ana, "not_an_invitation", question)

    await is_told(story, story.ana, "done already", f"Settled by <@{BEN}>", "adopted as a new customer")
    assert "adopt_customer" not in str(settled.blocks)
    assert await answers(story) == ["customer.adopt"]


async def test_none_of_these_leaves_the_invitations_open_and_says_so(story: Story) -> None:
    question = await asked(story)

    await story.ana.click("not_an_invitation", message=question)

    await question_says(story, question, f"Settled by <@{ANA}>", "none of our invitations", "stay open")
    await story.status(Status.SENT)


async def test_a_question_slack_did_not_let_us_edit_is_edited_by_the_next_click(story: Story) -> None:
    question = await asked(story)
    story.box.slack.faults.server_error("chat.update", channel=TEAM_CHANNEL)
    await story.ana.click("not_an_invitation", message=question)
    await is_told(story, story.ana, "none of our invitations")

    await story.ben.click("adopt_customer", message=question)

    await question_says(story, question, f"Settled by <@{ANA}>", "none of our invitations")
    assert await answers(story) == ["customer.not_an_invitation"]


async def test_a_guest_neither_answers_nor_reads_the_answer(story: Story) -> None:
    question = await asked(story)
    await story.ana.click("not_an_invitation", message=question)
    await question_says(story, question, "Settled by")

    await clicks_later(story, story.box.slack.person(DANA), "adopt_customer", question)

    sentence = await is_told(story, story.box.slack.person(DANA), "Only full members")
    assert "Settled by" not in sentence


async def test_a_customer_who_comes_back_is_asked_about_anew(story: Story) -> None:
    question = await asked(story)
    await story.ana.click("not_an_invitation", message=question)
    await question_says(story, question, "Settled by")
    store = story.box.app.store
    before = await settlement_of(store, await fabrikam(story))
    assert before is not None
    assert before.answer is Answer.NOT_AN_INVITATION

    link = (await story.status(Status.SENT)).links.reseller
    await story.customer().remove_reseller_relationship()
    await reconciled(story.box)
    await story.hears("has ended")
    await story.customer().accept_reseller(link)
    await story.until(lambda: story.count("which invitation they answered") == 2, "it is asked again")

    assert await settlement_of(store, await fabrikam(story)) is None

"""What somebody typed is there again: after going back, after closing the form, after Microsoft was slow."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.invitation import Status
from bot.sandbox.fake_microsoft import Slow
from bot.sandbox.fake_slack import Person
from bot.sandbox.run import CHRIS
from bot.sandbox.story import Story
from bot.services.drafts import KEPT_FOR
from tests.scenario.support import LOOK_UP, begins, comes_to_the_mail, eventually, reads, stored


def value(person: Person, field: str) -> Any:
    """Return what a text field of the open modal holds."""
    return person.values[field][field]["value"]


def has_callback(person: Person, callback_id: str) -> bool:
    return person.view is not None and person.view.body["callback_id"] == callback_id


async def goes_back(story: Story) -> None:
    await story.ana.click("back_to_details")
    await story.until(lambda: story.shows("invite_customer"), "the first step is shown again")


async def closes_the_form_at_the_mail(story: Story) -> None:
    await comes_to_the_mail(story, admin_access="helpdesk")
    await story.ana.close()


async def test_a_mail_that_was_edited_is_kept_on_the_way_back_and_forth(story: Story) -> None:
    await comes_to_the_mail(story)
    story.ana.fill("mail_subject", "Typed by Ana")
    story.ana.fill("mail_text", "Dear Adele,\n{reseller_link}\nAna")

    await goes_back(story)
    assert value(story.ana, "contact_name") == "Adele Vance"
    assert value(story.ana, "reason") == "They signed our offer"
    await story.ana.submit()

    assert value(story.ana, "mail_subject") == "Typed by Ana"
    assert value(story.ana, "mail_text") == "Dear Adele,\n{reseller_link}\nAna"
    await story.ana_asks()
    asked = await story.status(Status.AWAITING_APPROVAL)
    assert asked.proposal.subject == "Typed by Ana"


async def test_a_mail_nobody_edited_is_written_for_what_the_details_say_then(story: Story) -> None:
    await comes_to_the_mail(story)
    await goes_back(story)
    story.ana.fill("contact_name", "Patti Fernandez")
    story.ana.fill("include_admin_access", ["yes"])
    story.ana.fill("role_template", "helpdesk")

    await story.ana.submit()

    assert "Patti Fernandez" in value(story.ana, "mail_text")
    assert "{admin_access_link}" in value(story.ana, "mail_text")


async def test_a_mail_that_was_edited_is_left_alone_and_pointed_out(story: Story) -> None:
    await comes_to_the_mail(story)
    story.ana.fill("mail_text", "Dear Adele,\n{reseller_link}\nAna")
    await goes_back(story)
    story.ana.fill("contact_name", "Patti Fernandez")

    await story.ana.submit()

    assert value(story.ana, "mail_text") == "Dear Adele,\n{reseller_link}\nAna"
    assert "check that it still says what you ask for" in reads(story.ana)


async def test_after_changes_were_asked_for_the_mail_says_what_is_asked_for_now(story: Story) -> None:
    await story.ana_invites(admin_access="helpdesk")
    await story.ben_says_why("request_changes", "Ask for less, please")
    told = await story.direct("edit_invitation")
    await story.ana.click("edit_invitation", message=told)
    await story.until(lambda: story.shows("invite_customer"), "the form opens")
    story.ana.fill("contact_name", "Patti Fernandez")
    story.ana.fill("duration", "90")

    await story.ana.submit()
    await story.ana_asks()
    await story.ben_approves()

    mail = await story.mail()
    assert "Hello Patti Fernandez" in mail.body
    assert "90 days" in mail.body
    assert "365 days" not in mail.body


async def test_a_form_that_was_closed_is_filled_in_when_it_is_opened_for_the_same_customer(
    story: Story,
) -> None:
    await closes_the_form_at_the_mail(story)

    await story.ana.command("/invite-customer", "https://fabrikam.com/")
    await story.until(lambda: story.shows("invite_customer"), "the form opens")

    assert "what you typed last time" in reads(story.ana)
    assert value(story.ana, "contact_name") == "Adele Vance"
    assert value(story.ana, "reason") == "They signed our offer"


async def test_a_form_for_another_customer_starts_empty(story: Story) -> None:
    await closes_the_form_at_the_mail(story)

    await story.ana.command("/invite-customer", "alpineskihouse.com")
    await story.until(lambda: story.shows("invite_customer"), "the form opens")

    assert "last time" not in reads(story.ana)
    assert value(story.ana, "reason") is None


async def test_what_one_person_typed_is_nobody_elses(story: Story) -> None:
    await closes_the_form_at_the_mail(story)
    chris = story.box.slack.person(CHRIS)

    await chris.command("/invite-customer", "fabrikam.com")
    await story.until(lambda: "Fabrikam" in reads(chris), "the form opens")

    assert "last time" not in reads(chris)
    assert "Adele Vance" not in reads(chris)


async def test_once_colleagues_were_asked_nothing_is_left_to_fill_in(story: Story) -> None:
    await closes_the_form_at_the_mail(story)
    await story.ana_invites()

    async def nothing_left() -> bool:
        return stored(story.box)["drafts"] == []

    await eventually(nothing_left)
    assert (await story.status(Status.AWAITING_APPROVAL)).proposal.reason == "They signed our offer"


async def test_what_nobody_finished_is_forgotten_after_a_week(story: Story) -> None:
    await closes_the_form_at_the_mail(story)
    await story.box.move(KEPT_FOR + timedelta(minutes=1))

    await begins(story, "alpineskihouse.com")

    assert "Adele Vance" not in str(stored(story.box)["drafts"])


async def test_a_second_step_that_cannot_be_shown_leads_back_to_what_was_typed(story: Story) -> None:
    await story.ana_invites()
    await begins(story)
    story.ana.fill("customer_name", "Typed by Ana")
    story.box.microsoft.faults.plan("graph", "GET", LOOK_UP, Slow(2), times=2)

    await story.ana.submit()
    assert story.shows("invite_customer_loading")
    await story.until(lambda: story.shows("invite_customer"), "the first step is shown again")

    assert "Finish, withdraw or cancel that one first" in reads(story.ana)
    assert value(story.ana, "customer_name") == "Typed by Ana"


@pytest.mark.parametrize("button", ["reject_invitation", "request_changes"])
async def test_a_comment_goes_along_from_the_review_and_back(story: Story, button: str) -> None:
    await story.ana_invites()
    await story.ben_reviews()
    story.ben.fill("comment", "The roles are too many")

    await story.ben.click(button)
    await story.until(lambda: has_callback(story.ben, button), "a comment is asked for")
    assert value(story.ben, "comment") == "The roles are too many"
    story.ben.fill("comment", "The roles are far too many")
    await story.ben.click("back_to_review")
    await story.until(lambda: has_callback(story.ben, "review_invitation"), "the review is shown again")

    assert value(story.ben, "comment") == "The roles are far too many"
    assert len(story.ben.views) == 1

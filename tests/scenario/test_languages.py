"""Everybody reads their own language: people in Slack, channels, and the customer in the mail."""

import re
from dataclasses import replace
from html import unescape

import pytest

from bot.domain.roles import ROLE_TEMPLATES, ROLES
from bot.sandbox.languages import SLACK_LOCALES
from bot.sandbox.run import ANA, APPROVALS_CHANNEL, BEN, TEAM_CHANNEL, Sandbox, sandbox
from bot.sandbox.story import Story, links
from bot.slack.words import Templates
from tests.scenario.support import begins, comes_to_the_mail, reads, reviews
from tests.scenario.test_typed_is_kept import goes_back, value

TEMPLATES = Templates()
in_chinese = pytest.mark.parametrize("language", SLACK_LOCALES)


def chooses(box: Sandbox, user_id: str, language: str) -> None:
    """Have somebody read Slack in this language."""
    users = box.slack.workspace.users
    users[user_id] = replace(users[user_id], locale=SLACK_LOCALES[language])


@in_chinese
async def test_the_form_and_the_mail_step_are_in_the_requesters_language(story: Story, language: str) -> None:
    words = TEMPLATES.words(language)
    chooses(story.box, ANA, language)

    await begins(story, admin_access="helpdesk")
    form = reads(story.ana)
    await story.ana.submit()
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")

    assert words("invite_customer/intro") in form
    assert words.plain("fields/role_template/hint") in form
    assert words.plain("role_templates/helpdesk") in form
    assert words("invite_customer/why/admin_access") in reads(story.ana)


@in_chinese
async def test_a_field_that_is_wrong_says_so_in_the_requesters_language(story: Story, language: str) -> None:
    chooses(story.box, ANA, language)
    await comes_to_the_mail(story)
    story.ana.fill("mail_text", "您好")

    await story.ana.submit()

    missing = TEMPLATES.words(language).plain("invite_customer/errors/reseller_link_missing")
    assert story.ana.errors == {"mail_text": missing}
    assert "{reseller_link}" in missing


@in_chinese
async def test_the_review_is_in_the_approvers_language_and_the_card_in_the_channels(language: str) -> None:
    words = TEMPLATES.words(language)
    async with sandbox(channel_language=language) as box:
        story = Story(box)
        chooses(box, BEN, language)
        await story.ana_invites(admin_access="helpdesk")
        await reviews(story, story.ben)
        review = reads(story.ben)

        await story.hears(words.plain("statuses/awaiting_approval"), where=APPROVALS_CHANNEL)
        await story.hears(words("card/asks/reseller"), where=TEAM_CHANNEL)
        await story.ana_hears("is waiting for approval")
    for role in ROLE_TEMPLATES["helpdesk"]:
        assert words.plain(f"role_names/{ROLES[role].key}") in review
        assert words.plain(f"roles/{ROLES[role].key}") in review


@in_chinese
async def test_the_customer_gets_a_mail_wholly_in_the_language_that_was_chosen(
    story: Story, language: str
) -> None:
    await begins(story, admin_access="helpdesk")
    story.ana.fill("mail_language", language)
    story.ana.fill("contact_name", "林美玲")
    await story.ana.submit()
    await story.ana_asks()
    await story.ben_approves()

    mail = await story.mail()

    roles = [
        TEMPLATES.words(language).plain(f"role_names/{ROLES[role].key}")
        for role in ROLE_TEMPLATES["helpdesk"]
    ]
    text = unescape(re.sub(r"<[^>]+>|https://\S+", " ", mail.body))
    assert f'<html lang="{language.replace("_", "-")}">' in mail.body
    assert set(re.findall("[A-Za-z]+", mail.subject + text)) == {"Contoso", "Microsoft"}
    assert TEMPLATES.words(language).formats.listing(roles) in mail.body
    assert "365 天" in mail.body
    assert len(links(mail)) == 2


async def test_a_mail_nobody_edited_is_written_anew_in_another_language(story: Story) -> None:
    await comes_to_the_mail(story)
    await goes_back(story)
    story.ana.fill("mail_language", "zh_Hant")

    await story.ana.submit()

    subject = TEMPLATES.mail_words("zh_Hant").text("invitation/subject", partner="Contoso", reseller=True)
    assert value(story.ana, "mail_subject") == subject
    assert "Adele Vance 您好" in value(story.ana, "mail_text")


async def test_a_chinese_mail_nobody_edited_becomes_english_again(story: Story) -> None:
    await begins(story)
    story.ana.fill("mail_language", "zh_Hans")
    await story.ana.submit()
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")
    await goes_back(story)
    story.ana.fill("mail_language", "en")

    await story.ana.submit()

    assert value(story.ana, "mail_text").startswith("Hello Adele Vance")


async def test_a_mail_that_was_edited_stays_as_it_is_in_another_language(story: Story) -> None:
    await comes_to_the_mail(story)
    story.ana.fill("mail_text", "Dear Adele,\n{reseller_link}\nAna")
    await goes_back(story)
    story.ana.fill("mail_language", "zh_Hant")

    await story.ana.submit()

    assert value(story.ana, "mail_text") == "Dear Adele,\n{reseller_link}\nAna"


@in_chinese
async def test_a_new_mail_begins_in_the_language_of_the_channel(language: str) -> None:
    async with sandbox(channel_language=language) as box:
        story = Story(box)
        await begins(story)

        assert story.ana.values["mail_language"]["mail_language"]["selected_option"]["value"] == language

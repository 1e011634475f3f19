"""What cannot stay as it was typed: the person reads why and keeps it all, and nobody else is bothered."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.invitation import Status
from bot.sandbox.fake_slack import Delivery, View
from bot.sandbox.run import APPROVALS_CHANNEL, CHRIS
from bot.sandbox.story import Story
from tests.scenario.support import begins, comes_to_the_mail, eventually, reads, shown_calls, told

ALPINE_TENANT = "77777777-7777-4777-8777-777777777777"
HOSTILE = "<!channel> *Contoso* <@U0BEN> _&amp;_ :tada: \u202eevil\u202c `x` <https://evil.example|gift> ~y~"
MARKUP = re.compile(r"<(?!!date\^)[!@#h][^>]*>")
OURS = re.compile(r"<@U0(ANA|BEN|CHRIS)>|<#C0\w+>|<https://admin\.microsoft\.com[^>]*>")


async def nothing_asked(story: Story) -> None:
    """Fail if colleagues or the customer heard anything."""
    assert await story.box.app.store.invitations.in_status(frozenset(Status), limit=10) == []
    assert story.ben.channel_messages(APPROVALS_CHANNEL) == []
    assert story.box.microsoft.mailbox == []


async def sends(story: Story, field: str, value: dict[str, Any]) -> Delivery:
    """Submit Ana's modal with a value that her client would not let her enter; return our answer."""
    delivery = await story.ana.submit()
    assert delivery is not None
    payload = json.loads(json.dumps(dict(delivery.payload)))
    payload["view"]["state"]["values"][field][field] |= value
    return await story.box.slack.replay(replace(delivery, payload=payload))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Dear Adele,\nplease click.", "has lost {reseller_link}. Put it back"),
        ("{reseller_link} and again {reseller_link}", "{reseller_link} may stand in the text only once"),
        ("{reseller_link} {admin_access_link}", "Please remove {admin_access_link}"),
    ],
)
async def test_a_mail_whose_link_is_not_there_once_is_an_error_at_the_text(
    story: Story, text: str, problem: str
) -> None:
    await comes_to_the_mail(story)
    story.ana.fill("mail_text", text)
    story.ana.fill("mail_subject", "Typed by Ana")

    await story.ana.submit()

    assert problem in story.ana.errors["mail_text"]
    assert story.ana.values["mail_text"]["mail_text"]["value"] == text
    assert story.ana.values["mail_subject"]["mail_subject"]["value"] == "Typed by Ana"
    await nothing_asked(story)

    story.ana.fill("mail_text", "Dear Adele,\n{reseller_link}\nContoso")
    await story.ana_asks()

    await story.card(APPROVALS_CHANNEL, "review_invitation")


async def test_a_mail_longer_than_slack_takes_is_an_error_at_the_text(story: Story) -> None:
    """Slack's own field stops at 3 000 characters; a client that does not gets the same answer from us."""
    await comes_to_the_mail(story)
    story.ana.fill("mail_text", "no link")

    answer = await sends(story, "mail_text", {"value": "{reseller_link}" + "x" * 3000})

    assert answer.json["errors"] == {"mail_text": "This is too long. Please shorten it."}
    await nothing_asked(story)


async def test_a_domain_that_is_no_tenant_is_told_and_does_not_stop_anyone(story: Story) -> None:
    await begins(story, "nobody-has-this.example", name="Nobody")

    assert "No tenant in your cloud has this domain" in reads(story.ana)
    assert "the acceptance is matched by name and domain" in reads(story.ana)

    await story.ana.submit()

    assert "No tenant in your cloud has this domain" in reads(story.ana)
    await story.ana_asks()
    await story.card(APPROVALS_CHANNEL, "review_invitation")


async def test_a_customer_of_ours_can_only_be_asked_for_admin_access(story: Story) -> None:
    await _known_customer(story)
    await begins(story, "alpineskihouse.com")
    assert "already have the reseller relationship" in reads(story.ana)

    await story.ana.submit()

    assert "nothing left to ask for but admin access" in story.ana.errors["include_admin_access"]
    assert story.ana.values["reason"]["reason"]["value"] == "They signed our offer"
    await nothing_asked(story)

    story.ana.fill("include_admin_access", ["yes"])
    story.ana.fill("role_template", "helpdesk")
    await story.ana.submit()
    await story.ana_asks()
    asked = await story.invitation(lambda one: one.proposal.admin_access is not None)

    assert not asked.proposal.reseller
    assert asked.customer_tenant_id == ALPINE_TENANT


async def test_a_customer_who_is_invited_already_is_not_invited_twice(story: Story) -> None:
    await story.ana_invites()
    await begins(story)
    assert "Another invitation to this customer is open: Waiting for approval" in reads(story.ana)

    await story.ana.submit()

    assert "Finish, withdraw or cancel that one first" in story.ana.errors["customer_domain"]
    assert len(await story.box.app.store.invitations.in_status(frozenset(Status), limit=10)) == 1


async def test_two_people_who_invite_the_same_customer_at_once_make_one_invitation(story: Story) -> None:
    await comes_to_the_mail(story)
    chris = story.box.slack.person(CHRIS)
    await chris.command("/invite-customer", "fabrikam.com")
    await story.until(lambda: _is(chris.view, "invite_customer"), "Chris's form opens")
    for field, value in {
        "contact_name": "Adele",
        "reason": "Me too",
        "contact_email": "a@fabrikam.com",
    }.items():
        chris.fill(field, value)
    await chris.submit()
    await story.until(lambda: _is(chris.view, "invite_customer_draft"), "Chris sees the mail")
    await story.ana_asks()
    chris.fill("mail_subject", "Chris's subject")

    await chris.submit()

    assert "Another invitation to this customer is still open" in reads(chris)
    await chris.close()
    assert chris.values["mail_subject"]["mail_subject"]["value"] == "Chris's subject"
    assert len(await story.box.app.store.invitations.in_status(frozenset(Status), limit=10)) == 1


@pytest.mark.parametrize("cloud", ["us_gov", "china"])
async def test_a_cloud_that_is_not_ours_is_an_error_at_the_cloud(story: Story, cloud: str) -> None:
    await begins(story, "proseware.com", name="Proseware")
    story.ana.fill("cloud", cloud)

    await story.ana.submit()

    assert "account is in another cloud" in story.ana.errors["cloud"]
    await nothing_asked(story)


async def test_the_closed_german_cloud_is_refused_with_its_reason(story: Story) -> None:
    """No list offers it; an old view may."""
    await begins(story)
    story.ana.fill("cloud", "china")

    answer = await sends(story, "cloud", {"selected_option": {"value": "germany"}})

    assert "closed on 29 October 2021" in answer.json["errors"]["cloud"]
    await nothing_asked(story)


async def test_a_customer_in_another_market_is_warned_of_before_anybody_is_asked(story: Story) -> None:
    await begins(story, "tailspintoys.com")
    story.ana.fill("country", "DE")

    await story.ana.submit()

    assert "Germany is not in the Microsoft market you sell in (United States)" in reads(story.ana)
    assert "Microsoft will most likely refuse" in reads(story.ana)
    await story.ana_asks()
    await story.card(APPROVALS_CHANNEL, "review_invitation")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("customer_domain", "not a domain", "neither a domain such as fabrikam.com nor a tenant id"),
        ("contact_email", "adele@fabrikam..com", "This is not a mail address"),
        ("contact_name", "\u202e \u2066", "Please fill this in"),
    ],
)
async def test_a_field_that_cannot_stay_says_so_and_keeps_the_others(
    story: Story, field: str, value: str, problem: str
) -> None:
    await begins(story)
    story.ana.fill("customer_name", "Kept")
    story.ana.fill(field, value)

    await story.ana.submit()

    assert problem in story.ana.errors[field]
    assert story.ana.values["customer_name"]["customer_name"]["value"] == "Kept"
    await nothing_asked(story)


@pytest.mark.parametrize("text", ["help", "HELP", " ? "])
async def test_help_says_what_it_is_for_and_how_to_go_on(story: Story, text: str) -> None:
    await story.ana.command("/invite-customer", text)

    assert "/invite-customer fabrikam.com" in told(story.ana)
    assert "You cannot approve your own" in told(story.ana)
    assert story.ana.view is None


@pytest.mark.parametrize("text", ["what is this", "fabrikam", "<!channel>", "a" * 3000, "*bold* <@U0BEN>"])
async def test_a_word_that_means_nothing_gets_the_usage(story: Story, text: str) -> None:
    await story.ana.command("/invite-customer", text)

    assert "I do not understand" in told(story.ana)
    assert "`/invite-customer help`" in told(story.ana)
    assert not MARKUP.search(told(story.ana))
    assert story.ana.toasts == []


@pytest.mark.parametrize(
    "text",
    [
        "fabrikam.com",
        " FABRIKAM.com. ",
        "https://www.fabrikam.com@fabrikam.com/about?x=1",
        "adele@fabrikam.com",
        "https://fabrikam.com/",
    ],
)
async def test_a_domain_is_found_in_whatever_was_pasted(story: Story, text: str) -> None:
    await story.ana.command("/invite-customer", text)
    await story.until(lambda: story.shows("invite_customer"), "the form opens")

    assert "Microsoft knows this customer as *Fabrikam*" in reads(story.ana)
    assert story.ana.values["customer_name"]["customer_name"]["value"] == "Fabrikam"


async def test_a_tenant_id_is_taken_as_it_is(story: Story) -> None:
    await _known_customer(story)

    await story.ana.command("/invite-customer", ALPINE_TENANT.upper())
    await story.until(lambda: story.shows("invite_customer"), "the form opens")

    assert "already have the reseller relationship" in reads(story.ana)
    assert story.ana.values["customer_name"]["customer_name"]["value"] == "Alpine Ski House"


async def test_names_full_of_markup_mention_nobody_and_break_nothing(story: Story) -> None:
    """Every field, in every place it gets to: form, review, cards, notices, Home, the mail to send."""
    box = story.box
    await begins(story, "nobody-has-this.example")
    for field in ("customer_name", "contact_name", "reason"):
        story.ana.fill(field, HOSTILE)
    await story.ana.submit()
    await story.until(lambda: story.shows("invite_customer_draft"), "the mail is shown")
    story.ana.fill("mail_subject", HOSTILE)
    story.ana.fill("mail_text", f"{HOSTILE}\n{{reseller_link}}\n{HOSTILE}")
    await story.ana_asks(delivery="copy_text")
    await story.ben_says_why("request_changes", HOSTILE)
    edit = await story.direct("edit_invitation")
    await story.ana.click("edit_invitation", message=edit)
    await story.until(lambda: story.shows("invite_customer"), "the form opens again")
    await story.ana.submit()
    await story.ana_asks(delivery="copy_text")
    await story.ben_approves()
    ready = await story.direct("show_mail")
    await story.ana.click("show_mail", message=ready)
    await story.ana.open_home()
    await story.ben.open_home()

    for seen in box.slack.feed.since(0):
        for text in markup_in(seen.payload):
            assert not MARKUP.search(OURS.sub("", text)), text
            assert "*Contoso*" not in text
            assert "\u202e" not in text
    assert [person.toasts for person in (story.ana, story.ben)] == [[], []]
    assert all(call.response.get("ok") for call in box.slack.traffic.calls), "Slack refused something"
    assert shown_calls(box, "chat.postMessage")


def markup_in(part: Any) -> list[str]:
    """Return every text in which Slack would interpret mentions, links and styles."""
    if isinstance(part, list):
        return [text for item in part for text in markup_in(item)]
    if not isinstance(part, dict):
        return []
    if part.get("type") in {"plain_text", "rich_text", "plain_text_input", "email_text_input"}:
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for name, value in part.items() if name != "state" for text in markup_in(value)]


def _is(view: View | None, callback_id: str) -> bool:
    return view is not None and view.body.get("callback_id") == callback_id


async def _known_customer(story: Story) -> None:
    """Wait until the first comparison with Partner Center has found Alpine Ski House."""

    async def found() -> bool:
        return await story.box.app.store.customers.count() > 0

    await eventually(found)

"""The card: whoever reads it knows where things stand, the next step and whose it is."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.clouds import Cloud
from bot.domain.identifiers import InvitationId
from bot.domain.invitation import Delivery, Invitation, Progress, Status
from bot.domain.notifications import Place
from bot.ports.failures import Reason
from bot.slack import names
from bot.slack.blocks import Block
from bot.slack.messages.card import invitation_card
from bot.slack.words import Templates
from tests.builders import ANA, BEN, FABRIKAM, NOON, a_proposal, an_invitation
from tests.unit.slack.reading import elements, headings, offered, quotes, said, small_print

WORDS = Templates().words("en")
KNOWN = replace(a_proposal().customer, tenant_id=FABRIKAM)


def card(invitation: Invitation, place: Place = Place.APPROVALS) -> list[Block]:
    blocks, _ = invitation_card(WORDS, invitation, place=place)
    return blocks


def on(moment: datetime) -> str:
    return f"<!date^{int(moment.timestamp())}^"


@pytest.mark.parametrize(
    ("status", "action_ids"),
    [
        (Status.AWAITING_APPROVAL, [names.REVIEW_INVITATION, names.WITHDRAW_INVITATION]),
        (Status.CHANGES_REQUESTED, [names.EDIT_INVITATION, names.WITHDRAW_INVITATION]),
        (Status.REJECTED, []),
        (Status.WITHDRAWN, []),
        (Status.APPROVAL_EXPIRED, [names.REOPEN_INVITATION]),
        (Status.APPROVED, []),
        (Status.PREPARING, []),
        (Status.FAILED, [names.RETRY_INVITATION, names.WITHDRAW_INVITATION]),
        (Status.READY, [names.SHOW_MAIL, names.MARK_SENT, names.CANCEL_INVITATION]),
        (Status.SENT, [names.SHOW_MAIL, names.CANCEL_INVITATION]),
        (Status.ACCEPTED, [names.OPEN_CUSTOMER]),
        (Status.CANCELLED, [names.ASK_AGAIN]),
        (Status.LAPSED, [names.ASK_AGAIN]),
    ],
)
def test_the_buttons_are_what_can_be_done_now(status: Status, action_ids: list[str]) -> None:
    invitation = an_invitation(status=status, delivery=Delivery.COPY_TEXT, customer=KNOWN)

    assert offered(card(invitation)) == action_ids


def test_a_mail_that_goes_out_by_itself_cannot_be_marked_as_sent() -> None:
    assert offered(card(an_invitation(status=Status.READY))) == [names.SHOW_MAIL, names.CANCEL_INVITATION]


def test_a_mail_that_did_not_go_out_can_be_tried_again_or_sent_by_hand() -> None:
    stuck = an_invitation(status=Status.READY, problem=Reason.MAIL_DENIED)

    assert offered(card(stuck)) == [
        names.RETRY_INVITATION,
        names.SHOW_MAIL,
        names.MARK_SENT,
        names.CANCEL_INVITATION,
    ]


def test_reviewing_belongs_to_the_approvers_channel() -> None:
    assert offered(card(an_invitation(), Place.TEAM)) == [names.WITHDRAW_INVITATION]


def test_a_button_carries_the_id_and_says_whom_it_is_about() -> None:
    review, _ = elements(card(an_invitation()))

    assert review["value"] == "abcdefghijklmnop"
    assert review["accessibility_label"] == "Review: Fabrikam"
    assert review["style"] == "primary"


def test_a_record_is_opened_by_the_tenant() -> None:
    (button,) = elements(card(an_invitation(status=Status.ACCEPTED, customer=KNOWN)))

    assert button["value"] == FABRIKAM


def test_what_cannot_be_taken_back_asks_first() -> None:
    asked = {
        one["action_id"]: one.get("confirm", {}) for one in elements(card(an_invitation(status=Status.SENT)))
    }

    assert "may still work until Microsoft lets it lapse" in asked[names.CANCEL_INVITATION]["text"]["text"]
    assert asked[names.SHOW_MAIL] == {}


@pytest.mark.parametrize("status", Status)
def test_every_status_is_said_in_words_and_to_a_screen_reader(status: Status) -> None:
    blocks, text = invitation_card(WORDS, an_invitation(status=status), place=Place.TEAM)

    first = said(blocks).splitlines()[0]
    assert text == f"Invitation to Fabrikam: {first}"


@pytest.mark.parametrize(
    ("status", "whose"),
    [
        (Status.AWAITING_APPROVAL, "Next: an approver"),
        (Status.CHANGES_REQUESTED, f"Next: <@{ANA}>"),
        (Status.APPROVAL_EXPIRED, f"Next: <@{ANA}>"),
        (Status.APPROVED, "Next: I ask Microsoft"),
        (Status.SENT, "Next: the customer"),
    ],
)
def test_the_next_step_says_whose_it_is(status: Status, whose: str) -> None:
    assert whose in said(card(an_invitation(status=status)))


def test_a_ready_mail_waits_for_its_requester_or_for_us() -> None:
    by_hand = an_invitation(status=Status.READY, delivery=Delivery.OPEN_IN_MAIL_APP)

    assert f"Next: <@{ANA}> sends the mail" in said(card(by_hand))
    assert "goes out in a moment" in said(card(an_invitation(status=Status.READY)))


@pytest.mark.parametrize("reason", Reason)
def test_every_problem_comes_with_what_to_do_about_it(reason: Reason) -> None:
    failed = an_invitation(status=Status.FAILED, problem=reason, problem_detail="401 900421")

    blocks, text = invitation_card(WORDS, failed, place=Place.TEAM)

    sentence = WORDS(f"reasons/{reason}")
    assert "Next:" in sentence
    assert sentence in said(blocks)
    assert sentence in text
    assert "401 900421" in small_print(blocks)


def test_a_problem_of_another_release_still_has_a_sentence() -> None:
    assert "administrator" in said(card(an_invitation(status=Status.FAILED, problem="moon_phase")))


def test_a_mail_that_may_have_gone_out_is_not_said_to_have_failed() -> None:
    text = said(card(an_invitation(status=Status.READY, problem=Reason.SENDING_UNCERTAIN)))

    assert "cannot tell whether the mail went out" in text
    assert "did not go out" not in text


def test_who_decided_and_what_they_wrote_stays_on_the_card() -> None:
    blocks = card(an_invitation(status=Status.REJECTED, comment="Wrong tenant"))

    assert f"<@{BEN}>" in said(blocks)
    assert quotes(blocks) == ["Wrong tenant"]


def test_before_the_links_exist_the_card_says_what_is_asked_for() -> None:
    text = said(card(an_invitation()))

    assert "• The reseller relationship" in text
    assert "• Delegated admin access: Helpdesk, for 365 days (1 year), then 180 days more each time" in text


LATER = NOON.replace(hour=18)


@pytest.mark.parametrize(
    ("status", "progress", "line"),
    [
        (Status.READY, Progress(), "*Reseller relationship:* not sent yet"),
        (Status.SENT, Progress(), "*Reseller relationship:* waiting for the customer"),
        (Status.SENT, Progress(reseller_accepted_at=LATER), f"*Reseller relationship:* accepted {on(LATER)}"),
        (Status.LAPSED, Progress(), "*Reseller relationship:* not accepted"),
        (Status.SENT, Progress(), "*Microsoft Customer Agreement:* not signed yet"),
        (Status.SENT, Progress(agreement_signed_at=LATER), f"Agreement:* signed {on(LATER)}"),
        (
            Status.SENT,
            Progress(admin_access_status="approvalPending"),
            "*Admin access:* waiting for the customer",
        ),
        (Status.SENT, Progress(admin_access_status="activating"), "*Admin access:* approved by the customer"),
        (Status.SENT, Progress(admin_access_status="suspended"), "*Admin access:* `suspended`"),
        (Status.CANCELLED, Progress(), "*Admin access:* not approved by the customer"),
        (
            Status.SENT,
            Progress(admin_access_status="active", admin_access_active_at=LATER),
            f"*Admin access:* active since {on(LATER)}",
        ),
        (
            Status.SENT,
            Progress(admin_access_status="active", admin_access_active_at=LATER),
            "*Who can use it:* nobody yet. Next: an Admin agent",
        ),
        (
            Status.ACCEPTED,
            Progress(LATER, LATER, "active", LATER, LATER),
            f"*Who can use it:* security groups assigned {on(LATER)}",
        ),
        (Status.ACCEPTED, Progress(LATER, LATER, "terminated", LATER, LATER), "*Admin access:* ended"),
    ],
)
def test_each_half_is_told_with_its_state_and_time(status: Status, progress: Progress, line: str) -> None:
    assert line in said(card(an_invitation(status=status, progress=progress)))


def test_halves_nobody_asked_for_are_not_mentioned() -> None:
    relationship = said(card(an_invitation(status=Status.SENT, admin_access=None)))
    access = said(card(an_invitation(status=Status.SENT, reseller=False)))

    assert "Admin access" not in relationship
    assert "Reseller relationship" not in access
    assert "Agreement" not in access


def test_no_agreement_is_waited_for_where_microsoft_has_none() -> None:
    gov = replace(a_proposal().customer, cloud=Cloud.US_GOV)

    assert "Agreement" not in said(card(an_invitation(status=Status.SENT, customer=gov)))


def test_a_hostile_name_is_a_name() -> None:
    named = replace(a_proposal().customer, name="<!channel> *now*")

    blocks, text = invitation_card(WORDS, an_invitation(customer=named), place=Place.TEAM)

    assert headings(blocks) == ["Invitation: <!channel> *now*"]
    assert "<!channel>" not in text


def test_the_reason_is_for_colleagues_to_read() -> None:
    assert "Why: They buy their licences" in small_print(card(an_invitation(id=InvitationId("b" * 16))))


def test_a_comment_on_what_is_no_longer_asked_is_not_on_the_card() -> None:
    sent_back = an_invitation().request_changes(by=BEN, comment="Shorter, please", at=NOON)
    again = sent_back.resubmit(sent_back.proposal, at=NOON)

    assert quotes(card(sent_back)) == ["Shorter, please"]
    assert quotes(card(again)) == []
    assert "wrote" not in small_print(card(again))

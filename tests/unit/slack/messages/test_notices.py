"""Notices: a full sentence for whoever hears it, what to do next, and the buttons to do it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import notifications
from bot.domain.customer import LEGACY_ADMIN, Change, Changed, Customer, ResellerState
from bot.domain.identifiers import DomainName, InvitationId, SlackUserId
from bot.domain.invitation import AdminAccess, Delivery, Invitation, Progress, Status
from bot.domain.notifications import Kind, Notice, Notification, Place
from bot.domain.relationship import EndCause
from bot.domain.roles import ROLE_TEMPLATES
from bot.domain.settlement import Answer, Settlement
from bot.slack import names
from bot.slack.blocks import Block
from bot.slack.messages.notices import notice
from bot.slack.messages.which_invitation import invitation_label, settled
from bot.slack.mrkdwn import date
from bot.slack.words import Templates
from tests.builders import ANA, BEN, FABRIKAM, NOON, RELATIONSHIP, a_customer, a_grant, an_invitation
from tests.unit.slack.reading import elements, offered, quotes, said, small_print

WORDS = Templates().words("en")
FULL = AdminAccess("full_management", ROLE_TEMPLATES["full_management"], 365, auto_extend=False)
PERMALINK = "https://contoso.slack.example/archives/C0TEAM0001/p1"

ABOUT_A_CUSTOMER = frozenset(Notice) - {Notice.CHANNEL_UNREACHABLE, Notice.SYSTEM_PROBLEM}


def tell(
    told: Notice,
    invitation: Invitation | None = None,
    customer: Customer | None = None,
    *,
    place: Place = Place.TEAM,
    guesses: Sequence[Invitation] = (),
    **facts: str,
) -> tuple[list[Block], str]:
    notification = Notification(Kind.NOTICE, place, person=ANA, notice=told, facts=facts)
    return notice(WORDS, notification, invitation, customer, guesses=guesses)


def delivered(queued: list[Notification], invitation: Invitation, customer: Customer | None = None) -> str:
    """Return what the channel reads of what was queued, delivered when things are as given here."""
    one = next(one for one in queued if one.kind is Kind.NOTICE and one.place is not Place.PERSON)
    blocks, text = notice(WORDS, one, invitation, customer)
    return "\n".join([text, *quotes(blocks)])


def lost(**values: Any) -> Customer:
    grant = a_grant(status="terminated", assigned=False, roles=FULL.roles, end_cause=EndCause.CUSTOMER_ENDED)
    return a_customer(grants=(grant,), **values)


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("told", sorted(ABOUT_A_CUSTOMER))
def test_every_notice_is_a_sentence_that_names_the_customer(told: Notice, place: Place) -> None:
    blocks, text = tell(told, an_invitation(status=Status.SENT), a_customer(), place=place)

    assert "Fabrikam" in text
    assert text.rstrip().endswith(".")
    assert said(blocks).replace("\n", " ").startswith(text.replace("\n", " ")[:60])


@pytest.mark.parametrize("told", sorted(ABOUT_A_CUSTOMER))
def test_every_notice_works_without_an_invitation(told: Notice) -> None:
    _, text = tell(told, None, a_customer())

    assert "Fabrikam" in text


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (Notice.APPROVED, Status.APPROVED),
        (Notice.REJECTED, Status.REJECTED),
        (Notice.CHANGES_REQUESTED, Status.CHANGES_REQUESTED),
    ],
)
def test_a_decision_says_who_and_why(told: Notice, status: Status) -> None:
    decided = an_invitation(status=status, comment="Fewer roles, please")

    blocks, text = tell(told, decided)

    assert text.startswith(f"<@{BEN}> ")
    assert quotes(blocks) == ["Fewer roles, please"]


def test_asking_says_who_asks_and_the_requester_is_spoken_to() -> None:
    _, in_channel = tell(Notice.ASKED, an_invitation())
    _, to_ana = tell(Notice.ASKED, an_invitation(), place=Place.PERSON)

    assert in_channel.startswith(f"<@{ANA}> asks to invite *Fabrikam*.")
    assert to_ana.startswith("Your invitation to *Fabrikam* is waiting")


def test_a_late_notice_gives_the_time_colleagues_had_and_not_the_customers() -> None:
    asked, sent = an_invitation(), an_invitation(status=Status.SENT)

    text = delivered(notifications.tell(asked, Notice.ASKED), sent)

    assert date(asked.due_at) in text
    assert date(sent.due_at) not in text


def test_a_notice_that_an_earlier_version_queued_reads_the_invitation() -> None:
    asked = an_invitation()

    assert date(asked.due_at) in tell(Notice.ASKED, asked)[1]


def test_a_late_notice_of_a_decision_names_who_took_it_with_what_they_wrote() -> None:
    sent_back = an_invitation().request_changes(by=BEN, comment="Shorter, please", at=NOON)
    again = sent_back.resubmit(sent_back.proposal, at=NOON)
    rejected = again.reject(by=SlackUserId("U0CHRIS001"), comment="Not them", at=NOON)
    queued = notifications.tell(sent_back, Notice.CHANGES_REQUESTED)

    assert delivered(queued, sent_back).startswith(f"<@{BEN}> asks for changes")
    assert "Shorter, please" in delivered(queued, again)
    assert f"<@{BEN}> asks for changes" in delivered(queued, rejected)
    assert "Not them" not in delivered(queued, rejected)


def test_a_late_notice_of_a_delay_is_about_the_step_that_waited() -> None:
    preparing = an_invitation(status=Status.PREPARING).delay(at=NOON)
    queued = notifications.tell(preparing, Notice.DELAYED)
    failed = preparing.fail("unavailable")
    ready = preparing.prepared(an_invitation(status=Status.READY).links, at=NOON + timedelta(hours=1))

    for later in (failed, ready):
        text = delivered(queued, later)
        assert f"I keep trying until {date(NOON + timedelta(days=1))}" in text
        assert "does not give me the links" in text
        assert str(WORDS("reasons/unavailable")) not in text


def test_a_late_notice_of_an_acceptance_tells_what_was_open_then() -> None:
    sent = an_invitation(status=Status.SENT)
    change = Changed(Change.RESELLER_ACCEPTED, NOON)
    queued = notifications.changed(a_customer(), change, sent)
    done = replace(sent, progress=Progress(NOON, None, "active", NOON, NOON))

    assert "is still with them" in delivered(queued, done, a_customer())


def test_a_late_notice_of_lost_access_tells_what_there_was_then() -> None:
    change = Changed(Change.ADMIN_ACCESS_LOST, NOON, RELATIONSHIP)
    queued = notifications.changed(lost(), change, an_invitation(status=Status.ACCEPTED))
    since = lost(reseller=ResellerState.ENDED)
    since = replace(since, grants=(*since.grants, a_grant(id="another")))

    text = delivered(queued, an_invitation(status=Status.ACCEPTED), since)

    assert "We no longer have admin access" in text
    assert "reseller relationship is untouched" in text


def test_approval_tells_the_requester_whether_the_mail_is_theirs_to_send() -> None:
    approved = an_invitation(status=Status.APPROVED)
    by_hand = an_invitation(status=Status.APPROVED, delivery=Delivery.COPY_TEXT)

    assert "and send the mail" in tell(Notice.APPROVED, approved, place=Place.PERSON)[1]
    assert "yours to send" in tell(Notice.APPROVED, by_hand, place=Place.PERSON)[1]


@pytest.mark.parametrize(
    ("told", "action_ids"),
    [
        (Notice.CHANGES_REQUESTED, [names.EDIT_INVITATION, names.WITHDRAW_INVITATION]),
        (Notice.APPROVAL_EXPIRED, [names.REOPEN_INVITATION]),
        (Notice.READY, [names.SHOW_MAIL, names.MARK_SENT]),
        (Notice.NOT_PREPARED, [names.RETRY_INVITATION]),
        (Notice.NOT_SENT, [names.RETRY_INVITATION, names.SHOW_MAIL]),
        (Notice.SENDING_UNCERTAIN, [names.SHOW_MAIL, names.MARK_SENT, names.RETRY_INVITATION]),
        (Notice.LAPSED, [names.ASK_AGAIN]),
    ],
)
def test_the_requester_gets_the_next_step_and_the_channel_has_its_card(
    told: Notice, action_ids: list[str]
) -> None:
    invitation = an_invitation(status=Status.READY)

    assert offered(tell(told, invitation, place=Place.PERSON)[0]) == action_ids
    assert offered(tell(told, invitation)[0]) == []


@pytest.mark.parametrize("told", [Notice.NOT_PREPARED, Notice.NOT_SENT])
def test_a_failure_gives_its_reason_and_the_way_out(told: Notice) -> None:
    blocks, text = tell(told, an_invitation(), reason="mfa_needed", detail="401 900421")

    assert str(WORDS("reasons/mfa_needed")) in text
    assert "401 900421" in small_print(blocks)


def test_a_failure_without_a_fact_takes_the_reason_from_the_invitation() -> None:
    failed = an_invitation(status=Status.FAILED, problem="consent_needed")

    assert str(WORDS("reasons/consent_needed")) in tell(Notice.NOT_PREPARED, failed)[1]


def test_an_uncertain_mail_is_never_promised_twice() -> None:
    assert "I do not send it a second time by myself" in tell(Notice.SENDING_UNCERTAIN, an_invitation())[1]


def test_cancelling_is_honest_about_the_link() -> None:
    assert "may still work until Microsoft lets it lapse" in tell(Notice.CANCELLED, an_invitation())[1]


@pytest.mark.parametrize(
    ("matched", "said_so"),
    [
        ("tenant", "The customer's tenant id matches"),
        ("likeness", "fit this invitation best"),
        ("person", "A colleague"),
    ],
)
def test_an_acceptance_says_how_it_was_matched(matched: str, said_so: str) -> None:
    assert said_so in tell(Notice.RESELLER_ACCEPTED, an_invitation(), a_customer(), matched=matched)[1]


def test_half_an_acceptance_says_what_is_still_open() -> None:
    sent = an_invitation(status=Status.SENT)
    done = an_invitation(status=Status.SENT, progress=Progress(NOON, None, "active", NOON, NOON))

    assert "is still with them" in tell(Notice.RESELLER_ACCEPTED, sent, a_customer())[1]
    assert "is still with them" not in tell(Notice.RESELLER_ACCEPTED, done, a_customer())[1]


def test_a_customer_who_came_by_themselves_is_said_to_have() -> None:
    assert "not among those we invited" in tell(Notice.RESELLER_ACCEPTED, None, a_customer())[1]


@pytest.mark.parametrize("cause", EndCause)
def test_lost_access_is_told_with_its_cause(cause: EndCause) -> None:
    _, text = tell(Notice.ADMIN_ACCESS_LOST, None, lost(), cause=cause)

    assert WORDS.plain(f"causes/{cause}") in text


def test_lost_access_names_what_works_what_is_owed_and_what_is_not_possible() -> None:
    _, text = tell(Notice.ADMIN_ACCESS_LOST, None, lost(), cause="customer_ended")

    assert "reseller relationship is untouched" in text
    assert "first-line support" in text
    assert "partner agreement" in text
    assert "renegotiated" in text
    assert "open service requests" in text
    assert "phone Microsoft support" in text


def test_nobody_is_told_to_go_on_selling_where_that_has_ended() -> None:
    _, text = tell(Notice.ADMIN_ACCESS_LOST, None, lost(reseller=ResellerState.ENDED))

    assert "reseller relationship is untouched" not in text


def test_duties_are_owed_to_reseller_customers_of_today_or_before_and_to_nobody_else() -> None:
    texts = {state: tell(Notice.ADMIN_ACCESS_LOST, None, lost(reseller=state))[1] for state in ResellerState}

    assert "What you still owe them" in texts[ResellerState.ACTIVE]
    assert "What you still owe them" in texts[ResellerState.ENDED]
    assert "What you still owe them" not in texts[ResellerState.NONE]
    assert "What you cannot do now" in texts[ResellerState.NONE]


def test_losing_one_of_two_is_not_losing_access() -> None:
    both = a_customer(grants=(a_grant(status="terminated"), a_grant(id="another")))

    _, text = tell(Notice.ADMIN_ACCESS_LOST, None, both, relationship_id=RELATIONSHIP)

    assert "Another one with them is still active" in text
    assert "What you cannot do" not in text


def test_lost_access_can_be_asked_for_again_for_less_or_let_go() -> None:
    blocks, _ = tell(Notice.ADMIN_ACCESS_LOST, an_invitation(admin_access=FULL), lost())

    assert offered(blocks) == [names.ASK_AGAIN, names.ASK_FOR_FEWER_ROLES, names.LET_IT_GO]
    assert {one["value"] for one in elements(blocks)} == {"abcdefghijklmnop"}


def test_without_an_invitation_the_buttons_carry_the_tenant() -> None:
    blocks, _ = tell(Notice.ADMIN_ACCESS_LOST, None, lost(), relationship_id=RELATIONSHIP)

    assert {one["value"] for one in elements(blocks)} == {FABRIKAM}
    assert names.ASK_FOR_FEWER_ROLES in offered(blocks)


def test_fewer_than_the_fewest_roles_are_not_offered() -> None:
    helpdesk = a_customer(grants=(a_grant(status="terminated"),))

    blocks, _ = tell(Notice.ADMIN_ACCESS_LOST, an_invitation(), helpdesk, relationship_id=RELATIONSHIP)

    assert names.ASK_FOR_FEWER_ROLES not in offered(blocks)


def test_privileges_of_old_can_be_asked_for_as_fewer_roles() -> None:
    dap = a_customer(grants=(a_grant(id=LEGACY_ADMIN, roles=(), status="terminated"),))

    blocks, _ = tell(Notice.ADMIN_ACCESS_LOST, None, dap, relationship_id=LEGACY_ADMIN)

    assert names.ASK_FOR_FEWER_ROLES in offered(blocks)


def test_which_invitation_offers_the_guesses_none_and_a_new_customer() -> None:
    older = an_invitation(id=InvitationId("a" * 16), requested_at=NOON - timedelta(days=40))
    guesses = [an_invitation(id=InvitationId("b" * 16)), older]

    blocks, _ = tell(Notice.WHICH_INVITATION, None, a_customer(), guesses=guesses)

    select, none, adopt = elements(blocks)
    assert [option["text"]["text"] for option in select["options"]] == [
        "Fabrikam · fabrikam.com · November 20, 2026",
        "Fabrikam · fabrikam.com · October 11, 2026",
    ]
    assert names.both_ids(select["options"][1]["value"]) == (FABRIKAM, "a" * 16)
    assert [none["action_id"], adopt["action_id"]] == [names.NOT_AN_INVITATION, names.ADOPT_CUSTOMER]
    assert none["value"] == adopt["value"] == FABRIKAM


def test_a_long_name_leaves_room_for_what_tells_it_from_others() -> None:
    customer = replace(
        an_invitation().proposal.customer, name="Fabrikam " * 20, domain=DomainName("d" * 60 + ".example")
    )

    blocks, _ = tell(Notice.WHICH_INVITATION, None, a_customer(), guesses=[an_invitation(customer=customer)])

    (choice,) = elements(blocks)[0]["options"]
    name, domain, day = choice["text"]["text"].split(" · ")
    assert len(choice["text"]["text"]) <= 75
    assert name.startswith("Fabrikam Fabrikam")
    assert domain.endswith("…")
    assert day == "November 20, 2026"


def test_an_invitation_to_a_tenant_without_a_domain_is_named_all_the_same() -> None:
    customer = replace(an_invitation().proposal.customer, domain=None)

    assert invitation_label(WORDS, an_invitation(customer=customer)) == "Fabrikam · November 20, 2026"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer.LINK, "they answered the invitation to Fabrikam · fabrikam.com · November 20, 2026."),
        (Answer.ADOPT, "adopted as a new customer"),
        (Answer.NOT_AN_INVITATION, "it was none of our invitations"),
    ],
)
def test_a_question_that_was_answered_says_by_whom_when_and_how(answer: Answer, told: str) -> None:
    settlement = Settlement(answer, BEN, NOON, an_invitation() if answer is Answer.LINK else None)

    text = settled(WORDS, a_customer(), settlement)

    assert text.startswith("*Fabrikam* has accepted us as a reseller.")
    assert f"Settled by <@{BEN}> {date(NOON)}: {told}" in text


def test_without_guesses_a_new_customer_is_the_first_answer() -> None:
    blocks, _ = tell(Notice.WHICH_INVITATION, None, a_customer())

    assert offered(blocks) == [names.ADOPT_CUSTOMER, names.NOT_AN_INVITATION]


def test_a_notice_to_a_person_leads_back_to_the_message() -> None:
    blocks, _ = tell(Notice.SENT, an_invitation(status=Status.SENT), place=Place.PERSON, permalink=PERMALINK)

    (button,) = elements(blocks)
    assert (button["action_id"], button["url"]) == (names.OPEN_LINK, PERMALINK)


def test_a_channel_is_not_led_to_itself() -> None:
    assert offered(tell(Notice.SENT, an_invitation(status=Status.SENT), permalink=PERMALINK)[0]) == []


def test_an_unreachable_channel_is_named_with_what_to_do() -> None:
    _, text = tell(Notice.CHANNEL_UNREACHABLE, an_invitation(), channel="C0TEAM0001", reason="not_in_channel")

    assert "<#C0TEAM0001>" in text
    assert str(WORDS("reasons/not_in_channel")) in text


@pytest.mark.parametrize("reason", ["not_in_channel", "channel_not_found"])
def test_whoever_can_let_us_into_a_channel_reads_what_to_type(reason: str) -> None:
    _, text = tell(Notice.CHANNEL_UNREACHABLE, channel="C0TEAM0001", reason=reason, bot="U0OVERTURE")

    assert text.endswith("In that channel, type: /invite <@U0OVERTURE>")


def test_nobody_is_asked_to_invite_us_into_a_channel_that_is_archived() -> None:
    _, text = tell(
        Notice.CHANNEL_UNREACHABLE, channel="C0TEAM0001", reason="channel_archived", bot="U0OVERTURE"
    )

    assert "/invite" not in text


def test_a_problem_of_the_system_says_what_it_means_for_people() -> None:
    _, text = tell(Notice.SYSTEM_PROBLEM, reason="consent_needed")

    assert "you hear of changes late" in text
    assert str(WORDS("reasons/consent_needed")) in text


def test_events_that_go_elsewhere_keep_nobody_from_hearing_of_changes() -> None:
    _, text = tell(Notice.SYSTEM_PROBLEM, reason="webhook_taken", compared_every_seconds="900")

    assert text.startswith("Partner Center sends its events about our customers to another address")
    assert "every 15 minutes I compare" in text
    assert "`overture webhook register --force`" in text
    assert "I cannot read from Microsoft" not in text


def test_a_sign_in_there_never_was_is_not_called_one_that_ended() -> None:
    said_of_it = str(WORDS("reasons/consent_needed"))

    assert "nobody has given consent yet, or it no longer counts" in said_of_it

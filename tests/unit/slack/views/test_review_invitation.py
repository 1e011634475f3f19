"""An approver sees exactly what the customer would get, and decides on exactly that."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clouds import Cloud
from bot.domain.identifiers import RoleId
from bot.domain.invitation import AdminAccess, Invitation, Status
from bot.domain.mail import TEXT_LIMIT
from bot.domain.proposal import Difference, differences
from bot.domain.roles import ROLE_TEMPLATES, ROLES
from bot.slack import names
from bot.slack.blocks import Block, View
from bot.slack.views.review_invitation import comment_view, review_view
from bot.slack.words import Templates
from tests.builders import HELPDESK, NOON, a_proposal, an_invitation
from tests.unit.slack.reading import exact_texts, in_fields, of_type, offered, said

WORDS = Templates().words("en")
FULL = AdminAccess("full_management", ROLE_TEMPLATES["full_management"], 90, auto_extend=False)


def review(invitation: Invitation, *, may_decide: bool = True, **values: Any) -> View:
    known: dict[str, Any] = {"previous": None, "differences": ()}
    return review_view(WORDS, invitation, may_decide=may_decide, **(known | values))


def blocks(invitation: Invitation, **values: Any) -> list[Block]:
    return list(review(invitation, **values)["blocks"])


@given(
    st.text(
        st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs"), include_characters="\n"),
        min_size=1,
        max_size=TEXT_LIMIT,
    )
)
def test_the_text_is_there_to_the_last_character(text: str) -> None:
    _, *shown = exact_texts(blocks(an_invitation(text=text)))

    assert "".join(shown) == text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            (Difference.TEXT, Difference.ROLES),
            "*Changed since changes were asked for:* the text and the roles.",
        ),
        ((), "*Nothing was changed* since changes were asked for."),
    ],
)
def test_a_second_review_says_what_was_edited_beside_what_differs_from_last_time(
    changed: tuple[Difference, ...], told: str
) -> None:
    again = an_invitation(changed=changed)

    text = said(blocks(again, previous=an_invitation(status=Status.LAPSED), differences=()))

    assert told in text
    assert "This is the same as the last invitation" in text


def test_a_first_review_speaks_of_no_changes() -> None:
    assert "changes were asked for" not in said(blocks(an_invitation()))


def test_a_text_longer_than_a_block_is_split_and_not_cut() -> None:
    text = "\n".join(f"line {number}" for number in range(900))

    _, *shown = exact_texts(blocks(an_invitation(text=text)))

    assert "".join(shown) == text
    assert max(map(len, shown)) <= 3000


def test_markup_in_the_text_is_shown_and_not_interpreted() -> None:
    text = "<!channel> *now* <https://fabrikam.com|Contoso>"

    assert exact_texts(blocks(an_invitation(text=text)))[1] == text


def test_the_decision_is_bound_to_what_was_on_the_screen() -> None:
    invitation = an_invitation()

    bound = review(invitation)["private_metadata"]

    assert names.both_ids(bound) == (invitation.id, invitation.proposal.fingerprint)


def test_the_recipient_is_named_with_name_and_address() -> None:
    assert "Chris Green (chris@fabrikam.com)" in in_fields(blocks(an_invitation()))


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
def test_every_role_is_said_in_plain_words(role: Any) -> None:
    access = replace(FULL, roles=(role.id,))

    line = next(
        line for line in said(blocks(an_invitation(admin_access=access))).splitlines() if role.name in line
    )

    assert len(line) > len(f"• *{role.name}*: ") + 15


def test_the_riskiest_roles_come_first_and_are_called_so() -> None:
    text = said(blocks(an_invitation(admin_access=FULL)))

    assert text.index("Privileged") < text.index("Intune Administrator") < text.index("Can change things")
    assert (
        text.index("Can change things") < text.index("Exchange Administrator") < text.index("Can only look")
    )


def test_a_role_we_do_not_know_counts_as_risky_and_is_shown_by_its_id() -> None:
    unknown = RoleId("99999999-9999-4999-8999-999999999999")

    text = said(blocks(an_invitation(admin_access=replace(HELPDESK, roles=(*HELPDESK.roles, unknown)))))

    assert text.index("Privileged") < text.index(f"`{unknown}`") < text.index("Can change things")


def test_the_agreement_is_part_of_it_where_microsoft_has_one() -> None:
    chinese = replace(a_proposal().customer, cloud=Cloud.CHINA)

    assert "Microsoft Customer Agreement" in said(blocks(an_invitation()))
    assert "Microsoft Customer Agreement" not in said(
        blocks(an_invitation(customer=chinese, admin_access=None))
    )


def test_what_is_new_since_the_last_time_is_named() -> None:
    before, now = an_invitation(), an_invitation(admin_access=FULL)

    text = said(blocks(now, previous=before, differences=differences(before.proposal, now.proposal)))

    assert "the roles, the duration, and whether admin access extends itself" in text


def test_nothing_new_is_said_too() -> None:
    assert "the same as the last invitation" in said(blocks(an_invitation(), previous=an_invitation()))
    assert "our first invitation" in said(blocks(an_invitation()))


@pytest.mark.parametrize("part", Difference)
def test_every_difference_has_a_name(part: Difference) -> None:
    assert "Different from" in said(blocks(an_invitation(), previous=an_invitation(), differences=[part]))


def test_an_approver_can_approve_ask_for_changes_or_reject() -> None:
    view = review(an_invitation())

    assert view["submit"]["text"] == "Approve"
    assert offered(view["blocks"]) == [
        names.REQUEST_CHANGES,
        names.REJECT_INVITATION,
    ]
    assert of_type(view["blocks"], "input")[0]["optional"] is True


def test_who_may_not_decide_reads_it_without_the_means_to() -> None:
    view = review(an_invitation(), may_decide=False, why_not=WORDS("refusals/self_approval"))

    assert "submit" not in view
    assert not of_type(view["blocks"], "input") + of_type(view["blocks"], "actions")
    assert said(view["blocks"]).startswith("You asked for this invitation yourself")


def test_a_decided_invitation_says_where_it_stands() -> None:
    view = review(an_invitation(status=Status.SENT), may_decide=False)

    assert said(view["blocks"]).startswith("Nothing to decide here now: Sent, waiting for the customer.")
    assert "It can be decided until" not in said(view["blocks"])


@pytest.mark.parametrize("kind", ["reject_invitation", "request_changes"])
def test_not_approving_needs_a_reason(kind: Any) -> None:
    view = comment_view(WORDS, an_invitation(), kind)

    asked = of_type(view["blocks"], "input")[0]
    assert view["callback_id"] == kind
    assert view["private_metadata"] == an_invitation().id
    assert asked["block_id"] == names.COMMENT
    assert "optional" not in asked


def test_the_last_invitation_is_dated() -> None:
    earlier = an_invitation(requested_at=NOON.replace(year=2025))

    assert f"<!date^{int(earlier.requested_at.timestamp())}^" in said(
        blocks(an_invitation(), previous=earlier)
    )

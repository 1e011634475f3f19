"""What an approver reads before deciding, and the two ways of not approving."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from bot.domain.clouds import CAPABILITIES
from bot.domain.identifiers import RoleId
from bot.domain.invitation import AdminAccess, Invitation, Proposal, Status
from bot.domain.proposal import Difference
from bot.domain.roles import ROLES, Risk
from bot.slack import names
from bot.slack.blocks import (
    Block,
    Element,
    View,
    actions,
    context,
    divider,
    fields,
    header,
    input_block,
    modal,
    section,
    text_input,
)
from bot.slack.limits import shorten_plain
from bot.slack.mrkdwn import Mrkdwn, code, date, one_line
from bot.slack.parts import (
    action_button,
    country,
    duration,
    exact,
    lines,
    moment,
    person,
    quoted,
    role_template,
    shown,
)
from bot.slack.words import Words

COMMENT_LENGTH = 1000

_RISKIEST_FIRST = (Risk.PRIVILEGED, Risk.CHANGE, Risk.READ)


def review_view(
    words: Words,
    invitation: Invitation,
    *,
    previous: Invitation | None,
    differences: Sequence[Difference],
    may_decide: bool,
    why_not: Mrkdwn | None = None,
    comment: str = "",
) -> View:
    """
    Return everything the customer would get. Who may not decide reads it without the means to.

    `comment` is what the approver has typed so far.

    `private_metadata` holds the invitation's id and the fingerprint of what is shown: see `names.both_ids`.
    """
    blocks = [
        header(shown(invitation.proposal.customer.name)),
        *_not_to_decide(words, invitation, why_not),
        *_changed(words, invitation.changed),
        *_facts(words, invitation),
        *_customer_is_asked(words, invitation.proposal),
        *_roles(words, invitation.proposal.admin_access),
        section(_compared(words, previous, differences)),
        divider(),
        *_mail(words, invitation.proposal),
        *(_deciding(words, invitation, comment) if may_decide else []),
    ]
    return modal(
        names.REVIEW_INVITATION,
        words.plain("review_invitation/title"),
        blocks,
        submit=words.plain("labels/approve") if may_decide else None,
        close=words.plain("labels/later" if may_decide else "labels/close"),
        private_metadata=names.two_ids(invitation.id, invitation.proposal.fingerprint),
    )


def comment_view(
    words: Words,
    invitation: Invitation,
    kind: Literal["reject_invitation", "request_changes"],
    *,
    comment: str = "",
) -> View:
    """
    Return what takes the place of the review to say why not. `kind` is its `callback_id`.

    The way back is a button: unlike a modal that closes, it tells what was typed.
    """
    name = invitation.proposal.customer.name
    return modal(
        kind,
        words.plain(f"review_invitation/{kind}/title"),
        [
            section(words(f"review_invitation/{kind}/intro")),
            input_block(words.plain("fields/comment/label"), _comment(words, comment, focus=True)),
            actions(action_button(words, names.BACK_TO_REVIEW, invitation.id, about=name)),
        ],
        submit=words.plain(f"review_invitation/{kind}/submit"),
        close=words.plain("labels/cancel"),
        private_metadata=invitation.id,
    )


def _comment(words: Words, typed: str, *, focus: bool = False) -> Element:
    return text_input(
        names.COMMENT,
        initial=shorten_plain(typed, COMMENT_LENGTH),
        placeholder=words.plain("fields/comment/placeholder"),
        multiline=True,
        max_length=COMMENT_LENGTH,
        focus=focus,
    )


def _not_to_decide(words: Words, invitation: Invitation, why_not: Mrkdwn | None) -> list[Block]:
    if why_not is None and invitation.status is not Status.AWAITING_APPROVAL:
        status = words.plain(f"statuses/{invitation.status}")
        why_not = words("review_invitation/closed", status=status)
    return [section(why_not)] if why_not else []


def _facts(words: Words, invitation: Invitation) -> list[Block]:
    requester, at = person(invitation.requested_by), moment(invitation.requested_at)
    asked = [words("review_invitation/asks", requester=requester, at=at)]
    if invitation.status is Status.AWAITING_APPROVAL:
        asked.append(words("review_invitation/decide_until", due=moment(invitation.due_at)))
    named = [part for pair in _pairs(words, invitation.proposal) for part in pair]
    return [
        section(lines(asked)),
        fields(named),
        section(words("review_invitation/reason")),
        quoted(invitation.proposal.reason),
    ]


def _pairs(words: Words, proposal: Proposal) -> Iterator[tuple[Mrkdwn, str]]:
    customer, contact = proposal.customer, proposal.contact
    place = f"{country(words, customer.country)} · {words.plain(f'clouds/{customer.cloud}')}"
    known = " · ".join(filter(None, (customer.domain, customer.tenant_id)))
    said = {
        "recipient": f"{one_line(contact.name)} ({one_line(contact.email)})",
        "tenant": known or words.plain("not_known"),
        "place": place,
        "language": words.plain(f"languages/{proposal.language}"),
        "delivery": words.plain(f"deliveries/{proposal.delivery}"),
    }
    yield from ((words(f"review_invitation/fields/{name}"), text) for name, text in said.items())


def _customer_is_asked(words: Words, proposal: Proposal) -> list[Block]:
    asked = [words("review_invitation/customer_asked")]
    if proposal.reseller:
        asked.append(words("review_invitation/asked/reseller"))
        if CAPABILITIES[proposal.customer.cloud].customer_agreement:
            asked.append(words("review_invitation/asked/agreement"))
    if proposal.admin_access is not None:
        access = proposal.admin_access
        long = duration(words, access.duration_days)
        asked.append(words("review_invitation/asked/admin_access", duration=long))
        then = "extends" if access.auto_extend else "no_extension"
        asked.append(words(f"review_invitation/asked/{then}"))
    return [section(lines(asked))]


def _roles(words: Words, access: AdminAccess | None) -> list[Block]:
    """Return the roles in plain words, the riskiest first."""
    if access is None:
        return []
    template = role_template(words, access.template)
    title = words("review_invitation/roles", template=template, count=len(access.roles))
    by_risk = sorted(
        access.roles, key=lambda role: (_RISKIEST_FIRST.index(_risk(role)), access.roles.index(role))
    )
    groups = [
        lines(
            [
                words("review_invitation/risk", risk=words.plain(f"risks/{risk}")),
                *(_role(words, one) for one in some),
            ]
        )
        for risk, some in groupby(by_risk, key=_risk)
    ]
    return [section(title), *map(section, groups)]


def _risk(role: RoleId) -> Risk:
    known = ROLES.get(role)
    return known.risk if known else Risk.PRIVILEGED


def _role(words: Words, role_id: RoleId) -> Mrkdwn:
    role = ROLES.get(role_id)
    if role is None:
        about = words.plain("roles/unknown")
        return words("review_invitation/unknown_role", role_id=code(role_id), about=about)
    name, about = words.plain(f"role_names/{role.key}"), words.plain(f"roles/{role.key}")
    return words("review_invitation/role", name=name, about=about)


def _compared(words: Words, previous: Invitation | None, differences: Sequence[Difference]) -> Mrkdwn:
    if previous is None:
        return words("review_invitation/first")
    at = date(previous.requested_at)
    if not differences:
        return words("review_invitation/same", at=at)
    return words("review_invitation/differs", at=at, parts=_listed(words, differences))


def _changed(words: Words, changed: Sequence[Difference] | None) -> list[Block]:
    """Return what was edited since a colleague asked for changes: what an approver looks for first."""
    if changed is None:
        return []
    if not changed:
        return [section(words("review_invitation/unchanged"))]
    return [section(words("review_invitation/changed", parts=_listed(words, changed)))]


def _listed(words: Words, parts: Sequence[Difference]) -> str:
    return words.formats.listing([words.plain(f"differences/{part}") for part in parts])


def _mail(words: Words, proposal: Proposal) -> list[Block]:
    return [
        section(words("review_invitation/subject")),
        *exact(proposal.subject),
        section(words("review_invitation/text")),
        *exact(proposal.text),
    ]


def _deciding(words: Words, invitation: Invitation, comment: str) -> list[Block]:
    name = invitation.proposal.customer.name
    return [
        divider(),
        input_block(words.plain("fields/comment/label"), _comment(words, comment), optional=True),
        section(words("review_invitation/other_way")),
        actions(
            action_button(words, names.REQUEST_CHANGES, invitation.id, about=name),
            action_button(words, names.REJECT_INVITATION, invitation.id, about=name, style="danger"),
        ),
        context(words("review_invitation/approve_means")),
    ]

"""The form by which people invite a customer: what is asked for, then the mail."""

from collections.abc import Sequence

from bot.domain.findings import Findings, Lookup
from bot.domain.partner import Partner
from bot.domain.policy import Who
from bot.slack import names
from bot.slack.blocks import Block, View, actions, context, divider, header, modal, section, text_input
from bot.slack.limits import shorten_plain
from bot.slack.mrkdwn import Mrkdwn, code, group_mention, mention
from bot.slack.parts import action_button, asks, country, shown
from bot.slack.views.invite_fields import (
    cloud_field,
    country_field,
    delivery_field,
    duration_field,
    email_field,
    labelled,
    language_field,
    placeholder,
    role_template_field,
    tick_field,
    typed_field,
)
from bot.slack.views.invite_form import LONGEST, InviteForm
from bot.slack.words import Words

_NAMED_APPROVERS = 10
_KNOWN_RULES = frozenset({"admin_access", "reseller_only"})


def loading_view(words: Words, *, draft_id: str) -> View:
    """Return what stands in for a view that Microsoft's answer is needed for."""
    return modal(
        names.INVITE_CUSTOMER_LOADING,
        words.plain("invite_customer/title"),
        [section(words("invite_customer/loading"))],
        close=words.plain("labels/cancel"),
        private_metadata=draft_id,
    )


def details_view(
    words: Words,
    form: InviteForm,
    *,
    draft_id: str,
    findings: Findings,
    partner: Partner,
    note: Mrkdwn | None = None,
) -> View:
    """Return the first step, filled in as far as `form` is; `note` says what else there is to know."""
    blocks = [
        context(words("invite_customer/intro")),
        *([section(note)] if note else []),
        *notes(words, form, findings, partner),
        *_who(words, form, findings, partner, draft_id),
        divider(),
        *_admin_access(words, form),
        divider(),
        language_field(words, form),
        typed_field(words, names.REASON, form.reason, multiline=True),
    ]
    return modal(
        names.INVITE_CUSTOMER,
        words.plain("invite_customer/title"),
        blocks,
        submit=words.plain("labels/next"),
        close=words.plain("labels/cancel"),
        private_metadata=draft_id,
    )


def _who(words: Words, form: InviteForm, findings: Findings, partner: Partner, draft_id: str) -> list[Block]:
    about = form.customer_name or findings.name
    look_up = action_button(words, names.CHECK_CUSTOMER, draft_id, about=about)
    return [
        typed_field(words, names.CUSTOMER_DOMAIN, form.customer_domain),
        actions(look_up),
        typed_field(words, names.CUSTOMER_NAME, about),
        country_field(words, form, partner),
        cloud_field(words, form, partner),
        typed_field(words, names.CONTACT_NAME, form.contact_name),
        email_field(words, form.contact_email),
    ]


def _admin_access(words: Words, form: InviteForm) -> list[Block]:
    """Return what counts only where admin access is asked for; it is always shown, so nothing ever jumps."""
    return [
        tick_field(words, names.INCLUDE_ADMIN_ACCESS, ticked=form.include_admin_access),
        context(words("invite_customer/with_admin_access")),
        role_template_field(words, form),
        duration_field(words, form),
        tick_field(words, names.AUTO_EXTEND, ticked=form.auto_extend),
    ]


def notes(words: Words, form: InviteForm, findings: Findings, partner: Partner) -> list[Block]:
    """Return what was found out about the customer, for the requester to know before going on."""
    told = _lookup_note(words, findings)
    if findings.is_reseller_customer:
        told.append(words("invite_customer/notes/already_customer"))
    if findings.has_admin_access:
        told.append(words("invite_customer/notes/has_admin_access"))
    if findings.pending_status is not None:
        status = words.plain(f"statuses/{findings.pending_status}")
        told.append(words("invite_customer/notes/pending", status=status))
    if findings.foreign_market:
        theirs, ours = country(words, form.country), country(words, partner.country)
        told.append(
            words("invite_customer/notes/foreign_market", customer_country=theirs, partner_country=ours)
        )
    return [section(note) for note in told]


def _lookup_note(words: Words, findings: Findings) -> list[Mrkdwn]:
    if findings.lookup is Lookup.FOUND and findings.tenant_id:
        name = shown(findings.name)
        return [words("invite_customer/notes/found", name=name, tenant_id=code(findings.tenant_id))]
    if findings.lookup in {Lookup.NO_TENANT, Lookup.NOT_ANSWERED, Lookup.REFUSED}:
        return [words(f"invite_customer/notes/{findings.lookup}")]
    return []


def draft_view(
    words: Words,
    form: InviteForm,
    *,
    draft_id: str,
    findings: Findings,
    approvers: Who,
    rule_why: str,
    subject: str,
    text: str,
    can_send: bool = True,
    told: Sequence[Block] = (),
    edited_before: bool = False,
) -> View:
    """
    Return the second step: the mail, who is asked to approve it and why. It takes the place of the first.

    `edited_before`: the text is the requester's own, and the details may have changed since. The way back is
    a button: unlike a modal that closes, it tells what was typed.
    `told` are the `notes` about the customer, country and all.
    """
    reseller = not findings.is_reseller_customer
    asked = asks(words, reseller=reseller, access=form.admin_access)
    blocks = [
        header(shown(form.customer_name)),
        *([section(asked)] if asked else []),
        *told,
        section(_who_is_asked(words, approvers)),
        context(_why(words, rule_why)),
        *([section(words("invite_customer/edited_before"))] if edited_before else []),
        typed_field(words, names.MAIL_SUBJECT, subject),
        _text_field(words, text, form, reseller=reseller),
        delivery_field(words, form, can_send=can_send),
        actions(action_button(words, names.BACK_TO_DETAILS, draft_id, about=form.customer_name)),
    ]
    return modal(
        names.INVITE_CUSTOMER_DRAFT,
        words.plain("invite_customer/draft_title"),
        blocks,
        submit=words.plain("labels/ask_for_approval"),
        close=words.plain("labels/cancel"),
        private_metadata=draft_id,
    )


def _text_field(words: Words, text: str, form: InviteForm, *, reseller: bool) -> Block:
    name = names.MAIL_TEXT
    links = "both" if reseller and form.include_admin_access else "reseller" if reseller else "admin_access"
    element = text_input(
        name,
        initial=shorten_plain(text, LONGEST[name]),
        placeholder=placeholder(words, name),
        multiline=True,
        max_length=LONGEST[name],
    )
    return labelled(words, element, hint=words.plain(f"fields/mail_text/hint_{links}"))


def _who_is_asked(words: Words, approvers: Who) -> Mrkdwn:
    if not approvers:
        return words("invite_customer/asks/nobody")
    people = [*map(group_mention, sorted(approvers.groups)), *map(mention, sorted(approvers.users))]
    named, more = people[:_NAMED_APPROVERS], len(people) - _NAMED_APPROVERS
    if more > 0:
        named.append(words("invite_customer/asks/more", more=more))
    return words("invite_customer/asks/who", approvers=words.listing(named))


def _why(words: Words, rule: str) -> Mrkdwn:
    if rule in _KNOWN_RULES:
        return words(f"invite_customer/why/{rule}")
    return words("invite_customer/why/other", rule=rule)

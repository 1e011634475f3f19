"""The two steps of the form: what is known about the customer, and the views that show it."""

import asyncio
from dataclasses import replace

from bot.domain.clouds import CAPABILITIES
from bot.domain.findings import Findings, Lookup
from bot.domain.identifiers import SlackUserId
from bot.services.drafts import Drafted
from bot.slack import names
from bot.slack.customer_mail import default_mail
from bot.slack.views.invite_customer import details_view, draft_view, notes
from bot.slack.views.invite_errors import field_errors
from bot.slack.views.invite_form import InviteForm, typed
from bot.slack.words import Mrkdwn, Words
from handlers.parts import Parts


class InviteSteps:
    """Looks customers up and makes the views of both steps."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def errors(self, form: InviteForm, findings: Findings) -> dict[str, str]:
        """Return what cannot stay as it is, now that something is known about the customer."""
        reseller = not findings.is_reseller_customer
        errors = field_errors(form, self.parts.partner, reseller=reseller)
        if findings.pending:
            errors[names.CUSTOMER_DOMAIN] = "invite_customer/errors/already_invited"
        return errors

    def details(
        self,
        words: Words,
        form: InviteForm,
        drafted: Drafted,
        findings: Findings,
        *,
        note: Mrkdwn | None = None,
    ) -> dict[str, object]:
        partner = self.parts.partner
        return details_view(words, form, draft_id=drafted.id, findings=findings, partner=partner, note=note)

    def without_unedited_mail(self, form: InviteForm, drafted: Drafted) -> InviteForm:
        """Return the form without a mail nobody changed: it is written anew for what the form says then."""
        subject, text = self._default_text(form, reseller=drafted.reseller)
        if (form.mail_subject, form.mail_text) != (typed(subject), typed(text, multiline=True)):
            return form
        return form.model_copy(update={"mail_subject": "", "mail_text": ""})

    async def mail(
        self,
        author: SlackUserId,
        words: Words,
        drafted: Drafted,
        form: InviteForm,
        findings: Findings,
    ) -> dict[str, object]:
        """Return the second step, having remembered what it is about to show."""
        reseller = not findings.is_reseller_customer
        shown = replace(drafted, tenant_id=findings.tenant_id, reseller=reseller)
        await self.parts.drafts.save(shown, by=author)
        subject, text = self._text(form, reseller=reseller)
        access = form.admin_access
        rule = self.parts.policy.rule_for(access.template if access else None)
        return draft_view(
            words,
            form,
            draft_id=drafted.id,
            findings=findings,
            approvers=rule.approvers,
            rule_why=rule.why,
            subject=subject,
            text=text,
            can_send=self.parts.can_send,
            told=notes(words, form, findings, self.parts.partner),
            edited_before=bool(form.mail_text),
        )

    def _text(self, form: InviteForm, *, reseller: bool) -> tuple[str, str]:
        if form.mail_text:
            return form.mail_subject, form.mail_text
        return self._default_text(form, reseller=reseller)

    def _default_text(self, form: InviteForm, *, reseller: bool) -> tuple[str, str]:
        return default_mail(
            self.parts.mail_words_in(form.mail_language),
            contact_name=form.contact_name,
            partner_name=self.parts.partner.name,
            reseller=reseller,
            admin_access=form.admin_access,
            agreement=CAPABILITIES[self.parts.partner.cloud].customer_agreement,
        )

    async def look_up(self, form: InviteForm, drafted: Drafted, *, seconds: float) -> Findings:
        """Return what is known after so many seconds; Microsoft's silence is a finding too."""
        try:
            async with asyncio.timeout(seconds):
                found = await self.parts.prospects.look_up(
                    domain=form.domain, tenant_id=form.tenant_id, country=form.country
                )
        except TimeoutError:
            return Findings(lookup=Lookup.NOT_ANSWERED, tenant_id=form.tenant_id)
        # The invitation that is being changed is not in its own way.
        return (
            replace(found, pending=None, pending_status=None) if found.pending == drafted.changes else found
        )

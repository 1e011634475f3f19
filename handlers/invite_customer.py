"""
`/invite-customer`: two steps from a domain to a request for approval.

Every step is stored before its modal is answered, and Microsoft is never waited for longer than Slack's
patience: a loading view stands in and is updated when the answer comes.
"""

from dataclasses import replace

from bot.domain.errors import DomainError
from bot.domain.findings import Findings, Lookup
from bot.domain.identifiers import SlackUserId
from bot.domain.invitation import Invitation
from bot.domain.roles import fewer_roles_than
from bot.ports.failures import OutcomeUnknown
from bot.services.drafts import Drafted, Drafts
from bot.slack.mrkdwn import escape
from bot.slack.routing import Interaction
from bot.slack.views.invite_customer import loading_view
from bot.slack.views.invite_errors import draft_errors, field_errors
from bot.slack.views.invite_form import InviteForm
from bot.slack.views.told import told_view
from bot.slack.words import Mrkdwn, Words
from handlers.invite_steps import InviteSteps
from handlers.modals import update_when_shown
from handlers.parts import Parts
from handlers.reading import clicked_invitation, clicked_tenant

_PATIENCE_SECONDS = 1.2
"""How long a modal's answer may wait for Microsoft; Slack's own limit is 3 s."""

_LEAST_ROLES = "helpdesk"
_LOOKUP_SECONDS = 20.0


class InviteCustomer:
    """The conversation that ends with colleagues being asked."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.steps = InviteSteps(parts)

    async def command(self, interaction: Interaction) -> None:
        """`/invite-customer [domain | help]`."""
        text = str(interaction.body.get("text") or "").strip()
        words = await self.parts.words_for(interaction.user_id)
        if text.lower() in {"help", "?"}:
            await interaction.ack(text=words("help"), response_type="ephemeral")
            return
        form = self._new_form(text)
        if text and not (form.domain or form.tenant_id):
            await interaction.ack(text=words("usage", text=text), response_type="ephemeral")
            return
        kept = await self.parts.drafts.unfinished(form.domain, by=interaction.user_id)
        note = words("invite_customer/kept") if kept else None
        await self._begin(interaction, kept or Drafted(Drafts.new_id(), form.model_dump()), note=note)

    async def shortcut(self, interaction: Interaction) -> None:
        """The global shortcut, and the button on the App Home."""
        await self._begin(interaction, Drafted(Drafts.new_id(), self._new_form().model_dump()))

    async def edit_clicked(self, interaction: Interaction) -> None:
        """Change what an approver sent back."""
        invitation = await self.parts.invitations.to_change(
            clicked_invitation(interaction), by=interaction.user_id
        )
        proposal = invitation.proposal
        drafted = Drafted(Drafts.new_id(), {}, changes=invitation.id, reseller=proposal.reseller)
        form = self.steps.without_unedited_mail(InviteForm.from_proposal(proposal), drafted)
        await self._begin(interaction, replace(drafted, form=form.model_dump()))

    async def ask_again_clicked(self, interaction: Interaction) -> None:
        """Ask the same customer once more, with the former roles filled in."""
        await self._ask_again(interaction, fewer_roles=False)

    async def ask_for_fewer_roles_clicked(self, interaction: Interaction) -> None:
        await self._ask_again(interaction, fewer_roles=True)

    async def check_clicked(self, interaction: Interaction) -> None:
        """Look the domain up again, with what was typed meanwhile."""
        words = await self.parts.words_for(interaction.user_id)
        drafted = await self._drafted(interaction) or _begun_anew()
        form = _filled(interaction, drafted)
        drafted = await self._kept(drafted, form, by=interaction.user_id)
        await interaction.ack()
        await self._show_details(_view_id(interaction), words, drafted, form)

    async def back_clicked(self, interaction: Interaction) -> None:
        """Return from the mail to the first step, with both as they were typed."""
        words = await self.parts.words_for(interaction.user_id)
        drafted = await self._drafted(interaction) or _begun_anew()
        form = self.steps.without_unedited_mail(_filled(interaction, drafted), drafted)
        drafted = await self._kept(drafted, form, by=interaction.user_id)
        await interaction.ack()
        view_id = _view_id(interaction)
        await self._show_details(view_id, words, drafted, form, seconds=_PATIENCE_SECONDS)

    async def details_submitted(self, interaction: Interaction) -> None:
        """The first step: who, what, why."""
        words = await self.parts.words_for(interaction.user_id)
        drafted = await self._drafted(interaction) or _begun_anew()
        form = _filled(interaction, drafted)
        errors = field_errors(form, self.parts.partner)
        if errors:
            await interaction.ack(response_action="errors", errors=_worded(errors, words))
            return
        drafted = await self._kept(drafted, form, by=interaction.user_id)
        await self._show_mail(interaction, words, drafted, form)

    async def draft_submitted(self, interaction: Interaction) -> None:
        """The second step: the mail. From here on colleagues know."""
        words = await self.parts.words_for(interaction.user_id)
        drafted = await self._drafted(interaction)
        if drafted is None:
            # It goes when its invitation is made: this is the second click on the same button.
            told = told_view(words, words.plain("errors/title"), words("errors/done_already"))
            await interaction.ack(response_action="update", view=told)
            return
        form = _filled(interaction, drafted)
        errors = draft_errors(form, reseller=drafted.reseller)
        if errors:
            await interaction.ack(response_action="errors", errors=_worded(errors, words))
            return
        try:
            await self._request(replace(drafted, form=form.model_dump()), form, by=interaction.user_id)
        except DomainError:
            await self._kept(drafted, form, by=interaction.user_id)
            raise
        await interaction.ack(response_action="clear")

    async def _request(self, drafted: Drafted, form: InviteForm, *, by: SlackUserId) -> Invitation:
        shown = Findings(tenant_id=drafted.tenant_id, is_reseller_customer=not drafted.reseller)
        proposal = form.proposal(shown, self.parts.partner)
        # In the same transaction: what was typed is a draft or an invitation, never both and never neither.
        done = self.parts.drafts.finishing(drafted, by=by)
        if drafted.changes:
            return await self.parts.invitations.resubmit(drafted.changes, proposal, by=by, also=done)
        return await self.parts.invitations.request(
            proposal, by=by, key=drafted.id, again_from=drafted.again_from, also=done
        )

    async def _ask_again(self, interaction: Interaction, *, fewer_roles: bool) -> None:
        drafted = await self._former(interaction)
        form = InviteForm.from_draft(drafted.form)
        if fewer_roles:
            template = fewer_roles_than(form.role_template) or form.role_template
            form = form.model_copy(update={"role_template": template})
        await self._begin(interaction, replace(drafted, form=form.model_dump()))

    async def _former(self, interaction: Interaction) -> Drafted:
        """Return a form with what was asked before, or with the customer nobody invited from here."""
        tenant_id = clicked_tenant(interaction)
        if tenant_id is not None:
            customer = await self.parts.store.customers.get(tenant_id)
            form = InviteForm.from_customer(customer, template=_LEAST_ROLES) if customer else InviteForm()
            speaking = {"mail_language": self.parts.channel_words.locale}
            return Drafted(Drafts.new_id(), form.model_dump() | speaking)
        former = await self.parts.invitations.view(clicked_invitation(interaction), by=interaction.user_id)
        # The text is written anew: this time it may have to ask for other things.
        anew = {"mail_subject": "", "mail_text": "", "reason": ""}
        form = InviteForm.from_proposal(former.proposal).model_copy(update=anew)
        return Drafted(Drafts.new_id(), form.model_dump(), again_from=former.id)

    def _new_form(self, domain: str = "") -> InviteForm:
        """Return an empty form. A customer of our own market most likely reads what our team does."""
        return InviteForm(
            customer_domain=domain,
            cloud=self.parts.partner.cloud,
            mail_language=self.parts.channel_words.locale,
        )

    async def _begin(self, interaction: Interaction, drafted: Drafted, *, note: Mrkdwn | None = None) -> None:
        """Open the first step at once; with a domain to look up, say that it is being looked up."""
        await self.parts.invitations.require_requester(interaction.user_id)
        words = await self.parts.words_for(interaction.user_id)
        form = InviteForm.from_draft(drafted.form)
        await self.parts.drafts.save(drafted, by=interaction.user_id)
        looks_up = form.domain or form.tenant_id
        view = self.steps.details(words, form, drafted, Findings(), note=note)
        try:
            opened = loading_view(words, draft_id=drafted.id) if looks_up else view
            # A name of ours, by which it is found where Slack's answer is lost. What replaces it has none:
            # Slack wants each to be unique among all views.
            view_id = await self._open(interaction, opened | {"external_id": drafted.id})
        except OutcomeUnknown:
            await interaction.ack()
            # It may be on the screen all the same, and must not stay there half done.
            if not await self._show_details("", words, drafted, form, note=note):
                raise
            return
        # Only now: until it is acknowledged, a refusal can be shown under the command.
        await interaction.ack()
        if looks_up:
            self.parts.background(self._show_details(view_id, words, drafted, form, note=note))

    async def _show_details(
        self,
        view_id: str,
        words: Words,
        drafted: Drafted,
        form: InviteForm,
        *,
        note: Mrkdwn | None = None,
        seconds: float = _LOOKUP_SECONDS,
    ) -> bool:
        """Fill in that view, or the one opened for this draft; return whether it is still there."""
        findings = await self.steps.look_up(form, drafted, seconds=seconds)
        if findings.name and not form.customer_name:
            form = form.model_copy(update={"customer_name": findings.name})
        view = self.steps.details(words, form, drafted, findings, note=note)
        return await update_when_shown(self.parts, view, view_id=view_id, external_id=drafted.id)

    async def _show_mail(
        self, interaction: Interaction, words: Words, drafted: Drafted, form: InviteForm
    ) -> None:
        """Answer with the second step, or, while Microsoft is slow, with a view that becomes it."""
        findings = await self.steps.look_up(form, drafted, seconds=_PATIENCE_SECONDS)
        if findings.lookup is not Lookup.NOT_ANSWERED:
            errors = self.steps.errors(form, findings)
            if errors:
                await interaction.ack(response_action="errors", errors=_worded(errors, words))
                return
            view = await self.steps.mail(interaction.user_id, words, drafted, form, findings)
            await interaction.ack(response_action="update", view=view)
            return
        # Under a name of its own: what comes next must not overtake it, and be written over by it.
        loading = Drafts.new_id()
        view = loading_view(words, draft_id=drafted.id) | {"external_id": loading}
        await interaction.ack(response_action="update", view=view)
        findings = await self.steps.look_up(form, drafted, seconds=_LOOKUP_SECONDS)
        errors = self.steps.errors(form, findings)
        if errors:
            note = escape(words.plain(next(iter(errors.values()))))
            view = self.steps.details(words, form, drafted, findings, note=note)
        else:
            view = await self.steps.mail(interaction.user_id, words, drafted, form, findings)
        await update_when_shown(self.parts, view, external_id=loading)

    async def _kept(self, drafted: Drafted, form: InviteForm, *, by: SlackUserId) -> Drafted:
        """Store what was typed."""
        drafted = replace(drafted, form=form.model_dump())
        await self.parts.drafts.save(drafted, by=by)
        return drafted

    async def _drafted(self, interaction: Interaction) -> Drafted | None:
        """Return the draft a modal belongs to, or None where it is in no store any more."""
        draft_id = str(interaction.body["view"]["private_metadata"])
        return await self.parts.drafts.get(draft_id, by=interaction.user_id)

    async def _open(self, interaction: Interaction, view: dict[str, object]) -> str:
        return await self.parts.messenger.open_view(interaction.trigger_id, view)


def _view_id(interaction: Interaction) -> str:
    return str(interaction.body["view"]["id"])


def _filled(interaction: Interaction, drafted: Drafted) -> InviteForm:
    values = interaction.body["view"]["state"]["values"]
    return InviteForm.from_state(values, InviteForm.from_draft(drafted.form))


def _begun_anew() -> Drafted:
    """Return the draft for a form whose own is in no store: everything is in what was typed."""
    return Drafted(Drafts.new_id(), {})


def _worded(errors: dict[str, str], words: Words) -> dict[str, str]:
    return {block_id: words.plain(template) for block_id, template in errors.items()}

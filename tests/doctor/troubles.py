"""Every problem the doctor knows, brought about for real: `TROUBLES` has one for each kind, or more."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.identifiers import WorkspaceId
from bot.operations.doctor.examination import Patience
from bot.operations.doctor.findings import CheckName, Kind
from bot.ports.work import LEASE, Queue, Work, WorkId
from bot.sandbox.fake_microsoft import Refuse, Slow
from bot.sandbox.fake_slack import UserGroup
from storage.crypto import Cipher
from storage.database import open_database
from storage.key_file import key_beside
from storage.store import WorkspaceStore
from storage.work import WorkQueue
from tests.doctor.surroundings import ADDRESS, Surroundings

Break = Callable[[Surroundings], Awaitable[None]]


@dataclass(frozen=True)
class Trouble:
    """
    What goes wrong, which check notices, and where it says to look.

    `says` has to be in its words: ids and names that help, or how somebody refused. `also` asks the same peer
    at the same time, and cannot know more.
    """

    kind: Kind
    check: CheckName
    where: str
    says: str
    also: CheckName | None
    happens: Break

    def __str__(self) -> str:
        return f"{self.kind}-{self.happens.__name__}"


TROUBLES: list[Trouble] = []


def trouble(
    kind: Kind, check: CheckName, where: str = "", says: str = "", *, also: CheckName | None = None
) -> Callable[[Break], Break]:
    def keep(happens: Break) -> Break:
        TROUBLES.append(Trouble(kind, check, where, says, also, happens))
        return happens

    return keep


def write(here: Surroundings, sql: str) -> None:
    with closing(sqlite3.connect(here.database)) as database:
        database.execute(sql)
        database.commit()


async def keep_a_secret(here: Surroundings, key: str) -> None:
    database = open_database(here.env["OVERTURE_DATABASE_URL"])
    await database.start()
    store = WorkspaceStore(database, WorkspaceId("T0CONTOSO"), Cipher([key]))
    await store.commit(store.secrets.setting("something", "kept"))
    await database.close()


# Settings


@trouble(
    Kind.SLACK_SETTINGS_MISSING, CheckName.SETTINGS, ".env", "OVERTURE_SLACK_BOT_TOKEN, OVERTURE_APPROVERS"
)
async def slacks_settings_are_missing(here: Surroundings) -> None:
    here.set(SLACK_BOT_TOKEN="", APPROVERS="")


@trouble(Kind.MICROSOFT_SETTINGS_MISSING, CheckName.SETTINGS, ".env", "OVERTURE_CLIENT_ID")
async def microsofts_settings_are_missing(here: Surroundings) -> None:
    here.set(CLIENT_ID="")


@trouble(Kind.SETTING_WRONG, CheckName.SETTINGS, "OVERTURE_DEFAULT_CHANNEL", "the id of a Slack channel")
async def a_channels_name_is_given_for_its_id(here: Surroundings) -> None:
    here.set(DEFAULT_CHANNEL="#general")


@trouble(
    Kind.SETTING_WRONG, CheckName.SETTINGS, ".env", "OVERTURE_CLIENT_SECRET or OVERTURE_CLIENT_CERTIFICATE"
)
async def there_is_neither_secret_nor_certificate(here: Surroundings) -> None:
    here.set(CLIENT_SECRET="")


@trouble(Kind.SETTING_WRONG, CheckName.SETTINGS, "OVERTURE_REFRESH_TOKEN_FILE", "/nowhere/token")
async def a_secrets_file_is_missing(here: Surroundings) -> None:
    here.set(REFRESH_TOKEN="", REFRESH_TOKEN_FILE="/nowhere/token")


# Whoever is asked


@trouble(Kind.UNREACHABLE, CheckName.SLACK_TOKEN, "OVERTURE_SLACK_API_URL", "127.0.0.1")
async def nobody_is_at_slacks_address(here: Surroundings) -> None:
    here.set(SLACK_API_URL="http://127.0.0.1:9/api/")


@trouble(Kind.UNREACHABLE, CheckName.ENTRA, "OVERTURE_AUTHORITY_URL", "127.0.0.1")
async def nobody_is_at_entras_address(here: Surroundings) -> None:
    here.set(AUTHORITY_URL="https://127.0.0.1:9")


@trouble(
    Kind.UNREACHABLE,
    CheckName.PARTNER_CENTER,
    "OVERTURE_PARTNER_CENTER_URL",
    "127.0.0.1",
    also=CheckName.RESELLER_LINK,
)
async def nobody_is_at_partner_centers_address(here: Surroundings) -> None:
    here.set(PARTNER_CENTER_URL="http://127.0.0.1:9")


@trouble(Kind.UNREACHABLE, CheckName.GDAP, "OVERTURE_GRAPH_URL", "127.0.0.1", also=CheckName.MAIL)
async def nobody_is_at_graphs_address(here: Surroundings) -> None:
    here.set(GRAPH_URL="http://127.0.0.1:9")


@trouble(Kind.UNREACHABLE, CheckName.DATABASE, "OVERTURE_DATABASE_URL", "127.0.0.1")
async def nobody_is_at_the_databases_address(here: Surroundings) -> None:
    here.set(DATABASE_URL="postgresql://overture:word@127.0.0.1:9/overture")


@trouble(Kind.UNREACHABLE, CheckName.MAIL, "OVERTURE_SMTP_URL", "127.0.0.1")
async def nobody_is_at_the_mail_servers_address(here: Surroundings) -> None:
    here.set(SMTP_URL="smtp://partners:word@127.0.0.1:9")


@trouble(Kind.UNREACHABLE, CheckName.CHANNELS, "OVERTURE_SLACK_API_URL", "ratelimited")
async def slack_throttles(here: Surroundings) -> None:
    here.slack.faults.rate_limit("conversations.info", count=2)


@trouble(Kind.OVERDUE, CheckName.PARTNER_CENTER, "OVERTURE_PARTNER_CENTER_URL", "127.0.0.1")
async def partner_center_does_not_answer(here: Surroundings) -> None:
    here.patience = Patience(one=1.5)
    here.microsoft.faults.plan("partner_center", "GET", "/v1/customers", Slow(4))


@trouble(Kind.REFUSED, CheckName.GDAP, "OVERTURE_GRAPH_URL", "HTTP 403")
async def graph_refuses_the_list_of_admin_relationships(here: Surroundings) -> None:
    here.microsoft.faults.plan("graph", "GET", "*/delegatedAdminRelationships", Refuse(403))


# The database


@trouble(Kind.DATABASE_PLACE, CheckName.DATABASE, "OVERTURE_DATABASE_URL", "/nowhere")
async def the_databases_folder_is_missing(here: Surroundings) -> None:
    here.set(DATABASE_URL="sqlite:////nowhere/overture.db")


@trouble(Kind.DATABASE_UNREADABLE, CheckName.DATABASE, "OVERTURE_DATABASE_URL", "not a database")
async def the_file_is_something_else(here: Surroundings) -> None:
    here.database.write_text("Minutes of a meeting.\n" * 200)


@trouble(Kind.DATABASE_NEWER, CheckName.MIGRATIONS, "OVERTURE_DATABASE_URL", "9999")
async def a_newer_release_was_here(here: Surroundings) -> None:
    write(here, "UPDATE alembic_version SET version_num = '9999'")


@trouble(Kind.KEY_MISSING, CheckName.ENCRYPTION, "OVERTURE_ENCRYPTION_KEYS")
async def the_key_file_is_gone(here: Surroundings) -> None:
    key = key_beside(here.database)
    here.database.with_suffix(".key").unlink()
    await keep_a_secret(here, key)
    here.set(ENCRYPTION_KEYS="")


@trouble(Kind.KEY_FILE_UNUSABLE, CheckName.ENCRYPTION, "OVERTURE_ENCRYPTION_KEYS", "overture.key")
async def the_key_file_holds_no_key(here: Surroundings) -> None:
    here.database.with_suffix(".key").write_text("the key is under the mat")
    here.set(ENCRYPTION_KEYS="")


@trouble(Kind.SECRET_UNREADABLE, CheckName.ENCRYPTION, "OVERTURE_ENCRYPTION_KEYS")
async def a_secret_was_kept_with_another_key(here: Surroundings) -> None:
    await keep_a_secret(here, key_beside(here.folder / "other.db"))


# Work


async def leave_work(here: Surroundings, queue: Queue, *, age: timedelta, give_up: str = "") -> None:
    """Leave a piece of work behind that was due so long ago, waiting or given up."""
    database = open_database(here.env["OVERTURE_DATABASE_URL"])
    await database.start()
    queued = WorkQueue(database, WorkspaceId("T0CONTOSO"), here.clock)
    now = here.clock.now()
    await database.apply([queued.adding(Work(WorkId("a" * 32), queue, {}, now - age))])
    if give_up:
        (claim,) = await queued.claim(queue, now=now, lease=LEASE, limit=1)
        await database.apply([queued.giving_up(claim, outcome=give_up)])
    await database.close()


@trouble(Kind.WORK_GIVEN_UP, CheckName.WORK, "overture serve", "msg_too_long")
async def a_message_was_given_up(here: Surroundings) -> None:
    await leave_work(here, Queue.OUTBOX, age=timedelta(), give_up="msg_too_long")


@trouble(Kind.WORK_GIVEN_UP, CheckName.WORK, "overture serve", "next comparison")
async def an_event_was_given_up(here: Surroundings) -> None:
    await leave_work(here, Queue.WEBHOOKS, age=timedelta(), give_up="no_such_customer")


@trouble(Kind.WORK_LATE, CheckName.WORK, "overture serve", "90 minutes")
async def nobody_does_what_is_due(here: Surroundings) -> None:
    await leave_work(here, Queue.SENDER, age=timedelta(minutes=90))


# Slack


@trouble(Kind.NOT_A_BOT_TOKEN, CheckName.SLACK_TOKEN, "OVERTURE_SLACK_BOT_TOKEN", "xoxb-")
async def the_app_token_is_given_for_the_bot_token(here: Surroundings) -> None:
    here.set(SLACK_BOT_TOKEN=here.slack.app_token)


@trouble(Kind.TOKEN_REFUSED, CheckName.SLACK_TOKEN, "OVERTURE_SLACK_BOT_TOKEN", "token_revoked")
async def the_bot_token_is_revoked(here: Surroundings) -> None:
    here.slack.revoke_bot_token()


@trouble(Kind.SCOPES_MISSING, CheckName.SLACK_SCOPES, "OAuth & Permissions", "im:write, usergroups:read")
async def scopes_are_missing(here: Surroundings) -> None:
    here.slack.workspace.tokens[here.slack.bot_token].scopes -= {"usergroups:read", "im:write"}


@trouble(Kind.SCOPES_UNTOLD, CheckName.SLACK_SCOPES, "OVERTURE_SLACK_BOT_TOKEN", "x-oauth-scopes")
async def a_proxy_drops_headers(here: Surroundings) -> None:
    here.slack.workspace.tells_scopes = False


@trouble(Kind.SIGNING_SECRET_SHAPE, CheckName.SIGNING_SECRET, "OVERTURE_SLACK_SIGNING_SECRET")
async def the_verification_token_is_given_for_the_signing_secret(here: Surroundings) -> None:
    here.set(SLACK_SIGNING_SECRET="Xvd0nPcUwQ9sTbEm2LkYrGa1")


@trouble(Kind.APP_TOKEN_REFUSED, CheckName.SOCKET_MODE, "OVERTURE_SLACK_APP_TOKEN", "invalid_auth")
async def the_app_token_is_unknown(here: Surroundings) -> None:
    here.set(SLACK_APP_TOKEN="xapp-unknown")


@trouble(Kind.APP_TOKEN_REFUSED, CheckName.SOCKET_MODE, "OVERTURE_SLACK_APP_TOKEN", "missing_scope")
async def the_app_token_may_not_connect(here: Surroundings) -> None:
    here.slack.workspace.tokens[here.slack.app_token].scopes = frozenset()
    here.set(SLACK_APP_TOKEN=here.slack.app_token)


@trouble(Kind.CHANNEL_UNKNOWN, CheckName.CHANNELS, "OVERTURE_APPROVALS_CHANNEL", "C0NONE")
async def there_is_no_such_channel(here: Surroundings) -> None:
    here.set(APPROVALS_CHANNEL="C0NONE")


@trouble(Kind.CHANNEL_UNKNOWN, CheckName.CHANNELS, "OVERTURE_APPROVALS_CHANNEL", "/invite @overture")
async def a_private_channel_is_without_the_bot(here: Surroundings) -> None:
    here.slack.workspace.change_channel("C0RANDOM", is_private=True)
    here.set(APPROVALS_CHANNEL="C0RANDOM")


@trouble(Kind.CHANNEL_ARCHIVED, CheckName.CHANNELS, "OVERTURE_APPROVALS_CHANNEL", "approvals")
async def a_channel_is_archived(here: Surroundings) -> None:
    here.slack.workspace.change_channel("C0APPROVALS", is_archived=True)


@trouble(Kind.NOT_IN_CHANNEL, CheckName.CHANNELS, "OVERTURE_DEFAULT_CHANNEL", "/invite @overture")
async def a_public_channel_is_without_the_bot(here: Surroundings) -> None:
    here.set(DEFAULT_CHANNEL="C0RANDOM")


@trouble(Kind.PERSON_UNKNOWN, CheckName.APPROVERS, "OVERTURE_APPROVERS", "U0NOBODY")
async def an_approver_does_not_exist(here: Surroundings) -> None:
    here.set(APPROVERS="U0BEN, U0NOBODY")


@trouble(Kind.PERSON_NOT_MEMBER, CheckName.APPROVERS, "OVERTURE_APPROVERS", "U0DANA")
async def an_approver_is_a_guest(here: Surroundings) -> None:
    here.set(APPROVERS="U0BEN, U0DANA")


@trouble(Kind.PERSON_NOT_MEMBER, CheckName.ADMINISTRATORS, "OVERTURE_ADMINISTRATORS", "U0CHRIS")
async def an_administrator_has_left(here: Surroundings) -> None:
    users = here.slack.workspace.users
    users["U0CHRIS"] = replace(users["U0CHRIS"], deleted=True)
    here.set(ADMINISTRATORS="U0ANA, U0CHRIS", APPROVERS="U0ANA, U0BEN")


@trouble(Kind.GROUP_UNKNOWN, CheckName.REQUESTERS, "OVERTURE_REQUESTERS", "S0NONE")
async def a_group_of_requesters_does_not_exist(here: Surroundings) -> None:
    here.set(REQUESTERS="U0ANA, S0NONE")


@trouble(Kind.GROUP_UNKNOWN, CheckName.APPROVERS, "OVERTURE_APPROVERS", "S0NONE")
async def the_group_of_approvers_does_not_exist(here: Surroundings) -> None:
    here.set(APPROVERS="S0NONE")


@trouble(Kind.GROUPS_UNAVAILABLE, CheckName.APPROVERS, "OVERTURE_APPROVERS", "S0APPROVERS")
async def the_plan_has_no_groups(here: Surroundings) -> None:
    here.slack.workspace.paid_plan = False
    here.set(APPROVERS="S0APPROVERS")


@trouble(Kind.NOBODY, CheckName.APPROVERS, "OVERTURE_APPROVERS")
async def the_group_of_approvers_holds_a_guest_alone(here: Surroundings) -> None:
    here.slack.workspace.usergroups["S0APPROVERS"] = UserGroup("S0APPROVERS", "approvers", ("U0DANA",))
    here.set(APPROVERS="S0APPROVERS")


@trouble(Kind.LONE_APPROVER, CheckName.APPROVERS, "OVERTURE_APPROVERS", "U0BEN")
async def one_person_alone_approves(here: Surroundings) -> None:
    here.set(APPROVERS="U0BEN")


# Microsoft


@trouble(Kind.CLOCK_WRONG, CheckName.CLOCK, "this machine", "seconds off")
async def the_clock_is_slow(here: Surroundings) -> None:
    here.microsoft.faults.clock_skew = timedelta(minutes=7)


@trouble(Kind.TENANT_UNKNOWN, CheckName.MICROSOFT_TENANT, "OVERTURE_PARTNER_TENANT_ID, OVERTURE_CLOUD")
async def the_tenant_is_nobodys(here: Surroundings) -> None:
    here.set(PARTNER_TENANT_ID="abababab-abab-4bab-8bab-abababababab")


@trouble(Kind.APP_REFUSED, CheckName.MICROSOFT_APP, "OVERTURE_CLIENT_SECRET", "AADSTS7000215")
async def the_secret_is_wrong(here: Surroundings) -> None:
    here.set(CLIENT_SECRET="expired")


@trouble(Kind.APP_REFUSED, CheckName.MICROSOFT_APP, "OVERTURE_CLIENT_ID", "AADSTS700016")
async def the_app_is_unknown(here: Surroundings) -> None:
    here.set(CLIENT_ID="abababab-abab-4bab-8bab-abababababab")


@trouble(Kind.PERMISSIONS_MISSING, CheckName.APP_PERMISSIONS, "API permissions", "Mail.Send")
async def a_permission_was_never_granted(here: Surroundings) -> None:
    here.microsoft.world.partner.app_permissions -= {"Mail.Send"}


@trouble(Kind.SERVICE_PRINCIPAL_MISSING, CheckName.GDAP, "Enterprise applications", "2832473f-ec63-45fb-976f")
async def microsofts_service_principal_is_missing(here: Surroundings) -> None:
    here.microsoft.world.partner.service_principals.clear()


@trouble(Kind.SIGN_IN_MISSING, CheckName.SIGN_IN, "OVERTURE_REFRESH_TOKEN", "users alone")
async def there_is_only_the_app(here: Surroundings) -> None:
    here.set(REFRESH_TOKEN="")


@trouble(Kind.SIGN_IN_REFUSED, CheckName.SIGN_IN, "OVERTURE_REFRESH_TOKEN", "AADSTS50173")
async def the_sign_in_was_revoked(here: Surroundings) -> None:
    here.microsoft.refresh_tokens.revoke_all()


@trouble(Kind.MFA_MISSING, CheckName.SIGN_IN, "OVERTURE_REFRESH_TOKEN", "multifactor")
async def the_user_signed_in_without_mfa(here: Surroundings) -> None:
    here.set(REFRESH_TOKEN=here.microsoft.consent(mfa=False))


@trouble(Kind.MFA_MISSING, CheckName.RESELLER_LINK, "OVERTURE_REFRESH_TOKEN", "multifactor")
async def only_partner_center_can_tell_that_mfa_is_missing(here: Surroundings) -> None:
    here.microsoft.behaviour.access_tokens_opaque = True
    here.set(REFRESH_TOKEN=here.microsoft.consent(mfa=False))


@trouble(Kind.PARTNER_CENTER_REFUSED, CheckName.PARTNER_CENTER, "App management", "HTTP 401")
async def partner_center_does_not_know_the_app(here: Surroundings) -> None:
    here.microsoft.world.partner.app_is_registered = False


@trouble(Kind.ROLE_MISSING, CheckName.RESELLER_LINK, "User management", "900150")
async def the_user_has_no_role(here: Surroundings) -> None:
    here.microsoft.world.partner.user_is_admin_agent = False


@trouble(Kind.PARTNER_NOT_READY, CheckName.RESELLER_LINK, "Partner Center", "900149")
async def the_partner_left_the_programme(here: Surroundings) -> None:
    here.microsoft.world.partner.is_in_programme = False


@trouble(Kind.LINK_NOT_OURS, CheckName.RESELLER_LINK, "OVERTURE_PARTNER_TENANT_ID", "admin portal")
async def the_link_leads_elsewhere(here: Surroundings) -> None:
    here.microsoft.world.portal_url = "https://elsewhere.example"


# Events


@trouble(Kind.WEBHOOK_ADDRESS, CheckName.WEBHOOK, "OVERTURE_WEBHOOK_URL", "/webhooks/partner-center")
async def the_address_is_not_encrypted(here: Surroundings) -> None:
    here.set(WEBHOOK_URL="http://overture.contoso.example/webhooks/partner-center")


@trouble(Kind.WEBHOOK_ADDRESS, CheckName.WEBHOOK, "OVERTURE_WEBHOOK_URL", "/webhooks/partner-center")
async def the_address_leads_to_another_door(here: Surroundings) -> None:
    here.set(WEBHOOK_URL="https://overture.contoso.example/slack/events")


@trouble(Kind.WEBHOOK_UNREGISTERED, CheckName.WEBHOOK, "OVERTURE_WEBHOOK_URL", "overture webhook register")
async def no_address_is_registered(here: Surroundings) -> None:
    here.microsoft.deliveries.registration = None


@trouble(Kind.WEBHOOK_ELSEWHERE, CheckName.WEBHOOK, "OVERTURE_WEBHOOK_URL", "elsewhere.example")
async def somebody_elses_address_is_registered(here: Surroundings) -> None:
    registration = here.microsoft.deliveries.registration
    assert registration is not None
    address = "https://elsewhere.example/events?key=a-secret-of-theirs"
    here.microsoft.deliveries.registration = replace(registration, url=address)


@trouble(Kind.WEBHOOK_EVENTS_MISSING, CheckName.WEBHOOK, "OVERTURE_WEBHOOK_URL", "test-created")
async def not_every_event_is_registered(here: Surroundings) -> None:
    registration = here.microsoft.deliveries.registration
    assert registration is not None
    assert registration.url == ADDRESS
    events = tuple(event for event in registration.events if event != "test-created")
    here.microsoft.deliveries.registration = replace(registration, events=events)


@trouble(Kind.TRUST_UNUSABLE, CheckName.WEBHOOK_CERTIFICATE, "OVERTURE_WEBHOOK_TRUST_ROOTS", "")
async def the_file_of_roots_holds_none(here: Surroundings) -> None:
    (here.folder / "roots.pem").write_text("no certificate\n")
    here.set(WEBHOOK_TRUST_ROOTS=str(here.folder / "roots.pem"))


@trouble(Kind.TRUST_UNUSABLE, CheckName.WEBHOOK_CERTIFICATE, "OVERTURE_WEBHOOK_CERTIFICATE_HOSTS", "https://")
async def an_address_is_given_for_a_host(here: Surroundings) -> None:
    here.set(WEBHOOK_CERTIFICATE_HOSTS="https://3psostorageacct.blob.core.windows.net/cert/")


@trouble(
    Kind.CERTIFICATE_UNAVAILABLE,
    CheckName.WEBHOOK_CERTIFICATE,
    "OVERTURE_WEBHOOK_CERTIFICATE_HOSTS",
    "localhost:9",
)
async def nobody_is_at_the_certificates_address(here: Surroundings) -> None:
    here.set(WEBHOOK_CERTIFICATE_HOSTS="localhost:9")


@trouble(
    Kind.CERTIFICATE_UNTRUSTED, CheckName.WEBHOOK_CERTIFICATE, "OVERTURE_WEBHOOK_TRUST_ROOTS", "trust root"
)
async def other_roots_are_trusted(here: Surroundings) -> None:
    here.set(WEBHOOK_TRUST_ROOTS=here.env["OVERTURE_CA_FILE"])


# Mail


@trouble(Kind.MAIL_DENIED, CheckName.MAIL, "OVERTURE_MAIL_FROM", "HTTP 403")
async def the_app_is_kept_from_the_mailbox(here: Surroundings) -> None:
    here.set(MAIL_FROM="denied@contoso.com")


@trouble(Kind.MAILBOX_MISSING, CheckName.MAIL, "OVERTURE_MAIL_FROM", "nobody@contoso.com")
async def there_is_no_such_mailbox(here: Surroundings) -> None:
    here.set(MAIL_FROM="nobody@contoso.com")

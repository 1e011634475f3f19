"""Everything the environment decides, read once at start-up."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.domain.clouds import Cloud
from bot.domain.identifiers import SlackChannelId, SlackUserId, TenantId, UserGroupId
from bot.domain.policy import Policy, Who
from bot.microsoft.webhook_revocation import Revocation
from bot.ports.unfit import Fault, SettingsLacking, SettingWrong
from bot.settings.values import (
    Address,
    Certificate,
    Channel,
    Country,
    EncryptionKeys,
    Guid,
    Language,
    Listed,
    Mail,
    MailBy,
    OurCloud,
    PemFile,
    People,
    RevocationCheck,
    Seconds,
    SmtpUrl,
    listed,
)
from bot.slack.locales import DEFAULT_LOCALE

__all__ = ["Mail", "Settings"]


class SecretFiles(EnvSettingsSource):
    """
    Reads a secret from the file that `OVERTURE_..._FILE` names, without the line break at its end.

    The name of the file may stand in the environment or in `.env`.
    """

    def __init__(self, settings_cls: type[BaseSettings], dotenv: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        written = dotenv.env_vars if isinstance(dotenv, DotEnvSettingsSource) else {}
        self._variables = {**written, **self.env_vars}

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            path = self._variables.get(f"{self.env_prefix}{name}_file".lower())
            if path and "SecretStr" in str(field.annotation):
                found[name] = self._read(name, path)
        return found

    def _read(self, name: str, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except FileNotFoundError:
            fault = Fault.FILE_MISSING
        except (OSError, UnicodeDecodeError):
            fault = Fault.FILE_UNREADABLE
        raise SettingWrong(fault, setting=f"{self.env_prefix}{name.upper()}_FILE", file=path)


class Settings(BaseSettings):
    """Read from `OVERTURE_...` variables or a `.env` file; a secret also from the file `..._FILE` names."""

    model_config = SettingsConfigDict(
        env_prefix="OVERTURE_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    database_url: str = "sqlite:///overture.db"
    """`sqlite:///path` or `postgresql://user:password@host:port/name`."""
    listen: Address = "127.0.0.1:3000"
    """Address and port the bot listens on."""
    encryption_keys: EncryptionKeys = ()
    """
    Keys for secrets at rest, comma-separated: base64 of 32 random bytes each. The first encrypts, all
    decrypt. To replace one, put the new one last, then first, then leave the old one out. Empty with SQLite:
    a key file is made beside the database.
    """

    slack_bot_token: SecretStr
    """Bot token, `xoxb-...`."""
    slack_signing_secret: SecretStr = SecretStr("")
    """
    Signing secret of the Slack app; needed unless Socket Mode is used. While it is replaced: both,
    comma-separated.
    """
    slack_app_token: SecretStr | None = None
    """App-level token, `xapp-...`. Set: Socket Mode."""
    slack_api_url: str = "https://slack.com/api/"
    """Where Slack's Web API is."""
    default_channel: Channel
    """Slack channel id (`C...`) where customers' news are told."""
    approvals_channel: Channel
    """Slack channel id (`C...`) where colleagues are asked to approve."""
    approvers: People
    """Who may approve: Slack user ids (`U...`) or user group ids (`S...`), comma-separated."""
    requesters: People = ()
    """Who may invite customers. Empty: every full member."""
    administrators: People = ()
    """Who may look after every invitation."""
    channel_language: Language = DEFAULT_LOCALE
    """Language of messages in channels: `en`, `zh_Hans` or `zh_Hant`."""

    cloud: OurCloud = Cloud.PUBLIC
    """Our Microsoft cloud: `public`, `us_gov` or `china`."""
    partner_tenant_id: Guid
    """Our own tenant: its directory (tenant) id."""
    partner_name: str = ""
    """The name customers read in mails. Empty: the Slack workspace's name."""
    partner_country: Country = ""
    """Our country as ISO 3166 two-letter code. Empty: nobody is warned of foreign markets."""
    client_id: str
    """Application (client) id of our app registration."""
    client_secret: SecretStr | None = None
    """Secret of our app registration; this or a certificate is needed."""
    client_certificate: Certificate | None = None
    """PEM of a certificate and its private key, instead of the secret."""
    refresh_token: SecretStr | None = None
    """Refresh token of a partner user, signed in with MFA elsewhere. Not needed with `overture sign-in`."""
    indirect_provider_id: Guid | None = None
    """Tenant id of our indirect provider, if we are an indirect reseller."""
    authority_url: str | None = None
    """Token authority instead of the cloud's own; always https."""
    partner_center_url: str | None = None
    """Partner Center instead of the cloud's own."""
    graph_url: str | None = None
    """Microsoft Graph instead of the cloud's own, without `/v1.0`."""
    ca_file: PemFile | None = None
    """PEM file with further authorities to trust for everything we connect to."""
    microsoft_timeout_seconds: Seconds = 20.0
    """How long to wait for one answer of Microsoft's."""
    reconcile_seconds: Seconds = 900.0
    """How often customers and relationships are compared with Microsoft's lists."""

    webhook_url: str | None = None
    """Our public address for Partner Center's events, ending in `/webhooks/partner-center`."""
    webhook_trust_roots: PemFile | None = None
    """PEM file with the roots and intermediates that sign events. Empty: the system's roots."""
    webhook_certificate_hosts: Listed = ("3psostorageacct.blob.core.windows.net",)
    """Hosts that signing certificates may come from, `host` or `host:port`, comma-separated."""
    webhook_authority_hosts: Listed = ()
    """Further hosts that issuing certificates and revocation lists may come from, beside Microsoft's own."""
    webhook_revocation: RevocationCheck = Revocation.SOFT
    """Whether signing certificates are checked for revocation: `off`, `soft` (where possible) or `strict`."""

    mail: MailBy | None = None
    """
    How mails are sent for people: `graph`, `smtp`, or `manual` (people send them). Empty: by `smtp` or
    `graph` where one of them is complete.
    """
    mail_from: str = ""
    """The mailbox that sends."""
    smtp_url: SmtpUrl | None = None
    """`smtp://user:password@host:port` or `smtps://...`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Given in code, then in the environment, then in a secret's file, then in `.env`."""
        return init_settings, env_settings, SecretFiles(settings_cls, dotenv_settings), dotenv_settings

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lacking = {
            Fault.SLACK_DOOR_MISSING: not self.slack_app_token and not self.slack_signing_secrets,
            Fault.CREDENTIAL_MISSING: self.client_secret is None and self.client_certificate is None,
            Fault.MAIL_FROM_MISSING: self.mail_by is not Mail.MANUAL and not self.mail_from,
            Fault.SMTP_URL_MISSING: self.mail_by is Mail.SMTP and self.smtp_url is None,
        }
        if faults := [fault for fault, is_lacking in lacking.items() if is_lacking]:
            raise SettingsLacking(faults)
        return self

    @property
    def mail_by(self) -> Mail:
        """How mails go out: as set, else by SMTP or Graph where one of them is complete, else by hand."""
        if self.mail is not None:
            return self.mail
        if not self.mail_from:
            return Mail.MANUAL
        return Mail.SMTP if self.smtp_url else Mail.GRAPH

    @property
    def slack_signing_secrets(self) -> list[str]:
        return list(listed(self.slack_signing_secret.get_secret_value()))

    @property
    def reconcile_every(self) -> timedelta:
        return timedelta(seconds=self.reconcile_seconds)

    @property
    def policy(self) -> Policy:
        return Policy(_who(self.requesters), _who(self.approvers), _who(self.administrators))

    @property
    def channels(self) -> tuple[SlackChannelId, SlackChannelId]:
        """The team's channel and the approvers'."""
        return SlackChannelId(self.default_channel), SlackChannelId(self.approvals_channel)

    @property
    def tenant_id(self) -> TenantId:
        return TenantId(self.partner_tenant_id)

    @property
    def provider_id(self) -> TenantId | None:
        return TenantId(self.indirect_provider_id) if self.indirect_provider_id else None

    @property
    def listen_address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]") or "127.0.0.1", int(port)


def _who(people: tuple[str, ...]) -> Who:
    groups = frozenset(UserGroupId(one) for one in people if one.startswith("S"))
    users = frozenset(SlackUserId(one) for one in people if not one.startswith("S"))
    return Who(users, groups)

"""Everything the environment decides, read once at start-up."""

import base64
import binascii
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    PositiveFloat,
    SecretStr,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.domain.clouds import Cloud
from bot.domain.identifiers import (
    SlackChannelId,
    SlackUserId,
    TenantId,
    UserGroupId,
    parse_tenant_id,
)
from bot.domain.policy import Policy, Who
from bot.microsoft.webhook_revocation import Revocation
from bot.slack.locales import DEFAULT_LOCALE, LANGUAGES


def _listed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _guid(value: str) -> str:
    if parse_tenant_id(value) is None:
        raise ValueError("must be a tenant id such as 11111111-1111-4111-8111-111111111111")
    return value.strip().lower()


def _people(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [one for one in value if one[:1] not in {"U", "W", "S"}]
    if wrong:
        raise ValueError(f"must be Slack user ids (U...) or user group ids (S...), not {', '.join(wrong)}")
    return value


def _channel(value: str) -> str:
    if value[:1] not in {"C", "G"}:
        raise ValueError(f"must be a Slack channel id (C...), not {value!r}")
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"must be one of {', '.join(LANGUAGES)}, not {value!r}")
    return value


def _address(value: str) -> str:
    _, colon, port = value.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"must be address and port, such as 127.0.0.1:3000, not {value!r}")
    return value


def _smtp_server(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must be smtp://host:port or smtps://host:port")
    return value


def _encryption_key(value: SecretStr) -> SecretStr:
    try:
        length = len(base64.b64decode(value.get_secret_value(), validate=True))
    except binascii.Error:
        length = 0
    if length != 32:
        raise ValueError("each must be what this prints: openssl rand -base64 32")
    return value


def _certificate(value: SecretStr) -> SecretStr:
    pem = value.get_secret_value().encode()
    try:
        load_pem_private_key(pem, password=None)
        load_pem_x509_certificate(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(
            "must be the PEM text of a certificate and its private key, without a password; "
            "the path of a file that holds it goes into OVERTURE_CLIENT_CERTIFICATE_FILE"
        ) from None
    return value


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
People = Annotated[Listed, AfterValidator(_people)]
Guid = Annotated[str, AfterValidator(_guid)]
Channel = Annotated[str, AfterValidator(_channel)]
Language = Annotated[str, AfterValidator(_language)]
Address = Annotated[str, AfterValidator(_address)]
SmtpUrl = Annotated[SecretStr, AfterValidator(_smtp_server)]
EncryptionKey = Annotated[SecretStr, AfterValidator(_encryption_key)]
Certificate = Annotated[SecretStr, AfterValidator(_certificate)]


class Mail(StrEnum):
    GRAPH = "graph"
    SMTP = "smtp"
    MANUAL = "manual"


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
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not a text"
            raise ValueError(f"{self.env_prefix}{name.upper()}_FILE: {path}: {why}") from None


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
    encryption_keys: Annotated[tuple[EncryptionKey, ...], NoDecode, BeforeValidator(_listed)] = ()
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

    cloud: Cloud = Cloud.PUBLIC
    """Our Microsoft cloud: `public`, `us_gov` or `china`."""
    partner_tenant_id: Guid
    """Our own tenant: its directory (tenant) id."""
    partner_name: str = ""
    """The name customers read in mails. Empty: the Slack workspace's name."""
    partner_country: str = Field("", pattern="^([A-Z]{2})?$")
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
    ca_file: FilePath | None = None
    """PEM file with further authorities to trust for everything we connect to."""
    microsoft_timeout_seconds: PositiveFloat = 20.0
    """How long to wait for one answer of Microsoft's."""
    reconcile_seconds: PositiveFloat = 900.0
    """How often customers and relationships are compared with Microsoft's lists."""

    webhook_url: str | None = None
    """Our public address for Partner Center's events, ending in `/webhooks/partner-center`."""
    webhook_trust_roots: FilePath | None = None
    """PEM file with the roots and intermediates that sign events. Empty: the system's roots."""
    webhook_certificate_hosts: Listed = ("3psostorageacct.blob.core.windows.net",)
    """Hosts that signing certificates may come from, `host` or `host:port`, comma-separated."""
    webhook_authority_hosts: Listed = ()
    """Further hosts that issuing certificates and revocation lists may come from, beside Microsoft's own."""
    webhook_revocation: Revocation = Revocation.SOFT
    """Whether signing certificates are checked for revocation: `off`, `soft` (where possible) or `strict`."""

    mail: Mail | None = None
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
        lacking = []
        if not self.slack_app_token and not self.slack_signing_secrets:
            lacking.append("set OVERTURE_SLACK_SIGNING_SECRET, or OVERTURE_SLACK_APP_TOKEN for Socket Mode")
        if self.client_secret is None and self.client_certificate is None:
            lacking.append("set OVERTURE_CLIENT_SECRET or OVERTURE_CLIENT_CERTIFICATE")
        if self.mail_by is not Mail.MANUAL and not self.mail_from:
            lacking.append("set OVERTURE_MAIL_FROM, or OVERTURE_MAIL=manual")
        if self.mail_by is Mail.SMTP and self.smtp_url is None:
            lacking.append("set OVERTURE_SMTP_URL, or OVERTURE_MAIL=graph or manual")
        if lacking:
            raise ValueError("; ".join(lacking))
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
        return list(_listed(self.slack_signing_secret.get_secret_value()))

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

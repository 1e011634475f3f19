"""What is checked, and what can be found. The names are a promise to machines: see docs/doctor.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CheckName(StrEnum):
    """Each has its words in `templates/words/doctor/checks/`. In the order they are told."""

    SETTINGS = "settings"
    DATABASE = "database"
    MIGRATIONS = "migrations"
    ENCRYPTION = "encryption"
    WORK = "work"
    SLACK_TOKEN = "slack_token"  # noqa: S105 - a check, not a token
    SLACK_SCOPES = "slack_scopes"
    SIGNING_SECRET = "signing_secret"  # noqa: S105 - a check, not a secret
    SOCKET_MODE = "socket_mode"
    CHANNELS = "channels"
    APPROVERS = "approvers"
    REQUESTERS = "requesters"
    ADMINISTRATORS = "administrators"
    ENTRA = "entra"
    CLOCK = "clock"
    MICROSOFT_TENANT = "microsoft_tenant"
    MICROSOFT_APP = "microsoft_app"
    APP_PERMISSIONS = "app_permissions"
    GDAP = "gdap"
    SIGN_IN = "sign_in"
    PARTNER_CENTER = "partner_center"
    RESELLER_LINK = "reseller_link"
    WEBHOOK = "webhook"
    WEBHOOK_CERTIFICATE = "webhook_certificate"
    MAIL = "mail"


class State(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    UNCHECKED = "unchecked"
    """An earlier check found a problem."""
    UNUSED = "unused"
    """The settings do without it."""


class Kind(StrEnum):
    """What can be wrong. Each has its words in `templates/words/doctor/problems/`."""

    SLACK_SETTINGS_MISSING = "slack_settings_missing"
    MICROSOFT_SETTINGS_MISSING = "microsoft_settings_missing"
    SETTING_WRONG = "setting_wrong"
    # Any check that asks somebody
    UNREACHABLE = "unreachable"
    OVERDUE = "overdue"
    REFUSED = "refused"
    # The database
    DATABASE_PLACE = "database_place"
    DATABASE_UNREADABLE = "database_unreadable"
    MIGRATIONS_PENDING = "migrations_pending"
    DATABASE_NEWER = "database_newer"
    KEY_MISSING = "key_missing"
    KEY_FILE_UNUSABLE = "key_file_unusable"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a kind, not a secret
    # Work
    WORK_GIVEN_UP = "work_given_up"
    WORK_LATE = "work_late"
    # Slack
    NOT_A_BOT_TOKEN = "not_a_bot_token"  # noqa: S105 - a kind, not a token
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a kind, not a token
    SCOPES_MISSING = "scopes_missing"
    SCOPES_UNTOLD = "scopes_untold"
    SIGNING_SECRET_SHAPE = "signing_secret_shape"  # noqa: S105 - a kind, not a secret
    APP_TOKEN_REFUSED = "app_token_refused"  # noqa: S105 - a kind, not a token
    CHANNEL_UNKNOWN = "channel_unknown"
    CHANNEL_ARCHIVED = "channel_archived"
    NOT_IN_CHANNEL = "not_in_channel"
    PERSON_UNKNOWN = "person_unknown"
    PERSON_NOT_MEMBER = "person_not_member"
    GROUP_UNKNOWN = "group_unknown"
    GROUPS_UNAVAILABLE = "groups_unavailable"
    NOBODY = "nobody"
    LONE_APPROVER = "lone_approver"
    # Microsoft
    CLOCK_WRONG = "clock_wrong"
    TENANT_UNKNOWN = "tenant_unknown"
    APP_REFUSED = "app_refused"
    PERMISSIONS_MISSING = "permissions_missing"
    SERVICE_PRINCIPAL_MISSING = "service_principal_missing"
    SIGN_IN_MISSING = "sign_in_missing"
    SIGN_IN_REFUSED = "sign_in_refused"
    MFA_MISSING = "mfa_missing"
    PARTNER_CENTER_REFUSED = "partner_center_refused"
    ROLE_MISSING = "role_missing"
    PARTNER_NOT_READY = "partner_not_ready"
    LINK_NOT_OURS = "link_not_ours"
    # Events
    WEBHOOK_ADDRESS = "webhook_address"
    WEBHOOK_UNREGISTERED = "webhook_unregistered"
    WEBHOOK_ELSEWHERE = "webhook_elsewhere"
    WEBHOOK_EVENTS_MISSING = "webhook_events_missing"
    TRUST_UNUSABLE = "trust_unusable"
    CERTIFICATE_UNAVAILABLE = "certificate_unavailable"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    # Mail
    MAIL_DENIED = "mail_denied"
    MAILBOX_MISSING = "mailbox_missing"


class Place(StrEnum):
    """Where else than in the settings to look. Each has its words in `templates/words/doctor/places/`."""

    ENVIRONMENT = "environment"
    SLACK_BASICS = "slack_basics"
    SLACK_SCOPES = "slack_scopes"
    ENTRA_SECRETS = "entra_secrets"
    ENTRA_PERMISSIONS = "entra_permissions"
    ENTRA_APPLICATIONS = "entra_applications"
    PARTNER_CENTER = "partner_center"
    PARTNER_CENTER_APPS = "partner_center_apps"
    PARTNER_CENTER_USERS = "partner_center_users"
    THIS_MACHINE = "this_machine"
    LOG = "log"


@dataclass(frozen=True)
class Problem:
    """
    One thing that is wrong.

    `settings`: the variables it is about. `at`: where else to look. `facts` are the values its words need:
    ids, names, what somebody answered or which setting is wrong, and never a secret.
    """

    kind: Kind
    settings: tuple[str, ...] = ()
    at: Place | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What a check says. `fact`: a name that tells people what was looked at, such as the workspace's."""

    problems: tuple[Problem, ...] = ()
    fact: str = ""

    @property
    def state(self) -> State:
        return State.PROBLEM if self.problems else State.OK


def problem(kind: Kind, *settings: str, at: Place | None = None, **facts: object) -> Problem:
    return Problem(kind, settings, at, facts)


def wrong(kind: Kind, *settings: str, at: Place | None = None, **facts: object) -> Result:
    """Return the result of a check that found this one problem."""
    return Result((Problem(kind, settings, at, facts),))


@dataclass(frozen=True)
class Finding:
    """How one check ended. `because`: the check that has to be mended before this one can be made."""

    check: CheckName
    state: State
    problems: tuple[Problem, ...] = ()
    fact: str = ""
    because: CheckName | None = None

"""What keeps a setting from being used, named so that it can be told in every language."""

from collections.abc import Sequence
from enum import StrEnum


class Fault(StrEnum):
    """Each has its words in `templates/words/settings/`."""

    # One value
    CERTIFICATE = "certificate"
    CHANNEL = "channel"
    COUNTRY = "country"
    DATABASE_URL = "database_url"
    ENCRYPTION_KEY = "encryption_key"
    FILE_MISSING = "file_missing"
    FILE_UNREADABLE = "file_unreadable"
    HOST = "host"
    HTTPS_NEEDED = "https_needed"
    HTTPS_OR_LOOPBACK_NEEDED = "https_or_loopback_needed"
    KEY_FILE = "key_file"
    LISTEN = "listen"
    ONE_OF = "one_of"
    PEOPLE = "people"
    PLAIN_ADDRESS_NEEDED = "plain_address_needed"
    SECONDS = "seconds"
    SMTP_URL = "smtp_url"
    SQLITE_FILE = "sqlite_file"
    TENANT_ID = "tenant_id"
    TRUST_ROOTS = "trust_roots"
    # Nothing, where something is needed
    CREDENTIAL_MISSING = "credential_missing"
    ENCRYPTION_KEYS_MISSING = "encryption_keys_missing"
    MAIL_FROM_MISSING = "mail_from_missing"
    SLACK_DOOR_MISSING = "slack_door_missing"
    SMTP_URL_MISSING = "smtp_url_missing"
    # What a library says of a value we did not look at
    OTHER = "other"


class SettingWrong(ValueError):
    """
    What was set cannot be used. `facts` are what its words need, and never a secret.

    `setting`: the variable, where nobody else can tell which one it is.
    """

    def __init__(self, fault: Fault, /, *, setting: str = "", **facts: str) -> None:
        super().__init__(" ".join([fault, *facts.values()]))
        self.fault = fault
        self.setting = setting
        self.facts = facts


class SettingsLacking(ValueError):
    """Settings that are fit, each for itself, and need others beside them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


class PortUnusable(Exception):
    """A command cannot listen on this port of this machine: something else does, or it may not."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} cannot be used")
        self.port = port

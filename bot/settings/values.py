"""What one setting may be. Whatever else it is raises `SettingWrong`, which pydantic takes for its own."""

import base64
import math
import os
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from bot.domain.clouds import Cloud
from bot.domain.identifiers import parse_tenant_id
from bot.microsoft.webhook_revocation import Revocation
from bot.ports.unfit import Fault, SettingWrong
from bot.slack.locales import LANGUAGES


def listed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _guid(value: str) -> str:
    if parse_tenant_id(value) is None:
        raise SettingWrong(Fault.TENANT_ID)
    return value.strip().lower()


def _people(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [one for one in value if one[:1] not in {"U", "W", "S"}]
    if wrong:
        raise SettingWrong(Fault.PEOPLE, values=", ".join(wrong))
    return value


def _channel(value: str) -> str:
    if value[:1] not in {"C", "G"}:
        raise SettingWrong(Fault.CHANNEL, value=value)
    return value


def _one_of(allowed: Iterable[str], value: Any) -> Any:
    known = list(allowed)
    if value not in known:
        raise SettingWrong(Fault.ONE_OF, allowed=", ".join(known), value=str(value))
    return value


def _country(value: str) -> str:
    if not re.fullmatch("([A-Z]{2})?", value):
        raise SettingWrong(Fault.COUNTRY, value=value)
    return value


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise SettingWrong(Fault.SECONDS, value=str(value))
    return seconds


def _file(value: Path) -> Path:
    if not value.is_file():
        raise SettingWrong(Fault.FILE_MISSING, file=str(value))
    if not os.access(value, os.R_OK):
        raise SettingWrong(Fault.FILE_UNREADABLE, file=str(value))
    return value


def _address(value: str) -> str:
    _, colon, port = value.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535:
        raise SettingWrong(Fault.LISTEN, value=value)
    return value


def _smtp_server(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingWrong(Fault.SMTP_URL)
    return value


def _encryption_key(value: SecretStr) -> SecretStr:
    try:
        length = len(base64.b64decode(value.get_secret_value(), validate=True))
    except ValueError:
        length = 0
    if length != 32:
        raise SettingWrong(Fault.ENCRYPTION_KEY)
    return value


def _certificate(value: SecretStr) -> SecretStr:
    pem = value.get_secret_value().encode()
    try:
        load_pem_private_key(pem, password=None)
        load_pem_x509_certificate(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingWrong(Fault.CERTIFICATE) from None
    return value


class Mail(StrEnum):
    GRAPH = "graph"
    SMTP = "smtp"
    MANUAL = "manual"


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)]
People = Annotated[Listed, AfterValidator(_people)]
Guid = Annotated[str, AfterValidator(_guid)]
Channel = Annotated[str, AfterValidator(_channel)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, BeforeValidator(partial(_one_of, LANGUAGES))]
OurCloud = Annotated[Cloud, BeforeValidator(partial(_one_of, Cloud))]
MailBy = Annotated[Mail, BeforeValidator(partial(_one_of, Mail))]
RevocationCheck = Annotated[Revocation, BeforeValidator(partial(_one_of, Revocation))]
Seconds = Annotated[float, BeforeValidator(_seconds)]
PemFile = Annotated[Path, AfterValidator(_file)]
Address = Annotated[str, AfterValidator(_address)]
SmtpUrl = Annotated[SecretStr, AfterValidator(_smtp_server)]
EncryptionKey = Annotated[SecretStr, AfterValidator(_encryption_key)]
EncryptionKeys = Annotated[tuple[EncryptionKey, ...], NoDecode, BeforeValidator(listed)]
Certificate = Annotated[SecretStr, AfterValidator(_certificate)]

"""What the environment and `.env` may say of secrets."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from bot.ports.unfit import Fault, SettingsLacking, SettingWrong
from bot.settings import Settings

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Overture")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(KEY, hashes.SHA256())
    )
    return signed.public_bytes(Encoding.PEM).decode()


def private_key() -> str:
    return KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Everything that is needed, but for what the app signs in with."""
    needed = {
        "SLACK_BOT_TOKEN": "xoxb-synthetic",
        "SLACK_SIGNING_SECRET": "synthetic",
        "DEFAULT_CHANNEL": "C0TEAM0001",
        "APPROVALS_CHANNEL": "C0APPROVAL",
        "APPROVERS": "U0BEN00001",
        "PARTNER_TENANT_ID": "11111111-1111-4111-8111-111111111111",
        "CLIENT_ID": "55555555-5555-4555-8555-555555555555",
    }
    for name, value in needed.items():
        monkeypatch.setenv(f"OVERTURE_{name}", value)
    return monkeypatch


def test_a_certificate_with_its_key_is_taken_from_the_variable_or_a_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem = private_key() + certificate()
    environment.setenv("OVERTURE_CLIENT_CERTIFICATE", pem)
    given = Settings(_env_file=None)
    environment.delenv("OVERTURE_CLIENT_CERTIFICATE")
    (tmp_path / "app.pem").write_text(pem)
    environment.setenv("OVERTURE_CLIENT_CERTIFICATE_FILE", str(tmp_path / "app.pem"))
    read = Settings(_env_file=None)

    assert given.client_certificate is not None
    assert given.client_certificate.get_secret_value() == pem
    assert read.client_certificate is not None
    assert read.client_certificate.get_secret_value() == pem.rstrip("\n")


@pytest.mark.parametrize("value", ["/etc/overture/app.pem", certificate(), private_key(), "no PEM"])
def test_anything_else_is_refused_without_being_shown(environment: pytest.MonkeyPatch, value: str) -> None:
    environment.setenv("OVERTURE_CLIENT_CERTIFICATE", value)

    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None)

    (problem,) = refused.value.errors()
    assert problem["loc"] == ("client_certificate",)
    assert problem["ctx"]["error"].fault is Fault.CERTIFICATE
    assert value not in problem["msg"]


@pytest.mark.parametrize("value", ["§", "-1", "nan", "#general", "ftp://x", "C", "U, nobody", "/nowhere"])
@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_whatever_is_wrong_with_a_setting_is_a_fault_that_has_words(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv("OVERTURE_CLIENT_SECRET", "synthetic")
    environment.setenv(f"OVERTURE_{name.upper()}", value)
    try:
        Settings(_env_file=None)
    except ValidationError as refused:
        causes = [problem["ctx"]["error"] for problem in refused.errors()]
    else:
        causes = []

    assert [cause for cause in causes if not isinstance(cause, SettingWrong | SettingsLacking)] == []


@pytest.mark.parametrize("seconds", ["0", "-3", "nan", "inf", "soon"])
def test_a_wait_is_a_number_of_seconds_above_0(environment: pytest.MonkeyPatch, seconds: str) -> None:
    environment.setenv("OVERTURE_CLIENT_SECRET", "synthetic")
    environment.setenv("OVERTURE_RECONCILE_SECONDS", seconds)

    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None)

    (problem,) = refused.value.errors()
    assert problem["ctx"]["error"].fault is Fault.SECONDS


def test_the_file_of_a_secret_may_be_named_in_the_env_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    (tmp_path / ".env").write_text(f"OVERTURE_CLIENT_SECRET_FILE={tmp_path / 'secret'}\n")

    read = Settings(_env_file=tmp_path / ".env")

    assert read.client_secret is not None
    assert read.client_secret.get_secret_value() == "from the file"


def test_a_secret_in_the_environment_wins_over_a_file_named_in_the_env_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("from the file")
    (tmp_path / ".env").write_text(f"OVERTURE_CLIENT_SECRET_FILE={tmp_path / 'secret'}\n")
    environment.setenv("OVERTURE_CLIENT_SECRET", "from the environment")

    read = Settings(_env_file=tmp_path / ".env")

    assert read.client_secret is not None
    assert read.client_secret.get_secret_value() == "from the environment"

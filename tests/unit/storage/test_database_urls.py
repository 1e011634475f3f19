import pytest

from bot.ports.unfit import Fault, SettingWrong
from storage.database import open_database, sqlite_path
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase


def test_the_scheme_chooses_the_database() -> None:
    assert isinstance(open_database("sqlite:///overture.db"), SqliteDatabase)
    assert isinstance(open_database("postgresql://db.contoso.com/overture"), PostgresDatabase)


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///overture.db", "overture.db"), ("sqlite:////var/lib/overture.db", "/var/lib/overture.db")],
)
def test_a_sqlite_url_names_a_relative_or_an_absolute_file(url: str, path: str) -> None:
    assert sqlite_path(url) == path


@pytest.mark.parametrize(
    "url", ["", "overture.db", "mysql://u:hunter2@db/x", "sqlite://", "sqlite:///", "sqlite:///:memory:"]
)
def test_any_other_url_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(SettingWrong) as refused:
        open_database(url)

    assert refused.value.fault in {Fault.DATABASE_URL, Fault.SQLITE_FILE}
    assert "hunter2" not in str(refused.value)

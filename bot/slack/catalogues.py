"""gettext catalogues, compiled in memory from their `.po` files, so that nothing needs building."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.slack.locales import DEFAULT_LOCALE

DOMAIN = "overture"


def load_catalogues(locales: Path) -> dict[str, NullTranslations]:
    """Return the catalogue of every locale under `locales`. English is what the templates say themselves."""
    found = {path.parents[1].name: compiled(path) for path in locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return {DEFAULT_LOCALE: NullTranslations()} | found


@cache
def compiled(path: Path) -> GNUTranslations:
    """Return the translations of one `.po` file, read once; fuzzy ones are left out."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.parents[1].name, domain=DOMAIN, abort_invalid=True)
    target = BytesIO()
    write_mo(target, catalogue)
    target.seek(0)
    return GNUTranslations(target)

"""The page's templates, in the language the address or the browser asks for."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.slack.catalogues import load_catalogues
from bot.slack.locales import choose_locale

TEMPLATES = Path(str(files("templates")))


class PageTemplates:
    """Renders `templates/pages/<name>.html.j2`, which may take in words of the bot's."""

    def __init__(self) -> None:
        self._catalogues = load_catalogues(TEMPLATES / "locales")
        self._environment = cache(self._load)

    def render(self, name: str, languages: str, **values: Any) -> str:
        """Return the page in the first of `languages`, as in an `Accept-Language` header, or in English."""
        first = languages.split(",")[0].split(";")[0].strip()
        locale = choose_locale(first, self._catalogues)
        template = self._environment(locale).get_template(f"{name}.html.j2")
        return template.render(lang=locale.replace("_", "-"), **values)

    def _load(self, locale: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader([TEMPLATES / "pages", TEMPLATES / "words"]),
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        catalogue = self._catalogues[locale]
        environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
        return environment

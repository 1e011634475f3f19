"""The page's templates, in the language that was chosen or that the browser asks for."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.slack.catalogues import load_catalogues
from bot.slack.locales import choose_locale

TEMPLATES = Path(str(files("templates")))
LOCALES = TEMPLATES / "locales"


class PageTemplates:
    """Renders `templates/pages/<name>.html.j2`, in which words of the bot may be included."""

    def __init__(self, locales: Path = LOCALES) -> None:
        self._catalogues = load_catalogues(locales)
        self._environment = cache(self._load)

    @property
    def languages(self) -> tuple[str, ...]:
        """What there are words in, English first."""
        return tuple(self._catalogues)

    def locale(self, chosen: str, accept_language: str) -> str:
        """Return the language chosen, else the first of an `Accept-Language` header, else English."""
        first = accept_language.split(",")[0].split(";")[0].strip()
        return choose_locale(chosen or first, self._catalogues)

    def render(self, name: str, locale: str, **values: Any) -> str:
        template = self._environment(locale).get_template(f"{name}.html.j2")
        return template.render(lang=locale, **values)

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

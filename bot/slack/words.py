"""
Every word a person reads: templates and their translations.

A template is one text. `<name>.mrkdwn.j2` gives Slack's markup: each value in it is escaped unless it is
`Mrkdwn` already. `<name>.txt.j2` gives plain text. Mail templates escape for HTML in `*.html.j2` and not
in `*.txt.j2`. Words in `{% trans %}` come from `templates/locales/<locale>/LC_MESSAGES/overture.po`.

The result of a macro or of `{% set %}...{% endset %}` is an ordinary value and gets escaped. The text of an
`{% include %}` is not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from gettext import NullTranslations
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup
from markupsafe import escape as escape_html

from bot.slack.catalogues import load_catalogues
from bot.slack.locales import Formats, choose_locale
from bot.slack.mrkdwn import (
    Mrkdwn,
    channel_link,
    code,
    date,
    escape,
    group_mention,
    link,
    mention,
    one_line,
    stripped,
)

__all__ = [
    "MailWords",
    "Mrkdwn",
    "Templates",
    "Words",
    "channel_link",
    "code",
    "date",
    "escape",
    "group_mention",
    "link",
    "mention",
    "one_line",
    "stripped",
]

Names = Mapping[str, Any]


def harmless_html(value: object) -> Markup:
    return value if isinstance(value, Markup) else escape_html(stripped(value))


@dataclass(frozen=True)
class Notation:
    """A kind of text: how a value gets into it, and the type that marks the result as done."""

    suffix: str
    escape: Callable[[object], str]
    mark: type[str]
    autoescape: bool = False


MRKDWN = Notation(".mrkdwn.j2", escape, Mrkdwn)
PLAIN = Notation(".txt.j2", stripped, str)
HTML = Notation(".html.j2", harmless_html, Markup, autoescape=True)


class PlainContext(Context):
    """
    A context for templates that neither inherit nor export: what only those need is made once, and not for
    each text. Functions are called as they are: none of ours asks Jinja for its context.
    """

    def __init__(self, evaluation: EvalContext, values: dict[str, Any]) -> None:
        """`values` hold everything a template may name, globals too."""
        self.environment = evaluation.environment
        self.eval_ctx = evaluation
        self.parent = values
        self.vars = {}
        self.exported_vars = set()
        self.globals_keys = set()
        self.blocks = {}
        self.name = None

    def call(self, __obj: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return __obj(*args, **kwargs)


class Texts:
    """The templates of one folder in one notation, each compiled once."""

    def __init__(self, folder: Path, notation: Notation, names: Names) -> None:
        self.notation = notation
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            finalize=notation.escape,
            autoescape=notation.autoescape,  # noqa: S701 - HTML escaping is wrong for Slack; `finalize` escapes
            auto_reload=False,
            cache_size=-1,
        )
        # Makes `{% trans %}` hand its values to gettext by name; the functions come with each call.
        self._environment.newstyle_gettext = True  # type: ignore[attr-defined]  # set by the extension
        self._evaluation = EvalContext(self._environment)
        self.names = {**self._environment.globals, **names}
        self._template = cache(self._load)

    def render(self, name: str, values: dict[str, Any]) -> str:
        """
        Return the text of `<name><suffix>`, without white space around it. `values` begin with `names`.

        `Template.render` copies every global for each call, and `Template.new_context` lists them, which is
        half of its time.
        """
        context = PlainContext(self._evaluation, values)
        return self.notation.mark("".join(self._template(name).root_render_func(context)).strip())

    def _load(self, name: str) -> Template:
        return self._environment.get_template(name + self.notation.suffix)


class Language:
    """What templates need in one locale, for one notation."""

    def __init__(self, catalogue: NullTranslations, formats: Formats, notation: Notation) -> None:
        self._catalogue = catalogue
        self._formats = formats
        self._notation = notation
        self.names: dict[str, Any] = {
            "gettext": self.gettext,
            "ngettext": self.ngettext,
            "pgettext": self.pgettext,
            "npgettext": self.npgettext,
            "_": self.gettext,
            "day": formats.day,
            "moment": formats.moment,
            "number": formats.number,
            "duration": formats.duration,
            "listing": self.listing,
        }

    def gettext(self, message: str, /, **values: Any) -> str:
        return self._filled(self._catalogue.gettext(message), values)

    def ngettext(self, singular: str, plural: str, num: int, /, **values: Any) -> str:
        return self._filled(self._catalogue.ngettext(singular, plural, num), {"num": num} | values)

    def pgettext(self, context: str, message: str, /, **values: Any) -> str:
        return self._filled(self._catalogue.pgettext(context, message), values)

    def npgettext(self, context: str, singular: str, plural: str, num: int, /, **values: Any) -> str:
        return self._filled(self._catalogue.npgettext(context, singular, plural, num), {"num": num} | values)

    def listing(self, items: Iterable[object]) -> str:
        """Return the items as "a, b and c", each escaped."""
        return self._notation.mark(self._formats.listing([self._notation.escape(item) for item in items]))

    def _filled(self, text: str, values: Names) -> str:
        escaped = {name: self._notation.escape(value) for name, value in values.items()}
        return self._notation.mark(text % escaped)


class Words:
    """The words for one reader's, or one channel's, language."""

    def __init__(
        self, locale: str, markup: Texts, plain: Texts, language: Callable[[Notation], Language]
    ) -> None:
        self.locale = locale
        self.formats = Formats(locale)
        """Dates, numbers and lengths of time as plain text."""
        self._markup, self._markup_names = markup, markup.names | language(MRKDWN).names
        self._plain, self._plain_names = plain, plain.names | language(PLAIN).names
        self._said_always = cache(self._markup_without_values)
        self._plain_always = cache(self._plain_without_values)

    def __call__(self, name: str, /, **values: Any) -> Mrkdwn:
        """Return `templates/words/<name>.mrkdwn.j2` filled in. Raises jinja2 errors for a missing value."""
        if not values:
            return self._said_always(name)
        return Mrkdwn(self._markup.render(name, self._markup_names | values))

    def link(self, url: str, label: str = "") -> Mrkdwn:
        """Return a link as templates make it, on loopback too where that is allowed."""
        return Mrkdwn(self._markup.names["link"](url, label))

    def listing(self, items: Iterable[object]) -> Mrkdwn:
        """Return the items as "a, b and c", each escaped."""
        return Mrkdwn(self._markup_names["listing"](items))

    def plain(self, name: str, /, **values: Any) -> str:
        """Return `templates/words/<name>.txt.j2` filled in, for titles, labels, buttons and notifications."""
        return self._plain.render(name, self._plain_names | values) if values else self._plain_always(name)

    def _markup_without_values(self, name: str) -> Mrkdwn:
        """Half of what a view says is the same each time: it is rendered once in each language."""
        return Mrkdwn(self._markup.render(name, self._markup_names))

    def _plain_without_values(self, name: str) -> str:
        return self._plain.render(name, self._plain_names)


class MailWords:
    """The words of mails in one language."""

    def __init__(
        self, shared: Words, html: Texts, text: Texts, language: Callable[[Notation], Language]
    ) -> None:
        self.locale, self.formats = shared.locale, shared.formats
        self.plain = shared.plain
        """The plain words of Slack: a role has one name in both."""
        self._html, self._html_names = html, html.names | language(HTML).names
        self._text, self._text_names = text, text.names | language(PLAIN).names

    def html(self, name: str, /, **values: Any) -> str:
        """Return `templates/mail/<name>.html.j2` filled in."""
        return self._html.render(name, self._html_names | values)

    def text(self, name: str, /, **values: Any) -> str:
        """Return `templates/mail/<name>.txt.j2` filled in."""
        return self._text.render(name, self._text_names | values)


class Templates:
    """All templates and catalogues, read once at start."""

    def __init__(self, root: Path | None = None, *, allow_loopback_links: bool = False) -> None:
        """`root` is the folder with `words`, `mail` and `locales`. Loopback links are for the sandbox."""
        root = root or Path(str(files("templates")))
        self._catalogues = load_catalogues(root / "locales")
        markup = {
            "mention": mention,
            "group_mention": group_mention,
            "channel_link": channel_link,
            "link": partial(link, allow_loopback=allow_loopback_links),
            "date": date,
            "code": code,
            "one_line": one_line,
        }
        plain = {"one_line": one_line}
        self._markup = Texts(root / "words", MRKDWN, markup)
        self._plain = Texts(root / "words", PLAIN, plain)
        self._html = Texts(root / "mail", HTML, plain)
        self._text = Texts(root / "mail", PLAIN, plain)
        self._words = cache(self._words_in)
        self._mail_words = cache(self._mail_words_in)

    @property
    def locales(self) -> list[str]:
        """The locales there are words in, `en` among them."""
        return sorted(self._catalogues)

    def words(self, tag: str | None = None) -> Words:
        """Return the words for a locale tag as Slack gives it; English where there is none for it."""
        return self._words(choose_locale(tag, self._catalogues))

    def mail_words(self, tag: str | None = None) -> MailWords:
        """Return the words of mails for a locale tag."""
        return self._mail_words(choose_locale(tag, self._catalogues))

    def _words_in(self, locale: str) -> Words:
        return Words(locale, self._markup, self._plain, partial(self._language, locale))

    def _mail_words_in(self, locale: str) -> MailWords:
        return MailWords(self._words(locale), self._html, self._text, partial(self._language, locale))

    def _language(self, locale: str, notation: Notation) -> Language:
        return Language(self._catalogues[locale], Formats(locale), notation)

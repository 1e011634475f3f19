"""
Every word a person reads: templates and their translations.

A template is one text. `<name>.mrkdwn.j2` gives Slack's markup: each value in it is escaped unless it is
`Mrkdwn` already. `<name>.txt.j2` gives plain text. Mail templates escape for HTML in `*.html.j2` and not
in `*.txt.j2`. Words in `{% trans %}` come from `templates/locales/<locale>/LC_MESSAGES/overture.po`.

The result of a macro or of `{% set %}...{% endset %}` is an ordinary value and gets escaped. The text of an
`{% include %}` is not.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from gettext import NullTranslations
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic

from jinja2 import UndefinedError
from markupsafe import Markup

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
from bot.slack.rendering import HTML, MRKDWN, PLAIN, Marked, Names, Notation, Texts
from bot.slack.sentences import Sentence

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


class Language:
    """What templates need in one locale, for one notation."""

    def __init__(self, catalogue: NullTranslations, formats: Formats, notation: Notation[str]) -> None:
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

    def translated(self, sentence: Sentence) -> Sentence:
        return replace(sentence, text=self._catalogue.gettext(sentence.text))

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


class Said(Generic[Marked]):
    """The texts of one folder and notation in one language."""

    def __init__(self, texts: Texts[Marked], language: Language) -> None:
        self.names: Names = texts.names | language.names
        self._texts, self._language = texts, language
        self._escape, self._mark = texts.notation.escape, texts.notation.mark
        self._sentence = cache(self._translated)
        self._always = cache(self._without_values)

    def text(self, name: str, values: dict[str, Any]) -> Marked:
        """Return `<name><suffix>` filled in. Raises jinja2 errors for a missing value."""
        if not values:
            return self._always(name)
        sentence = self._sentence(name)
        if sentence is None:
            return self._texts.render(name, {**self.names, **values})
        try:
            return self._mark(sentence.filled(values, self._escape).strip())
        except KeyError as error:
            raise UndefinedError(f"{name}: {error} is missing") from None

    def _translated(self, name: str) -> Sentence | None:
        sentence = self._texts.sentence(name)
        return self._language.translated(sentence) if sentence else None

    def _without_values(self, name: str) -> Marked:
        """Half of what a view says is the same each time: it is rendered once in each language."""
        return self._texts.render(name, dict(self.names))


class Words:
    """The words for one reader's, or one channel's, language."""

    def __init__(self, locale: str, markup: Said[Mrkdwn], plain: Said[str]) -> None:
        self.locale = locale
        self.formats = Formats(locale)
        """Dates, numbers and lengths of time as plain text."""
        self._markup, self._plain = markup, plain

    def __call__(self, name: str, /, **values: Any) -> Mrkdwn:
        """Return `templates/words/<name>.mrkdwn.j2` filled in. Raises jinja2 errors for a missing value."""
        return self._markup.text(name, values)

    def link(self, url: str, label: str = "") -> Mrkdwn:
        """Return a link as templates make it, on loopback too where that is allowed."""
        return Mrkdwn(self._markup.names["link"](url, label))

    def listing(self, items: Iterable[object]) -> Mrkdwn:
        """Return the items as "a, b and c", each escaped."""
        return Mrkdwn(self._markup.names["listing"](items))

    def plain(self, name: str, /, **values: Any) -> str:
        """Return `templates/words/<name>.txt.j2` filled in, for titles, labels, buttons and notifications."""
        return self._plain.text(name, values)


class MailWords:
    """The words of mails in one language."""

    def __init__(self, shared: Words, html: Said[Markup], text: Said[str]) -> None:
        self.locale, self.formats = shared.locale, shared.formats
        self.plain = shared.plain
        """The plain words of Slack: a role has one name in both."""
        self._html, self._text = html, text

    def html(self, name: str, /, **values: Any) -> str:
        """Return `templates/mail/<name>.html.j2` filled in."""
        return self._html.text(name, values)

    def text(self, name: str, /, **values: Any) -> str:
        """Return `templates/mail/<name>.txt.j2` filled in."""
        return self._text.text(name, values)


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
        return Words(locale, self._said(self._markup, locale), self._said(self._plain, locale))

    def _mail_words_in(self, locale: str) -> MailWords:
        return MailWords(self._words(locale), self._said(self._html, locale), self._said(self._text, locale))

    def _said(self, texts: Texts[Marked], locale: str) -> Said[Marked]:
        return Said(texts, Language(self._catalogues[locale], Formats(locale), texts.notation))

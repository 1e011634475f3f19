"""How templates become text: each notation has its folder, its way to escape, and its own type when done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup
from markupsafe import escape as escape_html

from bot.slack.mrkdwn import Mrkdwn, escape, stripped
from bot.slack.sentences import Sentence, only_sentence

Names = Mapping[str, Any]


def harmless_html(value: object) -> Markup:
    return value if isinstance(value, Markup) else escape_html(stripped(value))


Marked = TypeVar("Marked", bound=str, covariant=True)


@dataclass(frozen=True)
class Notation(Generic[Marked]):
    """A kind of text: how a value gets into it, and the type that marks the result as done."""

    suffix: str
    escape: Callable[[object], str]
    mark: type[Marked]
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


class Texts(Generic[Marked]):
    """The templates of one folder in one notation, each compiled once."""

    def __init__(self, folder: Path, notation: Notation[Marked], names: Names) -> None:
        self.notation = notation
        self._folder = FileSystemLoader(folder)
        self._environment = Environment(
            loader=self._folder,
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

    def render(self, name: str, values: dict[str, Any]) -> Marked:
        """
        Return the text of `<name><suffix>`, without white space around it. `values` begin with `names`.

        `Template.render` copies every global for each call, and `Template.new_context` lists them, which is
        half of its time.
        """
        context = PlainContext(self._evaluation, values)
        return self.notation.mark("".join(self._template(name).root_render_func(context)).strip())

    def sentence(self, name: str) -> Sentence | None:
        """Return the template as one sentence in English, if it is no more than that."""
        source, *_ = self._folder.get_source(self._environment, name + self.notation.suffix)
        return only_sentence(self._environment.parse(source))

    def _load(self, name: str) -> Template:
        return self._environment.get_template(name + self.notation.suffix)

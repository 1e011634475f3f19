"""Templates that are one sentence and its values: most of them. Translated, they need no template engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes


@dataclass(frozen=True)
class Sentence:
    """A text with places for values, as `%(name)s`."""

    text: str
    names: tuple[str, ...]

    def filled(self, values: Mapping[str, Any], escape: Callable[[object], str]) -> str:
        """Return the text with its values, each escaped. Raises `KeyError` for one that is missing."""
        return self.text % {name: escape(values[name]) for name in self.names}


def only_sentence(template: nodes.Template) -> Sentence | None:
    """Return what a template says if that is one `{% trans %}` with values as they come, and nothing else."""
    said = [part for part in _outputs(template) if not _is_blank(part)]
    if len(said) != 1 or not isinstance(said[0], nodes.Call):
        return None
    call = said[0]
    if call.node != nodes.Name("gettext", "load") or any(not _is_plain(one) for one in call.kwargs):
        return None
    (message,) = call.args
    return Sentence(message.as_const(), tuple(one.key for one in call.kwargs))


def _outputs(template: nodes.Template) -> list[nodes.Node]:
    """Return what is put out, one after the other; a statement stands for itself."""
    return [
        part
        for statement in template.body
        for part in (statement.nodes if isinstance(statement, nodes.Output) else [statement])
    ]


def _is_blank(part: nodes.Node) -> bool:
    return isinstance(part, nodes.TemplateData) and not part.data.strip()


def _is_plain(keyword: nodes.Keyword) -> bool:
    """Whether a value goes in under its own name, without a function or a filter."""
    return keyword.value == nodes.Name(keyword.key, "load")

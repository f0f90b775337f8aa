"""A stored document, read and folded: what every query that finds it needs and none decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from openbureau.search.analysis import folded
from openbureau.search.documents import Section
from openbureau.search.query import exact_form


class Foldable(NamedTuple):
    """A text and its plain form."""

    text: str
    plain: str

    @classmethod
    def of(cls, text: str) -> Self:
        """A text, folded."""
        return cls(text, folded(text))


class StoredSection(NamedTuple):
    """A section of a stored document; `whole` is heading and text in one line, `rest` the text alone."""

    anchor: str
    heading: Foldable
    plain: str
    whole: str
    rest: str

    @classmethod
    def of(cls, section: Section) -> Self:
        """A section, folded."""
        return cls(
            section.anchor,
            Foldable.of(section.heading),
            folded(section.text),
            " ".join(section.whole.split()),
            " ".join(section.text.split()),
        )


@dataclass(frozen=True)
class StoredDocument:
    """A document as the index holds it; `form` is the exact form of its title."""

    key: str
    kind: str
    title: Foldable
    form: str
    answers: Sequence[Foldable]
    sections: Sequence[StoredSection]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """What Whoosh has of a document."""
        return cls(
            stored["key"],
            stored["kind"],
            Foldable.of(stored["title"]),
            exact_form(stored["title"]),
            [Foldable.of(answer) for answer in stored["answers"]],
            [StoredSection.of(Section(*section)) for section in stored["sections"]],
        )


def body_of(stored: Mapping[str, Any]) -> str:
    """The whole text of a stored document."""
    return "\n".join(Section(*section).whole for section in stored["sections"])


def length_of(stored: Mapping[str, Any]) -> int:
    """How many characters it has."""
    return len(stored["title"]) + sum(map(len, stored["answers"])) + len(body_of(stored))

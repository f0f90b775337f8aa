"""What goes into an index and what comes out of it: plain records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup

TITLE_WEIGHT = 2.5
"""What a word of a title counts by default."""

NO_WORDS = Markup()


class Section(NamedTuple):
    """A part of a document that can be linked to: the id of its heading on the page, that heading, the rest.

    The beginning, which stands before all headings, has the anchor "".
    """

    anchor: str
    heading: str
    text: str

    @property
    def whole(self) -> str:
        """All its words."""
        return f"{self.heading}\n{self.text}".strip()


@dataclass(frozen=True)
class Document:
    """What is searched.

    `body` is its text, and `sections` the same in parts that can be linked to, where it has any.
    `key` is its one name. `names` are other words that mean it (numbers, short names). Its title and what is
    in `exact` (numbers, full names) lead straight to it when typed whole. `labels` are what it can be
    filtered by. `day` is an ISO day or as much of one as is known. `weight` makes it come a little earlier
    (above 1) or later (below). `title_weight` is what a word of the title counts beside one of the body: much
    where titles say what documents are about, 1 where they only tell them apart (民法典第五条). `answers` are
    the questions that it answers, in people's own words; they count like the title and are no names.
    """

    key: str
    kind: str
    title: str
    body: str
    names: str = ""
    exact: Sequence[str] = ()
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    day: str = ""
    weight: float = 1.0
    title_weight: float = TITLE_WEIGHT
    answers: Sequence[str] = ()
    sections: Sequence[Section] = ()


@dataclass(frozen=True)
class Hit:
    """One found document, its title and best passage with the matches marked.

    `anchor` is the id on its page of the section in which the passage stands, `heading` that section's,
    marked; both are empty where its beginning or the document as a whole is meant. `answers` is the one of
    its questions that is nearest to the query, marked too; empty when it says no more of the query than the
    title does. `is_about`: the title or one of its questions says enough of the query. `is_agreed`: words and
    meaning, each by itself, choose that section.
    """

    key: str
    kind: str
    title: Markup
    passage: Markup
    answers: Markup = NO_WORDS
    anchor: str = ""
    heading: Markup = NO_WORDS
    is_agreed: bool = False
    is_about: bool = False


class SectionHit(NamedTuple):
    """A section that answers a query by words and by meaning: the key of its document and its anchor."""

    key: str
    anchor: str


@dataclass(frozen=True)
class Hits:
    """The answer to a query: one page of `hits`, and the `keys` of the best, a thousand at most.

    `whole` of the `total` hits hold the whole query, which makes them come earlier, not always first; the
    others hold parts of it. `exact` are the keys of those whose title, number or name the query is; they come
    first. `shortened`: only the first characters and words were looked for. `counts`: hits by kind, whatever
    kind was asked for; `choices` the same for every label asked about, the most frequent value first.

    The hits from place `divide` on (0 to `total`) are only partly about the query: a line stands before them.
    `is_off_topic`: by its meaning the query is one for other offices; there are no hits then.
    `meant` is what was searched in place of a query that nothing holds and that was probably mistyped.
    `excluded` are the words behind a minus: no hit holds one.
    """

    hits: Sequence[Hit]
    keys: Sequence[str]
    total: int
    whole: int
    page: int
    per_page: int
    counts: Mapping[str, int]
    shortened: bool
    exact: Sequence[str] = ()
    choices: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    divide: int = 0
    meant: str = ""
    excluded: Sequence[str] = ()
    is_off_topic: bool = False

    @property
    def section(self) -> SectionHit | None:
        """The section of the best hit, when words and meaning agree on it."""
        if self.page > 1 or not self.hits or not self.hits[0].is_agreed:
            return None
        return SectionHit(self.hits[0].key, self.hits[0].anchor)

    @property
    def is_answered(self) -> bool:
        """Whether the query is a name, or title or questions of the best hit say that it is about it."""
        return bool(self.exact) or any(hit.is_about for hit in self.hits[:1])

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True)
class Language:
    """What an index knows of words: `words` of our own that a dictionary lacks, and groups of `synonyms`;
    questions that no document answers, for they are asked `elsewhere`; and names of `places` that all
    documents are about, so that they say nothing of what is asked."""

    words: Sequence[str] = ()
    synonyms: Sequence[Sequence[str]] = ()
    elsewhere: Sequence[str] = ()
    places: Sequence[str] = ()

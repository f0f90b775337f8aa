"""Which of the questions that a document answers is the one somebody asks, and whether any is."""

from collections.abc import Iterable, Mapping, Sequence

from openbureau.search.query import Query
from openbureau.search.stored import Foldable

ENOUGH = 0.35
"""How much of what a query says a title or a question must say to be about it."""
MIN_PARTS = 2
"""How many parts of a query it must hold: with 收费 alone it is about anything."""


def telling_parts(query: Query, parts: Mapping[str, float]) -> Mapping[str, float]:
    """Those of the weighed parts of a query that were typed and tell."""
    typed = set(query.parts)
    return {part: parts[part] for part in query.telling if part in typed and part in parts}


def nearest_question(questions: Sequence[Foldable], title: Foldable, telling: Mapping[str, float]) -> str:
    """The question that says most of a query, the first of several.

    `telling` are the parts of the query, each with how much it says. Empty when no question says enough, or
    none says more of it than the title does.
    """
    best, most = "", max(_said(title.plain, telling), _enough(telling))
    for question in questions:
        said = _said(question.plain, telling)
        if said > most:
            best, most = question.text, said
    return best


def is_about(texts: Iterable[Foldable], telling: Mapping[str, float]) -> bool:
    """Whether one of the texts, a title or a question, says enough of a query."""
    enough = _enough(telling)
    return any(_said(text.plain, telling) > enough for text in texts)


def _enough(telling: Mapping[str, float]) -> float:
    return ENOUGH * sum(telling.values())


def _said(plain: str, telling: Mapping[str, float]) -> float:
    """How much of a query a folded text says; nothing when it holds too few parts of it."""
    shared = [weight for part, weight in telling.items() if part in plain]
    return sum(shared) if len(shared) >= min(MIN_PARTS, len(telling)) else 0.0

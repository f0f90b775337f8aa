"""The section of a document that answers a query best: by words, and by meaning where that is known."""

from collections.abc import Mapping, Sequence
from math import log1p

from openbureau.search.answers import is_about, nearest_question, telling_parts
from openbureau.search.documents import Hit
from openbureau.search.highlight import mark, passage
from openbureau.search.postings import QueryPostings
from openbureau.search.query import Query, exact_form
from openbureau.search.stored import StoredDocument, StoredSection
from openbureau.search.terms import term

HEADING = 0.5
"""What a word in the heading counts besides."""

NEARER = 0.05
"""The difference of two cosines that outweighs all words of a query."""

CLEARLY = 0.01
"""The difference of two cosines from which on meaning chooses without hesitation."""


def part_weights(query: Query, postings: QueryPostings, documents: int) -> dict[str, float]:
    """The parts of a query and of its synonyms that can be marked in a text, weighed by their rarity."""
    weights = {}
    for part, weight in query.weights().items():
        if len(part) > 1 or part in query.runs:
            number = len(postings[term(part)].docs)
            weights[part] = weight * log1p((documents - number + 0.5) / (number + 0.5))
    return weights


def by_words(sections: Sequence[StoredSection], parts: Mapping[str, float]) -> list[float]:
    """What each section holds of a query."""
    held = []
    for section in sections:
        heading, text = section.heading.plain, section.plain
        words = 0.0
        for part, weight in parts.items():
            if part in heading:
                words += weight * (1 + HEADING)
            elif part in text:
                words += weight
        held.append(words)
    return held


def best_section(held: Sequence[float], cosines: Sequence[float] = ()) -> int:
    """The place of the best section, the earliest of equals; `cosines` say how near each is by meaning."""
    most = max(held) or 1
    scores = [words / most for words in held]
    if cosines:
        scores = [score + cosine / NEARER for score, cosine in zip(scores, cosines, strict=True)]
    return max(range(len(scores)), key=lambda place: (scores[place], -place))


def hit_of(
    stored: StoredDocument,
    query: Query,
    parts: Mapping[str, float],
    cosines: Mapping[str, float],
    *,
    is_exact: bool,
) -> Hit:
    """A stored document as a hit, with its best section; `cosines` by anchor, where meaning is known."""
    sections = stored.sections
    # Where there is nothing to choose from, nothing is weighed.
    held = by_words(sections, parts) if len(sections) > 1 else [0.0]
    near = [cosines.get(section.anchor, -1) for section in sections] if len(cosines) > 1 else []
    if near:
        # Under the anchor of the beginning lie the title and what the document answers: of all its sections.
        near[0] = min(near[0], max(near[1:], default=-1))
    best = sections[best_section(held, near)]
    # Who names a document wants to begin at its beginning.
    is_named = is_exact or exact_form(query.text) in stored.form
    anchor = "" if is_named else best.anchor
    telling = telling_parts(query, parts)
    question = nearest_question(stored.answers, stored.title, telling)
    return Hit(
        key=stored.key,
        kind=stored.kind,
        title=mark(stored.title.text, query.marked),
        passage=passage(best.rest if anchor else best.whole, query.marked),
        anchor=anchor,
        answers=mark(question, query.marked),
        is_about=is_about([stored.title, *stored.answers], telling),
        heading=mark(best.heading.text if anchor else "", query.marked),
        is_agreed=bool(anchor and near) and _agree(held, near),
    )


def _agree(held: Sequence[float], near: Sequence[float]) -> bool:
    """Whether words and meaning, each by itself, choose the same section, and meaning without hesitation."""
    first, *others = sorted(near[1:], reverse=True)
    second = others[0] if others else -1.0
    return best_section(held) == near.index(first, 1) and first - second >= CLEARLY

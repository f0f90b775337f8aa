"""Which of the questions that a document answers is the one somebody asks."""

from collections.abc import Mapping, Sequence

from openbureau.search.analysis import folded

ENOUGH = 0.35
"""How much of what a query says a question must say to be shown for it."""
MIN_PARTS = 2
"""How many parts of a query it must hold: with 收费 alone it is about anything."""


def nearest_question(questions: Sequence[str], title: str, telling: Mapping[str, float]) -> str:
    """The question that says most of a query, the first of several.

    `telling` are the parts of the query, each with how much it says. Empty when no question says enough, or
    none says more of it than the title does.
    """
    best, most = "", max(_said(title, telling), ENOUGH * sum(telling.values()))
    for question in questions:
        said = _said(question, telling)
        if said > most:
            best, most = question, said
    return best


def _said(text: str, telling: Mapping[str, float]) -> float:
    """How much of a query a text says; nothing when it holds too few parts of it."""
    plain = folded(text)
    shared = [weight for part, weight in telling.items() if part in plain]
    return sum(shared) if len(shared) >= MIN_PARTS else 0.0

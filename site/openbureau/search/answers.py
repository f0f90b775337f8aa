"""Which of the questions that a document answers is the one somebody asks."""

from collections.abc import Mapping, Sequence

from openbureau.search.analysis import folded

ENOUGH = 0.4
"""How much of what a query says a question must say to be shown for it."""


def nearest_question(questions: Sequence[str], title: str, telling: Mapping[str, float]) -> str:
    """The question that says most of a query, whose parts are `telling`, each with how much it says; the first
    of several. Empty when none says enough, or none says more of it than the title does.
    """
    scores = {question: _share(question, telling) for question in questions}
    best = max(scores, key=scores.__getitem__, default="")
    return best if best and scores[best] >= ENOUGH and scores[best] > _share(title, telling) else ""


def _share(text: str, telling: Mapping[str, float]) -> float:
    """How much of a query a text says; all is 1."""
    plain = folded(text)
    part = sum(weight for words, weight in telling.items() if words in plain)
    return part / (sum(telling.values()) or 1)

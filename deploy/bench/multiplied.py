"""Collections as large as wanted, made of real ones, and queries of words that stand in them."""

import random
from collections.abc import Sequence
from dataclasses import replace

from rjieba import Jieba

from openbureau.search import Document
from openbureau.search.analysis import is_chinese, runs


def multiplied(real: Sequence[Document], size: int) -> list[Document]:
    """So many documents: the first of the real ones, or these again under other names."""
    return [
        replace(real[number % len(real)], key=f"{real[number % len(real)].key}/{number // len(real)}")
        for number in range(size)
    ]


def word_queries(documents: Sequence[Document]) -> dict[str, list[str]]:
    """Queries of one, two and three words that stand in one document; always the same ones."""
    chance = random.Random(1)  # noqa: S311
    jieba = Jieba()
    queries: dict[str, list[str]] = {"1 word": [], "2 words": [], "3 words": []}
    while len(queries["3 words"]) < 200:
        text = chance.choice(documents).body
        words = [word for run in runs(text) if is_chinese(run) for word in jieba.cut(run) if len(word) > 1]
        if len(set(words)) >= 6:
            picked = chance.sample(sorted(set(words)), 6)
            queries["1 word"].append(picked[0])
            queries["2 words"].append(" ".join(picked[1:3]))
            queries["3 words"].append(" ".join(picked[3:]))
    return queries

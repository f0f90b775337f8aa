"""A query: bounded, without operators but quotation marks and minus, in all forms that mean the same."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from openbureau.chinese.cantonese import in_mandarin
from openbureau.chinese.pinyin import joined_pinyin
from openbureau.chinese.quantities import Quantity, quantities
from openbureau.search.analysis import WordSegmenter, bigrams, folded, is_chinese, runs, segmenter_with
from openbureau.search.documents import Language

MAX_CHARACTERS = 64
MAX_RUNS = 16
"""Bounds of one query: user text never reaches a query parser, and never runs for long."""

MAX_FORMS = 8
"""In how many ways at most a word with synonyms is looked for."""

SYNONYM = 0.35
"""What a synonym weighs beside the word that was typed."""

QUANTITY = 1.5
"""What a quantity weighs beside the characters it is spelt with. Tuned on one collection of `make
bench-search`; the other asks for none."""

_EXCLUDED = re.compile(r"(?<!\S)[-－–−](?=[^\W\d_])(\S+)")
"""A minus behind white space and before a word: 2024-09, codes and dashes in sentences are none of it."""

_QUOTED = re.compile('[“"「『]([^“”"「」『』]+)[”"」』]')


@dataclass(frozen=True)
class Query:
    """What somebody typed, and what the index knows of words."""

    typed: str
    language: Language

    @property
    def _bounded(self) -> str:
        return self.typed.strip()[:MAX_CHARACTERS]

    @cached_property
    def text(self) -> str:
        """What of it is looked for; pinyin typed with blanks or tones in one run, Cantonese in Mandarin."""
        text = _EXCLUDED.sub("", self._bounded).strip()
        return joined_pinyin(text) or in_mandarin(text)

    @cached_property
    def asked_about(self) -> str:
        """The text without the places that all documents are about; as it stands if it tells no more."""
        text = folded(self.text)
        for place in self.language.places:
            text = text.replace(place, "")
        return text if any(self._telling(run) for run in runs(text)) else self.text

    def is_place(self, part: str) -> bool:
        """Whether a part of the query belongs to the name of such a place."""
        return any(part in place for place in self.language.places)

    @cached_property
    def excluded(self) -> list[str]:
        """What must not stand in a document, folded: words behind a minus."""
        return [word for typed in _EXCLUDED.findall(self._bounded) if (word := exact_form(typed))]

    @cached_property
    def runs(self) -> list[str]:
        """Its words, as far as spaces and marks part them; those that stand in “ ” whole."""
        return list(dict.fromkeys(runs(self.text)))[:MAX_RUNS]

    @cached_property
    def phrases(self) -> list[str]:
        """What stands in “ ”, folded: it must stand so in the document."""
        return [phrase for quoted in _QUOTED.findall(self.text) if (phrase := number_form(quoted))]

    @cached_property
    def quantities(self) -> list[Quantity]:
        """The quantities in it, which a text may spell otherwise."""
        return list(quantities(folded(self.text)))

    @property
    def asked(self) -> list[str]:
        """What these ask for."""
        return [token for quantity in self.quantities for token in quantity.asks]

    @cached_property
    def counted(self) -> list[str]:
        """The runs of which quantities are spelt."""
        text = folded(self.text)
        return [run for start, end, _, _ in self.quantities for run in runs(text[start:end])]

    @property
    def is_shortened(self) -> bool:
        """Whether not all of it is looked for."""
        return len(self.typed.strip()) > MAX_CHARACTERS or len(set(runs(self.text))) > MAX_RUNS

    @cached_property
    def parts(self) -> list[str]:
        """What a document may hold of it: pairs of neighbours, and runs that have none."""
        return _parts(self.runs)

    @cached_property
    def telling_runs(self) -> list[str]:
        """What a document must hold to hold the query: its runs without the words by which people ask.

        Of a query that consists of nothing else, all of it.
        """
        groups = [part for run in self.runs for part in self._telling(run)]
        return list(dict.fromkeys(groups)) or self.runs

    def _telling(self, run: str) -> list[str]:
        """The parts of a run that tell; one that stands in “ ” is one."""
        return [run] if run in self.phrases or not is_chinese(run) else self.segmenter.telling(run)

    @cached_property
    def telling(self) -> list[str]:
        """What a document must hold some of to be near: pairs of neighbours that tell, those of synonyms too,
        runs without pairs, and quantities; single characters where there is nothing else.
        """
        others = [other for run in self.runs for _, other in self._synonyms_in(run)]
        parts = _parts([*self.telling_runs, *others, *self.asked])
        return [part for part in parts if not is_chinese(part) or len(part) > 1] or parts

    @cached_property
    def segmenter(self) -> WordSegmenter:
        """What cuts it into words, among them those that have synonyms."""
        return segmenter_with(
            (*self.language.words, *(word for group in self.language.synonyms for word in group))
        )

    @cached_property
    def marked(self) -> str:
        """The words to mark in what is found: those typed, and their synonyms."""
        return " ".join([self.text, *(other for run in self.runs for _, other in self._synonyms_in(run))])

    def forms(self, run: str) -> list[str]:
        """The run, and with each of its words replaced by a synonym."""
        others = (run.replace(word, other) for word, other in self._synonyms_in(run))
        return list(dict.fromkeys([run, *others]))[:MAX_FORMS]

    def weights(self) -> Mapping[str, float]:
        """What each character, pair and run weighs, synonyms and quantities included."""
        words = self.segmenter
        weights = words.weigh(self.runs)
        others = [other for run in self.runs for _, other in self._synonyms_in(run)]
        for token, weight in words.weigh(dict.fromkeys(others)).items():
            weights.setdefault(token, SYNONYM * weight)
        weights.update(dict.fromkeys(self.asked, QUANTITY))
        return weights

    def _synonyms_in(self, run: str) -> Iterator[tuple[str, str]]:
        for group in self.language.synonyms:
            for word in group:
                if word in run:
                    yield from ((word, other) for other in group if other not in run)


def _parts(runs: Iterable[str]) -> list[str]:
    """The pairs of neighbours of runs, and the runs that have none, each once."""
    parts = (bigrams(run) if is_chinese(run) and len(run) > 1 else [run] for run in runs)
    return list(dict.fromkeys(part for group in parts for part in group))


def exact_form(text: str) -> str:
    """A title, number or name without what people type differently: spaces, brackets, width, script."""
    return "".join(runs(text))


def number_form(text: str) -> str:
    """The same with its quantities spelt in one way."""
    plain = folded(text)
    parts: list[str] = []
    end = 0
    for quantity in quantities(plain):
        parts += [plain[end : quantity.start], *quantity.asks]
        end = quantity.end
    return exact_form("".join([*parts, plain[end:]]))


def folded_language(language: Language) -> Language:
    """What an index knows of words, folded as queries are; raises ValueError for a group of one word."""
    for group in language.synonyms:
        if len(set(group)) < 2:
            raise ValueError(f"{' '.join(group)}: a synonym needs another word beside it")
    return Language(
        tuple(folded(word) for word in language.words),
        tuple(tuple(exact_form(word) for word in group) for group in language.synonyms),
        language.elsewhere,
        tuple(sorted(map(folded, language.places), key=lambda name: (-len(name), name))),
    )

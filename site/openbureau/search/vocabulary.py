"""The words of an index's titles, for suggestions and spelling correction."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from openbureau.chinese.pinyin import beginnings, heard, initials, sound
from openbureau.search.analysis import ASKING_WORDS, EMPTY_WORDS, is_chinese, runs, segmenter_with
from openbureau.search.documents import Language

MAX_CORRECTED = 5
"""Characters of the longest piece of a query that is taken for one mistyped word."""

MIN_SHAPED = 3
"""A word of at least so many characters is recognised when one of them is wrong, however it sounds."""


MAX_SPELT = 24
"""Letters of the longest word that is looked for in a sentence of pinyin."""

READ = 0.5
"""The share of the letters of such a sentence that must belong to words, for the others to be left out."""


@dataclass(frozen=True)
class Vocabulary:
    """Words with the number of titles they stand in; 0 for those that only the language of the index has."""

    counts: Mapping[str, int]

    @classmethod
    def of(cls, titles: Iterable[str], language: Language) -> Self:
        """The words of titles, and those of the language."""
        own = [*language.words, *(word for group in language.synonyms for word in group)]
        return cls({**dict.fromkeys(own, 0), **_counted(titles, language)})

    def changed(self, gone: Iterable[str], more: Iterable[str], language: Language) -> "Vocabulary":
        """The same without the titles `gone` and with `more`."""
        counts = Counter(self.counts)
        counts.update(_counted(more, language))
        counts.subtract(_counted(gone, language))
        own = {*language.words, *(word for group in language.synonyms for word in group)}
        return Vocabulary({word: number for word, number in counts.items() if number or word in own})

    def beginning(self, prefix: str, limit: int) -> list[str]:
        """The most frequent words that begin so, or whose pinyin or initials do."""
        if not prefix:
            return []
        if is_chinese(prefix):
            matches = [word for word in self.counts if word.startswith(prefix) and word != prefix]
        else:
            readings = [(self._spelt, prefix), (self._heard, heard(prefix))]
            matches = [
                word
                for by_form, start in readings
                for form, words in by_form.items()
                if form.startswith(start)
                for word in words
            ]
        return sorted(dict.fromkeys(matches), key=lambda word: (-self.counts[word], word))[:limit]

    def correct(self, run: str, is_known: Callable[[str], bool], cut: Callable[[str], Sequence[str]]) -> str:
        """What was probably meant by a run of a query, or the run itself.

        `is_known` tells whether two neighbouring characters, or a run of letters, stand in any document;
        `cut` gives the words of a run.
        """
        if not is_chinese(run):
            if is_known(run):
                return run
            words = [*self._heard[heard(run)], *self._spelt[run]]
            return self._best(run, words) if words else self._read(run)
        at = 0
        while at < len(run) - 1:
            if is_known(run[at : at + 2]):
                at += 1
                continue
            run = self._corrected(run, at, cut)
            at += 2
        return run

    def _corrected(self, run: str, at: int, cut: Callable[[str], Sequence[str]]) -> str:
        """The run with the longest piece around the unknown pair at `at` replaced by a word.

        Any two words of a sentence may meet in a pair that no document has, and sound like another word: a
        piece of a run is mistyped only among words of titles, and otherwise the run is right.
        """
        for length in range(min(MAX_CORRECTED, len(run)), 1, -1):
            for start in range(max(0, at + 2 - length), min(at, len(run) - length) + 1):
                piece = run[start : start + length]
                others = (*cut(run[:start]), *cut(run[start + length :]))
                if not all(word in self.counts for word in others):
                    continue
                candidates = [word for word in self._heard[sound(piece)] if len(word) == length]
                is_alone = length == len(run) and self.counts.keys().isdisjoint(cut(run))
                if length >= MIN_SHAPED and is_alone and not candidates:
                    candidates = [word for gap in _gaps(piece) for word in self._shaped[gap]]
                word = self._best(piece, candidates)
                if word != piece:
                    return run[:start] + word + run[start + length :]
        return run

    def _read(self, run: str) -> str:
        """What a sentence of pinyin says, without the syllables that belong to no known word; or the run.

        Of all ways to read it the one that leaves out fewest letters, and of these the one of fewest words.
        """
        # The best way up to each place: letters read, number of pieces below 0, the pieces; a gap is a blank.
        ways: dict[int, tuple[int, int, tuple[str, ...]]] = {0: (0, 0, ())}
        for end in range(1, len(run) + 1):
            likely = [
                (read + end - start, fewer - 1, (*pieces, self._best("", words)))
                for start in range(max(0, end - MAX_SPELT), end)
                if start in ways and (words := self._said.get(heard(run[start:end])))
                for read, fewer, pieces in [ways[start]]
            ]
            for start in beginnings(run, end):
                if start in ways:
                    read, fewer, pieces = ways[start]
                    likely.append((read, fewer - 1, (*pieces, " ")))
            if likely:
                ways[end] = max(likely)
        read, _, pieces = ways.get(len(run), (0, 0, ()))
        is_telling = any(piece != " " and piece not in ASKING_WORDS for piece in pieces)
        return " ".join("".join(pieces).split()) if is_telling and read >= READ * len(run) else run

    def _best(self, typed: str, candidates: Iterable[str]) -> str:
        others = [word for word in candidates if word != typed]
        return max(others, key=lambda word: (self.counts.get(word, 0), word), default=typed)

    @cached_property
    def _heard(self) -> Mapping[str, list[str]]:
        return _by(self.counts, lambda word: [sound(word)])

    @cached_property
    def _said(self) -> Mapping[str, list[str]]:
        """Words of more than one character, and those by which people ask, as they are heard."""
        words = (word for word in {**dict.fromkeys(ASKING_WORDS, 0), **self.counts} if len(word) > 1)
        return _by(words, lambda word: [sound(word)])

    @cached_property
    def _spelt(self) -> Mapping[str, list[str]]:
        return _by(self.counts, lambda word: [initials(word)])

    @cached_property
    def _shaped(self) -> Mapping[str, list[str]]:
        return _by((word for word in self.counts if MIN_SHAPED <= len(word) <= MAX_CORRECTED), _gaps)


def _counted(titles: Iterable[str], language: Language) -> Counter[str]:
    words = segmenter_with(tuple(language.words))
    counts: Counter[str] = Counter()
    for title in titles:
        cut = {word for run in runs(title) if is_chinese(run) for word in words.cut(run)}
        counts.update(word for word in cut if len(word) > 1 and word not in EMPTY_WORDS)
    return counts


def _by(words: Iterable[str], forms: Callable[[str], list[str]]) -> Mapping[str, list[str]]:
    by_form: defaultdict[str, list[str]] = defaultdict(list)
    for word in words:
        for form in forms(word):
            by_form[form].append(word)
    return by_form


def _gaps(word: str) -> list[str]:
    """The word with each of its characters left open."""
    return [f"{word[:at]}?{word[at + 1 :]}" for at in range(len(word))]

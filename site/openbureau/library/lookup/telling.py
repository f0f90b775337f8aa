"""What is telling in the names of a list: its brands, apart from subjects and from words most names have."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from openbureau.library.lookup.subjects import SUBJECT_OF, TAUGHT_AT, WIDE

MIN_NAMES = 20
"""Of fewer names nothing is learned: what half of them have may be chance."""

MIN_BRANDS = 3
"""Brands that must stand before a word at the end of names for it to be a subject."""

_MIN_SHARE = 0.5
_LENGTHS = range(2, 5)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is telling in a name: its brand, and the subjects that it names."""

    brand: str
    subjects: frozenset[str]


class ListWords:
    """Learned from the `cores` of all names: what is left of them without places and kinds."""

    def __init__(self, cores: Sequence[str]) -> None:
        self._common: tuple[str, ...] = ()
        self._subjects: frozenset[str] = frozenset((*SUBJECT_OF, *WIDE))
        if len(cores) >= MIN_NAMES:
            self._common = _common(cores)
            ends: Counter[str] = Counter(
                core[-length:]
                for core in set(map(self.reduced, cores))
                for length in _LENGTHS
                if len(core) >= length + 2
            )
            # 星舞蹈 ends the names of three brands, and 舞蹈 those of all of them; 拳道 is the end of a word.
            learned = {
                word
                for word, brands in ends.items()
                if brands >= max(MIN_BRANDS, _MIN_SHARE * ends[word[1:]])
            }
            self._subjects |= learned - {
                word[at:] for word in self._subjects | learned for at in range(1, len(word) - 1)
            }

    @property
    def common(self) -> tuple[str, ...]:
        """The words that most of the names have, the longest first."""
        return self._common

    @property
    def subjects(self) -> frozenset[str]:
        """The words that say what is taught."""
        return self._subjects

    def reduced(self, plain: str) -> str:
        """The text without the words that most names have, unless it is nothing else."""
        bare = plain
        for word in self._common:
            bare = bare.replace(word, "")
        return bare or plain

    def telling(self, core: str, kinds: Iterable[str] = ()) -> Telling:
        """Take a core apart; `kinds` are the words of its kind that were taken off it."""
        core = self.reduced(core)
        subjects = {TAUGHT_AT[kind] for kind in kinds if kind in TAUGHT_AT}
        brand = core
        while word := next(self._ends(brand), ""):
            subjects.add(subject_of(word))
            brand = brand.removesuffix(word)
        return Telling(brand, frozenset(subjects))

    def _ends(self, text: str) -> Iterator[str]:
        """The words of a subject with which a text ends, the longest first."""
        return (text[-length:] for length in (6, 5, 4, 3, 2) if text[-length:] in self._subjects)


def subject_of(word: str) -> str:
    """The name of the subject that a word says."""
    return SUBJECT_OF[word][0] if word in SUBJECT_OF else word


def _common(cores: Iterable[str]) -> tuple[str, ...]:
    cores = list(cores)
    names: Counter[str] = Counter()
    for core in cores:
        names.update({core[at : at + n] for n in _LENGTHS for at in range(len(core) - n + 1)})
    enough = [word for word, count in names.items() if count >= _MIN_SHARE * len(cores)]
    return tuple(sorted(enough, key=lambda word: (-len(word), word)))

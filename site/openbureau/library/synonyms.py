"""What a bureau tells its search, in `content/search/`: synonyms, words of its own, what others are asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from openbureau.library.problems import Problem

FOLDER = "search"
SYNONYMS = "synonyms.txt"
WORDS = "words.txt"
ELSEWHERE = "elsewhere.txt"
FILES = (Path(FOLDER) / SYNONYMS, Path(FOLDER) / WORDS, Path(FOLDER) / ELSEWHERE)


@dataclass(frozen=True)
class SearchLanguage:
    """`words` of our own, groups of `synonyms`, and questions that people ask other offices (`elsewhere`)."""

    words: list[str] = field(default_factory=list)
    synonyms: list[list[str]] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def read_search_language(content: Path) -> tuple[SearchLanguage, list[Problem]]:
    """What the files say and what is wrong with them; none of them has to be there."""
    problems: list[Problem] = []
    words: list[str] = []
    for number, line in _lines(content, WORDS, problems):
        if len(line.split()) == 1:
            words.append(line)
        else:
            what, mend = "there are two words on this line", "put each word on a line of its own"
            problems.append(Problem(f"{FOLDER}/{WORDS}", str(number), what, mend))
    groups: list[list[str]] = []
    seen: dict[str, int] = {}
    for number, line in _lines(content, SYNONYMS, problems):
        group = list(dict.fromkeys(line.split()))
        place = f"{FOLDER}/{SYNONYMS}"
        if len(group) < 2:
            what, mend = f"{line} has no synonym beside it", "add one, parted by a space, or remove the line"
            problems.append(Problem(place, str(number), what, mend))
        for word in group:
            if word in seen:
                what = f"{word} already stands on line {seen[word]}"
                problems.append(
                    Problem(place, str(number), what, "join the two groups or drop the word here")
                )
            seen[word] = number
        groups.append(group)
    elsewhere = [line for _, line in _lines(content, ELSEWHERE, problems)]
    return SearchLanguage(words, groups, elsewhere), problems


def _lines(content: Path, name: str, problems: list[Problem]) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    path = content / FOLDER / name
    if not path.exists():
        return
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(f"{FOLDER}/{name}", "", "this is no UTF-8 text", "save the file as UTF-8"))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.partition("#")[0].strip()
        if entry:
            yield number, entry

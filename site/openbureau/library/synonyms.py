"""The words that a bureau tells its search: synonyms and words of its own, in `content/search/`."""

from collections.abc import Iterator
from pathlib import Path

from openbureau.library.problems import Problem

FOLDER = "search"
SYNONYMS = "synonyms.txt"
WORDS = "words.txt"
FILES = (Path(FOLDER) / SYNONYMS, Path(FOLDER) / WORDS)


def read_search_language(content: Path) -> tuple[list[str], list[list[str]], list[Problem]]:
    """Words of our own, groups of synonyms, and what is wrong with the files; neither has to be there."""
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
    return words, groups, problems


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

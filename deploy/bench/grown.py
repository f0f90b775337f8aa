"""Content as large as wanted: the documents of `content/` again under other names, and a list as long."""

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from servers import ROOT
from whitelist import AS_OF, COUNTIES, HEADER, institution

CONTENT = ROOT / "content"

FREE = 1_000
"""A serial of an index number from which on nothing shipped has one."""


def shipped() -> int:
    """How many documents the project ships."""
    return len(_originals())


def grown(folder: Path, times: int, institutions: int = 0) -> int:
    """Write `content/` into `folder` with every document `times` over; answers how many documents there are.

    The copies refer to each other as the originals do, and have numbers of their own. With `institutions`
    one list of so many takes the place of the editions there are.
    """
    # What a demonstration invents would make a second list out of the one that is measured.
    shutil.copytree(CONTENT, folder, ignore=shutil.ignore_patterns("demonstration"))
    texts = {path.relative_to(CONTENT): path.read_text(encoding="utf-8") for path in _originals()}
    for turn in range(1, times):
        for serial, (name, text) in enumerate(_copies(texts, turn), FREE + turn * len(texts)):
            numbered = re.sub("(?m)^index_no: .*", f"index_no: 2026-{serial:05}", text, count=1)
            (folder / name).write_text(numbered, encoding="utf-8")
    if institutions:
        shutil.rmtree(folder / "whitelist")
        (folder / "whitelist").mkdir()
        _write_list(folder / "whitelist" / f"{AS_OF}.csv", institutions)
    return times * len(texts)


def _originals() -> list[Path]:
    return sorted(CONTENT.glob("*/*.md"))


def _copies(texts: dict[Path, str], turn: int) -> Iterator[tuple[Path, str]]:
    slugs = "|".join(re.escape(name.stem) for name in texts)
    numbers = {match[1] for text in texts.values() if (match := re.search("(?m)^doc_no: (.+)$", text))}
    # Of two numbers the longer one first: one may end as another does.
    pattern = "|".join(sorted(map(re.escape, numbers), key=len, reverse=True))
    organ = str(turn).translate(str.maketrans("0123456789", "零一二三四五六七八九"))
    for name, text in texts.items():
        renamed = re.sub(rf"(?<![\w-])({slugs})(?![\w-])", rf"\1-{turn}", text)
        yield name.with_stem(f"{name.stem}-{turn}"), re.sub(f"({pattern})", rf"{organ}\1", renamed)


def _write_list(path: Path, institutions: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(institutions):
            writer.writerow(institution(*COUNTIES[number % len(COUNTIES)], number))

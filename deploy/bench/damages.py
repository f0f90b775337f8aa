"""What becomes of good files that are damaged a little, at random: read right, told, or changed in silence.

Takes lists (the workbooks, Word files and PDFs of the tests) and documents (the shipped content), damages one
of them by a byte, a part, a cell or a sign, reads it, and compares with what the good file says:

    right     the same institutions, or exactly less by the cell that was emptied; the same words on the page
    told      something else, and a problem says so; or refused
    silent    something else, and nobody is told
    failed    a traceback

Usage: deploy/bench.sh damages [--count N] [--seed N]

Prints the outcomes for each kind of damage, and each that was silent or failed so that it can be made again.
"""

import argparse
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import lxml.html
from damage_kinds import BYTES, CELLS, TEXTS, ListDamage, TextDamage, Unfit, empty_a_cell

from openbureau.config import ROOT
from openbureau.library.content import read_library
from openbureau.library.whitelist.rows import Reading, WhitelistRow
from openbureau.library.whitelist.workbook_parser import read_whitelist
from support.site import CONTENT
from support.workbook_makers import COUNTIES

AS_OF = date(2024, 12, 31)
LISTS = ROOT / "tests" / "field"


class Outcome(NamedTuple):
    word: str
    details: str = ""


def reading_of(data: bytes, name: str) -> Reading:
    """What the bytes say as a list with this file name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return read_whitelist(path, as_of=AS_OF, counties=COUNTIES)


@cache
def good_lists() -> tuple[Path, ...]:
    """The lists of the tests that are read without a stop, the larger ones left out."""
    paths = [
        path for path in sorted(LISTS.rglob("*")) if path.suffix in (".xlsx", ".xls", ".ods", ".docx", ".pdf")
    ]
    small = [path for path in paths if path.stat().st_size < 100_000 and path.parent.name[0] in "wl"]
    return tuple(path for path in small if good_reading(path).rows)


@cache
def good_reading(path: Path) -> Reading:
    return reading_of(path.read_bytes(), path.name)


def gist(row: WhitelistRow) -> tuple[str | None, ...]:
    """What must not change of an institution."""
    values = (row.name, row.uscc, row.permit_no, row.county_code, row.valid_from, row.valid_to, row.status)
    return tuple(re.sub(r"\s", "", value) if value else None for value in values)


def list_outcome(path: Path, damage: ListDamage, chance: random.Random) -> Outcome:
    """Damage a list and compare its institutions with those of the good one."""
    damaged = damage(path.read_bytes(), chance)
    good, now = good_reading(path), reading_of(damaged, path.name)
    before, after = [gist(row) for row in good.rows], [gist(row) for row in now.rows]
    if Counter(before) == Counter(after) or (damage is empty_a_cell and _one_less(before, after)):
        return Outcome("right")
    known = {(problem.kind, problem.sheet, problem.message) for problem in good.problems}
    new = [problem for problem in now.problems if (problem.kind, problem.sheet, problem.message) not in known]
    if new or len(now.not_rows) > len(good.not_rows):
        return Outcome("told")
    return Outcome("silent", f"{len(before)} rows, now {len(after)}: {set(before) ^ set(after)}")


def _one_less(before: list[tuple[str | None, ...]], after: list[tuple[str | None, ...]]) -> bool:
    """Whether one row lacks one value, and nothing else is different."""
    if len(before) != len(after):
        return False
    changes = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    return len(changes) == 1 and all(b in (a, None, "") for a, b in zip(*changes[0], strict=True))


SHARE_OF_LISTS = 0.6
PAGE = "notices/summer.md"
"""The document in whose place the damaged ones are read."""


@cache
def good_documents() -> tuple[Path, ...]:
    """The documents shipped and those of the tests that no problem stops in another's place."""
    paths = [path for folder in (ROOT / "content", CONTENT) for path in sorted(folder.rglob("*.md"))]
    return tuple(path for path in paths if body_of(path).strip() and page_of(body_of(path))[0] is not None)


def body_of(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("\n---\n", 1)[-1]


@cache
def page_of(body: str) -> tuple[str | None, frozenset[str]]:
    """The words of the page that a text becomes, None if it is refused, and what its problems say."""
    with tempfile.TemporaryDirectory() as folder:
        content = Path(shutil.copytree(CONTENT, Path(folder) / "content"))
        page = content / PAGE
        head = page.read_text(encoding="utf-8").split("\n---\n", 1)[0]
        page.write_text(f"{head}\n---\n{body}", encoding="utf-8")
        library = read_library(content)
    problems = [problem for problem in library.problems if problem.file == PAGE]
    record = next((each for each in library.records if getattr(each, "slug", "") == "summer"), None)
    says = frozenset(f"{problem.place} {problem.what}" for problem in problems)
    if record is None or any(problem.stops for problem in problems):
        return None, says
    return str(lxml.html.fromstring(f"<div>{record.html}</div>").text_content()), says


def chinese_of(text: str) -> Counter[str]:
    return Counter(re.findall("[\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]", text.replace("\u3000", "")))


def document_outcome(path: Path, damage: TextDamage, chance: random.Random) -> Outcome:
    """Damage a document and compare the page with what now stands in the file, character by character."""
    damaged = damage(body_of(path), chance)
    page, problems = page_of(damaged)
    if page is None:
        return Outcome("told")
    wanted, shown = chinese_of(damaged), chinese_of(page)
    if wanted == shown:
        return Outcome("right")
    if problems - page_of(body_of(path))[1]:
        return Outcome("told")
    return Outcome(
        "silent",
        f"lost {''.join((wanted - shown).elements())[:80]}, more {''.join((shown - wanted).elements())[:80]}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for number, (name, details, outcome) in enumerate(trials(options.count, options.seed)):
        outcomes[name][outcome.word] += 1
        if outcome.word in ("silent", "failed"):
            print(f"{number}: {name}, {details}: {outcome.word} {outcome.details}", flush=True)
    total: Counter[str] = Counter()
    for name, words in sorted(outcomes.items()):
        total += words
        print(
            f"{name:32}"
            + "".join(f"{word:>8} {words[word]:4}" for word in ("right", "told", "silent", "failed"))
        )
    print(
        f"{'together':32}"
        + "".join(f"{word:>8} {total[word]:4}" for word in ("right", "told", "silent", "failed"))
    )
    sys.exit(1 if total["silent"] or total["failed"] else 0)


def trials(count: int, seed: int) -> Iterator[tuple[str, str, Outcome]]:
    """So many damages, each with the name of its kind, its file and what became of it."""
    lists, documents = good_lists(), good_documents()
    done = 0
    attempt = 0
    while done < count:
        attempt += 1
        chance = random.Random(f"{seed} {attempt}")  # noqa: S311
        is_list = chance.random() < SHARE_OF_LISTS
        list_damage, text_damage = chance.choice(BYTES + CELLS), chance.choice(TEXTS)
        path = chance.choice(lists if is_list else documents)
        try:
            if is_list:
                outcome = list_outcome(path, list_damage, chance)
            else:
                outcome = document_outcome(path, text_damage, chance)
        except Unfit:
            continue
        except Exception as error:
            outcome = Outcome("failed", repr(error))
        done += 1
        damage = list_damage if is_list else text_damage
        yield damage.__name__.replace("_", " "), path.relative_to(ROOT).as_posix(), outcome


if __name__ == "__main__":
    main()

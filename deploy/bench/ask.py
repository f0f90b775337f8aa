"""Labelled questions asked of a running site: how well it answers, by kind of question and over all sets.

    deploy/bench.sh ask http://127.0.0.1:8000 questions.jsonl names.jsonl … [--page] [--failures]

Asks the API, or with --page the pages themselves, read by their marks. The sets are files of JSON lines as
tests/support/labelled_questions.py says; they are no part of the product.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import median
from urllib.error import HTTPError
from urllib.request import urlopen

from support.labelled_questions import (
    Asked,
    Figures,
    asked_by_program,
    asked_by_visitor,
    means,
    measured,
    read_questions,
)

WAITS_SECONDS = (0.5, 1, 2, 4)
"""Pauses before a question that the site was too busy for is asked again."""


def main() -> None:
    """Ask, print and write; see --help."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", help="the address of the front page")
    parser.add_argument("sets", nargs="+", type=Path, help="files of labelled questions")
    parser.add_argument("--page", action="store_true", help="read the pages instead of the API")
    parser.add_argument("--failures", action="store_true", help="print what was not answered well")
    parser.add_argument("--json", type=Path, help="write the figures and every answer to this file, too")
    options = parser.parse_args()
    ask = asked_by_visitor if options.page else asked_by_program
    base = options.site.rstrip("/")
    times: list[float] = []

    def get(address: str) -> str:
        began = time.perf_counter()
        body = _body(f"{base}{address}")
        times.append((time.perf_counter() - began) * 1000)
        return body

    answers = {
        path.stem: [Asked(question, ask(get, question)) for question in read_questions(path)]
        for path in options.sets
    }
    figures = {name: measured(asked) for name, asked in answers.items()}
    for name, by_kind in figures.items():
        print(f"\n{name}")
        _print(by_kind)
        if options.failures:
            for asked in answers[name]:
                _print_failure(asked)
    if len(figures) > 1:
        print("\nmeans of the sets")
        _print({"all": means(list(figures.values()))})
    print(f"\nan answer: median {median(times):.0f} ms, slowest {max(times):.0f} ms")
    if options.json:
        shown = {
            name: [
                {**asked.question, "shown": asked.answer.records, "near": asked.answer.near} for asked in all_
            ]
            for name, all_ in answers.items()
        }
        document = {"figures": figures, "answers": shown}
        options.json.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def _body(address: str) -> str:
    for wait in WAITS_SECONDS:
        try:
            return _read(address)
        except HTTPError as error:
            if error.code not in (429, 503):
                raise
            time.sleep(wait)
    return _read(address)


def _read(address: str) -> str:
    with urlopen(address, timeout=60) as answer:  # noqa: S310 -- the address is an argument of this program
        return str(answer.read().decode())


def _print(by_kind: dict[str, Figures]) -> None:
    names = list(by_kind["all"])
    print(f"{'kind':<14}" + "".join(f"{name:>{max(8, len(name) + 2)}}" for name in names))
    for kind, figures in by_kind.items():
        cells = (_cell(figures.get(name)).rjust(max(8, len(name) + 2)) for name in names)
        print(f"{kind:<14}{''.join(cells)}")


def _cell(figure: float | None) -> str:
    if figure is None:
        return "-"
    return str(figure) if isinstance(figure, int) else f"{figure:.3f}"


def _print_failure(asked: Asked) -> None:
    """One that is not answered fully in the first three, an institution that is not first, a false one."""
    question, answer = asked.question, asked.answer
    if "on_list" in question:
        is_well = asked.place() == 1 if question["on_list"] else not answer.records
    elif question.get("off_topic"):
        is_well = answer.refused or not answer.records
    else:
        is_well = 0 < asked.place(2) <= 3
    if not is_well:
        print(
            f"  {question['qid']} {question['text']} | wanted {[*question['rel']]} | {[*answer.records][:3]}"
        )


if __name__ == "__main__":
    main()

"""Labelled questions asked of a site, and how well it answers them; `deploy/bench.sh ask` prints the figures.

A set is a file of JSON lines with `qid`, `kind` and `text`. A question of the search has `rel` (record to
grade: 2 answers fully, 1 in part) and perhaps `off_topic`; one of the whitelist's box has `on_list`, and in
`rel` the institutions it is about. What a visitor sees first counts: ten hits, one page of institutions.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any
from urllib.parse import urlencode

from support.marks import is_called_off_topic, marks

SHOWN = 10
MAX_CHARACTERS = 64
"""As many as the fields of the pages take."""

Get = Callable[[str], str]
"""The body of what the site answers at an address without its host."""

Figures = dict[str, float | int]


@dataclass(frozen=True)
class Answer:
    """What was shown: `records` in order (institutions: those meant); `near` institutions; `refused`: the
    question is said to belong elsewhere."""

    records: Sequence[str]
    near: Sequence[str] = ()
    refused: bool = False


@dataclass(frozen=True)
class Asked:
    """One question with its answer."""

    question: Mapping[str, Any]
    answer: Answer

    def place(self, grade: int = 1) -> int:
        """The place, from 1, of the first record of at least this grade; 0 where there is none."""
        wanted = {key for key, given in self._grades() if given >= grade}
        shown = [*self.answer.records, *self.answer.near]
        return next((place for place, key in enumerate(shown, 1) if key in wanted), 0)

    def _grades(self) -> Iterable[tuple[str, int]]:
        rel = self.question["rel"]
        return rel.items() if isinstance(rel, dict) else ((key, 1) for key in rel)


def read_questions(path: Path) -> list[dict[str, Any]]:
    """The questions of a set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def asked_by_program(get: Get, question: Mapping[str, Any]) -> Answer:
    """The answer of the API."""
    if "on_list" in question:
        told = json.loads(get(_address("/api/v1/institutions", question)))
        shown = [*told["institutions"], *told["others"]]
        return Answer(
            *([f"whitelist/{one['id']}" for one in shown if one["shown"] == how] for how in ("meant", "near"))
        )
    told = json.loads(get(_address("/api/v1/search", question)))
    shown = [*told["institutions"], *told["hits"]]
    return Answer([one["record"] for one in shown][:SHOWN], refused=told["is_off_topic"])


def asked_by_visitor(get: Get, question: Mapping[str, Any]) -> Answer:
    """The answer of the page, read by its marks."""
    if "on_list" in question:
        shown = marks(get(_address("/whitelist/", question)))
        return Answer(*([mark.record for mark in shown if mark.shown == how] for how in ("meant", "near")))
    page = get(_address("/search", question))
    return Answer([mark.record for mark in marks(page)][:SHOWN], refused=is_called_off_topic(page))


def measured(asked: Sequence[Asked]) -> dict[str, Figures]:
    """The figures of a set by the kind of question, `all` of them at the end."""
    by_kind: dict[str, list[Asked]] = {}
    for one in asked:
        by_kind.setdefault(one.question["kind"], []).append(one)
    figures = _of_names if "on_list" in asked[0].question else _of_questions
    return {kind: figures(group) for kind, group in sorted(by_kind.items())} | {"all": figures(asked)}


def means(sets: Sequence[Mapping[str, Figures]]) -> Figures:
    """The mean of each figure over the sets that have it."""
    wholes = [figures["all"] for figures in sets]
    names = dict.fromkeys(name for whole in wholes for name in whole if name != "n")
    return {name: fmean(whole[name] for whole in wholes if name in whole) for name in names}


def _of_questions(asked: Sequence[Asked]) -> Figures:
    """success@k and MRR@10 by records that answer fully, then by those that do so in part; dead ends and real
    questions that were refused; off-topic ones that were."""
    real = [one for one in asked if not one.question.get("off_topic")]
    off = [one for one in asked if one.question.get("off_topic")]
    figures: Figures = {"n": len(asked)}
    for name, grade in (("", 2), ("lenient ", 1)):
        places = [one.place(grade) for one in real]
        for depth in (1, 3, SHOWN):
            _add(figures, f"{name}S@{depth}", [0 < place <= depth for place in places])
        _add(figures, f"{name}MRR", [1 / place if place else 0 for place in places])
    _add(figures, "dead end", [not one.answer.records for one in real])
    _add(figures, "real refused", [one.answer.refused for one in real])
    _add(figures, "off-topic refused", [one.answer.refused or not one.answer.records for one in off])
    return figures


def _of_names(asked: Sequence[Asked]) -> Figures:
    """Whether an institution on the list is shown first, among five, at all, as the one meant; whether nobody
    is; and how often somebody is meant by the name of one that is not on the list."""
    listed = [one for one in asked if one.question["on_list"]]
    others = [one for one in asked if not one.question["on_list"]]
    figures: Figures = {"n": len(asked)}
    for name, depth in (("first", 1), ("five", 5)):
        _add(figures, name, [0 < one.place() <= depth for one in listed])
    _add(figures, "any", [one.place() > 0 for one in listed])
    _add(figures, "meant", [0 < one.place() <= len(one.answer.records) for one in listed])
    _add(figures, "nobody", [not one.answer.records and not one.answer.near for one in listed])
    _add(figures, "false in list", [bool(one.answer.records) for one in others])
    return figures


def _add(figures: Figures, name: str, values: Sequence[float]) -> None:
    if values:
        figures[name] = fmean(values)


def _address(path: str, question: Mapping[str, Any]) -> str:
    return f"{path}?{urlencode({'q': question['text'][:MAX_CHARACTERS]})}"

"""Labelled questions asked of a site by its API and by its pages, and the figures of the answers."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from support.labelled_questions import (
    Answer,
    Asked,
    asked_by_program,
    asked_by_visitor,
    means,
    measured,
    read_questions,
)

CENTRE = "whitelist/52441803MJ0Q95UA9U"
QUESTIONS = [
    ("parent", "一次交费可以交多久", {"notices/prepayment-limits": 2, "policies/prepayment-explained": 1}),
    ("parent", "60课时", {"notices/prepayment-limits": 2}),
    ("parent", "贷款交学费要当心什么", {"notices/loans": 2}),
    ("parent", "暑假学科类培训", {"notices/summer": 2}),
    ("parent", "寒暑假能不能上学科类的课", {"notices/summer": 2}),
    ("parent", "交费前看什么", {"policies/prepayment-explained": 2}),
    ("title", "当心培训贷：不要贷款交学费", {"notices/loans": 2}),
    ("title", "预收费监管工作的通知", {"policies/prepayment": 2, "consultations/prepayment": 1}),
    ("title", "课后看护管理办法", {"consultations/after-school-care": 2}),
    ("title", "年度法治政府建设报告", {"announcements/report": 2}),
    ("title", "涉企乱罚款问题线索", {"announcements/clue-call": 2}),
    ("name", "瑶乡示例编程", {CENTRE: 2}),
]
OFF_TOPIC = ("weather", "zzzz qqqq")
NAMES = [
    ("whole", "清远市清新区瑶乡示例编程培训中心", [CENTRE]),
    ("mistyped", "清远市清新区谣乡示例编程培训中心", [CENTRE]),
    ("number", "52441803MJ0Q95UA9U", [CENTRE]),
    ("nobody", "龘靐齉爩", []),
]


@pytest.fixture
def sets(tmp_path: Path) -> list[Path]:
    """A set of questions of the search and one of the whitelist's box."""
    questions = [{"kind": kind, "text": text, "rel": rel} for kind, text, rel in QUESTIONS]
    questions.append({"kind": OFF_TOPIC[0], "text": OFF_TOPIC[1], "rel": {}, "off_topic": True})
    names = [
        {"kind": kind, "text": text, "rel": rel, "on_list": bool(rel), "names": []}
        for kind, text, rel in NAMES
    ]
    paths = []
    for name, lines in (("questions", questions), ("names", names)):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(
            "\n".join(
                json.dumps({"qid": f"{name}{number}", **line}, ensure_ascii=False)
                for number, line in enumerate(lines)
            ),
            encoding="utf-8",
        )
        paths.append(path)
    return paths


def test_a_program_and_a_visitor_get_the_same_answers_and_figures(
    client: FlaskClient, sets: list[Path]
) -> None:
    def get(address: str) -> str:
        answer = client.get(address)
        assert answer.status_code == 200
        return answer.text

    figures = []
    for path in sets:
        questions = read_questions(path)
        by_program = [Asked(question, asked_by_program(get, question)) for question in questions]
        by_visitor = [Asked(question, asked_by_visitor(get, question)) for question in questions]
        assert by_program == by_visitor
        figures.append(measured(by_program))
    questions, names = figures
    assert questions["all"]["n"] == 13
    assert questions["all"]["S@3"] > 0.7
    assert questions["title"]["S@1"] == 1
    assert questions["all"]["off-topic refused"] == 1
    assert names["all"] == {
        "n": 4,
        "first": 1,
        "five": 1,
        "any": 1,
        "meant": 2 / 3,
        "nobody": 0,
        "false in list": 0,
    }


def test_a_record_that_answers_in_part_counts_where_one_is_lenient() -> None:
    labelled = {"kind": "parent", "text": "", "rel": {"a": 2, "b": 1}}
    asked = [
        Asked(labelled, Answer(["b", "a"])),
        Asked(labelled, Answer([])),
        Asked(labelled, Answer(["c", "b"])),
    ]
    figures = measured(asked)["all"]
    assert (figures["S@1"], figures["S@3"], figures["MRR"]) == (0, 1 / 3, 1 / 6)
    assert (figures["lenient S@1"], figures["lenient MRR"]) == (1 / 3, 0.5)
    assert (figures["dead end"], figures["real refused"]) == (1 / 3, 0)


def test_an_institution_meant_by_the_name_of_another_is_a_false_one() -> None:
    stranger = {"kind": "brand", "text": "", "rel": [], "on_list": False}
    asked = [Asked(stranger, Answer(["whitelist/1"])), Asked(stranger, Answer([], ["whitelist/1"]))]
    assert measured(asked)["all"] == {"n": 2, "false in list": 0.5}


def test_every_set_weighs_the_same_in_the_means() -> None:
    sets = [{"all": {"n": 90, "S@1": 0.5, "MRR": 0.6}}, {"all": {"n": 10, "S@1": 1.0}}]
    assert means(sets) == {"S@1": 0.75, "MRR": 0.6}

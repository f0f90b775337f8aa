"""The words of whitelist cells: states, audiences, classes, days."""

from datetime import datetime
from pathlib import Path

import pytest

from openbureau.library.whitelist.vocabulary import read_audiences, read_status
from support.workbook_makers import FIRST, HEADER, SECOND, changed, only_row, read, xlsx


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("正常办学", "正常"),
        ("白", "正常"),
        ("許可證已到期", "有效期届满"),
        ("预警（限期整改）", "预警"),
        ("歇业", "停业"),
        ("灰名单", "灰"),
        ("已注销", "已注销"),
        ("变更中", "变更中"),
        ("有效期未到期", "正常"),
        ("不正常", None),
        ("飞走了", None),
    ],
)
def test_the_words_for_a_state_are_many_and_the_states_few(text: str, status: str | None) -> None:
    assert read_status(text) == status


def test_words_that_are_not_known_are_told_not_guessed(tmp_path: Path) -> None:
    line = changed(FIRST, 状态="飞走了", 培训对象="大朋友", 有效期止="明年")
    reading = read(xlsx(tmp_path, [HEADER, line]))
    assert {(problem.kind, problem.column) for problem in reading.problems} == {
        ("not_understood", "H"),
        ("not_understood", "J"),
        ("not_understood", "K"),
    }
    assert (reading.rows[0].status, reading.rows[0].valid_to) == (None, None)


@pytest.mark.parametrize(
    ("sheet", "status", "on_list"),
    [("已注销名单", "已注销", False), ("预警名单", "预警", True), ("清城区", "正常", True)],
)
def test_a_list_without_a_column_for_the_state_says_it_in_its_title(
    tmp_path: Path, sheet: str, status: str, on_list: bool
) -> None:
    row = only_row(xlsx(tmp_path, [["校外培训机构名单"], HEADER[:-1], FIRST[:-1]], sheet=sheet))
    assert (row.status, row.on_list) == (status, on_list)


@pytest.mark.parametrize(
    ("text", "audiences"),
    [
        ("中小学生", ("义务教育阶段", "高中阶段")),
        ("高中/3-6岁幼儿", ("学龄前", "义务教育阶段", "高中阶段")[::2]),
        ("12", ("义务教育阶段", "高中阶段")),
        ("成年人、中专", ("成人", "中职")),
    ],
)
def test_audiences_come_in_the_order_of_age(text: str, audiences: tuple[str, ...]) -> None:
    assert read_audiences(text) == audiences


@pytest.mark.parametrize(
    ("kind", "field", "subject", "categories"),
    [
        ("非学科（科技类）", "", "非学科", ("科技",)),
        ("学科类-语文、数学", "", "学科", ("语文", "数学")),
        ("", "文艺类", "非学科", ("文化艺术",)),
        ("学科类、非学科类", "英语、体育", "学科+非学科", ("体育", "英语")),
    ],
)
def test_class_and_category_are_told_by_the_cells_not_by_which_column_they_stand_in(
    tmp_path: Path, kind: str, field: str, subject: str, categories: tuple[str, ...]
) -> None:
    row = only_row(xlsx(tmp_path, [HEADER, changed(FIRST, 类别=kind, 培训类别=field)]))
    assert (row.subject_class, row.categories) == (subject, categories)


def test_yes_under_a_question_about_subjects_means_subjects(tmp_path: Path) -> None:
    header = ["是否学科类" if word == "类别" else word for word in HEADER]
    rows = read(
        xlsx(tmp_path, [header, changed(FIRST, 类别="是", 培训类别="语文"), changed(SECOND, 类别="否")])
    ).rows
    assert [row.subject_class for row in rows] == ["学科", "非学科"]


def test_from_and_to_in_one_cell_are_parted(tmp_path: Path) -> None:
    header = [*HEADER[:8], "有效期限", HEADER[10]]
    row = only_row(xlsx(tmp_path, [header, [*FIRST[:8], "2023.9.1—2026.8", "正常"]]))
    assert (row.valid_from, row.valid_to) == ("2023-09-01", "2026-08-31")


def test_an_expired_permit_called_normal_is_told_and_one_without_end_is_not(tmp_path: Path) -> None:
    lines = [changed(FIRST, 有效期止=datetime(2024, 12, 30)), changed(SECOND, 有效期止="长期")]  # noqa: DTZ001
    reading = read(xlsx(tmp_path, [HEADER, *lines]))
    assert [(problem.kind, problem.row, problem.column) for problem in reading.problems] == [
        ("expired", 2, "J")
    ]
    assert [row.valid_to for row in reading.rows] == ["2024-12-30", "长期"]

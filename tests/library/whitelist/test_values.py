"""No value is guessed: what a cell says is read, what it does not say is told, once for each column."""

from pathlib import Path

import pytest

from openbureau.library.whitelist.record_linkage import identity_key_of
from openbureau.library.whitelist.rows import as_problems
from openbureau.library.whitelist.vocabulary import read_courses, subject_words
from support.workbook_makers import FIRST, HEADER, SECOND, changed, only_row, read, xlsx


def test_an_open_range_tells_no_last_day(tmp_path: Path) -> None:
    header = [*HEADER[:8], "有效期", *HEADER[10:]]
    for text in ("2023-09-01至", "自2023年9月1日起", "2023.9.1—"):
        row = only_row(xlsx(tmp_path, [header, [*FIRST[:8], text, *FIRST[10:]]]))

        assert (row.valid_from, row.valid_to) == ("2023-09-01", None)


def test_an_open_beginning_in_the_column_of_last_days_is_no_expiry(tmp_path: Path) -> None:
    row = only_row(xlsx(tmp_path, [HEADER, changed(FIRST, 有效期起=None, 有效期止="2023-09-01起")]))

    assert (row.valid_from, row.valid_to) == ("2023-09-01", None)


def test_a_year_alone_is_no_end_unless_the_column_is_one_of_ends(tmp_path: Path) -> None:
    header = [*HEADER[:8], "有效期", *HEADER[10:]]
    reading = read(xlsx(tmp_path, [header, [*FIRST[:8], "2023年", *FIRST[10:]]]))

    assert (reading.rows[0].valid_from, reading.rows[0].valid_to) == (None, None)
    assert [(problem.kind, problem.examples) for problem in reading.problems] == [
        ("not_understood", ("2023年",))
    ]
    assert only_row(xlsx(tmp_path, [HEADER, changed(FIRST, 有效期止="2026年")])).valid_to == "2026-12-31"


def test_one_day_in_a_column_of_both_is_told(tmp_path: Path) -> None:
    header = [*HEADER[:8], "有效期起止日期", *HEADER[10:]]
    reading = read(xlsx(tmp_path, [header, [*FIRST[:8], "2023-09-01", *FIRST[10:]]]))

    assert (reading.rows[0].valid_from, reading.rows[0].valid_to) == (None, None)
    assert [problem.kind for problem in reading.problems] == ["not_understood"]


@pytest.mark.parametrize("text", ["9999-12-31", "2099-12-31", "长期有效", "永久", "无固定期限", "2999-12-31"])
def test_no_end_is_read_one_way(tmp_path: Path, text: str) -> None:
    assert only_row(xlsx(tmp_path, [HEADER, changed(FIRST, 有效期止=text)])).valid_to == "长期"


@pytest.mark.parametrize(
    ("courses", "subject", "categories"),
    [
        ("非学科：体育", "非学科", ("体育",)),
        ("文化艺术（钢琴）", "非学科", ("文化艺术",)),
        ("体育、艺术", "非学科", ("体育", "文化艺术")),
        ("艺术类：舞蹈、美术", "非学科", ("文化艺术",)),
        ("科技（机器人编程）", "非学科", ("科技",)),
        ("非学科类体育", "非学科", ("体育",)),
        ("学科类：语文、数学", "学科", ("语文", "数学")),
        ("语文、数学", "学科", ("语文", "数学")),
        ("学科类：语数英", "学科", ("语文", "数学", "英语")),
        ("文化艺术培训（不含学科类）", "非学科", ("文化艺术",)),
        ("不得开展学科类培训", "非学科", ()),
        ("体育 足球", "非学科", ("体育",)),
        ("体育舞蹈", None, ()),
        ("足球", None, ()),
    ],
)
def test_courses_tell_the_kind_where_they_call_it_by_its_name(
    tmp_path: Path, courses: str, subject: str | None, categories: tuple[str, ...]
) -> None:
    header = ["机构名称", "许可证号", "统一社会信用代码", "办学地址", "办学项目"]
    row = only_row(xlsx(tmp_path, [header, [FIRST[1], FIRST[3], FIRST[2], FIRST[4], courses]]))

    assert (row.subject_class, row.categories) == (subject, categories)
    assert read_courses(courses, None)[1] == categories


@pytest.mark.parametrize("heading", ["备注", "办学形式", "机构层次", "其他情况"])
def test_any_column_that_says_nothing_but_the_kind_tells_it(tmp_path: Path, heading: str) -> None:
    header = ["机构名称", "许可证号", "统一社会信用代码", "办学地址", heading]
    line = [FIRST[1], FIRST[3], FIRST[2], FIRST[4]]

    assert only_row(xlsx(tmp_path, [header, [*line, "非学科类（体育类）"]])).categories == ("体育",)
    moved = only_row(xlsx(tmp_path, [header, [*line, "2023年由学科类转为非学科类"]]))
    assert (moved.subject_class, moved.categories) == (None, ())


def test_a_tick_means_what_stands_above_it() -> None:
    assert subject_words("非学科类", "√") == "非学科"
    assert subject_words("学科类", "") == ""
    assert subject_words("是否学科类", "否") == "非学科"
    assert subject_words("是否非学科类", "是") == "非学科"
    assert subject_words("培训类别", "体育") == "体育"


def test_the_number_of_a_document_makes_no_two_institutions_one(tmp_path: Path) -> None:
    number = "粤清体培核〔2023〕5号"
    lines = [changed(line, 办学许可证号=number) for line in (FIRST, SECOND)]
    reading = read(xlsx(tmp_path, [HEADER, *lines]))

    assert [row.permit_no for row in reading.rows] == [number, number]
    assert not reading.problems
    assert {identity_key_of(row).permit_no for row in reading.rows} == {""}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("144-1802-7000-0034", "144180270000034"),
        ("441802-7-000034", "4418027000034"),
        ("教民 1441802 7000 0034 号", "144180270000034"),
        ("教民144180270000034号（有效期至2026-08-31）", "144180270000034"),
        ("441802-6-0012", "441802-6-0012"),
        ("2023-0512-00012", "2023-0512-00012"),
        ("144180270000034-1", "144180270000034-1"),
    ],
)
def test_the_digits_of_a_permit_number_may_be_parted(tmp_path: Path, text: str, number: str) -> None:
    reading = read(xlsx(tmp_path, [HEADER, changed(FIRST, 办学许可证号=text)]))

    assert ([row.permit_no for row in reading.rows], reading.problems) == ([number], ())


@pytest.mark.parametrize(
    ("text", "meant"),
    [("教民14418O27OOOO034号", "144180270000034"), ("l44180270000034", "144180270000034")],
)
def test_letters_in_the_digits_of_a_permit_number_are_told_and_stay(
    tmp_path: Path, text: str, meant: str
) -> None:
    reading = read(xlsx(tmp_path, [HEADER, changed(FIRST, 办学许可证号=text)]))

    assert [row.permit_no for row in reading.rows] == [text]
    [problem] = reading.problems
    assert (problem.column, problem.suggestion) == ("D", meant)


def test_an_end_before_its_beginning_is_told_and_not_taken(tmp_path: Path) -> None:
    lines = [HEADER, changed(FIRST, 有效期起="2026-04-30", 有效期止="2023-05-01")]
    reading = read(xlsx(tmp_path, lines))

    assert [(row.valid_from, row.valid_to) for row in reading.rows] == [(None, None)]
    assert ["截止日期早于起始日期" in problem.message for problem in reading.problems] == [True]


def test_words_in_the_place_of_a_permit_number_are_told(tmp_path: Path) -> None:
    told = read(xlsx(tmp_path, [HEADER, changed(FIRST, 办学许可证号="见附件")]))
    silent = read(xlsx(tmp_path, [HEADER, changed(FIRST, 办学许可证号="办理中")]))

    assert [(problem.kind, problem.column) for problem in told.problems] == [("not_understood", "D")]
    assert not silent.problems


def test_what_is_not_understood_is_told_once_for_a_column(tmp_path: Path) -> None:
    lines = [
        changed(FIRST, 机构名称=f"示例{number}", 状态=f"飞走了{number % 5}", 统一社会信用代码="办理中")
        for number in range(40)
    ]
    lines = [
        [*line[:3], f"1441802700{number:05}", f"清城区示例路{number}号", *line[5:]]
        for number, line in enumerate(lines)
    ]
    reading = read(xlsx(tmp_path, [HEADER, *lines]))
    [problem] = [problem for problem in reading.problems if problem.kind == "not_understood"]

    assert problem.rows == tuple(range(2, 42))
    assert problem.examples == ("飞走了0", "飞走了1", "飞走了2")
    assert "共 40 行：第 2、3、4 … 行" in problem.message
    assert "“飞走了2”" in problem.message


@pytest.mark.parametrize("text", ["王示例", "司马示例", "张*", "电话0763336600", "6222021234567890"])
def test_an_example_never_tells_of_a_person(tmp_path: Path, text: str) -> None:
    reading = read(xlsx(tmp_path, [HEADER, changed(FIRST, 状态=text)]))

    [problem] = [problem for problem in reading.problems if problem.column == "K"]
    assert problem.examples == ()
    assert text not in problem.message


def test_the_list_of_all_problems_tells_a_kind_in_a_column_a_few_times(tmp_path: Path) -> None:
    lines = [
        [
            *FIRST[:1],
            f"示例{number}",
            "办理中",
            f"1441802700{number:05}",
            f"清城区示例路{number}号",
            *FIRST[5:],
        ]
        for number in range(30)
    ]
    reading = read(xlsx(tmp_path, [HEADER, *lines]))
    problems = as_problems(reading.problems)

    assert len(reading.problems) == 30
    assert [problem.place for problem in problems] == ["清城区!C2", "清城区!C3", "清城区!C4", "清城区!C"]
    assert "还有 27 处" in problems[-1].what
    assert "第 5、6、7 …" in problems[-1].what


@pytest.mark.parametrize(
    ("text", "courses"),
    [
        ("学科类（语文、数学）", ("学科类（语文、数学）",)),
        ("非学科类(足球、篮球)；体育", ("非学科类(足球、篮球)", "体育")),
        ("舞蹈、美术\n书法", ("舞蹈", "美术", "书法")),
    ],
)
def test_courses_are_not_split_inside_brackets(tmp_path: Path, text: str, courses: tuple[str, ...]) -> None:
    assert only_row(xlsx(tmp_path, [[*HEADER, "培训内容"], [*FIRST, text]])).courses == courses


@pytest.mark.parametrize("mark", ["\u202c", "\u200b", "\ufeff", "\u200e", "\u00a0", "\n", "\u3000"])
def test_nothing_unseen_stays_in_names_and_addresses(tmp_path: Path, mark: str) -> None:
    name, address = str(FIRST[1]), str(FIRST[4])
    line = changed(FIRST, 机构名称=mark.join([name[:3], name[3:]]) + mark, 办学地址=f"{mark}{address}")
    row = only_row(xlsx(tmp_path, [HEADER, line]))
    assert (row.name, row.addr_premises) == (name, address)


@pytest.mark.parametrize(("number", "is_told"), [("14418027000003", True), ("144180270000034", False)])
def test_a_permit_number_with_a_digit_too_few_is_told(tmp_path: Path, number: str, is_told: bool) -> None:
    reading = read(xlsx(tmp_path, [HEADER, changed(FIRST, 办学许可证号=number)]))
    assert [row.permit_no for row in reading.rows] == [number]
    assert [problem.column for problem in reading.problems] == (["D"] if is_told else [])

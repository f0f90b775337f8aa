"""The import doctor: a county gets its workbook back with every problem in its cell, and no personal data."""

import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from chinese.test_personal_data import IDENTITY, MOBILE
from openbureau import cli
from openbureau.clock import BEIJING
from openbureau.library.whitelist import annotate as whitelist_doctor
from openbureau.library.whitelist.annotate import LIST, annotate
from openbureau.library.whitelist.json_report import as_json, json_text
from openbureau.library.whitelist.workbook_parser import read_whitelist, read_with_workbook
from openbureau.spreadsheets import annotated_copy
from support.site import WORKBOOKS
from support.workbook_makers import (
    AS_OF,
    COUNTIES,
    FIRST,
    HEADER,
    SECOND,
    changed,
    kinds,
    ods,
    read,
    saved,
    sheet_of,
    xlsx,
)

PENDING = changed(FIRST, 统一社会信用代码="办理中")
TYPO = changed(SECOND, 统一社会信用代码="91441802MAO5W3P89N")
Command = Callable[..., Result]


def annotated(path: Path, out: Path, as_of: date = AS_OF) -> openpyxl.Workbook:
    """The annotated copy of a workbook, opened."""
    reading, workbook = read_with_workbook(path, as_of=as_of, counties=COUNTIES)
    annotate(path, workbook, reading, out)
    return openpyxl.load_workbook(out)


def cell_of(book: openpyxl.Workbook, sheet: str, place: str) -> Cell:
    cell = book[sheet][place]
    assert isinstance(cell, Cell)
    return cell


def comment_of(book: openpyxl.Workbook, sheet: str, place: str) -> str:
    comment = cell_of(book, sheet, place).comment
    return comment.text if comment else ""


def listed(book: openpyxl.Workbook) -> list[list[Any]]:
    """The problems of the first sheet: sheet, cell, kind and link of each."""
    sheet = book.worksheets[0]
    assert sheet.title == LIST
    return [
        [row[2].value, row[3].value, row[7].value, row[3].hyperlink.location if row[3].hyperlink else None]
        for row in sheet.iter_rows(min_row=4)
    ]


def everything_in(path: Path) -> str:
    """All text of all members of a zipped file."""
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


# As data


def test_a_reading_as_data_has_rows_problems_and_totals(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEADER, PENDING, TYPO, changed(SECOND, 状态="已注销", 办学许可证号="1")])
    data = json.loads(json.dumps(as_json(read(path))))
    assert data["totals"] == {
        "rows": 3,
        "on_list": 2,
        "by_county": {"441802": 2},
        "by_status": {"已注销": 1, "正常": 2},
    }
    assert (data["file"], data["must_stop"]) == ("名单.xlsx", False)
    row = data["rows"][0]
    assert (row["name"], row["uscc_state"], row["categories"]) == (FIRST[1], "pending", ["体育"])
    assert (row["source_sheet"], row["source_row"]) == ("清城区", 2)
    problem = next(each for each in data["problems"] if each["kind"] == "uscc_invalid")
    assert {name: problem[name] for name in problem if name not in ("message", "mend")} == {
        "file": "名单.xlsx",
        "sheet": "清城区",
        "row": 3,
        "column": "C",
        "header": "统一社会信用代码",
        "kind": "uscc_invalid",
        "level": "error",
        "stops": False,
        "other": None,
        "suggestion": SECOND[2],
        "rows": [],
        "examples": [],
    }
    assert problem["message"]
    assert problem["mend"]


def test_what_was_left_out_is_told_and_the_first_of_two_alike(tmp_path: Path) -> None:
    lines = [["清城区名单"], [*HEADER, "吉祥物"], [*FIRST, "狮子"], [*FIRST, "老虎"]]
    data = as_json(read(xlsx(tmp_path, lines)))
    assert data["unknown_columns"] == [{"sheet": "清城区", "column": "L", "header": "吉祥物"}]
    assert [(each["row"], each["what"]) for each in data["not_rows"]] == [(1, "title"), (2, "header")]
    assert [each["other"] for each in data["problems"]] == [{"sheet": "清城区", "row": 3}]


def test_a_file_that_must_stop_gives_no_rows_as_data(tmp_path: Path) -> None:
    data = as_json(read(xlsx(tmp_path, [HEADER, changed(FIRST, 办学地址=MOBILE)])))
    assert (data["must_stop"], data["rows"], data["totals"]["rows"]) == (True, [], 0)
    assert [each["stops"] for each in data["problems"]] == [True]
    assert MOBILE not in json.dumps(data)


@pytest.mark.parametrize(
    "lines",
    [
        [HEADER, PENDING, TYPO],
        [HEADER, changed(FIRST, 机构名称='示例"甲"\\培训\n中心', 培训类别="体育、科技、文化艺术"), FIRST],
        [HEADER, changed(FIRST, 办学地址=MOBILE)],
    ],
)
def test_the_text_is_what_the_standard_library_writes_of_the_data(
    tmp_path: Path, lines: list[list[object]]
) -> None:
    reading = read(xlsx(tmp_path, lines))
    whole = json.dumps({"as_of": "2024-12-31"} | as_json(reading), ensure_ascii=False, indent=1)
    assert "".join(json_text(reading, as_of="2024-12-31")) == whole


# The copy for the county


def test_each_problem_is_marked_in_its_cell_and_listed_with_a_link(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEADER, PENDING, TYPO])
    book = annotated(path, tmp_path / "out.xlsx")
    assert listed(book) == [
        ["清城区", "C2", "uscc_pending", "'清城区'!C2"],
        ["清城区", "C3", "uscc_invalid", "'清城区'!C3"],
    ]
    wrong = read(path).problems[1]
    assert wrong.message in comment_of(book, "清城区", "C3")
    assert wrong.mend in comment_of(book, "清城区", "C3")
    assert cell_of(book, "清城区", "C3").value == TYPO[2]
    colours = [cell_of(book, "清城区", place).fill.fgColor.rgb for place in ("C1", "C2", "C3")]
    assert len(set(colours)) == 3, "no problem, a warning and an error look different"


def test_the_copy_of_an_xlsx_keeps_its_sheets_looks_formulas_and_hidden_parts(tmp_path: Path) -> None:
    sheet = sheet_of([["清城区名单"], HEADER, PENDING, ["=ROW()-2", *SECOND[1:]]])
    sheet.merge_cells("A1:K1")
    sheet["A1"].comment = Comment("科室已核", "科室")
    sheet["C3"].comment = Comment("下月领证", "科室")
    sheet.column_dimensions["B"].width = 44
    sheet.column_dimensions["H"].hidden = True
    sheet.row_dimensions[4].hidden = True
    assert sheet.parent is not None
    sheet.parent.create_sheet("底稿").sheet_state = "hidden"
    book = annotated(saved(sheet, tmp_path), tmp_path / "out.xlsx")
    copy = book["清城区"]
    assert [(each.title, each.sheet_state) for each in book] == [
        (LIST, "visible"),
        ("清城区", "visible"),
        ("底稿", "hidden"),
    ]
    assert [str(area) for area in copy.merged_cells.ranges] == ["A1:K1"]
    assert copy["A4"].value == "=ROW()-2"
    assert copy.column_dimensions["B"].width == 44
    assert copy.column_dimensions["H"].hidden
    assert copy.row_dimensions[4].hidden
    assert comment_of(book, "清城区", "A1") == "科室已核"
    assert "下月领证" in comment_of(book, "清城区", "C3")
    assert "办理" in comment_of(book, "清城区", "C3").replace("下月领证", "")


def test_a_problem_of_a_merged_cell_is_marked_where_its_value_stands(tmp_path: Path) -> None:
    twice = [changed(FIRST, 有效期止="没有这一天2024-13-45"), changed(SECOND, 有效期止=None)]
    sheet = sheet_of([HEADER, *twice])
    sheet.merge_cells("J2:J3")
    book = annotated(saved(sheet, tmp_path), tmp_path / "out.xlsx")
    assert [place for _, place, _, _ in listed(book)] == ["J2", "J3"]
    assert comment_of(book, "清城区", "J2").count("不是可识别的日期") == 2


def test_a_problem_of_an_empty_cell_is_marked_there(tmp_path: Path) -> None:
    line = changed(FIRST, 统一社会信用代码=None)
    for path in (xlsx(tmp_path, [HEADER, line]), ods(tmp_path, [HEADER, [str(each or "") for each in line]])):
        book = annotated(path, tmp_path / f"{path.suffix}.xlsx")
        assert cell_of(book, "清城区", "C2").value is None
        assert "没有统一社会信用代码" in comment_of(book, "清城区", "C2")


def test_problems_without_a_cell_stand_on_the_list_alone(tmp_path: Path) -> None:
    sheet = sheet_of([HEADER, FIRST])
    sheet.column_dimensions["E"].hidden = True
    book = annotated(saved(sheet, tmp_path), tmp_path / "out.xlsx")
    assert listed(book) == [["清城区", "E 列", "hidden_column", "'清城区'!E1"]]
    assert not [cell for row in book["清城区"].iter_rows() for cell in row if cell.comment]


@pytest.mark.parametrize(("name", "sheet"), [("连州市.xls", "Sheet1"), ("清新区-GBK.csv", "名单")])
def test_other_formats_come_back_as_xlsx_with_their_values(tmp_path: Path, name: str, sheet: str) -> None:
    path = WORKBOOKS / name
    reading = read_whitelist(path, as_of=date(2030, 1, 1), counties=COUNTIES)
    out = tmp_path / "out.xlsx"
    book = annotated(path, out, as_of=date(2030, 1, 1))
    assert len(listed(book)) == len(reading.problems) > 10
    again = read_whitelist(out, as_of=date(2030, 1, 1), counties=COUNTIES)
    shown = [row for row in again.rows if row.source_sheet != LIST]
    assert [row.name for row in shown] == [row.name for row in reading.rows]
    assert [row.valid_to for row in shown] == [row.valid_to for row in reading.rows]
    marked = [problem for problem in reading.problems if problem.row]
    copy = book.worksheets[1]
    for problem in marked:
        comment = copy[f"{problem.column}{problem.row}"].comment
        assert comment
        assert problem.message in comment.text


def test_the_values_of_an_opendocument_sheet_come_back_with_its_hidden_column(tmp_path: Path) -> None:
    path = ods(tmp_path, [HEADER, [str(value) for value in PENDING]], hidden_column=5)
    book = annotated(path, tmp_path / "out.xlsx")
    assert [cell.value for cell in book["清城区"][2]][1:3] == [FIRST[1], "办理中"]
    assert book["清城区"].column_dimensions["E"].hidden
    assert [kind for _, _, kind, _ in listed(book)] == ["uscc_pending", "hidden_column"]


def test_of_a_large_workbook_the_values_merged_ranges_and_hidden_parts_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotated_copy, "MAX_STYLED_BYTES", 1)
    sheet = sheet_of([["名单"], HEADER, PENDING, ["=1+1", *SECOND[1:]]])
    sheet.merge_cells("A1:K1")
    sheet.row_dimensions[4].hidden = True
    assert sheet.parent is not None
    sheet.parent.create_sheet("底稿").sheet_state = "hidden"
    book = annotated(saved(sheet, tmp_path), tmp_path / "out.xlsx")
    copy = book["清城区"]
    assert [str(area) for area in copy.merged_cells.ranges] == ["A1:K1"]
    assert copy.row_dimensions[4].hidden
    assert book["底稿"].sheet_state == "hidden"
    assert "办理" in comment_of(book, "清城区", "C3")
    assert [cell.value for cell in copy[4]][1:] == SECOND[1:]


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "清城区.csv"
    lines = [HEADER, changed(PENDING, 机构名称="=cmd|' /C calc'!A0培训中心")]
    path.write_text("\n".join(",".join(map(str, line)) for line in lines), encoding="utf-8")
    book = annotated(path, tmp_path / "out.xlsx")
    assert cell_of(book, "名单", "B2").data_type == "s"
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in archive.read(name) for name in sheets)


def test_characters_that_no_xlsx_may_hold_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "清城区.csv"
    wrong = changed(FIRST, 机构名称="示例\x01甲培训中心", 统一社会信用代码="52441802MJ0EJJNK8\x02")
    path.write_text("\n".join(",".join(map(str, line)) for line in (HEADER, wrong)), encoding="utf-8")
    book = annotated(path, tmp_path / "out.xlsx")
    assert cell_of(book, "名单", "B2").value == "示例甲培训中心"
    assert "统一社会信用代码" in comment_of(book, "名单", "C2")


@pytest.mark.parametrize("name", ["bad-encrypted.xlsx", "bad-truncated.xlsx", "bad-zip-bomb.xlsx"])
def test_of_a_file_that_cannot_be_opened_there_is_only_the_list(tmp_path: Path, name: str) -> None:
    book = annotated(WORKBOOKS / name, tmp_path / "out.xlsx")
    assert book.sheetnames == [LIST]
    assert [place for _, place, _, _ in listed(book)] == ["整份文件"]


def test_a_file_without_a_problem_says_so(tmp_path: Path) -> None:
    book = annotated(xlsx(tmp_path, [HEADER, FIRST]), tmp_path / "out.xlsx")
    assert listed(book) == []
    assert book[LIST]["A2"].value == "没有发现问题。"


def test_a_sheet_that_has_the_name_of_the_list_keeps_it(tmp_path: Path) -> None:
    sheet = sheet_of([HEADER, PENDING], name=LIST)
    path = saved(sheet, tmp_path)
    book = annotated(path, tmp_path / "out.xlsx")
    assert len(book.sheetnames) == 2
    assert book.worksheets[0]["D4"].hyperlink.location == f"'{LIST}'!C2"
    assert "办理" in comment_of(book, LIST, "C2")


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEADER, PENDING])
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        annotated(path, path)
    assert path.read_bytes() == before


def test_beyond_the_bound_of_comments_cells_are_still_filled_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whitelist_doctor, "MAX_COMMENTS", 1)
    book = annotated(xlsx(tmp_path, [HEADER, PENDING, TYPO]), tmp_path / "out.xlsx")
    assert comment_of(book, "清城区", "C2")
    assert not comment_of(book, "清城区", "C3")
    assert cell_of(book, "清城区", "C3").fill.fill_type == "solid"
    assert len(listed(book)) == 2


# Personal data


def secret_sheet(secret: str) -> Worksheet:
    """A workbook with personal data in every place that has room for it."""
    sheet = sheet_of(
        [
            [f"名单 {secret}"],
            [*HEADER, f"电话{secret}", "备注"],
            [*FIRST, secret, int(secret)],
            [*SECOND, f'=HYPERLINK("tel:{secret}","电话")', "无"],
        ]
    )
    book = sheet.parent
    assert isinstance(book, openpyxl.Workbook)
    sheet["B3"].comment = Comment(f"号码 {secret}", "科室")
    sheet["M3"].comment = Comment(f"就是 {secret}", "科室")
    sheet["B4"].hyperlink = f"tel:{secret}"
    sheet["D4"] = "办理中"
    sheet.merge_cells("A1:B1")
    sheet.column_dimensions["L"].hidden = True
    hidden = book.create_sheet("底稿")
    hidden["Z99"] = secret
    hidden.sheet_state = "veryHidden"
    book.create_sheet(f"表{secret}")["A1"] = secret
    book.properties.creator = book.properties.title = secret
    return sheet


@pytest.mark.parametrize("secret", [IDENTITY, MOBILE])
@pytest.mark.parametrize("large", [False, True])
def test_personal_data_is_nowhere_in_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, large: bool
) -> None:
    if large:
        monkeypatch.setattr(annotated_copy, "MAX_STYLED_BYTES", 1)
    path, out = saved(secret_sheet(secret), tmp_path), tmp_path / "out.xlsx"
    assert secret in everything_in(path)
    book = annotated(path, out)
    assert secret not in everything_in(out)
    assert not {"pii_id", "pii_mobile"} & set(kinds(read(out)))
    assert book["底稿"].sheet_state == ("hidden" if large else "veryHidden"), "looks are kept if they can be"
    assert cell_of(book, "清城区", "B3").value == FIRST[1]
    for sheet, place in (("清城区", "L3"), ("清城区", "M3"), ("底稿", "Z99")):
        assert cell_of(book, sheet, place).value is None
        assert "本副本已清空该单元格" in comment_of(book, sheet, place)


@pytest.mark.parametrize("secret", [IDENTITY, MOBILE])
@pytest.mark.parametrize("part", ["header of the page", "name", "list of a drop-down"])
def test_looks_that_hold_personal_data_are_given_up(tmp_path: Path, part: str, secret: str) -> None:
    sheet = sheet_of([HEADER, PENDING])
    book = sheet.parent
    assert isinstance(book, openpyxl.Workbook)
    if part == "header of the page":
        sheet.oddHeader.center.text = f"联系 {secret}"
    if part == "name":
        book.defined_names["联系人"] = DefinedName("联系人", attr_text=f'"{secret}"')
    if part == "list of a drop-down":
        choice = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1=f'"甲,{secret}"')
        choice.add("K2")
        sheet.add_data_validation(choice)
    path, out = saved(sheet, tmp_path), tmp_path / "out.xlsx"
    copy = annotated(path, out)
    assert secret not in everything_in(out)
    assert cell_of(copy, "清城区", "B2").value == FIRST[1]
    assert "办理" in comment_of(copy, "清城区", "C2")


@pytest.mark.parametrize("secret", [IDENTITY, MOBILE])
def test_personal_data_of_other_formats_is_nowhere_in_the_copy(tmp_path: Path, secret: str) -> None:
    line = [*map(str, FIRST), f"法人{secret}"]
    table = tmp_path / f"清城区{secret}.csv"
    table.write_text("\n".join(",".join(each) for each in ([*HEADER, "备注"], line)), encoding="gb18030")
    for path in (table, ods(tmp_path, [[*HEADER, "备注"], line], hidden_column=12)):
        out = tmp_path / f"out{path.suffix}.xlsx"
        book = annotated(path, out)
        assert secret not in everything_in(out)
        copy = book.worksheets[1]
        assert copy["B2"].value == FIRST[1]
        assert copy["L2"].value is None
        assert "本副本已清空该单元格" in copy["L2"].comment.text


# The command


@pytest.fixture
def openbureau(content: Path, tmp_path: Path) -> Command:
    """The command `openbureau`, with the counties of the tests' content."""
    environment = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(tmp_path / "instance")}

    def run(*words: object) -> Result:
        answer = CliRunner().invoke(cli.main, [str(word) for word in words], env=environment)
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer

    return run


def test_the_command_tells_problems_by_cell_and_counts_by_county_and_status(
    openbureau: Command, tmp_path: Path
) -> None:
    path = xlsx(tmp_path, [HEADER, PENDING, SECOND], name="2024-12-31.xlsx")
    answer = openbureau("whitelist", "read", path)
    problem = read(path).problems[0]
    assert answer.exit_code == 0
    assert answer.output.splitlines() == [
        f"清城区!C2\tuscc_pending\t{problem.message}; {problem.mend}",
        "2024-12-31.xlsx as of 2024-12-31: 2 rows, 2 on the list",
        "清城区: 2 of 3 rows are institutions, 1 header",
        "441802\t清城区\t2",
        "正常\t2",
    ]


def test_the_command_gives_rows_and_problems_as_json(openbureau: Command, tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEADER, PENDING], name="2024-12-31.xlsx")
    data = json.loads(openbureau("whitelist", "read", path, "--json").stdout)
    assert data == {"as_of": "2024-12-31"} | json.loads(json.dumps(as_json(read(path))))


def test_a_file_that_must_stop_ends_the_command_with_status_1(openbureau: Command, tmp_path: Path) -> None:
    path = xlsx(tmp_path, [HEADER, changed(FIRST, 办学地址=MOBILE)])
    for words in ((), ("--json",)):
        answer = openbureau("whitelist", "read", path, *words)
        assert answer.exit_code == 1
        assert "pii_mobile" in answer.output
        assert MOBILE not in answer.output
    unreadable = openbureau("whitelist", "read", WORKBOOKS / "bad-zip-bomb.xlsx")
    assert unreadable.exit_code == 1
    assert unreadable.output.startswith("bad-zip-bomb.xlsx\ttoo_large\t")


def test_the_day_of_the_list_is_told_by_the_option_the_name_or_the_calendar(
    openbureau: Command, tmp_path: Path
) -> None:
    def day(name: str, *words: str) -> str:
        path = tmp_path / name
        if not path.exists():
            shutil.copy(xlsx(tmp_path, [HEADER, FIRST]), path)
        return str(json.loads(openbureau("whitelist", "read", path, "--json", *words).stdout)["as_of"])

    assert day("清城区2024-06-30.xlsx") == "2024-06-30"
    assert day("清城区2024-06-30.xlsx", "--as-of", "2025-01-31") == "2025-01-31"
    before = datetime.now(UTC).astimezone(BEIJING).date()
    told = day("2024-13-45.xlsx")
    assert before <= date.fromisoformat(told) <= datetime.now(UTC).astimezone(BEIJING).date()


def test_the_command_writes_the_annotated_workbook_once(openbureau: Command, tmp_path: Path) -> None:
    path, out = xlsx(tmp_path, [HEADER, PENDING]), tmp_path / "给县里.xlsx"
    assert openbureau("whitelist", "read", path, "--as-of", "2024-12-31", "--annotate", out).exit_code == 0
    assert listed(openpyxl.load_workbook(out)) == [["清城区", "C2", "uscc_pending", "'清城区'!C2"]]
    again = openbureau("whitelist", "read", path, "--annotate", out)
    assert again.exit_code == 1
    assert "never written over" in again.output
    assert openbureau("whitelist", "read", path, "--annotate", tmp_path / "out.xls").exit_code == 2
    nowhere = openbureau("whitelist", "read", path, "--annotate", tmp_path / "none" / "out.xlsx")
    assert nowhere.exit_code == 1
    assert "No such file or directory" in nowhere.output


def test_a_site_file_that_cannot_be_used_is_told(openbureau: Command, content: Path, tmp_path: Path) -> None:
    (content / "site.toml").write_text("demo =", encoding="utf-8")
    answer = openbureau("whitelist", "read", xlsx(tmp_path, [HEADER, FIRST]))
    assert answer.exit_code == 1
    assert "site.toml" in answer.output


def test_a_cell_far_below_the_list_does_not_fill_the_copy(tmp_path: Path) -> None:
    sheet = sheet_of([HEADER, FIRST, SECOND])
    sheet["P300000"] = "."
    path = saved(sheet, tmp_path, "2024-12-31.xlsx")
    out = tmp_path / "out.xlsx"
    reading, workbook = read_with_workbook(path, as_of=AS_OF, counties=COUNTIES)
    annotate(path, workbook, reading, out)
    assert out.stat().st_size < 30_000

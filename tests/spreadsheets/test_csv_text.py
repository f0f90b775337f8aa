"""CSV files in every encoding and with every delimiter are read right, or refused with the line."""

import csv
import io
from pathlib import Path

import pytest

from openbureau.spreadsheets.workbook import Unreadable, open_workbook
from support.workbook_makers import FIRST, HEADER, SECOND

ROWS = [[str(value) for value in row] for row in (HEADER, FIRST, SECOND)]


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def rows_of(folder: Path, data: bytes) -> list[list[str]]:
    path = folder / "2024-12-31.csv"
    path.write_bytes(data)
    return [[cell.text for cell in row] for row in open_workbook(path).sheets[0].rows]


def refusal_of(folder: Path, data: bytes) -> str:
    with pytest.raises(Unreadable) as fault:
        rows_of(folder, data)
    assert fault.value.mend
    return fault.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030"])
def test_every_encoding_is_read_by_its_mark(tmp_path: Path, encoding: str) -> None:
    assert rows_of(tmp_path, ("\ufeff" + written(ROWS)).encode(encoding)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "gbk", "gb18030"])
def test_an_encoding_without_a_mark_is_told_by_its_text(tmp_path: Path, encoding: str) -> None:
    assert rows_of(tmp_path, written(ROWS).encode(encoding)) == ROWS


@pytest.mark.parametrize("delimiter", list(",\t;|，；"))
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16-le"])
def test_the_delimiter_is_that_which_cuts_the_lines_alike(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = "清远市示例名单\n" + written(ROWS, delimiter)
    assert rows_of(tmp_path, text.encode(encoding))[1:] == ROWS


def test_other_delimiters_inside_the_fields_of_a_list_are_text(tmp_path: Path) -> None:
    rows = [
        ["名称", "地址", "课程"],
        *[[f"示例{n}", f"示例路{n}号；；示例街", "足球;篮球|a;b"] for n in "12345"],
    ]
    assert rows_of(tmp_path, written(rows).encode()) == rows


@pytest.mark.parametrize("mark", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_tells_the_delimiter_is_no_row(tmp_path: Path, mark: str) -> None:
    assert rows_of(tmp_path, f"{mark}\r\n{written(ROWS, ';')}".encode()) == ROWS


@pytest.mark.parametrize(
    "field", ['="0123"', '"=""0123"""', '= "0123"', ' ="0123" '], ids=["bare", "quoted", "gap", "blanks"]
)
def test_a_number_kept_as_a_formula_of_text_is_that_text(tmp_path: Path, field: str) -> None:
    assert rows_of(tmp_path, f"名称,代码\n示例,{field}\n".encode()) == [["名称", "代码"], ["示例", "0123"]]


def test_a_delimiter_inside_a_formula_of_text_cuts_nothing(tmp_path: Path) -> None:
    assert rows_of(tmp_path, '名称,地址,区\n示例,="一号,二号",甲\n'.encode())[1] == [
        "示例",
        "一号,二号",
        "甲",
    ]


def test_a_formula_that_is_not_of_text_stays(tmp_path: Path) -> None:
    assert rows_of(tmp_path, '名称,公式\n示例,"=A1&""甲"""\n'.encode())[1] == ["示例", '=A1&"甲"']


def test_big5_is_named_and_not_read_as_other_names(tmp_path: Path) -> None:
    text = (
        "序號,機構名稱,統一社會信用代碼,辦學地址\n1,清遠市示例甲足球培訓中心,52441802MJ0EJJNK81,示例路1號\n"
    )
    assert "Big5" in refusal_of(tmp_path, text.encode("big5"))


@pytest.mark.parametrize(("most", "one"), [("gbk", "utf-8"), ("utf-8", "gbk")])
@pytest.mark.parametrize("whole_line", [True, False], ids=["a line", "a field"])
def test_a_file_in_two_encodings_is_refused_with_the_line_of_the_second(
    tmp_path: Path, most: str, one: str, whole_line: bool
) -> None:
    lines = [line.encode(most) for line in written([*ROWS, *ROWS]).splitlines(keepends=True)]
    if whole_line:
        lines[2] = written([ROWS[2]]).encode(one)
    else:
        lines[2] = lines[2].replace(ROWS[2][1].encode(most), ROWS[2][1].encode(one))
    message = refusal_of(tmp_path, b"".join(lines))
    assert "第 3 行" in message
    assert "UTF-8" in message


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_byte_of_no_character_is_refused_with_its_line(tmp_path: Path, encoding: str) -> None:
    data = (
        written(ROWS).encode(encoding).replace("示例乙".encode(encoding), b"\xff" + "例乙".encode(encoding))
    )
    assert "第 3 行" in refusal_of(tmp_path, data)


@pytest.mark.parametrize("lost", ["\ufffd", "锟斤拷"])
def test_characters_that_an_earlier_program_lost_are_refused_with_their_line(
    tmp_path: Path, lost: str
) -> None:
    assert "第 2 行" in refusal_of(tmp_path, written(ROWS).replace("示例甲", lost, 1).encode())


def test_rare_characters_and_traditional_ones_in_gbk_are_read(tmp_path: Path) -> None:
    rows = [["名称", "地址"], ["清遠市示例培訓中心", "朙鑫淼㙍𬭎"]]
    assert rows_of(tmp_path, written(rows).encode("gb18030")) == rows


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('名称,地址\n示例一,"一号\n示例二,二号\n', 2),
        ('名称,地址\n示例一,"一号\n示例二,二号\n"示例三",三号\n', 2),
        ('名称,地址\n示例一,一号\n示例二,"二号', 3),
    ],
    ids=["to the end", "to the next quote", "in the last line"],
)
def test_an_open_quote_never_swallows_the_rows_below_it(tmp_path: Path, text: str, line: int) -> None:
    assert f"第 {line} 行" in refusal_of(tmp_path, text.encode())


def test_quotes_that_end_in_their_own_line_are_read_as_excel_does(tmp_path: Path) -> None:
    text = '名称,地址\n"示例"一,甲"乙\n"示\n例","说""明"\n"示例"三,丙'
    expected = [["名称", "地址"], ["示例一", '甲"乙'], ["示\n例", '说"明'], ["示例三", "丙"]]
    assert rows_of(tmp_path, text.encode()) == expected

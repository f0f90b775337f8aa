"""Where clerks write that an institution has stopped, and rows that could get lost on the way."""

from collections.abc import Callable, Iterable
from pathlib import Path

from field.test_whitelists import read_case
from openbureau.library.whitelist.rows import Reading
from support.workbook_makers import read

FIRST, SECOND = "清远市示例甲足球培训中心", "清远市示例乙钢琴培训有限公司"


def read_file(folder: Path, name: str) -> Reading:
    """The reading of one list of several in a case."""
    return read(folder / name)


def states(readings: Iterable[Reading]) -> list[tuple[str, str | None, str | None]]:
    """Every institution with its state and how that is known."""
    return [(row.name, row.status, row.status_basis) for reading in readings for row in reading.rows]


def rows_add_up(reading: Reading) -> bool:
    """Whether each row that was seen is an institution or something that has a name."""
    return all(sheet.seen == sheet.read + sum(sheet.others.values()) for sheet in reading.sheets)


def test_a_heading_inside_the_list_gives_its_state_to_the_rows_below(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w33-status-in-section-heading"))

    assert states([reading]) == [(FIRST, "正常", "小标题"), (SECOND, "停业", "小标题")]
    assert [line.row for line in reading.not_rows] == [1, 2, 4]


def test_no_row_is_lost_for_a_semicolon_or_full_stop_in_its_address(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w39-three-columns-semicolon"))

    assert [row.source_row for row in reading.rows] == [2, 3, 4]
    assert rows_add_up(reading)


def test_a_remark_that_is_beyond_doubt_is_the_state(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w43-status-in-remarks"))

    assert states([reading]) == [(FIRST, "已注销", "备注"), (SECOND, "停业", "备注")]
    assert [row.on_list for row in reading.rows] == [False, True]


def test_a_title_gives_its_state_and_one_that_names_two_sorts_is_told(
    case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    folder = case("w45-title-says-cancelled")
    cancelled = read_file(folder, "2024-12-31.xlsx")
    mixed = read_file(folder, "2024-12-31-441802.xlsx")
    told()

    assert states([cancelled]) == [(FIRST, "已注销", "标题"), (SECOND, "已注销", "标题")]
    assert {(row.status, row.status_basis) for row in mixed.rows} == {("正常", "名单未列状态")}
    assert [(problem.kind, problem.row) for problem in mixed.problems] == [("row_unclear", 1)]


def test_a_row_with_an_earlier_name_belongs_to_the_institution_above(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w48-former-name-row"))

    assert [(row.name, row.former_names) for row in reading.rows] == [
        (FIRST, ("清远市示例老足球培训中心",)),
        (SECOND, ()),
    ]
    assert [(line.row, line.what) for line in reading.not_rows] == [(1, "header"), (3, "former_name")]


def test_signature_and_count_are_no_institutions(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w56-signature-rows"))

    assert states([reading]) == [(FIRST, "正常", "状态栏"), (SECOND, "停业", "状态栏")]
    assert [line.what for line in reading.not_rows] == ["header", "signature", "subtotal"]


def test_blank_rows_between_are_no_end(case: Callable[[str], Path]) -> None:
    reading = read_case(case("w57-blank-rows"))

    assert [row.status for row in reading.rows] == ["正常", "停业"]
    assert rows_add_up(reading)


def test_words_for_a_state_that_are_not_known_are_told_and_nobody_is_called_well(
    case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    reading = read_case(case("w62-status-words"))
    told()

    assert [(row.status, row.status_basis) for row in reading.rows] == [(None, None), (None, None)]
    assert [(problem.kind, problem.rows) for problem in reading.problems] == [("not_understood", (2, 3))]

"""Rows that name an institution once more: by credit code, permit number, or name and address."""

from collections.abc import Callable, Hashable, Sequence

from openbureau.chinese.credit_codes import is_document_number
from openbureau.chinese.folding import fold
from openbureau.library.whitelist.rows import WhitelistProblem, WhitelistRow

_KEYS: tuple[tuple[str, str, Callable[[WhitelistRow], Hashable]], ...] = (
    ("uscc", "统一社会信用代码", lambda row: row.uscc if row.uscc_state == "ok" else None),
    (
        "permit_no",
        "办学许可证号",
        lambda row: None if is_document_number(row.permit_no or "") else row.permit_no,
    ),
    (
        "name",
        "机构名称和地址",
        lambda row: (fold(row.name), fold(row.addr_premises)) if row.name and row.addr_premises else None,
    ),
)

ColumnOf = Callable[[int, str], tuple[str | None, str | None]]
"""The letter and the words of the column a field was read from, of a row by its number among all rows."""


def find_duplicates(file: str, rows: Sequence[WhitelistRow], column_of: ColumnOf) -> list[WhitelistProblem]:
    """Report each row that repeats an earlier one: by credit code, permit number, or name and address."""
    problems: list[WhitelistProblem] = []
    reported: set[int] = set()
    for field, words, key_of in _KEYS:
        first: dict[Hashable, int] = {}
        for number, row in enumerate(rows):
            key = key_of(row)
            if key is None or first.setdefault(key, number) == number or number in reported:
                continue
            reported.add(number)
            problems.append(_duplicate(file, row, rows[first[key]], words, column_of(number, field)))
    return problems


def _duplicate(
    file: str, row: WhitelistRow, first: WhitelistRow, words: str, column: tuple[str | None, str | None]
) -> WhitelistProblem:
    sheet = f"“{first.source_sheet}”" if first.source_sheet else ""
    return WhitelistProblem(
        file=file,
        sheet=row.source_sheet,
        row=row.source_row,
        column=column[0],
        header=column[1],
        kind="duplicate",
        level="error",
        message=f"与{sheet}第 {first.source_row} 行的{words}相同，可能是同一机构",
        mend="请核实后只保留一行，或改正其中写错的一行",
        other=first.place,
    )

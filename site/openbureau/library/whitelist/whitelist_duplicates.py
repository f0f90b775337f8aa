"""The same institution twice in one file: by credit code, by permit number, by name and place."""

from collections.abc import Callable, Hashable, Sequence

from openbureau.library.whitelist.rows import Place, Row, WhitelistProblem
from openbureau.library.whitelist.vocabulary import fold

_KEYS: tuple[tuple[str, str, Callable[[Row], Hashable]], ...] = (
    ("uscc", "统一社会信用代码", lambda row: row.uscc if row.uscc_state == "ok" else None),
    ("permit_no", "办学许可证号", lambda row: row.permit_no),
    (
        "name",
        "机构名称和地址",
        lambda row: (fold(row.name), fold(row.addr_premises)) if row.name and row.addr_premises else None,
    ),
)

ColumnOf = Callable[[Row, str], tuple[str | None, str | None]]
"""The letter and the words of the column a row's field was read from."""


def find_duplicates(file: str, rows: Sequence[Row], column_of: ColumnOf) -> list[WhitelistProblem]:
    """One problem for each row that repeats an earlier one, by the strongest likeness."""
    problems: list[WhitelistProblem] = []
    reported: set[Place] = set()
    for field, words, key_of in _KEYS:
        first: dict[Hashable, Row] = {}
        for row in rows:
            key = key_of(row)
            if key is None or first.setdefault(key, row) is row or row.place in reported:
                continue
            reported.add(row.place)
            problems.append(_duplicate(file, row, first[key], words, column_of(row, field)))
    return problems


def _duplicate(
    file: str, row: Row, first: Row, words: str, column: tuple[str | None, str | None]
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

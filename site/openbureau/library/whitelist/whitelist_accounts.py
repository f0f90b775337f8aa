"""Whether a whitelist workbook tells whole account numbers: then it is not handed out as it came."""

from collections.abc import Iterable, Mapping

from openbureau.library.whitelist.escrow_accounts import holds_number, masked, tells_account
from openbureau.library.whitelist.header_parser import NOT_TAKEN, Column
from openbureau.library.whitelist.sheet_parser import Lines
from openbureau.spreadsheets.workbook import Cell

_ACCOUNT = "escrow_account"
_BESIDE = frozenset({"escrow_bank", "escrow_name"})
"""Columns of a bank or holder, into which the number is sometimes written as well."""


def tells_accounts(sheets: Iterable[Lines], remarks: Iterable[str]) -> bool:
    """Whether any cell of any sheet, hidden ones too, or any remark tells one."""
    return any(map(tells_account, remarks)) or any(map(_in_sheet, sheets))


def _in_sheet(lines: Lines) -> bool:
    """Names, addresses and the other columns that are read for what they are need no second look."""
    headers = {line.number: line.header for line in lines.lines}
    plain = {header.first: _plain(header.columns) for header in lines.headers}
    for number, row in enumerate(lines.sheet.rows, 1):
        header = headers.get(number)
        if header is None:
            if any(tells_account(cell.text) for cell in row):
                return True
            continue
        passed = plain[header.first]
        if any(_tells(cell, header.columns) for cell in row if cell.column not in passed):
            return True
    return False


def _plain(columns: Mapping[int, Column]) -> frozenset[int]:
    looked_at = {None, _ACCOUNT, *_BESIDE, *NOT_TAKEN}
    return frozenset(number for number, column in columns.items() if column.field not in looked_at)


def _tells(cell: Cell, columns: Mapping[int, Column]) -> bool:
    field = columns[cell.column].field if cell.column in columns else None
    if field == _ACCOUNT:
        return holds_number(cell.text)
    return tells_account(cell.text) or (field in _BESIDE and masked(cell.text) != cell.text)

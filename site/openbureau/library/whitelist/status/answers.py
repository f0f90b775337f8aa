"""Columns for the state under other heads: questions with yes and no, heads told by their values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from openbureau.chinese.folding import fold
from openbureau.library.whitelist.header_parser import Header, WhitelistColumn
from openbureau.library.whitelist.layout.lines import Line, SheetLines
from openbureau.library.whitelist.vocabulary import could_be_status, is_status_word, read_status, read_yes

_TICKED = re.compile("[√✓✔☑●■vVyY对]+|(?i:yes|true)")
_CROSSED = re.compile("[×✗✘☒xXnN错/\\-—]+|(?i:no|false)")


def answer_of(text: str) -> bool | None:
    """Yes or no, in words or as a tick or a cross; None if the folded text is neither."""
    if _TICKED.fullmatch(text):
        return True
    return False if _CROSSED.fullmatch(text) else read_yes(text)


def settle_status_columns(result: SheetLines) -> None:
    """Give the lines of a sheet headers that know the column for states by its values, and what is ticked.

    A head such as 情况 stands for the state only if its values are states; one that is not understood does,
    too, if they are.
    """
    for number, header in enumerate(result.headers):
        lines = [line for line in result.lines if line.header is header]
        settled = _settled(header, lines)
        ticked = frozenset(
            column.number for column in settled.of("operating") if _is_ticked(_texts(lines, column))
        )
        for line in lines:
            line.header, line.ticked = settled, ticked
        result.headers[number] = settled


def _settled(header: Header, lines: Sequence[Line]) -> Header:
    columns = dict(header.columns)
    for column in header.of("status"):
        texts = _texts(lines, column)
        is_vague = not re.search("状态|状况", fold(column.header))
        if is_vague and texts and not any(read_status(text) or could_be_status(text) for text in texts):
            columns[column.number] = replace(column, field=None)
    is_known = any(column.field in ("status", "operating") for column in columns.values())
    for column in () if is_known else header.columns.values():
        texts = _texts(lines, column)
        words = [text for text in texts if is_status_word(text)]
        is_told = column.field in (None, "class") and words and len(words) * 2 >= len(texts)
        # Remarks are states only if each row has one and they are nothing else.
        is_all = column.field == "remark" and len(words) == len(texts) == len(lines) > 1
        if is_told or (is_all and any(read_status(word) == "正常" for word in words)):
            columns[column.number] = replace(column, field="status")
            break
    return header if columns == header.columns else replace(header, columns=columns)


def _texts(lines: Iterable[Line], column: WhitelistColumn) -> list[str]:
    return [fold(line.cells[column.number].text) for line in lines if column.number in line.cells]


def _is_ticked(texts: Sequence[str]) -> bool:
    """Whether all that stands in a column means yes: ticks, or the day when it happened (2024年10月)."""
    return bool(texts) and all(answer_of(text) or re.search(r"\d{4}", text) for text in texts)

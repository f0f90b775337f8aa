"""Tables, lists and headings as clerks lay them out; what does not become one is told with its line."""

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from openbureau.formats.markdown.remarks import add_remark

LIST_ITEM = re.compile(r"(?P<mark>(?:[-*]|[0-9]{1,3}\.)[ \t]+)\S")
"""How an item of a list begins: 2024. is a year, + and 1) are as they are written."""
_DASHES = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*|\s*\|\s*:?-+:?\s*\|\s*")
_BARS = re.compile(r"\s*[|｜](?:[^|｜]*[|｜]){2,}\s*")
"""A line that would be a row of a table."""
_BELOW_BARS = re.compile(r"[-+=—|:\s]{3,}")
_NO_NOTE = re.compile(r"\[\^[^\]]+\]：")
_NO_HEADING = re.compile(r"#{2,6}[^\s#]|#{1,6}\u3000")
_NEW_PARAGRAPH = re.compile(r"\u3000\u3000\S")
_NO_ITEM = re.compile(r"[-*][ \t]+\S")


def layout_plugin(parser: MarkdownIt) -> None:
    """Give a parser these rules."""
    blocks = parser.block.ruler
    blocks.before("paragraph", "end_of_table", _end_of_table, {"alt": ["blockquote"]})
    blocks.before("paragraph", "new_paragraph", _new_paragraph, {"alt": ["paragraph"]})

    for name, rule in (("cells", _count_cells), ("no_marks", _tell_no_marks), ("levels", _tell_levels)):
        parser.core.ruler.before("inline", name, rule)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _end_of_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A line without a bar is no row."""
    return silent and state.parentType == "table" and "|" not in _line(state, start)


def _new_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Two full-width blanks begin a paragraph, also where no empty line stands before them."""
    return silent and bool(_NEW_PARAGRAPH.match(_line(state, start)))


def _count_cells(state: StateCore) -> None:
    """Cells beyond the heading's are shown, and told; so are missing ones."""
    lines = state.src.split("\n")
    tokens: list[Token] = []
    row: Token | None = None
    count = 0
    for token in state.tokens:
        if token.type == "tr_open":
            row, count = token, 0
        elif token.type == "table_close" and row and row.map and not count:
            mend = "leave no empty line between the heading and the rows"
            add_remark(state.env, row.map[0], "this table has no rows", mend, stops=False)
        count += token.type == "td_open"
        if token.type == "tr_close" and row and row.map and count:
            cells = _cells(lines[row.map[0]])
            for cell in cells[count:]:
                tokens += _cell(cell.strip(), row.map)
            if len(cells) != count:
                what = f"this row has {len(cells)} cells, the heading {count}"
                mend = "write \\| for a bar inside a cell, or add a heading"
                if is_short := len(cells) < count:
                    mend = "add the cells that are missing, empty ones too"
                add_remark(state.env, row.map[0], what, mend, stops=not is_short)
        tokens.append(token)
    state.tokens = tokens


def _cells(line: str) -> list[str]:
    cells = escapedSplit(
        line[line.find("|") :].strip() if line.lstrip(" \t>").startswith("|") else line.strip()
    )
    cells = cells[1:] if cells[0] == "" else cells
    return cells[:-1] if cells and cells[-1] == "" else cells


def _cell(words: str, lines: list[int]) -> list[Token]:
    inline = Token("inline", "", 0, content=words, map=lines, children=[])
    return [Token("td_open", "td", 1), inline, Token("td_close", "td", -1)]


def _tell_no_marks(state: StateCore) -> None:
    """Marks that are shown as they are written because something is missing beside them."""
    lines = state.src.split("\n")
    for place, token in enumerate(state.tokens):
        if token.type == "fence" and token.map and not _is_closed(lines[token.map[1] - 1], token):
            what = f"{token.markup} is not closed: all below it is shown as code"
            add_remark(state.env, token.map[0], what, f"write {token.markup} on a line of its own below it")
        elif token.type == "inline" and token.map and state.tokens[place - 1].type == "paragraph_open":
            for number, what, mend in _no_marks(token.content.split("\n")):
                add_remark(state.env, token.map[0] + number, what, mend, stops=what.startswith("no table"))


def _no_marks(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """Number of a line, what it is not, and how to mend it."""
    for number, line in enumerate(lines):
        if _NO_HEADING.match(line):
            marks = "#" * (len(line) - len(line.lstrip("#")))
            yield number, f"{marks} without a blank behind it is no heading", f"write {marks} 标题"
        elif match := _NO_NOTE.match(line):
            yield number, f"{match[0]} begins no note", "write an English colon"
        elif number and _NO_ITEM.match(line):
            yield number, f"{line[0]} is no item here", "leave an empty line above it, or put fewer blanks"
    for number, (above, line) in enumerate(pairwise(lines), 1):
        if "|" in above and _DASHES.fullmatch(line):
            what = f"no table: {len(_cells(above))} cells above, {len(_cells(line))} in the line of dashes"
            yield number, what, "write as many groups of --- as there are cells"
            return
    for number, (above, line) in enumerate(pairwise(lines)):
        if _BARS.fullmatch(above) and (_BARS.fullmatch(line) or _BELOW_BARS.fullmatch(line)):
            what = "these bars are no table: no line |---|---| stands below the first"
            yield number, what, "write | and --- as on an English keyboard"
            return


def _is_closed(last: str, fence: Token) -> bool:
    words = last.strip(" \t>")
    return len(words) >= len(fence.markup) and not words.strip(fence.markup[0])


def _tell_levels(state: StateCore) -> None:
    """An item that is further in than the one above it was meant to lie below it."""
    lines = state.src.split("\n")
    depth = 0
    above: dict[int, tuple[int, int]] = {}
    """Of the last item of each depth the columns in which its mark and its words begin."""
    for token in state.tokens:
        if token.type in ("ordered_list_open", "bullet_list_open"):
            depth += 1
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            depth -= 1
        elif token.type == "list_item_open" and token.map:
            line = lines[token.map[0]].expandtabs(4)
            column = len(line) - len(line.lstrip())
            match = LIST_ITEM.match(line, column)
            if depth in above and column > above[depth][0]:
                what = "this item stands beside the one above it, not below"
                mend = f"put {above[depth][1]} blanks before it, or as many as the one above has"
                add_remark(state.env, token.map[0], what, mend, stops=False)
            elif match:
                above[depth] = column, match.end("mark")
        elif token.block and token.nesting >= 0 and token.type != "inline":
            above.pop(depth + 1, None)

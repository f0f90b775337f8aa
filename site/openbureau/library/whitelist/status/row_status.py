"""The state of one institution, by whatever its row and the sheet around it say, and how it is known."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from openbureau.chinese.folding import fold
from openbureau.library.whitelist.header_parser import WhitelistColumn
from openbureau.library.whitelist.layout.lines import Line
from openbureau.library.whitelist.rows import UNSTATED, ProblemKind, StatusBasis
from openbureau.library.whitelist.status.answers import answer_of
from openbureau.library.whitelist.status.remarks import asides, name_and_status, read_remark, word_of_state
from openbureau.library.whitelist.vocabulary import OFF_LIST, read_status, status_of_heading

ASK_STATUS = "请核实该机构的状态，在“状态”列写明（正常、停业、已注销等）"
_PLACES_OF_ASIDES = ("addr_premises", "addr_registered", "premises", "permit_no", "uscc")
_NOTHING = re.compile(r"[-/\\—_.、无]*|暂无|没有")
_SEVERITY = ("已注销", "已吊销", "已取缔", "停业", "有效期届满", "预警", "灰", "变更中", "正常")
"""States from the one that weighs most."""


class StatusDoubt(NamedTuple):
    """What a clerk should look at; `column` None: the row as a whole."""

    column: WhitelistColumn | None
    message: str
    kind: ProblemKind = "status_unclear"


class RowStatus(NamedTuple):
    """The state, None if it is not known; how it is known; what raises doubt."""

    status: str | None
    basis: StatusBasis | None
    doubts: tuple[StatusDoubt, ...] = ()


class _Statement(NamedTuple):
    status: str | None
    basis: StatusBasis
    column: WhitelistColumn | None = None


def has_status_column(line: Line) -> bool:
    """Whether the list has a column for the state."""
    return bool(line.header.of("status") or line.header.of("operating"))


def row_status(line: Line) -> RowStatus:
    """The state of the institution of a line.

    Its own cells come first, then what is written beside its name, then heading, legend and title. 正常 is
    assumed of nobody: without any such words it is the state of a row only where the list has no column for
    states, and then the basis says so.
    """
    doubts: list[StatusDoubt] = []
    own = [*_in_cells(line, doubts)]
    beside = [*_beside(line, doubts)]
    around = [*_around(line)]
    if own:
        status = _worst(own)
        basis: StatusBasis | None = "状态栏"
        doubts += _contradictions(status, [*beside, *around, *_by_days(line)])
    else:
        statements = [*_by_days(line), *beside, *around]
        status, basis = _of_statements(line, statements, bool(doubts))
        if len({one.status for one in statements}) > 1:
            doubts.append(
                StatusDoubt(
                    None, f"对该机构状态的说法不一致（{_listed(statements)}），按“{status or '未写明'}”处理"
                )
            )
    if "struck" in line.marks and status == "正常":
        doubts.append(StatusDoubt(None, "这一行被划掉（删除线），状态不再写“正常”，按“未写明”处理"))
        status = basis = None
    if "red" in line.marks and status == "正常" and not line.around.legend:
        doubts.append(StatusDoubt(None, "这一行用红字标出，名单没有写明红字的意思，状态仍按“正常”处理"))
    return RowStatus(status, basis if status else None, tuple(doubts))


def _in_cells(line: Line, doubts: list[StatusDoubt]) -> Iterator[_Statement]:
    """What the columns for states say; a cell that is not understood is a statement of nothing."""
    for column, cell in line.of("status"):
        if cell.error:
            yield _Statement(None, "状态栏", column)
        elif not _NOTHING.fullmatch(fold(cell.text)):
            status = read_status(cell.text)
            if not status:
                doubts.append(
                    StatusDoubt(column, f"“{column.header}”的写法无法识别，该项未采用", "not_understood")
                )
            yield _Statement(status, "状态栏", column)
    for column, cell in line.of("operating"):
        status, is_said = _answer(column, fold(cell.text))
        if not is_said:
            doubts.append(StatusDoubt(column, f"“{column.header}”看不出该机构是什么状态"))
        yield _Statement(status, "状态栏", column)
    for column in line.header.of("operating"):
        # Where others are ticked, a cell without a tick is a no; to be well has to be said.
        is_left_empty = column.number in line.ticked and column.number not in line.cells
        if is_left_empty and read_status(_question(column)) not in ("正常", None):
            yield _Statement("正常", "状态栏", column)


def _answer(column: WhitelistColumn, text: str) -> tuple[str | None, bool]:
    """The state that yes or no under a question means, and whether it means one."""
    asked, answer = read_status(_question(column)), answer_of(text)
    if answer is None:
        # A day under 停业, or the state itself.
        status = read_status(text) or (asked if re.search(r"\d{4}", text) else None)
        return status, bool(status)
    if answer:
        return asked, bool(asked)
    return ("正常", True) if asked and asked != "正常" else (None, False)


def _question(column: WhitelistColumn) -> str:
    return re.sub(r"\(.*?\)|是否", "", fold(column.header))


def _beside(line: Line, doubts: list[StatusDoubt]) -> Iterator[_Statement]:
    """What remarks and brackets after the name say."""
    for column, cell in line.of("remark"):
        remark = read_remark(cell.text)
        if remark.status:
            yield _Statement(remark.status, "备注", column)
        elif remark.doubt:
            doubts.append(
                StatusDoubt(column, f"“{column.header}”写有“{remark.doubt}”，看不出该机构现在的状态")
            )
    for column, cell in line.of("name"):
        name, status = name_and_status(cell.text)
        if status:
            yield _Statement(status, "名称", column)
        remark = read_remark(asides(name))
        doubts += _doubt_elsewhere(column, remark.status or remark.doubt)
    for field in _PLACES_OF_ASIDES:
        for column, cell in line.of(field):
            doubts += _doubt_elsewhere(column, word_of_state(asides(cell.text)))
    for column in line.header.by_field.get(None, ()):
        text = line.cells[column.number].value if column.number in line.cells else None
        if isinstance(text, str):
            doubts += _doubt_elsewhere(column, word_of_state(text))


def _doubt_elsewhere(column: WhitelistColumn, word: str) -> list[StatusDoubt]:
    """The doubt that a word in a column for something else raises."""
    return [StatusDoubt(column, f"“{column.header}”写有“{word}”，看不出该机构现在的状态")] if word else []


def _by_days(line: Line) -> Iterator[_Statement]:
    """A day of cancelling or a reason for it says that it was cancelled."""
    for name in ("status_date", "status_reason"):
        for column, cell in line.of(name):
            status = status_of_heading(column.header)
            if status and status != "正常" and not _NOTHING.fullmatch(fold(cell.text)):
                yield _Statement(status, "状态栏", column)


def _around(line: Line) -> Iterator[_Statement]:
    """What stands around the row: the nearest statement of each sort."""
    around = line.around
    sources: tuple[tuple[str | None, StatusBasis], ...] = (
        (around.legend, "图例"),
        (around.heading, "小标题"),
        (around.title, "标题"),
    )
    for status, basis in sources:
        if status is not None:
            yield _Statement(status or None, basis)
            # A heading is nearer to the row than the title.
            if basis != "图例":
                return


def _worst(statements: list[_Statement]) -> str | None:
    """正常 only if all say so; otherwise what weighs most, None if that is not known."""
    states = {one.status for one in statements}
    known = [state for state in _SEVERITY if state in states]
    return None if not known or (None in states and known[0] == "正常") else known[0]


def _of_statements(
    line: Line, statements: list[_Statement], is_doubtful: bool
) -> tuple[str | None, StatusBasis | None]:
    """The state by what is said elsewhere than in a column for states."""
    if statements:
        status = _worst(statements)
        return status, next((one.basis for one in statements if one.status == status), None)
    if is_doubtful or has_status_column(line):
        return None, None
    return "正常", UNSTATED


def _contradictions(status: str | None, statements: list[_Statement]) -> Iterator[StatusDoubt]:
    """Statements that an institution said to be there is gone, or one said to be well is not."""
    for one in statements:
        if (
            one.status
            and one.status != status
            and (status in ("正常", None) or one.status in OFF_LIST - {status})
        ):
            what = f"{one.basis}说的是“{one.status}”，状态栏说的是“{status or '未写明'}”，按状态栏处理"
            yield StatusDoubt(one.column, what)


def _listed(statements: list[_Statement]) -> str:
    return "、".join(dict.fromkeys(f"{one.basis}“{one.status or '不明'}”" for one in statements))

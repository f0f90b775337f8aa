"""A file that cannot be opened as a workbook, and the bounds beyond which none is opened."""

from typing import Literal

MAX_FILE_BYTES = 20 * 2**20
"""The largest workbook file."""
MAX_CSV_BYTES = 10 * 2**20
"""The largest CSV file."""
MAX_MEMBER_BYTES = 48 * 2**20
"""The most one member of a zipped workbook may inflate to. A list of 20,000 institutions has 38 MB."""
MAX_INFLATED_BYTES = 64 * 2**20
"""The most all members of a zipped workbook may inflate to."""
MAX_MEMBERS = 2_000
MAX_DEPTH = 100
"""The most elements inside one another in one XML member."""
MAX_SHEETS = 200
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
"""The last row and column a spreadsheet has."""
MAX_CELLS = 420_000
"""The most cells with something in them. A city's list has 8,000, one of 20,000 institutions 360,000."""
MAX_AREA = 2_000_000
"""The most cells, blank ones included, inside the used rectangles of all sheets."""
MAX_MERGES = 20_000
MAX_CELL_CHARACTERS = 32_767
"""The most Excel itself keeps in one cell."""

UnreadableKind = Literal[
    "encrypted", "damaged", "too_large", "not_a_workbook", "no_text", "no_table", "tracked_changes"
]
"""`no_text`: what should be text is a picture. `no_table`: a paper without any.
`tracked_changes`: nobody decided what the text is."""


class Unreadable(Exception):
    """The file cannot be opened. `message` says why and `mend` what to do, in words for a clerk.

    Neither repeats anything that stands in the file.
    """

    def __init__(self, kind: UnreadableKind, message: str, mend: str) -> None:
        super().__init__(f"{message}；{mend}")
        self.kind: UnreadableKind = kind
        self.message = message
        self.mend = mend


def damaged(what: str = "文件不完整或已损坏，无法打开") -> Unreadable:
    return Unreadable("damaged", what, "请用表格软件重新打开原件，另存为 .xlsx 后再放入")


def too_large(what: str) -> Unreadable:
    return Unreadable("too_large", what, "请只保留名单本身，新建工作簿粘贴数值后另存为 .xlsx")


def encrypted() -> Unreadable:
    return Unreadable("encrypted", "文件设有打开密码，无法读取", "请在表格软件中取消密码后重新保存")


def not_a_workbook(what: str) -> Unreadable:
    return Unreadable("not_a_workbook", what, "请用表格软件打开后另存为 .xlsx")

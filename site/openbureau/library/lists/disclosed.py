"""Personal data in the file of a list, in cells and in all other parts, and files that are withheld."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from openbureau.chinese.personal_data import PersonalNumber, looks_harmless, personal_numbers
from openbureau.disclosure.plain_text import decoded
from openbureau.disclosure.scanner import Disclosure, DisclosureKind, disclosures
from openbureau.library.reading_cache import ReadingCache
from openbureau.spreadsheets.workbook import Cell, Sheet, Workbook

WITHHELD = ".withheld.txt"
"""How the name of the file ends that, beside a list, says why its own file is not handed out."""
WITHHELD_REASON = "原始文件含有不宜公开的个人信息，不对外提供"
"""The reason given where that file is empty."""
MAX_REASON_CHARACTERS = 200

HOW_TO_GO_ON = (
    "请在原件中删除后重新提交；只公布名单内容、不提供原件的，在旁边放一个同名、以 .withheld.txt 结尾的"
    "文件写明原因；本来就要公开的号码，写入 site.toml 的 [disclosure] public_numbers"
)
"""What an editor can do about personal data in the file of a list that is handed out."""


@dataclass(frozen=True)
class ListDisclosure:
    """Personal data in a cell of a sheet, or elsewhere in the file at `place`; what `words` calls it."""

    kind: DisclosureKind
    words: str
    sheet: Sheet | None = None
    cell: Cell | None = None
    place: str = ""


def withheld_reason(path: Path) -> str:
    """Why the file at `path` is not handed out, as the file beside it says; empty if there is none."""
    beside = path.with_name(f"{path.stem}{WITHHELD}")
    if not beside.is_file():
        return ""
    return decoded(beside.read_bytes()).strip()[:MAX_REASON_CHARACTERS] or WITHHELD_REASON


def list_disclosures(
    path: Path, workbook: Workbook, public: Collection[str], readings: ReadingCache
) -> Iterator[ListDisclosure]:
    """All personal data in the file: each cell of every sheet, hidden ones too, then whatever is no cell.

    What a cell tells is not told once more of the part it stands in. Numbers that are `public` pass.
    """
    in_cells: set[str] = set()
    for sheet in workbook.sheets:
        for cell, numbers in personal_cells(sheet, public):
            in_cells.update(number.digits for number in numbers)
            for kind in dict.fromkeys(number.kind for number in numbers):
                yield ListDisclosure(kind, Disclosure(kind, "").words, sheet, cell)
    data, passing = path.read_bytes(), {*public, *in_cells}
    for part in _parts(data, path.name, passing, readings if not in_cells else None):
        yield ListDisclosure(part.kind, part.words, place=part.place)


def personal_cells(sheet: Sheet, public: Collection[str] = ()) -> Iterator[tuple[Cell, list[PersonalNumber]]]:
    """The cells of a sheet that hold personal data."""
    for row in sheet.rows:
        if not looks_harmless(*[cell.text for cell in row]):
            for cell in row:
                if cell.origin is None and (numbers := personal_numbers(cell.text, public)):
                    yield cell, numbers


def _parts(
    data: bytes, name: str, passing: Collection[str], readings: ReadingCache | None
) -> list[Disclosure]:
    if readings is None:
        # Under a key that personal numbers were part of nothing is kept.
        return disclosures(data, name, passing)
    return cached_disclosures(data, name, passing, readings)


def cached_disclosures(
    data: bytes, name: str, public: Collection[str], readings: ReadingCache
) -> list[Disclosure]:
    """`disclosures`, looked for once for the same bytes."""
    pairs = readings.value(
        "disclosures", data, lambda: disclosures(data, name, public), about=" ".join(sorted(public))
    )
    return [Disclosure(*pair) for pair in pairs]

"""Workbooks are opened as leniently as spreadsheet programs do: whatever is told twice may be wrong once."""

import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from openbureau.spreadsheets.errors import MAX_MEMBER_BYTES
from openbureau.spreadsheets.workbook import Unreadable, Workbook, open_workbook
from support.workbook_makers import FIRST, HEADER, SECOND, ods, saved, sheet_of, xlsx, zipped

LINES = [HEADER, FIRST, SECOND]
SHEET, BOOK, RELS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Members = dict[str, str | bytes]


@pytest.fixture
def members(tmp_path: Path) -> Members:
    """The members of a good workbook with two institutions."""
    with zipfile.ZipFile(xlsx(tmp_path, LINES)) as archive:
        members: Members = {name: archive.read(name) for name in archive.namelist()}
    texts: list[str] = []

    def shared(match: re.Match[str]) -> str:
        texts.append(match[1])
        return f't="s"><v>{len(texts) - 1}</v>'

    inline = r't="inlineStr"><is><t>([^<]*)</t></is>'
    members[SHEET] = re.sub(inline, shared, text(members, SHEET))
    items = "".join(f"<si><t>{each}</t></si>" for each in texts)
    members[STRINGS] = f'<sst xmlns="{NAMESPACE}">{items}</sst>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relationship = f'<Relationship Id="rId9" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    members[RELS] = text(members, RELS).replace("</Relationships>", relationship)
    return members


def made(folder: Path, members: Mapping[str, str | bytes]) -> Path:
    return zipped(folder / "2024-12-31.xlsx", dict(members))


def values(book: Workbook) -> list[list[object]]:
    return [[cell.value for cell in row] for row in book.sheets[0].rows if row]


def assert_read(path: Path) -> Workbook:
    book = open_workbook(path)
    assert values(book)[:3] == LINES
    return book


def text(members: Members, name: str) -> str:
    content = members[name]
    return content if isinstance(content, str) else content.decode()


# Names of members


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name.replace("/", "\\"),
        lambda name: f"/{name}",
        lambda name: f"./{name}",
        str.upper,
        str.lower,
        str.title,
    ],
    ids=["backslashes", "from the root", "from here", "upper case", "lower case", "mixed case"],
)
def test_members_are_known_by_their_names_however_they_are_written(
    tmp_path: Path, members: Members, rename: Callable[[str], str]
) -> None:
    assert_read(made(tmp_path, {rename(name): content for name, content in members.items()}))


def test_folders_among_the_members_are_none_of_them(tmp_path: Path, members: Members) -> None:
    assert_read(made(tmp_path, {"xl/": b"", "xl/worksheets/": b"", **members}))


def test_two_names_that_are_one_to_a_program_are_refused(tmp_path: Path, members: Members) -> None:
    path = made(tmp_path, {**members, SHEET.replace("/", "\\"): b"<worksheet/>"})
    with pytest.raises(Unreadable):
        open_workbook(path)


# Places of parts


def moved(members: Members, old: str, new: str, *, target: str, by: str = RELS) -> Members:
    """The part lies elsewhere, and its relationship says where."""
    moved = {name: content for name, content in members.items() if name != old}
    moved[new] = members[old]
    pattern = rf'Target="[^"]*{Path(old).name}"'
    moved[by] = re.sub(pattern, lambda _: f'Target="{target}"', text(members, by))
    return moved


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("xl/worksheets/名单 1.xml", "worksheets/名单%201.xml"),
        ("xl/a.xml", "a.xml"),
        ("data/1.xml", "/data/1.xml"),
        ("data/1.xml", "../data/1.xml"),
        ("data/1.xml", "..\\data\\1.xml"),
        ("Data/Sheet.XML", "/data/sheet.xml"),
    ],
)
def test_a_sheet_is_where_its_relationship_says(
    tmp_path: Path, members: Members, place: str, target: str
) -> None:
    assert_read(made(tmp_path, moved(members, SHEET, place, target=target)))


@pytest.mark.parametrize("place", ["xl/book.xml", "office/workbook.xml", "workbook.xml"])
def test_the_workbook_is_where_its_relationship_says(tmp_path: Path, members: Members, place: str) -> None:
    away = moved(members, BOOK, place, target=f"/{place}", by="_rels/.rels")
    rels = away.pop(RELS)
    folder, _, name = place.rpartition("/")
    away[f"{folder}/_rels/{name}.rels".lstrip("/")] = re.sub(
        r'Target="/?(?:xl/)?', 'Target="/xl/', rels if isinstance(rels, str) else rels.decode()
    )
    assert_read(made(tmp_path, away))


def test_the_workbook_is_found_by_its_content_type(tmp_path: Path, members: Members) -> None:
    book = text(members, BOOK)
    rels = text(members, RELS)
    types = text(members, "[Content_Types].xml").replace("/xl/workbook.xml", "/xl/book.xml")
    kept = {name: content for name, content in members.items() if name not in (BOOK, RELS, "_rels/.rels")}
    assert_read(
        made(
            tmp_path,
            {**kept, "[Content_Types].xml": types, "xl/book.xml": book, "xl/_rels/book.xml.rels": rels},
        )
    )


@pytest.mark.parametrize(
    "missing",
    [
        "xl/styles.xml",
        "xl/theme/theme1.xml",
        "docProps/app.xml",
        "docProps/core.xml",
        "[Content_Types].xml",
        "_rels/.rels",
    ],
)
def test_parts_that_no_program_misses_are_not_missed(tmp_path: Path, members: Members, missing: str) -> None:
    del members[missing]
    assert_read(made(tmp_path, members))


def test_texts_in_the_cells_need_no_table_of_texts(tmp_path: Path) -> None:
    source = xlsx(tmp_path, LINES)
    with zipfile.ZipFile(source) as archive:
        assert STRINGS not in archive.namelist()
    assert_read(source)


@pytest.mark.parametrize("extent", ["A1", "A1:B2", "A1:XFD1048576", "", "a1:k3", "nonsense"])
def test_a_wrong_extent_is_not_believed(tmp_path: Path, members: Members, extent: str) -> None:
    members[SHEET] = re.sub(
        r"<dimension[^>]*/>", f'<dimension ref="{extent}"/>' if extent else "", text(members, SHEET)
    )
    assert_read(made(tmp_path, members))


# XML


@pytest.mark.parametrize(
    "write",
    [
        lambda xml: xml.encode("utf-16"),
        lambda xml: b"\xfe\xff" + xml.encode("utf-16-be"),
        lambda xml: xml.encode("utf-16-le"),
        lambda xml: ('<?xml version="1.0" encoding="UTF-16"?>' + xml).encode("utf-16"),
        lambda xml: ('<?xml version="1.0" encoding="utf-16"?>' + xml).encode(),
        lambda xml: ("<?xml version='1.0' encoding='GB2312' standalone='yes'?>\n" + xml).encode("gb18030"),
        lambda xml: b"\xef\xbb\xbf" + xml.encode(),
    ],
    ids=["UTF-16", "UTF-16 BE", "UTF-16 LE bare", "UTF-16 declared", "UTF-16 declared alone", "GB", "mark"],
)
def test_parts_in_other_encodings_are_read(
    tmp_path: Path, members: Members, write: Callable[[str], bytes]
) -> None:
    for name in (SHEET, BOOK, RELS, STRINGS, "xl/styles.xml"):
        members[name] = write(re.sub(r"^<\?xml.*?\?>", "", text(members, name)))
    assert_read(made(tmp_path, members))


@pytest.mark.parametrize(
    "write",
    [str.lower, lambda place: re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", place)],
    ids=["lower case", "absolute"],
)
def test_references_are_understood_in_every_form(
    tmp_path: Path, members: Members, write: Callable[[str], str]
) -> None:
    sheet = re.sub(
        r'(<c r=")([A-Z]+\d+)"', lambda match: f'{match[1]}{write(match[2])}"', text(members, SHEET)
    )
    assert_read(made(tmp_path, {**members, SHEET: sheet}))


def test_elements_may_have_a_prefix(tmp_path: Path, members: Members) -> None:
    for name in (SHEET, BOOK, STRINGS, "xl/styles.xml"):
        prefixed = re.sub(r"<(/?)(?=[A-Za-z])", r"<\1x:", re.sub(r"<\?xml.*?\?>", "", text(members, name)))
        members[name] = prefixed.replace('xmlns="http', 'xmlns:x="http')
    assert_read(made(tmp_path, members))


# The archive


@pytest.mark.parametrize(
    "tail", [b"\0" * 7, b"\r\n", b"<html>" * 300, b"\0" * 200_000], ids=["7", "2", "1800", "200000"]
)
def test_bytes_after_the_end_are_left_out(tmp_path: Path, members: Members, tail: bytes) -> None:
    path = made(tmp_path, members)
    path.write_bytes(path.read_bytes() + tail)
    assert_read(path)


def header_changed(path: Path, member: str, *, at: int, value: int, in_directory: bool) -> Path:
    """The four bytes at `at` of a member's header, local or in the directory (APPNOTE.TXT 4.3.7, 4.3.12)."""
    data = bytearray(path.read_bytes())
    begin = data.rindex(member.encode()) if in_directory else data.index(member.encode())
    data[begin - (46 if in_directory else 30) + at : begin - (46 if in_directory else 30) + at + 4] = (
        struct.pack("<I", value)
    )
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", [0, 1, 100, 2**31])
@pytest.mark.parametrize(
    ("at", "in_directory"),
    [(18, False), (22, False), (20, True), (24, True)],
    ids=["local packed", "local", "packed", "whole"],
)
def test_sizes_in_the_headers_are_not_believed(
    tmp_path: Path, members: Members, size: int, at: int, in_directory: bool
) -> None:
    assert_read(header_changed(made(tmp_path, members), SHEET, at=at, value=size, in_directory=in_directory))


def test_members_whose_sizes_follow_them_are_read(tmp_path: Path, members: Members) -> None:
    class Stream:
        """A file that cannot go back, so that sizes are written behind the members."""

        def __init__(self) -> None:
            self.data = b""

        def write(self, data: bytes) -> int:
            self.data += bytes(data)
            return len(data)

        def flush(self) -> None:
            pass

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            archive.writestr(name, content)
    path = tmp_path / "2024-12-31.xlsx"
    path.write_bytes(stream.data)
    assert_read(path)


def test_a_member_that_is_not_what_was_packed_is_refused(tmp_path: Path, members: Members) -> None:
    path = header_changed(made(tmp_path, members), SHEET, at=16, value=7, in_directory=True)
    with pytest.raises(Unreadable) as fault:
        open_workbook(path)
    assert fault.value.kind == "damaged"


@pytest.mark.parametrize("name", [SHEET, SHEET.replace("/", "\\")])
def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path, members: Members, name: str) -> None:
    sheet = text(members, SHEET) + " " * MAX_MEMBER_BYTES
    del members[SHEET]
    path = made(tmp_path, {**members, name: sheet})
    header_changed(path, name, at=24, value=100, in_directory=True)
    with pytest.raises(Unreadable) as fault:
        open_workbook(path)
    assert fault.value.kind == "too_large"


# Cells far away


@pytest.mark.parametrize("place", ["A300000", "P1048576", "XFD3", "ZZ1", "A1048576"])
def test_a_cell_far_away_is_read_in_its_place_with_all_others(tmp_path: Path, place: str) -> None:
    lines = [*LINES, *([index, *SECOND[1:]] for index in range(3, 800))]
    sheet = sheet_of(lines)
    sheet[place] = "."
    sheet.merge_cells("F2:G2")
    book = open_workbook(saved(sheet, tmp_path))
    cells = {f"{cell.letter}{cell.row}": cell for row in book.sheets[0].rows for cell in row}
    assert cells.pop(place).value == "."
    assert cells["B2"].value == FIRST[1]
    assert cells["G2"].origin == (2, 6)
    assert len(cells) == 800 * len(HEADER)
    assert all(cell.row == index for index, row in enumerate(book.sheets[0].rows, start=1) for cell in row)


@pytest.mark.parametrize(("rows", "columns"), [(1_000_000, 0), (0, 16_000), (1_000_000, 900)])
def test_a_cell_far_away_in_an_opendocument_sheet_is_read_in_its_place(
    tmp_path: Path, rows: int, columns: int
) -> None:
    source = ods(tmp_path, LINES * 100)
    gap = f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell/></table:table-row>'
    blank = f'<table:table-cell table:number-columns-repeated="{columns}"/>'
    far = "<table:table-cell office:value-type='string'><text:p>.</text:p></table:table-cell>"
    with zipfile.ZipFile(source) as archive:
        members: Members = {name: archive.read(name) for name in archive.namelist()}
    members["content.xml"] = text(members, "content.xml").replace(
        "</table:table>",
        f"{gap * bool(rows)}<table:table-row>{blank * bool(columns)}{far}</table:table-row></table:table>",
    )
    book = assert_read(zipped(tmp_path / "b.ods", members))
    last = book.sheets[0].rows[-1][-1]
    assert (last.row, last.column, last.value) == (301 + rows, columns + 1, ".")
    assert [cell.value for cell in book.sheets[0].rows[299]] == SECOND


@pytest.mark.parametrize("part", [SHEET, RELS])
def test_a_workbook_without_its_only_sheet_is_damaged(tmp_path: Path, members: Members, part: str) -> None:
    del members[part]
    with pytest.raises(Unreadable) as fault:
        open_workbook(made(tmp_path, members))
    assert fault.value.kind == "damaged"

"""Binary workbooks: .xlsb, Excel 95, and those under the password that programs try by themselves."""

import hashlib
import io
import struct
import zipfile
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.method.ecma376_standard import ECMA376Standard
from msoffcrypto.method.rc4 import DocumentRC4

from openbureau.spreadsheets.passwords.process import DEFAULT_PASSWORD
from openbureau.spreadsheets.workbook import Unreadable, Workbook, open_workbook
from support.workbook_makers import (
    FIRST,
    HEADER,
    SECOND,
    changed,
    excel_95,
    excel_97,
    ole,
    xlsb,
    xlsb_record,
    xlsx,
)

LINES = [HEADER, FIRST, SECOND]


def values(book: Workbook) -> list[list[object]]:
    return [[cell.value for cell in row] for row in book.sheets[0].rows]


# .xlsb


def test_a_binary_workbook_is_read(tmp_path: Path) -> None:
    book = open_workbook(xlsb(tmp_path, LINES))
    assert values(book) == LINES
    assert (book.sheets[0].name, book.notices, book.withheld) == ("清城区", (), "")


def test_a_binary_workbook_tells_hidden_columns_failed_formulas_and_merged_cells(tmp_path: Path) -> None:
    fourth = xlsb_record(0, struct.pack("<IIHBBBI", 3, 0, 300, 0, 0x10, 0, 0))
    failed = xlsb_record(3, struct.pack("<IIB", 1, 0, 0x17))
    tail = xlsb_record(60, struct.pack("<IIIIH", 4, 5, 2_560, 0, 1))
    tail += xlsb_record(176, struct.pack("<4I", 1, 2, 5, 5))
    path = xlsb(tmp_path, [HEADER, FIRST, changed(SECOND, 类别=None)], extra=tail)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    end = xlsb_record(146)
    sheet = members["xl/worksheets/sheet1.bin"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(
                name, content.replace(end, fourth + failed + end) if content == sheet else content
            )
    read = open_workbook(path).sheets[0]
    assert read.hidden_columns == {5, 6}
    assert read.hidden_rows == {4}
    assert [(cell.row, cell.column, cell.value) for row in read.rows for cell in row if cell.origin] == [
        (3, 6, FIRST[5])
    ]
    assert [(cell.row, cell.letter, cell.error) for row in read.rows for cell in row if cell.error] == [
        (4, "B", "#REF!")
    ]


def test_a_binary_workbook_gives_the_numbers_that_are_seen_and_the_marks_of_cells(tmp_path: Path) -> None:
    code = '"14418027"0000000'
    red = struct.pack("<BBh4B", 2 << 1 | 1, 0, 0, 0xC0, 0, 0, 0xFF)
    plain = struct.pack("<BBh4B", 1 << 1, 64, 0, 0, 0, 0, 0xFF)
    one = struct.pack("<I", 1)
    styles = xlsb_record(615, one) + xlsb_record(
        44, struct.pack("<HI", 164, len(code)) + code.encode("utf-16-le")
    )
    styles += xlsb_record(616)
    styles += xlsb_record(43, struct.pack("<4H4B", 220, 8, 400, 0, 0, 2, 134, 0) + red)
    styles += xlsb_record(45, struct.pack("<I", 1) + plain * 2)
    styles += xlsb_record(626) + xlsb_record(47, struct.pack("<4H", 0xFFFF, 0, 9, 9)) + xlsb_record(627)
    styles += xlsb_record(617, one) + xlsb_record(47, struct.pack("<4H", 0, 164, 0, 0)) + xlsb_record(618)
    (read,) = open_workbook(xlsb(tmp_path, [["甲", 34]], styles=styles)).sheets
    assert [cell.text for cell in read.rows[0]] == ["甲", "144180270000034"]
    assert read.marks == {(1, 1): {"struck", "red"}, (1, 2): {"struck", "red"}}


def test_a_binary_workbook_cut_off_inside_is_refused(tmp_path: Path) -> None:
    path = xlsb(tmp_path, LINES)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.bin"] = members["xl/worksheets/sheet1.bin"][:-40]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(Unreadable):
        open_workbook(path)


# Excel 95


@pytest.mark.parametrize("name", ["2024-12-31.xls", "2024-12-31.et", "2024-12-31.xlsx"])
def test_a_chinese_list_of_excel_95_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(excel_95(LINES))
    book = open_workbook(path)
    assert values(book) == LINES
    assert book.sheets[0].name == "清城区"


def test_a_list_of_excel_95_tells_comments_hidden_columns_and_failed_formulas(tmp_path: Path) -> None:
    comment = "说明".encode("gbk")
    extra = struct.pack("<HH3H", 0x001C, 6 + len(comment), 1, 1, len(comment)) + comment
    extra += struct.pack("<HH3HBB", 0x0205, 8, 4, 1, 0, 0x17, 1)
    extra += struct.pack("<HH6H", 0x007D, 12, 4, 5, 2_560, 0, 1, 0)
    path = tmp_path / "2024-12-31.xls"
    path.write_bytes(excel_95(LINES, extra=extra))
    sheet = open_workbook(path).sheets[0]
    assert sheet.remarks == ("说明",)
    assert sheet.hidden_columns == {5, 6}
    assert [cell.error for row in sheet.rows for cell in row if cell.error] == ["#REF!"]


@pytest.mark.parametrize("part", range(1, 8))
def test_a_list_of_excel_95_cut_off_anywhere_is_refused(tmp_path: Path, part: int) -> None:
    data = excel_95(LINES)
    path = tmp_path / "2024-12-31.xls"
    path.write_bytes(data[: len(data) * part // 8])
    with pytest.raises(Unreadable):
        open_workbook(path)


# Passwords


def protected(path: Path, password: str) -> Path:
    """The workbook under a password, as spreadsheet programs write it today (ECMA-376, agile encryption)."""
    encrypted = io.BytesIO()
    with path.open("rb") as stream:
        msoffcrypto.format.ooxml.OOXMLFile(stream).encrypt(password, encrypted)
    path.write_bytes(encrypted.getvalue())
    return path


def test_a_workbook_under_the_default_password_is_read_and_withheld(tmp_path: Path) -> None:
    book = open_workbook(protected(xlsx(tmp_path, LINES), DEFAULT_PASSWORD))
    assert values(book) == LINES
    assert "加密" in book.withheld


def under_standard_encryption(path: Path, password: str) -> Path:
    """The workbook under a password as Excel 2007 writes it ([MS-OFFCRYPTO] 2.3.4.5)."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    aes_128, sha_1, bits = 0x660E, 0x8004, 128
    key = ECMA376Standard.makekey_from_password(password, aes_128, sha_1, 24, bits, 16, salt)
    cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - so the format says
    encrypt = cipher.encryptor().update
    digest = hashlib.sha1(verifier, usedforsecurity=False).digest()
    header = struct.pack("<8I", 0x24, 0, aes_128, sha_1, bits, 24, 0, 0) + bytes(2)
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header
    info += (
        struct.pack("<I", 16) + salt + encrypt(verifier) + struct.pack("<I", 20) + encrypt(digest + bytes(12))
    )
    data = path.read_bytes()
    package = struct.pack("<Q", len(data)) + encrypt(data + bytes(-len(data) % 16))
    path.write_bytes(ole({"EncryptionInfo": info, "EncryptedPackage": package}))
    return path


def test_a_workbook_of_2007_under_the_default_password_is_read(tmp_path: Path) -> None:
    assert values(open_workbook(under_standard_encryption(xlsx(tmp_path, LINES), DEFAULT_PASSWORD))) == LINES
    with pytest.raises(Unreadable):
        open_workbook(under_standard_encryption(xlsx(tmp_path, LINES), "secret"))


def under_rc4(lines: list[list[object]], password: str) -> bytes:
    """An .xls file under a password as Excel 97 writes it ([MS-OFFCRYPTO] 2.3.6, [MS-XLS] 2.2.10)."""
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    begin = verifier + hashlib.md5(verifier, usedforsecurity=False).digest()
    checked = DocumentRC4.decrypt(password, salt, io.BytesIO(begin)).read()
    file_pass = struct.pack("<HHHHH", 0x002F, 54, 1, 1, 1) + salt + checked
    odd = -len(excel_97(lines, before=file_pass)) % 4
    plain = excel_97(lines, before=file_pass + struct.pack("<HH", 0x0160, odd) + bytes(odd))
    # Headers of records and some records stay as they are; the stream of the cipher goes on under them.
    covered, at = bytearray(plain), 0
    stays: list[range] = []
    while at < len(plain):
        number, length = struct.unpack_from("<HH", plain, at)
        whole = number in (0x0809, 0x002F)
        stays.append(range(at, at + 4 + (length if whole else 4 if number == 0x0085 else 0)))
        at += 4 + length
    for place in (index for area in stays for index in area):
        covered[place] = 0
    hidden = bytearray(
        DocumentRC4.decrypt(password, salt, io.BytesIO(bytes(covered)), blocksize=1_024).read()
    )
    for place in (index for area in stays for index in area):
        hidden[place] = plain[place]
    return ole({"Workbook": bytes(hidden)})


def test_an_old_workbook_under_the_default_password_is_read_and_withheld(tmp_path: Path) -> None:
    path = tmp_path / "2024-12-31.xls"
    path.write_bytes(under_rc4(LINES, DEFAULT_PASSWORD))
    book = open_workbook(path)
    assert values(book) == LINES
    assert "加密" in book.withheld


def test_an_old_workbook_under_another_password_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "2024-12-31.xls"
    path.write_bytes(under_rc4(LINES, "secret"))
    with pytest.raises(Unreadable) as fault:
        open_workbook(path)
    assert fault.value.kind == "encrypted"


def test_a_workbook_under_another_password_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as fault:
        open_workbook(protected(xlsx(tmp_path, LINES), "secret"))
    assert fault.value.kind == "encrypted"
    assert "密码" in fault.value.mend

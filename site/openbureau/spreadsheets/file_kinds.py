"""What kind of file somebody put where a list should be: told by its content, hardly by its name."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from typing import Literal

FileKind = Literal[
    "xlsx",
    "xlsb",
    "xls",
    "ods",
    "csv",
    "docx",
    "pdf",
    "odt",
    "presentation",
    "ofd",
    "archive",
    "encrypted",
    "sealed",
    "doc",
    "ppt",
    "ole",
    "old_excel",
    "rtf",
    "picture",
    "web_page",
    "web_archive",
    "xml",
    "lock",
    "empty",
]
"""`encrypted`: an office file under a password. `sealed`: one that the encryption
of a workplace made unreadable outside. `old_excel`: Excel 2 to 4. `lock`: what an office program
leaves beside a file that is open. `csv`: whatever is none of the others, and so is perhaps text."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCK_PREFIXES = ("~$", ".~")
MAX_LOCK_BYTES = 1_024

_PICTURES = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|BM....\0\0\0\0|II\*\0|MM\0\*|RIFF....WEBP|....ftyp(?:hei|hev|mif1|msf1|avif)",
    re.DOTALL,
)
_ARCHIVES = (b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_SEALED = (b"%TSD-Header-###%", b"\x62\x14\x23\x65")
"""How files begin that the encryption of a workplace (TSD, E-SafeNet) wrote."""
_OLD_EXCEL = re.compile(rb"\x09[\x00\x02\x04\x08].\0", re.DOTALL)
"""The record that begins a sheet, without the OLE file that Excel 5 put around it."""
_STREAMS: tuple[tuple[str, FileKind], ...] = (
    ("EncryptedPackage", "encrypted"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
)
"""Names of streams in an OLE file that tell whose it is."""
_PARTS: tuple[tuple[str, FileKind], ...] = (
    (r"(?:.*/)?workbook\.bin", "xlsb"),
    (r"(?:.*/)?workbook\.xml", "xlsx"),
    (r"word/document\w*\.xml", "docx"),
    (r"ppt/presentation\w*\.xml", "presentation"),
    (r"ofd\.xml", "ofd"),
)
"""Names of members, in lower case, that tell whose archive it is."""
_CONTENT_TYPES: tuple[tuple[bytes, FileKind], ...] = (
    (b"ms-excel.sheet.binary", "xlsb"),
    (b"spreadsheetml", "xlsx"),
    (b"ms-excel", "xlsx"),
    (b"wordprocessingml", "docx"),
    (b"ms-word", "docx"),
    (b"presentationml", "presentation"),
)
"""Words of `[Content_Types].xml`, for archives whose members have names of their own."""
_ODF: tuple[tuple[bytes, FileKind], ...] = (
    (b"opendocument.spreadsheet", "ods"),
    (b"opendocument.text", "odt"),
    (b"opendocument.presentation", "presentation"),
)


def file_kind(data: bytes, name: str) -> FileKind:
    """The kind of the file with these bytes. Only of a lock its `name` is asked."""
    if name.startswith(LOCK_PREFIXES) and len(data) <= MAX_LOCK_BYTES:
        return "lock"
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return "empty"
    if data.startswith(ZIP):
        return _zip_kind(data)
    if data.startswith(OLE):
        return _of_streams(data)
    if data.startswith(_SEALED):
        return "sealed"
    if data.startswith(_ARCHIVES):
        return "archive"
    if b"%PDF-" in data[:1_024]:
        return "pdf"
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if _PICTURES.match(data):
        return "picture"
    return "old_excel" if _OLD_EXCEL.match(data) else _text_kind(data)


def holds_macros(data: bytes) -> bool:
    """Whether a workbook holds programs: the names of members and streams of a file are not compressed."""
    is_ole = data.startswith(OLE)
    return _entry("_VBA_PROJECT_CUR") in data if is_ole else b"vbaproject.bin" in data.lower()


def member_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """The members by their names as other programs compare them: no backslashes, letters in lower case."""
    return {
        member.filename.replace("\\", "/").lstrip("/").lower(): member.filename
        for member in archive.infolist()
    }


def _zip_kind(data: bytes) -> FileKind:
    """A broken archive is taken for a workbook: its reader says what is broken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = member_names(archive)
            if "content.xml" in names:
                return _first(_ODF, _beginning(archive, names.get("mimetype")), "ods")
            types = _beginning(archive, names.get("[content_types].xml"))
            if kind := _of_parts(names):
                return kind
            return _first(_CONTENT_TYPES, types.replace(b"\0", b""), "archive")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        return "xlsx"


def _beginning(archive: zipfile.ZipFile, member: str | None) -> bytes:
    if member is None:
        return b""
    with archive.open(member) as stream:
        return stream.read(2**16)


def _of_parts(names: Iterable[str]) -> FileKind | None:
    for pattern, kind in _PARTS:
        if any(re.fullmatch(pattern, name) for name in names):
            return kind
    return None


def _first(words: Iterable[tuple[bytes, FileKind]], text: bytes, otherwise: FileKind) -> FileKind:
    return next((kind for word, kind in words if word in text), otherwise)


def _of_streams(data: bytes) -> FileKind:
    return next((kind for name, kind in _STREAMS if _entry(name) in data), "ole")


def _entry(name: str) -> bytes:
    """A directory entry's beginning ([MS-CFB] 2.6.1): the name in UTF-16, padded to 64 bytes, its length."""
    text = name.encode("utf-16-le")
    return text.ljust(64, b"\0") + (len(text) + 2).to_bytes(2, "little")


def _text_kind(data: bytes) -> FileKind:
    """Pages, whatever their encoding: their marks are plain letters in all of them."""
    head = data[:4_096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith((b"mime-version:", b"from:", b"subject:")) and b"content-type" in head:
        return "web_archive"
    if not head.startswith(b"<"):
        return "csv"
    is_page = re.search(rb"<(?:!doctype html|html|table|head|body|meta|div|style|script)\b", head)
    return "web_page" if is_page else "xml"

"""Documents that are archives of parts, new and old: told by what is inside while they pass by.

Nothing is unpacked but the one member that tells what kind of document a package is.
ZIP: APPNOTE 6.3.10. Office Open XML: ECMA-376. OpenDocument: ISO/IEC 26300. Compound files: [MS-CFB].
"""

import re
import zlib
from dataclasses import dataclass

from openbureau.tips.sealing.file_types import FileType
from openbureau.tips.sealing.refusals import APPLE, LOCKED, MACROS, MAIL, PACKED, PROGRAM, TORN

ZIP = b"PK\x03\x04"
OLE = bytes.fromhex("D0CF11E0A1B11AE1")

_TAIL_BYTES = 1024 * 1024
"""Of the end of an archive, where its members are listed."""
_MAX_TYPES_BYTES = 256 * 1024
_DEFLATED = 8
_ZIP_ENTRY, _ZIP_END, _ZIP64_END = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_TYPES = b"[Content_Types].xml"
_TYPES_HEADER_BYTES = 30 + len(_TYPES)
_TYPES_MEMBER = re.compile(rb"PK\x03\x04.{26}\[Content_Types\]\.xml", re.DOTALL)
_MAX_TYPES = 8
_IN_ZIP64 = 0xFFFFFFFF


def _container(name: str, *endings: str) -> FileType:
    return FileType(name, endings, lambda head: False)


DOCX = _container("Word文档", "docx", "dotx", "wps", "doc")
_XLSX = _container("Excel表格", "xlsx", "xltx", "et", "xls")
_PPTX = _container("演示文稿", "pptx", "ppsx", "potx", "dps", "ppt")
_XLSB = _container("Excel表格", "xlsb")
_OFD = _container("OFD文件", "ofd")
_ODT = _container("ODT文档", "odt")
_ODS = _container("ODS表格", "ods")
_ODP = _container("ODP演示", "odp")
DOC = _container("Word或WPS文档", "doc", "wps", "dot", "wpt")
_XLS = _container("Excel或WPS表格", "xls", "et", "xlt", "ett")
_PPT = _container("PowerPoint或WPS演示", "ppt", "dps", "pps", "dpt")

CONTAINERS = (DOCX, _XLSX, _PPTX, _XLSB, _OFD, _ODT, _ODS, _ODP, DOC, _XLS, _PPT)
"""Kinds that are told by what is inside."""

_BY_MAIN_PART = (
    (re.compile(rb"wordprocessingml\.(?:document|template)\.main"), DOCX),
    (re.compile(rb"spreadsheetml\.(?:sheet|template)\.main"), _XLSX),
    (re.compile(rb"presentationml\.(?:presentation|slideshow|template)\.main"), _PPTX),
    (re.compile(rb"ms-excel\.sheet\.binary\.macroenabled\.main"), _XLSB),
)
"""Type of a package's main part, whatever the part is called (ECMA-376-1, 11 to 13; Strict and not)."""

_BY_MEMBER = (
    (re.compile(rb"ofd\.xml"), _OFD),
    (re.compile(rb"xl/workbook\.bin"), _XLSB),
    (re.compile(rb"word/document\d*\.xml"), DOCX),
    (re.compile(rb"xl/workbook\d*\.xml"), _XLSX),
    (re.compile(rb"ppt/presentation\d*\.xml"), _PPTX),
)
"""The same by the name of the part, for packages that do not tell their types."""

_BY_MEDIA_TYPE = {
    b"application/vnd.oasis.opendocument.text": _ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": _ODS,
    b"application/vnd.oasis.opendocument.presentation": _ODP,
}
"""What the first member of an OpenDocument file says (ISO/IEC 26300-3, 3.3)."""

_STREAMS: dict[bytes, FileType | str] = {
    name.encode("utf-16-le"): verdict
    for name, verdict in (
        ("EncryptedPackage", LOCKED),
        ("_VBA_PROJECT", MACROS),
        ("__substg1.0_", MAIL),
        ("WordDocument", DOC),
        ("Workbook", _XLS),
        ("PowerPoint Document", _PPT),
    )
} | {bytes.fromhex("84100C0000000000C000000000000046"): PROGRAM}
"""Streams of a compound file ([MS-CFB]) and what they make of it; the last is the class of installers."""

_MACRO = re.compile(rb"vbaproject|(?:document|template|sheet|presentation|slideshow)\.macroenabled\.main")
_OVERLAP_BYTES = max(map(len, _STREAMS))


class Scan:
    """What of a file is looked at while it passes."""

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        raise NotImplementedError

    def verdict(self, ending: str) -> FileType | str:
        """The kind of the whole file under a name with this ending, or why it is refused."""
        raise NotImplementedError


class CompoundScan(Scan):
    """An old Office file, told by the names of its streams, wherever they lie."""

    def __init__(self) -> None:
        self._last = b""
        self._seen: set[bytes] = set()

    def feed(self, piece: bytes) -> None:
        window = self._last + piece
        self._seen |= {name for name in _STREAMS.keys() - self._seen if name in window}
        self._last = window[-_OVERLAP_BYTES:]

    def verdict(self, ending: str) -> FileType | str:
        verdicts = [verdict for name, verdict in _STREAMS.items() if name in self._seen]
        refusals = [verdict for verdict in verdicts if isinstance(verdict, str)]
        if refusals:
            return refusals[0]
        kinds = [verdict for verdict in verdicts if isinstance(verdict, FileType)] or [DOC, _XLS, _PPT]
        return next((kind for kind in kinds if ending in kind.endings), kinds[0])


class ArchiveScan(Scan):
    """A ZIP archive that has to be a document: the types of its parts are caught as they pass, its members
    are read from the list at its end (APPNOTE 4.3)."""

    def __init__(self, head: bytes) -> None:
        self._first = head
        self._tail = bytearray()
        self._last = b""
        self._size = 0
        self._caught: dict[int, bytearray] = {}

    def feed(self, piece: bytes) -> None:
        self._tail += piece
        del self._tail[:-_TAIL_BYTES]
        for member in self._caught.values():
            member += piece[: max(_MAX_TYPES_BYTES - len(member), 0)]
        # A document inside this one has types of its own: which are these, the list at the end tells.
        window, begin = self._last + piece, self._size - len(self._last)
        for match in _TYPES_MEMBER.finditer(window):
            if len(self._caught) < _MAX_TYPES:
                self._caught.setdefault(begin + match.start(), bytearray(window[match.start() :]))
        self._size += len(piece)
        self._last = window[-_TYPES_HEADER_BYTES + 1 :]

    def verdict(self, ending: str) -> FileType | str:
        entries = _entries(bytes(self._tail))
        if not entries:
            return TORN
        names = [entry.name for entry in entries]
        types = b"".join(self._part_types(entry.begin) for entry in entries if entry.name == _TYPES.lower())
        if any(entry.is_locked for entry in entries):
            return LOCKED
        if _MACRO.search(b"\n".join([*names, types.replace(b"sheet.binary.", b"")])):
            return MACROS
        media_type = self._media_type()
        if media_type and any(name.startswith((b"basic/", b"scripts/")) for name in names):
            return MACROS
        kinds = [
            *[kind for mark, kind in _BY_MEDIA_TYPE.items() if media_type == mark],
            *[kind for pattern, kind in _BY_MAIN_PART if pattern.search(types)],
            *[kind for pattern, kind in _BY_MEMBER if any(map(pattern.fullmatch, names))],
        ]
        if kinds:
            return kinds[0]
        if any(name in {b"androidmanifest.xml", b"meta-inf/manifest.mf"} for name in names):
            return PROGRAM
        return APPLE if any(name.endswith((b".iwa", b"index.zip")) for name in names) else PACKED

    def _media_type(self) -> bytes:
        """What the first member says when it is there to say it."""
        if self._first[30:38] != b"mimetype":
            return b""
        begin = 38 + _number(self._first, 28, 2)
        return self._first[begin : begin + _number(self._first, 18, 4)].strip()

    def _part_types(self, begin: int) -> bytes:
        """What the member that begins there says of the parts, in lower case; empty if it cannot be read."""
        member = bytes(self._caught.get(begin, b""))
        data = member[30 + len(_TYPES) + _number(member, 28, 2) :]
        if _number(member, 8, 2) == _DEFLATED:
            try:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _MAX_TYPES_BYTES)
            except zlib.error:
                return b""
        else:
            data = data[: _number(member, 18, 4)]
        return data.replace(b"\0", b"").lower()


def _number(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")


@dataclass(frozen=True)
class _Entry:
    """A member as the list at the end of an archive has it: its name in lower case with straight slashes,
    where it begins, and whether it has a password."""

    name: bytes
    begin: int
    is_locked: bool


def _entries(tail: bytes) -> list[_Entry]:
    """Members of the archive that ends so; none when the list is not whole."""
    end = tail.rfind(_ZIP_END)
    size = _number(tail, end + 12, 4)
    if size == _IN_ZIP64:
        end = tail.rfind(_ZIP64_END, 0, end)
        size = _number(tail, end + 40, 8)
    elif (long_end := tail.rfind(_ZIP64_END, max(end - 76, 0), end)) >= 0:
        end = long_end
    at, entries = end - size, []
    while 0 <= at < end and tail[at : at + 4] == _ZIP_ENTRY:
        length = _number(tail, at + 28, 2)
        name = tail[at + 46 : at + 46 + length].replace(b"\\", b"/").lower()
        entries.append(_Entry(name, _number(tail, at + 42, 4), bool(_number(tail, at + 8, 2) & 1)))
        at += 46 + length + _number(tail, at + 30, 2) + _number(tail, at + 32, 2)
    return entries if at == end else []


def is_archive_end(tail: bytes) -> bool:
    """Whether a ZIP archive ends here: its last record with a comment that reaches just to the end."""
    at = tail.rfind(_ZIP_END)
    while at >= 0:
        comment = _number(tail, at + 20, 2)
        if len(tail) - at >= 22 and at + 22 + comment <= len(tail):
            return True
        at = tail.rfind(_ZIP_END, 0, at)
    return False

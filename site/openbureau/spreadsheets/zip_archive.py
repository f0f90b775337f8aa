"""The zip around an .xlsx or .ods file: weighed member by member, and its XML read as a stream."""

import io
import struct
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

from openbureau.formats.xml_text import in_utf8, is_plain_utf8
from openbureau.spreadsheets.errors import (
    MAX_DEPTH,
    MAX_INFLATED_BYTES,
    MAX_MEMBER_BYTES,
    MAX_MEMBERS,
    Unreadable,
    damaged,
    encrypted,
    not_a_workbook,
    too_large,
)

CHUNK = 2**16
ENCRYPTED_FLAG = 0x1
END_OF_DIRECTORY = b"PK\x05\x06"
Attributes = dict[str, str]


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Open the archive after every member was inflated once, counted and its check sum compared.

    The sizes a zip states are not believed: only bytes that really came out are counted. Raises
    `Unreadable` for a bomb, a member under a password, a name given twice, or damage.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = _members(archive)
        total = 0
        for member in members:
            total += _inflate(archive, member, MAX_INFLATED_BYTES - total)
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise damaged() from None
    return archive


def regular_archive(data: bytes) -> bytes:
    """The archive as every program reads it: names with slashes, true sizes, nothing behind its end.

    Some programs write `xl\\workbook.xml`, or wrong sizes before the members; spreadsheet programs mind
    neither. Each member's check sum has to be right all the same. Raises `Unreadable` as `open_archive` does.
    """
    try:
        with open_archive(data) as archive:
            if all(name == _regular(name) for name in archive.namelist()):
                return data
    except Unreadable as fault:
        if fault.kind != "damaged":
            raise
    try:
        return _rebuilt(data)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, struct.error):
        raise damaged() from None


def _regular(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./").lstrip("/")


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise too_large(f"压缩包内文件超过 {MAX_MEMBERS} 个")
    if len({_regular(member.filename) for member in members}) < len(members):
        raise damaged("压缩包内有重名文件，内容不可信")
    return members


def _rebuilt(data: bytes) -> bytes:
    """Another archive of the members, each inflated from where it begins to where its own stream ends."""
    end = data.rfind(END_OF_DIRECTORY)
    data = data[: end + 20] + b"\0\0"  # what follows is a comment, which is left out
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(new, "w") as copy:
        members = _members(archive)
        starts = sorted([*(member.header_offset for member in members), len(data)])
        left = MAX_INFLATED_BYTES
        for member in members:
            begin = member.header_offset
            content = _content(memoryview(data)[begin : starts[bisect_right(starts, begin)]], member, left)
            left -= len(content)
            copy.writestr(_regular(member.filename), content, zipfile.ZIP_DEFLATED, compresslevel=1)
    return new.getvalue()


def _content(data: memoryview, member: zipfile.ZipInfo, left: int) -> bytes:
    """What a member holds; `data` begins with its local header (APPNOTE.TXT 4.3.7)."""
    if member.flag_bits & ENCRYPTED_FLAG:
        raise encrypted()
    name_length, extra_length = struct.unpack_from("<HH", data, 26)
    body = data[30 + name_length + extra_length :]
    limit = min(MAX_MEMBER_BYTES, left)
    if member.compress_type == zipfile.ZIP_DEFLATED:
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflating.decompress(body, limit + 1)
        if len(content) > limit:
            raise too_large("文件解压后过大")
        is_whole = inflating.eof
    else:
        content = bytes(body[: member.file_size])
        is_whole = member.compress_type == zipfile.ZIP_STORED
    if not is_whole or zlib.crc32(content) != member.CRC:
        raise damaged()
    return content


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int) -> int:
    if member.flag_bits & ENCRYPTED_FLAG:
        raise encrypted()
    count = 0
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            count += len(chunk)
            if count > min(MAX_MEMBER_BYTES, left):
                raise too_large("文件解压后过大")
    return count


def stream_xml(
    archive: zipfile.ZipFile,
    member: str,
    *,
    start: Callable[[str, Attributes], None] | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    thin: Callable[[bytes], bytes] | None = None,
) -> None:
    """Read one XML member as a stream, names without their namespace prefix.

    With `thin` the member is read whole and parsed without what that takes out of it.

    A document type is refused: no spreadsheet writes one, and entity bombs need one. Raises
    `Unreadable` if the member is missing or not well formed.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def begin(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise damaged()
        if ":" in name:
            name = name.rpartition(":")[2]
        if start:
            start(name, attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        if ":" in name:
            name = name.rpartition(":")[2]
        if end:
            end(name)

    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    if text:
        parser.CharacterDataHandler = text
    try:
        with archive.open(member) as stream:
            is_plain = is_plain_utf8(stream.read(CHUNK))
            stream.seek(0)
            if thin or not is_plain:
                xml = in_utf8(stream.read())
                parser.Parse(thin(xml) if thin else xml, True)
            else:
                parser.ParseFile(stream)
    except (LookupError, expat.ExpatError, ValueError):
        raise damaged() from None


def _refuse_doctype(*_: object) -> NoReturn:
    raise not_a_workbook("表格文件中含有不应出现的文档类型声明")


def local(attributes: Attributes, name: str) -> str | None:
    """The attribute of this name whatever its namespace prefix."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), None)

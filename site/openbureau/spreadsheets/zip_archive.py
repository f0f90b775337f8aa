"""The zip around an .xlsx or .ods file: weighed member by member, and its XML read as a stream."""

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

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
Attributes = dict[str, str]


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Open the archive after every member was inflated once, counted and its check sum compared.

    The sizes a zip states are not believed: only bytes that really came out are counted. Raises
    `Unreadable` for a bomb, a member under a password, a name given twice, or damage.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise too_large(f"压缩包内文件超过 {MAX_MEMBERS} 个")
        if len({member.filename for member in members}) < len(members):
            raise damaged("压缩包内有重名文件，内容不可信")
        total = 0
        for member in members:
            total += _inflate(archive, member, MAX_INFLATED_BYTES - total)
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise damaged() from None
    return archive


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
            if thin:
                parser.Parse(thin(stream.read()), True)
            else:
                parser.ParseFile(stream)
    except (LookupError, expat.ExpatError, ValueError):
        raise damaged() from None


def _refuse_doctype(*_: object) -> NoReturn:
    raise not_a_workbook("表格文件中含有不应出现的文档类型声明")


def local(attributes: Attributes, name: str) -> str | None:
    """The attribute of this name whatever its namespace prefix."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), None)

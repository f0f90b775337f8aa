"""File type detection by magic bytes: attached files are never opened, and no parser of anybody's file runs
in the public process. What pretends to be another kind, or is two kinds at once, is refused."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

MAX_FILES = 5
MAX_FILE_BYTES = 10 * 1024 * 1024
"""Of one file."""
MAX_TOTAL_BYTES = 25 * 1024 * 1024

_HEAD_BYTES = 4096
_TAIL_BYTES = 66_000  # the end of a ZIP archive with its longest comment

_ZIP, _ZIP_END, _OLE = b"PK\x03\x04", b"PK\x05\x06", bytes.fromhex("D0CF11E0A1B11AE1")
_FOREIGN = re.compile(rb"%PDF-|PK\x03\x04|<script|<html|<!doctype|<\?php|<svg", re.IGNORECASE)
_MARKUP = re.compile(rb"<script|<html|<!doctype|<\?php|<svg|javascript:", re.IGNORECASE)


class FileRefused(ValueError):
    """A file cannot be attached; the message says which and why, in plain words."""


@dataclass(frozen=True)
class FileType:
    """A kind of file: what people call it, the endings of its name, how it begins, and the member that makes
    an archive this kind."""

    name: str
    endings: tuple[str, ...]
    begins: Callable[[bytes], bool]
    member: bytes = b""

    @property
    def is_archive(self) -> bool:
        """Whether it is a ZIP archive inside."""
        return bool(self.member)


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _is_media(*brands: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[4:8] == b"ftyp" and head[8:12].strip(b"\0 ").lower().startswith(brands)


def _is_sound(head: bytes) -> bool:
    return head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


def _is_text(head: bytes) -> bool:
    return bool(head) and b"\0" not in head and not head.startswith(b"MZ") and not _MARKUP.search(head)


FILE_TYPES = (
    FileType("JPEG照片", ("jpg", "jpeg"), _starts(b"\xff\xd8\xff")),
    FileType("PNG图片", ("png",), _starts(b"\x89PNG\r\n\x1a\n")),
    FileType("HEIC照片", ("heic",), _is_media(b"heic", b"heix", b"mif1", b"heim", b"hevc")),
    FileType("PDF文件", ("pdf",), _starts(b"%PDF-")),
    FileType("Word文档", ("docx",), _starts(_ZIP), b"word/document.xml"),
    FileType("Word文档", ("doc",), _starts(_OLE)),
    FileType("Excel表格", ("xlsx",), _starts(_ZIP), b"xl/workbook.xml"),
    FileType("Excel表格", ("xls",), _starts(_OLE)),
    FileType("OFD文件", ("ofd",), _starts(_ZIP), b"OFD.xml"),
    FileType("文本", ("txt",), _is_text),
    FileType("MP3录音", ("mp3",), _is_sound),
    FileType("M4A录音", ("m4a",), _is_media(b"m4a", b"mp4", b"isom", b"3gp")),
    FileType("MP4视频", ("mp4",), _is_media(b"mp4", b"isom", b"iso", b"avc", b"m4v", b"qt", b"3gp")),
)

BY_ENDING = MappingProxyType({ending: kind for kind in FILE_TYPES for ending in kind.endings})


def file_type_of(name: str) -> FileType:
    """The kind that a file's name promises. Raises FileRefused."""
    stem, _, ending = name.rpartition(".")
    file_type = BY_ENDING.get(ending.lower())
    if not stem or file_type is None:
        raise FileRefused(f"“{name}”不是可以上传的类型。可以上传：{'、'.join(BY_ENDING)}。")
    return file_type


def examined(name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, as they come, once they are seen to be of the kind that the name promises.

    Raises FileRefused: at the first piece when the beginning is wrong, else when the file is seen to be
    empty, too long, or to hold something else as well.
    """
    file_type = file_type_of(name)
    head, tail, size, has_member = b"", b"", 0, not file_type.is_archive
    for piece in pieces:
        size += len(piece)
        if size > MAX_FILE_BYTES:
            raise FileRefused(f"“{name}”超过10MB，请压缩或者分开后再上传。")
        has_member = has_member or file_type.member in tail[-len(file_type.member) :] + piece
        tail = (tail + piece)[-_TAIL_BYTES:]
        if len(head) < _HEAD_BYTES:
            head += piece
            if len(head) < _HEAD_BYTES:
                continue
            _check_head(name, file_type, head[:_HEAD_BYTES])
            piece = head
        yield piece
    if size < _HEAD_BYTES:
        _check_head(name, file_type, head)
        yield head
    if not has_member or (file_type.is_archive and (b"vbaProject" in tail or _ZIP_END not in tail)):
        raise FileRefused(f"“{name}”的内容不是{file_type.name}，或者带有宏，没有接收。")
    if not file_type.is_archive and _is_archive_end(tail):
        raise FileRefused(f"“{name}”里夹带了压缩包，没有接收。请只上传文件本身。")


def _check_head(name: str, file_type: FileType, head: bytes) -> None:
    if not head:
        raise FileRefused(f"“{name}”是空文件，请检查后重新选择。")
    if not file_type.begins(head):
        raise FileRefused(f"“{name}”的内容不是{file_type.name}，可能改过扩展名。请上传原来的文件。")
    # The first bytes are the kind's own; a second beginning makes it two files in one.
    if file_type.endings != ("txt",) and not file_type.is_archive and _FOREIGN.search(head, 4):
        raise FileRefused(f"“{name}”里夹带了别的内容，没有接收。请只上传文件本身。")


def _is_archive_end(tail: bytes) -> bool:
    """Whether a ZIP archive ends here: its last record with a comment that reaches just to the end."""
    at = tail.rfind(_ZIP_END)
    while at >= 0:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        if len(tail) - at >= 22 and at + 22 + comment <= len(tail):
            return True
        at = tail.rfind(_ZIP_END, 0, at)
    return False

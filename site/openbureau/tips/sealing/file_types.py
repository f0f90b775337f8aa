"""Which files may be attached, told from their first bytes and never opened: no parser of anybody's file runs
in the public process. What pretends to be another kind, or is two kinds at once, is refused."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024
"""Of one file."""
MOST_BYTES_TOGETHER = 25 * 1024 * 1024

_HEAD = 4096
_TAIL = 66_000  # the end of a ZIP archive with its longest comment

_ZIP, _ZIP_END, _OLE = b"PK\x03\x04", b"PK\x05\x06", bytes.fromhex("D0CF11E0A1B11AE1")
_FOREIGN = re.compile(rb"%PDF-|PK\x03\x04|<script|<html|<!doctype|<\?php|<svg", re.IGNORECASE)
_MARKUP = re.compile(rb"<script|<html|<!doctype|<\?php|<svg|javascript:", re.IGNORECASE)


class FileRefused(ValueError):
    """A file cannot be attached; the message says which and why, in plain words."""


@dataclass(frozen=True)
class Kind:
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


KINDS = (
    Kind("JPEG照片", ("jpg", "jpeg"), _starts(b"\xff\xd8\xff")),
    Kind("PNG图片", ("png",), _starts(b"\x89PNG\r\n\x1a\n")),
    Kind("HEIC照片", ("heic",), _is_media(b"heic", b"heix", b"mif1", b"heim", b"hevc")),
    Kind("PDF文件", ("pdf",), _starts(b"%PDF-")),
    Kind("Word文档", ("docx",), _starts(_ZIP), b"word/document.xml"),
    Kind("Word文档", ("doc",), _starts(_OLE)),
    Kind("Excel表格", ("xlsx",), _starts(_ZIP), b"xl/workbook.xml"),
    Kind("Excel表格", ("xls",), _starts(_OLE)),
    Kind("OFD文件", ("ofd",), _starts(_ZIP), b"OFD.xml"),
    Kind("文本", ("txt",), _is_text),
    Kind("MP3录音", ("mp3",), _is_sound),
    Kind("M4A录音", ("m4a",), _is_media(b"m4a", b"mp4", b"isom", b"3gp")),
    Kind("MP4视频", ("mp4",), _is_media(b"mp4", b"isom", b"iso", b"avc", b"m4v", b"qt", b"3gp")),
)

BY_ENDING = MappingProxyType({ending: kind for kind in KINDS for ending in kind.endings})


def kind_of(name: str) -> Kind:
    """The kind that a file's name promises. Raises FileRefused."""
    stem, _, ending = name.rpartition(".")
    kind = BY_ENDING.get(ending.lower())
    if not stem or kind is None:
        raise FileRefused(f"“{name}”不是可以上传的类型。可以上传：{'、'.join(BY_ENDING)}。")
    return kind


def examined(name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, as they come, once they are seen to be of the kind that the name promises.

    Raises FileRefused: at the first piece when the beginning is wrong, else when the file is seen to be
    empty, too long, or to hold something else as well.
    """
    kind = kind_of(name)
    head, tail, size, found = b"", b"", 0, not kind.is_archive
    for piece in pieces:
        size += len(piece)
        if size > MOST_BYTES:
            raise FileRefused(f"“{name}”超过10MB，请压缩或者分开后再上传。")
        found = found or kind.member in tail[-len(kind.member) :] + piece
        tail = (tail + piece)[-_TAIL:]
        if len(head) < _HEAD:
            head += piece
            if len(head) < _HEAD:
                continue
            _check_head(name, kind, head[:_HEAD])
            piece = head
        yield piece
    if size < _HEAD:
        _check_head(name, kind, head)
        yield head
    if not found or (kind.is_archive and (b"vbaProject" in tail or _ZIP_END not in tail)):
        raise FileRefused(f"“{name}”的内容不是{kind.name}，或者带有宏，没有接收。")
    if not kind.is_archive and _is_archive_end(tail):
        raise FileRefused(f"“{name}”里夹带了压缩包，没有接收。请只上传文件本身。")


def _check_head(name: str, kind: Kind, head: bytes) -> None:
    if not head:
        raise FileRefused(f"“{name}”是空文件，请检查后重新选择。")
    if not kind.begins(head):
        raise FileRefused(f"“{name}”的内容不是{kind.name}，可能改过扩展名。请上传原来的文件。")
    # The first bytes are the kind's own; a second beginning makes it two files in one.
    if kind.endings != ("txt",) and not kind.is_archive and _FOREIGN.search(head, 4):
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

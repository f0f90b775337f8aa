"""File kinds that may be attached, told by how a file begins; a name only chooses between kinds that begin
alike. What is inside archives and old Office files is judged by `file_contents`.

Magic numbers: the formats' own specifications, as collected in PRONOM and in the `file` program.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_FILES = 5
"""Of one request."""
MAX_FILE_BYTES = 10 * 1024 * 1024
"""Of one file."""
MAX_TOTAL_BYTES = 25 * 1024 * 1024
"""Of the files of one request."""

HEAD_BYTES = 4096
"""Bytes of a file by which its kind is told."""

_MAX_PDF_LEAD_BYTES = 1024
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|meta|body|table)\b", re.I | re.S
)
_MIME = re.compile(
    rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*(?:MIME-Version:|Content-Type:\s*multipart/)", re.I
)
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_SEPARATOR = re.compile("[\\s。，、；：！？.,;:!?]")


class FileRefused(ValueError):
    """A file cannot be attached; the message says which and why, in plain words."""


@dataclass(frozen=True)
class FileType:
    """A kind of file: what people call it, the endings of its name, the first of which it is given where its
    name has none of them, and how it begins. A kind `by_name` is one only under a name that promises it;
    one that `is_words` is read as written text."""

    name: str
    endings: tuple[str, ...]
    begins: Callable[[bytes], bool]
    by_name: bool = False
    is_words: bool = False

    def served_name(self, name: str) -> str:
        """The name under which a file of this kind is handed out: with an ending that is true."""
        return name if ending_of(name) in self.endings else f"{name}.{self.endings[0]}"


def ending_of(name: str) -> str:
    """The ending of a file's name in lower case, without its dot; empty when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _riff(form: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(b"RIFF") and head[8:12] == form


def _brands(head: bytes) -> list[bytes]:
    """Major and compatible brands of an ISO base media file (ISO/IEC 14496-12, 4.3), in lower case."""
    if head[4:8] != b"ftyp":
        return []
    box = head[8 : min(int.from_bytes(head[:4], "big"), 256)] or head[8:12]
    return [box[at : at + 4].strip(b"\0 ").lower() for at in range(0, len(box) - 3, 4) if at != 4]


def _is_media(*brands: bytes) -> Callable[[bytes], bool]:
    """Whether the major brand is one of these, or begins so."""
    return lambda head: bool(_brands(head)) and _brands(head)[0].startswith(brands)


def _is_picture(*brands: bytes) -> Callable[[bytes], bool]:
    """Whether the file is one of images (ISO/IEC 23008-12) of these brands."""
    return lambda head: (
        _is_media(b"mif1", b"msf1", *brands)(head)
        and any(brand.startswith(brands) for brand in _brands(head))
    )


def _is_quicktime(head: bytes) -> bool:
    """QuickTime: by its brand, or as it was before brands, with a box of its own first."""
    old = head[4:8] in {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"} and head[:2] != b"\xff\xd8"
    return _is_media(b"qt")(head) or (old and len(head) > 8)


def _is_mp3(head: bytes) -> bool:
    return head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


def _is_aac(head: bytes) -> bool:
    """ADTS (ISO/IEC 13818-7, 6.2), ADIF, or a tag before it."""
    return head.startswith((b"ADIF", b"ID3")) or (
        len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0
    )


def _is_transport_stream(head: bytes) -> bool:
    return len(head) > 377 and head[0] == head[188] == head[376] == 0x47


def _matroska(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(b"\x1a\x45\xdf\xa3") and kind in head[:128]


def _is_gif(head: bytes) -> bool:
    """A screen with a size, and after its colours a block that may stand there (GIF89a, 18 to 26)."""
    if not head.startswith((b"GIF87a", b"GIF89a")) or len(head) < 14:
        return False
    colours = 3 << (head[10] & 7) + 1 if head[10] & 0x80 else 0
    return (
        head[6:8] != b"\0\0" and head[8:10] != b"\0\0" and head[13 + colours : 14 + colours] in (b"!", b",")
    )


def _is_bmp(head: bytes) -> bool:
    return head.startswith(b"BM") and head[6:10] == b"\0\0\0\0" and head[14:18] in _BITMAP_HEADERS


_BITMAP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}


def pdf_lead(head: bytes) -> int:
    """Number of bytes before a PDF's own first ones: marks, blanks and zeros that programs leave there; -1
    when it is none (ISO 32000-2, annex I: readers look for it in the first 1,024 bytes)."""
    at = head.find(b"%PDF-", 0, _MAX_PDF_LEAD_BYTES + 5)
    return at if at >= 0 and not head[:at].strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\f\0") else -1


def _is_pdf(head: bytes) -> bool:
    return pdf_lead(head) >= 0


def _is_office_xml(program: bytes) -> Callable[[bytes], bool]:
    """The XML of Office 2003, which many office systems still write."""
    return lambda head: b"<?mso-application" in head and program in head


def is_page(head: bytes) -> bool:
    """Whether HTML begins here, in whatever alphabet."""
    return _PAGE.match(_plain(head)) is not None


def _is_web_archive(head: bytes) -> bool:
    """MHTML (RFC 2557)."""
    return _MIME.match(_plain(head)) is not None


def _plain(head: bytes) -> bytes:
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"")


def _is_text(head: bytes) -> bool:
    """Words in an alphabet that is in use here: UTF-8, GB 18030, Big5, Windows-1252 or UTF-16, with a mark
    or without."""
    pairs = head[: len(head) & ~1]
    if head.startswith(_MARKS[1:]):
        return _reads(pairs, "utf-16") is not None
    if b"\0" in head:
        # Any two bytes are some character of UTF-16: only what is parted as in writing is taken for words.
        texts = (_reads(pairs, alphabet) for alphabet in ("utf-16-le", "utf-16-be"))
        return any(text and len(text) <= 40 + 200 * len(_SEPARATOR.findall(text)) for text in texts)
    alphabets = ("utf-8", "gb18030", "big5", "cp1252")
    return bool(head) and any(_reads(head, alphabet) is not None for alphabet in alphabets)


def _reads(head: bytes, alphabet: str) -> str | None:
    """The words; None when they are none. A character that the end of the head cuts is no fault."""
    try:
        text = head.decode(alphabet)
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return None
        text = head[: error.start].decode(alphabet)
    return None if _UNREADABLE.search(text) else text


FILE_TYPES = (
    FileType("JPEG照片", ("jpg", "jpeg", "jpe", "jfif"), _starts(b"\xff\xd8\xff")),
    FileType("PNG图片", ("png",), _starts(b"\x89PNG\r\n\x1a\n")),
    FileType("GIF图片", ("gif",), _is_gif),
    FileType("WebP图片", ("webp",), _riff(b"WEBP")),
    FileType("BMP图片", ("bmp",), _is_bmp),
    FileType("TIFF图片", ("tif", "tiff", "dng"), _starts(b"II*\0", b"MM\0*")),
    FileType("AVIF图片", ("avif",), _is_picture(b"avif", b"avis")),
    FileType(
        "HEIC照片",
        ("heic", "heif", "hif"),
        _is_picture(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"),
    ),
    FileType("PDF文件", ("pdf",), _is_pdf),
    FileType("RTF文档", ("rtf", "doc"), _starts(b"{\\rtf")),
    FileType("Word文档", ("doc", "wps", "xml"), _is_office_xml(b"Word.Document"), is_words=True),
    FileType("Excel表格", ("xls", "et", "xml"), _is_office_xml(b"Excel.Sheet"), is_words=True),
    FileType(
        "存成文档的网页", ("doc", "xls", "wps", "et", "docx", "xlsx"), is_page, by_name=True, is_words=True
    ),
    FileType("存成文档的网页", ("doc", "xls", "wps", "et"), _is_web_archive, by_name=True, is_words=True),
    FileType("MP3录音", ("mp3",), _is_mp3),
    FileType("AAC录音", ("aac",), _is_aac),
    FileType("AMR录音", ("amr", "awb"), _starts(b"#!AMR\n", b"#!AMR-WB\n", b"#!AMR_MC1.0\n")),
    FileType("微信语音", ("silk", "amr", "slk", "aud"), _starts(b"#!SILK_V3", b"\x02#!SILK_V3")),
    FileType("WAV录音", ("wav",), _riff(b"WAVE")),
    FileType("OGG录音", ("ogg", "oga", "opus", "spx", "ogv"), _starts(b"OggS")),
    FileType("FLAC录音", ("flac",), _starts(b"fLaC")),
    FileType("CAF录音", ("caf",), _starts(b"caff\0\x01")),
    FileType("AIFF录音", ("aif", "aiff", "aifc"), lambda head: head[:4] == b"FORM" and head[8:11] == b"AIF"),
    FileType("WMA录音", ("wma", "wmv", "asf"), _starts(bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C"))),
    FileType("M4A录音", ("m4a", "m4b"), _is_media(b"m4a", b"m4b")),
    FileType("3GP视频", ("3gp", "3gpp", "3g2"), _is_media(b"3g")),
    FileType("MOV视频", ("mov", "qt"), _is_quicktime),
    FileType("MP4视频", ("mp4", "m4v"), lambda head: bool(_brands(head))),
    FileType("M4A录音", ("m4a",), lambda head: bool(_brands(head)), by_name=True),
    FileType("WebM视频", ("webm",), _matroska(b"webm")),
    FileType("MKV视频", ("mkv", "mka"), _matroska(b"matroska")),
    FileType("AVI视频", ("avi",), _riff(b"AVI ")),
    FileType("MPEG视频", ("mpg", "mpeg", "vob"), _starts(b"\0\0\x01\xba", b"\0\0\x01\xb3")),
    FileType("TS视频", ("ts", "mts", "m2ts"), _is_transport_stream),
    FileType("FLV视频", ("flv",), _starts(b"FLV\x01")),
    FileType("文本", ("txt", "csv", "log", "md"), _is_text, is_words=True),
)
"""Kinds told by their first bytes alone, in the order in which they are tried."""

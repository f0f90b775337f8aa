"""Text as XML can hold it, and XML in whatever encoding as UTF-8."""

import codecs
import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([\w.-]+)")
_WIDE: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How an XML text in UTF-16 begins (XML 1.0, appendix F)."""


def xml_text(text: str) -> str:
    """The text without the characters that no XML document may hold (XML 1.0, 2.2)."""
    return _FORBIDDEN.sub("", text)


def is_plain_utf8(beginning: bytes) -> bool:
    """Whether an XML text that begins so is UTF-8 and says nothing else."""
    return _encoding(beginning) == "utf-8"


def in_utf8(xml: bytes) -> bytes:
    """An XML text in UTF-8, without its declaration if that named another encoding.

    Raises `LookupError` for an encoding nobody knows, `ValueError` for bytes it has no character for.
    """
    encoding = _encoding(xml[:1_024])
    if encoding == "utf-8":
        return xml
    # Writers of strings declare UTF-16 and are then saved as UTF-8.
    if encoding.startswith("utf-16") and b"\0" not in xml[:1_024]:
        encoding = "utf-8"
    text = xml.decode(encoding).removeprefix("\ufeff")
    return re.sub(r"\A\s*<\?xml\b.*?\?>", "", text, count=1, flags=re.DOTALL).encode()


def _encoding(beginning: bytes) -> str:
    for mark, encoding in _WIDE:
        if beginning.startswith(mark):
            return encoding
    declared = _DECLARATION.match(beginning)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    return "utf-8" if name in ("utf8", "us-ascii", "ascii") else name

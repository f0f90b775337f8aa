"""Reading of forms as old browsers and phones send them: in bytes that are not always UTF-8, and with file
names in every shape. Nothing that somebody wrote is lost for its alphabet.

URL Standard, 5; RFC 7578, 4.2 and 5.1; RFC 2231; RFC 5987.
"""

import re
from codecs import getincrementaldecoder
from contextlib import suppress
from email.message import Message
from email.utils import collapse_rfc2231_value
from io import BytesIO
from typing import IO
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import Request
from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.http import dump_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder
from werkzeug.utils import cached_property

FILE_FIELD = "files"
"""The one field of our forms that carries files."""

_ALPHABETS = ("utf-8", "gb18030")
_HEADER = re.compile(r"[A-Za-z][A-Za-z-]*\s*:")
_PERCENT = re.compile("(?:%[0-9A-Fa-f]{2})+")


def decoded(data: bytes, declared: str = "") -> str:
    """What was written: in the alphabet that was declared, in UTF-8, in GB 18030, or letter by letter."""
    for alphabet in (declared, *_ALPHABETS):
        try:
            return _without_nul(data.decode(alphabet or "utf-8"))
        except (UnicodeDecodeError, LookupError):
            continue
    return _without_nul(data.decode("cp1252", "replace"))


def _without_nul(text: str) -> str:
    """Nobody types a NUL, and PostgreSQL takes none in a text."""
    return text.replace("\0", "")


class TolerantFormParser(FormDataParser):
    """Form parser that reads fields in other alphabets than UTF-8."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        # Latin-1 carries every byte through the parser unchanged.
        pairs = parse_qsl(stream.read().decode("latin-1"), keep_blank_values=True, encoding="latin-1")
        charset = options.get("charset", "")
        fields = [
            (decoded(name.encode("latin-1"), charset), decoded(value.encode("latin-1"), charset))
            for name, value in pairs
        ]
        return stream, self.cls(fields), self.cls()

    def _parse_multipart(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        # Such a body is short (MAX_FORM_BYTES); longer ones are read as they come, by public/tips/uploads.
        boundary = options.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("no boundary")
        decoder = TolerantDecoder(boundary, self.max_form_memory_size, max_parts=self.max_form_parts)
        decoder.receive_data(stream.read())
        decoder.receive_data(None)
        fields: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        part: Field | File | None = None
        data = b""
        while not isinstance(event := decoder.next_event(), Epilogue):
            match event:
                case Field() | File():
                    part, data = event, b""
                case Data():
                    data += event.data
                    if event.more_data:
                        continue
                    if isinstance(part, File):
                        files.append((part.name, FileStorage(BytesIO(data), part.filename, part.name)))
                    elif part is not None:
                        fields.append((part.name, decoded(data)))
        return stream, self.cls(fields), self.cls(files)


def decoded_argument(data: bytes) -> str:
    """What an address says: in UTF-8, also cut short inside a character, or else in GB 18030.

    Of bytes that are neither what can be read remains.
    """
    text, read = getincrementaldecoder("utf-8")("ignore").decode(data), ""
    with suppress(UnicodeDecodeError):
        read = getincrementaldecoder("utf-8")().decode(data)
    with suppress(UnicodeDecodeError):
        read = read or data.decode("gb18030")
    return _without_nul(read or text)


class FormRequest(Request):
    """Request whose forms are read by TolerantFormParser, and whose arguments are so, too: old browsers and
    links from pages in GBK write 双减 as %CB%AB%BC%F5."""

    form_data_parser_class = TolerantFormParser

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The arguments of the address."""
        pairs = parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
        return self.parameter_storage_class(
            (decoded_argument(name.encode("latin-1")), decoded_argument(value.encode("latin-1")))
            for name, value in pairs
        )


class TolerantDecoder(MultipartDecoder):
    """Multipart decoder to which the head of a part may come in any alphabet, and a file's name broken over
    lines, unfinished, empty or missing: the file is one all the same."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        lines: list[str] = []
        for line in decoded(bytes(data)).splitlines():
            if _HEADER.match(line) or not lines:
                lines.append(line)
            else:
                lines[-1] += f" {line.strip()}"
        headers = super()._parse_headers("\r\n".join(lines).encode())
        if disposition := headers.get("Content-Disposition"):
            headers["Content-Disposition"] = _disposition(disposition)
        return headers


def _disposition(text: str) -> str:
    """The same header in the shape that the parser reads."""
    if text.count('"') % 2:
        text += '"'
    message = Message()
    message["Content-Disposition"] = text
    name = collapse_rfc2231_value(message.get_param("name", "", "Content-Disposition"))
    options = {"name": name}
    if re.search(r";\s*filename\b", text, re.IGNORECASE) or name == FILE_FIELD:
        # A line break in it would end the header.
        options["filename"] = " ".join(_unquoted(message.get_filename("")).strip('"').splitlines())
    return dump_options_header("form-data", options)


def _unquoted(name: str) -> str:
    """A file's name with its percent signs read, where they spell a text."""

    def spell(match: re.Match[str]) -> str:
        data = unquote_to_bytes(match[0])
        try:
            return data.decode()
        except UnicodeDecodeError:
            return match[0]

    return _PERCENT.sub(spell, name)

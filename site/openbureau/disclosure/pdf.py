"""Texts of PDF files (ISO 32000): pages, metadata, annotations, form fields, bookmarks, files inside."""

import io
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from openbureau.disclosure.packages import Locked
from openbureau.disclosure.plain_text import decoded, line_texts
from openbureau.disclosure.texts import BARE_NUMBER, Budget, PlacedText, TooMuch, raw_texts, within

Inner = Callable[[bytes, str], Iterator[PlacedText]]

MAX_OBJECTS = 200_000
_EARLIER = 3
"""How many earlier states of a file that was added to are looked through."""
_END = b"%%EOF"
_HIDDEN = "页面的隐藏内容、脚本或表单"
_STRING = re.compile(r"\(((?:\\.|[^()\\]){11,})\)", re.DOTALL)
_UNPACKING = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError)
_FONTS = ("/Type1C", "/CIDFontType0C", "/OpenType")
_LEAST_ADDED = 100
"""Bytes after an end that may hold a later state of the file."""

# What pypdf mutters of damage is no sentence for a clerk: whoever reads the file says what is wrong.
logging.getLogger("pypdf").addHandler(logging.NullHandler())


def pdf_texts(data: bytes, inner: Inner, budget: Budget) -> Iterator[PlacedText]:
    """All texts of a file, and of earlier states of it that lie in the same bytes.

    Of a file that cannot be opened the bytes are looked at.
    """
    try:
        yield from _page_texts(data)
        yield from _object_texts(data, inner, budget)
    except (pypdfium2.PdfiumError, *_UNPACKING):
        yield from raw_texts(data, "")
        return
    ends = [at for at in _positions(data, _END) if len(data) - at > _LEAST_ADDED][-_EARLIER:]
    for end in ends:
        earlier = data[: end + len(_END)]
        try:
            texts = [*_page_texts(earlier), *_object_texts(earlier, inner, budget)]
        except (TooMuch, Locked):
            raise
        except Exception:  # noqa: S112
            # What was no whole file before either is no earlier state of one.
            continue
        yield from within("较早保存的内容", texts)


def _positions(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _page_texts(data: bytes) -> Iterator[PlacedText]:
    document = pypdfium2.PdfDocument(data)
    try:
        for number, page in enumerate(document, 1):
            text = page.get_textpage().get_text_range()
            yield from (PlacedText(f"第{number}页", line.text) for line in line_texts(text))
    finally:
        document.close()


def _object_texts(data: bytes, inner: Inner, budget: Budget) -> Iterator[PlacedText]:
    """The texts of every object but the pages: nobody need refer to one."""
    with PdfReader(io.BytesIO(data)) as reader:
        numbers = {number for table in reader.xref.values() for number in table} | {*reader.xref_objStm}
        budget.use(0, min(len(numbers), MAX_OBJECTS) // 100)
        for number in sorted(numbers)[:MAX_OBJECTS]:
            value = None
            # pypdf names no exceptions for damaged objects; no program shows one.
            with suppress(Exception):
                value = reader.get_object(number)
            yield from _value_texts(value, "文档属性、批注、表单或书签")
            if isinstance(value, StreamObject):
                # What cannot be unpacked is shown by no program either.
                with suppress(
                    PyPdfError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError
                ):
                    yield from _stream_texts(value, inner, budget)
        yield from _value_texts(reader.metadata, "文档属性")


def _value_texts(value: Any, place: str, depth: int = 0) -> Iterator[PlacedText]:
    """The strings in an object, not those in others that it refers to."""
    if isinstance(value, (str, bytes)):
        text = value if isinstance(value, str) else decoded(value)
        if not text.startswith("/"):
            yield PlacedText(place, text)
    elif isinstance(value, DictionaryObject) and depth < 20:
        for item in dict.values(value):
            yield from () if isinstance(item, IndirectObject) else _value_texts(item, place, depth + 1)
    elif isinstance(value, ArrayObject) and depth < 20:
        for item in list.__iter__(value):
            yield from () if isinstance(item, IndirectObject) else _value_texts(item, place, depth + 1)


def _stream_texts(value: StreamObject, inner: Inner, budget: Budget) -> Iterator[PlacedText]:
    kind, subtype = value.get("/Type"), value.get("/Subtype")
    filters = value.get("/Filter")
    if kind == "/Metadata" or subtype == "/XML":
        data = value.get_data()
        budget.use(len(data))
        yield from within("文档属性（XMP）", inner(data, "metadata.xml"))
    elif kind == "/EmbeddedFile":
        data = value.get_data()
        budget.use(len(data))
        yield from within("附在其中的文件", inner(data, ""))
    elif subtype == "/Image":
        if "/DCTDecode" in str(filters):
            yield from within("图片", inner(bytes(value._data), "picture.jpg"))
    elif "/Length1" not in value and subtype not in _FONTS:
        data = value.get_data()
        budget.use(len(data))
        yield from _other_texts(data, inner)


def _other_texts(data: bytes, inner: Inner) -> Iterator[PlacedText]:
    """What stands in a stream of no known kind: a form in XML, a script, the operators of a page.

    Of operators only their strings are words, and digits without a gap: coordinates have many of those.
    """
    if data.lstrip().startswith(b"<") and not data.lstrip().startswith(b"<<"):
        yield from within(_HIDDEN, inner(data, "form.xml"))
    elif b"begincmap" not in data:
        text = decoded(data) if data.startswith((b"\xfe\xff", b"\xff\xfe")) else data.decode("latin-1")
        for string in _STRING.findall(text):
            yield PlacedText(_HIDDEN, string)
        for match in BARE_NUMBER.finditer(text):
            yield PlacedText(_HIDDEN, match[0])

"""Texts of OLE files ([MS-CFB]): .xls with all its records, .doc, .ppt, embedded objects."""

import io
import struct
from collections.abc import Iterator

import olefile

from openbureau.disclosure.biff import biff_texts
from openbureau.disclosure.macros import macro_sources
from openbureau.disclosure.plain_text import line_texts
from openbureau.disclosure.texts import Budget, PlacedText, raw_texts, within

_WORDS = {
    "workbook": "工作簿",
    "book": "工作簿",
    "worddocument": "文档",
    "powerpoint document": "演示文稿",
    "\x05summaryinformation": "文档属性",
    "\x05documentsummaryinformation": "文档属性",
}


def compound_texts(data: bytes, budget: Budget) -> Iterator[PlacedText]:
    """The texts of every stream; a file that is broken is read as bytes."""
    try:
        with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL) as file:
            for path in file.listdir():
                name = path[-1].lower()
                stream = file.openstream(path).read()
                budget.use(len(stream))
                place = _WORDS.get(name, "嵌入对象")
                for source in macro_sources(stream):
                    yield from within("宏", line_texts(source))
                if name in ("workbook", "book"):
                    yield from biff_texts(stream)
                else:
                    yield from raw_texts(stream, place)
    except (OSError, ValueError, KeyError, IndexError, struct.error, TypeError, AttributeError):
        yield from raw_texts(data, "文件")

"""CSV files as strangers write them: which encoding, which delimiter, and the rows.

A file whose encoding is doubtful is refused with its name and the line: a garbled name looks like a name.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from openbureau.spreadsheets.errors import Unreadable, damaged

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
"""The mark U+FEFF in each encoding that has one; that of UTF-32 begins like that of UTF-16."""
_NAMES = {"utf-8": "UTF-8", "gb18030": "GB 18030（GBK）", "big5": "Big5（繁体）"}

DELIMITERS = (",", "\t", ";", "|", "，", "；")
SAMPLE_LINES = 200
SAMPLE_CHARACTERS = 100_000
MIN_COMMON = 0.6
"""At least so many of the ideographs are common ones when the encoding is right; lists have 95 % and more."""

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(?:\r\n?|\n)', re.IGNORECASE)
"""The first line by which a program tells Excel the delimiter; Excel does not show it."""
_QUOTED_FORMULA = re.compile(r'\s*=\s*"((?:[^"]|"")*)"\s*')
_LOST = re.compile("\ufffd|锟斤拷")
"""What is left of characters that an earlier conversion did not know."""
_PIECE = re.compile(rb'[^,\t;\r\n"]*[\x80-\xff][^,\t;\r\n"]*')
"""A field with something beyond ASCII; none of these marks is half of a character in any encoding here."""
_UTF8_IDEOGRAPHS = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}.*?){2}", re.DOTALL)
_NOT_PUNCTUATION = re.compile("[^\x00-\x7f\u00b7\u2010-\u203b\u3000-\u303f\uff00-\uffef]")


def csv_rows(data: bytes) -> Iterator[list[str]]:
    """Each row's fields, as a spreadsheet program shows them. Raises `Unreadable`."""
    text = _decoded(data)
    separator = _SEPARATOR_LINE.match(text)
    if separator:
        text = text[separator.end() :]
    delimiter = separator[1] if separator else _delimiter(text)
    lines = _Lines(_with_plain_quotes(text, delimiter))
    reader = csv.reader(lines, delimiter=delimiter)
    last: list[str] = []
    first = 1
    try:
        for values in reader:
            last = [*lines.record]
            if len(last) > 1:
                _check_quotes(last, delimiter)
            yield [_without_formula(value) for value in values]
            lines.record.clear()
            first = reader.line_num + 1
        # Inside quotes that nothing ends one more line would not be a row of its own.
        if last and len(list(csv.reader([*last, "."], delimiter=delimiter))) == 1:
            first -= len(last)
            raise csv.Error
    except csv.Error:
        raise damaged(f"CSV 第 {first} 行起引号不成对或单元格过长，无法分列") from None


class _Lines:
    """The lines of a text, and which of them the reader took since the record was cleared."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.record.append(line)
            yield line


def _check_quotes(lines: list[str], delimiter: str) -> None:
    """Raise `csv.Error` where a stray quote made one record of these lines."""
    for _ in csv.reader(lines, delimiter=delimiter, strict=True):
        pass


def _without_formula(value: str) -> str:
    """`="0012"` is how a program keeps a number from being one: the text inside is meant."""
    match = _QUOTED_FORMULA.fullmatch(value) if "=" in value else None
    return match[1].replace('""', '"') if match else value


def _with_plain_quotes(text: str, delimiter: str) -> str:
    """Fields like `="a,b"` become `"a,b"`: the delimiter inside is none."""
    if '="' not in text:
        return text
    mark = re.escape(delimiter)
    field = rf'(^|{mark})=("(?:[^"\r\n]|"")*")(?={mark}|\r|\n|\Z)'
    return re.sub(field, r"\1\2", text, flags=re.MULTILINE)


def _delimiter(text: str) -> str:
    """That which cuts most lines into the same number of fields, the more fields the better."""
    sample = list(islice(io.StringIO(text[:SAMPLE_CHARACTERS], newline=""), SAMPLE_LINES))

    def fit(delimiter: str) -> int:
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=delimiter) if any(row))
        except csv.Error:
            return 0
        return max((count * (width - 1) for width, count in widths.items()), default=0)

    return max(DELIMITERS, key=fit)


# Encodings


def _decoded(data: bytes) -> str:
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", ""))
    body = data[len(mark) :]
    encoding = encoding or _encoding(body)
    name = _NAMES.get(encoding, encoding.upper())
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as fault:
        line = _line(body[: fault.start].decode(encoding, "ignore"))
        raise _undecodable(f"CSV 是 {name}编码，但第 {line} 行有不合这种编码的字节") from None
    if "\0" in text:
        line = _line(text.partition("\0")[0])
        raise _undecodable(f"既不是可识别的工作簿，也不是 UTF-8 或 GB 18030 编码的 CSV：第 {line} 行有空字符")
    if lost := _LOST.search(text):
        line = _line(text[: lost.start()])
        raise _undecodable(f"CSV 第 {line} 行有转换编码时已经损坏的字，文件中无法恢复")
    return text


def _encoding(data: bytes) -> str:
    """The encoding of a file without a mark. Raises `Unreadable` for mixed, Big5 and unknown ones."""
    if wide := _utf_16(data):
        return wide
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    _check_one_encoding(data)
    sample = data[:SAMPLE_CHARACTERS].rpartition(b"\n")[0] or data[:SAMPLE_CHARACTERS]
    shares = {encoding: _common(sample.decode(encoding, "replace")) for encoding in ("gb18030", "big5")}
    encoding = max(shares, key=lambda name: shares[name])
    if shares[encoding] < MIN_COMMON:
        raise _undecodable("认不出 CSV 的编码：不是 UTF-8、UTF-16 或 GB 18030（GBK）")
    if encoding == "big5":
        raise _undecodable("CSV 是 Big5（繁体）编码，不按它猜测简体的名称")
    return encoding


def _utf_16(data: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of digits, delimiters and line ends is zero."""
    if len(data) % 2 or b"\0" not in data:
        return None
    encoding = "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"
    text = data.decode(encoding, "replace")
    beyond = sum(1 for _ in re.finditer("[\0\ufffd\ue000-\uf8ff]", text))
    return encoding if not beyond and ("\n" in text or "\r" in text) else None


def _check_one_encoding(data: bytes) -> None:
    """Raise `Unreadable` if some fields are UTF-8 and others are not: read as one, some would be garbled."""
    places: dict[bool, list[int]] = {True: [], False: []}
    for match in _PIECE.finditer(data):
        places[_is_utf8(match[0])].append(match.start())
    of_utf8, others = places[True], places[False]
    if not of_utf8:
        return
    if len(of_utf8) >= len(others):
        line = _line(data[: others[0]].decode("latin-1"))
        raise _undecodable(f"CSV 是 UTF-8 编码，但第 {line} 行混有其他编码（多为 GBK）或损坏的字节")
    line = _line(data[: of_utf8[0]].decode("latin-1"))
    raise _undecodable(f"CSV 是 GB 18030（GBK）编码，但第 {line} 行混有 UTF-8 编码的文字")


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(_UTF8_IDEOGRAPHS.search(piece))


def _common(text: str) -> float:
    """Which share of the characters are common ideographs: of the first level of GB 2312 or of Big5."""
    characters = _NOT_PUNCTUATION.findall(text)
    common = sum(
        b"\xb0" <= character.encode("gb2312", "ignore")[:1] <= b"\xd7"
        or b"\xa4" <= character.encode("big5", "ignore")[:1] <= b"\xc6"
        for character in characters
    )
    return common / len(characters) if characters else 1.0


def _line(before: str) -> int:
    """The line, from 1, that begins or goes on after this text."""
    return len(re.findall(r"\r\n|\r|\n", before)) + 1


def _undecodable(what: str) -> Unreadable:
    mend = "请在表格软件中打开原件核对，另存为 .xlsx（或“CSV UTF-8”）后再放入"
    return Unreadable("not_a_workbook", what, mend)

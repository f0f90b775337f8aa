"""Run as a program of its own: a PDF file on standard input, its letters and lines as JSON on another.

The reader behind it is compiled code that a broken or malicious file may lead astray. Here that happens in a
process that can open nothing, cannot grow, and ends after seconds (confinement.py). It imports nothing else
of ours, so that it starts fast and has nothing to give away.
"""

import ctypes
import io
import json
import logging
import math
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pypdf
import pypdf.filters
import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

# `-I` looks for packages where they were installed: another release, or a folder hidden from the service
# (ProtectHome, PrivateTmp).
if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from openbureau.confinement import NotConfined, bound, confine
from openbureau.pdf.stand_in_font import stand_in

MAX_PAGES = 500
MAX_LETTERS = 1_500_000
MAX_SEGMENTS = 300_000
"""Straight lines of drawings, of all pages."""
MAX_DEPTH = 4
"""Of drawings inside drawings."""
MIN_PICTURE_SHARE = 0.25
"""Of the page: a picture so large may be the page itself."""
THIN = 3.0
"""Points: a filled shape no wider than this is a line."""
PALE = 128
"""Of 255: what is fainter than this is a mark behind the text."""

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)

_LINE_END_HYPHENS = {0x02, 0xFFFE}
"""What pdfium calls a hyphen at the end of a line."""


def read(data: bytes, with_geometry: bool) -> dict[str, Any]:
    """Each page: its text, or with geometry its letters and lines; what kind of pages they are.

    A letter is [text, x, y, size, width, angle in degrees, paleness, colour as RRGGBB]; a line is
    [x0, y0, x1, y1], in points from the lower left corner.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        return {"fault": "encrypted" if code == pdfium.FPDF_ERR_PASSWORD else "damaged"}
    if len(document) > MAX_PAGES:
        return {"fault": "too_large"}
    unmapped = unmapped_fonts(data)
    letters = segments = 0
    pages = []
    for page in document:
        answer = _page(page, unmapped, with_geometry)
        letters += answer["count"]
        segments += len(answer.get("lines", ()))
        if letters > MAX_LETTERS or segments > MAX_SEGMENTS:
            return {"fault": "too_large"}
        pages.append(answer)
        page.close()
    return {"pages": pages}


def _page(page: Any, unmapped: set[str], with_geometry: bool) -> dict[str, Any]:
    text = page.get_textpage()
    count = text.count_chars()
    width, height = page.get_size()
    unusable = invisible = 0
    letters = []
    words: list[str] = []
    for index in range(count):
        letter = _letter(text, index)
        if letter is None:
            words.append(chr(pdfium.FPDFText_GetUnicode(text, index)))
            continue
        if _is_unusable(text, index, letter, unmapped):
            unusable += 1
            continue
        words.append(letter)
        invisible += not letter.isspace() and _is_invisible(text, index)
        if with_geometry and not letter.isspace():
            letters.append(_placed(text, index, letter))
    area = width * height or 1
    answer = {
        "count": count,
        "unusable": unusable,
        "invisible": invisible,
        "text": "".join(words).replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""),
        "pictures": sum(
            share > MIN_PICTURE_SHARE for share in (size / area for size in _picture_sizes(page.raw, 0))
        ),
    }
    if with_geometry:
        answer |= {"width": width, "height": height, "rotation": page.get_rotation()}
        answer |= {"letters": letters, "lines": list(_lines(page.raw, IDENTITY, 0))}
    text.close()
    return answer


def _letter(text: Any, index: int) -> str | None:
    """The letter at this place; None for one that pdfium put in between."""
    code = pdfium.FPDFText_GetUnicode(text, index)
    if code in _LINE_END_HYPHENS and pdfium.FPDFText_HasUnicodeMapError(text, index) != 1:
        return "-"
    if pdfium.FPDFText_IsGenerated(text, index) == 1:
        return None
    return chr(code)


def _is_unusable(text: Any, index: int, letter: str, unmapped: set[str]) -> bool:
    """Whether nothing tells which letter the shape is: no mapping to Unicode, or one to no letter."""
    if pdfium.FPDFText_HasUnicodeMapError(text, index) == 1:
        return True
    code = ord(letter)
    if (code < 32 and letter not in "\t\n\r") or code in (0xFFFD, 0xFFFF) or 0xE000 <= code <= 0xF8FF:
        return True
    return bool(unmapped) and _font(text, index) in unmapped


def _is_invisible(text: Any, index: int) -> bool:
    """Whether the letter is not drawn (mode 3 of ISO 32000-2, 9.3.6): a recogniser laid it over a scan."""
    mode = pdfium.FPDFTextObj_GetTextRenderMode(pdfium.FPDFText_GetTextObject(text, index))
    return bool(mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _font(text: Any, index: int) -> str:
    flags = ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(text, index, None, 0, flags)
    name = ctypes.create_string_buffer(length or 1)
    pdfium.FPDFText_GetFontInfo(text, index, name, length, flags)
    return _plain_name(name.value.decode("utf-8", "replace"))


def _plain_name(font: str) -> str:
    """The name without the six letters that mark a subset."""
    head, plus, tail = font.lstrip("/").partition("+")
    return tail if plus and len(head) == len("ABCDEF") else head + plus + tail


def _placed(text: Any, index: int, letter: str) -> list[Any]:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, index, x, y)
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, index, box)
    angle = math.degrees(pdfium.FPDFText_GetCharAngle(text, index)) % 360
    size = _size(text, index)
    colour = [ctypes.c_uint() for _ in range(4)]
    pale, rgb = False, "000000"
    if pdfium.FPDFText_GetFillColor(text, index, *colour):
        red, green, blue, opacity = (each.value for each in colour)
        pale = opacity < PALE or PALE < min(red, green, blue) < 255
        rgb = f"{red:02X}{green:02X}{blue:02X}"
    width = abs(box.right - box.left if angle % 180 < 45 or angle % 180 > 135 else box.top - box.bottom)
    return [
        letter,
        round(x.value, 2),
        round(y.value, 2),
        round(size, 2),
        round(width, 2),
        round(angle),
        pale,
        rgb,
    ]


def _size(text: Any, index: int) -> float:
    """The height of the letters in points, as they are drawn and not as they are called."""
    matrix = pdfium.FS_MATRIX()
    size = float(pdfium.FPDFText_GetFontSize(text, index))
    if pdfium.FPDFText_GetMatrix(text, index, matrix):
        size *= math.hypot(matrix.c, matrix.d) or 1
    return size


def _picture_sizes(container: Any, depth: int) -> Iterator[float]:
    for item, _ in _objects(container, IDENTITY, depth, {pdfium.FPDF_PAGEOBJ_IMAGE}):
        box = [ctypes.c_float() for _ in range(4)]
        pdfium.FPDFPageObj_GetBounds(item, *box)
        left, bottom, right, top = (each.value for each in box)
        yield abs((right - left) * (top - bottom))


def _objects(container: Any, matrix: Matrix, depth: int, kinds: set[int]) -> Iterator[tuple[Any, Matrix]]:
    """The objects of these kinds on a page, those inside of drawings too, with the matrix of the drawing."""
    if depth:
        count, get = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
    else:
        count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    for index in range(max(0, count(container))):
        item = get(container, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind in kinds:
            yield item, matrix
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            yield from _objects(item, _product(_matrix(item), matrix), depth + 1, kinds)


def _matrix(item: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
        return IDENTITY
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    outer_a, outer_b, outer_c, outer_d, outer_e, outer_f = outer
    return (
        a * outer_a + b * outer_c,
        a * outer_b + b * outer_d,
        c * outer_a + d * outer_c,
        c * outer_b + d * outer_d,
        e * outer_a + f * outer_c + outer_e,
        e * outer_b + f * outer_d + outer_f,
    )


def _lines(page: Any, matrix: Matrix, depth: int) -> Iterator[list[float]]:
    """The straight lines that are drawn: strokes, and shapes so thin that they are lines."""
    for item, outer in _objects(page, matrix, depth, {pdfium.FPDF_PAGEOBJ_PATH}):
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
        edges = list(_edges(item, _product(_matrix(item), outer)))
        if not edges or not (fill.value or stroke.value):
            continue
        xs = [x for edge in edges for x in (edge[0], edge[2])]
        ys = [y for edge in edges for y in (edge[1], edge[3])]
        left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)
        if right - left <= THIN or top - bottom <= THIN:
            x, y = (left + right) / 2, (bottom + top) / 2
            is_level = right - left >= top - bottom
            yield [left, y, right, y] if is_level else [x, bottom, x, top]
        elif stroke.value:
            yield from edges


def _edges(path: Any, matrix: Matrix) -> Iterator[list[float]]:
    a, b, c, d, e, f = matrix
    start = here = (0.0, 0.0)
    for index in range(max(0, pdfium.FPDFPath_CountSegments(path))):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        x, y = ctypes.c_float(), ctypes.c_float()
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield [round(value, 2) for value in (*here, *point)]
        here = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield [round(value, 2) for value in (*here, *start)]
            here = start


def unmapped_fonts(data: bytes) -> set[str]:
    """The fonts whose codes are numbers of shapes, with nothing that says which letters they show.

    Type 0 fonts with the encoding Identity and no ToUnicode (ISO 32000-2, 9.10.2). Of those whose codes come
    from a published character collection pdfium knows the letters, if the shapes inside are numbered so:
    TrueType ones are not.
    """
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        fonts = [font for page in reader.pages for font in _fonts(page.get("/Resources"), 0, set())]
    except Exception:
        # What this reader cannot parse the other one may have read well: nothing is known against it.
        return set()
    return {_plain_name(str(font.get("/BaseFont", ""))) for font in fonts if _is_unmapped(font)}


def _fonts(resources: Any, depth: int, seen: set[int]) -> Iterator[Mapping[str, Any]]:
    resources = _resolved(resources)
    if not isinstance(resources, Mapping) or id(resources) in seen or depth > MAX_DEPTH:
        return
    seen.add(id(resources))
    for font in (_resolved(resources.get("/Font")) or {}).values():
        if isinstance(_resolved(font), Mapping):
            yield _resolved(font)
    for form in (_resolved(resources.get("/XObject")) or {}).values():
        yield from _fonts((_resolved(form) or {}).get("/Resources"), depth + 1, seen)


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _is_unmapped(font: Mapping[str, Any]) -> bool:
    if font.get("/Subtype") != "/Type0" or "/ToUnicode" in font:
        return False
    encoding = _resolved(font.get("/Encoding"))
    if not isinstance(encoding, str) or not encoding.startswith("/Identity"):
        return False
    [descendant, *_] = [_resolved(each) for each in _resolved(font.get("/DescendantFonts")) or [{}]]
    collection = _resolved(descendant.get("/CIDSystemInfo")) or {}
    is_published = str(collection.get("/Ordering")) in ("GB1", "CNS1", "Japan1", "Korea1")
    return not (is_published and descendant.get("/Subtype") == "/CIDFontType0")


def main() -> None:
    logging.disable(logging.CRITICAL)
    _fonts = stand_in()
    try:
        confine()
    except NotConfined:
        # These files are the staff's own: where nothing can confine their reader, it is bounded.
        bound()
    try:
        answer = read(sys.stdin.buffer.read(), with_geometry=sys.argv[1] == "geometry")
    except MemoryError:
        answer = {"fault": "too_large"}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()
    # The reader would end itself later, when the fonts it calls are gone.
    os._exit(0)


if __name__ == "__main__":
    main()

"""PDF files written by hand: text at places, lines, and fonts that tell their letters or do not."""

from collections.abc import Iterable, Sequence

Text = tuple[float, float, str]
"""Where a text begins, in points from the lower left corner, and what it says."""

SIZE = 10


def pdf_file(
    pages: Iterable[str], *, encoding: str = "UniGB-UCS2-H", rotation: int = 0, more: str = ""
) -> bytes:
    """A PDF file with these contents of pages, in a Chinese font that is not in the file."""
    contents = list(pages)
    kids = " ".join(f"{5 + 2 * at} 0 R" for at in range(len(contents)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>",
        f"<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /{encoding} "
        f"/DescendantFonts [4 0 R] {more} >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>",
    ]
    for at, content in enumerate(contents):
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Rotate {rotation} "
            f"/Contents {6 + 2 * at} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    data, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer << /Size {count} /Root 1 0 R >>\n"
    return data + f"{end}startxref\n{len(data)}\n%%EOF\n".encode("ascii")


def texts(*placed: Text, size: float = SIZE) -> str:
    """Texts at their places, in the font of the file."""
    return "\n".join(
        f"BT /F1 {size} Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET" for x, y, text in placed
    )


def line(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"{x0} {y0} m {x1} {y1} l S"


def grid(xs: Sequence[float], ys: Sequence[float]) -> str:
    """The level and upright lines of a table, across all of it."""
    level = [line(xs[0], y, xs[-1], y) for y in ys]
    return "\n".join([*level, *(line(x, ys[0], x, ys[-1]) for x in xs)])


def ruled(xs: Sequence[float], top: float, rows: Sequence[Sequence[str]], height: float = 20) -> str:
    """A table with lines, a text in each cell; `\\n` begins a new line in a cell."""
    content = [grid(xs, [top - at * height for at in range(len(rows) + 1)])]
    for at, row in enumerate(rows):
        for x, cell in zip(xs, row, strict=False):
            for below, words in enumerate(cell.split("\n")):
                content.append(texts((x + 3, top - at * height - 9 - 10 * below, words)))
    return "\n".join(content)

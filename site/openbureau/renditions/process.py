"""Run as a program of its own: a stranger's file on standard input, harmless pictures or text of it on
standard output. The ending of its name is the one argument.

Whatever parses such a file may be led astray by it. Here that happens in a process without environment, that
can do nothing but read what it was given, compute, and write an answer (confinement.py). Unconfined it parses
nothing. Of ours it imports that and the reader of Word files: it starts fast and has nothing to give away.
"""

import codecs
import io
import json
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import python_calamine as calamine
from PIL import Image, ImageOps, TiffImagePlugin

# `-I` looks for packages where they were installed: another release, or a folder hidden from the service
# (ProtectHome, PrivateTmp).
if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from openbureau.confinement import NotConfined, confine
from openbureau.wordprocessing.document import Block, Paragraph, text_of
from openbureau.wordprocessing.reader import read_paper

MAX_PIXELS = 40_000_000
MAX_SIDE = 1600
"""Pixels of the longer side of a picture of a page."""
MAX_PAGES = 10
MAX_CHARACTERS = 100_000
MAX_MEMBERS = 2000
MAX_UNPACKED_BYTES = 200 * 2**20
MAX_RATIO = 100
"""Unpacked size of a member of an archive over its packed size, from a megabyte on."""

ENCODINGS = ("utf-8-sig", "gb18030", "cp437", "idna", "utf-16", "latin-1", "ascii")
"""Of texts and of names in archives."""

_CHUNK_BYTES = 64 * 2**10


class FileNotShown(Exception):
    """The file cannot be shown; the argument is a key that the caller knows."""


def show(ending: str, data: bytes) -> tuple[dict[str, object], list[bytes]]:
    """Description of a file, and its pages as PNG. Raises FileNotShown, or whatever a parser raises."""
    maker = _MAKERS.get(ending)
    if maker is None:
        raise FileNotShown("kind")
    return maker(data)


def _picture(data: bytes) -> tuple[dict[str, object], list[bytes]]:
    with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as image:
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        turned = ImageOps.exif_transpose(image)
        return {"pages": 1}, [_png(turned)]


def _pdf(data: bytes) -> tuple[dict[str, object], list[bytes]]:
    document = pypdfium2.PdfDocument(data)
    pictures = []
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        scale = min(2.0, MAX_SIDE / max(*page.get_size(), 1))
        pictures.append(_png(page.render(scale=scale).to_pil()))
    return {"pages": len(document)}, pictures


def _png(picture: Image.Image) -> bytes:
    """A picture made anew of the pixels alone."""
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    plain = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    fresh = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    out = io.BytesIO()
    fresh.save(out, "PNG")
    return out.getvalue()


def _word(data: bytes) -> tuple[dict[str, object], list[bytes]]:
    _check_archive(data)

    def lines(blocks: Iterable[Block]) -> Iterator[str]:
        for block in blocks:
            if isinstance(block, Paragraph):
                yield block.shown
                for box in block.boxes:
                    yield from lines(box)
            else:
                for row in block.rows:
                    yield "\t".join(text_of(cell.blocks) for cell in row.cells)

    paper = read_paper(data)
    return _text(lines((*paper.body, *paper.margins)))


def _sheets(data: bytes) -> tuple[dict[str, object], list[bytes]]:
    if data.startswith(b"PK"):
        _check_archive(data)

    def lines() -> Iterator[str]:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            yield f"【{name}】"
            for row in book.get_sheet_by_name(name).iter_rows():
                yield "\t".join(_cell(value) for value in row).rstrip("\t")

    return _text(lines())


def _cell(value: object) -> str:
    # The reader gives every number as a float.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain_text(data: bytes) -> tuple[dict[str, object], list[bytes]]:
    for encoding in ENCODINGS[:2]:
        try:
            return _text(iter(data.decode(encoding).splitlines()))
        except UnicodeDecodeError:
            continue
    raise FileNotShown("damaged")


def _text(lines: Iterator[str]) -> tuple[dict[str, object], list[bytes]]:
    shown: list[str] = []
    length = 0
    for line in lines:
        shown.append(line)
        length += len(line) + 1
        if length > MAX_CHARACTERS:
            break
    text = "\n".join(shown)
    return {"text": text[:MAX_CHARACTERS], "is_cut": length > MAX_CHARACTERS}, []


def _check_archive(data: bytes) -> None:
    """Refuse what would unpack to too much, counted by the bytes really read, and entities in XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise FileNotShown("too-large")
        unpacked = 0
        for member in members:
            size, tail = 0, b""
            with archive.open(member) as source:
                while chunk := source.read(_CHUNK_BYTES):
                    size += len(chunk)
                    unpacked += len(chunk)
                    is_bomb = size > 2**20 and size > MAX_RATIO * max(member.compress_size, 1)
                    if is_bomb or unpacked > MAX_UNPACKED_BYTES:
                        raise FileNotShown("too-large")
                    # In whatever encoding: the letters of a declaration are ASCII.
                    seen = tail + chunk.replace(b"\0", b"")
                    if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                        raise FileNotShown("damaged")
                    tail = seen[-10:]


_MAKERS: dict[str, Callable[[bytes], tuple[dict[str, object], list[bytes]]]] = {
    "jpg": _picture,
    "jpeg": _picture,
    "png": _picture,
    "pdf": _pdf,
    "docx": _word,
    "xlsx": _sheets,
    "xls": _sheets,
    "txt": _plain_text,
}


def main() -> None:
    """Answer one line of JSON, with the lengths of the pictures, and then the pictures."""
    # Whatever is loaded only when it is needed has to be there before files can no longer be opened.
    Image.preinit()
    TiffImagePlugin.ImageFileDirectory_v2()  # the format of Exif
    for encoding in ENCODINGS:
        codecs.lookup(encoding)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pictures: list[bytes] = []
    try:
        confine()
        head, pictures = show(sys.argv[1], sys.stdin.buffer.read())
    except FileNotShown as refusal:
        head = {"fault": refusal.args[0]}
    except NotConfined:
        head = {"fault": "not-confined"}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        head = {"fault": "too-large"}
    except Exception:
        # Whatever a parser makes of a stranger's file: it is damaged, and its words stay in here.
        head = {"fault": "damaged"}
    head["lengths"] = [len(picture) for picture in pictures]
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    for picture in pictures:
        sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    main()

"""Personal data anywhere in a file: in what it shows, in what it hides, in the files inside it."""

import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Literal, NamedTuple

from openbureau.chinese.personal_data import NAMES, PersonalData, looks_harmless, personal_data
from openbureau.disclosure.compound import compound_texts
from openbureau.disclosure.markup import xml_texts
from openbureau.disclosure.packages import Locked, package_texts
from openbureau.disclosure.pictures import picture_texts
from openbureau.disclosure.plain_text import decoded, line_texts, rtf_texts
from openbureau.disclosure.texts import MAX_DEPTH, Budget, PlacedText, TooMuch, raw_texts

DisclosureKind = PersonalData | Literal["unseen"]

HIDDEN_PLACE = "（名称已隐去）"
"""The place whose own words are personal data."""
MAX_PLACES = 20
"""Places told of one kind in one file: who has more has a column of them."""

_BATCH = 64
_ZIP, _OLE, _PDF = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"BM", b"RIFF")
_GZIP, _RTF = b"\x1f\x8b", b"{\\rtf"
_BINARY = (0, 1, 2, 3, 4, 5, 6)


class Disclosure(NamedTuple):
    """Personal data in a file, or a part that could not be looked through, and the place; never the value."""

    kind: DisclosureKind
    place: str

    @property
    def words(self) -> str:
        """What stands there, in Chinese."""
        return "无法检查的内容" if self.kind == "unseen" else NAMES[self.kind]


def disclosures(data: bytes, name: str, public: Collection[str] = ()) -> list[Disclosure]:
    """Every kind of personal data in a file with each of its places, in the order of the file.

    `name` is that of the file, `public` are numbers that may be seen. What cannot be opened is told as
    unseen if a password keeps it closed or it is too large; of what is damaged the bytes are looked at.
    """
    return find_disclosures(file_texts(data, name), public)


def find_disclosures(texts: Iterable[PlacedText], public: Collection[str] = ()) -> list[Disclosure]:
    """The same for texts that somebody has taken out of a file."""
    places: dict[Disclosure, None] = {}
    counts: dict[str, int] = {}
    remaining = iter(texts)
    while True:
        batch: list[PlacedText] = []
        unseen = False
        try:
            batch.extend(islice(remaining, _BATCH))
        except (Locked, TooMuch):
            unseen = True
        for text in () if looks_harmless(*[text.text for text in batch]) else batch:
            for kind in personal_data(text.text, public):
                place = HIDDEN_PLACE if personal_data(text.place) else text.place
                disclosure = Disclosure(kind, place)
                if disclosure not in places and counts.get(kind, 0) < MAX_PLACES:
                    places[disclosure] = None
                    counts[kind] = counts.get(kind, 0) + 1
        if unseen:
            places[Disclosure("unseen", "")] = None
        if len(batch) < _BATCH:
            return [*places]


def file_texts(data: bytes, name: str) -> Iterator[PlacedText]:
    """All texts of a file with their places, whatever its kind. Raises Locked and TooMuch."""
    return _texts(data, name, Budget(), 0)


def _texts(data: bytes, name: str, budget: Budget, depth: int) -> Iterator[PlacedText]:
    if depth > MAX_DEPTH:
        raise TooMuch

    def inner(part: bytes, part_name: str) -> Iterator[PlacedText]:
        return _texts(part, part_name, budget, depth + 1)

    if data.startswith(_ZIP):
        try:
            yield from package_texts(data, inner, budget)
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, KeyError):
            yield from raw_texts(data, "")
    elif data.startswith(_OLE):
        yield from compound_texts(data, budget)
    elif _PDF in data[:1_024]:
        # Imported for these files alone: its libraries take a tenth of a second.
        from openbureau.disclosure.pdf import pdf_texts

        yield from pdf_texts(data, inner, budget)
    elif data.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        with suppress(zlib.error):
            data = unpacker.decompress(data, max(budget.bytes_left, 0) + 1)
            budget.use(len(data))
            yield from inner(data, name)
    elif data.startswith(_RTF):
        yield from rtf_texts(data)
        yield from line_texts(decoded(data))
    elif data.startswith(_PICTURES):
        yield from picture_texts(data)
    elif any(byte in _BINARY for byte in data[:2_000]) and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from raw_texts(data, "")
    else:
        text = decoded(data)
        if text.lstrip().startswith("<"):
            yield from xml_texts(data, "")
        yield from line_texts(text)

"""What is read of a PDF file at all: its letters, whether they can be told, and what harms nobody."""

import resource
import zlib
from base64 import a85encode
from collections.abc import Callable

import pytest

from openbureau.pdf import pages
from openbureau.pdf.intactness import broken_parts
from openbureau.pdf.pages import read_pages, text_state
from openbureau.spreadsheets.errors import Unreadable
from support.pdf_makers import pdf_file, texts


def test_letters_without_any_font_in_the_file_are_read_on_every_machine() -> None:
    [page] = read_pages(pdf_file([texts((50, 500, "单"), (50, 400, "关于示例培训的通知"))]))
    assert page.text.split() == ["单", "关于示例培训的通知"]


def test_codes_of_which_nothing_tells_the_letters_are_no_text() -> None:
    found = read_pages(pdf_file([texts((50, 500, "关于示例"))], encoding="Identity-H"))
    assert text_state(found) == "unusable"
    assert found[0].text.strip() == ""


def test_a_file_without_a_letter_has_no_text() -> None:
    assert text_state(read_pages(pdf_file(["0 0 100 100 re f"]))) == "none"


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 nothing", pdf_file([""])[:150]])
def test_a_damaged_file_is_told_with_how_to_mend_it(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_pages(data)
    assert (refused.value.kind, "PDF" in refused.value.mend) == ("damaged", True)


def test_a_file_of_too_many_pages_is_refused_before_they_are_read() -> None:
    with pytest.raises(Unreadable) as refused:
        read_pages(pdf_file([""] * 501))
    assert refused.value.kind == "too_large"


def test_a_reader_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "TIMEOUT_SECONDS", 0.01)
    with pytest.raises(Unreadable) as refused:
        read_pages(pdf_file([""]))
    assert refused.value.kind == "too_large"


def test_the_memory_of_the_reader_does_not_grow_with_a_bomb() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    drawing = "\n".join(f"{at} 0 m {at} 500 l S" for at in range(400_000))
    with pytest.raises(Unreadable) as refused:
        read_pages(pdf_file([drawing]), with_geometry=True)
    assert refused.value.kind == "too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def compressed(content: bytes) -> bytes:
    """A PDF file whose one page has its content compressed."""
    return with_stream(b"/FlateDecode", zlib.compress(content))


def with_stream(filters: bytes, stream: bytes) -> bytes:
    """A PDF file whose one page has this content under these filters."""
    plain = pdf_file([""])
    packed = b"<< /Filter %s /Length %d >>\nstream\n%s" % (filters, len(stream), stream)
    data = plain.replace(b"<< /Length 0 >>\nstream\n", packed)
    place = data.index(b"xref")
    return data.replace(b"startxref\n%d" % plain.index(b"xref"), b"startxref\n%d" % place)


def test_a_sound_file_has_no_broken_parts() -> None:
    assert broken_parts(compressed(texts((50, 500, "示例")).encode())) == 0
    assert broken_parts(b"\n" + pdf_file([""])) == 0


@pytest.mark.parametrize("place", [20, 40, -60])
def test_a_stream_that_does_not_inflate_as_it_was_is_broken(place: int) -> None:
    data = bytearray(compressed(texts(*((50, 20 * at, f"示例{at}") for at in range(20))).encode()))
    start, end = data.index(b"stream\n") + 7, data.index(b"\nendstream")
    data[(start if place > 0 else end) + place] ^= 0x55
    assert broken_parts(bytes(data)) == 1


@pytest.mark.parametrize(
    ("name", "in_letters"),
    [
        (b"ASCII85Decode", lambda data: a85encode(data, adobe=True)[2:]),
        (b"ASCIIHexDecode", lambda data: data.hex().encode() + b">"),
    ],
)
def test_a_stream_in_letters_is_broken_as_others_are(
    name: bytes, in_letters: Callable[[bytes], bytes]
) -> None:
    packed = zlib.compress(texts((50, 500, "示例")).encode())
    changed = packed[:-2] + bytes([packed[-2] ^ 1]) + packed[-1:]
    filters = b"[ /%b /FlateDecode ]" % name
    assert broken_parts(with_stream(filters, in_letters(packed))) == 0
    assert broken_parts(with_stream(filters, in_letters(changed))) == 1
    assert broken_parts(with_stream(filters, in_letters(packed)[:-9])) == 1


def test_a_file_whose_table_of_objects_is_not_where_its_end_says_is_broken() -> None:
    assert broken_parts(pdf_file([""]).replace(b"/Type /Catalog", b"/Type /Catalog " + bytes(9))) == 1
    assert broken_parts(pdf_file([""])[:-30]) == 1

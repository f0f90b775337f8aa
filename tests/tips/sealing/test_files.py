"""Attached files: what is taken, what is refused, what goes out of photographs, how they are sealed."""

import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyrage  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from openbureau.tips.sealing import Sealer, SealingFailed, create_keys
from openbureau.tips.sealing.containers import CONTAINERS
from openbureau.tips.sealing.file_types import FILE_TYPES, MAX_FILE_BYTES, FileRefused
from openbureau.tips.sealing.files import SealedFile, seal_file, tidy_name
from openbureau.tips.sealing.image_metadata import without_metadata
from support.attachment_makers import BAD, FROM_PHONES_AND_OFFICES, GOOD, gif, jpeg, large_png, pdf, png, webp

READER = create_keys()


def in_pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def sealed(
    name: str, data: bytes, *, keep_original: bool = True, piece: int = 1000
) -> tuple[SealedFile, bytes]:
    """A sealed file and its age file whole."""
    with tempfile.TemporaryFile() as out:
        file = seal_file(
            name, in_pieces(data, piece), Sealer([READER.public]), out, keep_original=keep_original
        )
        return file, b"".join(file.pieces)


def opened(file: SealedFile, age_file: bytes) -> bytes:
    """The file in clear, as the desk cuts it from its padding."""
    plain = bytes(pyrage.decrypt(age_file, [pyrage.x25519.Identity.from_str(READER.private)]))
    size = int(str(file.description["size"]))
    assert not plain[size:].strip(b"\0")
    return plain[:size]


@pytest.mark.parametrize("name", GOOD)
def test_a_file_of_a_known_kind_is_sealed_whole_and_opens_as_it_was(name: str) -> None:
    file, age_file = sealed(name, GOOD[name])
    assert opened(file, age_file) == GOOD[name]
    assert file.description["name"] == name
    assert file.description["sha256"] == hashlib.sha256(GOOD[name]).hexdigest()
    assert (file.size, file.digest) == (len(age_file), hashlib.sha256(age_file).hexdigest())


@pytest.mark.parametrize("name", FROM_PHONES_AND_OFFICES)
@pytest.mark.parametrize("piece", [65_536, 1000])
def test_what_phones_and_offices_make_is_taken_for_what_it_is(name: str, piece: int) -> None:
    data, kind, ending = FROM_PHONES_AND_OFFICES[name]
    file, age_file = sealed(name, data, piece=piece)
    assert opened(file, age_file) == data
    assert (file.description["name"], file.description["kind"]) == (name, kind)
    served = str(file.description["served"])
    assert served in (name, f"{name}.{ending}")
    assert served.rpartition(".")[2] == ending


def test_there_are_forty_kinds_and_each_is_named_by_a_sample() -> None:
    kinds = {(kind.name, kind.endings[0]) for kind in (*FILE_TYPES, *CONTAINERS)}
    assert len(kinds) >= 40
    samples = {sealed(name, data)[0].description["kind"] for name, data in GOOD.items()}
    samples |= {kind for _, kind, _ in FROM_PHONES_AND_OFFICES.values()}
    assert {name for name, _ in kinds} - samples == {"AIFF录音"}


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("程序.exe", "截图"),
        ("压缩.zip", "解压"),
        ("压缩.rar", "解压"),
        ("网页.html", "PDF"),
        ("宏.docx", "另存"),
        ("加密.docx", "去掉密码"),
        ("邮件.doc", "打印成PDF"),
        ("苹果文稿", "导出"),
        ("乱码", "截图"),
        ("切断.docx", "截图"),
        ("pdf带zip.pdf", "截图"),
    ],
)
def test_who_is_refused_reads_what_to_do_on_a_phone(name: str, advice: str) -> None:
    with pytest.raises(FileRefused, match=advice):
        sealed(name, BAD[name])


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("keep_original", [True, False])
def test_a_file_that_is_not_what_it_says_is_refused_by_name(name: str, keep_original: bool) -> None:
    if keep_original and name in ("切断.jpg", "切断.png", "只有头.jpg"):
        # A file that is kept as it came is not looked into: what is cut off harms nobody.
        assert sealed(name, BAD[name])
        return
    with pytest.raises(FileRefused, match="。") as refused:
        sealed(name, BAD[name], keep_original=keep_original)
    assert name in str(refused.value)


@pytest.mark.parametrize("name", ["动图.gif", "动图.jpg", "微信.webp", "照片.heic", "document"])
@pytest.mark.parametrize("data", [gif(), webp(), jpeg(), png()])
def test_metadata_goes_out_of_a_picture_whatever_it_is_called(name: str, data: bytes) -> None:
    file, age_file = sealed(name, data, keep_original=False)
    clean = opened(file, age_file)
    assert (b"CANARY" in data, b"CANARY" in clean, file.description["cleaned"]) == (True, False, True)
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(clean))
    frames = getattr(before, "n_frames", 1)
    assert getattr(after, "n_frames", 1) == frames
    for frame in range(frames):
        before.seek(frame)
        after.seek(frame)
        assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    assert not after.getexif()
    assert after.info.get("loop") == before.info.get("loop")


@pytest.mark.parametrize("data", [jpeg(), jpeg(progressive=True, size=(300, 200)), png()])
def test_what_a_camera_wrote_into_a_picture_goes_and_every_pixel_stays(data: bytes) -> None:
    name = "照片.png" if data.startswith(b"\x89") else "照片.jpg"
    file, age_file = sealed(name, data, keep_original=False)
    clean = opened(file, age_file)
    assert b"CANARY" in data
    assert b"CANARY" not in clean
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(clean))
    assert after.tobytes() == before.tobytes()
    assert not after.getexif()
    assert set(after.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "dpi",
        "progressive",
        "progression",
    }
    assert file.description["cleaned"] is True


def test_a_named_submitter_may_keep_a_photograph_as_it_is() -> None:
    file, age_file = sealed("照片.jpg", jpeg(), keep_original=True)
    assert opened(file, age_file) == jpeg()
    assert file.description["cleaned"] is False


@given(
    data=st.sampled_from([jpeg(), png(), jpeg(progressive=True, size=(300, 200)), gif(), webp()]),
    cuts=st.lists(st.integers(1, 400), max_size=60),
)
@settings(max_examples=300, deadline=None)
def test_where_the_pieces_are_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    name = "照片.png" if data.startswith(b"\x89") else "照片.jpg"
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(data[at : at + cut])
        at += cut
    pieces = [piece for piece in [*pieces, data[at:]] if piece]
    assert b"".join(without_metadata(name, pieces)) == b"".join(without_metadata(name, [data]))


@given(
    data=st.binary(max_size=3000),
    head=st.sampled_from([jpeg()[:200], png()[:80], b"\xff\xd8\xff", gif()[:820], webp()[:40]]),
)
@settings(max_examples=300, deadline=None)
def test_nonsense_after_a_right_beginning_is_refused_or_cleaned_and_never_a_fault(
    data: bytes, head: bytes
) -> None:
    name = "照片.png" if head.startswith(b"\x89") else "照片.jpg"
    with suppress(FileRefused):
        b"".join(without_metadata(name, [head + data]))


def test_ten_megabytes_are_taken_and_a_byte_more_is_not() -> None:
    longest = pdf(b"%" + b"x" * (MAX_FILE_BYTES - len(pdf()) - 1))
    assert len(longest) == MAX_FILE_BYTES
    file, _ = sealed("长.pdf", longest, piece=65536)
    assert file.description["size"] == MAX_FILE_BYTES
    with pytest.raises(FileRefused, match="10MB"):
        sealed("长.pdf", longest + b"x", piece=65536)


def test_the_limit_counts_what_comes_and_not_what_is_left_of_a_picture() -> None:
    behind_the_end = jpeg() + bytes(MAX_FILE_BYTES)
    with pytest.raises(FileRefused, match="10MB"):
        sealed("照片.jpg", behind_the_end, keep_original=False, piece=65536)


def test_a_large_picture_is_cleaned_while_it_passes() -> None:
    data = large_png(9_000_000)
    file, age_file = sealed("截图.png", data, keep_original=False, piece=65536)
    assert opened(file, age_file) == data
    assert file.size > 9_000_000


def test_lengths_of_sealed_files_tell_little() -> None:
    def kibibytes(length: int) -> int:
        # The library adds some random bytes to the head of every file.
        return sealed("a.txt", b"x" * length)[0].size // 1024

    assert len({kibibytes(length) for length in (1, 100, 5_000, 60_000, 65_536)}) == 1
    assert len({kibibytes(length) for length in range(1, 400_000, 20_000)}) == 4


class Breaks(Sealer):
    """A sealer that fails when it has read so much."""

    def __init__(self, after: int) -> None:
        super().__init__([READER.public])
        self.after = after

    def seal_stream(self, source, sink) -> None:  # type: ignore[no-untyped-def]
        if self.after:
            sink.write(source.read(self.after))
        raise SealingFailed("no")


@pytest.mark.parametrize("after", [0, 100_000, 10**9])
def test_a_sealing_that_fails_at_the_beginning_in_the_middle_or_at_the_end_is_told(after: int) -> None:
    with tempfile.TemporaryFile() as out, pytest.raises(SealingFailed):
        seal_file("a.txt", in_pieces(b"x" * 300_000), Breaks(after), out, keep_original=True)


def test_a_connection_that_breaks_leaves_no_thread_and_no_open_file_behind() -> None:
    def broken() -> Iterator[bytes]:
        yield pdf() + b"x" * 5000
        raise ConnectionError("gone")

    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    for _ in range(50):
        with tempfile.TemporaryFile() as out, pytest.raises(ConnectionError):
            seal_file("a.pdf", broken(), Sealer([READER.public]), out, keep_original=True)
    assert descriptors() == before


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/x.pdf", "x.pdf"),
        ("C:\\Users\\me\\x.pdf", "x.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "a Set-Cookie: b.pdf"),
        ("fdp.\u202egpj.pdf", "fdp.gpj.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("😀.pdf", "😀.pdf"),
    ],
)
def test_a_name_loses_folders_and_invisible_marks(typed: str, kept: str) -> None:
    assert tidy_name(typed) == kept


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    name = tidy_name("长" * 300 + ".pdf")
    assert name.endswith("长.pdf")
    assert 100 < len(name.encode()) <= 120
    assert 100 < len(tidy_name("x." + "y" * 200).encode()) <= 120


@pytest.mark.parametrize("typed", ["", "/", "\n", "\u202e", "a/"])
def test_a_file_without_a_name_gets_one(typed: str) -> None:
    assert tidy_name(typed) == "附件"

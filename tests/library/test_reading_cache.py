"""What was read of a file is kept by its digest, and is never the reading of anything else."""

from pathlib import Path

import pytest

from openbureau.library.reading_cache import UNCACHED, ReadingCache


class Reader:
    """Counts how often it had to read."""

    def __init__(self, *values: object) -> None:
        self.values = list(values)
        self.readings = 0

    def __call__(self) -> object:
        self.readings += 1
        return self.values[min(self.readings, len(self.values)) - 1]


def test_the_same_bytes_are_read_once(tmp_path: Path) -> None:
    reader = Reader({"文字": ["一", 2, None]})
    for _ in range(3):
        cache = ReadingCache(tmp_path / "readings", "1")
        assert cache.value("text", b"bytes", reader) == {"文字": ["一", 2, None]}
    assert reader.readings == 1


@pytest.mark.parametrize(
    ("version", "name", "data", "about"),
    [
        ("2", "text", b"bytes", ""),
        ("1", "rows", b"bytes", ""),
        ("1", "text", b"other", ""),
        ("1", "text", b"bytes", "a"),
    ],
    ids=["of another release", "by another reader", "of other bytes", "under another setting"],
)
def test_a_reading_is_never_taken_for_another(
    tmp_path: Path, version: str, name: str, data: bytes, about: str
) -> None:
    ReadingCache(tmp_path, "1").value("text", b"bytes", Reader("first"))
    assert ReadingCache(tmp_path, version).value(name, data, Reader("second"), about=about) == "second"


def test_the_first_reading_looks_like_the_later_ones(tmp_path: Path) -> None:
    cache = ReadingCache(tmp_path)
    first, second = (cache.value("text", b"", Reader(("a", ("b",)))) for _ in range(2))
    assert first == second == UNCACHED.value("text", b"", Reader(("a", ("b",)))) == ["a", ["b"]]


def test_a_damaged_result_is_made_again(tmp_path: Path) -> None:
    ReadingCache(tmp_path).value("text", b"", Reader("whole"))
    (kept,) = tmp_path.iterdir()
    kept.write_text('"who', encoding="utf-8")
    assert ReadingCache(tmp_path).value("text", b"", Reader("whole again")) == "whole again"
    assert ReadingCache(tmp_path).value("text", b"", Reader("unread")) == "whole again"


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert ReadingCache(tmp_path / "file").value("text", b"", Reader("value")) == "value"


def test_a_reader_that_fails_keeps_nothing(tmp_path: Path) -> None:
    def fails() -> object:
        raise ValueError("unreadable")

    with pytest.raises(ValueError, match="unreadable"):
        ReadingCache(tmp_path).value("text", b"", fails)
    assert ReadingCache(tmp_path).value("text", b"", Reader("value")) == "value"


def test_what_nobody_asked_for_is_forgotten(tmp_path: Path) -> None:
    before = ReadingCache(tmp_path)
    before.value("text", b"old", Reader("old"))
    before.value("text", b"both", Reader("both"))
    after = ReadingCache(tmp_path)
    after.value("text", b"both", Reader("never made"))
    after.value("text", b"new", Reader("new"))
    after.forget_unused()
    assert sorted(kept.read_text(encoding="utf-8") for kept in tmp_path.iterdir()) == ['"both"', '"new"']


def test_only_the_publisher_may_look_into_what_was_read(tmp_path: Path) -> None:
    folder = tmp_path / "readings"
    ReadingCache(folder).value("text", b"", Reader("value"))
    assert folder.stat().st_mode & 0o077 == 0
    assert all(kept.stat().st_mode & 0o077 == 0 for kept in folder.iterdir())

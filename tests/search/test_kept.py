"""What stays in memory of stored documents between two searches."""

from pathlib import Path

from openbureau.search import Document, Section, build, open_index
from openbureau.search.kept import Kept
from openbureau.search.searcher import Index


def test_only_so_many_characters_stay_those_used_last() -> None:
    kept: Kept[str, list[str]] = Kept(10)
    first = kept.get("退费", lambda key: ([key], 4))
    second = kept.get("预收", lambda key: ([key], 4))
    assert kept.get("退费", lambda key: ([key], 4)) is first
    kept.get("合同", lambda key: ([key], 4))
    assert kept.get("退费", lambda key: ([key], 4)) is first
    assert kept.get("预收", lambda key: ([key], 4)) is not second


def test_what_is_longer_than_all_that_may_stay_is_made_each_time() -> None:
    kept: Kept[str, list[str]] = Kept(3)
    assert kept.get("退费", lambda key: ([key], 4)) is not kept.get("退费", lambda key: ([key], 4))


def test_a_document_is_read_once_and_shown_for_every_query(tmp_path: Path) -> None:
    sections = [
        Section("", "", "培训须知"),
        Section("part-2", "退費", "開課前全額退費"),
        Section("part-3", "投诉", "拨打热线"),
    ]
    text = "\n".join(section.whole for section in sections)
    build(tmp_path, [Document("notices/a", "notices", "给家长的话", text, sections=sections)])
    index = open_index(tmp_path)
    first, again, other = (index.find(query).hits[0] for query in ("退费", "退费", "投诉热线"))
    assert (first.anchor, other.anchor) == ("part-2", "part-3")
    assert again == first
    assert "<mark>退費</mark>" in first.passage
    assert "<mark>" not in other.title
    assert reads_of(index, "热线") == 0
    index.close()


def reads_of(index: Index, query: str) -> int:
    """How often a search unpacks a stored document."""
    texts = index._texts
    numbers: list[int] = []

    class Counted:
        def __getitem__(self, number: int) -> dict[str, object]:
            numbers.append(number)
            return texts[number]

    index._texts = Counted()  # type: ignore[assignment]
    index.find(query)
    return len(numbers)

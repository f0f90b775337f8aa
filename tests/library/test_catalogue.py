"""What the catalogue keeps in memory: the answers stay the same."""

from collections.abc import Sequence

from openbureau.clock import now
from openbureau.library.catalogue import RecordCache
from openbureau.library.documents.pages import Page


def pages(names: Sequence[str]) -> dict[int, Page]:
    return {
        number: Page(slug=name, title=name, summary="", day="", source="", published_at=now())
        for number, name in enumerate(names)
    }


def test_cached_records_are_known_by_name_until_others_push_them_out() -> None:
    cache = RecordCache(2)
    records = pages(["about", "help", "map"])
    for number, record in records.items():
        record.kind = "pages"
        cache.put({number: record})
    asked = [("pages", name) for name in ("about", "help", "map", "nothing")]
    assert cache.named(asked) == {("pages", "help"): records[1], ("pages", "map"): records[2]}

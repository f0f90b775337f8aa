"""JSON documents to hand out: readable, in Chinese as it is written, however long their list is."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def json_text(document: Any) -> str:
    """A JSON document, one value a line."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def json_lines(head: Mapping[str, object], name: str, items: Iterable[object]) -> Iterator[bytes]:
    """The document of `head` with the list `name` of `items` at its end, item by item: as `json_text`."""
    before, empty, after = json_text({**head, name: []}).rpartition("[]")
    yield before.encode()
    mark = "[\n  "
    for item in items:
        # No text has a line's end in it: JSON writes that as two characters.
        yield (mark + json.dumps(item, ensure_ascii=False, indent=1).replace("\n", "\n  ")).encode()
        mark = ",\n  "
    yield (empty if mark.startswith("[") else "\n ]").encode() + after.encode()

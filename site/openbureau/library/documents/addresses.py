"""Addresses in the text of a document: as its author writes them, and as they are on the page.

An author names files as they lie in `content/`, beside the own one (`prepayment/申请表.docx`) or elsewhere
(`../notices/winter.md`), pages as they are on the site (`/policies/prepayment/`), and clauses as people do
(`#第十二条`).
"""

import posixpath
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

from openbureau.library.documents.clause_ids import clause_id
from openbureau.library.records import Record

_ID = re.compile(r' id="([^"]+)"')
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|/|\?", re.IGNORECASE)


def page_address(path: str, written: str) -> str:
    """The address on the page of what an author wrote in the file `path` below `content/`."""
    target, mark, fragment = written.partition("#")
    fragment = clause_id(unquote(fragment)) or fragment
    if target and not _ELSEWHERE.match(target):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target)))
        target = _of_file(name)
    return f"{target}{mark}{fragment}"


def file_address(kind: str, slug: str, name: str) -> str:
    """The address of a file that lies beside a document."""
    return f"/{kind}/{slug}/files/{quote(name)}"


def _of_file(name: str) -> str:
    """The address of a file below `content/`; of what is none, one that no page has."""
    if name.endswith(".md"):
        return f"/{name.removesuffix('.md')}/"
    parts = name.split("/")
    return file_address(*parts) if len(parts) == 3 else f"/{name}/"


class Anchors:
    """The places on the pages of documents that links may lead to, read when one does."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = {f"/{record.kind}/{record.slug}/": record for record in records if record.html}
        self._ids: dict[str, set[str]] = {}

    def has(self, page: str, fragment: str) -> bool:
        """Whether a page has the place; of what is no document nobody here knows."""
        # The beginning of a page needs no name (HTML, 7.4.6.4).
        if fragment in ("", "top") or page not in self._records:
            return True
        if page not in self._ids:
            self._ids[page] = set(_ID.findall(self._records[page].html))
        return unquote(fragment) in self._ids[page]

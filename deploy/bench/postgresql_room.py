"""The room of search with PostgreSQL behind its contract: a token column, a GIN index, ts_rank.

A plugin of pytest: the specification of the room is asked of the other engine, and nothing else changes.
`PYTHONPATH=site:tests:deploy/bench .venv/bin/pytest -p postgresql_room tests/search/test_search.py`
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from openbureau import search
from openbureau.search.analysis import PREFIX_FROM, bigrams, is_chinese, runs, segmenter_with
from openbureau.search.documents import Document, Hit, Hits, Language
from openbureau.search.highlight import mark, passage
from openbureau.search.query import Query, exact_form
from support.postgresql import Server, running

MAX_ROWS = 1_000
"""Documents that are looked at for one query."""

TABLE = """
CREATE TABLE texts (
    number int, key text UNIQUE, kind text, title text, body text, exact text[], labels jsonb, tokens tsvector
)
"""
FIND = """
SELECT key, kind, title, body, exact, labels, tokens @@ %(whole)s::tsquery AS is_whole
FROM texts WHERE tokens @@ %(any)s::tsquery
ORDER BY is_whole DESC, ts_rank('{0.1, 0.2, 0.4, 1.0}', tokens, %(any)s::tsquery) DESC, number LIMIT %(most)s
"""

_server: Server
_ending = ExitStack()


def build(folder: Path, documents: Iterable[Document], *, speaks: Language | None = None) -> None:
    """Write the documents to a database of their own, whose name is left in the folder."""
    address = _server.create_database().replace("+psycopg", "", 1)
    (folder / "address").write_text(address, encoding="utf-8")
    with psycopg.connect(address) as database:
        database.execute(TABLE)
        for number, document in enumerate(documents):
            words = (
                (document.title, "A"),
                (f"{document.names} {' '.join(document.exact)}", "B"),
                (document.body, "D"),
            )
            tokens = " ".join(f"'{token}':1{weight}" for text, weight in words for token in _tokens(text))
            exact = [exact_form(text) for text in (document.title, *document.exact)]
            labels = json.dumps({name: list(values) for name, values in document.labels.items()})
            row = (
                number,
                document.key,
                document.kind,
                _storable(document.title),
                _storable(document.body),
                exact,
                labels,
            )
            try:
                database.execute("INSERT INTO texts VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", (*row, tokens))
            except psycopg.errors.UniqueViolation:
                raise ValueError(f"two documents have the key {document.key}") from None
        database.execute("CREATE INDEX ON texts USING gin (tokens)")


class Room:
    """The questions of `search.Index`, answered by PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        address = (folder / "address").read_text(encoding="utf-8")
        self._database = _ending.enter_context(psycopg.connect(address, autocommit=True))

    def find(
        self,
        query: str,
        *,
        kinds: Sequence[str] = (),
        filters: Mapping[str, str] | None = None,
        choices: Sequence[str] = (),
        page: int = 1,
        per_page: int = 10,
        without: Collection[str] = (),
        **_: Any,
    ) -> Hits:
        """Documents that hold every part of the query, then those that hold some of it."""
        parsed = Query(query, Language())
        rows = [row for row in self._rows(parsed) if row[0] not in without]
        rows = [
            row
            for row in rows
            if all(value in row[5].get(name, ()) for name, value in (filters or {}).items())
        ]
        shown = [row for row in rows if not kinds or row[1] in kinds]
        some = shown[(page - 1) * per_page : page * per_page]
        return Hits(
            hits=[Hit(row[0], row[1], mark(row[2], query), passage(row[3], query)) for row in some],
            keys=[row[0] for row in shown],
            total=len(shown),
            whole=sum(row[6] for row in shown),
            page=page,
            per_page=per_page,
            counts=Counter(row[1] for row in rows),
            shortened=parsed.is_shortened,
            exact=[row[0] for row in shown if exact_form(parsed.text) in row[4]],
            choices={
                name: Counter(value for row in shown for value in row[5].get(name, ())).most_common()
                for name in choices
            },
        )

    def suggest(self, prefix: str, limit: int = 8) -> list[str]:
        """Titles that begin so."""
        like = prefix.replace("\0", "").replace("\\", "").replace("%", "").replace("_", "") + "%"
        query = "SELECT title FROM texts WHERE title LIKE %s ORDER BY number LIMIT %s"
        return [title for (title,) in self._database.execute(query, (like, limit))] if prefix.strip() else []

    def correct(self, query: str) -> str:
        """PostgreSQL has nothing of the kind for Chinese."""
        return ""

    def _rows(self, parsed: Query) -> list[tuple[Any, ...]]:
        if not parsed.runs:
            return []
        whole = " & ".join(map(_wanted, dict.fromkeys(part for run in parsed.runs for part in _parts(run))))
        some = " | ".join(map(_wanted, parsed.parts))
        return self._database.execute(FIND, {"whole": whole, "any": some, "most": MAX_ROWS}).fetchall()


def _tokens(text: str) -> Iterator[str]:
    for run in runs(text):
        yield from dict.fromkeys([*run, *bigrams(run)]) if is_chinese(run) else [run]


def _parts(run: str) -> Iterator[str]:
    """The pairs inside the words of a run: what is written together may stand apart."""
    for word in segmenter_with().cut(run) if is_chinese(run) else ():
        yield from bigrams(word) or [word]
    if not is_chinese(run):
        yield run


def _wanted(part: str) -> str:
    return f"'{part}'" + (":*" if len(part) >= PREFIX_FROM and not is_chinese(part) else "")


def _storable(text: str) -> str:
    return text.replace("\0", "")


# Before anything that imports them from the room.
search.build, search.open_index = build, Room  # type: ignore[assignment]


def pytest_configure(config: pytest.Config) -> None:
    """Start the server."""
    global _server
    _server = _ending.enter_context(running())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the server."""
    _ending.close()

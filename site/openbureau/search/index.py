"""The index on disk: Whoosh keeps the exact names, arrays rank the documents and keep their texts.

<folder>/              Whoosh's files
<folder>/index.json    which arrays belong to which state of Whoosh, labels and words
<folder>/arrays-<n>/   postings, columns and texts, one file each; only mapped into memory

Whoosh's own postings are not used for ranking: writing one for each character and pair took twenty times as
long as counting them all at once, and scoring from them took hundreds of milliseconds.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
from whoosh import index as whoosh_index
from whoosh.analysis import RegexTokenizer
from whoosh.fields import ID, TEXT, Schema
from whoosh.writing import IndexWriter

from openbureau.chinese.document_numbers import read_document_number
from openbureau.chinese.pinyin import initials, sound
from openbureau.search.columns import Columns
from openbureau.search.documents import Document, Language
from openbureau.search.postings import Postings
from openbureau.search.query import exact_form, folded_language, number_form
from openbureau.search.stored import Texts
from openbureau.search.terms import Counts, count, label
from openbureau.search.vocabulary import Vocabulary

NAMES_WEIGHT = 2.0
"""What a word of the names counts beside one of the body."""

_LINES = TEXT(analyzer=RegexTokenizer(r"[^\n]+"), phrase=False)
_SCHEMA = Schema(key=ID(unique=True), exact=_LINES, spelt=_LINES)

FILE = "index.json"
WORDS = "words.json"
NO_LANGUAGE = Language()
TIMEOUT_SECONDS = 10
"""How long a writer waits for another one; Whoosh by itself would lose what it cannot write at once."""


class BrokenIndex(Exception):
    """The files of an index do not belong together: build it again."""


def build(folder: Path, documents: Iterable[Document], *, language: Language = NO_LANGUAGE) -> int:
    """Write a new index of `documents` into the empty `folder`; answers how many there are.

    Raises ValueError when two documents have one key, or a group of synonyms has only one word.
    """
    listed = _once(documents)
    language = folded_language(language)
    created = whoosh_index.create_in(str(folder), _SCHEMA)
    with created.writer(timeout=TIMEOUT_SECONDS) as writer:
        for document in listed:
            _add(writer, document)
    _write(
        folder,
        created.latest_generation(),
        Postings.of(_counted(listed), np.ones(len(listed), bool)),
        Columns.of(listed),
        Texts.of(listed),
        _labels(listed),
        Vocabulary.of((document.title for document in listed), language),
        language,
    )
    return len(listed)


def update(folder: Path, changed: Iterable[Document], removed: Iterable[str] = ()) -> None:
    """Bring the index in `folder` up to date: `changed` documents are added or replaced, `removed` keys go.

    It finds the same, in the same order, as one built anew of the same documents. An index opened before goes
    on answering as it was. Raises ValueError when two documents have one key, and BrokenIndex.
    """
    listed = _once(changed)
    about = read_about(folder)
    postings, columns, texts = load_arrays(folder, about)
    numbers = columns.numbers({*removed, *(document.key for document in listed)})
    gone = [int(number) for number in numbers if postings.alive[number]]
    gone_titles = [texts[number]["title"] for number in gone]
    opened = whoosh_index.open_dir(str(folder))
    writer = opened.writer(timeout=TIMEOUT_SECONDS)
    for number in gone:
        writer.delete_document(number)
    for document in listed:
        _add(writer, document)
    # Merging would number the documents anew, and the arrays go by these numbers.
    writer.commit(merge=False)
    language = language_of(about)
    labels = _labels(listed)
    for name, values in about["labels"].items():
        labels.setdefault(name, set()).update(values)
    _write(
        folder,
        opened.latest_generation(),
        postings.changed(gone, _counted(listed), len(listed)),
        columns.followed_by(Columns.of(listed), dict(zip(columns.named(gone), gone, strict=True))),
        texts.followed_by(Texts.of(listed)),
        labels,
        read_vocabulary(folder, about).changed(
            gone_titles, [document.title for document in listed], language
        ),
        language,
    )
    rmtree(folder / about["arrays"])


def read_about(folder: Path) -> dict[str, Any]:
    """What `index.json` says; raises BrokenIndex when it cannot be read or is of another state of Whoosh."""
    try:
        about: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        generation = about["generation"]
    except (OSError, ValueError, KeyError) as error:
        raise BrokenIndex(f"{FILE}: {error}; build the index again") from error
    if whoosh_index.open_dir(str(folder), readonly=True).latest_generation() != generation:
        raise BrokenIndex("an update was cut short: build the index again")
    return about


def language_of(about: Mapping[str, Any]) -> Language:
    """What the index knows of words."""
    return Language(about["words"], about["synonyms"], about["elsewhere"], about["places"])


def load_arrays(folder: Path, about: Mapping[str, Any]) -> tuple[Postings, Columns, Texts]:
    """The arrays that belong to `about`; raises BrokenIndex when they cannot be read."""
    arrays = folder / about["arrays"]
    try:
        return Postings.load(arrays), Columns.load(arrays), Texts.load(arrays)
    except (OSError, ValueError) as error:
        raise BrokenIndex(f"{arrays.name}: {error}; build the index again") from error


def read_vocabulary(folder: Path, about: Mapping[str, Any]) -> Vocabulary:
    """The words of the titles; raises BrokenIndex when they cannot be read."""
    try:
        return Vocabulary(json.loads((folder / about["arrays"] / WORDS).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BrokenIndex(f"{WORDS}: {error}; build the index again") from error


def _once(documents: Iterable[Document]) -> list[Document]:
    listed = list(documents)
    twice = [key for key, number in Counter(document.key for document in listed).items() if number > 1]
    if twice:
        raise ValueError(f"two documents have the key {twice[0]}")
    return listed


def _add(writer: IndexWriter, document: Document) -> None:
    called = (document.title, *document.exact)
    names = [form for name in called if (form := exact_form(name))]
    names += [form for name in called if (form := number_form(name))]
    title = names[0] if names else ""
    typed = [*called, *document.names.split()]
    numbers = [number for name in typed if (number := read_document_number(name)) and number.is_whole]
    forms = [part.form for number in numbers for part in number.parts()]
    writer.add_document(
        key=document.key,
        exact="\n".join(dict.fromkeys([*names, *forms])),
        spelt="\n".join(dict.fromkeys([sound(title), initials(title)])) if title else "",
    )


def _counted(documents: Sequence[Document]) -> Counts:
    """The terms of the documents, and their labels, which are terms, too."""
    counts = count(
        [
            (document.title, document.title_weight),
            (document.names, NAMES_WEIGHT),
            (document.body, 1.0),
            *((question, document.title_weight) for question in document.answers),
        ]
        for document in documents
    )
    labelled = sorted(
        (label(name, value), number)
        for number, document in enumerate(documents)
        for name, values in _labels([document]).items()
        for value in values
    )
    terms = np.array([term for term, _ in labelled], np.uint64)
    # A label is no part of the text and adds nothing to its length.
    places = np.searchsorted(counts.terms, terms, side="right")
    return Counts(
        np.insert(counts.terms, places, terms),
        np.insert(counts.docs, places, np.array([number for _, number in labelled], np.int32)),
        np.insert(counts.amounts, places, np.zeros(len(labelled), np.float32)),
    )


def _labels(documents: Iterable[Document]) -> dict[str, set[str]]:
    """Every value of every label; the kind is one."""
    labels: dict[str, set[str]] = {}
    for document in documents:
        for name, values in {**document.labels, "kind": (document.kind,)}.items():
            labels.setdefault(name, set()).update(values)
    return labels


def _write(
    folder: Path,
    generation: int,
    postings: Postings,
    columns: Columns,
    texts: Texts,
    labels: Mapping[str, Iterable[str]],
    vocabulary: Vocabulary,
    language: Language,
) -> None:
    """Write arrays for a state of Whoosh, then say in one step that they are the ones to use."""
    arrays = folder / f"arrays-{generation}"
    arrays.mkdir()
    postings.save(arrays)
    columns.save(arrays)
    texts.save(arrays)
    words = json.dumps(vocabulary.counts, ensure_ascii=False, sort_keys=True)
    (arrays / WORDS).write_text(words, encoding="utf-8")
    about = {
        "generation": generation,
        "arrays": arrays.name,
        "labels": {name: sorted(values) for name, values in sorted(labels.items())},
        "words": language.words,
        "synonyms": language.synonyms,
        "elsewhere": language.elsewhere,
        "places": language.places,
    }
    fresh = folder / f"{FILE}.new"
    fresh.write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(folder / FILE)

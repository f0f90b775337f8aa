"""The vectors of publications: made after one is served, in a file beside it, and picked up like one.

They are no part of a publication: it is the same with them and without. What an earlier one says, too, is
taken from its vectors, so a publication costs what changed.
"""

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from openbureau.publishing.publication import Publication, Shelf, sync_folder
from openbureau.publishing.shelf_files import vectors_of
from openbureau.search.meaning.encoder import PACKAGE, Encoder, is_installed
from openbureau.search.meaning.learning import begun, learn
from openbureau.search.meaning.vectors import BadVectors, LineVectors

NAMED = ("whitelist",)
"""Kinds of which people know the names: they get no vectors."""

LEARNER_LOCK = ".learning"


@dataclass(frozen=True)
class LearnedPublication:
    """The publication that has all its vectors, its lines, and of how many the vectors were made now."""

    id: str
    lines: int
    made: int


class AlreadyLearning(Exception):
    """Another process is making vectors for this shelf."""


def learn_served(shelf: Shelf, encoder: Encoder, tell: Callable[[int, int], None]) -> LearnedPublication:
    """Make the vectors of the publication that is served; and of one that takes its place meanwhile.

    Publishers are not kept waiting. Raises Unpublished, AlreadyLearning, and OSError when they cannot be
    written.
    """
    with (shelf.folder / LEARNER_LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyLearning("another process is making vectors already") from error
        while True:
            publication = shelf.current()
            path = vectors_of(shelf.folder, publication.id)
            index = publication.search
            # The newest first: of two vectors of a line the last one counts, and all are the same.
            earlier = [vectors_of(shelf.folder, name) for name in shelf.served()]
            made = learn(path, index.lines(without=NAMED), index.digest, encoder, earlier, tell)
            sync_folder(shelf.folder)
            if shelf.served()[:1] == [publication.id]:
                return LearnedPublication(publication.id, len(LineVectors.load(path).rows), made)


def describe(publication: Publication, *, is_wanted: bool) -> tuple[bool, str]:
    """Whether search of this opened publication goes by meaning, and in a few words why not."""
    if not is_wanted:
        return False, "off by setting"
    if meaning := publication.search.meaning:
        return True, f"on: {meaning.lines} lines"
    if not is_installed():
        return False, f"off: {PACKAGE} is not installed"
    path = vectors_of(publication.folder.parent, publication.id)
    with suppress(OSError, BadVectors):
        so_far = LineVectors.load(begun(path))
        return False, f"being made: {len(so_far.rows)} of {so_far.total} lines"
    if path.exists():
        return False, "the vectors are damaged or of another release: run `openbureau search learn`"
    return False, "missing: run `openbureau search learn`"


def give_way() -> None:
    """Let others go first: visitors wait for no vectors."""
    with suppress(OSError):
        os.nice(19)

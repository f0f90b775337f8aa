"""Results of dear readings, kept by the digest of what was read: a file that did not change is read once."""

import json
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

SUFFIX = ".json"


class ReadingCache:
    """What readers made of files, one small file for each result.

    Its folder may be deleted at any time: everything in it is made again. A folder that cannot be written
    costs time and nothing else.
    """

    def __init__(self, folder: Path | None = None, version: str = "") -> None:
        """`folder` is where results are kept; without one none is.

        `version` is that of all code that reads: results of any other are never used.
        """
        self._folder = folder
        self._version = version
        self._used: set[str] = set()

    def value(self, reader: str, data: bytes, make: Callable[[], Any], *, about: str = "") -> Any:
        """What `make` returns for `data`: made now, or at an earlier reading of the same bytes.

        `reader` names what makes it, `about` all else that it depends on (a setting, the name of the file).
        It has to be a value that JSON knows; tuples come back as lists, the first time, too.
        """
        key = sha256("\0".join((self._version, reader, about, sha256(data).hexdigest())).encode()).hexdigest()
        self._used.add(key)
        if self._folder is None:
            return json.loads(json.dumps(make()))
        path = self._folder / f"{key}{SUFFIX}"
        # What a power cut or a full disk left of a result is no result.
        with suppress(OSError, ValueError):
            return json.loads(path.read_bytes())
        text = json.dumps(make(), ensure_ascii=False)
        with suppress(OSError):
            self._write(path, text)
        return json.loads(text)

    def forget_unused(self) -> None:
        """Delete all results that nobody asked for since this cache was opened."""
        if self._folder is None:
            return
        for path in self._folder.glob(f"*{SUFFIX}"):
            if path.stem not in self._used:
                with suppress(OSError):
                    path.unlink()

    @staticmethod
    def _write(path: Path, text: str) -> None:
        """Write whole or not at all: another process may read it meanwhile."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as fresh:
            fresh.write(text)
        Path(fresh.name).replace(path)


UNCACHED = ReadingCache()
"""Keeps nothing: every reading is made anew."""

"""The content of a demonstration: that of `content/`, and what is invented, dated by one day."""

import fcntl
import shutil
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path

from openbureau.demonstration.days import FOLDER, dated, forget, month_end, remember
from openbureau.demonstration.registers import BadRows, next_edition
from openbureau.demonstration.whitelist import list_of_last_month
from openbureau.library.bureau import FILE as SITE
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.library.content import DEMONSTRATION, content_files
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.registers import FOLDER as REGISTERS
from openbureau.library.whitelist.editions import read_editions
from openbureau.library.whitelist.institutions import Institution
from openbureau.library.whitelist.rows import FOLDER as WHITELIST

_TEXTS = (".md", ".csv", ".toml", ".txt")
"""Files that may name days; others are taken as they are."""


class BadDemonstration(Exception):
    """What is invented cannot be made of this content for this day."""


@contextmanager
def demonstrated(content: Path, instance: Path, day: date, readings: ReadingCache) -> Iterator[Path]:
    """The content to read: `content` itself, or where it has a demonstration, all of it made in the instance.

    Equal content and an equal day give equal files. `content` is never written to. Nobody else makes another
    one meanwhile. Raises BadDemonstration.
    """
    bureau, _ = read_bureau(content)
    if not bureau or not bureau.demo or not (content / DEMONSTRATION).is_dir():
        # Else the timer would find the demonstration of an earlier day due for ever.
        forget(instance)
        yield content
        return
    home = instance / FOLDER
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        made = home / "content"
        shutil.rmtree(made, ignore_errors=True)
        for name, data in _files(content, bureau, day, readings).items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        remember(instance, day)
        yield made


def _files(content: Path, bureau: Bureau, day: date, readings: ReadingCache) -> dict[str, bytes]:
    """Every file by its name below the made content."""
    files = {path.relative_to(content).as_posix(): path.read_bytes() for path in content_files(content)}
    invented = content / DEMONSTRATION
    edition = month_end(day).isoformat()
    for path in content_files(invented):
        name = path.relative_to(invented)
        if name.parts[0] == REGISTERS:
            folder = f"{REGISTERS}/{name.stem}"
            newest = _newest(content / folder, edition)
            try:
                files[f"{folder}/{edition}.csv"] = next_edition(newest, path, day)
            except BadRows as error:
                raise BadDemonstration(f"{DEMONSTRATION}/{REGISTERS}/{error}") from error
        elif name.as_posix() in files:
            raise BadDemonstration(
                f"{DEMONSTRATION}/{name}: content/ has a file of that name: give it another one"
            )
        else:
            data = path.read_bytes()
            is_text = path.suffix in _TEXTS
            files[name.as_posix()] = dated(data.decode(), day).encode() if is_text else data
    if (content / WHITELIST).is_dir():
        lists = {name: data for name, data in files.items() if name.startswith((f"{WHITELIST}/", SITE))}
        digests = "\n".join(f"{name}\0{sha256(data).hexdigest()}" for name, data in sorted(lists.items()))
        encoded = readings.value(
            "list of last month",
            digests.encode(),
            lambda: b64encode(_list_of_last_month(content, bureau, day, readings)).decode(),
            about=day.isoformat(),
        )
        files[f"{WHITELIST}/{edition}.xlsx"] = b64decode(encoded)
    return files


def _list_of_last_month(content: Path, bureau: Bureau, day: date, readings: ReadingCache) -> bytes:
    read = read_editions(content, bureau, on=day, readings=readings)
    institutions = [record for record in read.records if isinstance(record, Institution)]
    newest = max((one.as_of for one in institutions), default=date.min)
    if newest >= month_end(day):
        raise BadDemonstration(f"{day} is too early: {WHITELIST}/ has a list of {newest} already")
    return list_of_last_month(institutions, bureau, day)


def _newest(folder: Path, edition: str) -> Path:
    """The newest edition of a register, which has to be older than the one that is made."""
    editions = sorted(folder.glob("*.csv"))
    if not editions or editions[-1].stem >= edition:
        raise BadDemonstration(f"{folder.name}: there is no edition in CSV before {edition}")
    return editions[-1]

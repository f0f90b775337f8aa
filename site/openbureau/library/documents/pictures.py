"""Pictures in documents: they lie beside the text as attachments do, and have words for who cannot see."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from openbureau.formats.pictures import SUFFIXES as SHOWN
from openbureau.formats.pictures import PictureCopy, PictureRefused, copies_of
from openbureau.library.documents.addresses import file_address
from openbureau.library.front_matter import ContentFile
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.records import PictureCopyFields, PictureFields, Record

_NOT_SHOWN = (".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".ico", ".psd", ".emf", ".wmf")
SUFFIXES = (*SHOWN, *_NOT_SHOWN)
"""Files that are taken for pictures; those that browsers do not show are told by their names."""

_FILMS = (".mp4", ".mov", ".avi", ".wmv", ".m4v", ".webm", ".mp3", ".wav", ".m4a", ".ogg")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_IMG = re.compile(r'<img src="([^"]*)" alt="([^"]*)">')

SIZES = "(min-width: 42rem) 40rem, 100vw"
"""How wide a picture is shown: a text is 40 rem wide at most."""

MAX_PHONE_BYTES = 1_000_000
"""Of all pictures of one page, as a phone loads them: ten seconds of a slow network."""


def read_copies(path: Path, readings: ReadingCache) -> list[PictureCopy]:
    """The copies of the picture in a file, the largest last. Raises PictureRefused."""
    data = path.read_bytes()
    value = readings.value("picture", data, lambda: _as_json(data, path.suffix), about=path.suffix.lower())
    if "refused" in value:
        raise PictureRefused(*value["refused"])
    return [
        PictureCopy(copy["width"], copy["height"], base64.b64decode(copy["data"])) for copy in value["copies"]
    ]


def read_picture(path: Path, content: Path, readings: ReadingCache) -> PictureFields | Problem:
    """What is to know of a picture below `content`; what cannot be shown stops the publication."""
    try:
        copies = read_copies(path, readings)
    except PictureRefused as error:
        return Problem(path.relative_to(content).as_posix(), "", *error.args)
    *smaller, largest = [_fields(copy) for copy in copies]
    return PictureFields(name=path.name, alternative="", copies=smaller, **largest)


def copy_address(kind: str, slug: str, width: int, name: str) -> str:
    """The address of a smaller copy of a picture."""
    return file_address(kind, slug, f"{width}/{name}")


def place_pictures(
    records: Sequence[Record], files: Sequence[ContentFile], refused: set[str]
) -> Iterator[Problem]:
    """Show in every text the pictures that it names, each with its size and copies.

    `refused` are the addresses of files that cannot be shown, of which their own problems tell.
    """
    found = {
        file_address(record.kind, record.slug, picture["name"]): (record, picture)
        for record in records
        if not record.is_withdrawn
        for picture in record.pictures
    }
    used: set[str] = set()
    by_path = {f"{record.kind}/{record.slug}.md": record for record in records}
    for file in files:
        record = by_path.get(file.path)
        if record and record.is_withdrawn:
            continue
        for shown in file.pictures:
            used.add(shown.address)
            if shown.address in found and shown.alternative:
                picture = found[shown.address][1]
                picture["alternative"] = picture["alternative"] or shown.alternative
            if problem := _wrong_use(shown.written, shown.address, shown.alternative, found, refused):
                file.fault_at(file.markdown_line + shown.line, *problem)
        if record:
            record.html = _IMG.sub(lambda match: _element(match, found), record.html)
            yield from _weight(file, {shown.address for shown in file.pictures}, found)
    for address, (record, picture) in found.items():
        if address not in used:
            what, mend = "no text shows this picture", "write ![说明](文件夹/图片.png) in one, or remove it"
            yield Problem(f"{record.kind}/{record.slug}/{picture['name']}", "", what, mend, stops=False)


def _wrong_use(
    written: str, address: str, alternative: str, found: Mapping[str, Any], refused: set[str]
) -> tuple[str, str] | None:
    """What is wrong with how a text shows a picture, and how to mend it."""
    if PurePosixPath(written.lower()).suffix in _FILMS:
        return f"{written}: films and sounds are not played here", "write a link with words: [文字](网址)"
    if _ELSEWHERE.match(address):
        what = f"the picture {written[:80]} lies elsewhere and is not shown"
        return (
            what,
            "put it into the folder that is named as the document, and write ![说明](文件夹/图片.png)",
        )
    if address not in found and address not in refused:
        mend = "put it into the folder that is named as the document, or correct the name"
        return f"there is no picture {written}", mend
    if not alternative:
        what = f"the picture {written} has no words for those who cannot see it"
        return what, "write what it says between the brackets: ![说明](文件夹/图片.png)"
    return None


def _weight(file: ContentFile, addresses: set[str], found: Mapping[str, Any]) -> Iterator[Problem]:
    pictures = [found[address][1] for address in addresses if address in found]
    octets = sum(
        next((copy["size"] for copy in picture["copies"][1:]), picture["size"]) for picture in pictures
    )
    if octets > MAX_PHONE_BYTES:
        most = MAX_PHONE_BYTES // 1_000
        what = f"the pictures of this page are {octets // 1_000} kB on a phone, more than {most}"
        mend = "save photographs as JPEG, crop them, or divide the page"
        yield Problem(file.path, "", what, mend, stops=False)


def _element(match: re.Match[str], found: Mapping[str, tuple[Record, PictureFields]]) -> str:
    """The picture with its copies; browsers choose by the width of the screen, and load what is near."""
    if match[1] not in found:
        return match[0]
    record, picture = found[match[1]]
    sources = [
        f"{copy_address(record.kind, record.slug, copy['width'], picture['name'])} {copy['width']}w"
        for copy in picture["copies"]
    ]
    width, height = picture["width"], picture["height"]
    candidates = ", ".join([*sources, f"{match[1]} {width}w"])
    sizes, srcset = (f' sizes="{SIZES}"', f' srcset="{candidates}"') if sources else ("", "")
    return (
        f'<img alt="{match[2]}" decoding="async" height="{height}" loading="lazy"{sizes} src="{match[1]}"'
        f'{srcset} width="{width}">'
    )


def _fields(copy: PictureCopy) -> PictureCopyFields:
    return PictureCopyFields(
        width=copy.width, height=copy.height, size=len(copy.data), sha256=sha256(copy.data).hexdigest()
    )


def _as_json(data: bytes, suffix: str) -> dict[str, Any]:
    try:
        copies = copies_of(data, suffix) if suffix.lower() in SHOWN else _refused(suffix)
    except PictureRefused as error:
        return {"refused": error.args}
    return {
        "copies": [
            {"width": copy.width, "height": copy.height, "data": base64.b64encode(copy.data).decode()}
            for copy in copies
        ]
    }


def _refused(suffix: str) -> list[PictureCopy]:
    raise PictureRefused(f"pictures of the kind {suffix[1:].upper()} are not shown", "save it as PNG or JPEG")

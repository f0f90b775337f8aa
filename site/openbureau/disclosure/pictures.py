"""Texts in the metadata of pictures: EXIF, XMP, IPTC, PNG texts, comments."""

import io
from collections.abc import Iterator

from PIL import Image, IptcImagePlugin

from openbureau.disclosure.plain_text import decoded
from openbureau.disclosure.texts import PlacedText, raw_texts

_PLACE = "图片的说明信息"
_EXIF_PARTS = (0x8769, 0x8825, 0xA005)
"""Parts of EXIF that have tags of their own: the camera's, the place, other programs'."""
_COORDINATES = 0x8825


def picture_texts(data: bytes) -> Iterator[PlacedText]:
    """The words in a picture's metadata; pixels are not looked at."""
    yield from raw_texts(data, _PLACE)
    try:
        with Image.open(io.BytesIO(data)) as picture:
            values: list[object] = [*picture.info.values()]
            exif = picture.getexif()
            values += exif.values()
            for part in _EXIF_PARTS:
                if part != _COORDINATES:
                    values += exif.get_ifd(part).values()
            values += (IptcImagePlugin.getiptcinfo(picture) or {}).values()
            # Texts may follow the pixels, and are read with them.
            values += getattr(picture, "text", {}).values()
    except Exception:  # Pillow names no exceptions: each format raises its own, of damage nobody foresaw
        return
    for value in values:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, (str, bytes)):
                yield PlacedText(_PLACE, decoded(text) if isinstance(text, bytes) else text)

"""Pictures as they are served: upright, in sRGB, without metadata, and smaller copies for smaller screens.

All are written anew: what a camera or an office program left in the file does not get out. The same file
gives the same bytes with the same release of Pillow, which is pinned with its encoders.
"""

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from openbureau.formats.svg import SvgRefused, clean_svg

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""What a file is written as, by the ending of its name."""
SVG = ".svg"
SUFFIXES = (*FORMATS, SVG)

WIDTHS = (480, 960, 1600)
"""Of the copies, in pixels: phones, phones with fine screens and tablets, the widest that a page shows."""

MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
"""Decoded, a picture takes four bytes for each."""
_QUALITY = 82

_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop file"),
)
_BRANDS = {b"heic": "a HEIC", b"heix": "a HEIC", b"mif1": "a HEIC", b"msf1": "a HEIC", b"avif": "an AVIF"}
_ERRORS = (OSError, ValueError, SyntaxError, IndexError, KeyError, struct.error)


class PictureRefused(ValueError):
    """What is wrong with a picture, as `args[0]`, and how to mend it, as `args[1]`."""


@dataclass(frozen=True)
class PictureCopy:
    """A picture as it is served, with its size in pixels."""

    width: int
    height: int
    data: bytes


def copies_of(data: bytes, suffix: str) -> list[PictureCopy]:
    """The copies of a picture whose name ends so, the largest last. Raises PictureRefused."""
    if len(data) > MAX_BYTES:
        what = f"the picture has {len(data) // 1_000_000} MB, {MAX_BYTES // 1_000_000} are the most"
        raise PictureRefused(what, "make it smaller: 1600 pixels of width are enough")
    if suffix.lower() == SVG:
        try:
            svg = clean_svg(data)
        except SvgRefused as error:
            raise PictureRefused(*error.args) from error
        return [PictureCopy(svg.width, svg.height, svg.data)]
    if other := _other_kind(data):
        raise PictureRefused(
            f"this is {other}, which browsers or this site do not show", "save it as PNG or JPEG"
        )
    image = _opened(data)
    widths = [width for width in WIDTHS if width < image.width] or [image.width]
    if image.width < WIDTHS[-1] and image.width not in widths:
        widths.append(image.width)
    return [_copy(image, width, FORMATS[suffix.lower()]) for width in widths]


def _other_kind(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a film")
    return next((name for magic, name in _OTHERS if data.startswith(magic)), "")


def _opened(data: bytes) -> Image.Image:
    """The picture, upright and in the colours of the web."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if image.width * image.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
            raise PictureRefused("the picture moves", "save one picture of it, or link to a film")
        image.load()
        return _in_srgb(ImageOps.exif_transpose(image))
    except PictureRefused:
        raise
    except Image.DecompressionBombError as error:
        what = f"the picture has more than {MAX_PIXELS} pixels"
        raise PictureRefused(what, "make it smaller: 1600 pixels of width are enough") from error
    except _ERRORS as error:
        what = f"the picture cannot be read ({type(error).__name__})"
        raise PictureRefused(what, "open it, save it again as PNG or JPEG") from error


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    if image.mode in ("RGB", "CMYK") and profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            image = changed or image
        except (ImageCms.PyCMSError, OSError):
            image = image.convert("RGB")
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # 16 bits of grey
    if image.mode not in ("L", "RGB", "RGBA"):
        grey = image.mode in ("1", "L") and not has_alpha
        image = image.convert("RGBA" if has_alpha else "L" if grey else "RGB")
    elif has_alpha:
        image = image.convert("RGBA")
    # A fresh image has no comment and no text of the old one.
    return Image.frombytes(image.mode, image.size, image.tobytes())


def _copy(image: Image.Image, width: int, form: str) -> PictureCopy:
    height = max(1, round(image.height * width / image.width))
    copy = image if width == image.width else image.resize((width, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if form == "PNG":
        # Drawings have few colours: with a palette they take a third.
        colours = copy.getcolors(256) if copy.mode == "RGB" else None
        (copy.quantize(len(colours)) if colours else copy).save(out, form, optimize=True)
    elif form == "JPEG":
        if copy.mode == "RGBA":
            white = Image.new("RGBA", copy.size, "white")
            copy = Image.alpha_composite(white, copy).convert("RGB")
        copy.save(out, form, quality=_QUALITY, optimize=True, progressive=True)
    else:
        copy.save(out, form, quality=_QUALITY, method=4)
    return PictureCopy(copy.width, copy.height, out.getvalue())

"""SVG without anything that runs or leads elsewhere: what is not in the lists of this module is taken out.

Names are those of SVG 1.1 (Second Edition). A picture half of whose shapes would be gone is refused: it says
something else.
"""

import re
from dataclasses import dataclass

from lxml import etree

NAMESPACE = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"

ELEMENTS = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "path", "rect", "circle", "ellipse", "line"),
        *("polyline", "polygon", "text", "tspan", "textPath", "linearGradient", "radialGradient", "stop"),
        *("clipPath", "mask", "pattern", "marker"),
    )
)
PRESENTATION = frozenset(
    (
        *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap"),
        *(
            "stroke-linejoin",
            "stroke-miterlimit",
            "stroke-dasharray",
            "stroke-dashoffset",
            "opacity",
            "color",
        ),
        *("stop-color", "stop-opacity", "clip-path", "clip-rule", "mask", "marker-start", "marker-mid"),
        *("marker-end", "display", "visibility", "font-family", "font-size", "font-style", "font-weight"),
        *("letter-spacing", "text-anchor", "text-decoration", "dominant-baseline", "alignment-baseline"),
        *("writing-mode", "paint-order", "vector-effect", "overflow"),
    )
)
ATTRIBUTES = PRESENTATION | {
    *(
        "id",
        "viewBox",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
    ),
    *("fy", "d", "points", "dx", "dy", "rotate", "textLength", "lengthAdjust", "transform", "offset"),
    *("gradientUnits", "gradientTransform", "spreadMethod", "patternUnits", "patternContentUnits"),
    *("patternTransform", "clipPathUnits", "maskUnits", "maskContentUnits", "markerWidth", "markerHeight"),
    *("markerUnits", "refX", "refY", "orient", "preserveAspectRatio", "pathLength", "startOffset", "href"),
}
_UNSEEN = frozenset(("metadata", "script", "set", "view", "cursor"))
"""Elements whose absence nobody sees."""
_LENGTH = re.compile(r"\s*([0-9]{1,5}(?:\.[0-9]+)?)(?:px)?\s*")
_URL = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)

MAX_BYTES = 2_000_000
MAX_USES = 1_000


class SvgRefused(ValueError):
    """What is wrong with an SVG, as `args[0]`, and how to mend it, as `args[1]`."""


@dataclass(frozen=True)
class CleanSvg:
    """A cleaned SVG with its size in pixels of CSS."""

    data: bytes
    width: int
    height: int


def clean_svg(data: bytes) -> CleanSvg:
    """The picture without what is not allowed. Raises SvgRefused."""
    if len(data) > MAX_BYTES:
        raise SvgRefused(f"the SVG has {len(data)} bytes, more than {MAX_BYTES}", "save it as PNG")
    if _ENTITY.search(data):
        raise SvgRefused("the SVG defines entities", "export it again as plain SVG")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, load_dtd=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SvgRefused(f"the SVG cannot be read ({error.msg})", "export it again as plain SVG") from error
    if root.tag != f"{{{NAMESPACE}}}svg":
        raise SvgRefused("this is no SVG", "export it again as plain SVG")
    _clean(root)
    _check_uses(root)
    width, height = _size(root)
    etree.cleanup_namespaces(root)
    fresh = etree.tostring(root, encoding="utf-8", with_tail=False)
    return CleanSvg(fresh, width, height)


def _clean(root: etree._Element) -> None:
    for element in list(root.iter()):
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        is_svg = isinstance(element.tag, str) and etree.QName(element).namespace == NAMESPACE
        if is_svg and name in ELEMENTS:
            _clean_attributes(element)
        elif is_svg and name not in _UNSEEN:
            mend = "export it as plain SVG: shapes and words, presentation attributes, no style sheet"
            raise SvgRefused(f"the SVG has <{name}>, which is not allowed", mend)
        elif (parent := element.getparent()) is not None:
            # What follows an element belongs to its parent.
            before = element.getprevious()
            if before is not None:
                before.tail = (before.tail or "") + (element.tail or "")
            else:
                parent.text = (parent.text or "") + (element.tail or "")
            parent.remove(element)


def _clean_attributes(element: etree._Element) -> None:
    # Inside a picture, too, the site's own policy would leave out styles: they become attributes.
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() in PRESENTATION:
            element.set(name.strip(), value.replace("!important", "").strip())
    if _XLINK in element.attrib:
        element.set("href", element.attrib.pop(_XLINK))
    for name, value in element.attrib.items():
        is_elsewhere = _URL.search(value) or (name == "href" and not value.strip().startswith("#"))
        if is_elsewhere and name in ATTRIBUTES:
            raise SvgRefused("the SVG refers to something outside it", "put everything into the picture")
        if name not in ATTRIBUTES:
            del element.attrib[name]


def _check_uses(root: etree._Element) -> None:
    """Copies of copies grow without end."""
    uses = list(root.iter(f"{{{NAMESPACE}}}use"))
    if len(uses) > MAX_USES:
        raise SvgRefused(f"the SVG has {len(uses)} <use>, more than {MAX_USES}", "draw it with fewer copies")
    holders = {ancestor.get("id") for use in uses for ancestor in (use, *use.iterancestors())}
    if any((use.get("href") or "")[1:] in holders for use in uses):
        raise SvgRefused("the SVG has copies of copies (<use>)", "convert them to shapes")


def _size(root: etree._Element) -> tuple[int, int]:
    sides = [_LENGTH.fullmatch(root.get(name) or "") for name in ("width", "height")]
    box = (root.get("viewBox") or "").replace(",", " ").split()
    if sides[0] and sides[1]:
        width, height = (float(side[1]) for side in sides if side)
    else:
        try:
            width, height = (float(side) for side in box[2:4])
        except ValueError:
            width = height = 0
    if not (1 <= width <= 20_000 and 1 <= height <= 20_000):
        raise SvgRefused("the SVG does not say how large it is", "give it width and height in pixels")
    if len(box) != 4:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("width", f"{width:g}")
    root.set("height", f"{height:g}")
    return round(width), round(height)

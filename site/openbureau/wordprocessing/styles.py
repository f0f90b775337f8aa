"""What styles say about words: hidden or numbered (styles.xml), struck out or coloured (each run)."""

from collections.abc import Iterator, Mapping

from lxml import etree

from openbureau.spreadsheets.cell_styles import mark_of_colour
from openbureau.spreadsheets.sheet_notes import Marks
from openbureau.wordprocessing.package import WordPackage, child, is_on, name_of, value_of

MAX_ANCESTORS = 20
_HIGHLIGHTS: Mapping[str, Marks] = {"red": frozenset({"red"}), "yellow": frozenset({"yellow"})}


def ground_of(properties: etree._Element | None) -> Marks:
    """The mark of the ground of a run, a paragraph or a cell (w:shd)."""
    return mark_of_colour(value_of(child(properties, "w:shd"), "w:fill") or "", is_ground=True)


class Styles:
    def __init__(self, package: WordPackage) -> None:
        root = package.beside("styles.xml")
        styles = [each for each in root if name_of(str(each.tag)) == "w:style"] if root is not None else []
        self._styles = {value_of(each, "w:styleId") or "": each for each in styles}
        self._default = next(
            (
                value_of(each, "w:styleId")
                for each in styles
                if value_of(each, "w:type") == "paragraph"
                and value_of(each, "w:default") in ("1", "true", "on")
            ),
            None,
        )

    def name(self, style: str | None) -> str:
        """The name of a style, as its makers call it in English (`heading 1`)."""
        return value_of(child(self._styles.get(style or ""), "w:name")) or ""

    def numbering(self, style: str | None) -> tuple[str, int]:
        """The list and the level that a style puts its paragraphs into; ("", 0) for none."""
        number, level = "", ""
        for element in self._with_ancestors(style):
            properties = child(element, "w:pPr", "w:numPr")
            number = number or value_of(child(properties, "w:numId")) or ""
            level = level or value_of(child(properties, "w:ilvl")) or ""
        return number, int(level) if level.isdecimal() else 0

    def is_hidden_paragraph(self, style: str | None) -> bool:
        """Whether a style hides the words of its paragraphs."""
        return self._says_hidden(style, otherwise=False)

    def is_hidden_run(self, properties: etree._Element | None, otherwise: bool) -> bool:
        """Whether a run is hidden: by itself, by its style, or as the paragraph it stands in."""
        own = child(properties, "w:vanish")
        if own is not None:
            return is_on(own)
        style = value_of(child(properties, "w:rStyle"))
        return self._says_hidden(style, otherwise=otherwise) if style else otherwise

    def marks_of_run(self, properties: etree._Element | None) -> Marks:
        """What a run has by itself: a line through it, red letters, coloured ground."""
        marks: Marks = frozenset()
        if is_on(child(properties, "w:strike")) or is_on(child(properties, "w:dstrike")):
            marks |= {"struck"}
        marks |= mark_of_colour(value_of(child(properties, "w:color")) or "")
        marks |= _HIGHLIGHTS.get(value_of(child(properties, "w:highlight")) or "", frozenset())
        return marks | ground_of(properties)

    def _says_hidden(self, style: str | None, *, otherwise: bool) -> bool:
        for element in self._with_ancestors(style):
            toggle = child(element, "w:rPr", "w:vanish")
            if toggle is not None:
                return is_on(toggle)
        return otherwise

    def _with_ancestors(self, style: str | None) -> Iterator[etree._Element]:
        """A style and those it is based on; the default one for a paragraph without."""
        current = style or self._default
        for _ in range(MAX_ANCESTORS):
            element = self._styles.get(current or "")
            if element is None:
                return
            yield element
            current = value_of(child(element, "w:basedOn"))

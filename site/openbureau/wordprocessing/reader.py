"""Reads a .docx file into a `Paper`: every word that is seen, once, and nothing that is not.

Words in content controls, insertions, smart tags and custom XML are seen; deleted and hidden ones are not,
nor the codes of fields and placeholders. Of alternate content the first choice is read.
"""

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from openbureau.spreadsheets.sheet_notes import Marks
from openbureau.wordprocessing.document import (
    Block,
    Findings,
    Merge,
    Paper,
    Paragraph,
    TableCell,
    TableRow,
    WordTable,
    text_of,
)
from openbureau.wordprocessing.numbering import Numbering
from openbureau.wordprocessing.package import WordPackage, child, damaged, is_on, name_of, value_of
from openbureau.wordprocessing.styles import Styles, ground_of

_WRAPPERS = {"w:customXml", "w:smartTag", "w:ins", "w:moveTo", "w:hyperlink", "w:fldSimple", "w:dir", "w:bdo"}
_REMOVED = {"w:del", "w:moveFrom"}
_TRACKED = {"w:ins", "w:moveTo", "w:cellIns", "w:cellDel", "w:cellMerge", *_REMOVED}
"""Changes of words and cells; changes of their looks (…PrChange) alter nothing that is read."""
_PLAIN = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"}
MAX_COLUMNS = 1_000


def read_paper(data: bytes) -> Paper:
    """Read the whole file. Raises `Unreadable`."""
    return _Reader(WordPackage(data)).paper()


class _Reader:
    def __init__(self, package: WordPackage) -> None:
        self.package = package
        self.styles = Styles(package)
        self.numbering = Numbering(package)
        self.findings = Findings()
        self.fields: list[bool] = []
        """Of each field that is open, whether its result has begun."""
        self.marks: list[Marks] = []
        """Of each piece of the paragraph that has letters."""

    def paper(self) -> Paper:
        root = self.package.part(self.package.main)
        body = child(root, "w:body")
        if root is None or body is None:
            raise damaged()
        self._count(root)
        blocks = self._blocks(body)
        margins: list[Block] = []
        for beginning in ("header", "footer", "footnotes", "endnotes"):
            for name in self.package.beside_names(beginning):
                margins += self._margin(name)
        for name in self.package.beside_names("diagrams/data"):
            margins += self._drawn_words(name)
        self._comments()
        return Paper(blocks, tuple(margins), self.findings)

    def _margin(self, name: str) -> Iterator[Block]:
        root = self.package.part(name)
        if root is None:
            return
        self._count(root)
        notes = [each for each in root if name_of(str(each.tag)) in ("w:footnote", "w:endnote")]
        for part in notes or [root]:
            yield from self._blocks(part)

    def _drawn_words(self, name: str) -> Iterator[Paragraph]:
        root = self.package.part(name)
        for element in root.iter() if root is not None else ():
            if name_of(str(element.tag)) == "a:t" and element.text:
                yield Paragraph(element.text)

    def _comments(self) -> None:
        root = self.package.beside("comments.xml")
        for comment in root if root is not None else ():
            text = "".join(each.text or "" for each in comment.iter() if name_of(str(each.tag)) == "w:t")
            if text.strip():
                self.findings.comments += 1
                self.findings.unseen.append(text)

    def _count(self, root: etree._Element) -> None:
        for element in root.iter():
            name = name_of(str(element.tag))
            if name in _TRACKED:
                self.findings.tracked_changes += 1
            elif name == "w:delText" and element.text:
                self.findings.unseen.append(element.text)
            elif name in ("pic:pic", "v:imagedata"):
                self.findings.pictures += 1
            elif name == "w:altChunk":
                self.findings.inserted_files += 1
            elif name == "w:object":
                self.findings.embedded_objects += 1

    def _blocks(self, parent: etree._Element) -> tuple[Block, ...]:
        blocks: list[Block] = []
        for element in self._contents(parent):
            name = name_of(str(element.tag))
            if name == "w:p":
                blocks.append(self._paragraph(element))
            elif name == "w:tbl":
                blocks.append(self._table(element))
        return tuple(blocks)

    def _contents(self, parent: etree._Element) -> Iterator[etree._Element]:
        """The children that are seen, those inside wrappers in place of them."""
        for element in parent:
            name = name_of(str(element.tag))
            if name in _WRAPPERS:
                yield from self._contents(element)
            elif name == "w:sdt":
                content = child(element, "w:sdtContent")
                if content is not None and not is_on(child(element, "w:sdtPr", "w:showingPlcHdr")):
                    yield from self._contents(content)
            elif name == "mc:AlternateContent":
                choice = child(element, "mc:Choice")
                choice = child(element, "mc:Fallback") if choice is None else choice
                if choice is not None:
                    yield from self._contents(choice)
            elif name not in _REMOVED:
                yield element

    def _table(self, table: etree._Element) -> WordTable:
        rows: list[TableRow] = []
        number = 0
        for element in self._contents(table):
            if name_of(str(element.tag)) != "w:tr":
                continue
            number += 1
            row = self._row(element, number)
            properties = child(element, "w:trPr")
            if child(properties, "w:del") is not None:
                self.findings.unseen += [text_of_row(row)]
            elif is_on(child(properties, "w:hidden")):
                self.findings.hidden += [text_of_row(row)]
            else:
                rows.append(row)
        return WordTable(tuple(rows))

    def _row(self, row: etree._Element, number: int) -> TableRow:
        column = 1 + _integer(value_of(child(row, "w:trPr", "w:gridBefore")), 0)
        cells: list[TableCell] = []
        for element in self._contents(row):
            if name_of(str(element.tag)) != "w:tc":
                continue
            properties = child(element, "w:tcPr")
            span = max(1, _integer(value_of(child(properties, "w:gridSpan")), 1))
            blocks = self._blocks(element)
            hmerge = child(properties, "w:hMerge")
            if hmerge is not None and value_of(hmerge) != "restart":
                # Merged as old files did it: the cell is part of the one to its left.
                if cells:
                    left = cells[-1]
                    cells[-1] = replace(left, span=left.span + span, blocks=left.blocks + blocks)
            elif child(properties, "w:cellDel") is not None:
                continue
            else:
                cells.append(TableCell(column, span, _merge(properties), blocks, ground_of(properties)))
            column += span
            if column > MAX_COLUMNS:
                raise damaged("文件中有表格的列数过多")
        return TableRow(number, tuple(cells))

    def _paragraph(self, paragraph: etree._Element) -> Paragraph:
        properties = child(paragraph, "w:pPr")
        style = value_of(child(properties, "w:pStyle"))
        text: list[str] = []
        boxes: list[tuple[Block, ...]] = []
        is_hidden = self.styles.is_hidden_paragraph(style)
        self.fields.clear()
        outer, self.marks = self.marks, []
        self._words(paragraph, is_hidden, text, boxes)
        marks = frozenset.intersection(*self.marks) if self.marks else frozenset()
        self.marks = outer
        label = self._label(properties, style)
        return Paragraph("".join(text), label, self.styles.name(style), tuple(boxes), marks)

    def _label(self, properties: etree._Element | None, style: str | None) -> str:
        number, level = self.styles.numbering(style)
        own = child(properties, "w:numPr")
        number = value_of(child(own, "w:numId")) or number
        level = _integer(value_of(child(own, "w:ilvl")), level)
        return self.numbering.label(number, level) if number else ""

    def _words(
        self, parent: etree._Element, is_hidden: bool, text: list[str], boxes: list[tuple[Block, ...]]
    ) -> None:
        for element in self._contents(parent):
            name = name_of(str(element.tag))
            if name == "w:r":
                self._run(element, is_hidden, text, boxes)
            elif name.startswith("m:"):
                text += [each.text or "" for each in element.iter() if name_of(str(each.tag)) == "m:t"]

    def _run(
        self, run: etree._Element, is_hidden: bool, text: list[str], boxes: list[tuple[Block, ...]]
    ) -> None:
        is_hidden = self.styles.is_hidden_run(child(run, "w:rPr"), is_hidden)
        hidden: list[str] = []
        for element in self._contents(run):
            name = name_of(str(element.tag))
            if name == "w:fldChar":
                self._field(value_of(element, "w:fldCharType"))
            elif name in ("w:drawing", "w:pict", "w:object"):
                boxes += self._boxes(element)
            elif name == "w:ruby":
                base = child(element, "w:rubyBase")
                if base is not None:
                    self._words(base, is_hidden, text, boxes)
            elif all(self.fields):
                shown = (element.text or "") if name == "w:t" else _PLAIN.get(name, "")
                (hidden if is_hidden else text).append(shown)
                if shown.strip() and not is_hidden:
                    self.marks.append(self.styles.marks_of_run(child(run, "w:rPr")))
        if any(hidden):
            self.findings.hidden.append("".join(hidden))

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self.fields.append(False)
        elif kind == "separate" and self.fields:
            self.fields[-1] = True
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _boxes(self, drawing: etree._Element) -> Iterator[tuple[Block, ...]]:
        """The contents of the text boxes of a drawing, each once."""
        for element in self._contents(drawing):
            if name_of(str(element.tag)) == "w:txbxContent":
                fields, self.fields = self.fields, []
                yield self._blocks(element)
                self.fields = fields
            else:
                yield from self._boxes(element)


def text_of_row(row: TableRow) -> str:
    """The words of a row that is not shown."""
    return " ".join(text_of(cell.blocks) for cell in row.cells)


def _merge(properties: etree._Element | None) -> Merge | None:
    merge = child(properties, "w:vMerge")
    if merge is None:
        return None
    return "begins" if value_of(merge) == "restart" else "goes on"


def _integer(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else otherwise

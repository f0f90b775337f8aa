"""Every place in which a paper, a picture or a text can hold a number: each is looked at, none repeated."""

import gzip
import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from openbureau.disclosure.pdf import pdf_texts
from openbureau.disclosure.scanner import disclosures
from openbureau.disclosure.texts import MAX_BYTES, Budget
from support.disclosure_makers import (
    MOBILE,
    OTHER,
    TARGET,
    WIDE,
    in_paper,
    paper,
    pdf,
    picture,
    run,
    with_parts,
)

VANISHED = run(MOBILE, "<w:vanish/>")
PAPERS = {
    "deletion": in_paper(f"<w:del><w:r><w:delText>{MOBILE}</w:delText></w:r></w:del>"),
    "deletion in pieces": in_paper(
        "<w:del><w:r><w:delText>138</w:delText></w:r><w:r><w:delText>00138000</w:delText></w:r></w:del>"
    ),
    "moved away": in_paper(f"<w:moveFrom>{run(MOBILE)}</w:moveFrom>"),
    "hidden": in_paper(VANISHED),
    "hidden between shown": in_paper(run("138") + run("0013") + run("8000", "<w:vanish/>")),
    "field": in_paper(f'<w:r><w:instrText> HYPERLINK "tel:{MOBILE}" </w:instrText></w:r>'),
    "simple field": in_paper(f'<w:fldSimple w:instr="QUOTE {MOBILE}"/>'),
    "form field": in_paper(
        f'<w:r><w:ffData><w:textInput><w:default w:val="{MOBILE}"/></w:textInput></w:ffData></w:r>'
    ),
    "tag of a control": in_paper(f'<w:sdt><w:sdtPr><w:tag w:val="{MOBILE}"/></w:sdtPr></w:sdt>'),
    "choice of a control": in_paper(
        f'<w:sdt><w:sdtPr><w:listItem w:displayText="甲" w:value="{MOBILE}"/></w:sdtPr></w:sdt>'
    ),
    "bookmark": in_paper(f'<w:bookmarkStart w:id="1" w:name="_{MOBILE}"/>'),
    "words of a picture": in_paper(
        f'<w:drawing><wp:docPr xmlns:wp="wp" id="1" name="图" descr="{MOBILE}"/></w:drawing>'
    ),
    "text box": in_paper(
        f"<w:r><w:pict><w:txbxContent><w:p>{run(MOBILE)}</w:p></w:txbxContent></w:pict></w:r>"
    ),
    "full width": paper("电话１３８００１３８０００"),
    "invisible marks": paper("电话138\u200b0013\u200b8000"),
    "in pieces": in_paper(run("电话138") + run("0013") + run("8000")),
    **{
        name: with_parts(paper("正文"), {part: OTHER.format(xml)})
        for name, part, xml in (
            ("comment", "word/comments.xml", f"<comment><p>{MOBILE}</p></comment>"),
            ("people", "word/people.xml", f'<person author="甲{MOBILE}"/>'),
            ("variable", "word/settings.xml", f'<docVar name="电话" val="{MOBILE}"/>'),
            ("mail merge", "word/settings.xml", f'<query val="select {MOBILE}"/>'),
            ("glossary", "word/glossary/document.xml", f"<p><t>{MOBILE}</t></p>"),
            ("footnote", "word/footnotes.xml", f"<p><t>{MOBILE}</t></p>"),
            ("bound data", "customXml/item1.xml", f"<a>{MOBILE}</a>"),
            ("style", "word/styles.xml", f'<style styleId="a"><name val="{MOBILE}"/></style>'),
            ("company", "docProps/app.xml", f"<Company>{MOBILE}</Company>"),
            ("last author", "docProps/core.xml", f"<lastModifiedBy>{MOBILE}</lastModifiedBy>"),
            ("link", "word/_rels/document.xml.rels", TARGET),
        )
    },
    "page inside": with_parts(paper("正文"), {"word/afchunk.mht": f"MIME-Version: 1.0\n\n<p>{MOBILE}</p>"}),
    "rich text inside": with_parts(paper("正文"), {"word/afchunk.rtf": f"{{\\rtf1 call {MOBILE}}}"}),
    "metafile": with_parts(paper("正文"), {"word/media/image1.emf": b"\1\0\0\0" + bytes(40) + WIDE}),
}


def page_content(writer: PdfWriter, content: str) -> None:
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page = writer.pages[0]
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    data = DecodedStreamObject()
    data.set_data(content.encode())
    page[NameObject("/Contents")] = writer._add_object(data)


def shown(operators: str) -> Callable[[PdfWriter], None]:
    return lambda writer: page_content(writer, operators)


def packed(data: bytes, **names: str) -> Callable[[PdfWriter], None]:
    """An object that nothing refers to, with a stream that is packed."""

    def change(writer: PdfWriter) -> None:
        plain = DecodedStreamObject()
        plain.set_data(data)
        stream = plain.flate_encode()
        for key, value in names.items():
            stream[NameObject(f"/{key}")] = NameObject(f"/{value}")
        writer._add_object(stream)

    return change


def pdf_field(writer: PdfWriter) -> None:
    values = {"/FT": NameObject("/Tx"), "/T": TextStringObject("电话"), "/V": TextStringObject(MOBILE)}
    field = DictionaryObject({NameObject(key): value for key, value in values.items()})
    fields = ArrayObject([writer._add_object(field)])
    writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})


def pdf_link(writer: PdfWriter) -> None:
    writer.add_uri(0, f"tel:{MOBILE}", (0, 0, 9, 9))  # type: ignore[arg-type]


def pdf_script(writer: PdfWriter) -> None:
    script = TextStringObject(f"app.alert('{MOBILE}')")
    writer._add_object(DictionaryObject({NameObject("/JS"): script}))


def pdf_removed_page(writer: PdfWriter) -> None:
    page_content(writer, f"BT /F1 9 Tf 9 9 Td ({MOBILE}) Tj ET")
    writer.add_blank_page(200, 200)
    del writer._pages.get_object()["/Kids"][0]  # type: ignore[index]


def pdf_photo(writer: PdfWriter) -> None:
    stream = DecodedStreamObject()
    stream.set_data(picture("JPEG", comment=MOBILE.encode()))
    for key, value in (("Type", "XObject"), ("Subtype", "Image"), ("Filter", "DCTDecode")):
        stream[NameObject(f"/{key}")] = NameObject(f"/{value}")
    writer._add_object(stream)


def earlier(data: bytes) -> bytes:
    """The same bytes with a later state of the file behind them, which shows nothing of it."""
    writer = PdfWriter(io.BytesIO(data), incremental=True)
    page_content(writer, "BT ET")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


FIRST_SHOWN = f"BT /F1 9 Tf 9 9 Td ({MOBILE}) Tj ET"
PDF_FILES = {
    "title": pdf(lambda writer: writer.add_metadata({"/Title": MOBILE})),
    "own property": pdf(lambda writer: writer.add_metadata({"/Contact": MOBILE})),
    "form field": pdf(pdf_field),
    "link": pdf(pdf_link),
    "script": pdf(pdf_script),
    "packed script": pdf(packed(f"app.alert('{MOBILE}')".encode())),
    "form as XML": pdf(packed(f"<xfa><value>{MOBILE}</value></xfa>".encode())),
    "white": pdf(shown(f"1 1 1 rg {FIRST_SHOWN}")),
    "never drawn": pdf(shown(f"BT 3 Tr /F1 9 Tf 9 9 Td ({MOBILE}) Tj ET")),
    "layer": pdf(shown(f"/OC /MC0 BDC {FIRST_SHOWN} EMC")),
    "beside the page": pdf(shown(f"BT /F1 9 Tf 900 900 Td ({MOBILE}) Tj ET")),
    "in pieces": pdf(shown("BT /F1 9 Tf 9 9 Td [(138) -20 (0013) 30 (8000)] TJ ET")),
    "said instead": pdf(shown(f"/Span <</ActualText ({MOBILE})>> BDC EMC")),
    "removed page": pdf(pdf_removed_page),
    "photo": pdf(pdf_photo),
    "earlier": earlier(pdf(shown(FIRST_SHOWN))),
    "file inside": pdf(lambda writer: writer.add_attachment("a.docx", paper(MOBILE))),
}


def chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """The PNG picture with one more chunk before its end."""
    head = struct.pack(">I", len(body)) + kind + body
    return data[:-12] + head + struct.pack(">I", zlib.crc32(kind + body)) + data[-12:]


def exif(form: str) -> bytes:
    values = Image.Exif()
    values[0x010E] = f"电话{MOBILE}"
    return picture(form, exif=values)


def user_comment() -> bytes:
    values = Image.Exif()
    values.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + MOBILE.encode("utf-16-be")
    return picture("JPEG", exif=values)


def iptc() -> bytes:
    record = b"\x1c\x02\x78" + struct.pack(">H", len(MOBILE)) + MOBILE.encode()
    body = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record + b"\0"
    data = picture("JPEG")
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]


XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>{MOBILE}</creator></x:xmpmeta>".encode()
international = PngImagePlugin.PngInfo()
international.add_itxt("Comment", f"电话{MOBILE}", zip=True)
PICTURES = {
    "JPEG EXIF": exif("JPEG"),
    "JPEG user comment": user_comment(),
    "JPEG comment": picture("JPEG", comment=MOBILE.encode()),
    "JPEG XMP": picture("JPEG", xmp=XMP),
    "JPEG IPTC": iptc(),
    "JPEG tail": picture("JPEG") + MOBILE.encode(),
    "PNG tEXt": chunk(picture("PNG"), b"tEXt", b"Comment\0" + MOBILE.encode()),
    "PNG zTXt": chunk(picture("PNG"), b"zTXt", b"Comment\0\0" + zlib.compress(MOBILE.encode())),
    "PNG iTXt": picture("PNG", pnginfo=international),
    "PNG eXIf": exif("PNG"),
    "PNG unknown chunk": chunk(picture("PNG"), b"prVt", MOBILE.encode()),
    "WebP EXIF": exif("WEBP"),
    "WebP XMP": picture("WEBP", xmp=XMP),
    "GIF comment": picture("GIF", comment=MOBILE.encode()),
    "TIFF": exif("TIFF"),
    "SVG metadata": f"<svg xmlns='s'><metadata><d>{MOBILE}</d></metadata></svg>".encode(),
    "SVG words": f"<svg xmlns='s'><title>{MOBILE}</title></svg>".encode(),
    "SVG in pieces": b"<svg xmlns='s'><text><tspan>138</tspan><tspan>00138000</tspan></text></svg>",
    "SVG label": f"<svg xmlns='s' aria-label='{MOBILE}'/>".encode(),
    "SVG remark": f"<svg xmlns='s'><!-- {MOBILE} --></svg>".encode(),
    "SVG packed": gzip.compress(f"<svg><desc>{MOBILE}</desc></svg>".encode()),
}
TEXTS = {
    "comment in Markdown": f"正文\n<!-- {MOBILE} -->\n",
    "link in Markdown": f"[电话](tel:{MOBILE})",
    "title of a link": f'[电话](/about/ "{MOBILE}")',
    "link target": f"[甲]\n\n[甲]: /a '{MOBILE}'",
    "front matter": f"---\ntitle: 甲\nphone: {MOBILE}\n---\n",
    "comment in YAML": f"---\ntitle: 甲 # {MOBILE}\n---\n",
    "country code": "电话：+86 138-0013-8000",
    "full width": "电话：１３８－００１３－８０００",
    "gaps": "电话：1 3 8 0 0 1 3 8 0 0 0",
    "behind an address": f"见 https://example.cn/a {MOBILE}",
    "in an address": f"https://example.cn/call?mobile={MOBILE}",
    "address of a messenger": f"https://example.cn/86{MOBILE}",
    "dots": "电话：138.0013.8000",
    "brackets": "电话：(+86)13800138000",
    "glued to Chinese": f"张某{MOBILE}李某",
    "glued to letters": f"tel{MOBILE}",
    "escaped in TOML": 'phone = "\\u0031380013\\u00380' + '00"',
    "escaped address": "[电话](tel:%31%33800138000)",
    "comment in TOML": f"# 问 {MOBILE}\na = 1\n",
    "JSON": f'{{"phone": {MOBILE}}}',
    "rich text": "{\\rtf1 138\\b 0013\\b0 8000}",
}
PLACES = {
    f"{kind}: {name}": (data if isinstance(data, bytes) else data.encode(), file)
    for kind, file, group in (
        ("paper", "a.docx", PAPERS),
        ("pdf", "a.pdf", PDF_FILES),
        ("picture", "a", PICTURES),
        ("text", "a.md", TEXTS),
    )
    for name, data in group.items()
}


@pytest.mark.parametrize("place", PLACES)
def test_a_number_is_found_wherever_it_hides(place: str) -> None:
    found = disclosures(*PLACES[place])
    assert "pii_mobile" in {disclosure.kind for disclosure in found}
    assert MOBILE not in repr(found)


def test_an_earlier_state_that_is_too_much_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    data, budget = PDF_FILES["earlier"], Budget()
    list(pdf_texts(data, lambda *_: iter(()), budget))
    monkeypatch.setattr("openbureau.disclosure.texts.MAX_BYTES", MAX_BYTES - budget.bytes_left - 1)
    assert "unseen" in {each.kind for each in disclosures(data, "a.pdf")}

"""Files of every kind that may be attached, and of those that pretend to be: made here, byte by byte."""

import io
import struct
import zipfile
import zlib

from docx import Document
from openpyxl import Workbook
from PIL import Image
from PIL.PngImagePlugin import PngInfo

CANARY = "机主张三"
"""What a camera might have written into a photograph."""


def picture(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture with something in it."""
    image = Image.new("RGB", size)
    image.putdata([(x * 7 % 256, y * 5 % 256, (x * y) % 256) for y in range(size[1]) for x in range(size[0])])
    return image


def jpeg(*, progressive: bool = False, size: tuple[int, int] = (64, 48)) -> bytes:
    """A photograph with place, author, maker, comment and a preview behind its end."""
    exif = Image.Exif()
    exif[0x013B] = "Author CANARY"
    exif[0x010F] = "Maker CANARY"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (23.0, 41.0, 7.0)
    out = io.BytesIO()
    picture(size).save(
        out, "JPEG", quality=90, exif=exif, comment="Comment CANARY", progressive=progressive, dpi=(72, 72)
    )
    return out.getvalue() + b"preview CANARY behind the end"


def png() -> bytes:
    """A picture with a text and EXIF chunk."""
    told = PngInfo()
    told.add_text("Author", "CANARY")
    told.add_itxt("Comment", CANARY)
    exif = Image.Exif()
    exif[0x013B] = "Author CANARY"
    out = io.BytesIO()
    picture().save(out, "PNG", pnginfo=told, exif=exif)
    return out.getvalue() + b"CANARY behind the end"


def pdf(content: bytes = b"") -> bytes:
    """A small PDF file."""
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n" + content + b"trailer<</Root 1 0 R>>\n%%EOF\n"


def docx() -> bytes:
    """A Word file of a paragraph."""
    out = io.BytesIO()
    document = Document()
    document.add_paragraph("处罚决定书")
    document.save(out)
    return out.getvalue()


def xlsx() -> bytes:
    """An Excel file of a cell."""
    out = io.BytesIO()
    book = Workbook()
    book.active["A1"] = "罚款"  # type: ignore[index]
    book.save(out)
    return out.getvalue()


def archive(*members: str, content: bytes = b"x" * 5000) -> bytes:
    """A ZIP archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for member in members:
            file.writestr(member, content)
    return out.getvalue()


def ole() -> bytes:
    """The head of an old Office file."""
    return bytes.fromhex("D0CF11E0A1B11AE1") + bytes(8000)


def media(brand: bytes) -> bytes:
    """The head of a file of the MP4 family."""
    return struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0" + brand + b"isom" + bytes(6000)


def mp3() -> bytes:
    """A sound file: a tag and a frame."""
    return b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" + bytes(5000)


def saved(form: str, **options: object) -> bytes:
    """A small picture as another program saves it."""
    out = io.BytesIO()
    picture().save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


def gif() -> bytes:
    """A moving picture that goes round, with a comment and with XMP."""
    out = io.BytesIO()
    frames = [picture().transpose(Image.Transpose.FLIP_LEFT_RIGHT).quantize()]
    picture().quantize().save(
        out, "GIF", save_all=True, append_images=frames, loop=0, comment=b"CANARY comment", duration=100
    )
    data = out.getvalue()
    xmp = b"!\xff\x0bXMP DataXMP\x0eCANARY author!\0"
    return data[:-1] + xmp + b";"


def webp() -> bytes:
    """A photograph with Exif and XMP."""
    exif = Image.Exif()
    exif[0x013B] = "Author CANARY"
    return saved("WEBP", exif=exif, xmp=b"<x:xmpmeta>CANARY</x:xmpmeta>", quality=90)


def chunked(kind: bytes, form: bytes) -> bytes:
    """The head of a RIFF file."""
    return kind + struct.pack("<I", 6004) + form + bytes(6000)


def box(kind: bytes) -> bytes:
    """The head of a film as QuickTime made it before brands."""
    return struct.pack(">I", 32) + kind + bytes(24) + struct.pack(">I", 6000) + b"mdat" + bytes(5992)


def repacked(document: bytes, *, renamed: tuple[str, str] = ("", ""), streamed: bool = False) -> bytes:
    """An office file packed anew: its members in the reverse order, a part under another name, and, as by
    whoever cannot go back, each with its length behind it."""
    out = io.BytesIO()
    old, new = renamed
    with (
        zipfile.ZipFile(io.BytesIO(document)) as source,
        zipfile.ZipFile(_Pipe(out) if streamed else out, "w", zipfile.ZIP_DEFLATED) as sink,
    ):
        for name in reversed(source.namelist()):
            data = source.read(name)
            if old and (name.endswith(".rels") or name == "[Content_Types].xml"):
                data = data.replace(old.encode(), new.encode())
            sink.writestr(name.replace(old, new) if old else name, data)
    return out.getvalue()


def embedding(document: bytes, inner: bytes) -> bytes:
    """An office file with another one in it, before its own types."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as source, zipfile.ZipFile(out, "w") as sink:
        sink.writestr("word/embeddings/sheet.xlsx", inner)
        for name in source.namelist():
            sink.writestr(name, source.read(name))
    return out.getvalue()


class _Pipe:
    """A file in which nobody can go back."""

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        return self._out.write(data)

    def flush(self) -> None:
        """Nothing waits."""


def strict(document: bytes) -> bytes:
    """An office file in the names of the Strict variant (ECMA-376-1)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as source, zipfile.ZipFile(out, "w") as sink:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith((".xml", ".rels")):
                for kind in (b"wordprocessingml", b"officeDocument"):
                    old = b"http://schemas.openxmlformats.org/" + kind + b"/2006"
                    data = data.replace(old, b"http://purl.oclc.org/ooxml/" + kind)
            sink.writestr(name, data)
    return out.getvalue()


def compound(*streams: str) -> bytes:
    """An old Office file with these streams in its list, in the middle of it."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return bytes.fromhex("D0CF11E0A1B11AE1") + bytes(70_000) + names + bytes(8000)


def opendocument(kind: str, *members: str) -> bytes:
    """An OpenDocument file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        for member in ("content.xml", "META-INF/manifest.xml", *members):
            file.writestr(member, "<x/>")
    return out.getvalue()


def pptx() -> bytes:
    """The parts of slides that tell what they are."""
    out = io.BytesIO()
    main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml", f'<Types><Override PartName="/x.xml" ContentType="{main}"/></Types>'
        )
        file.writestr("x.xml", "<x/>")
    return out.getvalue()


WORDS = "时间：2024年5月20日下午，地点：店内。两名人员没有出示证件，当场罚款。\r\n"
PAGE = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset="utf-8"></head>'
    f"<body>{WORDS}</body>"
)
MAIL_PAGE = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
    f"--x\r\nContent-Type: text/html\r\n\r\n{PAGE}\r\n--x--\r\n"
)
OFFICE_XML = (
    '<?xml version="1.0"?><?mso-application progid="{}"?><w:wordDocument>' + WORDS + "</w:wordDocument>"
)


def large_png(length: int) -> bytes:
    """A picture of about this many bytes, that no compression makes smaller."""
    noise = b"".join(zlib.crc32(at.to_bytes(4, "big")).to_bytes(4, "big") for at in range(length // 4))
    chunk = b"IDAT" + noise
    body = struct.pack(">I", len(noise)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png()[:33] + body + b"\0\0\0\0IEND\xaeB`\x82"


GOOD: dict[str, bytes] = {
    "照片.jpg": jpeg(),
    "逐行.jpeg": jpeg(progressive=True, size=(300, 200)),
    "大写.JPG": jpeg(),
    "截图.png": png(),
    "手机.heic": media(b"heic"),
    "决定书.pdf": pdf(),
    "长的.pdf": pdf(b"% " + b"x" * 20_000),
    "说明.docx": docx(),
    "旧.doc": ole(),
    "台账.xlsx": xlsx(),
    "旧.xls": ole(),
    "公文.ofd": archive("OFD.xml", "Doc_0/Document.xml"),
    "经过.txt": "时间、地点、经过。".encode(),
    "经过gbk.txt": "时间、地点、经过。".encode("gbk"),
    "录音.mp3": mp3(),
    "通话.m4a": media(b"M4A "),
    "现场.mp4": media(b"isom"),
    "苹果.mp4": media(b"qt  "),
}
"""Files that are what their names say."""

FROM_PHONES_AND_OFFICES: dict[str, tuple[bytes, str, str]] = {
    # name: the file, what it is, the ending it is handed out under
    "IMG_0001.MOV": (media(b"qt  "), "MOV视频", "MOV"),
    "旧的.mov": (box(b"wide"), "MOV视频", "mov"),
    "旧的2.mov": (box(b"moov"), "MOV视频", "mov"),
    "旧的3.mov": (box(b"mdat"), "MOV视频", "mov"),
    "旧的4.mov": (box(b"free"), "MOV视频", "mov"),
    "iPhone.jpg": (media(b"heic"), "HEIC照片", "heic"),
    "爱派.jpg": (media(b"mif1")[:16] + b"mif1avif" + bytes(6000), "AVIF图片", "avif"),
    "原图.heif": (media(b"mif1")[:16] + b"mif1heic" + bytes(6000), "HEIC照片", "heif"),
    "微信.jpg": (webp(), "WebP图片", "webp"),
    "微信.webp": (webp(), "WebP图片", "webp"),
    "表情.gif": (gif(), "GIF图片", "gif"),
    "动图.jpg": (gif(), "GIF图片", "gif"),
    "扫描.bmp": (saved("BMP"), "BMP图片", "bmp"),
    "扫描.tif": (saved("TIFF"), "TIFF图片", "tif"),
    "截图.jpg": (png(), "PNG图片", "png"),
    "jpg改成.png": (jpeg(), "JPEG照片", "jpg"),
    "pdf改成.jpg": (pdf(), "PDF文件", "pdf"),
    "带标记.pdf": (b"\xef\xbb\xbf" + pdf(), "PDF文件", "pdf"),
    "带空行.pdf": (b"\r\n\r\n \n" + pdf(), "PDF文件", "pdf"),
    "没有扩展名": (pdf(), "PDF文件", "pdf"),
    ".pdf": (pdf(), "PDF文件", "pdf"),
    "document": (docx(), "Word文档", "docx"),
    "image:1234": (jpeg(), "JPEG照片", "jpg"),
    "msf:1000000033": (media(b"isom"), "MP4视频", "mp4"),
    "附件": (xlsx(), "Excel表格", "xlsx"),
    "在线.docx": (repacked(docx(), renamed=("word/document.xml", "word/document2.xml")), "Word文档", "docx"),
    "在线表.xlsx": (repacked(xlsx(), renamed=("xl/workbook.xml", "xl/workbook2.xml")), "Excel表格", "xlsx"),
    "别处.docx": (repacked(docx(), renamed=("word/document.xml", "word/main.xml")), "Word文档", "docx"),
    "流式.docx": (repacked(docx(), streamed=True), "Word文档", "docx"),
    "严格.docx": (strict(docx()), "Word文档", "docx"),
    "没有类型.docx": (archive("word/document2.xml"), "Word文档", "docx"),
    "套着表.docx": (embedding(docx(), xlsx()), "Word文档", "docx"),
    "新的.doc": (docx(), "Word文档", "doc"),
    "新的.wps": (docx(), "Word文档", "wps"),
    "新的.et": (xlsx(), "Excel表格", "et"),
    "xlsx改成.docx": (xlsx(), "Excel表格", "xlsx"),
    "汇报.pptx": (pptx(), "演示文稿", "pptx"),
    "公文.pdf": (archive("OFD.xml", "Doc_0/Document.xml"), "OFD文件", "ofd"),
    "自由.odt": (opendocument("text"), "ODT文档", "odt"),
    "自由.ods": (opendocument("spreadsheet"), "ODS表格", "ods"),
    "自由.odp": (opendocument("presentation"), "ODP演示", "odp"),
    "通知.wps": (compound("Root Entry", "WordDocument"), "Word或WPS文档", "wps"),
    "台账.et": (compound("Root Entry", "Workbook"), "Excel或WPS表格", "et"),
    "汇报.dps": (compound("Root Entry", "PowerPoint Document"), "PowerPoint或WPS演示", "dps"),
    "doc改成.xlsx": (compound("Root Entry", "WordDocument"), "Word或WPS文档", "doc"),
    "旧表": (compound("Root Entry", "Workbook"), "Excel或WPS表格", "xls"),
    "富文本.rtf": (b"{\\rtf1\\ansi " + b"x" * 5000 + b"}", "RTF文档", "rtf"),
    "富文本.doc": (b"{\\rtf1\\ansi " + b"x" * 5000 + b"}", "RTF文档", "doc"),
    "网页.doc": (PAGE.encode(), "存成文档的网页", "doc"),
    "网页.xls": (b"\xff\xfe" + PAGE.encode("utf-16-le"), "存成文档的网页", "xls"),
    "网页归档.doc": (MAIL_PAGE.encode(), "存成文档的网页", "doc"),
    "系统.doc": (OFFICE_XML.format("Word.Document").encode(), "Word文档", "doc"),
    "系统.xls": (OFFICE_XML.format("Excel.Sheet").encode(), "Excel表格", "xls"),
    "逗号.xls": ("单位,金额\r\n甲,5000\r\n".encode("gb18030"), "文本", "txt"),
    "表.csv": ("单位,金额\r\n".encode(), "文本", "csv"),
    "记事本.txt": (b"\xff\xfe" + (WORDS * 60).encode("utf-16-le"), "文本", "txt"),
    "记事本2.txt": (b"\xfe\xff" + (WORDS * 60).encode("utf-16-be"), "文本", "txt"),
    "没有标记.txt": ((WORDS * 60).encode("utf-16-le"), "文本", "txt"),
    "繁体.txt": ("時間、地點、經過。\r\n".encode("big5") * 400, "文本", "txt"),
    "国标.txt": ((WORDS * 60).encode("gb18030"), "文本", "txt"),
    "café.txt": ("le résumé, déjà vu.\r\n".encode("cp1252") * 400, "文本", "txt"),
    "录音.amr": (b"#!AMR\n" + bytes(5000), "AMR录音", "amr"),
    "语音.amr": (b"\x02#!SILK_V3" + bytes(5000), "微信语音", "amr"),
    "录音.aac": (b"\xff\xf1\x50\x80" + bytes(5000), "AAC录音", "aac"),
    "录音.wav": (chunked(b"RIFF", b"WAVE"), "WAV录音", "wav"),
    "录音.mp3": (media(b"M4A "), "M4A录音", "m4a"),
    "安卓.m4a": (media(b"isom"), "M4A录音", "m4a"),
    "语音.ogg": (b"OggS" + bytes(5000), "OGG录音", "ogg"),
    "语音.opus": (b"OggS" + bytes(5000), "OGG录音", "opus"),
    "录音.wma": (bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C") + bytes(5000), "WMA录音", "wma"),
    "录音.flac": (b"fLaC" + bytes(5000), "FLAC录音", "flac"),
    "备忘.caf": (b"caff\0\x01" + bytes(5000), "CAF录音", "caf"),
    "现场.3gp": (media(b"3gp4"), "3GP视频", "3gp"),
    "现场.webm": (b"\x1a\x45\xdf\xa3\x9fB\x82\x84webm" + bytes(5000), "WebM视频", "webm"),
    "现场.mkv": (b"\x1a\x45\xdf\xa3\xa3B\x82\x88matroska" + bytes(5000), "MKV视频", "mkv"),
    "监控.avi": (chunked(b"RIFF", b"AVI "), "AVI视频", "avi"),
    "监控.mpg": (b"\0\0\x01\xba" + bytes(5000), "MPEG视频", "mpg"),
    "监控.ts": ((b"\x47" + bytes(187)) * 30, "TS视频", "ts"),
    "现场.flv": (b"FLV\x01" + bytes(5000), "FLV视频", "flv"),
    "视频改成.heic": (media(b"isom"), "MP4视频", "mp4"),
    "文本改成.mp3": (b"hello, " * 1000, "文本", "txt"),
}
"""Files as phones and offices make them, under the names that they give: content tells the kind."""

BAD: dict[str, bytes] = {
    "空.pdf": b"",
    "程序.exe": b"MZ" + bytes(5000),
    "压缩.zip": archive("a.txt"),
    "动图.gif": b"GIF89a" + bytes(5000),
    "矢量.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "网页.html": b"<html></html>",
    "gif改成.jpg": b"GIF89a/*" + bytes(5000) + b"*/=1;alert(1)",
    "exe改成.pdf": b"MZ" + bytes(5000),
    "exe改成.txt": b"MZ" + b"x" * 5000,
    "zip改成.docx": archive("a.txt"),
    "pdf前有东西.pdf": b"junk\n" + pdf(),
    "网页.txt": b"<!DOCTYPE html><html><script>alert(1)</script>",
    "脚本.txt": b"hello <ScRiPt>alert(1)</script>",
    "二进制.txt": b"a\0b" * 2000,
    "图片带网页.jpg": jpeg()[:2] + b"\xff\xfe\x00\x2f<html><script>alert(1)</script></html>" + jpeg()[2:],
    "图片带pdf.png": png()[:33] + pdf() + png()[33:],
    "图片带zip头.jpg": jpeg()[:20] + archive("a.txt")[:60] + jpeg()[20:],
    "pdf带zip.pdf": pdf() + archive("a.txt"),
    "大pdf带zip.pdf": pdf(b"%" + b"x" * 90_000) + archive("a.txt"),
    "宏.docx": archive("word/document.xml", "word/vbaProject.bin"),
    "切断.jpg": jpeg()[:300],
    "切断.png": png()[:60],
    "只有头.jpg": b"\xff\xd8\xff\xe0",
    "切断.docx": docx()[:5000],
    "坏.exe": pdf(),
    "没有名字的程序": b"\x7fELF" + bytes(5000),
    "宏.doc": compound("WordDocument", "_VBA_PROJECT"),
    "改了名的宏.docx": repacked(docx(), renamed=(".document.main+xml", ".document.macroEnabled.main+xml")),
    "加密.docx": compound("EncryptedPackage"),
    "邮件.doc": compound("__substg1.0_1000001F"),
    "安装.doc": bytes.fromhex("D0CF11E0A1B11AE1")
    + bytes(600)
    + bytes.fromhex("84100C0000000000C000000000000046")
    + bytes(600),
    "宏.odt": opendocument("text", "Basic/Standard/Module1.xml"),
    "苹果文稿": archive("Index/Document.iwa", "preview.jpg"),
    "手机程序": archive("AndroidManifest.xml", "classes.dex"),
    "压缩.rar": b"Rar!\x1a\x07\x01\0" + bytes(5000),
    "压缩改成.jpg": b"7z\xbc\xaf\x27\x1c" + bytes(5000),
    "带脚本的网页.doc": PAGE.encode() + b"x" * 9000 + b"<script>alert(1)</script>",
    "网页没有名字": PAGE.encode(),
    "网页.mht": MAIL_PAGE.encode(),
    "图片改的.gif": b"GIF89a" + bytes(7) + b"<html>" * 900,
    "pdf前面太多.pdf": b"\n" * 1100 + pdf(),
    "乱码": bytes(range(256)) * 30,
    "乱码.txt": bytes(range(1, 256)) * 30,
    "乱码16.txt": b"\xff\xfe" + bytes(range(256)) * 30,
    "文档里套文档.zip": archive("a.docx", content=docx()),
    "套着文档": archive("a.docx", content=docx()),
}
"""Files that are not, or that hold something else besides."""

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

BAD: dict[str, bytes] = {
    "空.pdf": b"",
    "没有扩展名": pdf(),
    ".pdf": pdf(),
    "程序.exe": b"MZ" + bytes(5000),
    "压缩.zip": archive("a.txt"),
    "动图.gif": b"GIF89a" + bytes(5000),
    "矢量.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "网页.html": b"<html></html>",
    "pdf改成.jpg": pdf(),
    "gif改成.jpg": b"GIF89a/*" + bytes(5000) + b"*/=1;alert(1)",
    "jpg改成.png": jpeg(),
    "exe改成.pdf": b"MZ" + bytes(5000),
    "exe改成.txt": b"MZ" + b"x" * 5000,
    "zip改成.docx": archive("a.txt"),
    "xlsx改成.docx": xlsx(),
    "docx改成.xlsx": docx(),
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
    "视频改成.heic": media(b"isom"),
    "文本改成.mp3": b"hello" * 1000,
    "doc改成.xlsx": ole(),
    "切断.docx": docx()[:5000],
}
"""Files that are not, or that hold something else besides."""

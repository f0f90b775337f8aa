"""Pictures in documents: upright, small, without what a camera wrote, with words for who cannot see."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree
from PIL import Image

from openbureau.formats import pictures
from openbureau.formats.pictures import PictureRefused, copies_of
from openbureau.formats.svg import SvgRefused, clean_svg
from openbureau.library.content import read_library
from openbureau.library.reading_cache import ReadingCache
from openbureau.publishing.build import check, publish
from openbureau.publishing.publication import Shelf
from support.makers import main_part, problems, substitute, texts, visitor
from support.site import CONTENT

DOCUMENT = "policies/prepayment-explained.md"
PICTURE = CONTENT / "policies" / "prepayment-explained" / "flow.png"
ADDRESS = "/policies/prepayment-explained/files/flow.png"
SMALL = "/policies/prepayment-explained/files/480/flow.png"
SHOWN = "![退费三步：提出申请，机构核对，原路退回](prepayment-explained/flow.png)"
WORDS = "退费三步：提出申请，机构核对，原路退回"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">%s</svg>'


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def jpeg(size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_picture_is_shown_with_its_size_its_words_and_smaller_copies(client: FlaskClient) -> None:
    main = main_part(client.get("/policies/prepayment-explained/").text)
    (picture,) = main.xpath(".//div[@class='prose']//img")
    assert dict(picture.attrib) == {
        "src": ADDRESS,
        "srcset": f"{SMALL} 480w, {SMALL.replace('480', '960')} 960w, {ADDRESS} 1000w",
        "sizes": "(min-width: 42rem) 40rem, 100vw",
        "width": "1000",
        "height": "500",
        "alt": WORDS,
        "loading": "lazy",
        "decoding": "async",
    }
    for candidate in picture.get("srcset").split(", "):
        address, width = candidate.split()
        with client.get(address) as response:
            data = response.data
        assert (response.status_code, response.mimetype) == (200, "image/png")
        assert f"{opened(data).width}w" == width
        assert (
            "Content-Disposition" not in response.headers
            or "inline" in response.headers["Content-Disposition"]
        )
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
        with client.get(address, headers={"If-None-Match": response.headers["ETag"]}) as again:
            assert again.status_code == 304


@pytest.mark.parametrize("address", [ADDRESS.replace("/flow", "/333/flow"), ADDRESS.replace("flow", "none")])
def test_there_is_no_other_copy_and_no_other_picture(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_its_words_are_found_and_converted_and_its_address_stays_one(client: FlaskClient) -> None:
    (picture,) = main_part(client.get("/senior/hant/policies/prepayment-explained/").text).xpath(
        ".//img[@srcset]"
    )
    assert picture.get("alt") == "退費三步：提出申請，機構核對，原路退回"
    assert picture.get("src") == ADDRESS
    assert "/policies/prepayment-explained/" in client.get("/search?q=原路退回").text


def test_feeds_and_the_api_name_pictures_by_whole_addresses(client: FlaskClient) -> None:
    feed = client.get("/feeds/policies.atom").text
    assert f'src="http://localhost{ADDRESS}"' in feed or f"src=&quot;http://localhost{ADDRESS}&quot;" in feed
    assert "srcset" not in feed
    policy = client.get("/api/v1/policies/prepayment-explained").get_json()
    (picture,) = policy["picture"]
    assert (picture["url"], picture["alternative"], picture["width"], picture["height"]) == (
        f"http://localhost{ADDRESS}",
        WORDS,
        1000,
        500,
    )
    with client.get(ADDRESS) as response:
        data = response.data
    assert (picture["size"], picture["sha256"]) == (len(data), sha256(data).hexdigest())


def test_the_same_picture_gives_the_same_bytes_and_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Path
) -> None:
    data = PICTURE.read_bytes()
    assert copies_of(data, ".png") == copies_of(data, ".png")
    readings = ReadingCache(tmp_path / "readings", "one")
    check(content, readings=readings)

    def never(*_: object) -> object:
        raise AssertionError("this picture was made before")

    monkeypatch.setattr("openbureau.library.documents.pictures.copies_of", never)
    assert not [problem for problem in check(content, readings=readings) if problem.stops]


MAKE = """
import sys
from hashlib import sha256
from openbureau.formats.pictures import copies_of
copies = copies_of(sys.stdin.buffer.read(), sys.argv[1])
print([(copy.width, sha256(copy.data).hexdigest()) for copy in copies])
"""


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".svg"])
def test_another_process_makes_the_same_bytes(suffix: str) -> None:
    drawing = b'<g style="stroke:#123456;fill:#fedcba;opacity:1" id="a"/><use href="#a"/><title>t</title>'
    data = SVG % drawing if suffix == ".svg" else PICTURE.read_bytes()
    printed = {
        subprocess.run(
            [sys.executable, "-c", MAKE, suffix],
            input=data,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }
    assert len(printed) == 1


def test_a_withdrawn_document_has_no_pictures(content: Path, tmp_path: Path) -> None:
    substitute(
        content / DOCUMENT, "\n---\n", "\nupdated_at: 2026-05-20 10:00\nwithdrawn_reason: 图片有误。\n---\n"
    )
    client = visitor(content, tmp_path / "instance")
    assert client.get(ADDRESS).status_code == 410
    assert not list((tmp_path / "instance").rglob("flow.png"))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("![](prepayment-explained/flow.png)", "the picture prepayment-explained/flow.png has no words"),
        ("![图](https://example.org/a.png)", "the picture https://example.org/a.png lies elsewhere"),
        ("![图](//example.org/a.png)", "the picture //example.org/a.png lies elsewhere"),
        ("![图](data:image/png;base64,AA==)", "the picture data:image/png;base64,AA== lies elsewhere"),
        ("![图](prepayment-explained/none.png)", "there is no picture prepayment-explained/none.png"),
        ("![图](flow.png)", "there is no picture flow.png"),
        (
            "![讲解](prepayment-explained/a.mp4)",
            "prepayment-explained/a.mp4: films and sounds are not played",
        ),
    ],
)
def test_a_picture_that_cannot_be_shown_is_told_with_its_line(
    content: Path, written: str, words: str
) -> None:
    substitute(content / DOCUMENT, SHOWN, f"{SHOWN}\n\n{written}")
    line = (content / DOCUMENT).read_text(encoding="utf-8").rstrip().count("\n") + 1
    (told,) = problems(content)
    assert told.startswith(f"{DOCUMENT}:{line}: {words}"), told


def test_a_picture_of_another_document_can_be_shown_too(content: Path) -> None:
    notice = content / "notices" / "loans.md"
    notice.write_text(
        notice.read_text(encoding="utf-8") + "\n![图](../policies/prepayment-explained/flow.png)\n", "utf-8"
    )
    assert problems(content) == []
    (record,) = (record for record in read_library(content).records if record.slug == "loans")
    assert f' src="{ADDRESS}" srcset=' in record.html


def test_a_picture_that_no_text_shows_is_told_and_published_all_the_same(content: Path) -> None:
    substitute(content / DOCUMENT, SHOWN, "")
    (told,) = (problem for problem in check(content) if problem.what == "no text shows this picture")
    assert (told.file, told.stops) == ("policies/prepayment-explained/flow.png", False)


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "GIF")
    return out.getvalue()


def moving(form: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(out, form, save_all=True, append_images=frames[1:])
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (gif, "a.gif", "pictures of the kind GIF"),
        (gif, "a.png", "this is a GIF"),
        (lambda: b"BM" + bytes(60), "a.bmp", "pictures of the kind BMP"),
        (lambda: b"II*\0" + bytes(60), "a.jpg", "this is a TIFF"),
        (lambda: b"\0\0\0\x18ftypheic" + bytes(60), "a.jpg", "this is a HEIC"),
        (lambda: b"\0\0\0\x18ftypisom" + bytes(60), "a.jpg", "this is a film"),
        (lambda: moving("PNG"), "a.png", "the picture moves"),
        (lambda: moving("WEBP"), "a.webp", "the picture moves"),
        (bomb, "a.png", "the picture has more than 40000000 pixels"),
        (lambda: jpeg()[:400], "a.jpg", "the picture cannot be read"),
        (lambda: b"", "a.png", "the picture cannot be read"),
        (lambda: b"\xff\xd8\xff" + b"x" * 20_000_000, "a.jpg", "the picture has 20 MB"),
    ],
)
def test_what_is_no_picture_for_the_web_is_told_by_its_name(
    content: Path, make: Callable[[], bytes], name: str, words: str
) -> None:
    (content / "policies" / "prepayment-explained" / name).write_bytes(make())
    substitute(content / DOCUMENT, SHOWN, f"{SHOWN}\n\n![图](prepayment-explained/{name})")
    (told,) = problems(content)
    assert told.startswith(f"policies/prepayment-explained/{name}: {words}"), told


def test_what_a_camera_wrote_does_not_get_out_and_pictures_stand_upright() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = 6, "示例相机".encode().decode("latin-1"), "secret"
    data = jpeg((60, 40), exif=exif, comment=b"secret words", dpi=(300, 300))
    assert b"secret" in data
    (copy,) = copies_of(data, ".jpg")
    assert (copy.width, copy.height) == (40, 60)
    assert b"secret" not in copy.data
    assert not opened(copy.data).getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_pictures_of_every_kind_of_colour_are_written_as_their_name_says(mode: str, suffix: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (1000, 10)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    copies = copies_of(out.getvalue(), suffix)
    assert [copy.width for copy in copies] == [480, 960, 1000]
    assert {opened(copy.data).format for copy in copies} == {pictures.FORMATS[suffix]}


def test_a_transparent_picture_stays_transparent_and_lies_on_white_where_it_cannot() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    assert opened(copies_of(out.getvalue(), ".png")[0].data).getpixel((1, 1))[3] == 0
    assert opened(copies_of(out.getvalue(), ".jpg")[0].data).getpixel((1, 1)) == (255, 255, 255)


def test_a_drawing_keeps_what_it_shows_and_nothing_that_runs() -> None:
    svg = clean_svg(
        b'<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" width="40px" '
        b'height="20" onload="alert(1)" xmlns:xlink="http://www.w3.org/1999/xlink" '
        b'xmlns:ink="urn:ink" ink:label="x">'
        b"<!-- secret --><metadata>secret</metadata><script>alert(2)</script><title>t</title>"
        b'<g id="a" style="fill:#123456;behavior:url(x)"><path d="M0 0h9" onclick="x()" class="y"/></g>'
        b'<use xlink:href="#a" x="5"/></svg>'
    )
    assert (svg.width, svg.height) == (40, 20)
    for gone in (b"secret", b"alert", b"onload", b"onclick", b"behavior", b"ink", b"DOCTYPE", b"class"):
        assert gone not in svg.data
    root = etree.fromstring(svg.data)
    assert root.get("viewBox") == "0 0 40 20"
    assert [etree.QName(element).localname for element in root] == ["title", "g", "use"]
    assert root[1].attrib == {"id": "a", "fill": "#123456"}
    assert root[2].attrib == {"href": "#a", "x": "5"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SVG % b'<image href="data:image/png;base64,AA=="/>', "the SVG has <image>"),
        (SVG % b"<foreignObject/>", "the SVG has <foreignObject>"),
        (SVG % b"<style>.a{fill:red}</style>", "the SVG has <style>"),
        (SVG % b'<a href="https://example.org/"><path/></a>', "the SVG has <a>"),
        (SVG % b"<animate/>", "the SVG has <animate>"),
        (SVG % b'<use href="https://example.org/a.svg#b"/>', "the SVG refers to something outside"),
        (SVG % b'<rect fill="url(https://example.org/a.svg#b)"/>', "the SVG refers to something outside"),
        (
            SVG % b'<rect style="fill:url(&quot;//example.org/a&quot;)"/>',
            "the SVG refers to something outside",
        ),
        (SVG % b'<g id="a"><use href="#b"/></g><use href="#a"/>', "the SVG has copies of copies"),
        (SVG % b'<g id="a"><use href="#a"/></g>', "the SVG has copies of copies"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG % b"&a;", "the SVG defines entities"),
        (SVG.replace(b' viewBox="0 0 40 20"', b"") % b"", "the SVG does not say how large"),
        (SVG % b"<g>", "the SVG cannot be read"),
        (b"<html/>", "this is no SVG"),
        (SVG % (b" " * 2_000_000), "the SVG has 2000"),
    ],
)
def test_a_drawing_that_would_lose_something_or_lead_elsewhere_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(SvgRefused) as refusal:
        clean_svg(data)
    assert refusal.value.args[0].startswith(words)
    with pytest.raises(PictureRefused):
        copies_of(data, ".svg")


def test_pictures_that_are_too_heavy_for_a_phone_are_told(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What another test has read of the same content is kept: this is another one.
    with (content / DOCUMENT).open("a", encoding="utf-8") as document:
        document.write("\n图上的字以正文为准。\n")
    monkeypatch.setattr("openbureau.library.documents.pictures.MAX_PHONE_BYTES", 2_000)
    (told,) = (problem for problem in check(content) if "on a phone" in problem.what)
    assert (told.file, told.stops) == (DOCUMENT, False)


def test_the_file_itself_is_not_published(content: Path, tmp_path: Path) -> None:
    folder = content / "policies" / "prepayment-explained"
    (folder / "flow.png").unlink()
    (folder / "flow.jpg").write_bytes(jpeg((2000, 100), comment=b"secret words"))
    substitute(content / DOCUMENT, "flow.png", "flow.jpg")
    publish(content, Shelf(tmp_path / "shelf"))
    published = sorted((tmp_path / "shelf").rglob("flow.jpg"))
    assert [opened(path.read_bytes()).width for path in published] == [480, 960, 1600]
    assert not any(b"secret" in path.read_bytes() for path in published)

"""The site as plain files: whole, the same each time, with no link that leads nowhere."""

import gzip
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit
from urllib.request import urlopen

import brotli
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from PIL import Image

from openbureau.app import create_app
from openbureau.cli import main
from openbureau.config import Settings
from openbureau.database import db
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.site import CONTENT

SITE = "https://bureau.example"
LINK = re.compile(r'(\s(?:href|src|action)=")([^"]*)"')
UNDER = "/copies/of-today"
"""The path under which the tests' server has the mirror."""


def run(instance: Path, *words: str, **settings: str) -> Result:
    env = {"CONTENT": str(CONTENT), "INSTANCE": str(instance), "URL": SITE} | settings
    return CliRunner().invoke(main, words, env={f"OPENBUREAU_{name}": value for name, value in env.items()})


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a short whitelist, so that a mirror of it is soon made."""
    folder = tmp_path_factory.mktemp("instance")
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    (content / "whitelist" / "2024-06-30.xlsx").unlink()
    county = content / "whitelist" / "2024-09-30-441803.csv"
    county.write_bytes(b"".join(county.read_bytes().splitlines(keepends=True)[:6]))
    publish(content, Shelf(folder / "publications"))
    return folder


@pytest.fixture(scope="module")
def done(instance: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A mirror with the page variant in traditional characters, and what the command said."""
    folder = tmp_path_factory.mktemp("www") / UNDER.strip("/")
    result = run(instance, "bake", str(folder), "--with", "hant")
    assert result.exit_code == 0, result.output
    return folder, result


@pytest.fixture(scope="module")
def mirror(done: tuple[Path, Result]) -> Path:
    return done[0]


@pytest.fixture(scope="module")
def live(instance: Path) -> Iterator[Flask]:
    app = create_app(Settings(CONTENT, instance, f"sqlite:///{instance / 'tips.db'}", url=SITE))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def server(mirror: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

    root = mirror.parents[len(UNDER.strip("/").split("/")) - 1]
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}{UNDER}"
        running.shutdown()
        thread.join()


def files(mirror: Path) -> dict[str, bytes]:
    found = {path.relative_to(mirror).as_posix(): path for path in mirror.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items()}


def test_no_link_leads_nowhere(server: str) -> None:
    waiting, seen, dead = [f"{server}/index.html"], set(), []
    while waiting:
        address = waiting.pop()
        try:
            with urlopen(address) as answer:  # noqa: S310 -- the server above
                kind, body = answer.headers.get_content_type(), answer.read()
        except HTTPError as error:
            dead.append(f"{error.code} {unquote(address)}")
            continue
        if kind != "text/html":
            continue
        for _, link in LINK.findall(body.decode()):
            target = urldefrag(urljoin(address, unescape(link)))[0]
            if target.startswith(server.removesuffix(UNDER)):
                assert target.startswith(f"{server}/"), f"{address} leads out of the mirror: {link}"
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
    assert not dead
    assert len(seen) > 100


def test_every_page_is_what_the_site_answers_but_for_its_links(mirror: Path, live: Flask) -> None:
    def without(page: str) -> str:
        page = re.sub(r"<script src=.*?</script>", "", page)
        page = re.sub(
            r"<form[^>]*method=\"post\".*?</form>|<p class=\"hint\">这是静态副本.*?</p>", "", page, flags=re.S
        )
        page = re.sub(
            r'<select[^>]*form="filter".*?</select>|<span class="choices">.*?</span>', "", page, flags=re.S
        )
        page = re.sub(r'\s(?:data-)?hx-[a-z:-]+=("[^"]*"|\'[^\']*\')', "", page)
        return LINK.sub(r'\1"', page)

    compared = 0
    for name in (
        "",
        "policies/",
        "policies/double-reduction/",
        "notices/loans/",
        "whitelist/",
        "hant/about/",
    ):
        baked = (mirror / name / "index.html").read_text(encoding="utf-8")
        assert without(baked) == without(live.test_client().get(f"/{name}").text), name
        compared += 1
    assert compared == 6


def test_every_file_is_what_the_site_answers(mirror: Path, live: Flask) -> None:
    client = live.test_client()
    for name in (
        "feeds/all.atom",
        "feeds/all.rss",
        "sitemap.xml",
        "feeds/deadlines.ics",
        "api/v1/openapi.json",
    ):
        assert (mirror / name).read_bytes() == client.get(f"/{name}").data, name
    (style,) = (mirror / "static" / "css").glob("openbureau.css")
    assert style.read_bytes() == client.get("/static/css/openbureau.css", buffered=True).data
    attachment = "policies/prepayment/files/退费申请表.docx"
    assert (mirror / attachment).read_bytes() == client.get(f"/{quote(attachment)}", buffered=True).data
    workbooks = [*mirror.glob("whitelist/editions/*/2024-*")]
    assert workbooks, "a workbook keeps the name under which it is downloaded"


@pytest.mark.parametrize("variant", ["", "hant/"])
def test_pictures_lie_in_every_size_where_their_page_says(mirror: Path, variant: str) -> None:
    page = mirror / variant / "policies" / "prepayment-explained" / "index.html"
    (candidates,) = re.findall(r'\ssrcset="([^"]*)"', page.read_text(encoding="utf-8"))
    widths = []
    for candidate in unescape(candidates).split(","):
        address, width = candidate.split()
        with Image.open(page.parent / unquote(address)) as picture:
            assert f"{picture.width}w" == width
        widths.append(width)
    assert widths == ["480w", "960w", "1000w"]


def test_compressed_forms_stand_beside_what_gains_by_them(mirror: Path) -> None:
    found = files(mirror)
    assert gzip.decompress(found["index.html.gz"]) == found["index.html"]
    assert brotli.decompress(found["index.html.br"]) == found["index.html"]
    assert brotli.decompress(found["feeds/all.atom.br"]) == found["feeds/all.atom"]
    assert not [name for name in found if name.endswith((".docx.gz", ".xlsx.br"))]


def test_a_list_is_narrowed_by_links_where_there_was_a_form(mirror: Path) -> None:
    policies = (mirror / "policies" / "index.html").read_text(encoding="utf-8")
    assert "<select" not in policies
    links = {unquote(link) for _, link in LINK.findall(policies)}
    assert "topic=双减/index.html" in links
    narrowed = (mirror / "policies" / "topic=双减" / "index.html").read_text(encoding="utf-8")
    assert "双减" in narrowed
    assert 'aria-current="true"' in narrowed
    assert "一次只能按一个条件筛选" in narrowed, "two filters at once were not written"
    whole = (mirror / "policies" / "=unfiltered" / "index.html").read_text(encoding="utf-8")
    assert "这是静态副本，不能搜索" in whole
    assert f"{SITE}/policies/" in whole


@pytest.mark.parametrize("name", ["search", "follow", "tip-off", "tip-off/status", "hant/search"])
def test_what_needs_a_server_says_where_to_turn(mirror: Path, name: str) -> None:
    page = (mirror / name / "index.html").read_text(encoding="utf-8")
    assert f'href="{SITE}/{name}' in page
    assert "<form" not in page.partition("<main")[2]
    assert 'name="form"' not in page, "a token of a form belongs to one visitor"


def test_no_page_asks_for_a_script_or_posts_anything(mirror: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in mirror.rglob("*.html")]
    assert len(pages) > 50
    for page in pages:
        assert "<script src" not in page
        assert "hx-get" not in page
        assert not re.search(r'<form[^>]*method="post"', page)


def test_other_forms_of_the_site_are_written_when_asked_for(mirror: Path, done: tuple[Path, Result]) -> None:
    assert (mirror / "hant" / "policies" / "index.html").exists()
    assert not (mirror / "senior").exists()
    assert "left out: 其他版式的页面: " in done[1].stdout


def test_the_same_publication_gives_the_same_bytes_and_the_folder_is_switched(
    instance: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mirror"
    assert run(instance, "bake", str(folder)).exit_code == 0
    first, place = files(folder), folder.resolve()
    assert run(instance, "bake", str(folder)).exit_code == 0
    assert files(folder) == first
    assert folder.resolve() != place
    assert not place.exists()
    assert len([*tmp_path.iterdir()]) == 2, "the link and what it points to"


def test_a_site_under_a_path_is_written_without_it(instance: Path, tmp_path: Path) -> None:
    result = run(instance, "bake", str(tmp_path / "mirror"), URL_PREFIX="/zwgk")
    assert result.exit_code == 0, result.output
    home = (tmp_path / "mirror" / "index.html").read_text(encoding="utf-8")
    assert 'href="policies/index.html"' in home
    assert f"{SITE}/zwgk/policies/" in (tmp_path / "mirror" / "sitemap.xml").read_text(encoding="utf-8")


def test_what_cannot_be_baked_is_refused_with_the_remedy(instance: Path, tmp_path: Path) -> None:
    nameless = run(instance, "bake", str(tmp_path / "mirror"), URL="")
    assert nameless.exit_code == 1
    assert "set OPENBUREAU_URL" in nameless.output
    (tmp_path / "mirror").mkdir()
    taken = run(instance, "bake", str(tmp_path / "mirror"))
    assert taken.exit_code == 1
    assert "name another" in taken.output
    unpublished = run(tmp_path / "empty", "bake", str(tmp_path / "other"))
    assert unpublished.exit_code == 1
    assert "openbureau publish" in unpublished.output
    assert urlsplit(SITE).scheme == "https"

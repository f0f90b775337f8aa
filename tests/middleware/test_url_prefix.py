"""The site under a path of another one: its addresses stay there, and it wears the other's furniture."""

import json
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html

from openbureau.app import create_app
from openbureau.config import BadSetting, Settings, load
from openbureau.library.furniture import read_furniture
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import PENALTIES, PENALTY, in_production, problems, texts, visitor, write_register
from support.site import CONTENT, NOON

HOST = "https://www.example.gov.cn"
ROOT = "/zwgk/jyj"


@pytest.fixture
def mounted(tmp_path: Path, published: Path) -> FlaskClient:
    """A visitor of the site under `ROOT`, with institutions and editions."""
    return under(published, tmp_path)


def under(publications: Path, instance: Path, prefix: str = ROOT) -> FlaskClient:
    if not (instance / "publications").exists():
        (instance / "publications").symlink_to(publications)
    database = f"sqlite:///{instance / 'tips.db'}"
    app = create_app(Settings(CONTENT, instance, database, url=HOST, url_prefix=prefix), clock=lambda: NOON)
    app.testing = True
    return app.test_client()


PAGES = (
    *("/", "/policies/", "/policies/prepayment/", "/notices/loans/", "/consultations/after-school-care/"),
    *(
        "/announcements/clue-call/",
        "/whitelist/",
        "/registers/",
        "/open-data/",
        "/subscribe/",
        "/follow/",
        "/about/",
    ),
    *("/search?q=退费", "/tip-off/status", "/nothing-here", "/hant/policies/", "/senior/hant/whitelist/"),
)


@pytest.mark.parametrize("page", PAGES)
def test_no_link_of_a_page_leaves_the_path(mounted: FlaskClient, page: str) -> None:
    text = mounted.get(ROOT + page).text
    found = html.document_fromstring(text).xpath("//@href | //@src | //@action | //@hx-get")
    own = [urlsplit(urljoin(HOST + ROOT + page, each)) for each in found]
    paths = [each.path for each in own if each.netloc == urlsplit(HOST).netloc]
    assert len(paths) > 10
    assert [path for path in paths if not path.startswith(f"{ROOT}/")] == []


FILES = (
    *("/sitemap.xml", "/opensearch.xml", "/feeds/all.atom", "/feeds/all.rss", "/feeds/all.json"),
    *("/feeds/subscriptions.opml", "/feeds/deadlines.ics", "/consultations/after-school-care/deadline.ics"),
    "/whitelist/datapackage.json",
)


@pytest.mark.parametrize("file", FILES)
def test_no_address_in_a_feed_map_or_calendar_leaves_the_path(mounted: FlaskClient, file: str) -> None:
    answer = mounted.get(ROOT + file, buffered=True)
    assert answer.status_code == 200
    # Long lines of a calendar are folded.
    found = re.findall(rf"{HOST}([^\s\"'<>&\\]*)", answer.text.replace("\r\n ", ""))
    assert found
    assert [path for path in found if not path.startswith(f"{ROOT}/")] == []


def test_robots_are_led_to_the_map_under_the_path(tmp_path: Path) -> None:
    publish(in_production(texts(tmp_path)), Shelf(tmp_path / "publications"))
    told = under(tmp_path / "publications", tmp_path).get(f"{ROOT}/robots.txt").text
    assert f"Sitemap: {HOST}{ROOT}/sitemap.xml" in told
    assert f"Disallow: {ROOT}/tip-off/status" in told


def test_the_places_of_the_site_map_are_there(mounted: FlaskClient) -> None:
    places = re.findall("<loc>([^<]*)</loc>", mounted.get(f"{ROOT}/sitemap.xml").text)
    assert f"{HOST}{ROOT}/policies/prepayment/" in places
    assert mounted.get(urlsplit(places[-1]).path).status_code == 200


def test_the_description_of_the_api_leads_under_the_path(mounted: FlaskClient) -> None:
    told = json.loads(mounted.get(f"{ROOT}/api/v1/openapi.json").text)
    assert told["servers"] == [{"url": f"{ROOT}/api/v1"}]
    page = json.loads(mounted.get(f"{ROOT}/api/v1/institutions?per_page=1").text)
    assert page["next"].startswith(f"{HOST}{ROOT}/api/v1/institutions?")
    assert mounted.get(page["next"].removeprefix(HOST)).status_code == 200


def test_what_editors_link_to_stays_under_the_path_in_pages_and_feeds(mounted: FlaskClient) -> None:
    page = html.document_fromstring(mounted.get(f"{ROOT}/policies/prepayment/").text)
    assert page.xpath("//div[@class='prose']//a/@href") == [f"{ROOT}/whitelist/"]
    assert f'href="{HOST}{ROOT}/whitelist/"' in html.fromstring(
        mounted.get(f"{ROOT}/feeds/policies.rss").data
    ).text_content().replace("&quot;", '"')
    front = html.document_fromstring(mounted.get(f"{ROOT}/").text)
    assert f"{ROOT}/notices/prepayment-limits/" in front.xpath("//main//a/@href")


def test_a_link_of_a_register_is_whole_with_the_path(tmp_path: Path) -> None:
    content = texts(tmp_path)
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    publish(content, Shelf(tmp_path / "publications"))
    visit = under(tmp_path / "publications", tmp_path)
    entry = json.loads(visit.get(f"{ROOT}/api/v1/registers/penalties/entries/2025-1").text)
    assert entry["values"]["details"] == f"{HOST}{ROOT}/policies/prepayment/"


def test_the_path_without_its_slash_leads_in_and_nothing_else_is_answered(mounted: FlaskClient) -> None:
    answer = mounted.get(ROOT)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{HOST}{ROOT}/")
    for outside in ("/", "/policies/", "/zwgk/", f"{ROOT}x/"):
        assert mounted.get(outside).status_code == 404
    assert mounted.get("/healthz").status_code == 200, "a balancer knows nothing of paths"


def test_the_tags_and_the_canonical_address_name_the_path(mounted: FlaskClient) -> None:
    page = html.document_fromstring(mounted.get(f"{ROOT}/notices/loans/").text)
    assert page.xpath("//link[@rel='canonical']/@href") == [f"{HOST}{ROOT}/notices/loans/"]
    assert page.xpath("//meta[@name='Url']/@content") == [f"{HOST}{ROOT}/notices/loans/"]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OPENBUREAU_URL_PREFIX": "zwgk"}, "write a path like /zwgk"),
        ({"OPENBUREAU_URL_PREFIX": "/政务"}, "write a path like /zwgk"),
        ({"OPENBUREAU_URL": "https://a.example/zwgk"}, "put /zwgk into OPENBUREAU_URL_PREFIX"),
    ],
)
def test_a_prefix_that_is_no_path_is_refused(variables: dict[str, str], told: str) -> None:
    with pytest.raises(BadSetting, match=re.escape(told)):
        load(variables)
    assert load({"OPENBUREAU_URL_PREFIX": "/zwgk/"}).url_prefix == "/zwgk"


# Furniture


def furnished(folder: Path, header: str) -> Path:
    content = texts(folder)
    (content / "furniture").mkdir()
    (content / "furniture" / "header.html").write_text(header, encoding="utf-8")
    return content


def test_every_page_wears_the_header_and_footer_of_the_other_site(tmp_path: Path) -> None:
    content = furnished(tmp_path, '<nav aria-label="门户"><a href="/index.html">市教育局</a></nav>')
    (content / "furniture" / "footer.html").write_text(
        '<p><img src="/logo.png" alt="标识"></p>', encoding="utf-8"
    )
    visit = visitor(content, tmp_path)
    for address in ("/", "/policies/", "/nothing-here"):
        page = html.document_fromstring(visit.get(address).text)
        above, below = page.xpath("//*[@class='furniture']")
        assert above.xpath(".//a/@href") == ["/index.html"], "the other site's addresses stay as they are"
        assert below.xpath(".//img/@src") == ["/logo.png"]


def test_without_furniture_nothing_stands_there(client: FlaskClient) -> None:
    assert "furniture" not in client.get("/").text


@pytest.mark.parametrize(
    ("piece", "kept", "tag"),
    [
        ("<p>甲</p>\n<script>alert(1)</script>", "<p>甲</p>", "<script>"),
        ('<p onclick="x()" style="color:red" class="foot">甲</p>', "<p>甲</p>", ""),
        ('<a href="javascript:alert(1)">甲</a>', '<a rel="noopener">甲</a>', ""),
        ('<img src="https://elsewhere.example/a.png" alt="甲">', '<img alt="甲">', ""),
        ('<img src="//elsewhere.example/a.png" alt="甲">', '<img alt="甲">', ""),
        ('<form action="/x"><p>甲</p></form>', "<p>甲</p>", "<form>"),
    ],
)
def test_code_style_and_what_lies_elsewhere_is_taken_out_and_told(
    tmp_path: Path, piece: str, kept: str, tag: str
) -> None:
    content = furnished(tmp_path, piece)
    pieces, _ = read_furniture(content)
    assert pieces["header"] == kept
    told = [each for each in problems(content) if each.startswith("furniture/header.html")]
    assert len(told) == bool(tag)
    assert all(f"{tag} is taken out" in each for each in told)


def test_a_file_of_another_name_is_not_published_unseen(tmp_path: Path) -> None:
    content = furnished(tmp_path, "<p>甲</p>")
    (content / "furniture" / "sidebar.html").write_text("<p>乙</p>", encoding="utf-8")
    assert any(
        each.startswith("furniture/sidebar.html: this file has no place") for each in problems(content)
    )

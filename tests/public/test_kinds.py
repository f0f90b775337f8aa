"""A further kind of document: with a model, a row of the table, a page and content it is everywhere."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from openbureau import web
from openbureau.app import create_app
from openbureau.cli import main
from openbureau.clock import local_date
from openbureau.config import Settings
from openbureau.database import db
from openbureau.inspection.annual_report import annual
from openbureau.inspection.pages import all_records, inspect_served
from openbureau.library import kinds
from openbureau.library.bureau import Bureau
from openbureau.library.documents.fields import read_common, read_to_do_by, set_subjects
from openbureau.library.documents.index_numbers import read_index_no
from openbureau.library.front_matter import ContentFile
from openbureau.library.kinds import DocumentKind
from openbureau.library.records import LibraryModel, Record
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Publication, Shelf
from openbureau.publishing.websub import changed_feeds, feed_contents, names_hub
from support.makers import texts
from support.site import NOON

SITE = "https://bureau.example"
TITLE, TRADITIONAL = "学校教室怎样借用", "學校教室怎樣借用"
PAGE = "/guides/school-rooms/"

GUIDE = """---
title: 学校教室怎样借用
summary: 周末借用教室，提前五天在学校填表。
topics: [校外培训]
audience: [家长, 学校]
published_at: 2026-05-30 08:30
index_no: 2026-00999
to_do: 到学校填表
to_do_by: 2026-06-20
valid_until: 2026-12-31
---

只有[一次收费的上限](/notices/prepayment-limits/)与它无关。借用教室不收费。
"""

TEMPLATE = """{% extends "public/layout.html" %}
{% block title %}{{ record.title }} - {% endblock %}
{% block description %}{{ record.summary }}{% endblock %}
{% block meta %}{{ inspected.article(record, "guides") }}{% endblock %}
{% block own_feed %}{{ ui.head_feeds("guides", "办事指南") }}{% endblock %}
{% block main %}
  <article class="narrow">
    {{ ui.crumbs([("办事指南", url_for("guides.index")), (record.title, "")]) }}
    <h1>{{ record.title }}</h1>
    <div class="prose">{{ record.html|rooted_links }}</div>
    {{ ui.attachments(record) }}
  </article>
{% endblock %}
"""


@dataclass(frozen=True)
class Made:
    """A site with guides, and one of the same content without."""

    instance: Path
    client: FlaskClient
    served: Publication
    shelf: Shelf
    shelf_without: Shelf


@pytest.fixture(scope="module")
def guides() -> Iterator[DocumentKind]:
    class Guide(Record, kw_only=True):
        """How something is done (办事指南)."""

        __tablename__ = "guides"
        __mapper_args__ = {"polymorphic_identity": "guides"}  # noqa: RUF012

        id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
        index_no: Mapped[str]
        valid_until: Mapped[date]

        def last_day(self) -> tuple[date, str]:
            return self.valid_until, "指南适用到这一天"

    def read_guide(file: ContentFile, bureau: Bureau) -> Guide:
        common = read_common(file)
        guide = Guide(
            **common,
            day=local_date(common["published_at"]).isoformat(),
            index_no=read_index_no(file),
            to_do=file.text("to_do"),
            to_do_by=read_to_do_by(file),
            valid_until=file.day("valid_until") or date.max,
        )
        set_subjects(guide, file, bureau)
        return guide

    yield DocumentKind(
        name="guides",
        model=Guide,
        read=read_guide,
        title="办事指南",
        lead="要办的事怎样办。",
        column_keywords="办事指南",
        column_type="办事服务",
        facets=("topic", "audience"),
    )
    # The other tests publish without guides.
    LibraryModel.metadata.remove(Guide.metadata.tables["guides"])


@pytest.fixture(scope="module")
def made(guides: DocumentKind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("guides")
    content = texts(folder)
    shelf, without = Shelf(folder / "publications"), Shelf(folder / "without")
    publish(content, without)
    (content / "guides/school-rooms").mkdir(parents=True)
    (content / "guides/school-rooms.md").write_text(GUIDE, encoding="utf-8")
    (content / "guides/school-rooms/form.csv").write_text("学校,教室\n", encoding="utf-8")
    shutil.copytree(web.TEMPLATES, folder / "templates")
    (folder / "templates/public/documents/guides.html").write_text(TEMPLATE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "KINDS", (*kinds.KINDS, guides))
        patch.setattr(web, "TEMPLATES", folder / "templates")
        publish(content, shelf)
        settings = Settings(content, folder, f"sqlite:///{folder / 'tips.db'}", url=SITE)
        app = create_app(settings, clock=lambda: NOON)
        yield Made(folder, app.test_client(), shelf.current(), shelf, without)
        with app.app_context():
            db.engine.dispose()


def links(page: str, xpath: str = "//a") -> dict[str, str]:
    """The addresses and texts of links."""
    return {link.get("href"): link.text_content() for link in html.document_fromstring(page).xpath(xpath)}


def test_its_list_has_it_with_its_words_and_filters(made: Made) -> None:
    page = made.client.get("/guides/").text
    assert "<h1>办事指南</h1>" in page
    assert "要办的事怎样办。" in page
    assert "共 1 条" in page
    assert links(page)[PAGE] == TITLE
    assert 'name="ColumnType" content="办事服务"' in page
    assert TITLE in made.client.get("/guides/?topic=校外培训").text
    assert TITLE not in made.client.get("/guides/?topic=预收费").text
    part = made.client.get("/guides/", headers={"HX-Request": "true"}).text
    assert TITLE in part
    assert "<html" not in part


def test_its_page_has_the_text_and_the_files_beside_it(made: Made) -> None:
    page = made.client.get(PAGE).text
    assert f"<h1>{TITLE}</h1>" in page
    assert "借用教室不收费" in page
    with made.client.get(f"{PAGE}files/form.csv") as file:
        assert file.text == "学校,教室\n"
    assert PAGE in links(made.client.get("/guides/school-room/").text), "who mistypes its address is helped"


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
@pytest.mark.parametrize("name", ["guides", "all"])
def test_its_feed_and_that_of_everything_tell_of_it(made: Made, name: str, form: str) -> None:
    feed = made.client.get(f"/feeds/{name}.{form}").text
    assert TITLE in feed
    assert f"{SITE}{PAGE}" in feed
    assert f"{SITE}{PAGE}files/form.csv" in feed


def test_its_feed_is_offered_wherever_feeds_are(made: Made) -> None:
    assert links(made.client.get("/subscribe/").text)["/subscribe/guides/"] == "办事指南"
    assert "by-audience" in made.client.get("/subscribe/guides/").text
    assert f"{SITE}/feeds/guides.atom" in made.client.get("/feeds/subscriptions.opml").text
    assert "/feeds/guides.rss" in made.client.get("/guides/").text


def test_the_search_finds_it_among_all_and_among_its_kind(made: Made) -> None:
    page = made.client.get("/search?q=借用教室").text
    assert PAGE in links(page)
    assert "办事指南 1" in page
    assert PAGE in links(made.client.get("/search?q=借用教室&kind=guides").text)
    assert PAGE not in links(made.client.get("/search?q=借用教室&kind=notices").text)
    assert TITLE in made.client.get("/feeds/search.atom?q=借用教室&kind=guides").text


def test_the_calendar_has_its_deadlines(made: Made) -> None:
    calendar = made.client.get("/feeds/deadlines.ics").text.replace("\r\n ", "")
    assert f"最后一天：{TITLE}" in calendar
    assert "DTSTART;VALUE=DATE:20260620" in calendar
    assert f"指南适用到这一天：{TITLE}" in calendar
    assert "DTSTART;VALUE=DATE:20261231" in calendar


def test_the_sitemap_has_its_list_and_its_page(made: Made) -> None:
    sitemap = made.client.get("/sitemap.xml").text
    assert f"<loc>{SITE}/guides/</loc>" in sitemap
    assert f"<loc>{SITE}{PAGE}</loc>" in sitemap


def test_the_hub_hears_of_its_feeds(made: Made) -> None:
    before, after = feed_contents(made.shelf_without, NOON.date()), feed_contents(made.shelf, NOON.date())
    changed = changed_feeds(before, after)
    assert {"guides.atom", "all.atom", "guides.atom?audience=%E5%AE%B6%E9%95%BF"} <= set(changed)
    assert names_hub("guides", {"audience"})
    assert not names_hub("guides", {"severity"})


def test_the_inspection_looks_at_it(made: Made) -> None:
    def ask(address: str) -> tuple[int, str, str]:
        answer = made.client.get(address)
        return answer.status_code, answer.mimetype, answer.text

    state = {each.name: each for each in inspect_served(made.served, NOON.date(), None, ask)}
    assert TITLE in state["栏目更新：办事指南"].found
    assert TITLE in state["首页更新"].found
    assert not [item for item in state["元数据"].items if "guides" in item]
    assert TITLE not in state["站内搜索"].items
    records = all_records(made.served)
    figures = [
        {item.name: item.value for item in annual(some, 2026, views=0, visitors=None, days=0)}
        for some in (records, [record for record in records if record.kind != "guides"])
    ]
    assert figures[0]["信息发布总数"] == (figures[1]["信息发布总数"] or 0) + 1


def test_the_front_page_and_the_navigation_lead_to_it(made: Made) -> None:
    page = made.client.get("/").text
    assert links(page, "//nav[@class='nav']//a")["/guides/"] == "办事指南"
    assert TITLE in links(page, "//ul[@class='links']//a")[PAGE]


def test_programs_get_it_as_the_description_says(made: Made) -> None:
    described = made.client.get("/api/v1/openapi.json").json
    assert described is not None
    assert {"/guides", "/guides/{id}"} <= set(described["paths"])
    assert {"Guide", "GuideWithText"} <= set(described["components"]["schemas"])
    listed = made.client.get("/api/v1/guides?audience=家长").json
    assert listed is not None
    assert [guide["id"] for guide in listed["guides"]] == ["school-rooms"]
    alone = made.client.get("/api/v1/guides/school-rooms").json
    assert alone is not None
    assert alone["to_do_by"] == "2026-06-20"
    assert "借用教室不收费" in alone["text"]
    assert alone.keys() == described["components"]["schemas"]["GuideWithText"]["properties"].keys()
    assert made.client.get("/api/v1/guides?severity=高").status_code == 400
    assert "/api/v1/guides/{id}" in made.client.get("/open-data/").text


def test_a_kind_may_be_kept_from_programs(
    made: Made, guides: DocumentKind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kinds, "KINDS", (*kinds.KINDS[:-1], replace(guides, in_api=False)))
    settings = Settings(
        made.instance / "content", made.instance, f"sqlite:///{tmp_path / 'tips.db'}", url=SITE
    )
    app = create_app(settings, clock=lambda: NOON)
    assert app.test_client().get("/guides/").status_code == 200
    assert app.test_client().get("/api/v1/guides").status_code == 404
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("variant", "title"),
    [("/hant", TRADITIONAL), ("/senior", TITLE), ("/senior/hant", TRADITIONAL)],
)
def test_its_pages_have_the_variants_of_all_pages(made: Made, variant: str, title: str) -> None:
    assert links(made.client.get(f"{variant}/guides/").text)[variant + PAGE] == title
    assert title in made.client.get(variant + PAGE).text
    assert title in made.client.get(f"{variant}/").text


def test_the_mirror_has_it(made: Made, tmp_path: Path) -> None:
    env = {"OPENBUREAU_INSTANCE": str(made.instance), "OPENBUREAU_URL": SITE}
    words = ["bake", str(tmp_path / "mirror"), "--with", "hant", "--with", "senior"]
    result = CliRunner().invoke(main, words, env=env)
    assert result.exit_code == 0, result.output
    mirror = tmp_path / "mirror"
    for name in ("guides/index.html", "guides/school-rooms/index.html", "feeds/guides.rss", "index.html"):
        assert TITLE in (mirror / name).read_text(encoding="utf-8")
    assert (mirror / "guides/school-rooms/files/form.csv").is_file()
    assert (mirror / "guides/audience=家长/index.html").is_file()
    assert (mirror / "hant/guides/school-rooms/index.html").is_file()
    assert (mirror / "senior/guides/school-rooms/index.html").is_file()

"""繁體, 长者模式, the dark, forced colours, large text and paper: the site as different eyes see it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Locator, Page, expect

from support.stand_ins.learned_site import REFUND
from support.visitors import (
    DESKTOP,
    NARROWEST,
    PHONE,
    WITH_ACCOUNT,
    Served,
    axe_faults,
    visitor,
    visitor_of,
)

PAGES = {
    "home": "/",
    "policy": "/policies/double-reduction-2021/",
    "list": "/policies/",
    "notice": "/notices/prepayment-limits/",
    "institution": WITH_ACCOUNT,
    "search": "/search?q=退费",
    "tip-off": "/tip-off/",
}
LOOKS = {
    "dark": ("", "dark"),
    "elderly": ("/senior", "light"),
    "elderly in the dark": ("/senior/hant", "dark"),
}

ALONE = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter(each => each.checkVisibility() && !each.matches(".skip, .trap *, .tick *, :disabled"))
    .filter(each => getComputedStyle(each).display !== "inline")
    .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect().height])"""
"""What stands by itself and may be pressed, with its height; a link within a sentence is text."""


@pytest.fixture
def dark(browser: Browser, served: Served) -> Iterator[Page]:
    """A visitor who has set the dark look."""
    with visitor(browser, served.public, viewport=DESKTOP, color_scheme="dark") as page:
        yield page


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_fault_in_any_look(browser: Browser, served: Served, name: str, look: str) -> None:
    variant, scheme = LOOKS[look]
    options: dict[str, Any] = {"viewport": PHONE, "color_scheme": scheme}
    with visitor(browser, served.public, **options) as page:
        page.goto(variant + PAGES[name])
        assert axe_faults(page) == []
        page.set_viewport_size(NARROWEST)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"]


@pytest.mark.parametrize("look", [("", "light"), *LOOKS.values()])
def test_a_section_above_the_hits_has_no_fault_in_any_look(
    browser: Browser, learned: FlaskClient, look: tuple[str, str]
) -> None:
    variant, scheme = look
    options: dict[str, Any] = {"viewport": PHONE, "color_scheme": scheme}
    with visitor_of(browser, learned, **options) as page:
        page.goto(f"{variant}/search?q={REFUND}")
        expect(page.locator(".best")).to_be_visible()
        assert axe_faults(page) == []
        page.set_viewport_size(NARROWEST)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"]


def test_without_scripts_the_rest_of_a_section_is_a_tap_away_and_on_paper_it_is_there(
    browser: Browser, learned: FlaskClient
) -> None:
    with visitor_of(browser, learned, viewport=PHONE, java_script_enabled=False) as page:
        page.goto(f"/search?q={REFUND}")
        text, last = page.locator(".best-text"), page.locator(".best-text li").last
        assert bottom(last) > bottom(text)
        page.get_by_text("展开全文").click()
        assert bottom(last) <= bottom(text)
        page.get_by_text("收起").click()
        assert bottom(last) > bottom(text)
        page.emulate_media(media="print")
        assert bottom(last) <= bottom(text)
        expect(page.get_by_text("展开全文")).to_be_hidden()


def bottom(part: Locator) -> float:
    """Where a part of a page ends, pixels from its top."""
    box = part.bounding_box()
    assert box
    return box["y"] + box["height"]


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_whatever_one_presses_is_as_large_as_a_finger(phone: Page, name: str) -> None:
    for variant in ("", "/senior"):
        phone.goto(f"{variant}{PAGES[name]}")
        sizes = phone.evaluate(ALONE)
        assert len(sizes) > 6
        assert [(text, height) for text, height in sizes if height < 44] == [], variant


def test_a_parent_with_a_phone_sees_one_field_and_four_ways_on_without_scrolling(phone: Page) -> None:
    phone.goto("/")
    field = phone.get_by_role("searchbox", name="机构名称，或者您的问题")
    expect(phone.get_by_role("searchbox")).to_have_count(1)
    expect(field).to_be_in_viewport(ratio=1)
    expect(phone.locator(".doors li")).to_have_count(4)
    for door in phone.locator(".doors li").all():
        expect(door).to_be_in_viewport(ratio=1)


def test_on_a_phone_the_answer_comes_before_what_narrows_it(phone: Page) -> None:
    for address, answer in (("/search?q=退费", ".item h3"), ("/whitelist/?q=美术", ".institution h3")):
        phone.goto(address)
        expect(phone.locator(answer).first).to_be_in_viewport(ratio=1)
        expect(phone.locator(".narrow-down .selects")).to_be_hidden()
    phone.set_viewport_size(DESKTOP)
    expect(phone.locator(".narrow-down .selects")).to_be_visible()


def test_with_wider_text_spacing_nothing_is_cut_off(phone: Page) -> None:
    """WCAG 2.2, 1.4.12: the spacing a reader may set."""
    for address in PAGES.values():
        phone.goto(address)
        overlong = phone.evaluate(
            """() => {
                const sheet = new CSSStyleSheet()
                sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
                    word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`)
                document.adoptedStyleSheets = [sheet]
                return [...document.querySelectorAll("main *, header *, footer *")]
                    .filter(each => each.checkVisibility() && !each.closest(".sr, .trap, select"))
                    .filter(each => ["hidden", "clip"].includes(getComputedStyle(each).overflowY))
                    .filter(each => each.scrollHeight > each.clientHeight + 1)
                    .map(each => each.outerHTML.slice(0, 90))
            }"""
        )
        assert overlong == [], address
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address


@pytest.mark.parametrize("variant", ["", "/senior"])
def test_lines_and_paragraphs_are_as_far_apart_as_the_standard_asks(desktop: Page, variant: str) -> None:
    desktop.goto(variant + PAGES["policy"])
    for selector in ("main p", "main li", "main dd", "main td", "main h1", "main h2", ".foot p"):
        heights = desktop.eval_on_selector_all(
            selector,
            """all => all.map(each => getComputedStyle(each))
                .map(style => parseFloat(style.lineHeight) / parseFloat(style.fontSize))""",
        )
        assert heights, selector
        assert min(heights) >= 1.5 - 0.001, selector
    gap, leading = desktop.eval_on_selector(
        ".prose p",
        """each => {
            const {marginBottom, lineHeight, fontSize} = getComputedStyle(each)
            return [parseFloat(marginBottom), parseFloat(lineHeight) - parseFloat(fontSize)]
        }""",
    )
    assert gap >= 1.3 * leading - 0.01


def test_large_type_is_really_larger_and_in_one_column(desktop: Page) -> None:
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    desktop.goto("/")
    usual = desktop.evaluate(size)
    left = "document.querySelector('.railed > aside').getBoundingClientRect().left"
    beside = desktop.evaluate(left)
    desktop.goto("/senior/")
    assert desktop.evaluate(size) >= 1.3 * usual
    main = "document.querySelector('.railed > div').getBoundingClientRect().left"
    assert beside > desktop.evaluate(left) == desktop.evaluate(main)


@pytest.mark.parametrize("address", ["/", "/whitelist/", "/whitelist/52441802MJ039U9U68/", "/tip-off/"])
def test_at_twice_and_four_times_the_size_nothing_is_cut_off(desktop: Page, address: str) -> None:
    for width, height in ((640, 450), (320, 225)):
        desktop.set_viewport_size({"width": width, "height": height})
        desktop.goto(address)
        assert desktop.evaluate("document.documentElement.scrollWidth") <= width


def test_the_dark_look_is_dark_and_its_paper_white(dark: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark.goto("/policies/")
    assert max(map(int, re.findall(r"\d+", dark.evaluate(ground)))) < 60
    dark.emulate_media(media="print", color_scheme="dark")
    assert dark.evaluate(ground) == "rgb(255, 255, 255)"


def test_with_forced_colours_what_is_chosen_has_an_outline(browser: Browser, served: Served) -> None:
    with visitor(browser, served.public, viewport=DESKTOP, forced_colors="active") as page:
        page.goto("/policies/")
        outlines = page.eval_on_selector_all(
            ".nav a", "all => all.map(each => [each.ariaCurrent, getComputedStyle(each).outlineStyle])"
        )
        assert {(current, style) for current, style in outlines} == {("page", "solid"), (None, "none")}


@pytest.mark.parametrize("name", ["policy", "list", "notice", "institution"])
def test_on_paper_there_is_the_text_and_nothing_to_press(desktop: Page, name: str) -> None:
    desktop.goto(PAGES[name])
    desktop.emulate_media(media="print")
    expect(desktop.locator("h1")).to_be_visible()
    for selector in (
        ".nav",
        "#variants",
        ".menu",
        ".top-find",
        ".calls",
        ".selects",
        ".pager",
        ".feed-links",
        ".foot nav",
    ):
        for each in desktop.locator(selector).all():
            expect(each).to_be_hidden()
    assert desktop.locator("main button:visible").count() == 0


def test_one_walks_through_all_forms_and_back_with_the_query_in_hand(phone: Page) -> None:
    phone.goto("/search?q=退费&kind=notices")
    there = r"/search\?q=%E9%80%80%E8%B4%B9&kind=notices$"
    for link, root in (
        ("长者", "/senior"),
        ("标准版", ""),
        ("繁體", "/hant"),
        ("長者", "/senior/hant"),
        ("简体", "/senior"),
    ):
        if link in ("繁體", "简体"):
            phone.get_by_text(re.compile("^菜[单單]$")).click()
        phone.get_by_role("link", name=link, exact=True).click()
        expect(phone).to_have_url(re.compile(rf"//[^/]+{root}{there}"))
        expect(phone.locator("#q")).to_have_value("退费")


def test_after_a_filter_the_other_forms_are_a_click_away_with_it(desktop: Page) -> None:
    desktop.goto("/policies/")
    desktop.get_by_label("类别").select_option("解读")
    expect(desktop.locator("#said")).to_have_text(re.compile(r"共 \d+ 条"))
    desktop.get_by_role("link", name="繁體").click()
    expect(desktop).to_have_url(re.compile(r"/hant/policies/\?genre=%E8%A7%A3%E8%AF%BB$"))
    expect(desktop.get_by_label("類別")).to_have_value("解读")


def test_without_scripts_the_filters_of_a_variant_stay_in_it(browser: Browser, served: Served) -> None:
    with visitor(browser, served.public, viewport=PHONE, java_script_enabled=False) as page:
        page.goto("/senior/hant/whitelist/")
        page.get_by_label("縣（市、區）").select_option("英德市")
        with page.expect_navigation():
            page.get_by_role("button", name="篩選").click()
        expect(page).to_have_url(re.compile(r"/senior/hant/whitelist/\?.*county=%E8%8B%B1%E5%BE%B7%E5%B8%82"))
        expect(page.locator(".institution .item-head").first).to_contain_text("英德市")


def test_on_a_phone_a_table_becomes_cards_and_is_still_told_as_a_table(phone: Page) -> None:
    phone.goto("/registers/administrative-penalties/")
    table = phone.locator("table.cards")
    expect(table.locator("td").first).to_have_css("display", "block")
    tree = phone.context.new_cdp_session(phone).send("Accessibility.getFullAXTree")
    roles = {node["role"]["value"] for node in tree["nodes"] if "role" in node}
    assert {"table", "row", "rowheader", "cell", "columnheader"} <= roles

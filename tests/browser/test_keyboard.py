"""Whole errands by the keyboard alone, and where the focus is after each step."""

import re

from playwright.sync_api import Page, expect

from support.visitors import ACCOUNT, WITH_ACCOUNT, page_loads

MOST_STOPS = 60


def go_to(page: Page, selector: str) -> None:
    """Press Tab until what `selector` names has the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is out of reach of the Tab key")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def test_a_parent_checks_an_institution_and_an_account(desktop: Page) -> None:
    desktop.goto("/")
    go_to(desktop, "#home-q")
    desktop.keyboard.type("清远市示例账户培训中心")
    desktop.keyboard.press("Enter")
    expect(desktop).to_have_url(re.compile(r"/search\?q="))
    go_to(desktop, ".named h3 a")
    desktop.keyboard.press("Enter")
    expect(desktop).to_have_url(re.compile(f"{WITH_ACCOUNT}$"))
    loads = page_loads(desktop)
    for number, said in (("62220000", "不要向这个账号付款"), (ACCOUNT, "示例户名")):
        go_to(desktop, "#account-number")
        desktop.keyboard.type(number)
        desktop.keyboard.press("Enter")
        # The answer has the focus: it is read out, and the next Tab goes on from there.
        verdict = desktop.locator("#account .verdict", has_text=said)
        expect(verdict).to_be_focused()
    assert loads == []


def test_a_list_is_narrowed_and_a_page_of_it_opened(desktop: Page) -> None:
    desktop.goto("/policies/")
    go_to(desktop, "#by-genre")
    desktop.keyboard.press("ArrowDown")
    expect(desktop).to_have_url(re.compile("genre="))
    expect(desktop.get_by_label("类别")).to_be_focused()
    go_to(desktop, ".clear")
    desktop.keyboard.press("Enter")
    expect(desktop).to_have_url(re.compile("/policies/$"))
    go_to(desktop, ".pager a")
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_label("分页")).to_contain_text("第 2 页")


def test_the_skip_link_and_the_other_forms_come_before_the_columns(desktop: Page) -> None:
    desktop.goto("/notices/")
    stops = []
    for _ in range(9):
        desktop.keyboard.press("Tab")
        stops.append(focused(desktop))
    assert stops[0] == "跳到正文"
    assert stops.index("繁體") < stops.index("长者模式") < stops.index("首页")


def test_nothing_that_has_the_focus_is_covered(desktop: Page) -> None:
    # Where motion is welcome the page rolls there; this visitor wants none.
    desktop.emulate_media(reduced_motion="reduce")
    desktop.goto("/whitelist/")
    for _ in range(30):
        desktop.keyboard.press("Tab")
        covered = desktop.evaluate(
            """() => {
                const one = document.activeElement
                const {left, top, width, height} = one.getClientRects()[0]
                const seen = document.elementFromPoint(left + width / 2, top + height / 2)
                return !seen || !(one.contains(seen) || seen.contains(one))
            }"""
        )
        assert not covered, focused(desktop)


def test_the_answer_for_a_day_has_the_focus(desktop: Page) -> None:
    desktop.goto("/whitelist/91441881MA0L15048E/?on=2024-09-01")
    expect(desktop.locator(".as-of .verdict")).to_be_focused()

"""Back, Forward and reload in the tip-off form, as they are pressed in Chromium: what was typed is there."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from support.visitors import (
    DESKTOP,
    PHONE,
    STORY,
    Served,
    code_of,
    fill_in,
    kept_in,
    page_loads,
    press,
    send,
    visitor,
)

MARK = "只有在这里才有的话"


def place(page: Page, number: int) -> None:
    expect(page.locator(".step-place")).to_contain_text(f"第{number}步")


def shows_the_story(page: Page) -> None:
    expect(page.get_by_label("事实经过")).to_have_value(STORY)
    expect(page.get_by_label("说不清属于哪一类")).to_be_checked()


@pytest.mark.parametrize("screen", [PHONE, DESKTOP])
def test_what_was_typed_is_there_after_back_forward_and_reload(
    browser: Browser, served: Served, screen: object
) -> None:
    with visitor(browser, served.public, viewport=screen) as page:
        fill_in(page, "sender")
        page.get_by_label("匿名：").check()
        page.go_back()
        shows_the_story(page)
        page.reload()
        shows_the_story(page)
        page.go_back()
        expect(page.get_by_label("罚款金额")).to_have_value("5000")
        page.go_forward()
        shows_the_story(page)
        page.go_forward()
        expect(page.get_by_label("匿名：")).to_be_checked()
        page.reload()
        place(page, 5)
        press(page, "下一步")
        expect(page.locator("#h-story + dl")).to_contain_text(STORY)
        page.reload()
        expect(page.locator("#h-story + dl")).to_contain_text(STORY)
        page.go_back()
        place(page, 5)
        page.go_forward()
        expect(page.locator("#h-story + dl")).to_contain_text(STORY)
        send(page)
        assert code_of(page)


def test_what_was_typed_after_the_page_that_one_goes_back_to_is_not_lost(phone: Page) -> None:
    fill_in(phone, "story")
    phone.get_by_label("事实经过").fill(STORY + MARK)
    phone.go_back()
    place(phone, 3)
    phone.get_by_label("罚款金额").fill("800")
    press(phone, "下一步")
    expect(phone.get_by_label("事实经过")).to_have_value(STORY + MARK)
    phone.go_back()
    expect(phone.get_by_label("罚款金额")).to_have_value("800")
    for number in (2, 1):
        phone.go_back()
        place(phone, number)
    for _ in range(3):
        press(phone, "下一步")
    expect(phone.get_by_label("事实经过")).to_have_value(STORY + MARK)


def test_a_visit_to_another_page_of_the_site_and_back_keeps_the_story(phone: Page) -> None:
    fill_in(phone, "story")
    phone.get_by_role("link", name="您的信息怎样保护").click()
    expect(phone).to_have_url(re.compile("/about/$"))
    phone.go_back()
    shows_the_story(phone)


def test_a_form_that_was_refused_is_there_after_back_and_forward(phone: Page) -> None:
    fill_in(phone, "penalty")
    phone.get_by_label("罚款金额").fill("很多")
    press(phone, "下一步")
    expect(phone.get_by_role("alert")).to_be_visible()
    phone.go_back()
    place(phone, 2)
    phone.go_forward()
    place(phone, 3)
    expect(phone.get_by_label("罚款金额")).to_have_value("很多")


def test_after_the_receipt_back_shows_nothing_of_the_story(phone: Page) -> None:
    fill_in(phone)
    send(phone)
    code = code_of(phone)
    loads = page_loads(phone)
    for _ in range(3):
        phone.go_back()
        expect(phone.get_by_role("heading", name="已经提交过了")).to_be_visible()
        assert STORY not in phone.content()
        assert code not in phone.content()
    assert not [url for url in loads if "%" in url or "?" in url]


def test_a_reloaded_receipt_shows_its_code_again(phone: Page) -> None:
    fill_in(phone)
    send(phone)
    code = code_of(phone)
    phone.reload()
    expect(phone.locator(".receipt-code")).to_have_text(code)


def test_what_is_looked_over_before_it_is_sent_is_what_was_typed_last(phone: Page) -> None:
    fill_in(phone, "sender")
    press(phone, "下一步")
    for _ in range(2):
        phone.go_back()
    phone.get_by_label("事实经过").fill(STORY + MARK)
    for _ in range(2):
        phone.go_forward()
    expect(phone.locator("#h-story + dl")).to_contain_text(MARK)
    send(phone)
    assert code_of(phone)


def test_whoever_is_not_answered_is_told_and_loses_nothing(phone: Page) -> None:
    fill_in(phone, "story")
    phone.get_by_label("事实经过").fill(STORY + MARK)
    phone.context.set_offline(True)
    phone.get_by_role("button", name="下一步").click()
    expect(phone.get_by_role("alert")).to_contain_text("还没有提交")
    expect(phone.get_by_label("事实经过")).to_have_value(STORY + MARK)
    phone.context.set_offline(False)
    press(phone, "下一步")
    place(phone, 5)


def test_nothing_of_the_story_lies_in_an_address_a_storage_or_the_history(phone: Page) -> None:
    fill_in(phone, "sender")
    for go in (phone.go_back, phone.go_forward, phone.reload):
        go()
        expect(phone.locator(".step-place")).to_be_visible()
        assert phone.url.endswith("/tip-off/")
        assert kept_in(phone) == []
        assert STORY not in phone.evaluate("JSON.stringify(history.state)")


def test_without_scripts_a_confirmed_reload_brings_the_page_back(scriptless: Page) -> None:
    fill_in(scriptless, "sender")
    assert "请刷新并且确认" in scriptless.content()
    press(scriptless, "上一步")
    shows_the_story(scriptless)
    scriptless.reload()
    shows_the_story(scriptless)

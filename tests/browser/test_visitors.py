"""What a visitor's browser makes of the site."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import pyotp
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
)

from support.visitors import (
    ACCOUNT,
    DESKTOP,
    NARROWEST,
    PHONE,
    STORY,
    WITH_ACCOUNT,
    Served,
    Way,
    axe_faults,
    code_of,
    compare,
    fill_in,
    follow,
    follows_a_tip,
    gets_a_receipt,
    is_refused,
    keeps_the_code,
    kept_in,
    named,
    page_loads,
    press,
    retype,
    send,
    to,
    types_a_wrong_code,
    visitor,
)


@dataclass
class Visit:
    """What was seen of one kind of page."""

    status: int = 0
    text: str = ""
    too_wide: list[str] = field(default_factory=list)
    masthead: float = 0
    axe_faults: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


KINDS: dict[str, tuple[Way, int, str]] = {
    "home": (to("/"), 200, "交费之前，先查一查"),
    "policies": (to("/policies/"), 200, "第 1 页"),
    "notices": (to("/notices/"), 200, "高风险"),
    "announcements": (to("/announcements/"), 200, "公告公示"),
    "whitelist": (to("/whitelist/"), 200, "第 1 页"),
    "second page of a list": (to("/policies/?page=2"), 200, "第 2 页"),
    "filtered list": (to("/whitelist/?county=英德市&status=正常"), 200, "清除筛选"),
    "list with nothing": (to("/notices/?topic=没有这个主题"), 200, "没有符合全部条件的内容"),
    "policy": (to("/policies/double-reduction-2021/"), 200, "现在有效吗"),
    "interpretation": (to("/policies/double-reduction-2021-explained/"), 200, "解读的文件"),
    "notice": (to("/notices/prepayment-limits/"), 200, "现在该做什么"),
    "announcement": (to("/announcements/law-based-government-report-2024/"), 200, "数字与口径"),
    "listed institution": (to("/whitelist/52441802MJ039U9U68/"), 200, "许可证长期有效"),
    "expired institution": (to("/whitelist/52441803MJ03TT229T/"), 200, "许可证有效期到2024年8月31日"),
    "cancelled institution": (to("/whitelist/52441823MJ0D0YLU3L/"), 200, "不在名单内"),
    "institution without an account": (to("/whitelist/52441802MJ039U9U68/"), 200, "无法代您核对"),
    "account on the list": (lambda page: compare(page, ACCOUNT), 200, "应为“示例户名”"),
    "another account": (lambda page: compare(page, "62220000"), 200, "不要向这个账号付款"),
    "proof": (to(f"{WITH_ACCOUNT}proof/"), 200, "不作为行政许可证明"),
    "proof of a day": (to("/whitelist/91441881MA0L15048E/proof/?on=2024-09-01"), 200, "所查日期"),
    "townships in an order": (to("/whitelist/?county=英德市&sort=permit_end"), 200, "镇（街道）"),
    "township of another county": (to("/whitelist/?county=英德市&township=洲心街道"), 200, "全部镇"),
    "figures side by side": (to("/whitelist/?expiring=已到期"), 200, "91.35"),
    "withheld edition": (to("/whitelist/editions/2024-12-31-batch/"), 200, "不对外提供"),
    "edition": (to("/whitelist/editions/2024-12-31/"), 200, "SHA-256"),
    "institutions alike": (to("/whitelist/?q=英德白路示例美术"), 200, "不是同一家机构"),
    "day of payment": (to("/whitelist/91441881MA0L15048E/?on=2024-09-01"), 200, "下一份名单截至"),
    "differences": (to("/whitelist/changes/2024-06-30/2024-12-31/"), 200, "移出名单（6）"),
    "institution unknown": (to("/whitelist/?q=zzzz"), 200, "名单里没有查到"),
    "search": (to("/search"), 200, "输入两个字就可以开始"),
    "search with hits": (to("/search?q=退费"), 200, "“退费”共"),
    "search with near hits": (to("/search?q=寒假学校危险化学品退费钢琴"), 200, "最接近的"),
    "search with nothing": (to("/search?q=zzzz"), 200, "没有找到“zzzz”"),
    "subscribe": (to("/subscribe/"), 200, "加到手机日历"),
    "follow": (to("/follow/?q=示例"), 200, "我的关注"),
    "about": (to("/about/"), 200, "本站是什么"),
    "tip-off": (to("/tip-off/"), 200, "填写之前"),
    "tip-off: unit": (lambda page: fill_in(page, "unit"), 200, "不是教育部门罚的"),
    "tip-off: penalty": (lambda page: fill_in(page, "penalty"), 200, "怎样罚的"),
    "tip-off: story": (lambda page: fill_in(page, "story"), 200, "想撤销这笔罚款"),
    "tip-off: sender": (lambda page: fill_in(page, "sender"), 200, "只有身份保管人能打开"),
    "tip-off: send": (fill_in, 200, "请再核对一遍"),
    "tip-off: send named": (named, 200, "保留拍摄时间"),
    "tip-off refused": (is_refused, 422, "只填数字"),
    "verify": (to("/tip-off/verify"), 200, "核验回执"),
    "receipt": (gets_a_receipt, 200, "请保存查询码"),
    "receipt refused": (types_a_wrong_code, 422, "另一个查询码"),
    "kept": (keeps_the_code, 200, "核对无误"),
    "status": (to("/tip-off/status"), 200, "查询反映进度"),
    "status refused": (lambda page: follow(page, "123"), 422, "长度不对"),
    "status found": (follows_a_tip, 200, "办理经过"),
    "missing": (to("/nothing-here"), 404, "没有找到这一页"),
}
"""How to come to each kind of page, the status it answers with, and words it must show."""


@pytest.fixture(scope="session")
def visits(browser: Browser, served: Served) -> Callable[[str], Visit]:
    """Visit a kind of page, once for all tests, and tell what was seen."""
    return cache(lambda kind: _visit(browser, served, kind))


def _visit(browser: Browser, served: Served, kind: str) -> Visit:
    """Read one page as a visitor does, under the site's own policy: `bypass_csp` would hide faults."""
    visit = Visit()

    def note_response(response: Response) -> None:
        # The form's own script fetches the page that takes the place of the one before (tip-form.js).
        if response.request.is_navigation_request() or response.request.resource_type == "fetch":
            visit.status = response.status
        elif not response.ok:
            visit.complaints.append(f"{response.status}: {response.url}")

    def note_console(message: ConsoleMessage) -> None:
        # Chromium complains of every error status: the page's own is expected, note_response tells the rest.
        if "Failed to load resource" not in message.text:
            visit.complaints.append(message.text)

    def note_failure(request: Request) -> None:
        # Whoever goes on to the next page does not wait for what the last one was still asking.
        if request.failure != "net::ERR_ABORTED":
            visit.complaints.append(f"failed: {request.url}")

    with visitor(browser, served.public) as page:
        page.add_init_script(
            "addEventListener('securitypolicyviolation', event => console.error('CSP: ' + event.blockedURI))"
        )
        page.on("console", note_console)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("requestfailed", note_failure)
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("response", note_response)
        KINDS[kind][0](page)
        visit.text = page.get_by_role("main").inner_text()
        visit.kept = kept_in(page)
        for screen in (DESKTOP, PHONE, NARROWEST):
            page.set_viewport_size(screen)
            if screen is PHONE:
                visit.masthead = page.evaluate(
                    "document.querySelector('.top').getBoundingClientRect().bottom + scrollY"
                )
            if (width := page.evaluate("document.documentElement.scrollWidth")) > screen["width"]:
                visit.too_wide.append(f"{width} pixels on a screen of {screen['width']}")
            if screen is not NARROWEST:
                visit.axe_faults += axe_faults(page)
    return visit


on_every_page = pytest.mark.parametrize("kind", KINDS)
Visits = Callable[[str], Visit]


@on_every_page
def test_every_kind_of_page_answers_as_it_should(visits: Visits, kind: str) -> None:
    _, status, words = KINDS[kind]
    assert visits(kind).status == status
    assert words in visits(kind).text


@on_every_page
def test_no_page_has_a_fault_that_axe_finds(visits: Visits, kind: str) -> None:
    assert visits(kind).axe_faults == []


@on_every_page
def test_no_page_makes_the_browser_complain(visits: Visits, kind: str) -> None:
    assert visits(kind).complaints == []


@on_every_page
def test_no_page_scrolls_sideways(visits: Visits, kind: str) -> None:
    assert visits(kind).too_wide == []


@on_every_page
def test_on_a_phone_the_masthead_leaves_the_screen_to_the_page(visits: Visits, kind: str) -> None:
    """With the strip that says that it is a demonstration: 87 of 844 pixels."""
    assert 0 < visits(kind).masthead <= 120


@pytest.mark.parametrize("slug", ["52441802MJ039U9U68", "52441803MJ03TT229T", "52441823MJ0D0YLU3L"])
def test_on_a_phone_a_card_answers_and_can_be_tapped_in_the_first_screen(phone: Page, slug: str) -> None:
    phone.goto(f"/whitelist/{slug}/")
    verdict, row = phone.locator(".ruling").bounding_box(), phone.locator(".todo a").first.bounding_box()
    assert verdict is not None
    assert row is not None
    assert verdict["y"] + verdict["height"] <= 480
    assert row["y"] + row["height"] <= 844


def test_an_address_can_be_copied_and_a_card_handed_on_where_scripts_run(phone: Page) -> None:
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.goto("/whitelist/52441802MJ039U9U68/")
    expect(phone.get_by_role("button", name="转发")).to_be_visible()
    phone.get_by_role("button", name="复制地址").click()
    expect(phone.locator("#said")).to_have_text("已复制")
    copied = phone.evaluate("navigator.clipboard.readText()")
    assert copied == phone.locator("#premises").text_content()


@on_every_page
def test_no_page_asks_another_machine(visits: Visits, served: Served, kind: str) -> None:
    asked = visits(kind).requests
    assert asked
    assert [url for url in asked if not url.startswith(f"{served.public}/")] == []


@on_every_page
def test_no_page_leaves_anything_in_the_browser(visits: Visits, kind: str) -> None:
    assert visits(kind).kept == []


def test_choices_come_while_one_types_and_results_when_one_is_done(desktop: Page) -> None:
    desktop.goto("/search")
    loads = page_loads(desktop)
    field = desktop.get_by_label("政策、提示、公告")
    field.press_sequentially("预收")
    expect(desktop.locator("#suggestions option[value*='预收费']").first).to_be_attached()
    expect(desktop).to_have_url(re.compile(r"/search$"))
    field.fill("退费")
    field.press("Enter")
    expect(desktop.locator("#results .count")).to_contain_text("“退费”共")
    expect(desktop.locator("#results mark").first).to_have_text("退费")
    expect(desktop).to_have_url(re.compile(r"/search\?q=%E9%80%80%E8%B4%B9$"))
    expect(field).to_be_focused()
    field.fill("zzzz")
    field.press("Enter")
    expect(desktop.locator("#results .count")).to_have_text("没有找到“zzzz”")
    assert loads == []
    assert kept_in(desktop) == []


def test_choosing_a_filter_changes_the_results_and_leaves_the_focus_in_place(desktop: Page) -> None:
    desktop.goto("/policies/")
    loads = page_loads(desktop)
    before = desktop.locator("#results .count").inner_text()
    select = desktop.get_by_label("类别")
    select.focus()
    desktop.keyboard.press("ArrowDown")
    expect(desktop).to_have_url(re.compile(r"/policies/\?genre="))
    expect(desktop.locator("#results .count")).not_to_have_text(before)
    expect(select).to_be_focused()
    expect(select).not_to_have_value("")
    assert loads == []


def test_a_filter_and_a_query_work_together_and_both_survive_a_reload(phone: Page) -> None:
    phone.goto("/whitelist/")
    phone.get_by_label("机构名称、地址").fill("美术")
    expect(phone).to_have_url(re.compile("q="))
    phone.get_by_label("县（市、区）").select_option("清城区")
    expect(phone).to_have_url(re.compile("q=.+&county=%E6%B8%85"))
    expect(phone.locator(".institution .item-head").first).to_contain_text("清城区")
    found = phone.locator("#results .count").inner_text()
    phone.reload()
    expect(phone.get_by_label("机构名称、地址")).to_have_value("美术")
    expect(phone.get_by_label("县（市、区）")).to_have_value("清城区")
    expect(phone.locator("#results .count")).to_have_text(found)


def test_pages_of_a_list_lead_on_and_back(phone: Page) -> None:
    phone.goto("/whitelist/")
    first = phone.locator(".institution h3").first.inner_text()
    phone.get_by_role("link", name="下一页").click()
    expect(phone.get_by_label("分页")).to_contain_text("第 2 页")
    expect(phone.locator(".institution h3").first).not_to_have_text(first)
    phone.go_back()
    expect(phone.get_by_label("分页")).to_contain_text("第 1 页")
    expect(phone.locator(".institution h3").first).to_have_text(first)


def test_going_back_from_a_hit_shows_the_search_as_it_was_left(desktop: Page) -> None:
    desktop.goto("/search")
    desktop.get_by_label("政策、提示、公告").fill("预收费")
    desktop.get_by_label("政策、提示、公告").press("Enter")
    expect(desktop.locator("#results .count")).to_contain_text("“预收费”共")
    found = desktop.locator("#results .items").inner_text()
    desktop.locator("#results h3 a").first.click()
    expect(desktop.locator("#results")).to_have_count(0)
    desktop.go_back()
    expect(desktop.get_by_role("banner")).to_be_visible()
    expect(desktop.get_by_label("政策、提示、公告")).to_have_value("预收费")
    expect(desktop.locator("#results .items")).to_have_text(found, use_inner_text=True)


def test_without_scripts_the_filter_has_a_button(scriptless: Page) -> None:
    scriptless.goto("/policies/")
    scriptless.get_by_label("类别").select_option("解读")
    press(scriptless, "筛选")
    expect(scriptless.get_by_label("类别")).to_have_value("解读")
    assert set(scriptless.locator(".item .kind").all_inner_texts()) == {"解读"}


def test_without_scripts_the_search_has_a_button(scriptless: Page) -> None:
    scriptless.goto("/search")
    scriptless.get_by_label("政策、提示、公告").fill("退费")
    with scriptless.expect_navigation():
        scriptless.locator("#filter button").click()
    expect(scriptless.locator("#results .count")).to_contain_text("“退费”共")


def test_without_scripts_a_tip_can_be_submitted_and_followed(scriptless: Page) -> None:
    gets_a_receipt(scriptless)
    code = code_of(scriptless)
    with scriptless.expect_download() as saving:
        scriptless.get_by_role("button", name="存成文件").click()
    text = saving.value.path().read_text(encoding="utf-8")
    assert code in text
    retype(scriptless, code)
    follow(scriptless, code)
    expect(scriptless.get_by_role("heading", name="办理经过")).to_be_visible()
    scriptless.get_by_label("补充的内容").fill("补充：收条上没有公章。")
    scriptless.locator("#files").set_input_files(
        {"name": "收条.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 " + b"x" * 5000}
    )
    press(scriptless, "加密提交")
    expect(scriptless.locator(".verdict[role=status]")).to_contain_text("已经收到")
    expect(scriptless.locator(".message")).to_contain_text("收条.pdf")
    scriptless.get_by_text("撤回线索", exact=True).click()
    scriptless.get_by_label("我要撤回").check()
    press(scriptless, "撤回")
    expect(scriptless.locator(".verdict[role=status]")).to_contain_text("已经撤回")
    assert code not in scriptless.url
    scriptless.goto("/tip-off/verify")
    scriptless.get_by_label("粘贴凭据").fill(text)
    press(scriptless, "核验")
    expect(scriptless.locator(".verdict[role=status]")).to_contain_text("收到过这条线索")


def test_without_scripts_an_account_number_can_be_compared(scriptless: Page) -> None:
    for number, said in (("尾号1234", "只有数字"), ("62220000", "不要向这个账号付款"), (ACCOUNT, "示例户名")):
        scriptless.goto(WITH_ACCOUNT)
        scriptless.get_by_label("对方让您付款的账号").fill(number)
        press(scriptless, "核对")
        expect(scriptless.locator("#account")).to_contain_text(said)
        assert scriptless.url.endswith(WITH_ACCOUNT)


def test_an_account_number_is_compared_in_place_and_leaves_no_trace(phone: Page) -> None:
    compare(phone, "62220000")
    loads = page_loads(phone)
    phone.get_by_label("对方让您付款的账号").fill("2010 0800 0000 1234")
    phone.get_by_role("button", name="核对", exact=True).click()
    expect(phone.locator("#account .verdict-ok")).to_contain_text("示例户名")
    assert phone.url.endswith(WITH_ACCOUNT)
    assert loads == []
    assert kept_in(phone) == []


def test_the_proof_fits_on_one_sheet_of_paper(desktop: Page) -> None:
    desktop.goto("/whitelist/91441881MA0L15048E/proof/?on=2024-09-01")
    expect(desktop.get_by_alt_text("二维码")).to_be_visible()
    sheet = desktop.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    (box,) = set(re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", sheet))
    assert [round(float(side) / 72 * 25.4) for side in box] == [210, 297], "A4 in millimetres"


def test_the_first_tab_offers_to_skip_to_the_text(desktop: Page) -> None:
    desktop.goto("/policies/")
    desktop.keyboard.press("Tab")
    skip = desktop.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("main")).to_be_focused()


def test_every_stop_of_the_tab_key_shows_where_one_is(desktop: Page) -> None:
    desktop.goto("/whitelist/")
    reached = []
    for _ in range(25):
        desktop.keyboard.press("Tab")
        stop, style, width = desktop.evaluate(
            """() => {
                const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement)
                return [document.activeElement.id, outlineStyle, parseFloat(outlineWidth)]
            }"""
        )
        assert (style, width) == ("solid", 3), stop
        reached.append(stop)
    assert "site-q" not in reached, "a page with a box of its own has one"
    assert reached.index("q") < reached.index("by-county")


def test_a_tip_goes_from_a_slip_to_its_answer_on_a_phone(phone: Page) -> None:
    phone.goto("/")
    phone.get_by_role("link", name="反映问题").click()
    press(phone, "下一步")
    alert = phone.get_by_role("alert")
    alert.get_by_role("link", name="请先看完上面的说明").click()
    expect(phone.get_by_label("我已经看完")).to_be_focused()
    is_refused(phone)
    alert.get_by_role("link", name="罚款金额以元为单位").click()
    expect(phone.get_by_label("罚款金额")).to_be_focused()
    phone.get_by_label("罚款金额").fill("50000")
    press(phone, "下一步")
    press(phone, "上一步")
    expect(phone.get_by_label("罚款金额")).to_have_value("50000")
    for _ in range(2):
        press(phone, "下一步")
    # The categories and the story are missing: the page stays.
    expect(alert.get_by_role("listitem")).to_have_count(2)
    phone.get_by_label("说不清属于哪一类").check()
    phone.get_by_label("事实经过").fill(STORY)
    expect(phone.locator("#story-count")).to_have_text(f"已写{len(STORY)}字")
    press(phone, "下一步")
    phone.get_by_label("匿名：").check()
    press(phone, "下一步")
    phone.get_by_label("选择文件").set_input_files(
        {"name": "决定书.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 " + b"x" * 300_000}
    )
    expect(phone.get_by_label("等于几")).to_be_hidden()
    send(phone)
    code = code_of(phone)
    assert code not in phone.url
    retype(phone, f"{code[:-1]}{'1' if code[-1] == '0' else '0'}")
    expect(phone.get_by_role("alert")).to_contain_text("校验位不符")
    retype(phone, code.lower().replace("-", " "))
    expect(phone.get_by_role("heading", name="核对无误")).to_be_visible()
    follow(phone, code)
    expect(phone.locator(".timeline li")).to_have_count(1)
    assert code not in phone.url
    assert kept_in(phone) == []


def test_the_last_days_appear_while_the_date_is_typed(desktop: Page) -> None:
    fill_in(desktop, "penalty", known_on="")
    expect(desktop.locator("#remedies .remedies")).to_have_count(0)
    loads = page_loads(desktop)
    desktop.get_by_label("收到或者知道处罚的日期").fill("2024-05-20")
    desktop.get_by_label("罚款金额").focus()
    expect(desktop.locator("#remedies")).to_contain_text("到2024年7月19日")
    assert loads == []


def test_files_that_are_too_large_are_told_before_they_are_sent(desktop: Page) -> None:
    fill_in(desktop)
    large = {"name": "大.pdf", "mimeType": "application/pdf", "buffer": b"x" * (10 * 1024 * 1024 + 1)}
    desktop.get_by_label("选择文件").set_input_files(large)
    expect(desktop.locator("#files-error")).to_have_text("“大.pdf”超过10MB，请压缩或者分开后再上传。")
    loads = page_loads(desktop)
    desktop.get_by_role("button", name="加密提交").click()
    expect(desktop.get_by_label("选择文件")).to_be_focused()
    assert loads == []


def test_staff_enter_the_desk_see_its_building_blocks_and_leave(browser: Browser, served: Served) -> None:
    with visitor(browser, served.desk) as page:
        page.goto("/")
        expect(page).to_have_url(f"{served.desk}/login")
        assert axe_faults(page) == []
        page.get_by_label("登录名").fill(served.member)
        page.get_by_label("密码").fill("not the password")
        page.get_by_label("动态码").fill("123456")
        press(page, "登录")
        expect(page.get_by_role("alert")).to_contain_text("不匹配")
        page.get_by_label("密码").fill(served.password)
        page.get_by_label("动态码").fill(pyotp.TOTP(served.second_factor).now())
        press(page, "登录")
        expect(page.get_by_role("heading", name="线索")).to_be_visible()
        assert axe_faults(page) == []
        page.set_viewport_size(PHONE)
        page.goto("/patterns")
        # All building blocks in all their states, as pages have them.
        expect(page.get_by_role("heading", name="样式")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert axe_faults(page) == []
        page.emulate_media(color_scheme="dark")
        assert axe_faults(page) == []
        page.goto("/")
        cookies = page.context.cookies()
        assert {cookie["name"] for cookie in cookies} == {"__Host-desk", "__Host-desk-known"}
        assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies)
        press(page, "退出")
        page.goto("/")
        expect(page).to_have_url(f"{served.desk}/login")
        # That this computer is known stays: whoever guesses elsewhere must not keep its user out.
        assert [cookie["name"] for cookie in page.context.cookies()] == ["__Host-desk-known"]

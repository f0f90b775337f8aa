"""What a visitor's browser makes of the site: the real server, the real content, Chromium."""

import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from socket import create_server
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from openbureau.cli import main
from whitelist_makers import edition, other

ROOT = Path(__file__).parents[1]
SERVE = (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8").replace("\\\n", "")
FLAGS = shlex.split(SERVE.split('--bind "127.0.0.1:$port"')[1])
"""How deploy/serve.sh has gunicorn serve."""

PATIENCE = 30_000
"""Milliseconds after which a page that does not come is given up."""

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
"""At 320 pixels a page must still be readable without scrolling sideways (WCAG 2.2, 1.4.10)."""

ACCOUNT = "2010080000001234"
WITH_ACCOUNT = "/whitelist/144180270099999/"

STORY = "2024年5月，县教育局两名执法人员到我公司检查，没有出示证件，当场要求缴纳罚款，只给了收据。"


@dataclass(frozen=True)
class Served:
    """The two doors that are open during these tests, and who may enter the second."""

    public: str
    desk: str
    member: str
    password: str
    second_factor: str


@dataclass
class Visit:
    """What was seen of one kind of page."""

    status: int = 0
    text: str = ""
    too_wide: list[str] = field(default_factory=list)
    axe_faults: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site as a first start makes it, and both doors served as deploy/serve.sh does.

    The real editions tell no account numbers; one institution that does is added.
    """
    folder = tmp_path_factory.mktemp("browser")
    content = Path(shutil.copytree(ROOT / "content", folder / "content"))
    with_account = other("清远市示例账户培训中心", "144180270099999", 账户名称="示例户名", 账号=ACCOUNT)
    edition(content, with_account, name="2024-12-31-batch.xlsx")
    settings = {"OPENBUREAU_CONTENT": str(content), "OPENBUREAU_INSTANCE": str(folder / "instance")}
    password = secrets.token_urlsafe(16)
    for command in (
        ["setup"],
        ["publish"],
        ["staff", "add", "clerk", "--role", "handler", "--unit", "清远市教育局", "--password", password],
    ):
        done = CliRunner(env=settings).invoke(main, command)
        assert done.exit_code == 0, done.output
    [shared] = re.findall("secret: ([A-Z2-7]{32})", done.output)
    with _serve("app", settings) as public, _serve("desk", settings) as desk:
        yield Served(public, desk, "clerk", password, shared)


@contextmanager
def _serve(door: str, settings: dict[str, str]) -> Iterator[str]:
    """Serve one door at a port of the system's choosing; answers its address."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "site"), **settings}
    with create_server(("127.0.0.1", 0)) as door_socket:
        number = door_socket.fileno()
        command = [sys.executable, "-m", "gunicorn", f"wsgi:{door}", "--bind", f"fd://{number}", *FLAGS]
        server = subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=[number])
        address = f"http://127.0.0.1:{door_socket.getsockname()[1]}"
    try:
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each visitor gets a fresh profile in it."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@contextmanager
def _visitor(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """An empty page of a fresh profile."""
    context = browser.new_context(base_url=address, locale="zh-CN", **options)
    context.set_default_timeout(PATIENCE)
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.fixture
def phone(browser: Browser, served: Served) -> Iterator[Page]:
    """A visitor with a telephone."""
    with _visitor(browser, served.public, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        yield page


@pytest.fixture
def desktop(browser: Browser, served: Served) -> Iterator[Page]:
    """A visitor with a keyboard."""
    with _visitor(browser, served.public, viewport=DESKTOP) as page:
        yield page


@pytest.fixture
def scriptless(browser: Browser, served: Served) -> Iterator[Page]:
    """A visitor whose browser runs no scripts."""
    with _visitor(browser, served.public, java_script_enabled=False) as page:
        yield page


Way = Callable[[Page], object]


def _open(address: str) -> Way:
    return lambda page: page.goto(address)


def _press(page: Page, button: str) -> None:
    """Press a button that leads to another page, and wait for that page."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


STEPS = ("unit", "penalty", "story", "sender", "send")


def _fill_in(page: Page, until: str = "send", known_on: str = "2024-05-20") -> None:
    """Go through the tip-off form, page after page, to one of its pages."""
    page.goto("/tip-off/")
    page.get_by_label("我已经看完").check()
    for step in STEPS[: STEPS.index(until) + 1]:
        _press(page, "下一步")
        match step:
            case "unit":
                page.get_by_label("被反映的单位").select_option("清新区教育局")
            case "penalty":
                page.get_by_label("收到或者知道处罚的日期").fill(known_on)
                page.get_by_label("罚款金额").fill("5000")
                page.get_by_label("罚款是怎样交的").select_option("现金当场交给执法人员")
            case "story":
                page.get_by_label("说不清属于哪一类").check()
                page.get_by_label("事实经过").fill(STORY)
            case "sender":
                page.get_by_label("匿名：").check()


def _refused(page: Page) -> None:
    _fill_in(page, "penalty")
    page.get_by_label("罚款金额").fill("很多")
    _press(page, "下一步")


def _send(page: Page) -> None:
    """Send the form from its last page, with a sum where there are no scripts."""
    question = page.locator("label[for=answer]")
    if question.is_visible():
        numbers = ["零一二三四五六七八九".index(each) for each in question.inner_text()[:3:2]]
        page.get_by_label("等于几").fill(str(sum(numbers)))
        # Without scripts nobody is taken for a person in the first eight seconds.
        page.wait_for_timeout(8000)
    _press(page, "加密提交")


def _receipt(page: Page) -> None:
    _fill_in(page)
    _send(page)


def _named(page: Page) -> None:
    _fill_in(page, "sender")
    page.get_by_label("实名：").check()
    page.locator("#name").fill("某某")
    page.locator("#contact").fill("0763-1234567")
    _press(page, "下一步")


def _code(page: Page) -> str:
    return page.locator(".receipt-code").inner_text()


def _retype(page: Page, code: str) -> None:
    page.get_by_label("再输入一遍查询码").fill(code)
    _press(page, "核对")


def _wrong_code(page: Page) -> None:
    _receipt(page)
    _retype(page, "00000-00000-00000-00000-00000")


def _kept(page: Page) -> None:
    _receipt(page)
    _retype(page, _code(page))


def _follow(page: Page, code: str) -> None:
    page.goto("/tip-off/status")
    page.get_by_label("查询码").fill(code)
    _press(page, "查询")


def _followed(page: Page) -> None:
    _receipt(page)
    _follow(page, _code(page))


def _compare(page: Page, number: str) -> None:
    page.goto(WITH_ACCOUNT)
    page.get_by_label("对方让您付款的账号").fill(number)
    page.get_by_role("button", name="核对", exact=True).click()
    page.locator("#account .verdict").wait_for()


KINDS: dict[str, tuple[Way, int, str]] = {
    "home": (_open("/"), 200, "交费之前，先查一查"),
    "policies": (_open("/policies/"), 200, "第 1 页"),
    "notices": (_open("/notices/"), 200, "风险高"),
    "announcements": (_open("/announcements/"), 200, "公告公示"),
    "whitelist": (_open("/whitelist/"), 200, "第 1 页"),
    "second page of a list": (_open("/policies/?page=2"), 200, "第 2 页"),
    "filtered list": (_open("/whitelist/?county=英德市&status=正常"), 200, "清除筛选"),
    "list with nothing": (_open("/notices/?topic=没有这个主题"), 200, "没有符合全部条件的内容"),
    "policy": (_open("/policies/double-reduction-2021/"), 200, "现在有效吗"),
    "interpretation": (_open("/policies/double-reduction-2021-explained/"), 200, "解读的文件"),
    "notice": (_open("/notices/prepayment-limits/"), 200, "现在该做什么"),
    "announcement": (_open("/announcements/law-based-government-report-2024/"), 200, "数字与口径"),
    "listed institution": (_open("/whitelist/52441802MJ039U9U68/"), 200, "在白名单内，许可证有效期为长期"),
    "expired institution": (_open("/whitelist/52441803MJ03TT229T/"), 200, "2024年8月31日届满"),
    "cancelled institution": (_open("/whitelist/52441823MJ0D0YLU3L/"), 200, "不在白名单内"),
    "institution without an account": (_open("/whitelist/52441802MJ039U9U68/"), 200, "无法代您核对"),
    "account on the list": (lambda page: _compare(page, ACCOUNT), 200, "应为“示例户名”"),
    "another account": (lambda page: _compare(page, "62220000"), 200, "不要向这个账号付款"),
    "proof": (_open(f"{WITH_ACCOUNT}proof/"), 200, "不作为行政许可证明"),
    "proof of a day": (_open("/whitelist/91441881MA0L15048E/proof/?on=2024-09-01"), 200, "所查日期"),
    "townships in an order": (_open("/whitelist/?county=英德市&sort=permit_end"), 200, "镇（街道）"),
    "township of another county": (_open("/whitelist/?county=英德市&township=洲心街道"), 200, "全部镇"),
    "figures side by side": (_open("/whitelist/?expiring=已到期"), 200, "91.35"),
    "withheld edition": (_open("/whitelist/editions/2024-12-31-batch/"), 200, "不对外提供"),
    "edition": (_open("/whitelist/editions/2024-12-31/"), 200, "SHA-256"),
    "institutions alike": (_open("/whitelist/?q=英德白路示例美术"), 200, "不是同一家机构"),
    "day of payment": (_open("/whitelist/91441881MA0L15048E/?on=2024-09-01"), 200, "下一份名单截至"),
    "differences": (_open("/whitelist/changes/2024-06-30/2024-12-31/"), 200, "移出名单（6）"),
    "institution unknown": (_open("/whitelist/?q=zzzz"), 200, "名单里没有查到"),
    "search": (_open("/search"), 200, "输入两个字就可以开始"),
    "search with hits": (_open("/search?q=退费"), 200, "“退费”共"),
    "search with near hits": (_open("/search?q=寒假学校危险化学品退费钢琴"), 200, "最接近的"),
    "search with nothing": (_open("/search?q=zzzz"), 200, "没有找到“zzzz”"),
    "feeds": (_open("/feeds/"), 200, "/feeds/all.atom"),
    "about": (_open("/about/"), 200, "本站是什么"),
    "tip-off": (_open("/tip-off/"), 200, "填写之前"),
    "tip-off: unit": (lambda page: _fill_in(page, "unit"), 200, "不是教育部门罚的"),
    "tip-off: penalty": (lambda page: _fill_in(page, "penalty"), 200, "怎样罚的"),
    "tip-off: story": (lambda page: _fill_in(page, "story"), 200, "想撤销这笔罚款"),
    "tip-off: sender": (lambda page: _fill_in(page, "sender"), 200, "只有身份保管人能打开"),
    "tip-off: send": (_fill_in, 200, "请再核对一遍"),
    "tip-off: send named": (_named, 200, "保留拍摄时间"),
    "tip-off refused": (_refused, 422, "只填数字"),
    "verify": (_open("/tip-off/verify"), 200, "核验回执"),
    "receipt": (_receipt, 200, "请保存查询码"),
    "receipt refused": (_wrong_code, 422, "另一个查询码"),
    "kept": (_kept, 200, "核对无误"),
    "status": (_open("/tip-off/status"), 200, "查询反映进度"),
    "status refused": (lambda page: _follow(page, "123"), 422, "长度不对"),
    "status found": (_followed, 200, "办理经过"),
    "missing": (_open("/nothing-here"), 404, "没有找到这一页"),
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
        if response.request.is_navigation_request():
            visit.status = response.status
        elif not response.ok:
            visit.complaints.append(f"{response.status}: {response.url}")

    def note_console(message: ConsoleMessage) -> None:
        # Chromium complains of every error status: the page's own is expected, note_response tells the rest.
        if "Failed to load resource" not in message.text:
            visit.complaints.append(message.text)

    with _visitor(browser, served.public) as page:
        page.add_init_script(
            "addEventListener('securitypolicyviolation', event => console.error('CSP: ' + event.blockedURI))"
        )
        page.on("console", note_console)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("requestfailed", lambda request: visit.complaints.append(f"failed: {request.url}"))
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("response", note_response)
        KINDS[kind][0](page)
        visit.text = page.get_by_role("main").inner_text()
        visit.kept = _kept_in(page)
        for screen in (DESKTOP, PHONE, NARROWEST):
            page.set_viewport_size(screen)
            if (width := page.evaluate("document.documentElement.scrollWidth")) > screen["width"]:
                visit.too_wide.append(f"{width} pixels on a screen of {screen['width']}")
            if screen is not NARROWEST:
                visit.axe_faults += _axe_faults(page)
    return visit


def _kept_in(page: Page) -> list[str]:
    """The names of everything the site has left in the browser."""
    state = page.context.storage_state(indexed_db=True)
    origins = [str(origin) for origin in state.get("origins", [])]
    return [*origins, *(str(cookie) for cookie in state.get("cookies", [])), *_session_storage(page)]


def _session_storage(page: Page) -> list[str]:
    """What htmx may have noted; read in a fresh frame, whose storage is the tab's own."""
    names: list[str] = page.evaluate(
        """() => {
            const frame = document.body.appendChild(document.createElement("iframe"))
            const names = Object.keys(frame.contentWindow.sessionStorage)
            frame.remove()
            return names
        }"""
    )
    return names


def _axe_faults(page: Page) -> list[str]:
    faults = Axe().run(page).response["violations"]
    return [
        f"{page.viewport_size} {fault['id']}: {node['failureSummary']} {node['html']}"
        for fault in faults
        for node in fault["nodes"]
    ]


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
def test_no_page_asks_another_machine(visits: Visits, served: Served, kind: str) -> None:
    asked = visits(kind).requests
    assert asked
    assert [url for url in asked if not url.startswith(f"{served.public}/")] == []


@on_every_page
def test_no_page_leaves_anything_in_the_browser(visits: Visits, kind: str) -> None:
    assert visits(kind).kept == []


def test_choices_come_while_one_types_and_results_when_one_is_done(desktop: Page) -> None:
    desktop.goto("/search")
    loads = _loads(desktop)
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
    assert _kept_in(desktop) == []


def test_choosing_a_filter_changes_the_results_and_leaves_the_focus_in_place(desktop: Page) -> None:
    desktop.goto("/policies/")
    loads = _loads(desktop)
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
    _press(scriptless, "筛选")
    expect(scriptless.get_by_label("类别")).to_have_value("解读")
    assert set(scriptless.locator(".item .kind").all_inner_texts()) == {"解读"}


def test_without_scripts_the_search_has_a_button(scriptless: Page) -> None:
    scriptless.goto("/search")
    scriptless.get_by_label("政策、提示、公告").fill("退费")
    with scriptless.expect_navigation():
        scriptless.locator("#filter button").click()
    expect(scriptless.locator("#results .count")).to_contain_text("“退费”共")


def test_without_scripts_a_tip_can_be_submitted_and_followed(scriptless: Page) -> None:
    _receipt(scriptless)
    code = _code(scriptless)
    with scriptless.expect_download() as saving:
        scriptless.get_by_role("button", name="存成文件").click()
    text = saving.value.path().read_text(encoding="utf-8")
    assert code in text
    _retype(scriptless, code)
    _follow(scriptless, code)
    expect(scriptless.get_by_role("heading", name="办理经过")).to_be_visible()
    scriptless.get_by_label("补充的内容").fill("补充：收条上没有公章。")
    scriptless.locator("#files").set_input_files(
        {"name": "收条.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 " + b"x" * 5000}
    )
    _press(scriptless, "加密提交")
    expect(scriptless.locator(".verdict[role=status]")).to_contain_text("已经收到")
    expect(scriptless.locator(".message")).to_contain_text("收条.pdf")
    scriptless.get_by_text("撤回线索", exact=True).click()
    scriptless.get_by_label("我要撤回").check()
    _press(scriptless, "撤回")
    expect(scriptless.locator(".verdict[role=status]")).to_contain_text("已经撤回")
    assert code not in scriptless.url
    scriptless.goto("/tip-off/verify")
    scriptless.get_by_label("粘贴凭据").fill(text)
    _press(scriptless, "核验")
    expect(scriptless.locator(".verdict[role=status]")).to_contain_text("收到过这条线索")


def test_without_scripts_an_account_number_can_be_compared(scriptless: Page) -> None:
    for number, said in (("尾号1234", "只有数字"), ("62220000", "不要向这个账号付款"), (ACCOUNT, "示例户名")):
        scriptless.goto(WITH_ACCOUNT)
        scriptless.get_by_label("对方让您付款的账号").fill(number)
        _press(scriptless, "核对")
        expect(scriptless.locator("#account")).to_contain_text(said)
        assert scriptless.url.endswith(WITH_ACCOUNT)


def test_an_account_number_is_compared_in_place_and_leaves_no_trace(phone: Page) -> None:
    _compare(phone, "62220000")
    loads = _loads(phone)
    phone.get_by_label("对方让您付款的账号").fill("2010 0800 0000 1234")
    phone.get_by_role("button", name="核对", exact=True).click()
    expect(phone.locator("#account .verdict-ok")).to_contain_text("示例户名")
    assert phone.url.endswith(WITH_ACCOUNT)
    assert loads == []
    assert _kept_in(phone) == []


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
    assert reached.index("site-q") < reached.index("q") < reached.index("by-county")


def test_a_tip_goes_from_a_slip_to_its_answer_on_a_phone(phone: Page) -> None:
    phone.goto("/")
    phone.get_by_role("link", name="反映问题").click()
    _press(phone, "下一步")
    alert = phone.get_by_role("alert")
    alert.get_by_role("link", name="请先看完上面的说明").click()
    expect(phone.get_by_label("我已经看完")).to_be_focused()
    _refused(phone)
    alert.get_by_role("link", name="罚款金额以元为单位").click()
    expect(phone.get_by_label("罚款金额")).to_be_focused()
    phone.get_by_label("罚款金额").fill("50000")
    _press(phone, "下一步")
    _press(phone, "上一步")
    expect(phone.get_by_label("罚款金额")).to_have_value("50000")
    for _ in range(2):
        _press(phone, "下一步")
    # The categories and the story are missing: the page stays.
    expect(alert.get_by_role("listitem")).to_have_count(2)
    phone.get_by_label("说不清属于哪一类").check()
    phone.get_by_label("事实经过").fill(STORY)
    expect(phone.locator("#story-count")).to_have_text(f"已写{len(STORY)}字")
    _press(phone, "下一步")
    phone.get_by_label("匿名：").check()
    _press(phone, "下一步")
    phone.get_by_label("选择文件").set_input_files(
        {"name": "决定书.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 " + b"x" * 300_000}
    )
    expect(phone.get_by_label("等于几")).to_be_hidden()
    _send(phone)
    code = _code(phone)
    assert code not in phone.url
    _retype(phone, f"{code[:-1]}{'1' if code[-1] == '0' else '0'}")
    expect(phone.get_by_role("alert")).to_contain_text("校验位不符")
    _retype(phone, code.lower().replace("-", " "))
    expect(phone.get_by_role("heading", name="核对无误")).to_be_visible()
    _follow(phone, code)
    expect(phone.locator(".timeline li")).to_have_count(1)
    assert code not in phone.url
    assert _kept_in(phone) == []


def test_the_last_days_appear_while_the_date_is_typed(desktop: Page) -> None:
    _fill_in(desktop, "penalty", known_on="")
    expect(desktop.locator("#remedies .remedies")).to_have_count(0)
    loads = _loads(desktop)
    desktop.get_by_label("收到或者知道处罚的日期").fill("2024-05-20")
    desktop.get_by_label("罚款金额").focus()
    expect(desktop.locator("#remedies")).to_contain_text("到2024年7月19日")
    assert loads == []


def test_files_that_are_too_large_are_told_before_they_are_sent(desktop: Page) -> None:
    _fill_in(desktop)
    large = {"name": "大.pdf", "mimeType": "application/pdf", "buffer": b"x" * (10 * 1024 * 1024 + 1)}
    desktop.get_by_label("选择文件").set_input_files(large)
    expect(desktop.locator("#files-error")).to_have_text("“大.pdf”超过10MB，请压缩或者分开后再上传。")
    loads = _loads(desktop)
    desktop.get_by_role("button", name="加密提交").click()
    expect(desktop.get_by_label("选择文件")).to_be_focused()
    assert loads == []


def test_staff_enter_and_leave_the_desk(browser: Browser, served: Served) -> None:
    with _visitor(browser, served.desk) as page:
        page.goto("/")
        expect(page).to_have_url(f"{served.desk}/login")
        assert _axe_faults(page) == []
        page.get_by_label("登录名").fill(served.member)
        page.get_by_label("密码").fill("not the password")
        page.get_by_label("动态码").fill("123456")
        _press(page, "登录")
        expect(page.get_by_role("alert")).to_contain_text("不匹配")
        page.get_by_label("密码").fill(served.password)
        page.get_by_label("动态码").fill(pyotp.TOTP(served.second_factor).now())
        _press(page, "登录")
        expect(page.get_by_role("heading", name="线索")).to_be_visible()
        assert _axe_faults(page) == []
        (cookie,) = page.context.cookies()
        assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("__Host-desk", True, True)
        _press(page, "退出")
        page.goto("/")
        expect(page).to_have_url(f"{served.desk}/login")
        assert page.context.cookies() == []


def _loads(page: Page) -> list[str]:
    """The whole pages that are loaded from now on."""
    loads: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            loads.append(request.url)

    page.on("request", note)
    return loads

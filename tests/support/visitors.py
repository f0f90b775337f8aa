"""Visitors with browsers: the real server, the real content, Chromium; and what they do on several pages."""

import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from flask.testing import FlaskClient
from playwright.sync_api import (
    Browser,
    Page,
    Request,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

from openbureau.cli import main
from openbureau.library.content import DEMONSTRATION
from support.waiting import PATIENCE_MS
from support.whitelist_makers import edition, other

ROOT = Path(__file__).parents[2]
SERVE = (ROOT / "deploy" / "serve.sh").read_text(encoding="utf-8").replace("\\\n", "")
FLAGS = shlex.split(SERVE.split('--bind "127.0.0.1:$port"')[1])
"""How deploy/serve.sh has gunicorn serve."""

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


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site as a first start makes it, and both doors served as deploy/serve.sh does.

    The real editions tell no account numbers; one institution that does is added. Nothing is invented by the
    day, so that every run visits the same site.
    """
    folder = tmp_path_factory.mktemp("browser")
    undated = shutil.ignore_patterns(DEMONSTRATION)
    content = Path(shutil.copytree(ROOT / "content", folder / "content", ignore=undated))
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
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        chromium = playwright.chromium.launch(executable_path=path)
        yield chromium
        chromium.close()


@contextmanager
def visitor(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """An empty page of a fresh profile."""
    context = browser.new_context(base_url=address, locale="zh-CN", **options)
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def visitor_of(browser: Browser, client: FlaskClient, **options: Any) -> Iterator[Page]:
    """The same on a site that is served to a test's client: it has what no server could be started with."""

    def answer(route: Route) -> None:
        with client.get(route.request.url, headers=route.request.headers) as response:
            headers = dict(response.headers)
            route.fulfill(status=response.status_code, headers=headers, body=response.get_data())

    with visitor(browser, "http://localhost", **options) as page:
        page.route("**/*", answer)
        yield page


@pytest.fixture
def phone(browser: Browser, served: Served) -> Iterator[Page]:
    """A visitor with a telephone."""
    with visitor(browser, served.public, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        yield page


@pytest.fixture
def desktop(browser: Browser, served: Served) -> Iterator[Page]:
    """A visitor with a keyboard."""
    with visitor(browser, served.public, viewport=DESKTOP) as page:
        yield page


@pytest.fixture
def scriptless(browser: Browser, served: Served) -> Iterator[Page]:
    """A visitor whose browser runs no scripts."""
    with visitor(browser, served.public, java_script_enabled=False) as page:
        yield page


Way = Callable[[Page], object]


def to(address: str) -> Way:
    return lambda page: page.goto(address)


def press(page: Page, button: str) -> None:
    """Press a button that leads to another page, and wait for that page."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


STEPS = ("unit", "penalty", "story", "sender", "send")


def fill_in(page: Page, until: str = "send", known_on: str = "2024-05-20") -> None:
    """Go through the tip-off form, page after page, to one of its pages."""
    page.goto("/tip-off/")
    page.get_by_label("我已经看完").check()
    for step in STEPS[: STEPS.index(until) + 1]:
        press(page, "下一步")
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


def is_refused(page: Page) -> None:
    fill_in(page, "penalty")
    page.get_by_label("罚款金额").fill("很多")
    press(page, "下一步")


def send(page: Page) -> None:
    """Send the form from its last page, with a sum where there are no scripts."""
    question = page.locator("label[for=answer]")
    if question.is_visible():
        numbers = ["零一二三四五六七八九".index(each) for each in question.inner_text()[:3:2]]
        page.get_by_label("等于几").fill(str(sum(numbers)))
        # Without scripts nobody is taken for a person in the first eight seconds by this server's clock.
        page.wait_for_timeout(8000)
    press(page, "加密提交")


def gets_a_receipt(page: Page) -> None:
    fill_in(page)
    send(page)


def named(page: Page) -> None:
    fill_in(page, "sender")
    page.get_by_label("实名：").check()
    page.locator("#name").fill("某某")
    page.locator("#contact").fill("0763-1234567")
    press(page, "下一步")


def code_of(page: Page) -> str:
    return page.locator(".receipt-code").inner_text()


def retype(page: Page, code: str) -> None:
    page.get_by_label("再输入一遍查询码").fill(code)
    press(page, "核对")


def types_a_wrong_code(page: Page) -> None:
    gets_a_receipt(page)
    retype(page, "00000-00000-00000-00000-00000")


def keeps_the_code(page: Page) -> None:
    gets_a_receipt(page)
    retype(page, code_of(page))


def follow(page: Page, code: str) -> None:
    page.goto("/tip-off/status")
    page.get_by_label("查询码").fill(code)
    press(page, "查询")


def follows_a_tip(page: Page) -> None:
    gets_a_receipt(page)
    follow(page, code_of(page))


def compare(page: Page, number: str) -> None:
    page.goto(WITH_ACCOUNT)
    page.get_by_label("对方让您付款的账号").fill(number)
    page.get_by_role("button", name="核对", exact=True).click()
    page.locator("#account .verdict").wait_for()


def kept_in(page: Page) -> list[str]:
    """The names of everything the site has left in the browser."""
    state = page.context.storage_state(indexed_db=True)
    origins = [str(origin) for origin in state.get("origins", [])]
    return [*origins, *(str(cookie) for cookie in state.get("cookies", [])), *session_storage(page)]


def session_storage(page: Page) -> list[str]:
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


def axe_faults(page: Page) -> list[str]:
    faults = Axe().run(page).response["violations"]
    return [
        f"{page.viewport_size} {fault['id']}: {node['failureSummary']} {node['html']}"
        for fault in faults
        for node in fault["nodes"]
    ]


def page_loads(page: Page) -> list[str]:
    """The whole pages that are loaded from now on."""
    loads: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            loads.append(request.url)

    page.on("request", note)
    return loads

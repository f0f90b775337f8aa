"""A whole case by hand: from the form on a telephone through the desk to the answer, in a real browser."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, expect
from werkzeug.serving import make_server

from openbureau.app import create_app, create_desk
from openbureau.clock import now
from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.staff import Role, accounts, keyring
from openbureau.tips.sealing import KeyPair, signing
from openbureau.tips.sealing.recipients import write_set
from support import attachment_makers
from support.desk_makers import RECEIVER, SECRET, Office
from support.waiting import PATIENCE_MS

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
STORY = "2026年5月，县教育局两名执法人员到我公司检查，没有出示证件，当场要求缴纳罚款，只给了收据。"
ANSWER = "经核查，当场收缴超出限额且没有开具财政票据，罚款已经退还。"


@dataclass
class LaterClock:
    """The present, and as much later as the test moves it."""

    later: timedelta = timedelta()

    def __call__(self) -> datetime:
        return now() + self.later


@dataclass
class Colleague:
    """Somebody of the desk with what they know."""

    name: str
    password: str
    passphrase: str
    shared: str
    clock: "LaterClock"

    def code(self) -> str:
        """What the phone shows now."""
        return pyotp.TOTP(self.shared).at(self.clock())


@dataclass
class Doors:
    """Both doors, open under one clock, and who works behind the second."""

    public: str
    desk: str
    staff: dict[str, Colleague]
    clock: LaterClock


@contextmanager
def open_door(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def doors(settings: Settings) -> Iterator[Doors]:
    """The public site and the desk of an office whose handlers have their keys."""
    settings = replace(settings, puzzle_bits=4)
    office, signer = Office(), signing.create_key()
    settings.recipients_file.parent.mkdir()
    settings.recipients_signer_file.write_text(signing.public_key(signer), encoding="utf-8")
    write_set(settings.recipients_file, office.recipients, signer)
    clock = LaterClock()
    app, desk = create_app(settings, clock=clock), create_desk(settings, clock=clock)
    staff = {}
    with desk.app_context():
        db.create_all()
        for name, role in (("甲", Role.HANDLER), ("乙", Role.HANDLER), ("保管", Role.CUSTODIAN)):
            staff[name] = hired(clock, name, role, office.keys[name])
        staff["审计"] = hired(clock, "审计", Role.AUDITOR)
    with open_door(app) as public, open_door(desk) as inside:
        yield Doors(public, inside, staff, clock)


def hired(clock: LaterClock, name: str, role: Role, keys: KeyPair | None = None) -> Colleague:
    """An account, whose key is the one that the signed set names."""
    password, passphrase = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    session = db.session()
    shared = accounts.add_member(session, SECRET, name, password, role, RECEIVER, clock(), "test")
    if keys is not None:
        wrapped = keyring._wrap(passphrase, name, keys.private.encode())
        with audit_log.change(session, audit_log.minute(clock())) as change:
            member = accounts.find(session, name)
            member.public_key, member.wrapped_key = keys.public, wrapped
            change.log("key-made", accounts.subject(name))
    return Colleague(name, password, passphrase, shared, clock)


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """An empty page of a fresh profile; whatever its console complains of fails the test."""
    context = browser.new_context(base_url=address, locale="zh-CN", **options)
    context.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # The refusals that this test provokes are answers of the server, which the console repeats.
    assert not [each for each in complaints if "status of 422" not in each]


def press(page: Page, button: str) -> None:
    """Press a button that leads to another page, and wait for that page."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).first.click()


def hand_in(page: Page, named: bool, clock: LaterClock) -> str:
    """Fill in the form page after page, send it, and answer the code."""
    page.goto("/tip-off/")
    page.get_by_label("我已经看完").check()
    press(page, "下一步")
    page.get_by_label("被反映的单位").select_option("英德市教育局")
    press(page, "下一步")
    page.get_by_label("罚款金额").fill("5000")
    page.get_by_label("罚款是怎样交的").select_option("现金当场交给执法人员")
    press(page, "下一步")
    page.get_by_label("说不清属于哪一类").check()
    page.get_by_label("事实经过").fill(STORY)
    press(page, "下一步")
    page.get_by_label("实名：" if named else "匿名：").check()
    if named:
        page.locator("#name").fill("某某")
        page.locator("#contact").fill("0763-1234567")
    press(page, "下一步")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": attachment_makers.jpeg(size=(800, 600))}
    )
    question = page.locator("label[for=answer]")
    if question.is_visible():
        numbers = ["零一二三四五六七八九".index(each) for each in question.inner_text()[:3:2]]
        page.get_by_label("等于几").fill(str(sum(numbers)))
        # Without scripts nobody is taken for a person in the first eight seconds.
        clock.later += timedelta(seconds=8)
    press(page, "加密提交")
    return page.locator(".receipt-code").inner_text()


def come_in(page: Page, colleague: Colleague) -> None:
    """Log in and unlock the key."""
    log_in(page, colleague)
    page.goto("/unlock")
    page.get_by_label("密钥口令").fill(colleague.passphrase)
    press(page, "解锁")


def log_in(page: Page, colleague: Colleague) -> None:
    page.goto("/login")
    page.get_by_label("登录名").fill(colleague.name)
    page.get_by_label("密码").fill(colleague.password)
    page.get_by_label("动态码").fill(colleague.code())
    press(page, "登录")


def act(page: Page, title: str, button: str = "") -> None:
    """Unfold what can be done, and do it when there is nothing to fill in."""
    page.locator("summary", has_text=re.compile(f"^{title}")).first.click()
    if button:
        press(page, button)


def look(page: Page, name: str) -> None:
    """What must be true of every page: nothing sticks out, and axe finds no fault."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0, f"{name} is wider than the screen"
    faults = Axe().run(page).response["violations"]
    told = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in faults]
    assert not told, (name, told)


@pytest.mark.parametrize(
    ("named", "screen", "scripts"),
    [(True, DESKTOP, True), (False, PHONE, True), (True, PHONE, False)],
    ids=["named at a desk", "anonymous on a telephone", "without scripts"],
)
def test_a_case_from_the_form_to_the_answer(
    browser: Browser, doors: Doors, named: bool, screen: ViewportSize, scripts: bool
) -> None:
    options: dict[str, Any] = {"viewport": screen, "java_script_enabled": scripts}
    check = look if scripts else lambda page, name: None
    with visiting(browser, doors.public, **options) as visitor:
        code = hand_in(visitor, named, doors.clock)
        with visiting(browser, doors.desk, **options) as first:
            come_in(first, doors.staff["甲"])
            first.goto("/")
            check(first, "queue")
            first.goto("/cases/new/")
            check(first, "entry")
            press(first, "加密登记")
            check(first, "refused entry")
            first.goto("/")
            first.get_by_role("link", name="1", exact=True).click()
            check(first, "case")
            press(first, "认领")
            press(first, "打开")
            expect(first.locator(".told").first).to_have_text(STORY)
            expect(first.get_by_text("某某")).to_have_count(0)
            check(first, "opened case")
            press(first, "预览")
            expect(first.locator("img.rendition")).to_be_visible()
            check(first, "rendition")
            first.goto("/cases/1/")
            act(first, "受理")
            first.locator("#accept-matter").select_option("检举控告")
            press(first, "受理")
            act(first, "指派办理人")
            first.locator("#assign-name").select_option("乙")
            press(first, "指派")
            act(first, "开始核查", "开始核查")
            act(first, "向反映人提问")
            first.locator("#ask-text").fill("当时有几名执法人员在场？")
            press(first, "发给反映人")
            act(first, "办结")
            first.locator("#refunded_yuan").fill("很多")
            first.locator("#conclusion").select_option("属实")
            first.locator("#action").select_option("纠正并退款")
            press(first, "办结")
            expect(first.get_by_role("alert")).to_contain_text("只填数字")
            expect(first.locator("#refunded_yuan")).to_have_value("很多")
            check(first, "refused form")
            first.locator("#refunded_yuan").fill("5000")
            press(first, "办结")
            act(first, "答复反映人")
            first.locator("#reply-text").fill(ANSWER)
            press(first, "答复")
            expect(first.locator("h1")).to_contain_text("已答复")
            check(first, "answered case")
            press(first, "打印办理结果答复书")
            expect(first.get_by_text(ANSWER)).to_be_visible()
            check(first, "letter")
        if named:
            with visiting(browser, doors.desk, **options) as custodian:
                come_in(custodian, doors.staff["保管"])
                custodian.goto("/cases/1/")
                act(custodian, "查看反映人身份")
                custodian.locator("#identity-purpose").select_option("送达文书")
                custodian.locator("#identity-reason").fill("送达答复书")
                press(custodian, "查看")
                expect(custodian.get_by_text("0763-1234567")).to_be_visible()
                expect(custodian.get_by_text(STORY)).to_have_count(0)
                check(custodian, "identity")
        with visiting(browser, doors.desk, **options) as auditor:
            log_in(auditor, doors.staff["审计"])
            auditor.goto("/log/")
            expect(auditor.get_by_text("链条完整")).to_be_visible()
            check(auditor, "log")
        visitor.goto("/tip-off/status")
        visitor.get_by_label("查询码").fill(code)
        press(visitor, "查询")
        expect(visitor.get_by_text("已答复").first).to_be_visible()
        expect(visitor.get_by_text(ANSWER)).to_be_visible()
        check(visitor, "progress")

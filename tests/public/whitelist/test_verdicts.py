"""The card answers first: one page for each rule, what it says to do, and what it does not show."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from lxml import html

from support.makers import main_part, texts, visitor, words
from support.whitelist_makers import edition, other

NOON = datetime(2026, 12, 1, 4, tzinfo=UTC)
LATER = "2028-02-29"
PHONE = "0763-0000484"
LINKS = """
refund_guide = "/notices/loans/"
before_paying = "/notices/prepayment-limits/"
map = "https://map.example/?q={address}"
"""

CARDS = {
    "normal": {"有效期止": LATER, "联系电话": PHONE},
    "closed": {"状态": "停业", "有效期止": "2025-10-26", "联系电话": PHONE},
    "expired": {"有效期止": "2026-11-23"},
    "warned": {"状态": "预警", "原因": "未使用监管账户", "有效期止": LATER},
    "untold": {"状态": "另行通知", "有效期止": LATER},
    "ending": {"有效期止": "2026-12-09"},
    "changing": {"状态": "变更中", "有效期止": LATER},
    "struck": {"状态": "已注销", "原因": "自行终止办学"},
}
WHY = {
    "normal": "截至2026年11月30日在名单内，许可证有效至2028年2月29日。名单不是推荐，机构好坏请自己比较。",
    "closed": "截至2026年11月30日，名单注明这家机构“停业”。已经交了钱的，今天就存好合同和付款记录。",
    "expired": "截至2026年11月30日在名单内，许可证有效期到2026年11月23日，已经过了8天。"
    "名单里还没有续期记录。",
    "warned": "截至2026年11月30日在名单内，名单注明“预警”（未使用监管账户），许可证有效至2028年2月29日。",
    "untold": "截至2026年11月30日在名单内，但名单没有写明它的状态，许可证有效至2028年2月29日。",
    "ending": "截至2026年11月30日在名单内，许可证有效至2026年12月9日。名单里还没有续期记录。",
    "changing": "截至2026年11月30日在名单内，名单注明“变更中”，许可证有效至2028年2月29日。",
    "struck": "截至2026年11月30日，名单注明这家机构“已注销”（自行终止办学），它不在名单内。",
    "removed": "截至2026年11月30日，名单里已经没有这家机构，此前的名单里有它。",
    "outdated": "截至2026年8月31日在名单内，状态正常，许可证有效至2028年2月29日。"
    "之后有没有变化，本站还没有收到新的名单。",
}
ANSWERS = {
    "normal": (
        "ok",
        "正常",
        "可以考虑交费，付款前核对三样",
        ["交费前五查", "许可证到期前提醒我", "举报这家机构"],
    ),
    "closed": (
        "stop",
        "停业",
        "不要交费",
        ["已经交费，怎样退", "拨打12345投诉、举报", "失联、疑似诈骗，拨打110"],
    ),
    "expired": (
        "warn",
        "许可证已过期",
        "先不要交费，等它续期",
        ["打电话问清城区教育局", "已经交费，怎样退", "还在收费？举报它"],
    ),
    "warned": (
        "warn",
        "预警",
        "先不要交费，打电话核实",
        ["打电话问清城区教育局", "已经交费，怎样退", "还在收费？举报它"],
    ),
    "untold": ("grey", "名单没有写明状态", "先不要交费，打电话核实", ["打电话问清城区教育局", "交费前五查"]),
    "ending": (
        "warn",
        "8天后到期",
        "先不要续费，等续期结果",
        ["许可证到期前提醒我", "打电话问清城区教育局", "交费前五查"],
    ),
    "changing": ("grey", "变更中", "先核对许可证原件", ["打电话问清城区教育局", "交费前五查"]),
    "struck": (
        "stop",
        "已移出名单（注销）",
        "不要交费",
        ["已经交费，怎样退", "还在招生？举报它", "附近还有哪些正常机构"],
    ),
    "removed": (
        "stop",
        "已移出名单",
        "不要交费",
        ["已经交费，怎样退", "还在招生？举报它", "附近还有哪些正常机构"],
    ),
    "outdated": ("grey", "名单已92天未更新", "先打电话核实", ["拨打12345核实", "交费前五查"]),
}
ADDRESSES = {
    name: f"/whitelist/14418027000{number:04}/" for number, name in enumerate((*CARDS, "removed", "outdated"))
}


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Institutions of every rule, one of a county whose list is old, one that the newest list leaves out."""
    folder = tmp_path_factory.mktemp("cards")
    content = texts(folder)
    (content / "whitelist").mkdir()
    site = content / "site.toml"
    lines = site.read_text(encoding="utf-8")
    lines = lines.replace("[topics]\n", "[county_phones]\n441802 = '0763-0000001'\n\n[topics]\n")
    lines = lines.replace("[links]\n", f"[links]\n{LINKS}")
    site.write_text(lines, encoding="utf-8")
    number = {name: address.split("/")[2] for name, address in ADDRESSES.items()}
    many = [other(f"示例补充{place}", f"14418027001{place:04}", 有效期止=LATER) for place in range(20)]
    gone = other("示例移出", number["removed"], 有效期止=LATER)
    cards = [other(f"示例{name}", number[name], **row) for name, row in CARDS.items()]
    edition(content, gone, *many, name="2026-06-30-441802.xlsx")
    edition(content, *cards, *many, name="2026-11-30-441802.xlsx")
    old = other("示例旧名单", number["outdated"], 有效期止=LATER, 办学地址="连州市示例路1号")
    edition(content, old, name="2026-08-31-441882.xlsx", sheet="连州市")
    return visitor(content, folder, now=NOON)


def card(visit: FlaskClient, name: str) -> html.HtmlElement:
    return main_part(visit.get(ADDRESSES[name]).text)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_card_answers_first_and_says_what_to_do(visit: FlaskClient, name: str) -> None:
    tone, word, advice, to_do = ANSWERS[name]
    page = card(visit, name)
    (block,) = page.xpath(".//section[contains(@class, 'ruling')]")
    assert block.get("class") == f"ruling ruling-{tone}"
    assert words(block.xpath(".//*[contains(@class, 'ruling-word')]")[0]) == word
    assert words(block.xpath(".//*[@class='ruling-do']")[0]) == advice
    assert words(block.xpath(".//*[@class='ruling-why']")[0]) == WHY[name]
    assert [words(row) for row in page.xpath("(.//ul[@class='todo'])[1]//b")] == to_do
    first = page.xpath(".//h1/following::*[self::section or self::dl or self::form][1]")
    assert first == [block]


@pytest.mark.parametrize("name", ANSWERS)
def test_who_must_not_be_paid_is_never_shown_how_to_pay(visit: FlaskClient, name: str) -> None:
    page = words(card(visit, name))
    for phrase in ("交费前请核对", "签订《中小学生校外培训服务合同", "到全国平台查课程"):
        assert (phrase in page) == (name in ("normal", "ending")), phrase
    assert ("只付到" in page) == (name == "normal")


@pytest.mark.parametrize("name", ["closed", "expired", "warned", "struck", "removed"])
def test_refund_report_and_neighbours_in_force_are_one_tap_away(visit: FlaskClient, name: str) -> None:
    links = card(visit, name).xpath(".//ul[contains(@class, 'todo')]//a/@href")
    assert "/notices/loans/" in links
    assert "tel:12345" in links
    assert [link for link in links if link.startswith("/whitelist/?county=清城区")] or [
        link for link in links if "status=" in link
    ]


def test_there_is_something_to_tap(visit: FlaskClient) -> None:
    page = card(visit, "normal")
    links = page.xpath(".//ul[contains(@class, 'quick') or contains(@class, 'todo')]//a/@href")
    assert f"tel:{PHONE}" in links
    assert any(link.startswith("https://map.example/?q=%E6%B8%85%E8%BF%9C") for link in links)
    assert f"{ADDRESSES['normal']}permit.ics" in links
    assert visit.get(f"{ADDRESSES['normal']}permit.ics").status_code == 200
    assert page.xpath(".//dl//a[@href=$number]", number=f"tel:{PHONE}")
    # What needs a script is hidden until it has run; the address stands on the page.
    assert all(
        button.xpath("ancestor-or-self::*[@hidden]")
        for button in page.xpath(".//button[@data-share or @data-copy]")
    )
    assert ADDRESSES["normal"] in words(page.xpath(".//*[@class='origin']")[0])


def test_programs_get_the_verdict_beside_what_the_list_says(visit: FlaskClient) -> None:
    number = ADDRESSES["ending"].split("/")[2]
    told = visit.get(f"/api/v1/institutions/{number}").json
    assert told["status"] == "正常"
    assert told["verdict"] == {
        "rule": "ending",
        "tone": "warn",
        "word": "8天后到期",
        "advice": "先不要续费，等续期结果",
    }


def test_the_list_and_the_search_mark_institutions_with_the_same_words(visit: FlaskClient) -> None:
    items = main_part(visit.get("/whitelist/").text).xpath(".//li[contains(@class, 'institution')]")
    marks = {
        words(item.xpath(".//h3")[0]): words(item.xpath(".//*[contains(@class, 'badge')]")[0])
        for item in items
    }
    expected = {f"示例{name}": ANSWERS[name][1] for name in ("closed", "expired", "ending")}
    assert expected.items() <= marks.items()

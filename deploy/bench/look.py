"""Where things stand on the screens of a running site, in CSS pixels, and whether within their limits.

    deploy/bench.sh look http://127.0.0.1:8000

On a phone of 390 x 844: how high the masthead is, where the four entrances, the first result, the verdict of
a card and the first thing to tap are; on a desktop of 1280 how much of the width a page uses. Cards are one
for each state that the list knows. Ends with status 1 when a limit is not kept.
"""

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Page, ViewportSize, sync_playwright

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}

MASTHEAD, FIRST_RESULT, VERDICT_END, FOLD = 120, 400, 480, PHONE["height"]
"""The limits, in CSS pixels from the top of the page."""

PAGES = {
    "home": "/",
    "list": "/whitelist/",
    "list, searched": f"/whitelist/?q={quote('美术')}",
    "list, filtered": f"/whitelist/?county={quote('英德市')}",
    "policies": "/policies/",
    "search": f"/search?q={quote('退费')}",
    "notices": "/notices/",
    "consultations": "/consultations/",
    "registers": "/registers/",
    "feeds": "/feeds/",
    "form": "/tip-off/",
    "missing": "/nothing-here",
}
SEARCHED = ("list, searched", "list, filtered", "search")
"""Pages of which somebody waits for the first result."""

CARDS = {
    "正常": "status=正常&expiring=长期有效",
    "30天内到期": "status=正常&expiring=30天内到期",
    "许可证已过期": "status=正常&expiring=已到期",
    **{state: f"status={state}" for state in ("预警", "停业", "变更中", "已移出名单", "已注销")},
}
"""The verdicts, each with the filters of a list whose first institution is given it."""

PLACE = """(selector) => {
    const found = [...document.querySelectorAll(selector)].find(each => each.checkVisibility())
    if (!found) return null
    const {top, bottom} = found.getBoundingClientRect()
    return [Math.round(top + scrollY), Math.round(bottom + scrollY)]
}"""

USED = """() => {
    const boxes = [...document.querySelectorAll("main *")]
        .filter(each => each.checkVisibility() && !each.children.length && each.textContent.trim())
        .map(each => each.getBoundingClientRect())
    return (Math.max(...boxes.map(box => box.right)) - Math.min(...boxes.map(box => box.left))) / innerWidth
}"""


@dataclass
class Report:
    """What was measured; `faults` are the limits that are not kept."""

    faults: int = 0

    def line(self, page: str, what: str, value: int | None, limit: int) -> None:
        """Print one measurement; what is not on the page is a fault."""
        is_kept = value is not None and value <= limit
        self.faults += not is_kept
        told = "-" if value is None else str(value)
        print(f"{page:24} {what:24} {told:>6} {'<=' if is_kept else '>'} {limit}")


def main() -> None:
    """Measure and print; see --help."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", help="the address of the front page")
    site = parser.parse_args().site.rstrip("/")
    report = Report()
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path)
        phone = browser.new_page(viewport=PHONE, is_mobile=True, has_touch=True)
        for name, address in PAGES.items():
            phone.goto(site + address)
            report.line(name, "masthead", _place(phone, "header.top")[1], MASTHEAD)
            if name in SEARCHED:
                report.line(name, "first result", _place(phone, "#results [data-record]")[0], FIRST_RESULT)
            if name == "home":
                report.line(name, "box", _place(phone, "main [role=search]")[1], FOLD)
                report.line(name, "last of four entrances", _place(phone, ".doors li:nth-child(4)")[1], FOLD)
        for state, filters in CARDS.items():
            phone.goto(f"{site}/whitelist/?listed=&{quote(filters, safe='=&')}")
            card = phone.locator("#results [data-record] >> nth=0")
            if not card.count():
                print(f"{state:24} no institution in this state")
                continue
            phone.goto(site + (card.get_attribute("href") or ""))
            report.line(state, "masthead", _place(phone, "header.top")[1], MASTHEAD)
            report.line(state, "end of the verdict", _place(phone, ".ruling")[1], VERDICT_END)
            tapped = _place(phone, "main :is(.todo, .quick, .actions) a, main a[href^='tel:'], main a.button")
            report.line(state, "something to tap", tapped[1], FOLD)
        desktop = browser.new_page(viewport=DESKTOP)
        for name, address in PAGES.items():
            desktop.goto(site + address)
            print(f"{name:24} {'width used at 1280':24} {desktop.evaluate(USED):6.0%}")
        browser.close()
    sys.exit(report.faults > 0)


def _place(page: Page, selector: str) -> tuple[int | None, int | None]:
    """Top and bottom of the first visible element; None, None where there is none."""
    found = page.evaluate(PLACE, selector)
    return (found[0], found[1]) if found else (None, None)


if __name__ == "__main__":
    main()

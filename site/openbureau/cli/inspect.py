"""The command that counts beforehand what inspectors of government websites will count."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, time

import click

from openbureau.app import create_app
from openbureau.clock import BEIJING, now, today
from openbureau.config import Settings
from openbureau.inspection.annual_report import annual as annual_items
from openbureau.inspection.crawler import LOCALHOST, Ask, crawl
from openbureau.inspection.indicators import Indicator, IndicatorState
from openbureau.inspection.pages import all_records, inspect_served
from openbureau.middleware.visits import Visits
from openbureau.publishing.publication import Publication, Shelf, Unpublished

NOON = time(12)


@click.group(invoke_without_command=True)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Another day than today, to look ahead.")
@click.option("--json", "as_json", is_flag=True, help="The indicators as JSON.")
@click.option("--strict", is_flag=True, help="End with status 1 if an indicator is red.")
@click.pass_context
def inspect(context: click.Context, on: datetime | None, as_json: bool, strict: bool) -> None:
    """Every indicator of the inspections of government websites, for what is served now."""
    if context.invoked_subcommand:
        return
    settings: Settings = context.obj
    served = _served(settings)
    day = on.date() if on else today()
    noon = datetime.combine(day, NOON, BEIJING)
    # How many tips wait and since when is for those alone who handle them, at the desk.
    indicators = inspect_served(served, day, None, _asking(settings, lambda: noon, settings.url_prefix))
    if as_json:
        head = {"day": day.isoformat(), "publication": served.id, "demo": served.bureau.demo}
        rows = [asdict(indicator) for indicator in indicators]
        click.echo(json.dumps({**head, "indicators": rows}, ensure_ascii=False, indent=1))
    else:
        click.echo(f"{day}  内容版本{served.id}{'  演示数据' if served.bureau.demo else ''}")
        for indicator in indicators:
            _tell(indicator)
        counts = [(state, sum(one.state is state for one in indicators)) for state in IndicatorState]
        click.echo("  ".join(f"{state.label}{count}" for state, count in counts))
    if strict and any(indicator.state is IndicatorState.RED for indicator in indicators):
        sys.exit(1)


@inspect.command()
@click.option("--year", type=click.IntRange(2000, 2100), help="Another year than the last one.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
@click.pass_obj
def annual(settings: Settings, year: int | None, as_json: bool) -> None:
    """The figures of the 政府网站工作年度报表 that can be counted here, and the others (due 31 January)."""
    served = _served(settings)
    year = year or today().year - 1
    visited = Visits(settings.visits_file).of_year(year)
    items = annual_items(
        all_records(served), year, views=visited.views, visitors=visited.visitors, days=visited.days
    )
    if as_json:
        head = {"year": year, "publication": served.id, "demo": served.bureau.demo}
        rows = [asdict(item) for item in items]
        click.echo(json.dumps({**head, "items": rows}, ensure_ascii=False, indent=1))
        return
    click.echo(f"{year}年  内容版本{served.id}{'  演示数据' if served.bureau.demo else ''}")
    for item in items:
        value = "未统计" if item.value is None else f"{item.value}{item.unit}"
        click.echo(f"{item.section}  {item.name}：{value}（{item.how}）")


@inspect.command()
@click.pass_obj
def links(settings: Settings) -> None:
    """Ask the site for every page that its pages link to; links to other sites are only listed."""
    _served(settings)
    ask, root = _asking(settings), settings.url_prefix
    paths = [f"{root}/", f"{root}/sitemap.xml"]

    # 繁體 and 长者模式 are the same pages.
    variants = (f"{root}/hant/", f"{root}/senior/")
    walked = crawl(ask, paths, settings.url or LOCALHOST, without=variants)
    for url, page in sorted(walked.elsewhere.items()):
        click.echo(f"站外  {url}  见{page}")
    for url, status, page in walked.dead:
        click.echo(f"打不开  {status}  {url}  见{page}")
    click.echo(
        f"看了{len(walked.seen)}个地址，{len(walked.dead)}个打不开；站外{len(walked.elsewhere)}个，没有访问"
    )
    if walked.dead:
        sys.exit(1)


def _asking(settings: Settings, clock: Callable[[], datetime] = now, root: str = "") -> Ask:
    """Client that answers for URLs below `root` as the site would by that clock, without counting a visit."""
    visitor = create_app(settings, clock=clock).test_client()

    def ask(url: str) -> tuple[int, str, str]:
        answer = visitor.get(root + url, buffered=True, headers={"User-Agent": "monitor"})
        media_type = answer.mimetype or ""
        return answer.status_code, media_type, answer.text if media_type == "text/html" else ""

    return ask


def _served(settings: Settings) -> Publication:
    try:
        return Shelf(settings.publications).current()
    except Unpublished as error:
        raise click.ClickException(str(error)) from error


def _tell(indicator: Indicator) -> None:
    left = "" if indicator.days_left is None else f"；剩{indicator.days_left}天"
    click.echo(f"[{indicator.state.label}] {indicator.name}：{indicator.found}{left}")
    click.echo(f"    要求：{indicator.limit}（{indicator.basis}）")
    for item in indicator.items:
        click.echo(f"    - {item}")

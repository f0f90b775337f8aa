"""What inspectors of government websites count, counted beforehand from what is published and the day.

The indicators are those of 国办秘函〔2019〕19号. What cannot be known from the records says so, and is never
green.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from openbureau import law
from openbureau.clock import local_date
from openbureau.inspection import upkeep
from openbureau.inspection.indicators import (
    DEDUCTION,
    NOT_MEASURED,
    TOO_MANY,
    VETO,
    Indicator,
    IndicatorState,
    by_number,
    listed,
)
from openbureau.library import kinds
from openbureau.library.bureau import Bureau
from openbureau.library.documents.consultations import Consultation
from openbureau.library.documents.policies import Policy
from openbureau.library.holidays import FOLDER, Holidays, missing_tables, table_due_on
from openbureau.library.records import Record
from openbureau.library.registers import Register, RegisterEntry
from openbureau.library.whitelist.editions import Edition

DAYS_OF_A_MONTH = 30
"""A month counted short: a warning that comes a few days early costs nothing."""

HOME_DAYS = law.number("网站指标首页")
COLUMN_DAYS = law.number("网站指标栏目") * DAYS_OF_A_MONTH
"""Calendar days without anything new after which a page or a column counts as not kept up."""

ANSWER_DAYS, SLOW_DAYS = law.number("网站指标留言") * DAYS_OF_A_MONTH, law.number("网站指标慢答")
"""Calendar days: a message unanswered for so long fails the site; so long without an answer costs points."""

DISCLOSURE_DAYS = law.number("公开条例26")
"""Working days from the making of a document to its publication."""

SOON_DAYS = 31
"""Calendar days before the table of the coming year should be there from which its lack is amber."""

LAST_DAY = "《行政复议法》第八十八条、《民事诉讼法》第八十五条"
"""Why days off count: a period whose last day is one ends on the next working day."""

NO_LIMIT = {"editions": "培训白名单"}
"""Columns for which the indicators name no limit; the registers have none either, documents have one."""

FOOTER = {
    "sponsor": "主办单位",
    "operator": "承办单位",
    "site_code": "网站标识码",
    "icp": "ICP备案号",
    "police": "公安备案号",
    "conac_url": "党政机关网站标识",
    "report_error_url": "政府网站找错",
}


def inspect(
    records: Iterable[Record],
    bureau: Bureau,
    day: date,
    *,
    holidays: Holidays,
    unfound: Sequence[str],
    waiting: Sequence[date] | None,
    untagged: Mapping[str, Sequence[str]] | None = None,
) -> list[Indicator]:
    """Every indicator, on that day.

    `records` are those published and not withdrawn; `holidays` tell what is a working day; `unfound` are the
    titles that the site's own search does not find; `waiting` are the days on which the unanswered tips came
    that whoever asks may know of, None for whoever may know of none; `untagged` are the tags that pages lack,
    by address, None if nobody has read the pages.
    """
    public = [record for record in records if record.is_public_on(day)]
    shown = [record for record in public if _published_on(record) <= day]
    policies = [record for record in shown if isinstance(record, Policy)]
    columns = [_column(kind, shown, day) for kind in kinds.KINDS]
    return [
        _truth(public, day),
        _home(shown, day),
        *columns,
        _columns(columns),
        *_without_limit(shown, day),
        _empty(public),
        _undated(shown),
        _unlinked(policies),
        _unexplained(policies, day),
        _disclosed(policies, bureau, holidays),
        _consulted(shown, day),
        _days_off(holidays, day),
        upkeep.checked(shown, day, bureau.recheck_days),
        upkeep.overtaken(shown, day),
        _answered(waiting, day),
        listed("站内搜索", DEDUCTION, "按标题能搜到", "篇按标题搜不到", unfound),
        Indicator(
            "站内死链",
            DEDUCTION,
            "没有打不开的链接",
            "0条：发布时逐条核对，有一条就不发布",
            IndicatorState.GREEN,
        ),
        _attachments(shown),
        _footer(bureau),
        _tagged(untagged),
        *(
            Indicator(name, basis, limit, why, IndicatorState.UNKNOWN)
            for name, basis, limit, why in NOT_MEASURED
        ),
    ]


def _tagged(untagged: Mapping[str, Sequence[str]] | None) -> Indicator:
    """The tags of 国办发〔2017〕47号; pages that lack the same ones stand together, the first by name."""
    limit = "站点、栏目、内容页标签齐全"
    if untagged is None:
        why = "要逐页读取页面，工作台不读；请运行openbureau inspect"
        return Indicator("元数据", DEDUCTION, limit, why, IndicatorState.UNKNOWN)
    alike: dict[str, list[str]] = {}
    for address, missing in untagged.items():
        alike.setdefault("、".join(missing), []).append(address)
    items = [f"缺{tags}：{len(pages)}个页面，例如{pages[0]}" for tags, pages in alike.items()]
    state = IndicatorState.AMBER if untagged else IndicatorState.GREEN
    return Indicator("元数据", DEDUCTION, limit, f"{len(untagged)}个页面缺标签", state, items=items)


def _truth(records: Sequence[Record], day: date) -> Indicator:
    """Forged days of publication fail a site; a day still to come is one for certain."""
    early = [record.title for record in records if _published_on(record) > day]
    finding = f"{len(early)}条的发布时间晚于检查日" if early else "没有晚于检查日的发布时间；内容要人工审看"
    state = IndicatorState.RED if early else IndicatorState.UNKNOWN
    return Indicator("严重错误、弄虚作假", VETO, "没有，包括伪造发稿日期", finding, state, items=early)


def _home(records: Sequence[Record], day: date) -> Indicator:
    shown = [record for record in records if _is_on_front_page(record)]
    return _fresh("首页更新", VETO, HOME_DAYS, shown, day)


def _is_on_front_page(record: Record) -> bool:
    kind = kinds.find(record.kind)
    if kind is None:
        return isinstance(record, Edition)
    return all(value in record.facet(name) for name, value in kind.featured.items())


def _column(kind: kinds.DocumentKind, records: Sequence[Record], day: date) -> Indicator:
    own = [record for record in records if record.kind == kind.name]
    return _fresh(f"栏目更新：{kind.title}", DEDUCTION, COLUMN_DAYS, own, day)


def _fresh(name: str, basis: str, limit: int, records: Sequence[Record], day: date) -> Indicator:
    """Whether something was published within the last `limit` days; a correction does not count."""
    newest = max(records, key=_published_on, default=None)
    rule = f"{limit}天内有新内容"
    if newest is None:
        return Indicator(name, basis, rule, "没有内容", IndicatorState.RED)
    left = limit - (day - _published_on(newest)).days
    state = (
        IndicatorState.RED
        if left < 0
        else IndicatorState.AMBER
        if left <= limit // 6
        else IndicatorState.GREEN
    )
    return Indicator(name, basis, rule, f"最近一次{_published_on(newest)}《{newest.title}》", state, left)


def _columns(columns: Sequence[Indicator]) -> Indicator:
    late = [column.name for column in columns if column.state is IndicatorState.RED]
    finding = f"{len(columns)}个栏目中{len(late)}个超过期限；本站没有动态要闻类栏目（期限2周）"
    return Indicator(
        "栏目不更新", VETO, f"超过期限的栏目不到{TOO_MANY}个", finding, by_number(late), items=late
    )


def _without_limit(records: Sequence[Record], day: date) -> Iterator[Indicator]:
    for column, name in (NO_LIMIT | _registers(records)).items():
        days = [_published_on(record) for record in records if _column_of(record) == column]
        finding = f"最近一次{max(days)}，已过{(day - max(days)).days}天" if days else "没有内容"
        why = f"{finding}；指标没有规定期限"
        yield Indicator(f"栏目更新：{name}", DEDUCTION, "没有统一期限", why, IndicatorState.UNKNOWN)


def _empty(records: Sequence[Record]) -> Indicator:
    filled = {_column_of(record) for record in records}
    columns = {kind.name: kind.title for kind in kinds.KINDS} | NO_LIMIT | _registers(records)
    empty = [name for column, name in columns.items() if column not in filled]
    return Indicator("空白栏目", VETO, f"不到{TOO_MANY}个", f"{len(empty)}个", by_number(empty), items=empty)


def _registers(records: Iterable[Record]) -> dict[str, str]:
    """Every register is a column of its own."""
    return {
        f"registers/{register.slug}": register.title for register in records if isinstance(register, Register)
    }


def _column_of(record: Record) -> str:
    return f"registers/{record.register}" if isinstance(record, RegisterEntry) else record.kind


def _undated(records: Sequence[Record]) -> Indicator:
    """Documents cannot be published without one; an entry of a register may not know its day."""
    undated = [record.title for record in records if not record.day]
    return listed("没有日期的信息", VETO, "没有；没有日期的视为不更新", "条没有日期", undated)


def _unlinked(policies: Sequence[Policy]) -> Indicator:
    interpretations = [policy for policy in policies if policy.is_interpretation]
    linked = [
        policy for policy in interpretations if _readable(policy.interprets) or policy.interprets_elsewhere
    ]
    unlinked = [policy.title for policy in interpretations if policy not in linked]
    finding = f"{len(interpretations)}篇解读中{len(unlinked)}篇没有可以打开的文件"
    state = IndicatorState.RED if unlinked else IndicatorState.GREEN
    return Indicator("解读关联文件", DEDUCTION, "每篇解读关联文件", finding, state, items=unlinked)


def _unexplained(policies: Sequence[Policy], day: date) -> Indicator:
    documents = [
        policy
        for policy in policies
        if not policy.is_interpretation and policy.state_on(day) not in ("失效", "废止")
    ]
    unexplained = [policy for policy in documents if not _readable(policy.interpreted_by)]
    due = sum(policy.needs_interpretation for policy in unexplained)
    limit = "重要文件有解读（哪些重要由单位认定，这里列出全部）"
    what = f"份没有解读，其中{due}份标明需要解读，共{len(documents)}份"
    indicator = listed("文件有解读", DEDUCTION, limit, what, [policy.title for policy in unexplained])
    return replace(indicator, state=IndicatorState.RED) if due else indicator


def _readable(others: Iterable[Policy]) -> list[Policy]:
    return [other for other in others if not other.is_withdrawn]


def _disclosed(policies: Sequence[Policy], bureau: Bureau, holidays: Holidays) -> Indicator:
    """Whether the bureau's own documents were published soon after they were made."""
    own = [policy for policy in policies if bureau.name in policy.issuers]
    taken = {policy.title: _working_days(policy, holidays) for policy in own}
    unknown = [title for title, days in taken.items() if days is None]
    late = [title for title, days in taken.items() if days is not None and days > DISCLOSURE_DAYS]
    state = (
        IndicatorState.RED if late else IndicatorState.UNKNOWN if unknown or not own else IndicatorState.GREEN
    )
    finding = (
        f"{len(own)}份本单位文件中{len(late)}份超过，{len(unknown)}份没有写明成文到哪一日或者缺当年放假安排"
    )
    limit = f"成文后{DISCLOSURE_DAYS}个工作日内公开"
    return Indicator(
        "公开时限", "政府信息公开条例 第二十六条", limit, finding, state, items=[*late, *unknown]
    )


def _working_days(policy: Policy, holidays: Holidays) -> int | None:
    """Working days from the making of a document until it was published here; None if nobody can tell."""
    if len(policy.made_on) < len("2024-05-31"):
        return None
    made_on, published_on = date.fromisoformat(policy.made_on), _published_on(policy)
    days = [made_on + timedelta(days=number) for number in range(1, (published_on - made_on).days + 1)]
    if not {day.year for day in days} <= holidays.years.keys():
        return None
    return sum(day in holidays.work or (day.weekday() < 5 and day not in holidays.off) for day in days)


def _consulted(records: Sequence[Record], day: date) -> Indicator:
    name, limit = "征集调查", "结束后公布结果"
    consultations = [record for record in records if isinstance(record, Consultation)]
    running = sum(consultation.is_open_on(day) for consultation in consultations)
    closed = [consultation.title for consultation in consultations if consultation.waits_on(day)]
    endless = [
        consultation.title
        for consultation in consultations
        if consultation.closes_on is None and consultation.received is None
    ]
    finding = f"{running}项正在征求意见，{len(closed)}项已经截止还没有结果，{len(endless)}项没有写截止日期"
    state = IndicatorState.AMBER if closed else IndicatorState.UNKNOWN if endless else IndicatorState.GREEN
    return Indicator(name, DEDUCTION, limit, finding, state, items=[*closed, *endless])


def _days_off(holidays: Holidays, day: date) -> Indicator:
    """Whether limits that end in the coming year can be told: they cannot without its table of days off."""
    missing = missing_tables(holidays, day)
    due_on = table_due_on(day.year + 1)
    years = {day.year, day.year + 1} - holidays.years.keys()
    left = (due_on - day).days if years == {day.year + 1} else None
    if missing:
        finding = (
            "缺" + "、".join(f"{year}年" for year in missing) + "：期限算到这些年的，只能说“至少到”哪一天"
        )
        state = IndicatorState.RED
    else:
        finding = f"有{day.year}年的" + ("，还没有下一年的" if left is not None else "和下一年的")
        state = IndicatorState.AMBER if left is not None and left <= SOON_DAYS else IndicatorState.GREEN
    files = [f"content/{FOLDER}/{year}.toml" for year in missing]
    limit = f"每年{due_on.month}月{due_on.day}日起有下一年的放假调休安排"
    return Indicator("放假安排", LAST_DAY, limit, finding, state, left, files)


def _answered(waiting: Sequence[date] | None, day: date) -> Indicator:
    name, limit = "未答复的线索", f"{ANSWER_DAYS}天内答复（参照政务咨询）"
    if waiting is None:
        why = "只在工作台上告诉办理的人；线索有多少、哪天来的，别人不应当知道"
        return Indicator(name, VETO, limit, why, IndicatorState.UNKNOWN)
    if not waiting:
        return Indicator(name, VETO, limit, "您能看到的线索里，0件", IndicatorState.GREEN)
    left = ANSWER_DAYS - (day - min(waiting)).days
    state = (
        IndicatorState.RED
        if left < 0
        else IndicatorState.AMBER
        if left <= ANSWER_DAYS - SLOW_DAYS
        else IndicatorState.GREEN
    )
    finding = f"您能看到的线索里，{len(waiting)}件，最早的{min(waiting)}收到"
    return Indicator(name, VETO, limit, finding, state, left)


def _attachments(records: Sequence[Record]) -> Indicator:
    workbooks = sum(isinstance(record, Edition) and not record.withheld for record in records)
    offered = workbooks + sum(len(record.attachments) for record in records)
    finding = f"0个不能下载，共{offered}个：打开这一版本时逐个核对过SHA-256"
    return Indicator("附件", DEDUCTION, "都能下载", finding, IndicatorState.GREEN)


def _footer(bureau: Bureau) -> Indicator:
    values: Mapping[str, str] = vars(bureau.footer)
    blank = [label for name, label in FOOTER.items() if not values[name]]
    if not bureau.contact.phone:
        blank.append("联系电话")
    state = IndicatorState.GREEN if not blank else IndicatorState.AMBER if bureau.demo else IndicatorState.RED
    finding = f"缺{len(blank)}项" + ("（演示站允许空缺，正式站不能发布）" if blank and bureau.demo else "")
    return Indicator("页脚要素", DEDUCTION, "一项不缺（国办发〔2017〕47号）", finding, state, items=blank)


def _published_on(record: Record) -> date:
    return local_date(record.published_at)

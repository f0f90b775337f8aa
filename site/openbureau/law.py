"""The rules of law that code and templates carry, each once: its number and unit, article, version and day.

Code takes its numbers from here (`rule("复议法20①").number`) and templates print them
(`{{ law("复议法20①") }}` gives 60日), so that no limit stands twice. `docs/law.md` is made of these tables by
`openbureau law`. Figures of the bureau and limits that it sets itself stand in `content/site.toml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from openbureau.enums import Labelled


class Unit(Labelled):
    """What a number counts; the label is what pages print after it. The kind of day is always said."""

    CALENDAR_DAYS = "calendar days", "日"
    WORKING_DAYS = "working days", "个工作日"
    MONTHS = "months", "个月"
    YEARS = "years", "年"
    YUAN = "yuan", "元"
    PERCENT = "per cent", "%"
    LESSONS = "lessons", "课时"
    SECONDS = "seconds", "秒"
    COLUMNS = "columns", "个"
    PERSONS = "persons", "人"
    YEARS_OF_AGE = "years of age", "周岁"
    NONE = "", ""


class Ground(Labelled):
    """What a statement of the law was checked against."""

    READ = "read", "原文"
    DIGEST = "digest", "公开摘要"
    PRESS = "press", "报道或者转载"
    TABLE = "table", "一次检查用的指标表"
    UNCONFIRMED = "unconfirmed", "没有查到"


@dataclass(frozen=True)
class Statute:
    """An act in the version that the rules follow: its name and number, adopted or announced on `version`, in
    force since `in_force`. Both are ISO days, or as much of one as is known; empty: not known."""

    name: str
    number: str
    version: str
    in_force: str
    note: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule: `key` is how code and templates name it, `meaning` what follows for whom, in Chinese."""

    key: str
    act: str
    article: str
    number: int | None
    unit: Unit
    meaning: str
    ground: Ground = Ground.READ

    def __str__(self) -> str:
        """The number with its unit, as pages print it: `60日`, `5个工作日`."""
        return f"{self.number}{self.unit.label}"

    @property
    def statute(self) -> Statute:
        """The act that the rule is of."""
        return STATUTES[self.act]


_NO_TEXT = "条文没有取得，依据公开摘要"

STATUTES: Mapping[str, Statute] = {
    "处罚法": Statute("行政处罚法", "主席令第七十号", "2021-01-22", "2021-07-15"),
    "复议法": Statute("行政复议法", "主席令第九号", "2023-09-01", "2024-01-01"),
    "复议条例": Statute("行政复议法实施条例", "国务院令第836号", "2026-05-08", "2026-07-01", _NO_TEXT),
    "行诉法": Statute("行政诉讼法", "", "2017-06-27", "2017-07-01", "施行日依据修改决定的转载"),
    "行诉解释": Statute(
        "最高人民法院关于适用《行政诉讼法》的解释", "法释〔2018〕1号", "2018-02-06", "2018-02-08"
    ),
    "行诉解释2026": Statute(
        "最高人民法院司法解释",
        "法释〔2026〕3号",
        "2026-04-30",
        "2026-05-01",
        f"{_NO_TEXT}（两份）；全名没有查到",
    ),
    "民法典": Statute("民法典", "主席令第四十五号", "2020-05-28", "2021-01-01"),
    "民诉法": Statute("民事诉讼法", "", "2023-09-01", "2024-01-01"),
    "个保法": Statute("个人信息保护法", "主席令第九十一号", "2021-08-20", "2021-11-01"),
    "信访条例": Statute("信访工作条例", "", "2022-02-25", "2022-05-01"),
    "执法监督条例": Statute(
        "行政执法监督条例", "国务院令第825号", "2025-12-17", "2026-02-01", "总则读了转载的条文"
    ),
    "公开条例": Statute("政府信息公开条例", "国务院令第711号", "2019-04-03", "2019-05-15"),
    "决策条例": Statute("重大行政决策程序暂行条例", "国务院令第713号", "2019-04-20", "2019-09-01"),
    "放假办法": Statute(
        "全国年节及纪念日放假办法", "", "2024-11-10", "2025-01-01", "施行日依据修改决定的转载"
    ),
    "预收费通知": Statute(
        "教育部等六部门关于加强校外培训机构预收费监管工作的通知", "教监管函〔2021〕2号", "2021-10", "2021-10"
    ),
    "非学科意见": Statute(
        "教育部等十三部门关于规范面向中小学生的非学科类校外培训的意见",
        "教监管〔2022〕4号",
        "2022-12",
        "2022-12",
    ),
    "网站指标": Statute("政府网站与政务新媒体检查指标", "国办秘函〔2019〕19号", "2019", "2019"),
}
"""The acts by the short names that the keys of rules begin with."""

_DAYS, _WORKING = Unit.CALENDAR_DAYS, Unit.WORKING_DAYS

_RULES = (
    # Contesting a fine
    Rule("复议法20①", "复议法", "20①", 60, _DAYS, "自知道或者应当知道行政行为之日起申请行政复议"),
    Rule(
        "复议法20③", "复议法", "20③", 1, Unit.YEARS, "没有告知权利、机关、期限的，自知道内容之日起最长这么久"
    ),
    Rule(
        "复议法23①", "复议法", "23①(1)", None, Unit.NONE, "对当场作出的处罚不服，先申请行政复议，再可以起诉"
    ),
    Rule("复议法24①", "复议法", "24①(1)", None, Unit.NONE, "对部门不服的，向它的本级人民政府申请行政复议"),
    Rule("复议法29", "复议法", "29", None, Unit.NONE, "复议已经受理的不得起诉，法院已经受理的不得申请复议"),
    Rule("复议法62①", "复议法", "62①", 60, _DAYS, "普通程序自受理之日起作出复议决定"),
    Rule("复议法62①延长", "复议法", "62①", 30, _DAYS, "情况复杂的，普通程序最多延长"),
    Rule("复议法62②", "复议法", "62②", 30, _DAYS, "简易程序自受理之日起作出复议决定"),
    Rule("复议法87", "复议法", "87", None, Unit.NONE, "申请行政复议不收费"),
    Rule(
        "复议法88",
        "复议法",
        "88",
        None,
        Unit.NONE,
        "三日、五日、七日、十日指工作日；其余依照民事诉讼法期间的规定",
    ),
    Rule(
        "复议条例23",
        "复议条例",
        "23",
        None,
        Unit.NONE,
        "期限从哪天起：当场作出之日、签收或者拒签之日、邮件签收之日、到达特定系统之日、公告期满之日",
        Ground.DIGEST,
    ),
    Rule(
        "行诉法45", "行诉法", "45", 15, _DAYS, "收到复议决定书之日起起诉；复议机关逾期不作决定的，期满之日起"
    ),
    Rule("行诉法46①", "行诉法", "46①", 6, Unit.MONTHS, "自知道或者应当知道作出行政行为之日起直接起诉"),
    Rule("行诉法85", "行诉法", "85", 15, _DAYS, "一审判决书送达之日起上诉"),
    Rule("行诉解释56", "行诉解释", "56", None, Unit.NONE, "应当先复议而没有复议就起诉的，法院不予立案"),
    Rule(
        "行诉解释64",
        "行诉解释",
        "64①",
        1,
        Unit.YEARS,
        "没有告知起诉期限的，自知道行政行为内容之日起最长这么久",
    ),
    Rule(
        "行诉解释2026第2条",
        "行诉解释2026",
        "2",
        None,
        Unit.NONE,
        "六个月从知道行政行为的内容和实施主体起算",
        Ground.DIGEST,
    ),
    Rule("民法典201", "民法典", "201", None, Unit.NONE, "开始的当日不计入，自下一日开始计算"),
    Rule("民法典202", "民法典", "202", None, Unit.NONE, "到期月没有对应日的，月末日为最后一日"),
    Rule("民法典203", "民法典", "203", None, Unit.NONE, "最后一日是法定休假日的，结束的次日为最后一日"),
    Rule(
        "民诉法85", "民诉法", "85③", None, Unit.NONE, "最后一日是法定休假日的，以休假日后的第一日为届满的日期"
    ),
    Rule("放假办法2", "放假办法", "2", None, Unit.NONE, "全体公民放假的节日；元旦每年都是1月1日"),
    # The fine itself
    Rule("处罚法5", "处罚法", "5", None, Unit.NONE, "处罚与事实、性质、情节、危害程度相当"),
    Rule("处罚法16", "处罚法", "16", None, Unit.NONE, "其他规范性文件不得设定行政处罚"),
    Rule("处罚法29", "处罚法", "29", None, Unit.NONE, "同一个违法行为不得给予两次以上罚款"),
    Rule("处罚法33", "处罚法", "33", None, Unit.NONE, "轻微不罚、首违可以不罚、没有主观过错不罚"),
    Rule("处罚法34", "处罚法", "34", None, Unit.NONE, "裁量基准应当公布"),
    Rule("处罚法36", "处罚法", "36①", 2, Unit.YEARS, "违法行为多久没有被发现，不再处罚"),
    Rule(
        "处罚法36五年", "处罚法", "36①", 5, Unit.YEARS, "涉及公民生命健康安全、金融安全且有危害后果的，延长到"
    ),
    Rule("处罚法38", "处罚法", "38", None, Unit.NONE, "没有依据、没有主体资格、重大且明显违反程序的，无效"),
    Rule("处罚法42", "处罚法", "42", 2, Unit.PERSONS, "执法人员不得少于，且应当有执法资格"),
    Rule("处罚法44", "处罚法", "44", None, Unit.NONE, "决定以前告知内容、事实、理由、依据和权利"),
    Rule("处罚法45", "处罚法", "45", None, Unit.NONE, "有权陈述、申辩，不得因此加重"),
    Rule("处罚法48", "处罚法", "48", 3, _WORKING, "公开的处罚决定被撤销、变更、确认违法、无效的，撤回信息"),
    Rule("处罚法51", "处罚法", "51", 200, Unit.YUAN, "可以当场作出的罚款：对公民不超过"),
    Rule("处罚法51单位", "处罚法", "51", 3000, Unit.YUAN, "可以当场作出的罚款：对法人或者其他组织不超过"),
    Rule("处罚法52", "处罚法", "52", None, Unit.NONE, "当场处罚也要当场交付决定书"),
    Rule("处罚法55", "处罚法", "55", None, Unit.NONE, "主动出示执法证件，不出示的有权拒绝"),
    Rule("处罚法59", "处罚法", "59", None, Unit.NONE, "决定书写明依据、期限、救济途径，并盖印章"),
    Rule("处罚法61", "处罚法", "61", 7, _WORKING, "当事人不在场的，把决定书送达"),
    Rule("处罚法62", "处罚法", "62", None, Unit.NONE, "没有告知、拒绝听取陈述申辩的，不得作出处罚决定"),
    Rule("处罚法63", "处罚法", "63", None, Unit.NONE, "较大数额罚款等，应当告知有要求听证的权利"),
    Rule("处罚法66", "处罚法", "66②", None, Unit.NONE, "确有困难的，经批准可以暂缓或者分期缴纳"),
    Rule(
        "处罚法67",
        "处罚法",
        "67③",
        15,
        _DAYS,
        "收到决定书之日起到指定的银行或者电子支付系统缴纳；没有写休假日顺延",
    ),
    Rule("处罚法68", "处罚法", "68(1)", 100, Unit.YUAN, "当场作出的处罚可以当场收缴：不超过"),
    Rule("处罚法69", "处罚法", "69", None, Unit.NONE, "边远、水上、交通不便地区，经当事人提出可以当场收缴"),
    Rule("处罚法70", "处罚法", "70", None, Unit.NONE, "当场收缴必须出具财政部门的专用票据，不出具的有权拒绝"),
    Rule("处罚法72", "处罚法", "72①(1)", 3, Unit.PERCENT, "到期不缴的，每日可以加处；加处的总额不超过罚款"),
    Rule("处罚法73", "处罚法", "73", None, Unit.NONE, "复议、诉讼不停止执行；这期间加处的罚款不计算"),
    Rule("处罚法74", "处罚法", "74", None, Unit.NONE, "罚款全部上缴国库"),
    Rule("处罚法77", "处罚法", "77", None, Unit.NONE, "不使用法定单据的，有权拒绝"),
    Rule("处罚法85", "处罚法", "85", None, Unit.NONE, "二日、三日、五日、七日指工作日；其余是自然日"),
    # Tips
    Rule("个保法17", "个保法", "17", None, Unit.NONE, "处理以前告知处理者、目的、方式、种类和保存期限"),
    Rule("个保法19", "个保法", "19", None, Unit.NONE, "保存期限是实现目的所必要的最短时间"),
    Rule("个保法47", "个保法", "47", None, Unit.NONE, "保存期限届满、目的已经实现或者撤回同意的，应当删除"),
    Rule("信访条例21", "信访条例", "21", None, Unit.NONE, "及时录入，方便查询"),
    Rule("信访条例23", "信访条例", "23", 15, _DAYS, "告知接收情况以及处理途径和程序"),
    Rule("信访条例28", "信访条例", "28", None, Unit.NONE, "有直接利害关系的，应当回避"),
    Rule("信访条例30", "信访条例", "30", None, Unit.NONE, "检举材料不得透露或者转给被检举的人员和单位"),
    Rule("信访条例34", "信访条例", "34", 60, _DAYS, "申诉求决事项自受理之日起办结"),
    Rule("信访条例34延长", "信访条例", "34", 30, _DAYS, "情况复杂的，经本机关负责人批准最多延长"),
    Rule(
        "信访条例35",
        "信访条例",
        "35",
        30,
        _DAYS,
        "收到信访处理意见书之日起，向原办理机关的上一级机关请求复查",
    ),
    Rule(
        "执法监督条例6",
        "执法监督条例",
        "2、6",
        None,
        Unit.NONE,
        "司法行政部门监督本级政府各部门的执法",
        Ground.PRESS,
    ),
    # Training and consultations
    Rule("预收费通知月", "预收费通知", "", 3, Unit.MONTHS, "按周期收费，一次不超过", Ground.PRESS),
    Rule("预收费通知课时", "预收费通知", "", 60, Unit.LESSONS, "按课时收费，一次不超过", Ground.PRESS),
    Rule("非学科意见", "非学科意见", "", 5000, Unit.YUAN, "非学科类一次收费不超过", Ground.PRESS),
    Rule("决策条例15", "决策条例", "15", 30, _DAYS, "重大行政决策公开征求意见，一般不少于；短于的说明理由"),
    # The bureau's own site
    Rule("公开条例26", "公开条例", "26", 20, _WORKING, "主动公开：自信息形成或者变更之日起"),
    Rule("网站指标首页", "网站指标", "单项否决", 14, _DAYS, "首页多久没有更新，全站不合格", Ground.TABLE),
    Rule("网站指标栏目", "网站指标", "单项否决", 6, Unit.MONTHS, "栏目多久没有更新，算超期", Ground.TABLE),
    Rule(
        "网站指标栏目数",
        "网站指标",
        "单项否决",
        5,
        Unit.COLUMNS,
        "超期或者空白的栏目到这么多，全站不合格",
        Ground.TABLE,
    ),
    Rule(
        "网站指标留言", "网站指标", "单项否决", 3, Unit.MONTHS, "留言多久没有答复，全站不合格", Ground.TABLE
    ),
    Rule("网站指标慢答", "网站指标", "扣分项", 60, _DAYS, "留言多久没有答复，扣分", Ground.UNCONFIRMED),
    Rule(
        "网站指标打开", "网站指标", "单项否决", 15, Unit.SECONDS, "多久打不开，算一次不能访问", Ground.TABLE
    ),
    Rule(
        "网站指标访问",
        "网站指标",
        "单项否决",
        5,
        Unit.PERCENT,
        "不能访问的比例到这么多，全站不合格",
        Ground.TABLE,
    ),
    Rule("网站指标找错", "网站指标", "扣分项", 3, _WORKING, "答复“找错”留言", Ground.UNCONFIRMED),
)

RULES: Mapping[str, Rule] = {entry.key: entry for entry in _RULES}
"""Every rule by its key."""


def rule(key: str) -> Rule:
    """The rule of that key. Raises KeyError, so that a page cannot print a limit that nobody has written."""
    if key not in RULES:
        raise KeyError(
            f"there is no rule {key}: add it to openbureau/law.py with article, version and ground"
        )
    return RULES[key]


def number(key: str) -> int:
    """The number of a rule that has one. Raises KeyError."""
    found = rule(key).number
    if found is None:
        raise KeyError(f"the rule {key} has no number")
    return found


def in_force(act: str) -> date:
    """Since when the version of an act holds. Raises ValueError where the whole day is not known."""
    return date.fromisoformat(STATUTES[act].in_force)

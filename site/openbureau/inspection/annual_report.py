"""The figures of the 政府网站工作年度报表 (国办函〔2018〕12号), as far as this site can count them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from openbureau.clock import local_date
from openbureau.library import kinds
from openbureau.library.documents.announcements import Announcement
from openbureau.library.documents.consultations import Consultation
from openbureau.library.documents.notices import Notice
from openbureau.library.documents.policies import Policy
from openbureau.library.records import Record
from openbureau.library.registers import RegisterEntry
from openbureau.library.whitelist.editions import Edition


@dataclass(frozen=True)
class Item:
    """One figure of the form: where it stands, its value (None: not counted here), and what it counts."""

    section: str
    name: str
    value: int | None
    unit: str
    how: str


NOT_COUNTED = (
    ("专栏专题", "维护数量、新开设数量", "本站没有专栏"),
    ("解读回应", "解读产品、媒体评论文章、回应公众关注", "内容里没有标明图解、音视频和回应"),
    ("办事服务", "是否发布服务事项目录、注册用户", "本站不办理服务事项，没有用户"),
    ("互动交流", "留言、在线访谈", "线索征集是专门渠道，不计入留言；本站没有留言和访谈"),
    ("安全防护", "检测评估次数、发现和整改问题", "要由运维单位按记录填写"),
    ("移动新媒体", "移动客户端、微博、微信等", "不在本站"),
    ("创新发展", "搜索即服务、多语言等", "要由单位按实际情况填写"),
)
"""What the form asks for and this site cannot know: section, name, why."""


def annual(
    records: Iterable[Record], year: int, *, views: int, visitors: int | None, days: int
) -> Sequence[Item]:
    """Every figure of the form for a year; `records` are those published, and `days` had counted visits."""
    shown = [record for record in records if local_date(record.published_at).year == year]
    documents = [record for record in shown if kinds.find(record.kind)]
    explained = [record for record in shown if isinstance(record, Policy) and record.is_interpretation]
    news = [record for record in shown if isinstance(record, Announcement | Notice)]
    directory = [record for record in shown if isinstance(record, Policy) and not record.is_interpretation]
    lists = [record for record in shown if isinstance(record, Edition | RegisterEntry)]
    begun = [record for record in records_of(records) if _in(record.opens_on, year)]
    answered = [record for record in records_of(records) if _in(record.results_on, year)]
    measured = f"按页面计，不用Cookie，不计自动程序；全年有{days}天有记录"
    people = f"按日去重后逐日相加；{measured}" if visitors is not None else "没有访问者地址，不能去重"
    figures = [
        ("访问", "独立用户访问总量", visitors if days else None, "个", people),
        ("访问", "网站总访问量", views if days else None, "次", measured),
        (
            "信息发布",
            "信息发布总数",
            len(documents) + len(lists),
            "条",
            "各栏目合计",
        ),
        ("信息发布", "动态类（公告、提示）", len(news), "条", "按本站发布日期"),
        ("信息发布", "信息公开目录（政策文件）", len(directory), "条", "不含解读"),
        ("信息发布", "名单和清单", len(lists), "条", "白名单各期和清单记录"),
        ("解读回应", "解读材料", len(explained), "条", "体裁为解读的"),
        ("互动交流", "征集调查期数", len(begun), "期", "当年开始的；没有日期的不计"),
        (
            "互动交流",
            "收到意见",
            sum(consultation.received or 0 for consultation in answered),
            "条",
            "当年公布结果的合计",
        ),
        ("互动交流", "公布反馈期数", len(answered), "期", "当年公布采纳情况的"),
    ]
    return [
        *(Item(*figure) for figure in figures),
        *(Item(section, name, None, "", why) for section, name, why in NOT_COUNTED),
    ]


def records_of(records: Iterable[Record]) -> list[Consultation]:
    """The consultations among them."""
    return [record for record in records if isinstance(record, Consultation)]


def _in(day: date | None, year: int) -> bool:
    return day is not None and day.year == year

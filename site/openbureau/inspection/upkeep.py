"""Whether what is published is still true, as far as its own records tell: two indicators of the house."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from openbureau.inspection.indicators import Indicator, IndicatorState
from openbureau.library import kinds
from openbureau.library.documents.policies import Policy
from openbureau.library.records import Record

BASIS = "本站内容维护要求"

SOON_SHARE = 12
"""One part in so many of the time left: then a document that is to be checked again is amber."""


def checked(records: Sequence[Record], day: date, recheck_days: int) -> Indicator:
    """Whether every document was compared with its source within that many calendar days."""
    documents = [record for record in records if kinds.find(record.kind) or record.kind == "pages"]
    never = [record.title for record in documents if record.checked_on is None]
    days = [(record.title, record.checked_on) for record in documents if record.checked_on]
    early = [f"{title}：核对日期{checked_on}还没有到" for title, checked_on in days if checked_on > day]
    span = timedelta(days=recheck_days)
    late = [f"{title}：核对于{checked_on}" for title, checked_on in days if checked_on + span < day]
    finding = f"{len(documents)}篇中{len(late)}篇超过，{len(never)}篇没有写核对日期"
    left = min(((checked_on + span - day).days for _, checked_on in days), default=None)
    state = IndicatorState.GREEN
    if never or (left is not None and left <= recheck_days // SOON_SHARE):
        state = IndicatorState.AMBER
    if late or early:
        state = IndicatorState.RED
    items = [*late, *early, *(f"{title}：没有写checked_on" for title in never)]
    return Indicator("内容核对", BASIS, f"{recheck_days}天内与来源核对过", finding, state, left, items)


def overtaken(records: Sequence[Record], day: date) -> Indicator:
    """Whether a document names a policy that a newer one of the site has since amended, replaced or repealed.

    One that was checked on the day of the change or later has been looked at, and is left out.
    """
    changed = [record for record in records if isinstance(record, Policy) and record.changed_by]
    items = [
        f"{record.title}：提到《{policy.title}》，{change['from_day']}{change['what']}《{change['title']}》"
        for policy in changed
        for change in policy.changed_by
        if change["from_day"] <= day.isoformat()
        for record in records
        if record.slug not in (policy.slug, change["slug"])
        and _names(record, policy)
        and (record.checked_on is None or record.checked_on.isoformat() < change["from_day"])
    ]
    finding = f"{len(changed)}份文件被本站的新文件修改、替代或者废止，{len(items)}处还没有对照新文件看过"
    state = IndicatorState.RED if items else IndicatorState.GREEN
    return Indicator("引用的文件有变", BASIS, "文件有变以后重新核对提到它的内容", finding, state, items=items)


def _names(record: Record, policy: Policy) -> bool:
    """Whether a text names a policy: by its title, with or without the name of the state, or its number."""
    return any(name in record.text for name in _names_of(policy))


def _names_of(policy: Policy) -> Iterable[str]:
    yield f"《{policy.title}》"
    yield f"《{policy.title.removeprefix('中华人民共和国')}》"
    if policy.doc_no:
        yield policy.doc_no

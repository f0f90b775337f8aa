"""A site whose search goes by meaning, by a stand-in for the encoder: some sections answer without doubt."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.publishing import learning
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.search.meaning import encoder as encoders
from support.makers import set_fields
from support.site import CONTENT, NOON
from support.stand_ins.encoders import StandInEncoder

PREFIX = "/zwgk/jyj"

GROUPS = ("要得回来 退还余款", "上限 一次最多", "太晚 二十点半", "公积金 住房", "保留合同")
"""What the stand-in takes to mean the same."""

GUIDE = """
交费前先看这一页，再[查白名单](/whitelist/)。

## 一次最多交多少

不超过三个月，也不超过六十课时。

## 不想上了怎么退

没有上的课，机构应当按约定退还余款，见[上一节](#一次最多交多少)。

| 上了多少课 | 退多少 |
| --- | --- |
| 没有上 | 全部 |
| 上了一半 | 一半 |

1. 先在[名单](/whitelist/)里核对机构，再提出书面申请。
2. 带上合同和付款凭证。
3. 机构三个工作日内核对。
4. 原路退回余款。
5. 机构不退的，向所在县区教育局反映。
6. 已经关门的，向监管银行查询余额。
"""
OLD = """
学科类培训不得占用节假日。

## 第三条 晚上几点要下课

线下培训结束时间不晚于二十点半。

## 作业多少算多

小学一二年级不布置书面家庭作业。
"""

REFUND = "没有上的课余款要得回来吗"
EVENING = "线下培训结束时间会不会太晚"
OFF_TOPIC = "住房的钱怎么样才取得出"


@pytest.fixture(scope="module")
def learned_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FlaskClient]]:
    """Visitors of the site with meaning: at the root of a host, and under a path of another site."""
    folder = tmp_path_factory.mktemp("meaning")
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    write_body(content / "notices" / "prepayment-limits.md", GUIDE)
    write_body(content / "policies" / "double-reduction.md", OLD)
    set_fields(
        content / "notices" / "prepayment-limits.md", title="预收费指引", published_at="2026-05-31 09:00"
    )
    (content / "search" / "elsewhere.txt").write_text("公积金怎么提取\n", encoding="utf-8")
    shelf = Shelf(folder / "publications")
    publish(content, shelf)
    encoder = StandInEncoder(*GROUPS)
    learning.learn_served(shelf, encoder, lambda *_: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "_loaded", [encoder])
        yield {prefix: visitor_of(content, folder, prefix) for prefix in ("", PREFIX)}


def write_body(path: Path, body: str) -> None:
    """Keep the front matter of a document, and nothing else."""
    fields, end, _ = path.read_text(encoding="utf-8").rpartition("\n---\n")
    path.write_text(f"{fields}{end}{body}", encoding="utf-8")


def visitor_of(content: Path, instance: Path, prefix: str) -> FlaskClient:
    settings = Settings(content, instance, f"sqlite:///{instance / 'tips.db'}", url="", url_prefix=prefix)
    app = create_app(settings, clock=lambda: NOON)
    app.testing = True
    return app.test_client()


@pytest.fixture
def learned(learned_sites: dict[str, FlaskClient]) -> FlaskClient:
    """A visitor of the site whose search goes by meaning, too."""
    return learned_sites[""]

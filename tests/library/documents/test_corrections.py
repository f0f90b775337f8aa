"""Corrections: the note, and the difference between what stood there before and what stands there now."""

import shutil
from pathlib import Path

import feedparser
import pytest

from openbureau.formats.text_diff import difference
from openbureau.library.content import read_library
from openbureau.library.documents.policies import Policy
from openbureau.library.records import Record
from support.makers import main_part, problems, set_fields, substitute, texts, visitor, words

PREPAYMENT = "policies/prepayment.md"
KEPT = "policies/prepayment/versions"
NOTE = "更正了施行日期和金额"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content in which a policy is corrected and its first version is kept."""
    folder = texts(tmp_path)
    keep(folder, "2026-03-02.md")
    substitute(folder / PREPAYMENT, "不得超过**3个月**或60课时", "不得超过**3个月**或60课时，且不超过5000元")
    set_fields(
        folder / PREPAYMENT, effective_on="2026-03-15", updated_at="2026-05-20 10:30", change_note=NOTE
    )
    return folder


def keep(content: Path, name: str) -> Path:
    """Keep the policy as it is now."""
    path = content / KEPT / name
    path.parent.mkdir(exist_ok=True)
    shutil.copy(content / PREPAYMENT, path)
    return path


def record_of(content: Path) -> Record:
    (found,) = (
        each
        for each in read_library(content).records
        if isinstance(each, Policy) and each.slug == "prepayment"
    )
    return found


def shown(pieces: list[tuple[str, str]]) -> str:
    return "".join(text if kind == "=" else f"[{kind}{text}]" for kind, text in pieces)


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("不超过3个月", "不超过3个月", ""),
        ("一次收费不得超过3个月", "一次收费不得超过6个月", "一次收费不得超过[-3][+6]个月"),
        ("", "新的一段", "[+新的一段]"),
        ("旧的一段", "", "[-旧的一段]"),
        ("完全不同的话", "另写一句", "[-完全不同的话][+另写一句]"),
        # Single characters that happen to stay are not left standing between changes.
        ("自三月一日起执行本通知", "自五月十日起施行本通知", "自[-三月一日起执][+五月十日起施]行本通知"),
        ("收费50000元为限额", "收费5000元为限额", "收费[-50000][+5000]元为限额"),
    ],
)
def test_a_difference_is_told_in_whole_words_and_numbers(old: str, new: str, pieces: str) -> None:
    assert shown(difference(old, new)) == pieces


def test_of_what_stayed_only_the_neighbourhood_is_shown() -> None:
    old = "甲" * 60 + "三" + "乙" * 60
    found = difference(old, old.replace("三", "五"))
    assert shown(found) == "…" + "甲" * 18 + "[-三][+五]" + "乙" * 18 + "…"


def test_passages_too_long_to_compare_letter_by_letter_are_shown_whole() -> None:
    old, new = "甲" * 2500, "甲" * 2499 + "乙"
    assert difference(old, new) == [("-", old), ("+", new)]


def test_the_page_shows_note_and_difference_above_the_text(content: Path, tmp_path: Path) -> None:
    page = visitor(content, tmp_path).get("/policies/prepayment/").text
    (told,) = main_part(page).xpath(".//details[@class='correction']")
    assert told.get("open") is not None
    assert words(told.find("summary")) == "这次改了哪里（2处）"
    rows = {words(row.find("dt")): words(row.find("dd")) for row in told.xpath(".//dl/div")}
    assert rows == {
        "施行日期": "2026年3月［删去：1］［改为：15］日",
        "正文": "一次收费的时间跨度不得超过3个月或60课时［增加：，且不超过5000元］。",
    }
    assert page.index(NOTE) < page.index('class="correction"') < page.index('class="prose"')


def test_a_changed_passage_is_told_under_its_heading(content: Path, tmp_path: Path) -> None:
    substitute(content / PREPAYMENT, "先保留合同，再", "先保留合同和收据，再")
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    labels = page.xpath(".//details[@class='correction']//dt/text()")
    assert labels == ["施行日期", "正文", "正文：退费难怎么办"]


def test_taken_out_and_put_in_are_marked_by_element_and_word_not_by_colour(
    content: Path, tmp_path: Path
) -> None:
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    assert [words(each) for each in page.iter("del")] == ["［删去：1］"]
    assert [words(each) for each in page.iter("ins")] == ["［改为：15］", "［增加：，且不超过5000元］"]


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_subscribers_are_told_the_difference(content: Path, tmp_path: Path, form: str) -> None:
    answer = visitor(content, tmp_path).get(f"/feeds/policies.{form}")
    if form == "json":
        told = answer.get_json()["items"][0]
        title, html = told["title"], told["content_html"]
    else:
        entry = feedparser.parse(answer.data).entries[0]
        title, html = entry.title, entry.content[0].value
    assert title.startswith("【更正】")
    assert NOTE in html
    assert "<ins>" in html
    assert "且不超过5000元" in html.partition("</dl>")[0]


def test_the_machine_readable_page_names_the_correction(content: Path, tmp_path: Path) -> None:
    page = visitor(content, tmp_path).get("/policies/prepayment/").text
    assert '"CorrectionComment"' in page
    assert '"datePublished": "2026-05-20T10:30:00+08:00"' in page


def test_every_correction_has_its_own_difference_the_last_one_first(content: Path, tmp_path: Path) -> None:
    keep(content, "2026-05-20.md")
    set_fields(
        content / PREPAYMENT, summary="换了摘要。", updated_at="2026-05-25 09:00", change_note="改了摘要"
    )
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    summaries = [words(each) for each in page.xpath(".//details[@class='correction']/summary")]
    assert summaries == ["这次改了哪里（1处）", f"2026-05-20 10:30的更正：{NOTE}（2处）"]


def test_notices_and_announcements_are_corrected_alike(content: Path, tmp_path: Path) -> None:
    for name, day in (("notices/summer", "2026-04-05"), ("announcements/clue-call", "2026-05-06")):
        kept = content / name / "versions" / f"{day}.md"
        kept.parent.mkdir(parents=True)
        shutil.copy(content / f"{name}.md", kept)
        set_fields(content / f"{name}.md", title="换了标题", updated_at="2026-05-20 10:30", change_note="改")
        page = main_part(visitor(content, tmp_path).get(f"/{name}/").text)
        assert page.xpath(".//details[@class='correction']//dt/text()") == ["标题"]


def test_a_correction_whose_old_text_is_not_kept_is_published_and_the_clerk_is_told(
    content: Path, tmp_path: Path
) -> None:
    shutil.rmtree(content / KEPT)
    (told,) = problems(content)
    assert "keep the file as it was as policies/prepayment/versions/2026-03-02.md, unless" in told
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    assert NOTE in words(page)
    assert not page.xpath(".//details[@class='correction']")


def test_what_stood_there_before_is_neither_found_nor_served(content: Path, tmp_path: Path) -> None:
    kept = content / KEPT / "2026-03-02.md"
    kept.write_text(kept.read_text(encoding="utf-8") + "\n从前的旧话一句。\n", encoding="utf-8")
    visit = visitor(content, tmp_path)
    assert "没有找到" in visit.get("/search?q=“从前的旧话”").text
    assert visit.get("/policies/prepayment/files/2026-03-02.md").status_code == 404
    assert visit.get("/policies/prepayment/versions/2026-03-02.md").status_code == 404


def test_of_a_withdrawn_document_no_difference_is_told(content: Path) -> None:
    set_fields(content / PREPAYMENT, withdrawn_reason="有误", change_note="")
    assert record_of(content).corrections == []


def test_a_version_of_a_document_that_is_not_there_is_refused(content: Path) -> None:
    shutil.move(content / KEPT, content / "policies/nothing/versions")
    assert any("there is no document policies/nothing.md" in told for told in problems(content))


@pytest.mark.parametrize("name", ["2026-03-01.md", "first.md", "2026-03-02-a.md"])
def test_a_version_is_named_by_its_day(content: Path, name: str) -> None:
    (content / KEPT / "2026-03-02.md").rename(content / KEPT / name)
    (told,) = problems(content)
    assert "the name is not the day on which it was published; name it 2026-03-02.md" in told


def test_a_version_is_older_than_the_document(content: Path) -> None:
    set_fields(content / PREPAYMENT, updated_at="", change_note="")
    assert "not older than the document; give the document updated_at and change_note" in problems(content)[0]


def test_a_version_that_says_the_same_is_told(content: Path) -> None:
    set_fields(content / KEPT / "2026-03-02.md", effective_on="2026-03-15")
    substitute(content / KEPT / "2026-03-02.md", "或60课时。", "或60课时，且不超过5000元。")
    assert "nothing differs from policies/prepayment/versions/2026-03-02.md" in problems(content)[0]

"""What stops a publication for personal data, and every way to go on."""

from pathlib import Path

import openpyxl
import pytest

from openbureau.library.bureau import read_bureau
from openbureau.library.content import read_library
from openbureau.library.documents.corrections import FOLDER
from openbureau.library.whitelist.editions import Edition
from openbureau.publishing.build import check
from support.makers import substitute, texts
from support.workbook_makers import FIRST, HEADER

MOBILE, IDENTITY = "13800138000", "441899190001010015"


def with_list(content: Path, *, note: str = "", footer: str = "", address: str = "") -> Path:
    """The content with an edition that has these words in a column nobody reads, in its footer, in a row."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "清城区"
    row = list(FIRST)
    row[HEADER.index("办学地址")] = address or row[HEADER.index("办学地址")]
    sheet.append([*HEADER, "备注"])
    sheet.append([*row, note])
    sheet.oddFooter.center.text = footer
    (content / "whitelist").mkdir(exist_ok=True)
    path = content / "whitelist" / "2024-12-31.xlsx"
    book.save(path)
    return path


def stops(content: Path) -> list[str]:
    return [str(problem) for problem in check(content) if problem.stops]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def allow(content: Path, *numbers: str) -> None:
    site = content / "site.toml"
    listed = ", ".join(f'"{number}"' for number in numbers)
    site.write_text(f"{site.read_text(encoding='utf-8')}\n[disclosure]\npublic_numbers = [{listed}]\n")


@pytest.mark.parametrize("place", ["note", "footer", "address"])
def test_a_list_with_a_number_says_where_and_how_to_go_on(content: Path, place: str) -> None:
    with_list(content, **{place: f"电话{MOBILE}"})
    (problem,) = stops(content)
    assert problem.startswith("whitelist/2024-12-31.xlsx")
    for way in ("删除", ".withheld.txt", "public_numbers"):
        assert way in problem
    assert MOBILE not in problem


def test_a_list_may_be_published_without_its_file(content: Path) -> None:
    path = with_list(content, note=f"电话{MOBILE}", footer=MOBILE)
    path.with_name("2024-12-31.withheld.txt").write_text("原件有经办人手机号码\n", encoding="utf-8")
    assert stops(content) == []
    (edition,) = [record for record in read_library(content).records if isinstance(record, Edition)]
    assert (edition.rows, edition.withheld) == (1, "原件有经办人手机号码")


def test_without_its_file_the_rows_of_a_list_are_looked_through_all_the_same(content: Path) -> None:
    path = with_list(content, address=f"北江一路{MOBILE}")
    path.with_name("2024-12-31.withheld.txt").touch()
    (problem,) = stops(content)
    assert "清城区!E2" in problem
    assert MOBILE not in problem


def test_what_says_why_a_file_is_withheld_stands_beside_a_list(content: Path) -> None:
    (content / "whitelist").mkdir()
    (content / "whitelist" / "2023-12-31.withheld.txt").touch()
    (problem,) = stops(content)
    assert "whitelist/2023-12-31.withheld.txt" in problem


def test_a_number_that_is_listed_as_public_passes_everywhere(content: Path) -> None:
    with_list(content, note=f"电话{MOBILE}")
    about = content / "about.md"
    about.write_text(f"{about.read_text(encoding='utf-8')}\n值班电话{MOBILE}。\n", encoding="utf-8")
    assert len(stops(content)) == 2
    allow(content, "138 0013 8000")
    assert stops(content) == []


def test_the_telephone_of_the_bureau_may_be_a_mobile_number(content: Path) -> None:
    substitute(content / "site.toml", 'phone = ""', f'phone = "{MOBILE}"')
    assert stops(content) == []


@pytest.mark.parametrize("number", [IDENTITY, "0763-3312345", "138001380001", "手机"])
def test_only_mobile_numbers_can_be_listed_as_public(content: Path, number: str) -> None:
    allow(content, MOBILE, number)
    bureau, problems = read_bureau(content)
    assert bureau is not None
    assert bureau.public_numbers == {MOBILE}
    (problem,) = problems
    assert "number 2 of public_numbers is no mobile number" in str(problem)
    assert number not in str(problem)


def test_the_name_of_a_file_is_looked_at_and_never_repeated(content: Path) -> None:
    source = next((content / "policies" / "prepayment").glob("*.docx"))
    source.rename(source.with_name(f"示例{MOBILE}.docx"))
    (problem,) = stops(content)
    assert problem.startswith("policies/prepayment/（已隐去）: the name of this file is personal data")


def test_what_else_is_wrong_with_a_file_does_not_repeat_the_number(content: Path) -> None:
    substitute(content / "about.md", "\n---\n", f"\nphone_{MOBILE}: 1\n---\n")
    problems = [str(problem) for problem in check(content) if problem.file == "about.md"]
    assert len(problems) > 1
    assert not [problem for problem in problems if MOBILE in problem]


def test_the_earlier_version_of_a_text_is_looked_through(content: Path) -> None:
    earlier = content / "policies" / "prepayment" / FOLDER / "1.md"
    earlier.parent.mkdir(parents=True)
    earlier.write_text(f"---\ntitle: 甲\n---\n电话{MOBILE}\n", encoding="utf-8")
    assert [problem for problem in stops(content) if f"{FOLDER}/1.md:4: a mobile number" in problem]

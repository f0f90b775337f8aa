"""No case from the field lies here unread: each has a test that says what is right."""

import json
from pathlib import Path

HERE = Path(__file__).parent


def test_every_case_is_named_in_a_test() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py") if path != Path(__file__)
    )
    cases = [folder.name for folder in (HERE / "cases").iterdir()]
    assert cases
    assert [name for name in cases if f'"{name}"' not in tests] == []


def test_every_list_on_paper_has_its_expected_form() -> None:
    files = {path.name for path in (HERE / "lists").iterdir() if path.is_file()}
    expected = (HERE / "lists" / "expected").glob("*.json")
    assert {json.loads(path.read_text(encoding="utf-8"))["file"] for path in expected} == files != set()

"""What the first questions need is made before a worker says that it is ready."""

import shutil
from pathlib import Path

import pytest

from openbureau.app import create_app, create_desk
from openbureau.config import Settings
from openbureau.library.lookup import Lookup
from openbureau.publishing import publication
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import set_fields
from support.site import CONTENT, NOON
from support.waiting import wait_for

pytestmark = pytest.mark.builds_itself

QUESTION = "/whitelist/?q=编程"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Lookup]:
    """Every box of institutions that is made."""
    boxes: list[Lookup] = []

    def counted(*entries: object, **places: object) -> Lookup:
        boxes.append(Lookup(*entries, **places))  # type: ignore[arg-type]
        return boxes[-1]

    monkeypatch.setattr(publication, "Lookup", counted)
    return boxes


def settings_of(folder: Path) -> Settings:
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    publish(content, Shelf(folder / "publications"))
    return Settings(content, folder, f"sqlite:///{folder / 'tips.db'}", url="")


def test_the_first_question_makes_no_more_than_the_second(tmp_path: Path, made: list[Lookup]) -> None:
    visit = create_app(settings_of(tmp_path), clock=lambda: NOON).test_client()
    visit.get("/readyz")
    assert len(made) == 1
    assert visit.get(QUESTION).status_code == 200
    assert len(made) == 1


def test_who_publishes_a_document_has_nothing_made_anew_for_questions(
    tmp_path: Path, made: list[Lookup]
) -> None:
    settings = settings_of(tmp_path)
    visit = create_app(settings, clock=lambda: NOON).test_client()
    visit.get("/readyz")
    set_fields(settings.content / "notices" / "loans.md", title="另一个标题")
    publish(settings.content, Shelf(settings.publications))
    assert "另一个标题" in visit.get("/notices/loans/").text
    assert visit.get(QUESTION).status_code == 200
    assert len(made) == 1


def test_another_whitelist_is_prepared_as_soon_as_it_is_served(tmp_path: Path, made: list[Lookup]) -> None:
    settings = settings_of(tmp_path)
    visit = create_app(settings, clock=lambda: NOON).test_client()
    visit.get("/readyz")
    (file,) = (settings.content / "whitelist").glob("2024-09-30-441803.*")
    file.unlink()
    publish(settings.content, Shelf(settings.publications))
    visit.get("/about/")
    wait_for(lambda: len(made) == 2)


def test_the_desk_which_has_no_box_makes_none(tmp_path: Path, made: list[Lookup]) -> None:
    create_desk(settings_of(tmp_path), clock=lambda: NOON).test_client().get("/readyz")
    assert made == []

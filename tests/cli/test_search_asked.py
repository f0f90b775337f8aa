"""What people searched for, for editors: all of it, or only what no text says it answers."""

from pathlib import Path

from click.testing import CliRunner

from openbureau.cli import main
from openbureau.clock import today
from openbureau.config import load
from openbureau.search.query_log import MIN_TIMES, QueryLog
from support.makers import texts

ASKED = ("一次能收几个月费用", "当心培训贷", "校车接送要不要钱", "饭堂饭菜发霉", "退费")


def test_editors_see_what_was_searched_for_and_what_of_it_no_text_answers(tmp_path: Path) -> None:
    content = texts(tmp_path)
    environment = {
        "OPENBUREAU_CONTENT": str(content),
        "OPENBUREAU_INSTANCE": str(tmp_path / "instance"),
        "OPENBUREAU_MEANING": "off",
    }

    def asked(*options: str) -> list[str]:
        done = CliRunner().invoke(main, ["search", "asked", *options], env=environment)
        assert done.exit_code == 0, done.output
        return [line.split("\t")[-1] for line in done.stdout.splitlines()]

    assert CliRunner().invoke(main, ["setup"], env=environment).exit_code == 0
    log = QueryLog(load(environment).searches_file)
    for query in ASKED:
        log.record_all({(query, True, today()): MIN_TIMES})
    without = CliRunner().invoke(main, ["search", "asked", "--unanswered"], env=environment)
    assert (without.exit_code, "publish" in without.output) == (1, True)
    assert CliRunner().invoke(main, ["publish"], env=environment).exit_code == 0
    assert set(asked()) == set(ASKED)
    assert set(asked("--unanswered")) == {"校车接送要不要钱", "饭堂饭菜发霉"}

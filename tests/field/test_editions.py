"""Editions as they are named and cut by mistake, beside the list that was published before."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openbureau.cli import main
from support.makers import REAL


@pytest.fixture
def first_site(tmp_path: Path) -> Path:
    """The content of the first site, to write to."""
    return Path(shutil.copytree(REAL, tmp_path / "content"))


def command(content: Path, word: str) -> Result:
    environment = {
        "OPENBUREAU_CONTENT": str(content),
        "OPENBUREAU_INSTANCE": str(content.parent / "instance"),
    }
    return CliRunner().invoke(main, [word], env=environment)


@pytest.mark.weighs
def test_a_county_s_list_without_its_code_takes_nobody_off_the_list(
    first_site: Path, case: Callable[[str], Path], told: Callable[[], None]
) -> None:
    told()
    shutil.copy(case("e02-county-list-without-its-code") / "2025-01-31.xlsx", first_site / "whitelist")
    for word in ("check", "publish"):
        done = command(first_site, word)
        assert done.exit_code == 1
        (line,) = [
            line for line in done.stderr.splitlines() if line.startswith("whitelist/2025-01-31.xlsx: ")
        ]
        assert "本期有2家，此前有380家，其中378家" in line
        assert "请改名为 2025-01-31-441802.xlsx" in line
        assert "openbureau whitelist confirm 2025-01-31.xlsx" in line
        assert "whitelist/2025-01-31.xlsx: 2 rows, 0 new, 2 changed, 390 gone" in done.output
    assert not (first_site.parent / "instance" / "publications" / "pointer").exists()

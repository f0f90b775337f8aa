"""What systemd says of deploy/systemd: that every unit is sound, and how much each service could still do.

Fails when systemd finds a fault, or calls a service more exposed than `MAX_EXPOSURE`.

Usage: .venv/bin/python deploy/bench/units.py        (needs systemd-analyze: Debian's systemd, running or not)
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from servers import ROOT

MAX_EXPOSURE = 2.0
"""Of 10: what `systemd-analyze security` adds up for what a service is still allowed."""

INSTANCE = "heartbeat"
"""What a template is looked at for."""


def analyzed(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """What systemd-analyze answers."""
    program = shutil.which("systemd-analyze") or sys.exit(
        "systemd-analyze is missing: apt-get install systemd"
    )
    return subprocess.run([program, *arguments], capture_output=True, text=True)  # noqa: S603


def main() -> int:
    """Ask; answers 1 if a unit is not as it has to be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for unit in (ROOT / "deploy" / "systemd").glob("openbureau*.[stp]*"):
            # The programs are looked for: those of this checkout stand for the installed ones.
            text = unit.read_text(encoding="utf-8").replace("/srv/openbureau/app", str(ROOT))
            (folder / unit.name.replace("@.", f"@{INSTANCE}.")).write_text(text, encoding="utf-8")
        units = sorted(
            path for path in folder.iterdir() if not path.name.endswith((".sysusers", ".tmpfiles"))
        )
        checked = analyzed("verify", *units)
        print(f"{len(units)} units, faults: {checked.stderr.strip() or 'none'}")
        met = checked.returncode == 0 and not checked.stderr.strip()
        for unit in units:
            if unit.suffix == ".service":
                output = analyzed("security", "--offline=true", unit).stdout
                (level,) = re.findall(r"exposure level for \S+: ([\d.]+)", output)
                print(f"{level}  {unit.name}")
                met = met and float(level) <= MAX_EXPOSURE
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

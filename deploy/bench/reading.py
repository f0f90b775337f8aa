"""What `openbureau check` and `openbureau publish` cost: the processor's seconds and the peak of memory.

Both commands are run on the shipped content into an empty instance, then on the same content again, here and
in another checkout in turns, so that a slow minute of the machine falls on both alike.

Usage: deploy/bench.sh reading [--beside CHECKOUT] [--rounds N]

A checkout beside this one has an environment of its own (`deploy/venv.sh requirements.txt`).
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

from openbureau.config import ROOT

STEPS = (("check", "first"), ("publish", "first"), ("check", "again"), ("publish", "again"))


class Run(NamedTuple):
    """One command's cost, that of the processes it started included."""

    seconds: float
    mb: float


def run(checkout: Path, command: str, instance: Path) -> Run:
    """Run a command of a checkout on its own content; its words are thrown away, a failure is not."""
    process = subprocess.Popen(  # noqa: S603
        [checkout / ".venv" / "bin" / "openbureau", command],
        cwd=checkout,
        env=os.environ | {"OPENBUREAU_INSTANCE": str(instance)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        sys.exit(f"openbureau {command} in {checkout} failed")
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--beside", type=Path, metavar="CHECKOUT")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    beside = {"beside": options.beside.resolve()} if options.beside else {}
    checkouts = beside | {"here": ROOT}
    runs: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for _ in range(options.rounds):
        for name, checkout in checkouts.items():
            with tempfile.TemporaryDirectory() as folder:
                for command, when in STEPS:
                    runs[name, command, when].append(run(checkout, command, Path(folder)))
    print(f"{'':10}{'':20}{'processor s':>12}{'peak MB':>10}   (median of {options.rounds})")
    for name in checkouts:
        for command, when in STEPS:
            costs = runs[name, command, when]
            seconds, mb = median(cost.seconds for cost in costs), median(cost.mb for cost in costs)
            print(f"{name:10}{f'{command}, {when}':20}{seconds:12.2f}{mb:10.0f}")


if __name__ == "__main__":
    main()

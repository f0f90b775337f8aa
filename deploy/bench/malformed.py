"""Malformed requests on both doors as they are shipped: whether one meets a fault of the server,
or leaves one in a log.

Usage: .venv/bin/python deploy/bench/malformed.py COUNT SEED        (as root; NGINX_PROGRAM names nginx)
"""

import sys
import tempfile
import time
from pathlib import Path

from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.databases import Tables
from support.shipped import running
from support.shipped.malformed import ask_malformed, faults_in
from support.site import CONTENT


def main() -> int:
    """Ask; answers 1 if something was wrong."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        publish(CONTENT, Shelf(folder))
        with running(folder, Tables(folder)) as shipped:
            began = time.monotonic()
            tally = ask_malformed(shipped, count, seed)
            lines = faults_in(shipped.logs())
    print(f"{tally}\nfaults in logs: {len(lines)}; {time.monotonic() - began:.0f} s")
    print(*tally.faults, *lines, sep="\n")
    return 1 if tally.faults or lines else 0


if __name__ == "__main__":
    sys.exit(main())

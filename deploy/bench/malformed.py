"""Malformed requests on both doors as they are shipped: whether one is answered with a fault of the server
that is not said in words, or leaves a traceback in a log.

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
from support.shipped.malformed import ask_malformed
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
            logs = shipped.logs()
    tracebacks = {name: text.count("Traceback") for name, text in logs.items() if "Traceback" in text}
    print(f"{tally}\ntracebacks in logs: {tracebacks or 0}; {time.monotonic() - began:.0f} s")
    for line in tally.wordless:
        print(line)
    for name in tracebacks:
        print(logs[name][-5000:])
    return 1 if tally.wordless or tracebacks else 0


if __name__ == "__main__":
    sys.exit(main())

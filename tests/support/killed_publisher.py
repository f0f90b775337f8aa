"""Run as a program of its own: publishes again and again, and kills itself at the moment that it is told.

Usage: killed_publisher.py CONTENT. Each line of standard input is a shelf's folder and a moment; each answer
is how many moments there were, or `killed`. A moment is any change to the shelf, before it is made: a file
opened for writing, a folder made, a name given or taken away. The first such change is moment 1; at moment 0
nothing happens.

The content is read once: only what is killed while it writes may leave something half done.
"""

import os
import signal
import sys
from pathlib import Path

from openbureau.publishing import build
from openbureau.publishing.publication import Shelf

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"}


def is_change(event: str, arguments: tuple[object, ...], shelf: str) -> bool:
    """Whether an audit event of Python is a change to the shelf."""
    if event == "open":
        path, _mode, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        return bool(writes) and str(path).startswith(shelf) and not str(path).endswith(".lock")
    return event in CHANGES and str(arguments[0]).startswith(shelf)


def publish(content: Path, shelf: str, moment: int) -> int:
    """Publish, unless killed before; answers how often the shelf was changed."""
    changes = 0

    def note(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal changes
        if is_change(event, arguments, shelf):
            changes += 1
            if changes == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(note)
    build.publish(content, Shelf(Path(shelf)))
    return changes


def main() -> None:
    content = Path(sys.argv[1])
    library = build.read_library(content)
    build.read_library = lambda *_, **__: library  # type: ignore[assignment]
    for line in sys.stdin:
        shelf, moment = line.split()
        child = os.fork()
        if not child:
            print(publish(content, shelf, int(moment)), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print("killed", flush=True)
        elif status:
            raise SystemExit(f"the publisher ended with {status}")


if __name__ == "__main__":
    main()

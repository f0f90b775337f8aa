"""Backups while tips come in, by the commands an operator has: prints counts, fails if one is not whole.

A real server takes tips from several visitors; meanwhile `openbureau tips backup` runs time and again. Then
each backup is proved by `openbureau tips restore-check`, and its restored database is read: every tip whose
receipt was shown before the backup began has to be in it, known by its code.

Usage: .venv/bin/python deploy/bench/backups.py [--times N] [--store sqlite|postgresql|both]
"""

import argparse
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from servers import ROOT
from tip_visitors import fill_in, send

from tips import Missed, Place, place, start

sys.path.insert(0, str(ROOT / "site"))
sys.path.insert(0, str(ROOT / "tests"))

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from openbureau.tips import receipt_codes
from openbureau.tips.model import Tip
from support.postgresql import Server, pinned, running

VISITORS = 3
"""As many tell tips, each one after the other."""

CALM = 12
"""Tips before the first backup, to compare with."""

PAUSE = 0.2
"""Seconds between two tips of a visitor: thousands of tips would measure the proof, not the copy."""

Spare = Callable[[], str]
"""Answers the address of an empty database to restore into; empty for SQLite, which needs none."""


class Tellers:
    """Visitors who tell until the end, and the codes that they were shown."""

    def __init__(self, site: Place) -> None:
        self.codes: list[str] = []
        self.unheard: list[int] = []
        self.took: list[float] = []
        self._site = site
        self._done = threading.Event()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Raises at the end what went wrong with one of them."""
        with ThreadPoolExecutor(VISITORS) as pool:
            visits = [pool.submit(self._tell) for _ in range(VISITORS)]
            try:
                yield
            finally:
                self._done.set()
            for visit in visits:
                visit.result()

    def _tell(self) -> None:
        while not self._done.wait(PAUSE):
            sent = fill_in(self._site.port)
            began = time.monotonic()
            send(self._site.port, sent)
            self.took.append(time.monotonic() - began)
            if sent.code:
                self.codes.append(sent.code)
            else:
                self.unheard.append(sent.status)


def measure(site: Place, times: int, spare: Spare) -> None:
    """Back up under tellers, then prove each backup and look for the tips that were acknowledged before."""
    folder = site.node.instance / "backups"
    acknowledged: dict[Path, list[str]] = {}
    seconds = []
    process = start(site)
    tellers = Tellers(site)
    try:
        with tellers.telling():
            while len(tellers.codes) < CALM and not tellers.unheard:
                time.sleep(0.1)
            calm = len(tellers.took)
            for _ in range(times):
                before, codes, began = set(folder.glob("2*")), list(tellers.codes), time.monotonic()
                site.node.run("tips", "backup", str(folder), *into(spare))
                seconds.append(time.monotonic() - began)
                (made,) = set(folder.glob("2*")) - before
                acknowledged[made] = codes
    finally:
        process.terminate()
        process.wait()
    lost = [len(missing(site, made, codes, spare)) for made, codes in acknowledged.items()]
    print(
        f"{len(lost)} of {times} backups restored and proved, {median(seconds):.1f} s each; "
        f"{len(tellers.codes)} tips acknowledged meanwhile, {len(tellers.unheard)} not; "
        f"acknowledged before a backup and not in it: {sum(lost)} of {sum(map(len, acknowledged.values()))}; "
        f"a tip took {median(tellers.took[:calm]) * 1000:.0f} ms before, "
        f"{median(tellers.took[calm:]) * 1000:.0f} ms during backups (medians)",
        flush=True,
    )
    if len(lost) < times or any(lost) or tellers.unheard or len(tellers.codes) < times:
        raise Missed("backups")


def missing(site: Place, made: Path, codes: list[str], spare: Spare) -> set[bytes]:
    """Prove a backup by the command, and answer what of `codes` the restored database does not know."""
    options = into(spare)
    site.node.run("tips", "restore-check", str(made), *options)
    restored = site.folder / "restored.db"
    if not options:
        # The command throws its own copy away.
        shutil.copy(made / "tips.db", restored)
    engine = create_engine(options[1] if options else f"sqlite:///{restored}")
    with Session(engine) as session:
        stored = set(session.scalars(select(Tip.receipt_mac)))
    engine.dispose()
    secret = (site.node.instance / "secret.key").read_bytes()
    return {receipt_codes.mac(secret, code) for code in codes} - stored


def into(spare: Spare) -> tuple[str, ...]:
    """The option that names where to restore, if one is needed."""
    url = spare()
    return ("--into", url) if url else ()


def main() -> None:
    """Measure; ends the program if a backup is not whole."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--store", choices=["sqlite", "postgresql", "both"], default="both")
    options = parser.parse_args()
    os.environ["PATH"] = f"{pinned()}:{os.environ['PATH']}"
    with ExitStack() as stack:
        stores: dict[str, tuple[Server | None, Spare]] = {}
        if options.store != "postgresql":
            stores["SQLite"] = None, lambda: ""
        if options.store != "sqlite":
            server = stack.enter_context(running(durable=True))
            stores["PostgreSQL"] = server, server.create_database
        for kind, (store, spare) in stores.items():
            with place(kind, store) as site:
                measure(site, options.times, spare)


if __name__ == "__main__":
    try:
        main()
    except Missed as missed:
        sys.exit(f"not good enough: {missed}")

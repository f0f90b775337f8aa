"""What the tip-off form leaves behind and withstands, measured on the server as it is shipped.

traces   the process is watched (strace) while a tip with files comes in: no plaintext is written to any file;
         nor does address, browser or referrer of any request lie about afterwards, whatever its answer was
limits   bodies that are too long, with and without a length; memory while they come
rush     1,000 forms a minute from 254 addresses without a proof of work, and an honest visitor among them

Ends with 1 when something is found or withstood too little.
Usage: .venv/bin/python deploy/bench/tip_off.py traces|limits|rush
"""

import base64
import http.client
import re
import secrets
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from servers import CONF, ROOT, Node
from strangers import FORM, Stranger, summed
from tip_visitors import code_in, form, solved

from support.nginx import free_port

JUNK = 1000
FROM = 254
READY = 40
HONEST = 20
MAX_P95_SECONDS = 10.0
"""Seconds within which 95 % of honest visitors must be through."""


@contextmanager
def site(folder: Path, **settings: str) -> Iterator[tuple[str, Node, "subprocess.Popen[bytes]"]]:
    """The public site with the real content: its address, its node, its server."""
    content = Path(shutil.copytree(ROOT / "content", folder / "content"))
    node = Node(content, folder / "instance", **settings)
    node.env["TMPDIR"] = str(folder / "temporary")
    (folder / "temporary").mkdir()
    for command in ("setup", "publish"):
        node.run(command)
    bind = f"127.0.0.1:{free_port()}"
    # What the server and the application log lies with the rest.
    log = ("--error-logfile", str(folder / "server.log"), "--capture-output")
    with node.serve(bind, flags=("-c", CONF, *log), path="/tip-off/") as server:
        yield bind, node, server


def traces(folder: Path) -> bool:
    """Watch a tip coming in, then look everywhere."""
    canary = {name: secrets.token_hex(16) for name in ("story", "doc_no", "name", "file", "filename")}
    agent, referrer, address = "UACANARY77", "REFCANARY77", "127.0.7.7"
    headers = {"User-Agent": agent, "Referer": f"http://127.0.0.1/{referrer}", "X-Forwarded-For": address}
    fields = {
        **FORM,
        "story": f"{FORM['story']}{canary['story']}",
        "doc_no": canary["doc_no"],
        "named": "named",
        "name": canary["name"],
        "contact": "0763-1234567",
    }
    data = b"%PDF-1.4\n" + canary["file"].encode() * (2_600_000 // 32)
    with site(folder, PUZZLE_BITS="8") as (bind, _, server):
        visitor = Stranger(bind, address, headers)
        with watched(server, folder / "strace") as calls:
            status, text = visitor.submit(fields, [(f"{canary['filename']}.pdf", data)])
            print(f"tip with a file of {len(data):,} bytes: {status}, code given: {bool(code_in(text))}")
            refused, _ = visitor.submit({**fields, "unit": ""}, [("a.pdf", data)])
            bad, _ = visitor.submit(fields, [("a.exe", data)])
            print(f"the same, refused for its unit: {refused}; for its file: {bad}")
        written = [line for line in calls() if any(word in line for word in canary.values())]
        to_files = [line for line in written if not re.search(r"\(\d+<(pipe|socket|TCP|UNIX)", line)]
        print(
            f"writes that hold a canary: {len(written)}; to a pipe or socket: {len(written) - len(to_files)}"
        )
        answers = every_kind_of_answer(visitor)
        print("answers with canaries of the visitor:", " ".join(map(str, sorted(set(answers)))))
    words = [*canary.values(), agent, referrer, address, code_in(text), code_in(text).replace("-", "")]
    traces = lying_about(folder, words, apart_from=folder / "strace")
    for line in to_files[:5]:
        print("written to a file:", line[:200])
    for path, word in traces[:10]:
        print("lies about:", path.relative_to(folder), word[:12])
    print(f"canaries in files of the machine's folder: {len(traces)}")
    return code_in(text) != "" and (refused, bad) == (422, 422) and not to_files and not traces


@contextmanager
def watched(server: "subprocess.Popen[bytes]", out: Path):  # type: ignore[no-untyped-def]
    """Every write of the server's workers, as strace prints it, once the block has ended."""
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    pids = [word for pid in workers for word in ("-p", pid)]
    calls = "trace=write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,vmsplice,splice"
    command = ["strace", "-f", "-y", "-s", "100000", "-e", calls, "-o", str(out), *pids]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603
    time.sleep(2)
    try:
        yield lambda: out.read_text(errors="replace").splitlines()
    finally:
        time.sleep(1)
        tracer.terminate()
        tracer.wait()


def every_kind_of_answer(visitor: Stranger) -> list[int]:
    """Ask each address of the tip-off in every wrong way."""
    paths = ("", "submit", "remedies", "receipt", "receipt/save", "verify", "status", "status/say", "nothing")
    statuses = []
    for path in paths:
        where = f"/tip-off/{path}"
        statuses.append(visitor.ask("GET", where)[0])
        statuses.append(visitor.ask("PUT", where)[0])
        statuses.append(visitor.post(where, {"code": "x", "text": "x", "step": "story"})[0])
        statuses.append(visitor.post(where, {"story": "x" * 300_000})[0])
        junk = {"Content-Type": "multipart/form-data; boundary=x"}
        statuses.append(visitor.ask("POST", where, b"junk", **junk)[0])
        statuses.append(visitor.ask("POST", where, b"x", Origin="https://elsewhere.example")[0])
        for wrong in ({"X-Long": "x" * 70_000}, {"Content-Length": "-5"}):
            try:
                statuses.append(visitor.ask("GET", where, b"", **wrong)[0])
            except (http.client.HTTPException, OSError):
                statuses.append(0)
    return statuses


def lying_about(folder: Path, words: list[str], apart_from: Path) -> list[tuple[Path, str]]:
    """Which words lie about in which files below a folder: plain, UTF-16, hexadecimal or base64."""
    traces = []
    for path in folder.rglob("*"):
        if not path.is_file() or path == apart_from:
            continue
        content = path.read_bytes()
        for word in filter(None, words):
            plain = word.encode()
            shapes = [plain, word.encode("utf-16-le"), plain.hex().encode()]
            shapes += [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
            if any(shape in content for shape in shapes):
                traces.append((path, word))
    return traces


def limits(folder: Path) -> bool:
    """Send what is too long and watch the worker's memory."""
    with site(folder, PUZZLE_BITS="8") as (bind, node, server):
        [worker] = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[:1]
        visitor = Stranger(bind)
        visitor.submit(FORM, [("a.pdf", b"%PDF-1.4\n" + b"x" * 1_000_000)])
        before = peak(worker)
        page = visitor.last_page()
        page["proof"] = solved(page["challenge"])
        big = [(f"{number}.pdf", b"%PDF-1.4\n" + b"x" * 9_400_000) for number in range(3)]
        with_length, text = visitor.send(page, big)
        body, kind = form(page, *big)
        without = chunked(bind, kind, body)
        print(f"{len(body):,} bytes: with a length {with_length}, in chunks {without}")
        print(f"what was typed came back: {FORM['story'] in text}")
        print(f"memory of the worker: {before} MiB before, {peak(worker)} MiB at most since")
        torn = 0
        for part in (5, 50, 95):
            for _ in range(33):
                torn += tear(bind, kind, body, part)
        time.sleep(1)
        open_files = [
            str(file.readlink()) for file in Path(f"/proc/{worker}/fd").iterdir() if file.is_symlink()
        ]
        left = [file for file in open_files if "deleted" in file]
        files = [path for path in (folder / "temporary").rglob("*") if path.is_file()]
        tips = rows(node, "tip")
        print(f"{torn} uploads torn: tips {tips}, temporary files {len(files)}, open {len(left)}")
        ok = visitor.submit()[0] == 200
    return with_length == without == 413 and FORM["story"] in text and tips == 1 and not files and ok


def chunked(bind: str, kind: str, body: bytes) -> int:
    host, _, port = bind.partition(":")
    line = http.client.HTTPConnection(host, int(port), timeout=120)
    pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))
    line.request("POST", "/tip-off/submit", pieces, {"Content-Type": kind}, encode_chunked=True)
    status = line.getresponse().status
    line.close()
    return status


def tear(bind: str, kind: str, body: bytes, part: int) -> int:
    """Begin an upload and go away after so many per cent."""
    host, _, port = bind.partition(":")
    line = http.client.HTTPConnection(host, int(port), timeout=120)
    line.putrequest("POST", "/tip-off/submit")
    line.putheader("Content-Type", kind)
    line.putheader("Content-Length", str(len(body)))
    line.endheaders()
    with suppress(OSError):
        line.send(body[: len(body) * part // 100])
    line.close()
    return 1


def rush(folder: Path) -> bool:
    """Junk from many addresses, and honest visitors meanwhile."""
    with site(folder) as (bind, node, _):
        seconds: list[float] = []
        ended = threading.Event()

        # Pages with the right sums, old enough to be a person's, as an attacker would keep ready.
        pages = [Stranger(bind).last_page() for _ in range(READY)]
        time.sleep(8)
        began = time.monotonic()

        def junk(number: int) -> int:
            time.sleep(max(0.0, began + number * 60 / JUNK - time.monotonic()))
            page = pages[number % READY]
            filled = {**page, "answer": summed(page), "proof": "1"}
            try:
                return Stranger(bind, f"127.0.1.{1 + number % FROM}").send(filled)[0]
            except OSError:
                return 0

        def honest() -> None:
            for _ in range(HONEST):
                started = time.monotonic()
                status, text = Stranger(bind, "127.0.9.9").submit()
                seconds.append(time.monotonic() - started if status == 200 and code_in(text) else 1e9)
                if ended.wait(1):
                    return

        person = threading.Thread(target=honest)
        person.start()
        with ThreadPoolExecutor(64) as crowd:
            statuses = list(crowd.map(junk, range(JUNK)))
        took = time.monotonic() - began
        ended.set()
        person.join()
        stored = rows(node, "tip")
        counts = {status: statuses.count(status) for status in sorted(set(statuses))}
    slow = statistics.quantiles(seconds, n=20)[-1]
    print(f"{JUNK} forms in {took:.0f} s from {FROM} addresses: answers {counts}")
    print(f"{len(seconds)} honest visitors: median {statistics.median(seconds):.2f} s, p95 {slow:.2f} s")
    print(f"tips stored: {stored}, of honest visitors {len(seconds)}")
    addresses = [f"127.0.1.{number}" for number in range(1, FROM + 1)]
    # The log of gunicorn goes to the terminal; whatever is kept lies below the folder.
    traces = lying_about(folder / "instance", addresses, apart_from=folder / "none")
    print(f"addresses found in the instance folder: {len(traces)}")
    return slow <= MAX_P95_SECONDS and stored <= len(seconds) + 10 and not traces


def rows(node: Node, table: str) -> int:
    with sqlite3.connect(node.instance / "tips.db") as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def peak(pid: str) -> int:
    """The most memory a process had, in MiB; counted anew from now on."""
    status = Path(f"/proc/{pid}/status").read_text()
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    match = re.search(r"VmHWM:\s+(\d+)", status)
    return int(match[1]) // 1024 if match else 0


if __name__ == "__main__":
    subjects = {"traces": traces, "limits": limits, "rush": rush}
    if len(sys.argv) != 2 or sys.argv[1] not in subjects:
        sys.exit(f"say one of: {', '.join(subjects)}")
    with tempfile.TemporaryDirectory() as place:
        sys.exit(0 if subjects[sys.argv[1]](Path(place)) else 1)

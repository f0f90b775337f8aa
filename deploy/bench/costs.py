"""What every public address costs at its worst: the processor's milliseconds, and megabytes.

Asks each address of the public site with real values for its parts, in a copy (fork) of a process that has
only opened the publication: once, again, a range, with another query, one that is not ASCII, to htmx, in
繁體, and its last page. Prints the addresses by their worst, and which one it was. Then six downloads of
whole files at once, and `/about/` meanwhile, against one worker as it is shipped: the worker's peak, the
page's p95 idle and meanwhile.

Usage: deploy/bench.sh costs [--institutions N] [--documents N] [--content FOLDER] [--instance FOLDER]
       [--top N] [--json FILE]

`--content` takes a folder that is there instead of making one. About ten minutes.
"""

import argparse
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from csv import writer
from datetime import date
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask
from grown import grown, shipped
from growth import publish
from servers import Node
from werkzeug.test import Client
from whitelist import COUNTIES, HEADER, institution

from openbureau.app import create_app
from openbureau.config import load
from openbureau.formats.feeds import MEDIA_TYPES
from openbureau.library.registers import RegisterEntry
from openbureau.publishing.publication import Publication

OLDER = date(2024, 6, 30)
"""The day of a second edition, so that there is something to compare."""

FORMS = ("csv", "xlsx", "json")
WHOLE = ("/whitelist/list.json", "/whitelist/list.csv", "/whitelist/list.xlsx", "/whitelist/datapackage.json")
AT_ONCE = 6
PAGE = "/about/"
ASKED = 400
"""How often the page is asked for to tell its p95 when nothing else is asked."""

PAUSE_SECONDS = 0.005
WORDS = ("培训", "中心", "qingyuan", "91441800MA")
"""What is looked for: what many hold, what is spelt, what looks like a number."""

FEEDS = ("all", "whitelist-changes")
LISTS = ("policies", "notices", "announcements", "consultations")


class Cost(NamedTuple):
    """One question and its cost: `ms` of the processor, `mb` by which the process grew at its largest."""

    asked: str
    status: int
    ms: float
    mb: float
    octets: int


def main() -> None:
    """Measure and print; see --help."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--institutions", type=int, default=20_000)
    parser.add_argument("--documents", type=int, default=5_000)
    parser.add_argument("--content", type=Path)
    parser.add_argument("--instance", type=Path, help="one in which that content is published")
    parser.add_argument("--url", default="", help="OPENBUREAU_URL of the site")
    parser.add_argument("--top", type=int, default=40)
    parser.add_argument("--json", type=Path, help="write all figures to this file, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        content = options.content or Path(folder, "content")
        if not options.content:
            documents = grown(content, max(1, round(options.documents / shipped())), options.institutions)
            write_older(content / "whitelist" / f"{OLDER}.csv", options.institutions)
            print(f"{documents} documents, {options.institutions} institutions")
        node = Node(content, options.instance or Path(folder, "instance"), URL=options.url)
        published = {}
        if not options.instance:
            node.run("setup")
            published = publish(node)
            print("  ".join(f"publish: {name} {value:.1f}" for name, value in published.items()), flush=True)
        os.environ.update({name: text for name, text in node.env.items() if name.startswith("OPENBUREAU_")})
        costs = measured(create_app(load(os.environ)))
        report(costs, options.top)
        at_once = downloads_at_once(node)
        print("  ".join(f"{name} {value:.1f}" for name, value in at_once.items()))
    if options.json:
        figures = {
            "publish": published,
            "addresses": {name: [cost._asdict() for cost in asked] for name, asked in costs.items()},
            "at once": at_once,
        }
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


def write_older(path: Path, institutions: int) -> None:
    """An older edition of the same institutions: a fifth had another place, a hundredth was not yet there."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = writer(file)
        table.writerow(HEADER)
        for number in range(institutions):
            row = [*institution(*COUNTIES[number % len(COUNTIES)], number)]
            if number % 5 == 0:
                row = [str(text).replace("示例路", "示例旧路") for text in row]
            if number % 100:
                table.writerow(row)


def measured(app: Flask) -> dict[str, list[Cost]]:
    """What each address costs, by its rule, in all the ways in which it is asked."""
    publication: Publication = app.extensions["openbureau"].shelf.current()
    costs: dict[str, list[Cost]] = {}
    with app.test_request_context():
        rules = [
            (rule.rule, app.url_for(rule.endpoint, **values))
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            for values in values_for(publication, rule.endpoint, rule.arguments)
        ]
    extra = [
        *((f"404 {path}", path) for path in ("/没有这样的一个页面", "/policies/没有的文件/", "/nothing/")),
        *(
            (f"/whitelist/list.{form}?{urlencode(query)}", f"/whitelist/list.{form}?{urlencode(query)}")
            for form in FORMS
            for query in ({"county": COUNTIES[0][1]}, {"q": WORDS[0]}, {"listed": ""}, {"sort": "name"})
        ),
        *((f"/search?q={word}", f"/search?q={quote(word)}") for word in (*WORDS, "退费 合同", "鑫龘麤")),
        *((f"/whitelist/?q={word}", f"/whitelist/?q={quote(word)}") for word in (*WORDS, "鑫龘麤")),
    ]
    for name, address in rules:
        note(costs, name, in_a_copy(app, questions(address, publication)))
    for name, address in extra:
        note(costs, name, in_a_copy(app, [("first", address, {}), ("again", address, {})]))
    return costs


def note(costs: dict[str, list[Cost]], name: str, asked: Sequence[Cost]) -> None:
    """Add what an address costs, and say it at once: all of them take long."""
    costs.setdefault(name, []).extend(asked)
    worst = max(asked, key=lambda cost: cost.ms)
    largest = max(cost.mb for cost in asked)
    print(f"{worst.ms:9.1f} ms {largest:7.1f} MB  {name}  ({worst.asked}, {worst.status})", file=sys.stderr)


def values_for(publication: Publication, endpoint: str, arguments: set[str]) -> list[dict[str, Any]]:
    """Real values for the parts of a public address, the dearest that there are."""
    catalogue = publication.catalogue
    room, _, name = endpoint.partition(".")
    editions = [issue.slug for issue in catalogue.issues()]
    pair = {"older": editions[0], "newer": editions[-1]}
    entries = [
        record for record in catalogue.page("registers", {}).records if isinstance(record, RegisterEntry)
    ]
    owner, _, entry = entries[0].slug.partition("--")

    def first(kind: str) -> str:
        return catalogue.page(kind, {}, per_page=1).records[0].slug

    match endpoint, sorted(arguments):
        case _, []:
            return [{}]
        case "feeds.show", _:
            return [{"name": name, "form": form} for name in FEEDS for form in MEDIA_TYPES]
        case "feeds.choose", _:
            return [{"name": name} for name in FEEDS]
        case "feeds.archive", _:
            return [{"name": name, "number": 1, "form": "atom"} for name in FEEDS]
        case "attachments.show", _:
            records = [record for record in catalogue.latest(LISTS, 10_000) if record.attachments][:1]
            return [
                {"kind": record.kind, "slug": record.slug, "name": record.attachments[0]["name"]}
                for record in records
            ]
        case "search_engines.sitemap_part", _:
            return [{"number": 1}]
        case "static", _:
            return [{"filename": "images/mark.svg"}]
        case "registers.entry", _:
            return [{"register": owner, "name": entry}]
        case "api.one_entry", _:
            return [{"name": owner, "entry": entry}]
        case "whitelist.changes" | "api.changes", _:
            return [pair]
        case "whitelist_data.changes_file", _:
            return [{**pair, "form": form} for form in FORMS]
        case "whitelist_data.list_file", _:
            return [{"form": form} for form in FORMS]
        case "whitelist_data.rows_file", _:
            return [{"slug": editions[-1], "form": form} for form in FORMS]
        case _, ["name"]:
            return [{"name": record.slug} for record in catalogue.page("register", {}).records]
        case "whitelist.edition" | "whitelist_data.workbook" | "api.one_edition", _:
            return [{"slug": editions[-1]}]
        case "api.institution" | "calendars.permit", _:
            return [{"slug": first("whitelist")}]
        case "calendars.consultation" | "opinions.new", _:
            return [{"slug": first("consultations")}]
        case "api.one_policy" | "api.one_consultation" | "api.one_notice" | "api.one_announcement", _:
            kinds = {"policy": "policies", "consultation": "consultations", "notice": "notices"}
            return [{"slug": first(kinds.get(name.removeprefix("one_"), "announcements"))}]
        case _, ["slug"]:
            return [{"slug": first(room)}]
    sys.exit(f"give the new address {endpoint} a value in deploy/bench/costs.py")


def questions(address: str, publication: Publication) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """The ways of asking for an address: what it is called, the address, the headers."""
    path, _, query = address.partition("?")
    more = f"{address}{'&' if query else '?'}"
    last = -(-max(publication.catalogue.count("whitelist"), 1) // 20)
    yield "first", address, {}
    yield "again", address, {}
    yield "range", address, {"Range": "bytes=0-0"}
    yield "other query", f"{more}x=1", {}
    yield "no ASCII", f"{more}{urlencode({'q': '培训机构'})}", {}
    yield "htmx", f"{more}q=a", {"HX-Request": "true"}
    yield "繁體", f"/hant{address}", {}
    yield "last page", f"{more}page={last if 'whitelist' in path or 'institutions' in path else 60}", {}


def in_a_copy(app: Flask, asked: Iterable[tuple[str, str, Mapping[str, str]]]) -> list[Cost]:
    """What these questions cost a copy of this process, each kind from the same beginning."""
    read, write = os.pipe()
    if child := os.fork():
        os.close(write)
        with os.fdopen(read) as answers:
            costs = [Cost(*values) for values in json.load(answers)]
        os.waitpid(child, 0)
        return costs
    costs = [ask(Client(app), *question) for question in asked]
    with os.fdopen(write, "w") as answers:
        json.dump(costs, answers)
    os._exit(0)


def ask(client: Client, asked: str, address: str, headers: Mapping[str, str]) -> Cost:
    """Ask once, and read all of the answer."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, began = memory("VmRSS"), time.process_time()
    octets, status = 0, 0
    with client.open(address, headers=headers) as answer:
        status = answer.status_code
        octets = sum(map(len, answer.response))
    spent = (time.process_time() - began) * 1000
    return Cost(f"{asked}: {address}", status, spent, memory("VmHWM") - before, octets)


def memory(line: str, process: int | str = "self") -> float:
    """Megabytes by a line of /proc/…/status: VmRSS, or VmHWM, its peak."""
    for text in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if text.startswith(f"{line}:"):
            return int(text.split()[1]) / 1024
    return 0.0


def report(costs: Mapping[str, Sequence[Cost]], top: int) -> None:
    """The addresses by what they cost at worst."""
    worst = {name: max(asked, key=lambda cost: cost.ms) for name, asked in costs.items()}
    largest = {name: max(cost.mb for cost in asked) for name, asked in costs.items()}
    print(f"{'ms':>9}{'MB':>8}{'again':>9}  address (how it was asked, status)")
    for name in sorted(worst, key=lambda name: -worst[name].ms)[:top]:
        again = next(cost.ms for cost in costs[name] if cost.asked.startswith("again"))
        cost = worst[name]
        print(f"{cost.ms:9.1f}{largest[name]:8.1f}{again:9.1f}  {name} ({cost.asked}, {cost.status})")
    print(f"{sum(cost.ms > 50 for cost in worst.values())} of {len(worst)} addresses over 50 ms", flush=True)


def downloads_at_once(node: Node) -> dict[str, float]:
    """The peak of a worker under six whole downloads, and milliseconds of a page idle and meanwhile."""
    port = free_port()
    with node.serve(f"127.0.0.1:{port}") as server:
        worker = children(server.pid)[0]
        for _ in range(20):
            fetched(port, PAGE)
        idle = p95([fetched(port, PAGE)[0] for _ in range(ASKED)])
        before = memory("VmRSS", worker)
        began = time.monotonic()
        # In processes of their own: threads would hold up the one that asks for the page.
        visitors = [
            get_context("fork").Process(target=download, args=[port, WHOLE[number % len(WHOLE)]])
            for number in range(AT_ONCE)
        ]
        for visitor in visitors:
            visitor.start()
        times: list[float] = []
        while any(visitor.is_alive() for visitor in visitors) or len(times) < 20:
            times.append(fetched(port, PAGE)[0])
            time.sleep(PAUSE_SECONDS)
        return {
            "idle RSS MB": before,
            "peak RSS MB": memory("VmHWM", worker),
            "downloads s": time.monotonic() - began,
            "refused": sum(bool(visitor.exitcode) for visitor in visitors),
            f"{PAGE} idle p95 ms": idle,
            f"{PAGE} meanwhile p95 ms": p95(times),
            f"{PAGE} meanwhile": len(times),
        }


def download(port: int, path: str) -> None:
    """Fetch a file and leave this process, with 1 if it was refused."""
    sys.exit(fetched(port, path)[1] != 200)


def fetched(port: int, path: str) -> tuple[float, int]:
    """Milliseconds until the whole answer is there, and its status."""
    began = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        while answer.read(1 << 20):
            pass
        return (time.perf_counter() - began) * 1000, answer.status
    finally:
        connection.close()


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(times, n=20)[-1]


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            if f"\nPPid:\t{process}\n" in status.read_text(encoding="utf-8"):
                found.append(int(status.parent.name))
    return sorted(found)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


if __name__ == "__main__":
    main()

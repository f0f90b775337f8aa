"""The rules of the house: each test says in its message how to keep the rule."""

import ast
import base64
import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import StrictUndefined, UndefinedError
from werkzeug.test import TestResponse
from werkzeug.urls import iri_to_uri

from openbureau.app import MAX_FORM_BYTES, create_app, create_desk
from openbureau.config import PREFIX, ROOT, SETTINGS, Settings
from openbureau.formats.feeds import MEDIA_TYPES
from openbureau.library import kinds
from openbureau.library.whitelist.editions import Institution
from openbureau.public.feeds.catalogue import offers
from openbureau.public.whitelist.downloads import FORMS
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import PENALTIES, PENALTY, write_register
from support.site import CONTENT, Keys
from support.tip_client import last_page, ready, send

PACKAGE = ROOT / "site" / "openbureau"
STATIC = PACKAGE / "static"
TEMPLATES = ROOT / "templates"

# Who may import whom

GROUND = {"chinese", "clock", "config", "database", "enums", "formats", "law", "renditions", "spreadsheets"}
SUBJECTS = {"library", "tips", "staff"}
BELOW_THE_DOORS = {*GROUND, *SUBJECTS, "inspection", "middleware", "publishing", "search", "web"}

MAY_IMPORT: Mapping[str, set[str]] = {
    # doors
    "app": {"clock", "config", "database", "desk", "middleware", "public", "publishing", "web"},
    "bake": {"middleware"},
    "cli": {"app", "bake", "public", "recipients", *BELOW_THE_DOORS},
    "desk": BELOW_THE_DOORS,
    "public": BELOW_THE_DOORS,
    # what all doors need
    "inspection": {"clock", "enums", "law", "library", "publishing"},
    "middleware": {"config", "database", "publishing", "recipients", "tips"},
    "publishing": {"formats", "library", "search"},
    "recipients": {"config", "library", "tips"},
    "web": {"clock", "config", "law", "library", "publishing", "recipients", "tips"},
    # subjects
    "library": {"chinese", "clock", "enums", "formats", "law", "spreadsheets"},
    "migrations": {"database", "staff", "tips"},
    "staff": {"database", "enums"},
    "tips": {"chinese", "database", "enums", "law"},
    # ground floor
    "__init__": set(),
    "chinese": set(),
    "clock": set(),
    "config": set(),
    "database": set(),
    "enums": set(),
    "formats": set(),
    "law": {"enums"},
    "logs": set(),
    "renditions": set(),
    "search": {"chinese"},
    "spreadsheets": {"chinese", "formats"},
}
"""Each room and the rooms it may import: only rooms below it, and never a subject another subject."""

READS_ALL = {"catalogue", "content", "facets", "kinds"}
MAY_NOT_IMPORT_INSIDE: Mapping[str, Mapping[str, set[str]]] = {
    "library": {
        "documents": {"lookup", "whitelist", *READS_ALL},
        "lookup": {"documents", "registers", "whitelist", *READS_ALL},
        "registers": {"documents", "lookup", "whitelist", *READS_ALL},
        "whitelist": {"documents", "registers", *READS_ALL},
    },
    "tips": {
        "sealing": {"casework", "form", "intake", "model"},
        "model": {"casework", "form", "intake", "sealing"},
        "form": {"casework", "intake"},
        "intake": {"casework"},
    },
}
"""Inside a package: subjects do not know what reads all of them, nor what stands above them."""

KNOW_THE_WEB = {
    "app": {""},
    "cli": {"bake"},
    "database": {""},
    "desk": {""},
    "middleware": {"cached_response", "content_coding", "url_prefix"},
    "migrations": {""},
    "public": {""},
    "web": {""},
}
"""Rooms that may import Flask and what it stands on, "" for the whole of them; those of the database only for
the extensions that open and migrate it."""

ON_DEMAND = {"app.py", "cli/publish.py", "cli/whitelist.py"}
"""Modules that import a room when it is asked for, with the reason beside it."""

WEB = {"flask", "flask_sqlalchemy", "htmx_flask", "jinja2", "werkzeug"}


@dataclass(frozen=True)
class Import:
    """One imported module: where, by which room, its full name."""

    place: str
    room: str
    module: str


def source_files() -> list[Path]:
    return [*sorted(PACKAGE.rglob("*.py")), ROOT / "wsgi.py"]


def room_of(path: Path) -> str:
    """The room a source file belongs to: the first name below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py") if path.is_relative_to(PACKAGE) else "wsgi"


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_of(path: Path) -> Iterator[Import]:
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                package = ("openbureau", *path.relative_to(PACKAGE).parts[:-1]) if level else ()
                start = [*package[: len(package) - level + 1], *([module] if module else [])]
                modules = [".".join([*start, alias.name]) for alias in names]
            case _:
                continue
        for name in modules:
            yield Import(f"{name_of(path)}:{node.lineno}", room_of(path), name)


def all_imports() -> list[Import]:
    return [each for path in source_files() for each in imports_of(path)]


def test_every_room_has_its_place_in_the_table() -> None:
    rooms = {room_of(path) for path in source_files()} - {"wsgi"}
    assert rooms == set(MAY_IMPORT), (
        "a room was added or removed: say in MAY_IMPORT whom it may use; as few as it needs"
    )


def test_a_room_imports_only_rooms_below_it() -> None:
    wrong = []
    for each in all_imports():
        ours, _, rest = each.module.partition(".")
        target = rest.partition(".")[0]
        allowed = MAY_IMPORT.get(each.room, {"app", "config", "logs"})
        if ours == "openbureau" and target != each.room and target not in allowed:
            wrong.append(f"{each.place}: {each.room} imports {each.module}")
    assert not wrong, (
        "\n".join(wrong)
        + "\nmove what both need into a room below them, or hand it over as an argument (MAY_IMPORT)"
    )


def test_inside_a_room_a_part_imports_no_part_above_it() -> None:
    wrong = []
    for each in all_imports():
        room, part, *_ = [*each.place.partition(".py:")[0].split("/"), ""]
        forbidden = MAY_NOT_IMPORT_INSIDE.get(room, {}).get(part, set())
        target = each.module.removeprefix(f"openbureau.{room}.").split(".")[0]
        if each.module.startswith(f"openbureau.{room}.") and target in forbidden:
            wrong.append(f"{each.place}: {room}/{part} imports {each.module}")
    assert not wrong, "\n".join(wrong) + "\nmove what both need below them (MAY_NOT_IMPORT_INSIDE)"


def name_of_module(path: Path) -> str:
    folder, base = (PACKAGE, "openbureau.") if path.is_relative_to(PACKAGE) else (ROOT, "")
    dotted = ".".join(path.relative_to(folder).with_suffix("").parts)
    return (base + dotted).removesuffix(".__init__")


@pytest.mark.parametrize("depth", [2, 3, 4], ids=["rooms", "parts", "modules"])
def test_nothing_imports_itself_by_a_detour(depth: int) -> None:
    modules = {name_of_module(path): path for path in source_files()}
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        for imported in imports_of(path):
            # What stands behind `import` may be a module, or a name in the module before it.
            target = imported.module if imported.module in modules else imported.module.rpartition(".")[0]
            start, end = (".".join(dotted.split(".")[:depth]) for dotted in (name, target))
            if target in modules and start != end:
                graph.setdefault(start, set()).add(end)
    assert len(graph) > 10
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " is imported by ".join(error.args[1])
        pytest.fail(f"{circle}: move what two of them share below both")


def test_the_doors_do_not_know_each_other() -> None:
    wrong = [
        each.place
        for each in all_imports()
        for door, others in (("public", {"desk", "cli"}), ("desk", {"public", "cli"}), ("cli", {"desk"}))
        for other in others
        if each.room == door and f"{each.module}.".startswith(f"openbureau.{other}.")
    ]
    assert not wrong, f"{wrong}: what two doors share belongs in web/ or in an inner room"


def test_inner_rooms_know_nothing_of_the_web() -> None:
    wrong = []
    for each in all_imports():
        room, part, *_ = [*each.place.partition(".py:")[0].split("/"), ""]
        if each.module.partition(".")[0] in WEB and not {"", part} & KNOW_THE_WEB.get(room, set()):
            wrong.append(f"{each.place}: {each.module}")
    assert not wrong, f"{wrong}: an inner room answers plain values; let the door ask it and render"


def test_only_web_knows_htmx() -> None:
    knowing = {each.place.partition(":")[0] for each in all_imports() if each.module.startswith("htmx_flask")}
    assert knowing == {"web/__init__.py"}, "ask web.wants_fragment() or give web.page() a fragment instead"


def test_no_user_text_can_reach_a_query_parser() -> None:
    wrong = [each.place for each in all_imports() if each.module.startswith("whoosh.qparser")]
    assert not wrong, (
        f"{wrong}: build the query from tokens (search/index.py): parsers give operators to strangers"
    )


NUMBERS = {
    "[3-9]": "chinese/personal_data.py",
    "[\\dXx]": "chinese/personal_data.py",
    "stdnum": "chinese/credit_codes.py",
}
"""What gives away that a module knows mobile, identity or credit-code numbers, and the one that does."""


def test_a_kind_of_number_is_recognised_in_one_module_only() -> None:
    sources = {name_of(path): path.read_text(encoding="utf-8") for path in source_files()}
    for sign, module in NUMBERS.items():
        others = {name for name, source in sources.items() if sign in source} - {module}
        assert sign in sources[module], "the sign is another now: say which in NUMBERS"
        assert not others, f"{others}: {module} knows such numbers; import it"


def test_text_is_folded_in_one_room() -> None:
    # Passwords are normalised as RFC 8265 says, not folded; traditional is made of simplified for a variant.
    folding = [
        f"{name_of(path)}:{node.lineno}"
        for path in source_files()
        if room_of(path) != "chinese" and name_of(path) != "staff/passwords.py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and node.value in ("NFKC", "NFKD", "t2s", "长期")
    ]
    assert not folding, (
        f"{folding}: chinese/folding.py has half_width, simplified, fold; chinese/dates.py FOREVER"
    )


def test_only_the_entry_points_read_the_environment() -> None:
    reading = set()
    for path in source_files():
        for node in ast.walk(parsed(path)):
            match node:
                case ast.Attribute(
                    value=ast.Name(id="os"), attr="environ" | "environb" | "getenv" | "putenv"
                ):
                    reading.add(name_of(path))
        for each in imports_of(path):
            if each.module in ("os.environ", "os.environb", "os.getenv"):
                reading.add(name_of(path))
    assert reading <= {"config.py", "cli/__init__.py", "wsgi.py"}, (
        "make it a Setting in config.py and hand its value over as an argument"
    )


def test_only_the_keepers_of_a_store_commit_to_it() -> None:
    committing = {
        name_of(path)
        for path in source_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "begin")
    }
    assert committing == {
        "database/audit_log.py",
        "staff/login.py",
        "library/catalogue.py",
        "search/index.py",
    }, "a tip changes only in audit_log.change(), which commits it with its entry; sessions in staff/login.py"


def test_nothing_is_imported_inside_a_function_but_on_demand() -> None:
    wrong = [
        f"{name_of(path)}:{inner.lineno}"
        for path in source_files()
        if name_of(path) not in ON_DEMAND
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not wrong, f"{wrong}: import at the top; if that makes a circle, a room is in the wrong place"


# The tree


def test_the_source_root_is_no_package() -> None:
    assert not (ROOT / "site" / "__init__.py").exists(), (
        "delete site/__init__.py: it would hide the standard library's module `site`"
    )


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in source_files()}
    long = {name: length for name, length in lengths.items() if length > 400}
    assert not long, f"{long}: find the second subject in it and give that a module of its own"


def test_no_room_is_named_for_nothing_in_particular() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "service", "services", "base", "misc"}
    wrong = [name_of(path) for path in source_files() if {path.stem, *path.relative_to(ROOT).parts} & empty]
    assert not wrong, f"{wrong}: name it for the thing it knows"


def test_every_setting_stands_in_the_manual_with_default_and_meaning() -> None:
    manual = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8").replace("`", "")
    for setting in SETTINGS:
        row = f"| {PREFIX}{setting.name} | {setting.default or '(empty)'} | {setting.meaning} |"
        assert row in manual, f"write this row into the table of settings in docs/operators.md: {row}"
    known = {PREFIX + setting.name for setting in SETTINGS}
    unknown = set(re.findall(rf"{PREFIX}[A-Z_]+", manual)) - known
    assert not unknown, f"docs/operators.md speaks of {unknown}, which config.SETTINGS does not have"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_is_exact_and_hashed_and_no_host_is_named(name: str) -> None:
    pins = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    assert pins
    for pin in pins:
        assert re.fullmatch(
            r"[a-z0-9.-]+==[^\s;]+(\s*;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+", pin.strip()
        ), f"{name}: {pin[:60]}…: run `make lock`; it pins with hashes and keeps hosts and options out"


def test_htmx_is_the_published_file_and_its_licence_lies_beside_it() -> None:
    (htmx,) = (STATIC / "vendor").glob("htmx-*.min.js")
    digest = base64.b64encode(hashlib.sha384(htmx.read_bytes()).digest()).decode()
    assert htmx.name == "htmx-2.0.11.min.js"
    assert digest == "2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg", (
        "the vendored htmx was changed: put the released file back; a newer one has another name and digest"
    )
    assert "Zero-Clause BSD" in (STATIC / "vendor" / "htmx-LICENSE").read_text(encoding="utf-8")


# What the doors answer


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication of `tests/content` in which one notice is withdrawn."""
    folder = tmp_path_factory.mktemp("house")
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    notice = content / "notices" / "summer.md"
    taken_back = "updated_at: 2026-05-01 09:00\nwithdrawn_reason: 内容有误\nseverity:"
    notice.write_text(notice.read_text(encoding="utf-8").replace("severity:", taken_back), encoding="utf-8")
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY]})
    publish(content, Shelf(folder / "publications"))
    return folder / "publications"


LISTS = (
    "/policies/",
    "/notices/",
    "/announcements/",
    "/consultations/",
    "/whitelist/",
    "/whitelist/?q=清新",
    "/registers/penalties/",
    "/search?q=预收费",
)
ERRORS = (
    "/nothing-here",
    "/policies/nothing-here/",
    "/notices/summer/",
    "/whitelist/editions/nothing-here/file",
    "/feeds/all.pdf",
    "/api/v1/nothing-here",
    "/api/v1/institutions?page=0",
    "/feeds/all.atom?topic=无",
    "/policies/?page=99",
    "/search?q=退费&kind=tips",
    "/tip-off/receipt",
    "/static/nothing.css",
    "/policies",
)


PAIR = {"older": "2024-06-30", "newer": "2024-09-30-441803"}
"""Two editions that have something to compare."""


def examples(app: Flask, endpoint: str, arguments: set[str]) -> list[dict[str, Any]]:
    """Real values for the arguments of a public address."""
    catalogue = app.extensions["openbureau"].shelf.current().catalogue
    match endpoint, sorted(arguments):
        case _, []:
            return [{}]
        case "static", _:
            return [{"filename": path.relative_to(STATIC).as_posix()} for path in STATIC.rglob("*.*")]
        case "feeds.show", _:
            return [{"name": name, "form": form} for name in offers() for form in MEDIA_TYPES]
        case "feeds.choose", _:
            return [{"name": name} for name in offers()]
        case "feeds.archive", _:
            return [{"name": "all", "number": 1, "form": form} for form in MEDIA_TYPES]
        case "attachments.show", _:
            return [{"kind": "policies", "slug": "prepayment", "name": "退费申请表.docx"}]
        case "search_engines.sitemap_part", _:
            return [{"number": 1}]
        case "registers.entry", _:
            return [{"register": "penalties", "name": "2025-1"}]
        case _, ["name"]:
            return [{"name": record.slug} for record in catalogue.page("register", {}).records]
        case "api.one_entry", _:
            return [{"name": "penalties", "entry": "2025-1"}]
        case "whitelist.changes" | "api.changes", _:
            return [PAIR]
        case "whitelist_data.changes_file", _:
            return [{**PAIR, "form": form} for form in FORMS]
        case "whitelist_data.list_file", _:
            return [{"form": form} for form in FORMS]
        case "whitelist_data.rows_file", _:
            return [{"slug": "2024-06-30", "form": form} for form in FORMS]
        case "whitelist.edition" | "whitelist_data.workbook" | "api.one_edition", ["slug"]:
            kind = "editions"
        case "api.institution", ["slug"]:
            kind = "whitelist"
        case "api.one_policy", ["slug"]:
            kind = "policies"
        case "api.one_consultation", ["slug"]:
            kind = "consultations"
        case "calendars.consultation" | "opinions.new", _:
            return [{"slug": "after-school-care"}]
        case "calendars.permit", _:
            listed = catalogue.page("whitelist", {"status": "正常"}).records
            return [
                {"slug": record.slug}
                for record in listed
                if isinstance(record, Institution) and record.valid_to
            ]
        case _, ["slug"]:
            kind = endpoint.partition(".")[0]
        case _:
            raise AssertionError(f"give the new address {endpoint} an example here, so that the rules see it")
    found = [{"slug": record.slug} for record in catalogue.page(kind, {}).records]
    assert found, f"no record of kind {kind} in tests/content: {endpoint} would go unseen"
    return found


def addresses(app: Flask) -> list[str]:
    """Every address of the public site that can be read, and some that cannot."""
    with app.test_request_context():
        known = [
            app.url_for(rule.endpoint, **values)
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            for values in examples(app, rule.endpoint, rule.arguments)
        ]
    return [*known, *LISTS, "/whitelist/?county=清新区&page=2", "/search?q=<script>", *ERRORS]


def ask(client: FlaskClient, address: str, **options: Any) -> TestResponse:
    """The whole answer: a file that is sent is read to its end and closed."""
    return client.open(address, buffered=True, **options)


def tip_answers(client: FlaskClient) -> dict[str, TestResponse]:
    """All that one can send to the tip-off room, refused and taken."""
    tip = ready(client)
    receipt = send(client, tip)
    code = re.search(r"(?:[0-9A-Z]{5}-){4}[0-9A-Z]{5}", receipt.text)
    assert code
    return {
        "tip refused": client.post("/tip-off/", data={"step": "story", "story": "短"}),
        "last page": last_page(client),
        "tip without proof": send(client, {**tip, "form": ready(client)["form"], "proof": ""}),
        "tip taken": receipt,
        "tip too long": client.post("/tip-off/", data={"story": "长" * MAX_FORM_BYTES}),
        "tip from elsewhere": client.post(
            "/tip-off/submit", data=tip, headers={"Sec-Fetch-Site": "cross-site"}
        ),
        "last days": client.post("/tip-off/remedies", data={"decided_on": "2026-05-20"}),
        "receipt saved": client.post("/tip-off/receipt/save", data={"form": tip["form"]}),
        "receipt not verified": client.post("/tip-off/verify", data={"text": "x"}),
        "code not kept": client.post("/tip-off/receipt", data={"form": tip["form"], "code": "x"}),
        "code kept": client.post("/tip-off/receipt", data={"form": tip["form"], "code": code[0]}),
        "code unknown": client.post("/tip-off/status", data={"code": "x"}),
        "code known": client.post("/tip-off/status", data={"code": code[0]}),
    }


@pytest.fixture
def answers(app: Flask, client: FlaskClient, keys: Keys) -> dict[str, TestResponse]:
    """What the public site answers to everything that can be asked, by what was asked."""
    got = {address: ask(client, address) for address in addresses(app)}
    return got | tip_answers(client)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_answers_a_browser_with_a_page_and_htmx_with_the_part_of_it(
    client: FlaskClient, address: str
) -> None:
    page = client.get(address)
    part = client.get(address, headers={"HX-Request": "true"})
    assert "<html" in page.text
    assert "<html" not in part.text
    assert part.text.strip()
    assert part.text.strip() in page.text, "the page must include the very template that htmx gets"
    assert page.headers["ETag"] != part.headers["ETag"], "a cache could take one for the other"
    for answer in (page, part, client.get(address, headers={"If-None-Match": page.headers["ETag"]})):
        assert "HX-Request" in answer.vary, "render with web.page(): it lets caches keep the two apart"


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
@pytest.mark.parametrize("address", LISTS)
def test_a_boosted_link_and_a_restored_page_get_the_whole_page(
    client: FlaskClient, address: str, header: str
) -> None:
    answer = client.get(address, headers={"HX-Request": "true", header: "true"})
    assert answer.data == client.get(address).data, (
        "decide with web.wants_fragment(), not with request.htmx alone"
    )


def test_every_part_that_htmx_may_ask_for_is_among_the_lists_tested() -> None:
    rooms = {path.parent.name for path in (TEMPLATES / "public").rglob("_results.html")} - {"documents"}
    rooms |= {*kinds.names()}
    assert rooms == {re.split("[/?]", address)[1] for address in LISTS}, "add the new list's address to LISTS"


def test_a_page_that_is_no_list_is_answered_whole_to_htmx_too(
    answers: Mapping[str, TestResponse], app: Flask
) -> None:
    lists = {address.partition("?")[0] for address in LISTS}
    htmx = app.test_client()
    for address, answer in answers.items():
        is_page = address.startswith("/") and answer.mimetype == "text/html"
        if is_page and address.partition("?")[0] not in lists:
            assert "<html" in htmx.get(address, headers={"HX-Request": "true"}).text, address


def test_in_a_variant_a_page_answers_as_a_page_and_data_at_its_own_address(
    answers: Mapping[str, TestResponse], client: FlaskClient
) -> None:
    for address, plain in answers.items():
        if not address.startswith("/") or plain.status_code != 200:
            continue
        answer = ask(client, f"/senior/hant{address}")
        if plain.mimetype == "text/html":
            assert (answer.status_code, answer.mimetype) == (200, "text/html"), address
        else:
            told = f"{address}: name it in public.DATA; only pages have variants"
            assert (answer.status_code, answer.headers.get("Location")) == (308, iri_to_uri(address)), told


def test_no_public_answer_sets_a_cookie(answers: Mapping[str, TestResponse]) -> None:
    assert {200, 308, 403, 404, 405, 410, 413, 422} <= {answer.status_code for answer in answers.values()}
    setting = [name for name, answer in answers.items() if "Set-Cookie" in answer.headers]
    assert not setting, f"{setting}: the public door keeps nothing about a visitor: no session, no flash()"


def test_reading_changes_nothing(app: Flask, client: FlaskClient, settings: Settings, keys: Keys) -> None:
    def kept() -> dict[str, bytes]:
        files = [*settings.instance.rglob("*"), *settings.publications.rglob("*")]
        # That something was searched for is counted, as a visit would be; nobody can see or undo it.
        # The file in which writers of SQLite take their turn is always empty.
        turn = settings.instance / "tips.db-turn"
        files = [path for path in files if path not in (settings.searches_file, settings.visits_file, turn)]
        return {str(path): path.read_bytes() for path in files if path.is_file()}

    before = kept()
    for address in addresses(app):
        ask(client, address)
        ask(client, address, method="HEAD")
    assert kept() == before, "GET changes nothing: make it a POST that answers 303"


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
}


OPEN_DATA = re.compile(
    r"/api/|/whitelist/(list|schema|datapackage|editions/.*(rows|schema|file)|changes/.*\.)|/registers/.*/list\."
)
"""The addresses whose answers scripts of any site may read; nothing else is shared."""


def assert_headers(name: str, answer: TestResponse) -> None:
    is_shared = bool(OPEN_DATA.match(name))
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"] * is_shared, (
        f"{name}: public.OPEN names what is open data; a page, a form or the desk never is"
    )
    shared = {"Cross-Origin-Resource-Policy": "cross-origin"} if is_shared else {}
    # Who is told 304 has them with the answer that is not sent again.
    for header, value in (HEADERS | shared).items() if answer.status_code != 304 else ():
        assert answer.headers.getlist(header) == [value], (
            f"{name} ({answer.status_code}): {header}: web._finish sets it on every answer, nothing else does"
        )
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers, "promised only over TLS"


def broken() -> str:
    raise ZeroDivisionError


def test_every_public_answer_carries_the_headers_of_the_house(
    app: Flask, client: FlaskClient, keys: Keys, settings: Settings
) -> None:
    app.add_url_rule("/broken", "broken", broken)
    got = {address: ask(client, address) for address in addresses(app)} | tip_answers(client)
    etags = {address: answer.headers["ETag"] for address, answer in got.items() if "ETag" in answer.headers}
    got |= {
        f"{each} again": ask(client, each, headers={"If-None-Match": etag}) for each, etag in etags.items()
    }
    assert {got[f"{each} again"].status_code for each in etags} == {304}
    got |= {
        "wrong method": client.post("/policies/"),
        "head": client.head("/"),
        "options": client.options("/tip-off/"),
        "fault": client.get("/broken"),
    }
    settings.recipients_file.unlink()
    got["tips closed"] = client.get("/tip-off/")
    unpublished = create_app(Settings(CONTENT, settings.instance / "none", settings.database_url, url=""))
    got["nothing published"] = unpublished.test_client().get("/")
    for name, answer in got.items():
        assert_headers(name, answer)
    assert {200, 304, 308, 403, 404, 405, 410, 413, 422, 500, 503} <= {
        each.status_code for each in got.values()
    }


def test_every_answer_of_the_desk_carries_the_headers_of_the_house(desk: Flask) -> None:
    clerk = desk.test_client()
    got = {
        "login": clerk.get("/login"),
        "queue": clerk.get("/"),
        "unknown": clerk.get("/nothing-here"),
        "refused": clerk.post("/login", data={"name": "a", "password": "b"}),
        "from elsewhere": clerk.post("/login", headers={"Origin": "https://elsewhere.example"}),
        "too long": clerk.post("/login", data={"name": "长" * MAX_FORM_BYTES}),
        "file": ask(clerk, "/static/css/openbureau.css"),
        "no file": ask(clerk, "/static/nothing.css"),
    }
    for name, answer in got.items():
        assert_headers(name, answer)
    assert [answer.status_code for answer in got.values()] == [200, 303, 303, 422, 403, 413, 200, 404]


def test_over_tls_the_browser_is_told_to_stay_there(client: FlaskClient) -> None:
    for address in ("/", "/nothing-here", "/static/css/openbureau.css"):
        answer = ask(client, address, base_url="https://localhost")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_policy_for_scripts_and_styles_allows_nothing_unsafe(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    for word in ("unsafe", "*", "data:", "blob:", "http", "nonce-"):
        assert word not in policy, f"{word}: put the script or style into a file of its own under static/"
    assert policy.startswith("default-src 'none';")


class Faults(HTMLParser):
    """What a page must not have: code or style of its own, and parts that come from elsewhere."""

    LOADED = ("src", "srcset", "action", "formaction", "data", "poster", "background", "ping")
    HTMX = ("hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete")
    ELSEWHERE = re.compile(r"\s*([a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
    LINK = re.compile(r"\s*(?!https?:|mailto:|tel:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        # htmx takes its attributes with `data-` too, as HTML asks of attributes of one's own.
        named = {re.sub("^data-hx-", "hx-", name): value or "" for name, value in attrs}
        if tag == "style":
            self.found.append("<style>: put it into static/css/openbureau.css")
        # What is data is never run, and the policy for scripts says nothing of it (HTML, 4.12.1).
        if tag == "script" and "src" not in named and named.get("type") != "application/ld+json":
            self.found.append("<script> without src: put it into a file under static/js/")
        if tag == "base":
            self.found.append("<base>: write whole paths")
        for name, value in named.items():
            # Nobody asks for the canonical address or another language, and only whole ones say which host.
            is_told = named.get("rel") == "canonical" or "hreflang" in named
            is_link = (tag, name) == ("link", "href") and not is_told
            is_loaded = name in self.LOADED + self.HTMX or is_link
            if name == "style":
                self.found.append(f"<{tag} style>: give it a class")
            if name.startswith(("on", "hx-on")):
                self.found.append(f"<{tag} {name}>: let htmx attributes or a file under static/js/ do it")
            if "js:" in value and name.startswith("hx-"):
                self.found.append(f"<{tag} {name}={value!r}>: no code in attributes")
            if (is_loaded and self.ELSEWHERE.match(value)) or (name == "href" and self.LINK.match(value)):
                self.found.append(
                    f"<{tag} {name}={value!r}>: a visitor is told to nobody else; serve it from here"
                )


def test_no_page_has_code_or_style_of_its_own_or_asks_another_server(
    answers: Mapping[str, TestResponse],
) -> None:
    pages = {name: answer.text for name, answer in answers.items() if answer.mimetype == "text/html"}
    assert len(pages) > 40
    for name, page in pages.items():
        faults = Faults(page)
        assert faults.tags, name
        assert not faults.found, (name, faults.found)


def test_no_template_or_picture_has_code_or_style_of_its_own_or_asks_another_server() -> None:
    files = [*TEMPLATES.rglob("*.html"), *STATIC.rglob("*.svg")]
    assert len(files) > 20
    for path in files:
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert not Faults(text).found, (path.name, Faults(text).found)


def test_no_style_sheet_or_script_of_ours_asks_another_server() -> None:
    files = [
        path for path in STATIC.rglob("*") if path.suffix in (".css", ".js") and path.parent.name != "vendor"
    ]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        wrong = re.findall(r"https?://[^\s'\")]+|@import[^;]*|url\(\s*['\"]?(?:[a-z]+:|//)[^)]*", text)
        assert not wrong, f"{path.name}: {wrong}: keep a copy under static/ and name that"


# Public and desk


def rooms_behind(app: Flask) -> dict[str, str]:
    """The module of every view, by endpoint."""
    return {name: view.__module__ for name, view in app.view_functions.items() if name != "static"}


def test_neither_door_has_a_view_of_the_other(app: Flask, desk: Flask) -> None:
    public, closed = rooms_behind(app), rooms_behind(desk)
    remedy = "register a blueprint only in its own door's init_app"
    assert all(module.startswith("openbureau.public.") for module in public.values()), (public, remedy)
    assert all(module.startswith("openbureau.desk.") for module in closed.values()), (closed, remedy)
    assert not public.keys() & closed.keys(), remedy


def test_the_addresses_of_the_desk_lead_nowhere_on_the_public_site(app: Flask, desk: Flask) -> None:
    theirs = {rule.rule for rule in desk.url_map.iter_rules()} - {"/", "/static/<path:filename>"}
    assert "/login" in theirs
    for address in theirs:
        assert app.test_client().get(address).status_code == 404


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPEN = {("GET", "/login"), ("HEAD", "/login"), ("OPTIONS", "/login"), ("POST", "/login")}
"""All that a stranger may ask the desk for, besides style and pictures."""


def test_the_desk_sends_a_stranger_to_the_login_whatever_he_asks(desk: Flask) -> None:
    inside = "nobody thought of protecting this"
    desk.add_url_rule("/added", "added", lambda: inside, methods=[*METHODS])
    desk.add_url_rule("/added/<path:rest>", "deeper", lambda rest: inside, methods=[*METHODS])
    rules = [rule for rule in desk.url_map.iter_rules() if rule.endpoint != "static"]
    asked = {re.sub(r"<[^>]*>", "1", rule.rule) for rule in rules} | {"/nothing-here", "/login/", "/static"}
    assert {"/", "/logout", "/added", "/added/1"} <= asked
    for address in asked:
        for method in METHODS:
            if (method, address) in OPEN:
                continue
            answer = desk.test_client().open(address, method=method)
            told = f"{method} {address}: only what desk.OPEN names is open; everything else passes its guard"
            assert (answer.status_code, answer.headers.get("Location")) == (303, "/login"), told
            assert inside not in answer.text, told


def test_a_forged_or_empty_cookie_opens_nothing(desk: Flask) -> None:
    for token in ("", "x", "0" * 43, "../../secret.key"):
        clerk = desk.test_client()
        clerk.set_cookie("__Host-desk", token, secure=True)
        assert clerk.get("/", base_url="https://localhost").status_code == 303


# Templates


@pytest.mark.parametrize("make", [create_app, create_desk])
def test_a_name_that_a_template_does_not_know_is_a_fault_and_not_a_blank(
    make: Any, settings: Settings
) -> None:
    environment = make(settings).jinja_env
    assert environment.undefined is StrictUndefined, (
        "keep StrictUndefined (web.init_app): a typo must not vanish"
    )
    with pytest.raises(UndefinedError):
        environment.from_string("{{ nobody }}").render()

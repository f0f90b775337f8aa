"""Who may import whom: each test says in its message how to keep the rule."""

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from openbureau.config import ROOT
from support.source_tree import (
    PACKAGE,
    all_imports,
    imports_of,
    name_of,
    parsed,
    room_of,
    source_files,
)

GROUND = {
    "chinese",
    "clock",
    "config",
    "confinement",
    "database",
    "disclosure",
    "enums",
    "formats",
    "law",
    "pdf",
    "renditions",
    "spreadsheets",
    "turns",
    "wordprocessing",
}


SUBJECTS = {"library", "tips", "staff"}


BELOW_THE_DOORS = {*GROUND, *SUBJECTS, "inspection", "middleware", "publishing", "readiness", "search", "web"}


MAY_IMPORT: Mapping[str, set[str]] = {
    # doors
    "app": {"clock", "config", "database", "desk", "middleware", "public", "publishing", "web"},
    "bake": {"middleware"},
    "cli": {"app", "bake", "demonstration", "public", "recipients", *BELOW_THE_DOORS},
    "desk": BELOW_THE_DOORS,
    "public": BELOW_THE_DOORS,
    # what all doors need
    "demonstration": {"chinese", "formats", "library"},
    "inspection": {"clock", "enums", "law", "library", "publishing"},
    "middleware": {"config", "database", "publishing", "readiness", "tips"},
    "publishing": {"clock", "formats", "library", "search"},
    "readiness": {"config", "database", "library", "recipients", "tips"},
    "recipients": {"config", "library", "tips"},
    "web": {"clock", "config", "database", "law", "library", "publishing", "readiness", "recipients", "tips"},
    # subjects
    "library": {
        "chinese",
        "clock",
        "disclosure",
        "enums",
        "formats",
        "law",
        "pdf",
        "spreadsheets",
        "wordprocessing",
    },
    "migrations": {"database", "staff", "tips"},
    "staff": {"database", "enums", "turns"},
    "tips": {"chinese", "database", "enums", "formats", "law"},
    # ground floor
    "__init__": set(),
    "chinese": set(),
    "clock": set(),
    "config": set(),
    "confinement": set(),
    "database": set(),
    "disclosure": {"chinese", "spreadsheets"},
    "enums": set(),
    "formats": set(),
    "law": {"enums"},
    "logs": set(),
    "pdf": {"chinese", "confinement", "spreadsheets"},
    "renditions": {"confinement", "turns", "wordprocessing"},
    "search": {"chinese"},
    "spreadsheets": {"chinese", "formats"},
    "turns": set(),
    "wordprocessing": {"spreadsheets"},
}
"""Each room and the rooms it may import: only rooms below it, and never a subject another subject."""


READS_ALL = {"catalogue", "content", "facets", "kinds"}


MAY_NOT_IMPORT_INSIDE: Mapping[str, Mapping[str, set[str]]] = {
    "library": {
        "documents": {"lookup", "whitelist", *READS_ALL},
        "lookup": {"documents", "registers", "whitelist", *READS_ALL},
        "registers": {"documents", "lookup", "whitelist", *READS_ALL},
        "weighing": {"documents", "lookup", "registers", "whitelist", *READS_ALL},
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
    "middleware": {"cached_response", "content_coding", "handed_on", "url_prefix"},
    "migrations": {""},
    "public": {""},
    "web": {""},
}
"""Rooms that may import Flask and what it stands on, "" for the whole of them; those of the database only for
the extensions that open and migrate it."""


ON_DEMAND = {
    "app.py",
    "cli/due.py",
    "cli/publish.py",
    "cli/whitelist.py",
    "disclosure/scanner.py",
    "spreadsheets/values_process.py",
}
"""Modules that import a room when it is asked for, with the reason beside it."""


WEB = {"flask", "flask_sqlalchemy", "htmx_flask", "jinja2", "werkzeug"}


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


def test_imports_are_absolute() -> None:
    relative = [
        f"{name_of(path)}:{node.lineno}"
        for path in source_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative, f"{relative}: write the whole name, so that a search for it finds who imports it"


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


WRITERS = {
    ("csv", "writer"): {"formats/csv_table.py"},
    ("csv", "DictWriter"): {"formats/csv_table.py"},
    # What strangers wrote is given back to them by a module that keeps a text a text itself.
    ("openpyxl", "Workbook"): {"formats/xlsx_table.py", "spreadsheets/annotated_copy.py"},
}
"""What writes tables, and the modules that may use it."""


def test_every_table_is_written_by_the_one_writer_of_its_format() -> None:
    using: dict[tuple[str, str], set[str]] = {writer: set() for writer in WRITERS}
    for path in source_files():
        for node in ast.walk(parsed(path)):
            match node:
                case ast.Attribute(value=ast.Name(id=module), attr=name) if (module, name) in using:
                    using[module, name].add(name_of(path))
                case ast.ImportFrom(module=str(module), names=names):
                    for alias in names:
                        if (module, alias.name) in using:
                            using[module, alias.name].add(name_of(path))
                case ast.Import(names=names):
                    assert not [
                        alias for alias in names if alias.name in ("csv", "openpyxl") and alias.asname
                    ]
    wrong = {writer: modules - WRITERS[writer] for writer, modules in using.items()}
    assert not any(wrong.values()), (
        f"{wrong}: hand the rows to formats/csv_table.py or formats/xlsx_table.py: no cell of theirs runs"
    )
    assert all(using[writer] for writer in (("csv", "writer"), ("openpyxl", "Workbook"))), "nobody writes"

"""What a process remembers between two requests: it stands in SECURITY.md, and whether workers may differ."""

import ast
import re
from pathlib import Path

import pytest

from openbureau.config import ROOT
from support.source_tree import name_of, parsed, source_files

PRIMITIVES = {
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "ContextVar",
    "Event",
    "Lock",
    "RLock",
    "Semaphore",
    "Thread",
    "Timer",
    "Turns",
    "local",
}
"""Whoever makes one of these has something that threads share."""

CONTAINERS = {"bytearray", "defaultdict", "dict", "list", "set"}
CACHES = {"cache", "lru_cache"}
REMEMBERING = {"Counter", "Gauge", "Histogram", "OrderedDict", "WeakValueDictionary", "deque", *CACHES}
"""Whoever makes one of these counts or remembers."""

CHANGING = {
    "add",
    "append",
    "clear",
    "discard",
    "extend",
    "insert",
    "move_to_end",
    "pop",
    "popitem",
    "remove",
    "setdefault",
    "update",
}
"""Methods that change a container."""


def called(node: ast.AST | None) -> str:
    """The last name of what is called, or of a decorator without brackets."""
    target = node.func if isinstance(node, ast.Call) else node
    match target:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def targets_of(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target, value=value) if value is not None:
            return [target]
    return []


def is_container(value: ast.AST | None) -> bool:
    """Whether a value is made to be filled: an empty literal, or what a constructor of containers makes."""
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call():
            return called(value) in CONTAINERS | REMEMBERING
    return False


def changed_names(tree: ast.Module) -> set[str]:
    """Names and attributes that functions of a module change in place or bind anew: `global`, `x[…] =`, `del
    x[…]`, `x.append(…)`, `Class.x =`."""
    changed: set[str] = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        own = {
            target.id
            for node in ast.walk(function)
            for target in targets_of(node)
            if isinstance(target, ast.Name)
        }
        declared = {
            name for node in ast.walk(function) if isinstance(node, ast.Global) for name in node.names
        }
        changed |= declared
        for node in ast.walk(function):
            touched: list[ast.expr] = [
                target.value
                for target in targets_of(node)
                if isinstance(target, ast.Subscript | ast.Attribute)
            ]
            match node:
                case ast.AugAssign(target=ast.Subscript(value=inner) | ast.Attribute(value=inner)):
                    touched.append(inner)
                case ast.Delete(targets=targets):
                    touched += [target.value for target in targets if isinstance(target, ast.Subscript)]
                case ast.Call(func=ast.Attribute(value=inner, attr=name)) if name in CHANGING:
                    touched.append(inner)
            changed |= {inner.id for inner in touched if isinstance(inner, ast.Name) and inner.id not in own}
    return changed


def fills(node: ast.ClassDef) -> bool:
    """Whether instances of a class change after they were made."""
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name != "__init__"]
    return any(
        isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
        for method in methods
        for inner in ast.walk(method)
        for target in ([inner.target] if isinstance(inner, ast.AugAssign) else targets_of(inner))
    )


def is_shared(node: ast.ClassDef) -> bool:
    """Whether instances of a class are made to outlive a request: threads share them, they count or remember,
    they stand in front of an application and change; or the class itself holds something."""
    if any(
        is_container(getattr(statement, "value", None)) for statement in node.body if targets_of(statement)
    ):
        return True
    made = {called(inner) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
    return bool(made & (PRIMITIVES | REMEMBERING)) or (node.name.endswith("Middleware") and fills(node))


def state() -> set[str]:
    """Everything that the source keeps between two requests, as `module.py name`."""
    trees = {name_of(path): parsed(path) for path in source_files()}
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    changing = {node.name for node in classes if is_shared(node) or fills(node)}
    kept: set[str] = set()
    for module, tree in trees.items():
        changed = changed_names(tree)
        for node in tree.body:
            value = getattr(node, "value", None)
            is_kept = is_container(value) or called(value) in PRIMITIVES | REMEMBERING | changing
            kept |= {
                f"{module} {target.id}"
                for target in targets_of(node)
                if isinstance(target, ast.Name) and (is_kept or target.id in changed)
            }
        for node in ast.walk(tree):
            match node:
                case ast.ClassDef(name=name) if is_shared(node):
                    kept.add(f"{module} {name}")
                case ast.FunctionDef(name=name, decorator_list=decorators) if CACHES & set(
                    map(called, decorators)
                ):
                    kept.add(f"{module} {name}")
                case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(attr="extensions"), slice=key)]):
                    kept.add(f"{module} extensions[{ast.unparse(key)}]")
    return kept


def named() -> list[str]:
    """What the table of SECURITY.md names, as `module.py name`."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = text.partition("\n## State of one process\n")[2].partition("\n## ")[0]
    names = []
    for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        module = ""
        for word in re.findall(r"`([^`]+)`", row):
            if word.endswith(".py"):
                module = word
            else:
                names.append(f"{module} {word}")
    return names


def test_whatever_a_process_remembers_stands_in_the_table_and_nothing_else() -> None:
    names = named()
    assert len(names) == len(set(names)), "one row for each"
    missing, gone = state() - set(names), set(names) - state()
    assert not missing, (
        f"{sorted(missing)}: keep it nowhere, or write a row into SECURITY.md, State of one process: may two "
        "workers differ in it, and why does that harm nobody"
    )
    assert not gone, f"{sorted(gone)}: SECURITY.md names what is not kept any more"


@pytest.mark.parametrize(
    "source",
    [
        "_seen = {}",
        "_turn = threading.Semaphore(2)",
        "COUNT = 0\ndef add():\n    global COUNT\n    COUNT += 1",
        "NAMES = {'a': 1}\ndef add(name):\n    NAMES[name] = 1",
        "NAMES = ['a']\ndef add(name):\n    NAMES.append(name)",
        "@lru_cache(maxsize=2)\ndef read(path): ...",
        "class Kept:\n    seen = []",
        "class Kept:\n    def __init__(self):\n        self.lock = Lock()",
        "class KeptMiddleware:\n    def __call__(self):\n        self.count += 1",
        "class _Kept:\n    def add(self):\n        self.count += 1\nkept = _Kept()",
        "def init_app(app):\n    app.extensions['kept'] = 1",
    ],
)
def test_every_way_to_remember_is_seen(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "module.py"
    module.write_text(source, encoding="utf-8")
    monkeypatch.setitem(globals(), "source_files", lambda: [module])
    monkeypatch.setitem(globals(), "name_of", lambda path: path.name)
    assert len(state()) == 1, "two rows for one thing, or none"


def test_constants_and_what_one_call_fills_are_no_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "NAMES = {'a': 1}\nORDER = ('a', 'b')\n"
        "def read(names):\n    values = []\n    values.append(names)\n    return values\n"
        "class Reader:\n    def read(self):\n        self.count = 1\n",
        encoding="utf-8",
    )
    monkeypatch.setitem(globals(), "source_files", lambda: [module])
    monkeypatch.setitem(globals(), "name_of", lambda path: path.name)
    assert state() == set()

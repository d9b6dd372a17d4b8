"""Files import downward, at their top, and each is on the list."""

import ast
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu.notation import LATE

ROOT = Path(tinygrad_edu.__file__).parent

# A file imports only from lower layers; in a package with one number, freely but without a cycle.
LAYERS = {
    "births": 0,
    "lines": 1,
    "tracing": 1,
    "notation": 2,
    "payload": 3,
    "numerals": 0,
    "checks": 0,
    "trees": 0,
    "engine": 4,
    "stacks": 5,
    "kinds": 5,
    "ops.domains": 6,
    "ops.comparison": 7,
    "ops.arithmetic": 8,
    "ops.complex_numbers": 9,
    "ops.elementary": 10,
    "ops.index": 10,
    "ops.checking": 11,
    "ops.random": 13,
    "ops.shape": 11,
    "ops.reduce": 12,
    "ops.products": 12,
    "ops.sorting": 12,
    "ops.polynomials": 12,
    "ops.linalg": 13,
    "ops.fft": 13,
    "ops.special": 13,
    "ops": 14,
    "bridge": 15,
    "transforms": 16,
    "custom": 17,
    "implicit": 18,
    "compiler": 19,
    "scipy": 19,
    "graph": 16,
    "state": 18,
    "files": 18,
    "picture": 19,
    "data": 18,
    "nn": 19,
    "optim": 20,
    "saving": 20,
    "training": 21,
    "scripts": 18,
    "testing.subject": 1,
    "testing.spelling": 1,
    "testing.measure.packing": 2,
    "testing.measure": 3,
    "testing.explain": 4,
    "testing.strategies": 2,
    "testing.program": 3,
    "testing.profiles": 2,
    "testing.reproduce": 2,
    "testing.pytest_plugin": 2,
    "testing.adapters": 19,
    "testing.drawn_values": 19,
    "testing.laws": 20,
    "testing.check": 21,
    "testing.specimens": 21,
    "testing.decorator": 22,
    "testing.grading": 22,
    "testing": 23,
    "": 24,
    "command": 25,
    "__main__": 26,
}
"""`tinygrad_edu.` + name → layer; "" is the package itself, which gathers the public names."""


def modules():
    """Name → file of every module, `ops` standing for `ops/__init__.py`."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def layer_of(name):
    """The layer of a module: its own entry, or that of the package that it is in."""
    while name not in LAYERS:
        name, _, _ = name.rpartition(".")
        if not name:
            return None
    return LAYERS[name]


def is_core(name):
    """Whether a module is part of what computes and differentiates, which everybody imports first."""
    return layer_of(name) <= LAYERS["graph"] and not name.startswith("testing")


def package_of(name):
    """The entry of the table that a module belongs to."""
    while name not in LAYERS:
        name = name.rpartition(".")[0]
    return name


def imports(name):
    """The modules of this project that a module imports, and the statements."""
    path = MODULES[name]
    here = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    here = [part for part in here if part]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            target = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                full = f"{target}.{alias.name}".strip(".")
                yield node, full if full in MODULES else target
        elif isinstance(node, ast.ImportFrom | ast.Import):
            named = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for module in named:
                if module.split(".")[0] == "tinygrad_edu":
                    yield node, module.partition(".")[2]


@pytest.mark.parametrize("name", MODULES)
def test_every_file_is_on_the_list(name):
    assert layer_of(name) is not None, f"add {name} to LAYERS"


@pytest.mark.parametrize("name", MODULES)
def test_a_file_imports_only_from_lower_layers(name):
    for node, target in imports(name):
        if package_of(target) == package_of(name) and name != target:
            continue  # within one package; cycles are looked for below
        assert layer_of(target) < layer_of(name), f"{name}:{node.lineno} imports upward from {target or 'the package'}"


def test_there_is_no_cycle():
    needs = {name: {target for _, target in imports(name)} for name in MODULES}
    done = set()
    while len(done) < len(needs):
        ready = {name for name in needs if name not in done and needs[name] - {name} <= done}
        assert ready, f"these import one another: {sorted(set(needs) - done)}"
        done |= ready


@pytest.mark.parametrize("name", MODULES)
def test_imports_are_at_the_top(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for outer in ast.walk(tree):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            for node in ast.walk(outer):
                assert not isinstance(node, ast.Import | ast.ImportFrom), f"{name}:{node.lineno} imports inside"


@pytest.mark.parametrize("name", MODULES)
def test_there_are_no_tricks(name):
    text = MODULES[name].read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert "TYPE_CHECKING" not in text
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Global), f"{name}:{node.lineno} changes a global name"
        if is_core(name) and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"setattr", "exec", "eval", "globals"}, f"{name}:{node.lineno}"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_is(name):
    assert ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8")))


def test_the_engine_knows_no_operation():
    """The walks name only what undoes broadcasting and masks; every rule is in the table."""
    named = {
        node.slice.value
        for node in ast.walk(ast.parse(MODULES["engine"].read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "OPS"
    }
    assert named == {"fit", "unmasked"}


def test_the_core_needs_numpy_alone():
    """What everybody imports first needs no optional extra."""
    core = [name for name in MODULES if is_core(name)]
    for name in {*core} - LATE_CHAPTERS:
        for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
            named = []
            if isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                named = [node.module]
            for module in named:
                assert module.split(".")[0] in {*STANDARD, "numpy"}, f"{name} needs {module}"


def test_measuring_and_explaining_know_no_engine():
    """Foreign code is checked without ours: of the package, only containers and numbers as text are used."""
    for name in MODULES:
        if name.startswith(("testing.measure", "testing.explain")) or name in ENGINE_FREE:
            for node, target in imports(name):
                outside = not target.startswith("testing")
                assert not outside or target in {"trees", "numerals"}, f"{name}:{node.lineno} imports {target}"
                assert not target.startswith("testing.adapters"), f"{name}:{node.lineno} imports an adapter"


ENGINE_FREE = {"testing.subject", "testing.spelling", "testing.strategies", "testing.program", "testing.reproduce"}
ENGINE_FREE |= {"testing.profiles", "testing.pytest_plugin"}


STANDARD = {"__future__", "collections", "contextlib", "copy", "dataclasses", "functools", "heapq", "itertools", "math"}
STANDARD |= {
    "bisect",
    "contextvars",
    "importlib",
    "linecache",
    "pathlib",
    "operator",
    "re",
    "string",
    "sys",
    "types",
    "typing",
    "warnings",
}

LATE_CHAPTERS = {name.removeprefix("tinygrad_edu.") for name in LATE.values()}


def test_public_names_exist_and_are_listed():
    for name in tinygrad_edu.__all__:
        assert name in dir(tinygrad_edu)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = tinygrad_edu.nonsense

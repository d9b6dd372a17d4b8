"""A failing check as Python that anybody can run: imports, arguments to the last bit, and the call.

What cannot be imported, such as a function inside a function, is left to be filled in, and a comment says
what it was.  Nothing is run here, and no engine is needed.
"""

from __future__ import annotations

import ast
import inspect
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

from ..trees import is_container, is_dataclass, numbers_of
from .spelling import spelled
from .subject import Subject

KIT = "tinygrad_edu.testing"
KIT_NAMES = ("by_hand", "in_autograd", "in_jax", "in_mygrad", "in_scalars", "in_tensors", "in_tinygrad", "in_torch")
"""What the kit makes Subjects with, as `Subject.spelled` names it."""


@dataclass(frozen=True)
class Found:
    """How a function is written elsewhere: an expression, and for each name in it the module that has it."""

    expression: str
    imports: Mapping[str, str]


def reproduction(
    f: Subject | Callable[..., Any],
    args: Sequence[Any],
    options: Mapping[str, Any] | None = None,
    names: Sequence[str] = (),
    home: str = "",
) -> str:
    """Python that calls `check_gradients(f, *args, **options)` again, and prints the report.

    names  of the arguments, where they are known
    home   the module in which `f` is used: what has no name anywhere else is looked for there

    >>> import numpy as np
    >>> print(reproduction(np.tanh, (np.array([0.5, -0.0]),), {"order": 2}, ["x"]))
    import numpy as np
    from numpy import tanh
    from tinygrad_edu.testing import check_gradients
    <BLANKLINE>
    x = np.array([0.5, -0.0])
    print(check_gradients(tanh, x, order=2))
    """
    found = found_in(f, home)
    imports = {} if found is None else dict(found.imports)
    imports |= {name: module for cls in classes(args) for name, module in [(cls.__qualname__, cls.__module__)]}
    taken = {"np", "check_gradients", "print", "complex", "sys", *imports}
    called = found.expression if found else unused("f", taken)
    variables = [unused(name, taken) for name in names_for(args, names)]
    lines = [*import_lines(imports), ""]
    if found is None:
        lines += [*lost(f, home), f"{called} = ...", ""]
    lines += [f"{name} = {spelled(x)}" for name, x in zip(variables, args, strict=True)]
    given = [f"{key}={spelled(value)}" for key, value in (options or {}).items()]
    lines.append(f"print(check_gradients({', '.join([called, *variables, *given])}))")
    return "\n".join(lines)


def names_for(args: Sequence[Any], names: Sequence[str]) -> list[str]:
    """A name for each argument: that of the parameter, or x0, x1 …"""
    return [names[i] if i < len(names) and names[i].isidentifier() else f"x{i}" for i in range(len(args))]


def unused(name: str, taken: set[str]) -> str:
    """The name, with a mark at its end if it is taken already; it is taken from now on."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def classes(tree: Any) -> Iterator[type]:
    """The dataclasses and named tuples in a tree."""
    if isinstance(tree, dict | list | tuple):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from classes(part)
    elif is_dataclass(tree):
        for part in numbers_of(tree).values():
            yield from classes(part)
    if is_container(tree) and type(tree) not in (dict, list, tuple):
        yield type(tree)


# ---- where a function is -----------------------------------------------------------------------------------


def found_in(f: Subject | Callable[..., Any], home: str = "") -> Found | None:
    """How `f` is written outside of where it was made; None if it cannot be had from there.

    >>> import numpy as np
    >>> found_in(np.tanh), found_in(lambda x: x)
    (Found(expression='tanh', imports={'tanh': 'numpy'}), None)
    """
    owner = getattr(f, "__self__", None) if inspect.ismethod(f) else None
    if inspect.isclass(owner) and (found := found_in(owner, home)):  # as Square.apply
        return Found(f"{found.expression}.{f.__name__}", found.imports)  # type: ignore[union-attr]
    path = getattr(f, "__qualname__", "")
    for module in filter(can_be_imported, modules_of(f, home)):
        if path and reached(module, path) is f:
            return Found(path, {path.partition(".")[0]: module.__name__})
        for name, thing in list(vars(module).items()):
            if thing is f and name.isidentifier():
                return Found(name, {name: module.__name__})
    return from_spelling(f, home) if isinstance(f, Subject) else None


def modules_of(f: Any, home: str) -> Iterator[ModuleType]:
    """Where `f` may be found: its module and the packages around it, outermost first; then `home` and what it uses."""
    own = getattr(f, "__module__", None) or type(f).__module__
    parts = own.split(".")
    names = [own, *(".".join(parts[:n]) for n in range(1, len(parts))), home]
    if not getattr(f, "__qualname__", ""):  # it has no name of its own, so the shortest place is the public one
        names = [*names[1:-1], own, home]
    yield from (sys.modules[name] for name in names if name in sys.modules)
    yield from (thing for thing in vars(sys.modules.get(home, ModuleType(""))).values() if inspect.ismodule(thing))


def can_be_imported(module: ModuleType) -> bool:
    """Whether a program elsewhere can import the module by its name: not "__main__", which is another there."""
    return all(part.isidentifier() for part in module.__name__.split(".")) and not module.__name__.startswith("__")


def reached(module: ModuleType, path: str) -> Any:
    """What `module.path` is, or None."""
    found: Any = module
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def from_spelling(subject: Subject, home: str) -> Found | None:
    """A Subject as its adapter spells it, if `home` has every name in that, such as in_torch(Square.apply).

    Lambdas are spelled `f`, so that may be another function of this name: its arguments are looked at."""
    module = sys.modules.get(home)
    if not subject.spelled or module is None or not can_be_imported(module):
        return None
    try:
        tree = ast.parse(subject.spelled, mode="eval")
    except SyntaxError:
        return None
    imports = {}
    for name in sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}):
        if name not in KIT_NAMES and (name not in vars(module) or (name == "f" and not is_f(module, subject))):
            return None
        imports[name] = KIT if name in KIT_NAMES else home
    return Found(subject.spelled, imports)


def is_f(module: ModuleType, subject: Subject) -> bool:
    """Whether the `f` of a module has the name, and the arguments, that the function in a Subject had."""
    f = vars(module)["f"]
    return inspect.isfunction(f) and f.__name__ == "f" and tuple(inspect.signature(f).parameters) == subject.parameters


# ---- lines -------------------------------------------------------------------------------------------------


def import_lines(imports: Mapping[str, str]) -> list[str]:
    """Imports, after what lets Python find the modules that are not installed."""
    modules: dict[str, set[str]] = {KIT: {"check_gradients"}}
    for name, module in imports.items():
        modules.setdefault(module, set()).add(name.partition(".")[0])
    folders = list(dict.fromkeys(filter(None, map(folder_of, modules))))
    lines = ["import sys", ""] if folders else []
    lines += ["import numpy as np"]
    lines += ["", *(f"sys.path.insert(0, {folder!r})" for folder in folders)] if folders else []
    return lines + [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(modules.items())]


def folder_of(module: str) -> str:
    """The folder from which a module is imported, if Python does not look there by itself."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if not file:
        return ""
    path = Path(file).resolve()
    path = path.parent if path.stem == "__init__" else path
    folder = path.parents[module.count(".")]
    return "" if folder in installed() else str(folder)


def installed() -> set[Path]:
    """Folders in which Python looks for modules in every program."""
    kit = Path(__file__).resolve().parents[2]  # where it is may be a folder of its own, if it is under development
    return {kit, *(Path(place).resolve() for place in sysconfig.get_paths().values())}


def lost(f: Any, home: str) -> list[str]:
    """Comments that say what a function was that cannot be imported."""
    what = f.spelled or f.name if isinstance(f, Subject) else getattr(f, "__qualname__", repr(f))
    lines = [f"# Put {what} in here: it was made in {home or 'a place'} in a way that cannot be imported."]
    code = getattr(inspect.unwrap(f) if callable(f) else f, "__code__", None)
    if code is None:
        return lines
    lines.append(f"# It is in {code.co_filename}, line {code.co_firstlineno}:")
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):
        return lines
    return lines + [f"#     {line}".rstrip() for line in dedent(source).splitlines()[:30]]


__all__ = ["reproduction"]

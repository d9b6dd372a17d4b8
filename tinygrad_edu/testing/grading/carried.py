"""An engine on its way into another process: described here, made there.

What is under test is never imported by the process that asks for the test.  So it travels as the place
where it can be found, or by name, and only an `Engine` that was made by hand travels as a pickle.
"""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from ...scripts import execute, importable
from ..adapters.engine import KNOWN, Engine, engine

STUDENT = "__graded__"
"""What a module is called that is run from a file: not "__main__", so what is only for that is left out."""


@dataclass(frozen=True)
class Carried:
    """Where an engine is to be found: as a name in a file, a name in a module, a known engine, or a pickle.

    shown  what the engine is called in a report
    paths  where modules are looked for
    """

    shown: str
    name: str = ""
    file: str = ""
    module: str = ""
    known: str = ""
    pickled: bytes = b""
    paths: tuple[str, ...] = ()


def carried(adapter: Any) -> Carried:
    """How to find `adapter` in another process.

    Raises TypeError for what cannot be found there, or is no engine; ValueError for an unknown name;
    FileNotFoundError for a file that is not there.
    """
    if isinstance(adapter, str):
        return from_text(adapter)
    if isinstance(adapter, type):
        return from_class(adapter)
    if isinstance(adapter, Engine):
        return from_engine(adapter)
    raise TypeError(
        f"an engine is an Engine, a class such as micrograd's Value, or text such as 'student.py:Value'; "
        f"not a {type(adapter).__name__}"
    )


def from_text(text: str) -> Carried:
    """The place that a text tells: 'student.py:Value', 'package.module:Value', or 'autograd'.

    >>> from_text("micrograd.engine:Value").module, from_text("autograd").known
    ('micrograd.engine', 'autograd')
    """
    place, colon, name = text.rpartition(":")
    if not colon:
        if text not in KNOWN:
            raise ValueError(
                f"{text!r} is no engine that is known ({', '.join(KNOWN)}); of your own, write file and class, "
                "as 'student.py:Value'"
            )
        return Carried(text, known=text)
    if not name.isidentifier():
        raise ValueError(f"{name!r} is not a name; write file and class, as 'student.py:Value'")
    if not place.endswith(".py"):
        return Carried(text, name, module=place, paths=tuple(sys.path))
    path = Path(place)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is a folder" if path.is_dir() else f"there is no file {path}")
    return Carried(f"{path.name}:{name}", name, file=str(path.resolve()), paths=tuple(sys.path))


def from_class(cls: type) -> Carried:
    """The place where a class was defined; TypeError if it cannot be found there by name."""
    name = cls.__qualname__
    if cls.__module__ == "__main__" or "<locals>" in name:
        raise TypeError(elsewhere(f"the class {name}"))
    file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
    return Carried(name, name, file, cls.__module__, paths=tuple(sys.path))


def from_engine(made: Engine) -> Carried:
    """A known engine by its name, and another one as a pickle; TypeError if it cannot be pickled."""
    if is_known(made):
        return Carried(made.name, known=made.name)
    try:
        pickled = pickle.dumps(made)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"{elsewhere(f'the engine {made.name!r}')} ({error})") from error
    if b"__main__" in pickled:
        raise TypeError(elsewhere(f"the engine {made.name!r}"))
    return Carried(made.name, pickled=pickled, paths=tuple(sys.path))


def is_known(made: Engine) -> bool:
    """Whether an engine is the one that `engine` finds by its name."""
    return made.name in KNOWN and engine(made.name) is made


def elsewhere(what: str) -> str:
    """What to do about something that another process cannot find."""
    return (
        f"{what} cannot be found from another process: put it in a file and name that, as 'student.py:Value'; "
        "or use isolate=False to run it in this process, without limits of time"
    )


# ---- where it arrives ----------------------------------------------------------------------------


@contextmanager
def arrived(sent: Carried) -> Iterator[tuple[Any, dict[str, Any]]]:
    """What was described, and the names that stand beside it.  What its code raises passes through."""
    module = ModuleType(STUDENT)
    path = Path(sent.file)
    known = set(sys.path)
    sys.path.extend(place for place in sent.paths if place not in known)
    with importable(module, path) if sent.file and not sent.module else nullcontext():
        if sent.known:
            yield engine(sent.known), {}
        elif sent.pickled:
            yield pickle.loads(sent.pickled), {}
        else:
            if sent.module:
                module = imported(sent)
            else:
                execute(path, module)
            yield named(sent.name, module), vars(module)


def imported(sent: Carried) -> ModuleType:
    """The module by its name, or, where that is not to be found, from its file."""
    try:
        return import_module(sent.module)
    except ModuleNotFoundError as error:
        if not sent.file or error.name not in (sent.module, sent.module.partition(".")[0]):
            raise
    module = sys.modules[sent.module] = ModuleType(sent.module)
    execute(Path(sent.file), module)
    return module


def named(name: str, module: ModuleType) -> Any:
    """What is called `name` in a module, be it in a class; AttributeError says what there is instead."""
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            there = [key for key, thing in vars(module).items() if inspect.isclass(thing)]
            hint = f"it has {', '.join(there)}" if there else "it has no class"
            raise AttributeError(f"there is no {name} in it; {hint}")
        found = getattr(found, part)
    return found


__all__ = ["Carried", "arrived", "carried", "is_known"]
